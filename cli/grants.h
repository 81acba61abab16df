/*
 * grants.h: what takes the options that grant something. The option's offset is that of a bj_policy.
 */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "options.h"

cli_take grants_take_dir;     /* HOST:GUEST[:ro|rw|overlay] */
cli_take grants_take_tmp;     /* SIZE[:GUEST] */
cli_take grants_take_archive; /* FILE:GUEST */
cli_take grants_take_devices;
cli_take grants_take_env; /* K=V or K */

#endif
