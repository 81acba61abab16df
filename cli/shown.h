/*
 * shown.h: what a guest showed (bj_receipt_display), on stdout and as files of --out.
 */
#ifndef CLI_SHOWN_H
#define CLI_SHOWN_H

#include <stdbool.h>

#include "belljar.h"
#include "pictures.h"

#define SHOWN_NAME_BYTES 64

/* What was written to --out, over all receipts of a job. */
typedef struct shown_files {
    char (*names)[SHOWN_NAME_BYTES];
    size_t count;
    unsigned number; /* of the last one */
} shown_files;

/* Where and how. */
typedef struct shown_options {
    const char *out;  /* the directory of --out, which is there; NULL: no files */
    pictures_way way; /* on stdout */
    bool quiet;       /* nothing on stdout */
    bool raw;         /* text as it is */
} shown_options;

/* Writes the files, then shows what there is on stdout: pictures where the terminal takes them, else text. Files are new ones: names
 * that are taken, there or in the guest's /work (which goes to the same place at the end), are passed over. CLI_OK, or CLI_FAILED after a
 * message. */
int shown_hand_out(shown_files *d, const shown_options *options, bj_sandbox *box,
                   const bj_receipt *receipt);

/* Before /work goes to --out: what has been written under names that the guest has taken since gets others. CLI_OK, or CLI_FAILED
 * after a message. */
int shown_make_way(shown_files *d, const shown_options *options, bj_sandbox *box);

void shown_clear(shown_files *d);

#endif
