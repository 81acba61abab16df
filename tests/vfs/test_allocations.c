/*
 * test_allocations.c: every allocation of every operation on files fails once. What fails says so and leaves all as it
 * was; what does not say so has done all; nothing is leaked (the sanitizers' build), and afterwards it works.
 *
 * Each operation runs in a small world of its own: a memory layer, a directory of the host and an overlay over one, with
 * or without a fork that shares everything, so that each write must copy first.
 */
#include <ftw.h>

#include "base/buffer.h"
#include "failing.h"
#include "grove.h"
#include "vfs/changes/changes.h"
#include "vfs/tree/outside.h"
#include "vfs/tree/saved.h"
#include "zipper.h"

#define LARGE 200000u

/* ---------------------------------------------------------------- the world */

typedef struct place {
    grove g;
    const char *top; /* "work", "data", "over" */
    vfs_tree *fork;
    policy_budget fork_budget;
    vfs_node open;     /* top/file */
    char *large;       /* LARGE bytes */
    char result[8192]; /* what the operation found */
} place;

static const char *const tops[] = {"work", "data", "over"};

/* "top/name", good until the fourth call from here. */
static bj_span at(const place *p, const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", p->top, name);
    return bj_span_of(path);
}

static void put(place *p, const char *name, const char *text, size_t size)
{
    vfs_node node;
    size_t moved;
    assert_ok(
        vfs_open(p->g.tree, vfs_tree_root(p->g.tree), at(p, name), VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, 0, text, size, &moved));
    assert_int_equal(moved, size);
    vfs_node_drop(node);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    assert_null(strstr(path, ".tmp")); /* nothing half written is left */
    assert_int_equal(remove(path), 0);
    return 0;
}

