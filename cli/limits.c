/*
 * limits.c: the limits by name, and reading their values. All of it comes from BJ_LIMITS in belljar.h.
 */
#include "limits.h"
#include <errno.h>

#include <string.h>

#include "cli.h"
#include "values.h"

const cli_limit cli_limits[CLI_LIMIT_COUNT] = {
#define CLI_LIMIT_ROW(field, name, unit, default_, least, most, help)                              \
    {name, unit, default_, least, most},
    BJ_LIMITS(CLI_LIMIT_ROW)
#undef CLI_LIMIT_ROW
};

const cli_limit *limits_find(const char *name)
{
    for (size_t i = 0; i < CLI_LIMIT_COUNT; i++) {
        if (strcmp(cli_limits[i].name, name) == 0)
            return &cli_limits[i];
    }
    return NULL;
}

static void range_error(const cli_limit *limit, const char *text)
{
    values_text least = values_format(limit->unit, limit->least);
    values_text most = values_format(limit->unit, limit->most);
    cli_error("--%s %s is out of range: it may be %s to %s", limit->name, text, least.text,
              most.text);
}

int limits_read(const cli_limit *limit, const char *text, uint64_t *value)
{
    uint64_t parsed = UINT64_MAX;
    bj_error err;
    if (bj_quantity_read(limit->unit, text, &parsed, &err) < 0 && err.sys_errno != ERANGE) {
        cli_error("--%s: %s", limit->name, err.message);
        return -1;
    }
    if (parsed < limit->least || parsed > limit->most) {
        range_error(limit, text);
        return -1;
    }
    *value = parsed;
    return 0;
}
