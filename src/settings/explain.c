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

typedef struct limit_words {
    const char *name;
    bj_unit unit;
    uint64_t value, standard;
    const char *help;
} limit_words;

static void say_limit(writing *w, const limit_words *limit)
{
    char value[32], standard[48] = "";
    /* cpu and fuel, which do not limit at 0. */
    if (limit->value == 0 && limit->standard == 0)
        snprintf(value, sizeof value, "no limit");
    else
        bj_quantity_format(limit->unit, limit->value, value, sizeof value);
    if (limit->value != limit->standard) {
        char text[32];
        snprintf(standard, sizeof standard, " (by default %s)",
                 limit->standard == 0
                     ? "no limit"
                     : bj_quantity_format(limit->unit, limit->standard, text, sizeof text));
    }
    say(w, "  %-16s  %-17s  %s%s\n", limit->name, value, limit->help, standard);
}

static void say_limits(writing *w, const bj_policy *policy)
{
    const limit_words limits[] = {
#define LIMIT_WORDS(field, name, unit, default_, least, most, help)                                \
    {name, unit, policy->field, default_, help},
        BJ_LIMITS(LIMIT_WORDS)
#undef LIMIT_WORDS
    };
    say(w, "Limits:\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        say_limit(w, &limits[i]);
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
    if (!grants || grants->mount_count == 0) {
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
    if (policy_read(&own, policy, NULL) < 0)
        return NULL;
    say_limits(&w, &own);
    say(&w, "\n");
    say_grants(&w, &own);
    if (!w.failed)
        return w.text.data;
    bj_buffer_free(&w.text);
    return NULL;
}
