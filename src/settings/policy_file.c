/*
 * policy_file.c: a policy as a text of TOML or JSON: bj_policy_read. docs/policy.md says what may stand in one;
 * policy_schema.c says it to programs.
 *
 * A key that nobody knows is an error: a limit that is misspelt must not be a limit that is not there. Errors name the
 * file, the line and the key.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "policy/grants.h"
#include "policy/limits.h"
#include "policy/policy.h"
#include "settings/document.h"
#include "settings/policy_file.h"

/* One reading. `policy` is a copy, which takes the caller's place when all went well. */
typedef struct reading {
    bj_policy *policy;
    const document_node *nodes;
    const char *name;   /* of the file, for messages */
    const char *folder; /* where relative paths begin; NULL: the working directory */
    bj_error *err;
} reading;

/* What is read at a key. `path` is what stands before the key in messages: "limits.". */
typedef int read_value(reading *r, const document_node *node, const char *path);

typedef struct known_key {
    const char *name;
    read_value *read;
    document_kind kind;
} known_key;

static int wrong(const reading *r, const document_node *node, const char *path, const char *what)
{
    return bj_fail(r->err, BJ_ERROR_ARGUMENT, "%s:%u: %s%.64s%s%s", r->name, node->line, path,
                   node->key, *path || *node->key ? ": " : "", what);
}

/* A key may hold NUL, where text of C would end. */
static bool is_called(const document_node *node, const char *name)
{
    return node->key_size == strlen(name) && memcmp(node->key, name, node->key_size) == 0;
}

static const document_node *first_of(const reading *r, const document_node *node)
{
    return node->first ? &r->nodes[node->first] : NULL;
}

static const document_node *next_of(const reading *r, const document_node *node)
{
    return node->next ? &r->nodes[node->next] : NULL;
}

static int need(const reading *r, const document_node *node, const char *path, document_kind kind)
{
    static const char *const names[] = {
        [DOCUMENT_TABLE] = "a table",      [DOCUMENT_LIST] = "a list",
        [DOCUMENT_TEXT] = "a text",        [DOCUMENT_NUMBER] = "a whole number from 0",
        [DOCUMENT_BOOL] = "true or false",
    };
    char what[128];
    if (node->kind != kind) {
        snprintf(what, sizeof what, "this must be %s, and is %.40s", names[kind], node->text);
        return wrong(r, node, path, what);
    }
    if (kind == DOCUMENT_TEXT && strlen(node->text) != node->text_size)
        return wrong(r, node, path, "a text may not contain NUL");
    return 0;
}

/* A grant's own error, after the place where it stands. */
static int granted(const reading *r, const document_node *node, const char *path, int status,
                   const bj_error *why)
{
    if (status < 0 && why->code != BJ_ERROR_ARGUMENT) {
        if (r->err)
            *r->err = *why;
        return -1;
    }
    return status < 0 ? wrong(r, node, path, why->message) : 0;
}

/* ------------------------------------------------------------------ limits */

/* A number with its unit. A plain one is a count or bytes; a time is seconds in one place and milliseconds in the other,
 * so that a plain one is none. */
static int read_quantity(reading *r, const document_node *node, const char *path, bj_unit unit,
                         uint64_t *value)
{
    bj_error why = {0};
    if (node->kind == DOCUMENT_TEXT) {
        const size_t size = strlen(node->text);
        if (need(r, node, path, DOCUMENT_TEXT) < 0)
            return -1;
        if (unit == BJ_UNIT_MILLISECONDS && size > 0 && strchr("0123456789", node->text[size - 1]))
            return wrong(r, node, path, "a time has a unit: \"500ms\", \"10s\" or \"2m\"");
        return granted(r, node, path, bj_quantity_read(unit, node->text, value, &why), &why);
    }
    if (unit == BJ_UNIT_MILLISECONDS)
        return wrong(r, node, path, "a time is text with a unit: \"500ms\", \"10s\" or \"2m\"");
    if (need(r, node, path, DOCUMENT_NUMBER) < 0)
        return -1;
    *value = node->number;
    return 0;
}

static int read_limit(reading *r, const document_node *node, policy_limit limit)
{
    const policy_limit_row *row = &policy_limits[limit];
    uint64_t value;
    if (read_quantity(r, node, "limits.", row->unit, &value) < 0)
        return -1;
    if (value < row->least || value > row->most) {
        char what[128], least[32], most[32];
        bj_quantity_format(row->unit, row->least, least, sizeof least);
        bj_quantity_format(row->unit, row->most, most, sizeof most);
        snprintf(what, sizeof what, "this may be from %s to %s", least, most);
        return wrong(r, node, "limits.", what);
    }
    *policy_limit_at(r->policy, limit) = value;
    return 0;
}

