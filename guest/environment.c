/*
 * environment.c: see environment.h. Compiled into every guest.
 */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include "environment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

/* The names that are the host's, each with its NUL, an empty one at the end; NULL: there are none. */
static char *names;

static void forget(environment_gone *gone)
{
    for (const char *name = names; *name; name += strlen(name) + 1) {
        unsetenv(name);
        if (gone)
            gone(name);
    }
    free(names);
    names = NULL;
}

/* One "NAME=value", which is taken apart; its name goes to `*end` of the names. */
static int take(char *item, char **end, environment_granted *granted)
{
    char *equals = strchr(item, '=');

    if (!equals || equals == item)
        return 0;
    *equals = '\0';
    if (setenv(item, equals + 1, 1) != 0)
        return -1;
    memcpy(*end, item, (size_t)(equals - item));
    *end += equals - item + 1;
    return granted ? granted(item, equals + 1) : 0;
}

/* `bytes` hold every name with its NUL, and one byte more. */
static int take_all(size_t count, size_t bytes, environment_granted *granted)
{
    char **items = malloc(count * sizeof *items), *text = malloc(bytes + 1);
    int status = -1;

    names = calloc(1, bytes + 1);
    if (items && text && names && __wasi_environ_get((uint8_t **)items, (uint8_t *)text) == 0) {
        char *end = names;
        status = 0;
        for (size_t i = 0; i < count && status == 0; i++)
            status = take(items[i], &end, granted);
    }
    free(items);
    free(text);
    return status;
}

int environment_take(environment_gone *gone, environment_granted *granted)
{
    size_t count = 0, bytes = 0;

    if (names)
        forget(gone);
    if (__wasi_environ_sizes_get(&count, &bytes) != 0)
        return -1;
    return count == 0 ? 0 : take_all(count, bytes, granted);
}
