/*
 * grants.c: the options of `belljar run` that grant something: directories, archives, devices, variables.
 */
#include "grants.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "values.h"

static cli_grants *grants_of(const cli_option *option, void *target)
{
    return (cli_grants *)((char *)target + option->offset);
}

static bj_policy *policy_of(const cli_option *option, void *target)
{
    return &grants_of(option, target)->policy;
}

void grants_clear(cli_grants *grants)
{
    bj_policy_clear(&grants->policy);
    for (size_t i = 0; i < grants->overlay_count; i++) {
        free(grants->overlays[i].host);
        free(grants->overlays[i].guest);
    }
    free(grants->overlays);
    for (size_t i = 0; i < grants->dir_count; i++) {
        free(grants->dirs[i].host);
        free(grants->dirs[i].guest);
    }
    free(grants->dirs);
    for (size_t i = 0; i < grants->name_count; i++)
        free(grants->names[i]);
    free(grants->names);
}

static int policy_result(int status, const bj_error *err)
{
    if (status < 0)
        cli_library_error(err);
    return status;
}

static int out_of_memory(void)
{
    cli_error("out of memory");
    return -1;
}

/* `option` is the one that names it. */
static int is_host_dir(const char *option, const char *path)
{
    struct stat info;
    if (stat(path, &info) < 0) {
        cli_error("--%s: cannot find the directory %s: %s", option, path, strerror(errno));
        return -1;
    }
    if (!S_ISDIR(info.st_mode)) {
        cli_error("--%s: %s is not a directory", option, path);
        return -1;
    }
    return 0;
}

/* The mode at the end of HOST:GUEST:MODE, cut off; "ro" where there is none. */
static const char *cut_mode(char *text)
{
    char *colon = strrchr(text, ':');
    if (colon == NULL || strchr(colon, '/') != NULL || strchr(text, ':') == colon)
        return "ro";
    *colon = '\0';
    return colon + 1;
}

/* Cuts HOST:GUEST in two, at the last ":/", since the guest's path is absolute. NULL after a message. */
static char *cut_guest(const cli_option *option, char *text, const char *value, const char *example)
{
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || colon[1] != '/') {
        cli_error("--%s wants %s, such as %s, not '%s'", option->name, option->value, example,
                  value);
        return NULL;
    }
    *colon = '\0';
    return colon + 1;
}

static int read_mode(const char *text, const char *value, bj_mode *mode)
{
    static const char *const names[] = {
        [BJ_READ_ONLY] = "ro", [BJ_READ_WRITE] = "rw", [BJ_OVERLAY] = "overlay"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (bj_mode)i;
            return 0;
        }
    }
    cli_error("--dir %s: the mode '%s' does not exist; there are: ro, rw, overlay", value, text);
    return -1;
}

static int remember_overlay(cli_grants *grants, const char *host, const char *guest)
{
    cli_overlay *overlays =
        realloc(grants->overlays, (grants->overlay_count + 1) * sizeof *overlays);
    if (overlays == NULL)
        return out_of_memory();
    grants->overlays = overlays;
    cli_overlay *overlay = &overlays[grants->overlay_count++];
    *overlay = (cli_overlay){strdup(host), strdup(guest)};
    return overlay->host != NULL && overlay->guest != NULL ? 0 : out_of_memory();
}

static int remember_dir(cli_grants *grants, const char *host, const char *guest)
{
    cli_dir *dirs = realloc(grants->dirs, (grants->dir_count + 1) * sizeof *dirs);
    if (dirs == NULL)
        return out_of_memory();
    grants->dirs = dirs;
    cli_dir *dir = &dirs[grants->dir_count++];
    *dir = (cli_dir){realpath(host, NULL), strdup(guest)};
    return dir->guest != NULL ? 0 : out_of_memory();
}

int grants_show_dir(cli_grants *grants, const char *host, const char *guest, bj_mode mode)
{
    bj_error err;
    int status = policy_result(bj_policy_grant_dir(&grants->policy, host, guest, mode, &err), &err);
    if (status == 0)
        status = remember_dir(grants, host, guest);
    if (status == 0 && mode == BJ_OVERLAY)
        status = remember_overlay(grants, host, guest);
    return status;
}

/* What follows `folder` in `path`: "" or what begins with a slash. NULL where it does not lie there. */
static const char *rest_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    while (size > 0 && folder[size - 1] == '/')
        size--;
    const bool below =
        strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
    return below ? path + size : NULL;
}

/* GUEST/REST, kept; NULL when out of memory. */
static char *keep_name(cli_grants *grants, const char *guest, const char *rest)
{
    size_t size = strlen(guest);
    while (size > 0 && guest[size - 1] == '/')
        size--;
    char **names = realloc(grants->names, (grants->name_count + 1) * sizeof *names);
    if (names == NULL)
        return NULL;
    grants->names = names;
    if (asprintf(&names[grants->name_count], "%.*s%s", (int)size, guest, rest) < 0)
        return NULL;
    return names[grants->name_count++];
}

