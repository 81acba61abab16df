/*
 * policy_load.c: a policy by its name: bj_policy_load.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read.h"
#include "base/span.h"
#include "policy/policy.h"
#include "settings/policy_file.h"

/* A regular file: a device could go on for ever, a pipe could never begin, or end before it began. */
static int open_file(const char *file, bj_error *err)
{
    struct stat status;
    bj_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &status) < 0)
        return bj_fail_errno(err, "the policy %s cannot be opened", file);
    if (!S_ISREG(status.st_mode))
        return bj_fail(err, BJ_ERROR_IO, "the policy %s is not a regular file", file);
    return bj_steal_fd(&fd);
}

/* `text` has a byte more than a policy may have, so that a longer one is noticed. */
static int load_text(bj_policy *policy, const char *file, const char *folder, char *text,
                     bj_error *err)
{
    bj_autoclose int fd = open_file(file, err);
    if (fd < 0)
        return -1;
    const ssize_t size = bj_read_at(fd, text, POLICY_FILE_MAX + 1, 0);
    if (size < 0)
        return bj_fail_errno(err, "the policy %s cannot be read", file);
    const bool json = bj_ends_with(file, ".json");
    return bj_policy_read(policy, text, (size_t)size, json ? BJ_POLICY_JSON : BJ_POLICY_TOML, file,
                          folder, err);
}

static int load_file(bj_policy *policy, const char *file, bj_error *err)
{
    const char *slash = strrchr(file, '/');
    bj_autofree char *folder =
        slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : strdup(".");
    bj_autofree char *text = malloc(POLICY_FILE_MAX + 1);
    if (!folder || !text)
        return bj_fail_memory(err);
    return load_text(policy, file, folder, text, err);
}

/* A mistyped preset looks like a file that is not there. */
BJ_API int bj_policy_load(bj_policy *policy, const char *name, bj_error *err)
{
    if (policy_is_preset(name))
        return bj_policy_preset(policy, name, err);
    if (!strpbrk(name, "./") && access(name, F_OK) < 0)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "'%.64s' is neither a preset (strict, default, roomy) nor a file", name);
    return load_file(policy, name, err);
}
