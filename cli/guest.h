/*
 * guest.h: the program, its runtime and its sandbox together, from opening to the receipt.
 */
#ifndef CLI_GUEST_H
#define CLI_GUEST_H

#include "key.h"
#include "machine.h"
#include "source.h"
#include "stream.h"

/* Zero-initialise; guest_close frees what is owned. */
typedef struct guest {
    const cli_source *source; /* borrowed */
    const bj_policy *policy;  /* borrowed */
    bj_engine *engine;        /* owned */
    bj_runtime *runtime;      /* owned */
    bj_snapshot *from;        /* what each new sandbox goes on from, owned; NULL: from its start */
    unsigned spawn_flags;     /* BJ_SPAWN_…: how it does */
    snapshot_key key;         /* of files of snapshots */
    bj_sandbox *box;          /* owned */
    stream out;               /* where its output goes */
    int signal;               /* the signal that interrupted the last run, or 0 */
} guest;

/* Starts the engine, opens the runtime and makes the sandbox, which goes on from the snapshot in the file `from`
 * unless that is NULL. CLI_OK, or an exit status after a message. */
int guest_open(guest *g, const machine_options *machine, const char *from);

/* A new sandbox in place of the old one. CLI_OK, or an exit status after a message and the old one. */
int guest_renew(guest *g);

/* The same, going on from `snapshot`. */
int guest_spawn(guest *g, bj_snapshot *snapshot);

/* Loads the snapshot in the file `path`, which may unpack to what the policy's limit memory lets it be. CLI_OK and a
 * snapshot for the caller, or an exit status after a message. */
int guest_load(const guest *g, const char *path, bj_snapshot **snapshot);

/* Writes a snapshot to the file `path`. CLI_OK, or CLI_FAILED after a message. */
int guest_save(guest *g, const char *path);

/* Runs the guest's source, with Ctrl-C ending it. The caller deletes the receipt; NULL fills *err. */
bj_receipt *guest_run(guest *g, bj_error *err);

/* The same for other source in its interpreter. */
bj_receipt *guest_eval(guest *g, const char *source, size_t size, unsigned flags, bj_error *err);

/* At the end of the process. */
void guest_close(guest *g);

#endif