static int read_limits(reading *r, const document_node *table, const char *path)
{
    (void)path;
    for (const document_node *node = first_of(r, table); node; node = next_of(r, node)) {
        policy_limit limit = 0;
        while (limit < POLICY_LIMIT_COUNT && !is_called(node, policy_limits[limit].name))
            limit++;
        if (limit == POLICY_LIMIT_COUNT)
            return wrong(r, node, "limits.",
                         "there is no such limit; there are"
#define LIMIT_NAME(field, name, unit, default_, least, most, help) " " name
                         BJ_LIMITS(LIMIT_NAME)
#undef LIMIT_NAME
            );
        if (read_limit(r, node, limit) < 0)
            return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ mounts */

/* One mount while its table is read: what stands in it, each at most once. */
typedef struct mount {
    const document_node *host, *mode, *memory, *archive;
} mount;

/* `text`, or what it is seen from the file's folder. NULL when out of memory. */
static char *host_path(const reading *r, const char *text)
{
    char *path = NULL;
    if (*text == '/' || !*text || !r->folder)
        return strdup(text);
    if (strcmp(text, ".") == 0)
        return strdup(r->folder);
    return asprintf(&path, "%s/%s", r->folder, text) < 0 ? NULL : path;
}

static int sort_out(reading *r, const document_node *table, mount *m)
{
    const struct {
        const char *name;
        const document_node **at;
    } keys[] = {
        {"host", &m->host}, {"mode", &m->mode}, {"memory", &m->memory}, {"archive", &m->archive}};
    for (const document_node *node = first_of(r, table); node; node = next_of(r, node)) {
        size_t i = 0;
        while (i < sizeof keys / sizeof *keys && !is_called(node, keys[i].name))
            i++;
        if (i == sizeof keys / sizeof *keys)
            return wrong(r, node, "mounts.*.",
                         "a mount has no such key; there are host, mode, memory, archive");
        *keys[i].at = node;
    }
    if (!!m->host + !!m->memory + !!m->archive != 1)
        return wrong(r, table, "mounts.", "a mount has one of host, memory and archive");
    if (m->mode && !m->host)
        return wrong(r, m->mode, "mounts.*.", "only a directory of the host has a mode");
    return 0;
}

static int read_mode(reading *r, const document_node *node, bj_mode *mode)
{
    static const char *const names[] = {
        [BJ_READ_ONLY] = "ro", [BJ_READ_WRITE] = "rw", [BJ_OVERLAY] = "overlay"};
    *mode = BJ_READ_ONLY;
    if (!node)
        return 0;
    if (need(r, node, "mounts.*.", DOCUMENT_TEXT) < 0)
        return -1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], node->text) == 0) {
            *mode = (bj_mode)i;
            return 0;
        }
    return wrong(r, node, "mounts.*.", "a mode is \"ro\", \"rw\" or \"overlay\"");
}

static int mount_dir(reading *r, const document_node *at, const document_node *host, bj_mode mode)
{
    bj_error why = {0};
    if (need(r, host, "mounts.", DOCUMENT_TEXT) < 0)
        return -1;
    bj_autofree char *path = host_path(r, host->text);
    if (!path)
        return bj_fail_memory(r->err);
    return granted(r, at, "mounts.", bj_policy_grant_dir(r->policy, path, at->key, mode, &why),
                   &why);
}

static int mount_archive(reading *r, const document_node *at, const document_node *file)
{
    bj_error why = {0};
    if (need(r, file, "mounts.*.", DOCUMENT_TEXT) < 0)
        return -1;
    bj_autofree char *path = host_path(r, file->text);
    if (!path)
        return bj_fail_memory(r->err);
    return granted(r, at, "mounts.", bj_policy_grant_archive(r->policy, path, at->key, &why), &why);
}

static int mount_memory(reading *r, const document_node *at, const document_node *size)
{
    bj_error why = {0};
    uint64_t bytes;
    if (read_quantity(r, size, "mounts.*.", BJ_UNIT_BYTES, &bytes) < 0)
        return -1;
    return granted(r, at, "mounts.", bj_policy_grant_tmp(r->policy, at->key, bytes, &why), &why);
}

static int read_mount(reading *r, const document_node *node)
{
    mount m = {0};
    bj_mode mode;
    if (strlen(node->key) != node->key_size)
        return wrong(r, node, "mounts.", "a path may not contain NUL");
    if (node->kind == DOCUMENT_TEXT)
        return mount_dir(r, node, node, BJ_READ_ONLY);
    if (need(r, node, "mounts.", DOCUMENT_TABLE) < 0 || sort_out(r, node, &m) < 0)
        return -1;
    if (m.memory)
        return mount_memory(r, node, m.memory);
    if (m.archive)
        return mount_archive(r, node, m.archive);
    return read_mode(r, m.mode, &mode) < 0 ? -1 : mount_dir(r, node, m.host, mode);
}

static int read_mounts(reading *r, const document_node *table, const char *path)
{
    (void)path;
    for (const document_node *node = first_of(r, table); node; node = next_of(r, node))
        if (read_mount(r, node) < 0)
            return -1;
    return 0;
}

/* ------------------------------------------------------------------ the rest */

