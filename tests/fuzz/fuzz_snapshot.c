/*
 * fuzz_snapshot.c: the body of a snapshot's file, of any bytes: it is refused, or what was read is a state that a guest
 * can go on from: all of its files can be listed, read, changed and removed, and nothing stays behind.
 */
#include "base/clock.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "vfs/changes/changes.h"
#include "vfs/tree/path.h"
#include "vfs/tree/saved.h"
#include "wasi/context.h"
#include "wasi/saved.h"

#define FILES_MOST 300u

static int get_input(void *user, void *bytes, size_t size)
{
    fuzz_input *in = user;
    if (size > (size_t)(in->end - in->at))
        return -1;
    memcpy(bytes, in->at, size);
    in->at += size;
    return 0;
}

/* ---- Using what was read. ---- */

typedef struct names {
    char items[FILES_MOST][VFS_NAME_MAX + 1];
    size_t count;
} names;

static bool keep_name(void *user, const vfs_entry *entry)
{
    names *list = user;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    HOLD(entry->name.size > 0 && entry->name.size <= VFS_NAME_MAX);
    HOLD(!memchr(entry->name.data, '/', entry->name.size));
    memcpy(list->items[list->count], entry->name.data, entry->name.size);
    list->items[list->count++][entry->name.size] = 0;
    return list->count < FILES_MOST;
}

static void use_bytes(vfs_node node)
{
    char bytes[300];
    size_t moved;
    vfs_stat stat;
    if (vfs_node_open(node, VFS_READ | VFS_WRITE) != VFS_OK)
        return;
    (void)!vfs_node_stat(node, &stat);
    (void)!vfs_node_read(node, 0, bytes, sizeof bytes, &moved);
    (void)!vfs_node_read(node, 70000, bytes, sizeof bytes, &moved);
    (void)!vfs_node_write(node, 65530, "twelve bytes", 12, &moved);
    (void)!vfs_node_resize(node, 10);
}

/* Reads and changes all that is in a directory, then removes it. */
static void use_directory(vfs_tree *tree, vfs_node directory, unsigned depth, unsigned *left)
{
    char path[VFS_PATH_MAX];
    names *list = calloc(1, sizeof *list);
    HOLD(list != NULL);
    (void)!vfs_node_readdir(directory, 0, keep_name, list);
    for (size_t i = 0; i < list->count && *left > 0; i++, (*left)--) {
        vfs_node node = VFS_NO_NODE;
        const bj_span name = bj_span_of(list->items[i]);
        if (vfs_resolve(tree, directory, name, 0, &node) != VFS_OK)
            continue;
        (void)vfs_tree_path_of(tree, node, path, sizeof path);
        if (node.type == VFS_DIRECTORY && depth < 50)
            use_directory(tree, node, depth + 1, left);
        else if (node.type == VFS_REGULAR_FILE)
            use_bytes(node);
        if (i % 3 == 0 && node.layer == directory.layer)
            (void)!vfs_node_rename(directory, name, directory, bj_span_of("renamed"));
        (void)!vfs_node_unlink(directory, name);
        (void)!vfs_node_rmdir(directory, name);
        vfs_node_drop(node);
    }
    free(list);
}

static void use_descriptors(wasi_context *context)
{
    uint8_t memory[4096] = {0};
    const wasi_memory all = {memory, sizeof memory};
    static const char *const calls[] = {"fd_readdir",    "fd_read", "fd_write",
                                        "fd_fdstat_get", "fd_tell", "fd_filestat_get",
                                        "fd_close"};
    memory[0] = 64;
    memory[4] = 100;
    wasi_begin(context, UINT64_MAX, 0);
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
        for (size_t i = 0; i < WASI_CALL_COUNT; i++)
            if (strcmp(wasi_calls[i].name, calls[c]) == 0)
                for (uint64_t fd = 1; fd < 12; fd++) {
                    const uint64_t readdir[] = {fd, 512, 256, 0, 8}, other[] = {fd, 0, 1, 8, 8};
                    const uint64_t stat[] = {fd, 512};
                    (void)!wasi_dispatch(context, &wasi_calls[i], all,
                                         c == 0             ? readdir
                                         : c == 1 || c == 2 ? other
                                                            : stat);
                }
}

/* The list of what differs from a fresh tree: each path is there, or is said to be no more. */
static void use_changes(vfs_tree *tree)
{
    vfs_changes changes;
    policy_work work = {.until_ns = bj_clock_monotonic_ns() + 1000000000};
    vfs_tree_changes(tree, VFS_START, true, &work, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        const vfs_change *each = &changes.items[i];
        vfs_autonode vfs_node node = VFS_NO_NODE;
        HOLD(i == 0 || strcmp(each[-1].path, each->path) <= 0);
        HOLD(each->path[0] == '/');
        if (each->kind != BJ_DELETED && changes.files == POLICY_FINISHED)
            HOLD(vfs_resolve(tree, vfs_tree_root(tree), bj_span_of(each->path + 1), 0, &node) ==
                 VFS_OK);
    }
    vfs_changes_clear(&changes);
}

static void go_on(const wasi_saved *wasi, const vfs_saved *files)
{
    static const char *const places[] = {"/work", "/ov"};
    bj_error err;
    bj_policy policy;
    policy_budget budget;
    bj_policy_init(&policy);
    policy.files = 1000;
    policy.file_bytes = 1 << 20;
    policy_budget_init(&budget, &policy);
    vfs_tree *tree = fuzz_tree(&budget, 0);
    const wasi_setup setup = {.budget = &budget, .tree = tree, .stdin_fd = -1};
    wasi_context *context = wasi_context_new(&setup, &err);
    HOLD(context != NULL);
    if (vfs_tree_assume(tree, files, &err) == 0) {
        use_changes(tree);
        if (wasi && wasi_context_assume(context, wasi, tree, &budget, &err) == 0)
            use_descriptors(context);
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            vfs_autonode vfs_node node = VFS_NO_NODE;
            unsigned left = FILES_MOST;
            if (vfs_tree_find(tree, bj_span_of(places[i]), &node) == VFS_OK)
                use_directory(tree, node, 0, &left);
        }
    }
    wasi_context_delete(context);
    vfs_tree_release(tree);
    fuzz_check_budget(&budget);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    bj_source source = {.get = get_input, .user = &in, .left = size, .room = 64 << 20};
    policy_budget unlimited;
    policy_budget_init_unlimited(&unlimited);
    const unsigned what = (unsigned)bj_get_number(&source, 1);
    if (what == 0) {
        engine_delta_release(engine_delta_read(&source));
        return 0;
    }
    wasi_saved *wasi = what == 1 ? wasi_saved_read(&source) : NULL;
    vfs_saved *files = source.failed ? NULL : vfs_saved_read(&source, &unlimited);
    if (files)
        go_on(wasi, files);
    wasi_saved_delete(wasi);
    vfs_saved_delete(files);
    return 0;
}
