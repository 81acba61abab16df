/*
 * grants.c: what is granted, kept as copies that belong to the policy. Nothing is opened here: a
 * directory is looked at when a sandbox is made.
 */
#include "policy/grants.h"

#include <string.h>

#include "base/error.h"
#include "base/sized.h"

/* ---- Lists of strings. ---- */

static int strings_add(policy_strings *strings, const char *text)
{
    char **items = realloc(strings->items, (strings->count + 1) * sizeof *items);
    if (!items)
        return -1;
    strings->items = items;
    if (!(items[strings->count] = strdup(text)))
        return -1;
    strings->count++;
    return 0;
}

static void strings_free(policy_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
}

static int strings_copy(policy_strings *to, const policy_strings *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (strings_add(to, from->items[i]) < 0)
            return -1;
    return 0;
}

/* ---- Mounts. ---- */

int policy_grants_mount(bj_grants *grants, const policy_mount *mount)
{
    policy_mount *mounts = realloc(grants->mounts, (grants->mount_count + 1) * sizeof *mounts);
    if (!mounts)
        return -1;
    grants->mounts = mounts;
    policy_mount copy = *mount;
    bj_autofree char *host = mount->host ? strdup(mount->host) : NULL;
    bj_autofree char *guest = strdup(mount->guest);
    if (!guest || (mount->host && !host))
        return -1;
    copy.host = bj_steal(&host);
    copy.guest = bj_steal(&guest);
    mounts[grants->mount_count++] = copy;
    return 0;
}

/* ---- The whole. ---- */

static bj_grants *grants_new(void)
{
    bj_grants *grants = calloc(1, sizeof *grants);
    if (grants)
        grants->stdin_fd = -1;
    return grants;
}

void policy_grants_delete(bj_grants *grants)
{
    if (!grants)
        return;
    for (size_t i = 0; i < grants->mount_count; i++) {
        free(grants->mounts[i].host);
        free(grants->mounts[i].guest);
    }
    free(grants->mounts);
    strings_free(&grants->env);
    strings_free(&grants->args);
    bj_buffer_free(&grants->stdin_bytes);
    policy_tools_free(&grants->tools);
    free(grants);
}

bj_grants *policy_grants_copy(const bj_grants *from)
{
    bj_grants *to = grants_new();
    if (!to || !from)
        return to;
    int status = strings_copy(&to->env, &from->env) | strings_copy(&to->args, &from->args);
    for (size_t i = 0; i < from->mount_count && status == 0; i++)
        status = policy_grants_mount(to, &from->mounts[i]);
    if (status == 0 && from->stdin_bytes.size > 0)
        status = bj_buffer_append(&to->stdin_bytes, from->stdin_bytes.data, from->stdin_bytes.size);
    if (status == 0)
        status = policy_tools_copy(&to->tools, &from->tools);
    if (status < 0) {
        policy_grants_delete(to);
        return NULL;
    }
    to->devices = from->devices;
    to->exceptions = from->exceptions;
    to->stdin_fd = from->stdin_fd;
    to->on_output = from->on_output;
    to->on_output_user = from->on_output_user;
    to->on_audit = from->on_audit;
    to->on_audit_user = from->on_audit_user;
    return to;
}

bj_grants *policy_grants_of(bj_policy *policy, bj_error *err)
{
    if (!policy->grants && !(policy->grants = grants_new()))
        bj_fail_memory(err);
    return policy->grants;
}

/* ---- The public functions. ---- */

static int grant_mount(bj_policy *policy, const policy_mount *mount, bj_error *err)
{
    const char *what = mount->host ? mount->host : "a directory in memory";
    if (mount->host && !*mount->host)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "what is granted needs a path on the host");
    if (mount->guest[0] != '/')
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "%s is granted at \"%s\": that must be an absolute path", what,
                       mount->guest);
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    return policy_grants_mount(grants, mount) < 0 ? bj_fail_memory(err) : 0;
}

BJ_API bool bj_policy_mount(const bj_policy *policy, size_t number, bj_mount *mount)
{
    static const bj_mount_kind kinds[] = {[POLICY_MOUNT_DIR] = BJ_MOUNT_DIR,
                                          [POLICY_MOUNT_TMP] = BJ_MOUNT_TMP,
                                          [POLICY_MOUNT_ARCHIVE] = BJ_MOUNT_ARCHIVE};
    if (!policy->grants || number >= policy->grants->mount_count)
        return false;
    const policy_mount *from = &policy->grants->mounts[number];
    const bj_mount filled = {.size = sizeof filled,
                             .guest = from->guest,
                             .host = from->host,
                             .bytes = from->bytes,
                             .kind = kinds[from->kind],
                             .mode = from->mode};
    return bj_sized_write(mount, &filled, sizeof filled);
}

