/*
 * grants.h: what takes the options that grant something. The option's offset is that of a cli_grants.
 */
#ifndef CLI_GRANTS_H
#define CLI_GRANTS_H

#include "options.h"

/* A directory that was granted. */
typedef struct cli_dir {
    char *host; /* without links, or NULL where that cannot be said */
    char *guest;
} cli_dir;

/* A directory that was granted as an overlay. */
typedef struct cli_overlay {
    char *host, *guest;
} cli_overlay;

typedef struct cli_grants {
    bj_policy policy;
    cli_dir *dirs; /* owned; overlays among them */
    size_t dir_count;
    char **names; /* owned: what grants_in_guest answered */
    size_t name_count;
    cli_overlay *overlays; /* owned */
    size_t overlay_count;
    bool has_env;            /* a variable was granted */
    const char *policy_name; /* what --policy said, or NULL */
} cli_grants;

void grants_clear(cli_grants *grants);

/* Reads `name`, a preset or a file, into the policy. 0, or -1 after a message. */
int grants_read_policy(bj_policy *policy, const char *name);

/* Shows the directory `host` at `guest`, as --dir HOST:GUEST:MODE does. 0, or -1 after a message. */
int grants_show_dir(cli_grants *grants, const char *host, const char *guest, bj_mode mode);

/* What the guest calls the file or directory `host`, if it lies in one that was granted (the last such); it lives as long as
 * `grants`. NULL where it does not. */
char *grants_in_guest(cli_grants *grants, const char *host);

cli_take
    grants_take_policy; /* strict, default, roomy or FILE; before all others: they stand over it */
cli_take grants_take_dir;     /* HOST:GUEST[:ro|rw|overlay] */
cli_take grants_take_tmp;     /* SIZE[:GUEST] */
cli_take grants_take_archive; /* FILE:GUEST */
cli_take grants_take_devices;
cli_take grants_take_exceptions;
cli_take grants_take_seed;
cli_take grants_take_env; /* K=V or K */

#endif
