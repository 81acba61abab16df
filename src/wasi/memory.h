/*
 * memory.h: the guest's memory, touched by offset only.
 *
 * Everything that the guest points to is checked here, pointer and length together, in 64 bits, so
 * that no sum overflows. Numbers are little-endian at any alignment. Nothing in Belljar casts a
 * pointer into guest memory to a struct: layouts stand below as offsets.
 */
#ifndef BJ_WASI_MEMORY_H
#define BJ_WASI_MEMORY_H

#include <string.h>

#include "wasi/wasi.h"

/* Layouts, from typenames.witx of preview 1 (offsets as its layout rules give them). */
enum {
    WASI_IOVEC_BUF = 0, /* iovec and ciovec */
    WASI_IOVEC_LEN = 4,
    WASI_IOVEC_BYTES = 8,

    WASI_FDSTAT_FILETYPE = 0, /* fdstat */
    WASI_FDSTAT_FLAGS = 2,
    WASI_FDSTAT_RIGHTS_BASE = 8,
    WASI_FDSTAT_RIGHTS_INHERITING = 16,
    WASI_FDSTAT_BYTES = 24,

    WASI_FILESTAT_DEV = 0, /* filestat */
    WASI_FILESTAT_INO = 8,
    WASI_FILESTAT_FILETYPE = 16,
    WASI_FILESTAT_NLINK = 24,
    WASI_FILESTAT_SIZE = 32,
    WASI_FILESTAT_ATIM = 40,
    WASI_FILESTAT_MTIM = 48,
    WASI_FILESTAT_CTIM = 56,
    WASI_FILESTAT_BYTES = 64,

    WASI_PRESTAT_TAG = 0, /* prestat */
    WASI_PRESTAT_NAME_LEN = 4,
    WASI_PRESTAT_BYTES = 8,

    WASI_DIRENT_NEXT = 0, /* dirent */
    WASI_DIRENT_INO = 8,
    WASI_DIRENT_NAMLEN = 16,
    WASI_DIRENT_TYPE = 20,
    WASI_DIRENT_BYTES = 24,

    WASI_SUBSCRIPTION_USERDATA = 0, /* subscription */
    WASI_SUBSCRIPTION_TAG = 8,
    WASI_SUBSCRIPTION_CLOCK_ID = 16,
    WASI_SUBSCRIPTION_CLOCK_TIMEOUT = 24,
    WASI_SUBSCRIPTION_CLOCK_PRECISION = 32,
    WASI_SUBSCRIPTION_CLOCK_FLAGS = 40,
    WASI_SUBSCRIPTION_FD = 16,
    WASI_SUBSCRIPTION_BYTES = 48,

    WASI_EVENT_USERDATA = 0, /* event */
    WASI_EVENT_ERROR = 8,
    WASI_EVENT_TYPE = 10,
    WASI_EVENT_NBYTES = 16,
    WASI_EVENT_FLAGS = 24,
    WASI_EVENT_BYTES = 32,
};

/* The `size` bytes at `pointer`, or NULL if they are not all inside. */
static inline uint8_t *wasi_bytes(wasi_memory memory, uint64_t pointer, uint64_t size)
{
    if (pointer > memory.size || size > memory.size - pointer)
        return NULL;
    return memory.base + pointer;
}

/* The same for `count` elements of `size` bytes (a small constant). */
static inline uint8_t *wasi_array(wasi_memory memory, uint64_t pointer, uint32_t count,
                                  uint32_t size)
{
    return wasi_bytes(memory, pointer, (uint64_t)count * size);
}

/* Loads and stores at a place that was checked. */
static inline uint16_t wasi_load16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t wasi_load32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t wasi_load64(const uint8_t *at)
{
    return wasi_load32(at) | (uint64_t)wasi_load32(at + 4) << 32;
}

static inline void wasi_store16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void wasi_store32(uint8_t *at, uint32_t value)
{
    wasi_store16(at, (uint16_t)value);
    wasi_store16(at + 2, (uint16_t)(value >> 16));
}

static inline void wasi_store64(uint8_t *at, uint64_t value)
{
    wasi_store32(at, (uint32_t)value);
    wasi_store32(at + 4, (uint32_t)(value >> 32));
}

/* Checked stores of one number: VFS_EFAULT outside. */
static inline vfs_errno wasi_put32(wasi_memory memory, uint64_t pointer, uint32_t value)
{
    uint8_t *at = wasi_bytes(memory, pointer, 4);
    if (!at)
        return VFS_EFAULT;
    wasi_store32(at, value);
    return VFS_OK;
}

static inline vfs_errno wasi_put64(wasi_memory memory, uint64_t pointer, uint64_t value)
{
    uint8_t *at = wasi_bytes(memory, pointer, 8);
    if (!at)
        return VFS_EFAULT;
    wasi_store64(at, value);
    return VFS_OK;
}

#endif