BJ_API const char *bj_policy_env(const bj_policy *policy, size_t number)
{
    return policy->grants && number < policy->grants->env.count ? policy->grants->env.items[number]
                                                                : NULL;
}

BJ_API int bj_policy_grant_dir(bj_policy *policy, const char *host, const char *guest, bj_mode mode,
                               bj_error *err)
{
    if (mode != BJ_READ_ONLY && mode != BJ_READ_WRITE && mode != BJ_OVERLAY)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s: this mode is not one of bj_mode", host);
    return grant_mount(
        policy, &(policy_mount){POLICY_MOUNT_DIR, (char *)host, (char *)guest, mode, 0}, err);
}

BJ_API int bj_policy_grant_tmp(bj_policy *policy, const char *guest, uint64_t bytes, bj_error *err)
{
    if (bytes == 0)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s: a directory in memory needs a size", guest);
    return grant_mount(
        policy, &(policy_mount){POLICY_MOUNT_TMP, NULL, (char *)guest, BJ_READ_WRITE, bytes}, err);
}

BJ_API int bj_policy_grant_archive(bj_policy *policy, const char *file, const char *guest,
                                   bj_error *err)
{
    return grant_mount(
        policy, &(policy_mount){POLICY_MOUNT_ARCHIVE, (char *)file, (char *)guest, BJ_READ_ONLY, 0},
        err);
}

BJ_API int bj_policy_grant_devices(bj_policy *policy, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    grants->devices = true;
    return 0;
}

BJ_API int bj_policy_grant_exceptions(bj_policy *policy, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    grants->exceptions = true;
    return 0;
}

/* The place of variable `name`, or NULL. */
static char **find_env(bj_grants *grants, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < grants->env.count; i++)
        if (strncmp(grants->env.items[i], name, length) == 0 && grants->env.items[i][length] == '=')
            return &grants->env.items[i];
    return NULL;
}

BJ_API int bj_policy_grant_env(bj_policy *policy, const char *name, const char *value,
                               bj_error *err)
{
    if (!*name || strchr(name, '='))
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "\"%s\" cannot be the name of an environment variable", name);
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    bj_autobuffer bj_buffer text = {0};
    if (bj_buffer_append(&text, name, strlen(name)) < 0 || bj_buffer_append(&text, "=", 1) < 0 ||
        bj_buffer_append(&text, value, strlen(value)) < 0)
        return bj_fail_memory(err);
    char **place = find_env(grants, name);
    if (!place)
        return strings_add(&grants->env, text.data) < 0 ? bj_fail_memory(err) : 0;
    free(*place);
    *place = bj_steal(&text.data);
    text = (bj_buffer){0};
    return 0;
}

BJ_API int bj_policy_grant_arg(bj_policy *policy, const char *arg, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    return strings_add(&grants->args, arg) < 0 ? bj_fail_memory(err) : 0;
}

BJ_API int bj_policy_grant_stdin(bj_policy *policy, const void *bytes, size_t size, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    bj_buffer copy = {0};
    if (bj_buffer_append(&copy, bytes, size) < 0)
        return bj_fail_memory(err);
    bj_buffer_free(&grants->stdin_bytes);
    grants->stdin_bytes = copy;
    grants->stdin_fd = -1;
    return 0;
}

BJ_API int bj_policy_grant_stdin_fd(bj_policy *policy, int fd, bj_error *err)
{
    if (fd < 0)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%d is not a descriptor to read from", fd);
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    bj_buffer_free(&grants->stdin_bytes);
    grants->stdin_fd = fd;
    return 0;
}

BJ_API int bj_policy_on_output(bj_policy *policy, bj_output_fn fn, void *user, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    grants->on_output = fn;
    grants->on_output_user = user;
    return 0;
}

BJ_API int bj_policy_on_audit(bj_policy *policy, bj_audit_fn fn, void *user, bj_error *err)
{
    bj_grants *grants = policy_grants_of(policy, err);
    if (!grants)
        return -1;
    grants->on_audit = fn;
    grants->on_audit_user = user;
    return 0;
}