static void remove_all(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* What is changed is made anew each time; the rest see the same all along. */
static char lasting[64];

static void fill_host(place *p)
{
    const bool changes = strcmp(p->top, "data") == 0;
    if (!changes && lasting[0]) {
        strcpy(p->g.host, lasting);
        return;
    }
    grove_make_host(&p->g);
    if (!changes)
        strcpy(lasting, p->g.host);
    host_mkdir(&p->g, "dir");
    host_mkdir(&p->g, "dir/sub");
    host_mkdir(&p->g, "empty");
    host_write(&p->g, "file", "content");
    host_write(&p->g, "dir/sub/deep", "deep");
    host_link(&p->g, "dir/sub", "link");
    FILE *file = fopen(host_path(&p->g, "large"), "w");
    fwrite(p->large, 1, LARGE, file);
    fclose(file);
}

static void fill_memory(place *p)
{
    vfs_node root = vfs_tree_root(p->g.tree);
    assert_ok(vfs_make_directory(p->g.tree, root, at(p, "dir")));
    assert_ok(vfs_make_directory(p->g.tree, root, at(p, "dir/sub")));
    assert_ok(vfs_make_directory(p->g.tree, root, at(p, "empty")));
    put(p, "file", "content", 7);
    put(p, "dir/sub/deep", "deep", 4);
    assert_ok(vfs_symlink(p->g.tree, bj_span_of("dir/sub"), root, at(p, "link")));
    put(p, "large", p->large, LARGE);
}

static void begin(place *p, const char *top, bool shared)
{
    bj_error err = {0};
    *p = (place){.top = top, .large = malloc(LARGE)};
    memset(p->large, 'l', LARGE);
    grove_open(&p->g);
    p->g.budget.world.own = true; /* times are the same again */
    fill_host(p);
    assert_int_equal(vfs_tree_mount_host(p->g.tree, p->g.host, "/data", VFS_HOST_WRITABLE, &err),
                     0);
    assert_int_equal(vfs_tree_mount_overlay(p->g.tree, p->g.host, "/over", 0, &err), 0);
    if (strcmp(top, "work") == 0)
        fill_memory(p);
    assert_ok(vfs_open(p->g.tree, vfs_tree_root(p->g.tree), at(p, "file"), 0, VFS_READ, &p->open));
    if (!shared)
        return;
    vfs_tree_mark(p->g.tree);
    grove_limits(&p->fork_budget);
    p->fork = vfs_tree_fork(p->g.tree, VFS_NOW, &p->fork_budget, &err);
    assert_non_null(p->fork);
}

static void end(place *p)
{
    vfs_node_drop(p->open);
    vfs_tree_release(p->fork);
    free(p->large);
    if (strcmp(p->g.host, lasting) != 0)
        remove_all(p->g.host);
    p->g.host[0] = 0;
    grove_close(&p->g);
    assert_int_equal(p->g.budget.host_bytes, 0);
    assert_int_equal(p->g.budget.used[POLICY_host_descriptors], 0);
}

/* ---------------------------------------------------------------- what can be seen of it */

typedef struct picture {
    char text[16384];
    size_t size;
} picture;

static void tell(picture *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(picture *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    to->size += (size_t)vsnprintf(to->text + to->size, sizeof to->text - to->size, format, args);
    va_end(args);
    assert_true(to->size < sizeof to->text);
}

typedef struct names {
    char items[64][256];
    unsigned count;
} names;

static bool collect(void *user, const vfs_entry *entry)
{
    names *list = user;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    assert_true(list->count < 64);
    memcpy(list->items[list->count], entry->name.data, entry->name.size);
    list->items[list->count++][entry->name.size] = 0;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void see(picture *to, vfs_tree *tree, const char *path)
{
    vfs_node node;
    vfs_stat stat;
    assert_ok(vfs_resolve(tree, vfs_tree_root(tree), bj_span_of(path), 0, &node));
    assert_ok(vfs_node_stat(node, &stat));
    tell(to, "%s %d", path, (int)node.type);
    if (node.type == VFS_DIRECTORY) {
        names *list = calloc(1, sizeof *list);
        tell(to, "\n");
        assert_ok(vfs_node_readdir(node, 0, collect, list));
        qsort(list->items, list->count, sizeof list->items[0], by_name);
        for (unsigned i = 0; i < list->count; i++) {
            char below[600];
            snprintf(below, sizeof below, "%s/%s", path, list->items[i]);
            see(to, tree, below);
        }
        free(list);
    } else if (node.type == VFS_SYMLINK) {
        char target[256];
        size_t size;
        assert_ok(vfs_node_readlink(node, target, sizeof target, &size));
        tell(to, " -> %.*s\n", (int)size, target);
    } else {
        uint64_t hash = 14695981039346656037u;
        uint8_t bytes[4096];
        size_t moved = 0;
        assert_ok(vfs_node_open(node, VFS_READ));
        for (uint64_t offset = 0;; offset += moved) {
            assert_ok(vfs_node_read(node, offset, bytes, sizeof bytes, &moved));
            for (size_t i = 0; i < moved; i++)
                hash = (hash ^ bytes[i]) * 1099511628211u;
            if (moved == 0)
                break;
        }
        tell(to, " %llu links %llu bytes %llx\n", (unsigned long long)stat.links,
             (unsigned long long)stat.size, (unsigned long long)hash);
    }
    vfs_node_drop(node);
}

/* Counters too, but of an overlay, which may have taken what is unchanged above. */
static void look_at(picture *to, place *p)
{
    *to = (picture){0};
    see(to, p->g.tree, p->top);
    if (strcmp(p->top, "over") != 0)
        tell(to, "%llu files %llu bytes %llu in all\n",
             (unsigned long long)p->g.budget.used[POLICY_files],
             (unsigned long long)p->g.budget.used[POLICY_file_bytes],
             (unsigned long long)p->g.budget.host_bytes);
    tell(to, "%llu open", (unsigned long long)p->g.budget.used[POLICY_host_descriptors]);
}

/* ---------------------------------------------------------------- operations */

/* Whether it succeeded. What it found goes to p->result. */
typedef bool (*operation)(place *p);

#define ROOT(p) vfs_tree_root((p)->g.tree)

static bool op_mkdir(place *p)
{
    return vfs_make_directory(p->g.tree, ROOT(p), at(p, "dir/new")) == VFS_OK;
}

static bool op_rmdir(place *p)
{
    return vfs_remove_directory(p->g.tree, ROOT(p), at(p, "empty")) == VFS_OK;
}

static bool op_create(place *p)
{
    vfs_node node;
    if (vfs_open(p->g.tree, ROOT(p), at(p, "dir/sub/new"), VFS_CREATE | VFS_EXCLUSIVE, VFS_WRITE,
                 &node) != VFS_OK)
        return false;
    vfs_node_drop(node);
    return true;
}

static bool op_open(place *p)
{
    vfs_node node;
    if (vfs_open(p->g.tree, ROOT(p), at(p, "link/../sub/./deep"), VFS_FOLLOW, VFS_READ, &node) !=
        VFS_OK)
        return false;
    vfs_node_drop(node);
    return true;
}

static bool write_at(place *p, const char *name, uint64_t offset, size_t size)
{
    vfs_node node;
    size_t moved = 0;
    if (vfs_open(p->g.tree, ROOT(p), at(p, name), 0, VFS_READ | VFS_WRITE, &node) != VFS_OK)
        return false;
    bool ok = vfs_node_write(node, offset, p->large, size, &moved) == VFS_OK;
    vfs_node_drop(node);
    snprintf(p->result, sizeof p->result, "%zu", moved);
    return ok && moved == size;
}

static bool op_write(place *p)
{
    return write_at(p, "file", 3, 10);
}

static bool op_write_deep(place *p)
{
    return write_at(p, "dir/sub/deep", 0, 2);
}

static bool op_write_in_large(place *p)
{
    return write_at(p, "large", 70000, 10);
}

static bool op_write_hole(place *p)
{
    return write_at(p, "file", 150000, 1);
}

static bool resize(place *p, const char *name, uint64_t size)
{
    vfs_node node;
    if (vfs_open(p->g.tree, ROOT(p), at(p, name), 0, VFS_WRITE, &node) != VFS_OK)
        return false;
    bool ok = vfs_node_resize(node, size) == VFS_OK;
    vfs_node_drop(node);
    return ok;
}

static bool op_grow(place *p)
{
    return resize(p, "file", 100000);
}

static bool op_empty(place *p)
{
    return resize(p, "large", 0);
}

static bool op_rename(place *p)
{
    return vfs_rename(p->g.tree, ROOT(p), at(p, "file"), ROOT(p), at(p, "dir/moved")) == VFS_OK;
}

static bool op_rename_here(place *p)
{
    return vfs_rename(p->g.tree, ROOT(p), at(p, "file"), ROOT(p), at(p, "other")) == VFS_OK;
}

static bool op_replace(place *p)
{
    return vfs_rename(p->g.tree, ROOT(p), at(p, "file"), ROOT(p), at(p, "dir/sub/deep")) == VFS_OK;
}

static bool op_rename_directory(place *p)
{
    return vfs_rename(p->g.tree, ROOT(p), at(p, "dir"), ROOT(p), at(p, "empty")) == VFS_OK;
}

static bool op_link(place *p)
{
    return vfs_link(p->g.tree, ROOT(p), at(p, "file"), 0, ROOT(p), at(p, "dir/again")) == VFS_OK;
}

static bool op_symlink(place *p)
{
    return vfs_symlink(p->g.tree, bj_span_of("sub/deep"), ROOT(p), at(p, "dir/soft")) == VFS_OK;
}

static bool op_unlink(place *p)
{
    return vfs_remove_file(p->g.tree, ROOT(p), at(p, "dir/sub/deep")) == VFS_OK;
}

static bool op_unlink_open(place *p)
{
    return vfs_remove_file(p->g.tree, ROOT(p), at(p, "file")) == VFS_OK;
}

static bool op_set_times(place *p)
{
    vfs_node node;
    if (vfs_resolve(p->g.tree, ROOT(p), at(p, "dir/sub/deep"), 0, &node) != VFS_OK)
        return false;
    bool ok =
        vfs_node_set_times(node, &(vfs_times){.set_modified = true, .modified_ns = 1000}) == VFS_OK;
    vfs_node_drop(node);
    return ok;
}

static bool op_list(place *p)
{
    vfs_node node;
    names *list = calloc(1, sizeof *list);
    if (vfs_open(p->g.tree, ROOT(p), at(p, "."), VFS_DIRECTORY_ONLY, VFS_READ, &node) != VFS_OK) {
        free(list);
        return false;
    }
    bool ok = vfs_node_readdir(node, 0, collect, list) == VFS_OK;
    vfs_node_drop(node);
    snprintf(p->result, sizeof p->result, "%u", list->count);
    free(list);
    return ok;
}

static bool op_outside(place *p)
{
    bj_error err;
    char path[64], other[64];
    bj_autobuffer bj_buffer out = {0};
    snprintf(path, sizeof path, "/%s/made/deep/file", p->top);
    snprintf(other, sizeof other, "/%s/large", p->top);
    if (vfs_outside_read(p->g.tree, bj_span_of(other), SIZE_MAX, &out, &err) < 0)
        return false;
    return vfs_outside_write(p->g.tree, bj_span_of(path), (bj_span){p->large, 1000}, &err) == 0;
}

static bool op_fork(place *p)
{
    bj_error err;
    policy_budget budget;
    picture *seen = calloc(1, sizeof *seen);
    grove_limits(&budget);
    vfs_tree *fork = vfs_tree_fork(p->g.tree, VFS_NOW, &budget, &err);
    vfs_node twin;
    bool ok = fork && vfs_tree_counterpart(p->g.tree, fork, p->open, &twin) == VFS_OK;
    if (ok)
        vfs_node_drop(twin);
    vfs_tree_release(fork);
    assert_int_equal(budget.host_bytes, 0);
    free(seen);
    return ok;
}

static bool op_mount(place *p)
{
    bj_error err;
    return vfs_tree_mount_memory(p->g.tree, "/more/and/more", &err) == 0 &&
           vfs_tree_mount_host(p->g.tree, p->g.host, "/host", 0, &err) == 0 &&
           vfs_tree_mount_overlay(p->g.tree, p->g.host, "/above", 0, &err) == 0 &&
           vfs_tree_mount_devices(p->g.tree, "/dev", &err) == 0;
}

static int put_bytes(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

static int get_bytes(void *user, void *bytes, size_t size)
{
    bj_span *left = user;
    if (size > left->size)
        return -1;
    memcpy(bytes, left->data, size);
    *left = (bj_span){left->data + size, left->size - size};
    return 0;
}

/* Through bytes into another tree of the same mounts. */
static bool op_save(place *p)
{
    bj_error err;
    bj_autobuffer bj_buffer bytes = {0};
    policy_budget budget;
    policy_budget_init_unlimited(&budget);
    bj_sink sink = {.put = put_bytes, .user = &bytes};
    vfs_tree_save(p->g.tree, &sink);
    if (sink.failed)
        return false;
    bj_span left = {bytes.data, bytes.size};
    bj_source source = {.get = get_bytes, .user = &left, .left = left.size, .room = UINT64_MAX};
    vfs_saved *saved = vfs_saved_read(&source, &budget);
    vfs_tree *tree = saved ? vfs_tree_new(&budget) : NULL;
    bool ok = tree && vfs_tree_mount_memory(tree, "/work", &err) == 0 &&
              vfs_tree_mount_host(tree, p->g.host, "/data", VFS_HOST_WRITABLE, &err) == 0 &&
              vfs_tree_mount_overlay(tree, p->g.host, "/over", 0, &err) == 0 &&
              vfs_tree_assume(tree, saved, &err) == 0;
    vfs_tree_release(tree);
    vfs_saved_delete(saved);
    assert_int_equal(budget.host_bytes, 0);
    return ok;
}

/* The first time, before anything fails: something must have changed. */
static bool op_changes(place *p)
{
    vfs_changes changes;
    policy_work work = policy_work_unlimited();
    vfs_tree_changes(p->g.tree, VFS_START, true, &work, &changes);
    /* It never fails: a list that is not whole says so. */
    const bool whole = changes.files == POLICY_FINISHED && changes.digests == POLICY_FINISHED;
    snprintf(p->result, sizeof p->result, "%zu", changes.count);
    vfs_changes_clear(&changes);
    return whole;
}

static bool op_copy_out(place *p)
{
    bj_error err;
    char from[32], to[64];
    snprintf(from, sizeof from, "/%s", p->top);
    strcpy(to, "/tmp/belljar-copy-XXXXXX");
    assert_non_null(mkdtemp(to));
    policy_work work = policy_work_unlimited();
    const long long copied = vfs_copy_out(p->g.tree, from, to, &work, &err);
    snprintf(p->result, sizeof p->result, "%lld", copied);
    remove_all(to);
    return copied >= 0;
}

/* clang-format off */
#define OPERATIONS(X) \
    X(mkdir) X(rmdir) X(create) X(open) X(write) X(write_deep) X(write_in_large) X(write_hole) X(grow) X(empty) X(rename) \
    X(rename_here) X(replace) X(rename_directory) X(link) X(symlink) X(unlink) X(unlink_open) X(set_times) X(list) \
    X(outside) X(fork) X(mount) X(save) X(changes) X(copy_out)
/* clang-format on */

typedef struct named_operation {
    const char *name;
    operation run;
} named_operation;

static const named_operation operations[] = {
#define OPERATION(name) {#name, op_##name},
    OPERATIONS(OPERATION)
#undef OPERATION
};

/* ---------------------------------------------------------------- the sweep */

/* Several calls, of which some may have been done. */
static bool is_partial(const char *name)
{
    return strcmp(name, "outside") == 0 || strcmp(name, "mount") == 0;
}

/* Writes are allowed to be short: as much as is told, and no more. */
static bool is_short_write(const place *p, const char *name)
{
    return strncmp(name, "write", 5) == 0 && strcmp(p->result, "0") != 0;
}

static void check_failed(place *p, const named_operation *op, const picture *before,
                         const picture *after, unsigned n)
{
    if (is_partial(op->name) || is_short_write(p, op->name))
        return;
    if (strcmp(before->text, after->text) != 0)
        fail_msg("%s in %s%s: allocation %u failed, and not all is as before\n%s\n%s", op->name,
                 p->top, p->fork ? ", shared" : "", n, before->text, after->text);
}

static void sweep_one(const named_operation *op, const char *top, bool shared, bool all_after)
{
    picture *before = malloc(sizeof *before), *good = malloc(sizeof *good),
            *after = malloc(sizeof *after);
    char result[sizeof((place *)0)->result];
    place p;
    begin(&p, top, shared);
    look_at(before, &p);
    if (!op->run(&p))
        fail_msg("%s in %s does not work", op->name, top);
    look_at(good, &p);
    strcpy(result, p.result);
    end(&p);
    for (unsigned n = 1;; n++) {
        begin(&p, top, shared);
        look_at(after, &p); /* what is found lazily is found */
        failing_begin(n, all_after);
        const bool ok = op->run(&p);
        const bool failed = failing_end();
        look_at(after, &p);
        if (!ok)
            check_failed(&p, op, before, after, n);
        else if (strcmp(good->text, after->text) != 0 || strcmp(result, p.result) != 0)
            fail_msg("%s in %s%s: allocation %u failed, it says that it worked, and\n%s %s\n%s %s",
                     op->name, top, shared ? ", shared" : "", n, good->text, result, after->text,
                     p.result);
        if (!ok && !is_partial(op->name)) {
            if (!op->run(&p))
                fail_msg("%s in %s does not work after allocation %u failed", op->name, top, n);
            look_at(after, &p);
            assert_string_equal(good->text, after->text);
        }
        end(&p);
        if (!failed)
            break;
        assert_true(n < 5000);
    }
    free(before);
    free(good);
    free(after);
}

static void every_operation_survives_every_failure(void **state)
{
    (void)state;
    const char *only = getenv("BELLJAR_SWEEP");
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        for (size_t t = 0; t < sizeof tops / sizeof tops[0]; t++)
            for (int way = 0; way < 4; way++)
                if (!only || strcmp(only, operations[i].name) == 0)
                    sweep_one(&operations[i], tops[t], way & 1, way & 2);
    remove_all(lasting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
