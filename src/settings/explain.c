/*
 * explain.c: a policy in words: bj_policy_explain.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "policy/grants.h"
#include "policy/limits.h"
#include "policy/policy.h"

/* What is written. `failed`: out of memory. */
typedef struct writing {
    bj_buffer text;
    bool failed;
} writing;

static void say(writing *w, const char *format, ...) BJ_PRINTF(2, 3);

static void say(writing *w, const char *format, ...)
{
    char *line = NULL;
    va_list args;
    va_start(args, format);
    const int size = vasprintf(&line, format, args);
    va_end(args);
    if (size < 0) {
        w->failed = true;
        return;
    }
    w->failed |= bj_buffer_append(&w->text, line, (size_t)size) < 0;
    free(line);
}

/* ------------------------------------------------------------------ limits */

/* "10 s", or "no limit": cpu and fuel, whose default is 0, do not limit at 0. */
static const char *limit_text(const policy_limit_row *row, uint64_t value, char *text, size_t room)
{
    if (value == 0 && row->standard == 0)
        return "no limit";
    return bj_quantity_format(row->unit, value, text, room);
}

static void say_limit(writing *w, const policy_limit_row *row, uint64_t value)
{
    char text[32], standard[32];
    say(w, "  %-16s  %-17s  %s", row->name, limit_text(row, value, text, sizeof text), row->help);
    if (value != row->standard)
        say(w, " (by default %s)", limit_text(row, row->standard, standard, sizeof standard));
    say(w, "\n");
}

static void say_limits(writing *w, const bj_policy *policy)
{
    say(w, "Limits:\n");
    for (policy_limit limit = 0; limit < POLICY_LIMIT_COUNT; limit++)
        say_limit(w, &policy_limits[limit], policy_limit_get(policy, limit));
}

/* ------------------------------------------------------------------ grants */

static void say_mount(writing *w, const policy_mount *mount)
{
    char size[32];
    switch (mount->kind) {
    case POLICY_MOUNT_TMP:
        say(w, "  %s  is an empty directory in memory of at most %s\n", mount->guest,
            bj_quantity_format(BJ_UNIT_BYTES, mount->bytes, size, sizeof size));
        return;
    case POLICY_MOUNT_ARCHIVE:
        say(w, "  %s  reads the zip file %s of the host\n", mount->guest, mount->host);
        return;
    case POLICY_MOUNT_DIR:
        break;
    }
    say(w, "  %s  ", mount->guest);
    switch (mount->mode) {
    case BJ_READ_ONLY:
        say(w, "reads the directory %s of the host, and changes nothing there\n", mount->host);
        break;
    case BJ_READ_WRITE:
        say(w, "reads and CHANGES the directory %s of the host\n", mount->host);
        break;
    case BJ_OVERLAY:
        say(w, "reads the directory %s of the host; its changes stay in memory\n", mount->host);
        break;
    }
}

static void say_mounts(writing *w, const bj_grants *grants)
{
    if (grants->mount_count == 0) {
        say(w, "Files: none of the host's. It has an empty directory /work in memory.\n");
        return;
    }
    say(w, "Files, besides an empty directory /work in memory:\n");
    for (size_t i = 0; i < grants->mount_count; i++)
        say_mount(w, &grants->mounts[i]);
}

static void say_names(writing *w, const policy_strings *env)
{
    say(w, "Variables:");
    for (size_t i = 0; i < env->count; i++)
        say(w, "%s %.*s", i > 0 ? "," : "", (int)strcspn(env->items[i], "="), env->items[i]);
    say(w, "%s\n", env->count > 0 ? "" : " none");
}

static void say_tools(writing *w, const policy_tools *tools)
{
    say(w, "Functions of the host that it may call:");
    for (size_t i = 0; i < tools->count; i++)
        say(w, "%s %s", i > 0 ? "," : "", tools->items[i].tool->name);
    say(w, "%s\n", tools->count > 0 ? "" : " none");
}

static void say_grants(writing *w, const bj_policy *policy)
{
    const bj_grants none = {.devices = false}, *grants = policy->grants ? policy->grants : &none;
    say_mounts(w, grants);
    say_names(w, &grants->env);
    say_tools(w, &grants->tools);
    if (policy->deterministic)
        say(w,
            "Clock and random numbers: its own, from seed %llu. Two runs of the same code give the "
            "same.\n",
            (unsigned long long)policy->seed);
    else
        say(w, "Clock and random numbers: the host's.\n");
    if (grants->devices)
        say(w, "A command sees /dev, as interpreters do.\n");
    if (grants->exceptions)
        say(w, "A module may throw and catch exceptions of WebAssembly.\n");
    say(w, "Never, under any policy: other files, the network, other programs, the host's "
           "memory.\n");
}

BJ_API char *bj_policy_explain(const bj_policy *policy)
{
    writing w = {.failed = false};
    bj_policy own;
    if (policy_take(&own, policy, NULL) < 0)
        return NULL;
    say_limits(&w, &own);
    say(&w, "\n");
    say_grants(&w, &own);
    if (!w.failed)
        return w.text.data;
    bj_buffer_free(&w.text);
    return NULL;
}
