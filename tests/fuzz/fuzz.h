/*
 * fuzz.h: what the fuzz targets share: reading the input as choices, a tree with every kind of layer, and what must
 * hold whatever the input is.
 */
#ifndef BJ_TESTS_FUZZ_H
#define BJ_TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfs/tree/operations.h"
#include "wasi/wasi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A condition that no input may break: the fuzzer sees the abort. */
#define HOLD(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The input, read from its beginning; zeros behind its end. */
typedef struct fuzz_input {
    const uint8_t *at, *end;
} fuzz_input;

static inline uint8_t fuzz_byte(fuzz_input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint64_t fuzz_number(fuzz_input *in, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)fuzz_byte(in) << 8 * i;
    return value;
}

static inline bool fuzz_done(const fuzz_input *in)
{
    return in->at >= in->end;
}

/* A host directory with files, links of every kind and depth, made once; its path. */
const char *fuzz_host_dir(void);
/* A zip file with a few entries, opened once. */
vfs_archive *fuzz_archive(void);

/* /work memory, /dev, /arch archive, /ro and /ov over the host directory; `flags` of vfs_tree_mount_host. */
vfs_tree *fuzz_tree(policy_budget *budget, unsigned flags);

/* After the tree is released: nothing is charged any more. */
void fuzz_check_budget(const policy_budget *budget);

#endif
