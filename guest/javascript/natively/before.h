/*
 * before.h: what stands before every file of the guest where it is compiled for this machine.
 */
#ifndef NATIVELY_BEFORE_H
#define NATIVELY_BEFORE_H

#include <stdlib.h>
#include <unistd.h>

/* Scripts work where they are started. */
static inline int natively_chdir(const char *path)
{
    return path[0] == '/' && !access(path, X_OK) ? 0 : access(path, X_OK);
}

/* The guest asks for less than a multiple of the alignment, which sanitizers refuse. */
#define aligned_alloc(alignment, size) malloc(size)

/* An error of WASI's alone. */
#define ENOTCAPABLE 4095

/* Pages of 64 KiB that a program may think it has. */
#define __builtin_wasm_memory_size(memory) 1024

#endif
