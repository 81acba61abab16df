/*
 * receipt.h: the object behind bj_receipt: what came of a run or eval. It knows no sandbox.
 */
#ifndef BJ_SANDBOX_RECEIPT_H
#define BJ_SANDBOX_RECEIPT_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/sha256.h"
#include "belljar.h"
#include "policy/budget.h"
#include "policy/unfinished.h"
#include "sandbox/receipt/displays.h"
#include "sandbox/tools/uses.h"
#include "sandbox/values/blob_list.h"
#include "vfs/changes/changes.h"
#include "wasi/wasi.h"

/* The parts of a receipt that may be incomplete, by the names that docs/receipt.md tells; X(name): RECEIPT_name. */
#define RECEIPT_PARTS(X)                                                                           \
    X(files)   /* what became of files */                                                          \
    X(digests) /* ... their SHA-256 */                                                             \
    X(displays)                                                                                    \
    X(value) /* bytes of a value that does not fit without them */

typedef enum receipt_part {
#define RECEIPT_PART_ENUM(name) RECEIPT_##name,
    RECEIPT_PARTS(RECEIPT_PART_ENUM)
#undef RECEIPT_PART_ENUM
        RECEIPT_PART_COUNT
} receipt_part;

/* Why each part is incomplete; POLICY_FINISHED where it is not. Zero: nothing is. */
typedef struct receipt_unfinished {
    policy_unfinished why[RECEIPT_PART_COUNT];
} receipt_unfinished;

struct bj_receipt {
    bj_outcome outcome;
    int exit_code;
    bj_buffer error_type, error_message, error_traceback;
    bj_buffer value, repr;
    blob_list blobs; /* of the value */
    bool has_value, has_repr;
    policy_limit limit;
    bool has_error, has_limit;
    uint64_t limit_allowed, limit_used;
    bj_buffer output[2]; /* stdout, stderr */
    bool truncated[2];
    vfs_changes changes;
    wasi_denials denials;
    tool_uses tool_uses;
    displays displays;
    bj_usage usage;
    receipt_unfinished unfinished;
    char digest[80]; /* "" where there is none */
};

/* Of what was cancelled before it ran: `interrupted`, and nothing used. NULL when out of memory. */
bj_receipt *receipt_of_nothing(void) BJ_CHECK_RESULT;
/* The same of what has begun: into its receipt. */
void receipt_set_unrun(bj_receipt *receipt);

/* Remembers why a part is incomplete; the first reason counts, POLICY_FINISHED says nothing. */
void receipt_leave(receipt_unfinished *unfinished, receipt_part part, policy_unfinished why);

/* The incomplete parts by number. False: there are no more. */
bool receipt_unfinished_get(const receipt_unfinished *unfinished, size_t number, const char **part,
                            const char **why);

/* Sets the receipt's error from what a guest said: any bytes, made valid UTF-8, cut at 64 KiB each.
 * 0, or -1 when out of memory. */
int receipt_set_error(bj_receipt *receipt, bj_span type, bj_span message,
                      bj_span traceback) BJ_CHECK_RESULT;

/* Sets the value of a last expression from what a guest said: JSON that was checked, and the text made valid
 * UTF-8 and cut. NULL data: there is none. 0, or -1 when out of memory. */
int receipt_set_value(bj_receipt *receipt, bj_span json, bj_span repr) BJ_CHECK_RESULT;

/* ---- changes.c ---- */

bool changes_get(const vfs_changes *changes, size_t number, bj_file_change *change);

/* ---- digest.c ---- */

/* What a run had to do with, beside what its receipt tells. */
typedef struct receipt_inputs {
    bj_sha256 module;
    bj_span source; /* {NULL, 0} for a run */
    const bj_blob *attached;
    size_t attached_count;
} receipt_inputs;

/* Sets the receipt's digest, of a sandbox in a world of its own. */
void receipt_set_digest(bj_receipt *receipt, const receipt_inputs *inputs);

#endif
