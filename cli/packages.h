/*
 * packages.h: --package: wheels for Python and packages of npm's for JavaScript, which packages.py finds.
 */
#ifndef CLI_PACKAGES_H
#define CLI_PACKAGES_H

#include "machine.h"

typedef struct cli_packages {
    const char **items; /* requirements, owned as an array */
    size_t count;
} cli_packages;

cli_take packages_take; /* NAME, NAME==VERSION, FILE.whl; npm:NAME, npm:NAME@RANGE */
void packages_clear(cli_packages *packages);

/* Has the packages found, downloaded where they are missing, and grants them to a sandbox of this runtime (NULL: a module). CLI_OK, or
 * CLI_FAILED after a message. */
int packages_grant(const cli_packages *packages, const char *runtime,
                   const machine_options *machine, bj_policy *policy);

#endif
