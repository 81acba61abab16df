/*
 * key.h: the key of snapshot files, from a file of its own.
 */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "cli.h"

typedef struct snapshot_key {
    bool given;
    unsigned char bytes[32];
} snapshot_key;

/* Reads 32 bytes, or 64 hexadecimal digits and maybe a newline, from a file that nobody else may read. NULL for `path`: there is
 * none. CLI_OK, or CLI_FAILED after a message. */
int key_read(snapshot_key *key, const char *path);

/* Overwrites it. */
void key_clear(snapshot_key *key);

#endif
