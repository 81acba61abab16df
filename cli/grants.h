/*
 * grants.h: what takes the options that grant something. The option's offset is that of a cli_grants.
 */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "options.h"

/* A directory that was granted as an overlay. */
typedef struct cli_overlay {
    char *host, *guest;
} cli_overlay;

typedef struct cli_grants {
    bj_policy policy;
    cli_overlay *overlays; /* owned */
    size_t overlay_count;
    bool has_env; /* a variable was granted */
} cli_grants;

void grants_clear(cli_grants *grants);

cli_take grants_take_dir;     /* HOST:GUEST[:ro|rw|overlay] */
cli_take grants_take_tmp;     /* SIZE[:GUEST] */
cli_take grants_take_archive; /* FILE:GUEST */
cli_take grants_take_devices;
cli_take grants_take_seed;
cli_take grants_take_env; /* K=V or K */

#endif
