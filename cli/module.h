/*
 * module.h: `belljar run -m MODULE ARGUMENTS`: a module of Python as a program.
 */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include "grants.h"

/* Has the guest see what its arguments (operands->rest) name: what lies in a directory that was granted gets the guest's name
 * for it; directories of the host are shown as overlays in the working directory, by their own names. An option
 * ends that, or `--`, which is removed. CLI_OK, or CLI_FAILED after a message. */
int module_arguments(cli_grants *grants, cli_operands *operands);

#endif
