/*
 * policy.c: limits and grants on their way from JavaScript.
 *
 * lib/policy.js writes them as one flat list, [what, its arguments, what, …], which is read here from front to end: few
 * crossings, and one table of what there is.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

typedef struct reader {
    napi_env js;
    napi_value list;
    uint32_t at;
    bj_policy *policy;
    bj_error *err;
    bool blocks; /* a guest may have to wait in a call for what is granted */
} reader;

static napi_value item(reader *r)
{
    napi_value value = NULL;
    napi_get_element(r->js, r->list, r->at++, &value);
    return value;
}

static bool number(reader *r, uint64_t *out)
{
    return core_uint64(r->js, item(r), out);
}

/* A text without NULs: what the library takes as a C string. */
static char *text(reader *r)
{
    size_t size;
    char *copy = core_copy(r->js, item(r), &size);
    if (!copy || strlen(copy) == size)
        return copy;
    free(copy);
    *r->err = (bj_error){.code = BJ_ERROR_ARGUMENT, .message = "a text may not contain NUL"};
    return NULL;
}

typedef int grant_two(bj_policy *policy, const char *a, const char *b, bj_error *err);

static bool with_two(reader *r, grant_two *grant)
{
    char *a = text(r), *b = a ? text(r) : NULL;
    int result = b ? grant(r->policy, a, b, r->err) : -1;
    free(a);
    free(b);
    return result == 0;
}

/* ------------------------------------------------------------------ limits */

static bool take_limit(reader *r)
{
    uint64_t which, value;
    if (!number(r, &which) || !number(r, &value))
        return false;
    uint64_t *const fields[] = {
#define FIELD(field, name, unit, default_, least, most, help) &r->policy->field,
        BJ_LIMITS(FIELD)
#undef FIELD
    };
    if (which >= sizeof fields / sizeof *fields)
        return false;
    *fields[which] = value;
    return true;
}

/* [name, unit, default, least, most] each; a place in this list is what take_limit wants. */
napi_value core_limits(napi_env js)
{
    static const char *const units[] = {[BJ_UNIT_COUNT] = "count",
                                        [BJ_UNIT_BYTES] = "bytes",
                                        [BJ_UNIT_MILLISECONDS] = "milliseconds"};
    napi_value list = NULL, entry;
    napi_create_array(js, &list);
#define ENTRY(field, name, unit, default_, least, most, help)                                      \
    napi_create_array(js, &entry);                                                                 \
    core_append(js, entry, core_string_or_null(js, name));                                         \
    core_append(js, entry, core_string_or_null(js, units[unit]));                                  \
    core_append(js, entry, core_number(js, (double)(default_)));                                   \
    core_append(js, entry, core_number(js, (double)(least)));                                      \
    core_append(js, entry, core_number(js, (double)(most)));                                       \
    core_append(js, list, entry);
    BJ_LIMITS(ENTRY)
#undef ENTRY
    return list;
}

/* ------------------------------------------------------------------ grants */

static bool take_deterministic(reader *r)
{
    r->policy->deterministic = true;
    return number(r, &r->policy->seed);
}

static bool take_dir(reader *r)
{
    char *host = text(r), *guest = host ? text(r) : NULL;
    uint64_t mode;
    int result = -1;
    if (guest && number(r, &mode) && mode <= BJ_OVERLAY)
        result = bj_policy_grant_dir(r->policy, host, guest, (bj_mode)mode, r->err);
    free(host);
    free(guest);
    r->blocks = true;
    return result == 0;
}

static bool take_tmp(reader *r)
{
    char *guest = text(r);
    uint64_t bytes;
    int result =
        guest && number(r, &bytes) ? bj_policy_grant_tmp(r->policy, guest, bytes, r->err) : -1;
    free(guest);
    return result == 0;
}

static bool take_archive(reader *r)
{
    return with_two(r, bj_policy_grant_archive);
}

static bool take_env(reader *r)
{
    return with_two(r, bj_policy_grant_env);
}

static bool take_arg(reader *r)
{
    char *arg = text(r);
    int result = arg ? bj_policy_grant_arg(r->policy, arg, r->err) : -1;
    free(arg);
    return result == 0;
}

static bool take_stdin(reader *r)
{
    size_t size;
    char *bytes = core_copy(r->js, item(r), &size);
    int result = bytes ? bj_policy_grant_stdin(r->policy, bytes, size, r->err) : -1;
    free(bytes);
    return result == 0;
}

static bool take_stdin_fd(reader *r)
{
    uint32_t fd;
    r->blocks = true;
    return core_uint32(r->js, item(r), &fd) &&
           bj_policy_grant_stdin_fd(r->policy, (int)fd, r->err) == 0;
}

static bool take_devices(reader *r)
{
    return bj_policy_grant_devices(r->policy, r->err) == 0;
}

static bool take_exceptions(reader *r)
{
    return bj_policy_grant_exceptions(r->policy, r->err) == 0;
}

static bool take_tool(reader *r)
{
    bj_tool tool;
    bool taken = core_tool_read(r->js, r->list, r->at, &tool) &&
                 bj_policy_grant_tool(r->policy, &tool, r->err) == 0;
    core_tool_clear(&tool);
    r->at += 8;
    return taken;
}

static bool take_output(reader *r)
{
    return bj_policy_on_output(r->policy, core_output_came, NULL, r->err) == 0;
}

/* First of all, since what follows stands over it. */
static bool take_base(reader *r)
{
    char *name = text(r);
    const int result = name ? bj_policy_load(r->policy, name, r->err) : -1;
    bj_mount mount = {.size = sizeof mount};
    for (size_t i = 0; bj_policy_mount(r->policy, i, &mount); i++)
        r->blocks |= mount.kind == BJ_MOUNT_DIR;
    free(name);
    return result == 0;
}

/* In the order of lib/policy.js's numbers. */
static bool (*const takers[])(reader *r) = {
    take_limit, take_deterministic, take_dir,        take_tmp,      take_archive,
    take_env,   take_arg,           take_stdin,      take_stdin_fd, take_devices,
    take_tool,  take_output,        take_exceptions, take_base,
};

bool core_policy_read(napi_env js, napi_value list, bj_policy *policy, bool *blocks, bj_error *err)
{
    reader r = {.js = js, .list = list, .policy = policy, .err = err};
    uint32_t length = 0;
    if (napi_get_array_length(js, list, &length) != napi_ok)
        return false;
    while (r.at < length) {
        uint64_t what;
        if (!number(&r, &what) || what >= sizeof takers / sizeof *takers || !takers[what](&r))
            return false;
    }
    *blocks = r.blocks;
    return bj_policy_check(policy, err) == 0;
}
