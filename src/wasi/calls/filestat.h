/*
 * filestat.h: what calls on descriptors and calls on paths share about file attributes.
 */
#ifndef BJ_WASI_FILESTAT_H
#define BJ_WASI_FILESTAT_H

#include "wasi/context.h"

/* Writes a filestat. EFAULT. */
vfs_errno wasi_put_filestat(wasi_memory memory, uint64_t pointer,
                            const vfs_stat *stat) BJ_CHECK_RESULT;

/* (atim, mtim, fst_flags) as times. EINVAL: flags that are unknown or exclude each other. */
vfs_errno wasi_get_times(const wasi_context *context, const uint64_t *args,
                         vfs_times *times) BJ_CHECK_RESULT;

#endif
