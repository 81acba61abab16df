/*
 * world.h: a sandbox without an engine, for the tests of wasi: a tree, a context, and 64 KiB of guest
 * memory that lies at the end of a page, so that a byte too far is a fault and not luck.
 *
 *     /work         memory
 *     /dev          null, zero, urandom
 *     /data         a directory of the host, where one was asked for
 *     descriptors   0 1 2, 3 = "/", 4 = "/work", 5 = "/data"
 */
#ifndef BJ_TESTS_WASI_WORLD_H
#define BJ_TESTS_WASI_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"
#include "wasi/memory.h"
#include "wasi/rights.h"
#include "wasi/wasi.h"

#define MEMORY_BYTES 65536u
#define ROOT         3u
#define WORK         4u
#define DATA         5u
#define RESULT       60000u /* where the helpers let results be written */
#define ALL_RIGHTS   (WASI_RIGHTS_FILE | WASI_RIGHTS_DIRECTORY)

typedef struct world {
    policy_budget budget;
    vfs_tree *tree;
    wasi_context *context;
    uint8_t *mapping;
    wasi_memory memory;
} world;

static inline void world_limits(policy_budget *budget)
{
    bj_policy policy = {0};
#define X(field, name, unit, default_, least, most, help) policy.field = default_;
    BJ_LIMITS(X)
#undef X
    policy_budget_init(budget, &policy);
}

/* `setup` may be NULL; what it does not say is filled in. `host` may be NULL. */
static inline void world_open(world *w, const char *host, const wasi_setup *wanted)
{
    bj_error err = {0};
    *w = (world){0};
    world_limits(&w->budget);
    w->tree = vfs_tree_new(&w->budget);
    assert_non_null(w->tree);
    assert_int_equal(vfs_tree_mount_memory(w->tree, "/work", &err), 0);
    assert_int_equal(vfs_tree_mount_devices(w->tree, "/dev", &err), 0);
    if (host)
        assert_int_equal(vfs_tree_mount_host(w->tree, host, "/data", 0, &err), 0);
    const struct wasi_preopen preopens[] = {{"/", "/"}, {"/work", "/work"}, {"/data", "/data"}};
    wasi_setup setup = wanted ? *wanted : (wasi_setup){.stdin_fd = -1};
    setup.budget = &w->budget;
    setup.tree = w->tree;
    setup.preopens = preopens;
    setup.preopen_count = host ? 3 : 2;
    w->context = wasi_context_new(&setup, &err);
    if (!w->context)
        fail_msg("%s", err.message);
    wasi_begin(w->context, UINT64_MAX, bj_clock_thread_cpu_ns());
    w->mapping =
        mmap(NULL, MEMORY_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(w->mapping != MAP_FAILED);
    assert_int_equal(mprotect(w->mapping + MEMORY_BYTES, 4096, PROT_NONE), 0);
    w->memory = (wasi_memory){w->mapping, MEMORY_BYTES};
}

/* Checks that everything was given back. */
static inline void world_close(world *w)
{
    wasi_context_delete(w->context);
    vfs_tree_release(w->tree);
    munmap(w->mapping, MEMORY_BYTES + 4096);
    assert_int_equal(w->budget.used[POLICY_files], 0);
    assert_int_equal(w->budget.used[POLICY_file_bytes], 0);
    assert_int_equal(w->budget.used[POLICY_descriptors], 0);
}

static inline const wasi_call *call_named(const char *name)
{
    for (size_t i = 0; i < WASI_CALL_COUNT; i++)
        if (strcmp(wasi_calls[i].name, name) == 0)
            return &wasi_calls[i];
    fail_msg("no call %s", name);
    return NULL;
}

static inline vfs_errno world_call(world *w, const char *name, const uint64_t *args)
{
    return wasi_dispatch(w->context, call_named(name), w->memory, args);
}

/* CALL(w, "fd_close", fd) */
#define CALL(w, name, ...) world_call(w, name, (const uint64_t[WASI_CALL_ARGS_MAX]){__VA_ARGS__})

#define assert_errno(call, expected)                                                               \
    assert_string_equal(vfs_errno_name(call), vfs_errno_name(expected))
#define assert_ok(call) assert_errno(call, VFS_OK)

/* Puts text at `pointer`, without a NUL; its length. */
static inline uint64_t put_text(world *w, uint64_t pointer, const char *text)
{
    size_t size = strlen(text);
    memcpy(w->memory.base + pointer, text, size);
    return size;
}

static inline uint32_t get32(world *w, uint64_t pointer)
{
    return wasi_load32(w->memory.base + pointer);
}

static inline uint64_t get64(world *w, uint64_t pointer)
{
    return wasi_load64(w->memory.base + pointer);
}

/* One vector at `pointer`. */
static inline void put_vector(world *w, uint64_t pointer, uint32_t buf, uint32_t len)
{
    wasi_store32(w->memory.base + pointer + WASI_IOVEC_BUF, buf);
    wasi_store32(w->memory.base + pointer + WASI_IOVEC_LEN, len);
}

enum { CREAT = 1, DIRECTORY = 2, EXCL = 4, TRUNC = 8 };

/* path_open following links; the descriptor goes to *fd. */
static inline vfs_errno open_with(world *w, uint64_t directory, const char *path, uint64_t oflags,
                                  uint64_t rights, uint64_t fdflags, uint32_t *fd)
{
    uint64_t size = put_text(w, 50000, path);
    vfs_errno error = CALL(w, "path_open", directory, 1, 50000, size, oflags, rights,
                           rights & ALL_RIGHTS, fdflags, RESULT);
    if (error == VFS_OK)
        *fd = get32(w, RESULT);
    return error;
}

static inline uint32_t open_file(world *w, uint64_t directory, const char *path, uint64_t oflags)
{
    uint32_t fd = 0;
    assert_ok(open_with(w, directory, path, oflags, WASI_RIGHTS_FILE, 0, &fd));
    return fd;
}

static inline uint32_t write_text(world *w, uint64_t fd, const char *text)
{
    put_vector(w, 100, 200, (uint32_t)put_text(w, 200, text));
    assert_ok(CALL(w, "fd_write", fd, 100, 1, RESULT));
    return get32(w, RESULT);
}

/* Reads up to 1,000 bytes to 2000 and compares. */
static inline void expect_read(world *w, uint64_t fd, const char *text)
{
    put_vector(w, 100, 2000, 1000);
    assert_ok(CALL(w, "fd_read", fd, 100, 1, RESULT));
    assert_int_equal(get32(w, RESULT), strlen(text));
    assert_memory_equal(w->memory.base + 2000, text, strlen(text));
}

#endif