static int read_env(reading *r, const document_node *table, const char *path)
{
    (void)path;
    for (const document_node *node = first_of(r, table); node; node = next_of(r, node)) {
        bj_error why = {0};
        if (strlen(node->key) != node->key_size)
            return wrong(r, node, "env.", "a name may not contain NUL");
        if (need(r, node, "env.", DOCUMENT_TEXT) < 0 ||
            granted(r, node, "env.", bj_policy_grant_env(r->policy, node->key, node->text, &why),
                    &why) < 0)
            return -1;
    }
    return 0;
}

static int read_devices(reading *r, const document_node *node, const char *path)
{
    (void)path;
    return node->number ? bj_policy_grant_devices(r->policy, r->err) : 0;
}

static int read_exceptions(reading *r, const document_node *node, const char *path)
{
    (void)path;
    return node->number ? bj_policy_grant_exceptions(r->policy, r->err) : 0;
}

static int read_seed(reading *r, const document_node *node, const char *path)
{
    (void)path;
    r->policy->deterministic = true;
    r->policy->seed = node->number;
    return 0;
}

static int read_preset(reading *r, const document_node *node, const char *path)
{
    bj_error why = {0};
    return granted(r, node, path, bj_policy_preset(r->policy, node->text, &why), &why);
}

/* An editor's key: where the JSON Schema lies. */
static int read_nothing(reading *r, const document_node *node, const char *path)
{
    (void)r, (void)node, (void)path;
    return 0;
}

/* In the order in which they are honoured, whatever their order in the file: limits stand over the preset. */
static const known_key known_keys[] = {
    {"$schema", read_nothing, DOCUMENT_TEXT},
    {"preset", read_preset, DOCUMENT_TEXT},
    {"limits", read_limits, DOCUMENT_TABLE},
    {"mounts", read_mounts, DOCUMENT_TABLE},
    {"env", read_env, DOCUMENT_TABLE},
    {"devices", read_devices, DOCUMENT_BOOL},
    {"exceptions", read_exceptions, DOCUMENT_BOOL},
    {"seed", read_seed, DOCUMENT_NUMBER},
};

enum { KNOWN_KEYS = sizeof known_keys / sizeof *known_keys };

static int read_key(reading *r, const known_key *known)
{
    for (const document_node *node = first_of(r, r->nodes); node; node = next_of(r, node)) {
        if (!is_called(node, known->name))
            continue;
        if (need(r, node, "", known->kind) < 0 || known->read(r, node, "") < 0)
            return -1;
    }
    return 0;
}

static int refuse_unknown(reading *r)
{
    for (const document_node *node = first_of(r, r->nodes); node; node = next_of(r, node)) {
        size_t i = 0;
        while (i < KNOWN_KEYS && !is_called(node, known_keys[i].name))
            i++;
        if (i == KNOWN_KEYS)
            return wrong(
                r, node, "",
                "a policy has no such key; there are preset, limits, mounts, env, devices, "
                "exceptions, seed");
    }
    return 0;
}

static int read_document(reading *r)
{
    if (r->nodes->kind != DOCUMENT_TABLE)
        return wrong(r, r->nodes, "", "a policy is a table");
    if (refuse_unknown(r) < 0)
        return -1;
    for (size_t i = 0; i < KNOWN_KEYS; i++)
        if (read_key(r, &known_keys[i]) < 0)
            return -1;
    return 0;
}

/* ------------------------------------------------------------------ the public functions */

/* All or nothing: what is read goes into a copy, which takes the policy's place. */
static int read_into(bj_policy *policy, const bj_document *document, const char *name,
                     const char *folder, bj_error *err)
{
    bj_policy copy;
    if (policy_take(&copy, policy, err) < 0)
        return -1;
    copy.grants = policy_grants_copy(policy->grants);
    if (!copy.grants)
        return bj_fail_memory(err);
    reading r = {&copy, bj_document_nodes(document), name, folder, err};
    /* Limits that the caller has set and the file has not are looked at, too. */
    if (read_document(&r) < 0 || bj_policy_check(&copy, err) < 0) {
        policy_grants_delete(copy.grants);
        return -1;
    }
    policy_grants_delete(policy->grants);
    policy_write(policy, &copy);
    return 0;
}

BJ_API int bj_policy_read(bj_policy *policy, const void *text, size_t size, bj_policy_format format,
                          const char *name, const char *folder, bj_error *err)
{
    char message[128];
    uint32_t line = 0;
    if (size > POLICY_FILE_MAX)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s: a policy has at most %d KiB", name,
                       POLICY_FILE_MAX >> 10);
    bj_document *document = bj_document_new(size > 0 ? text : "", size, format == BJ_POLICY_JSON,
                                            &line, message, sizeof message);
    if (!document)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s:%u: this is not %s: %s", name, line,
                       format == BJ_POLICY_JSON ? "JSON" : "TOML", message);
    const int status = read_into(policy, document, name, folder, err);
    bj_document_delete(document);
    return status;
}