char *grants_in_guest(cli_grants *grants, const char *host)
{
    cli_autofree char *path = realpath(host, NULL);
    for (size_t i = grants->dir_count; path != NULL && i-- > 0;) {
        const cli_dir *dir = &grants->dirs[i];
        const char *rest = dir->host != NULL ? rest_below(path, dir->host) : NULL;
        if (rest != NULL)
            return keep_name(grants, dir->guest, rest);
    }
    return NULL;
}

int grants_read_policy(bj_policy *policy, const char *name)
{
    bj_error err;
    return policy_result(bj_policy_load(policy, name, &err), &err);
}

/* What --dir would remember of the directories that a policy grants. */
static int remember_mounts(cli_grants *grants)
{
    bj_mount mount = {.size = sizeof mount};
    for (size_t i = 0; bj_policy_mount(&grants->policy, i, &mount); i++) {
        if (mount.kind != BJ_MOUNT_DIR)
            continue;
        if (is_host_dir("policy", mount.host) < 0 ||
            remember_dir(grants, mount.host, mount.guest) < 0 ||
            (mount.mode == BJ_OVERLAY && remember_overlay(grants, mount.host, mount.guest) < 0))
            return -1;
    }
    return 0;
}

int grants_take_policy(const cli_option *option, void *target, const char *value)
{
    cli_grants *grants = grants_of(option, target);
    if (grants->policy_name != NULL) {
        cli_error("--policy: %s and %s: give one", grants->policy_name, value);
        return -1;
    }
    grants->policy_name = value;
    if (grants_read_policy(&grants->policy, value) < 0)
        return -1;
    grants->has_env |= bj_policy_env(&grants->policy, 0) != NULL;
    return remember_mounts(grants);
}

/* HOST:GUEST[:ro|rw|overlay] */
int grants_take_dir(const cli_option *option, void *target, const char *value)
{
    cli_autofree char *text = strdup(value);
    if (text == NULL)
        return out_of_memory();
    bj_mode mode;
    const char *mode_name = cut_mode(text);
    const char *guest = cut_guest(option, text, value, "./data:/data:ro");
    if (guest == NULL || read_mode(mode_name, value, &mode) < 0 ||
        is_host_dir(option->name, text) < 0)
        return -1;
    return grants_show_dir(grants_of(option, target), text, guest, mode);
}

/* SIZE or SIZE:GUEST */
int grants_take_tmp(const cli_option *option, void *target, const char *value)
{
    cli_autofree char *text = strdup(value);
    if (text == NULL)
        return out_of_memory();
    char *colon = strchr(text, ':');
    const char *guest = colon != NULL ? colon + 1 : "/tmp";
    if (colon != NULL)
        *colon = '\0';
    uint64_t bytes;
    if (bj_quantity_read(BJ_UNIT_BYTES, text, &bytes, NULL) < 0 || bytes == 0 || guest[0] != '/') {
        cli_error("--%s wants %s, such as 64M or 1G:/scratch, not '%s'", option->name,
                  option->value, value);
        return -1;
    }
    bj_error err;
    return policy_result(bj_policy_grant_tmp(policy_of(option, target), guest, bytes, &err), &err);
}

/* FILE:GUEST */
int grants_take_archive(const cli_option *option, void *target, const char *value)
{
    cli_autofree char *text = strdup(value);
    if (text == NULL)
        return out_of_memory();
    const char *guest = cut_guest(option, text, value, "lib.zip:/lib/extra");
    if (guest == NULL)
        return -1;
    if (access(text, R_OK) < 0) {
        cli_error("--archive: cannot read %s: %s", text, strerror(errno));
        return -1;
    }
    bj_error err;
    return policy_result(bj_policy_grant_archive(policy_of(option, target), text, guest, &err),
                         &err);
}

int grants_take_devices(const cli_option *option, void *target, const char *value)
{
    (void)value;
    bj_error err;
    return policy_result(bj_policy_grant_devices(policy_of(option, target), &err), &err);
}

int grants_take_exceptions(const cli_option *option, void *target, const char *value)
{
    (void)value;
    bj_error err;
    return policy_result(bj_policy_grant_exceptions(policy_of(option, target), &err), &err);
}

int grants_take_seed(const cli_option *option, void *target, const char *value)
{
    bj_policy *policy = policy_of(option, target);
    if (bj_quantity_read(BJ_UNIT_COUNT, value, &policy->seed, NULL) < 0) {
        cli_error("--seed wants a number from 0 to 18446744073709551615, not '%s'", value);
        return -1;
    }
    policy->deterministic = true;
    return 0;
}

/* K=V, or K for the value that it has here. */
int grants_take_env(const cli_option *option, void *target, const char *value)
{
    const char *equals = strchr(value, '=');
    if (value[0] == '\0' || equals == value) {
        cli_error("--env wants %s, not '%s'", option->value, value);
        return -1;
    }
    cli_autofree char *name =
        equals != NULL ? strndup(value, (size_t)(equals - value)) : strdup(value);
    if (name == NULL)
        return out_of_memory();
    const char *content = equals != NULL ? equals + 1 : getenv(name);
    if (content == NULL) {
        cli_error("--env %s: there is no such variable here; give its value: --env %s=VALUE", name,
                  name);
        return -1;
    }
    bj_error err;
    grants_of(option, target)->has_env = true;
    return policy_result(bj_policy_grant_env(policy_of(option, target), name, content, &err), &err);
}
