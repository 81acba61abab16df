/*
 * states.h: what a session can go back to: named snapshots, and the sandboxes that it was forked from.
 */
#ifndef CLI_STATES_H
#define CLI_STATES_H

#include "guest.h"

/* Names that are taken: the beginning, and what the session keeps before each input. */
#define STATES_START "start"
#define STATES_LAST  "last"

typedef struct kept_state {
    char *name;            /* owned */
    bj_snapshot *snapshot; /* owned */
} kept_state;

/* Zero-initialise but for `guest`. */
typedef struct states {
    guest *guest;     /* borrowed; its sandbox is the one that goes on */
    kept_state *kept; /* the newest last */
    size_t count;
    bj_sandbox **below; /* those that were forked, the newest last */
    size_t depth;
} states;

/* Before the guest is closed. */
void states_clear(states *s);

/* Takes a snapshot under a name, in place of one that had it. 0, or -1 and the old one is kept. */
int states_keep(states *s, const char *name, bj_error *err);

/* The snapshot of that name, or NULL. */
bj_snapshot *states_find(const states *s, const char *name);

/* Where to go back to after an end: `last`, else the newest, else `start`. */
const char *states_nearest(const states *s);

/* The rest: CLI_OK, or an exit status after a message and everything as it was. */
int states_rewind(states *s, const char *name);
int states_fork(states *s);
int states_back(states *s);
int states_load(states *s, const char *path);

#endif
