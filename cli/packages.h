/*
 * packages.h: --package, and what a program in Python says it needs (PEP 723): wheels for Python and packages of npm's for JavaScript, which
 * packages.py finds.
 */
#ifndef CLI_PACKAGES_H
#define CLI_PACKAGES_H

#include "machine.h"
#include "source.h"

typedef struct cli_packages {
    const char **items; /* requirements, owned as an array */
    size_t count;
    bool named_only; /* what the program says it needs is left out */
} cli_packages;

cli_take packages_take; /* NAME, NAME==VERSION, FILE.whl; npm:NAME, npm:NAME@RANGE */
void packages_clear(cli_packages *packages);

/* Has the packages found, those that the program itself asks for too, downloaded where they are missing, and grants them to a sandbox that is to
 * run it. CLI_OK, or CLI_FAILED after a message. */
int packages_grant(const cli_packages *packages, const cli_source *source,
                   const machine_options *machine, bj_policy *policy);

#endif
