/*
 * fuzz_readdir.c: fd_readdir with buffers of any size and cookies of any value, in directories that change.
 *
 * Nothing is written beyond what is told as used; what is used is whole records but for the last; and a listing
 * from the beginning, by its own cookies, shows every name that stays exactly once.
 */
#include "base/clock.h"
#include "fuzz.h"
#include "wasi/memory.h"

#define MEMORY_BYTES 65536u
#define BUFFER       8192u
#define NAMES        64u
#define FICKLE       40u
#define FOLDER       4u /* its descriptor */

typedef struct world {
    wasi_context *context;
    wasi_memory memory;
} world;

static vfs_errno call(const world *w, const char *name, const uint64_t *args)
{
    for (unsigned i = 0; i < WASI_CALL_COUNT; i++)
        if (strcmp(wasi_calls[i].name, name) == 0)
            return wasi_dispatch(w->context, &wasi_calls[i], w->memory, args);
    abort();
}

static uint64_t put_name(const world *w, unsigned number)
{
    return (uint64_t)snprintf((char *)w->memory.base, 64, "%u-%.*s", number, (int)(number % 40),
                              "a-name-that-is-longer-for-some-than-others");
}

static bool make(const world *w, unsigned number)
{
    uint64_t size = put_name(w, number);
    vfs_errno error = call(w, "path_create_directory", (uint64_t[9]){FOLDER, 0, size});
    HOLD(error == VFS_OK || error == VFS_EEXIST || error == VFS_ENOSPC);
    return error != VFS_ENOSPC;
}

static void drop(const world *w, unsigned number)
{
    uint64_t size = put_name(w, number);
    (void)!call(w, "path_remove_directory", (uint64_t[9]){FOLDER, 0, size});
}

static uint32_t list(const world *w, uint32_t size, uint64_t cookie)
{
    memset(w->memory.base + BUFFER, 0xee, MEMORY_BYTES - BUFFER);
    vfs_errno error = call(w, "fd_readdir", (uint64_t[9]){FOLDER, BUFFER, size, cookie, 128});
    HOLD(error == VFS_OK || error == VFS_EINVAL);
    uint32_t used = error == VFS_OK ? wasi_load32(w->memory.base + 128) : 0;
    HOLD(used <= size);
    for (uint32_t i = used; i < MEMORY_BYTES - BUFFER; i++)
        HOLD(w->memory.base[BUFFER + i] == 0xee);
    return used;
}

/* All names by following cookies; `seen` counts those with a number. Names from FICKLE on come and go meanwhile. */
static void list_all(const world *w, uint32_t size, unsigned *seen)
{
    uint64_t cookie = 0;
    for (unsigned steps = 0; steps < 1000; steps++) {
        const unsigned other = FICKLE + steps * 7 % (NAMES - FICKLE);
        if (steps % 3 == 1)
            drop(w, other);
        else if (steps < 100)
            (void)make(w, other);
        uint32_t used = list(w, size, cookie), at = 0;
        while (used - at >= WASI_DIRENT_BYTES) {
            const uint8_t *entry = w->memory.base + BUFFER + at;
            uint32_t name_size = wasi_load32(entry + WASI_DIRENT_NAMLEN);
            if (name_size > used - at - WASI_DIRENT_BYTES)
                break;
            HOLD(name_size > 0 && name_size <= VFS_NAME_MAX);
            unsigned number = (unsigned)atoi((const char *)entry + WASI_DIRENT_BYTES);
            if (entry[WASI_DIRENT_BYTES] >= '0' && entry[WASI_DIRENT_BYTES] <= '9' &&
                number < NAMES)
                seen[number]++;
            cookie = wasi_load64(entry + WASI_DIRENT_NEXT);
            at += WASI_DIRENT_BYTES + name_size;
        }
        if (used < size)
            return;
        HOLD(at > 0);
    }
    HOLD(!"the listing never ends");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bj_error err;
    policy_budget budget;
    fuzz_input in = {data, data + size};
    vfs_tree *tree = fuzz_tree(&budget, 0);
    const bool overlay = fuzz_byte(&in) & 1;
    const struct wasi_preopen preopens[] = {{"/", "/"}, {overlay ? "/ov" : "/work", "/work"}};
    wasi_setup setup = {
        .budget = &budget, .tree = tree, .preopens = preopens, .preopen_count = 2, .stdin_fd = -1};
    world w = {wasi_context_new(&setup, &err), {calloc(1, MEMORY_BYTES), MEMORY_BYTES}};
    HOLD(w.context && w.memory.base);
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    bool there[NAMES] = {0};
    while (!fuzz_done(&in)) {
        uint8_t what = fuzz_byte(&in);
        unsigned number = what % NAMES;
        if (what >> 6 == 0)
            there[number] = make(&w, number);
        else if (what >> 6 == 1)
            drop(&w, number), there[number] = false;
        else
            (void)list(&w, (uint32_t)fuzz_number(&in, 2) % (MEMORY_BYTES - BUFFER),
                       fuzz_number(&in, 8));
    }
    unsigned seen[NAMES] = {0};
    list_all(&w, 300 + (uint32_t)(size % 5000), seen);
    for (unsigned i = 0; i < FICKLE; i++)
        HOLD(seen[i] == there[i]);
    for (unsigned i = FICKLE; i < NAMES; i++)
        HOLD(seen[i] <= 1);
    free(w.memory.base);
    wasi_context_delete(w.context);
    vfs_tree_release(tree);
    fuzz_check_budget(&budget);
    return 0;
}
