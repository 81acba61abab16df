/*
 * test_changes.c: what has become of files, against a comparison of all that there is before and after; and
 * what is applied to the host, against what the guest saw.
 */
#include <malloc.h>

#include "base/reaper.h"
#include "grove.h"
#include "vfs/changes/changes.h"
#include "vfs/host/journal.h"
#include "vfs/memory/content.h"
#include "vfs/node/hash.h"

#define SEEN_MOST 4096u

static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % below);
}

static void list_changes(grove *g, vfs_moment since, vfs_changes *changes)
{
    policy_work work = policy_work_unlimited();
    vfs_tree_changes(g->tree, since, true, &work, changes);
}

static int commit(grove *g, const char *path, bj_error *err)
{
    uint64_t applied;
    policy_work work = policy_work_unlimited();
    return vfs_tree_commit(g->tree, path, &work, &applied, err);
}

/* ---------------------------------------------------------------- all that there is */

typedef struct item {
    char path[200];
    vfs_type type;
    uint64_t sum;
} item;

typedef struct picture {
    item items[SEEN_MOST];
    size_t count;
} picture;

typedef struct walk {
    grove *g;
    picture *p;
    const char *path;
} walk;

static void look_at(grove *g, const char *path, picture *p);

static bool visit(void *user, const vfs_entry *entry)
{
    walk *w = user;
    char path[200];
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    snprintf(path, sizeof path, "%s/%.*s", w->path, (int)entry->name.size, entry->name.data);
    look_at(w->g, path, w->p);
    return true;
}

static void look_at(grove *g, const char *path, picture *p)
{
    static uint8_t bytes[300000];
    size_t size = 0, moved = 1;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    assert_ok(vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path), 0, &node));
    item *i = &p->items[p->count++];
    assert_true(p->count < SEEN_MOST);
    *i = (item){.type = (vfs_type)node.type, .sum = 5381};
    strcpy(i->path, path);
    if (node.type == VFS_DIRECTORY) {
        walk w = {g, p, path};
        assert_ok(vfs_node_readdir(node, 0, visit, &w));
        return;
    }
    if (node.type == VFS_SYMLINK)
        assert_ok(vfs_node_readlink(node, (char *)bytes, sizeof bytes, &size));
    else
        assert_ok(vfs_node_open(node, VFS_READ));
    if (node.type == VFS_REGULAR_FILE)
        for (; moved > 0; size += moved)
            assert_ok(vfs_node_read(node, size, bytes + size, sizeof bytes - size, &moved));
    for (size_t k = 0; k < size; k++)
        i->sum = i->sum * 33 + bytes[k];
    i->sum += size << 40;
}

static picture *take_picture(grove *g)
{
    static picture pictures[3];
    static unsigned next;
    picture *p = &pictures[next++ % 3];
    p->count = 0;
    look_at(g, "work", p);
    look_at(g, "data", p);
    return p;
}

static const item *find(const picture *p, const char *path)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->items[i].path, path) == 0)
            return &p->items[i];
    return NULL;
}

/* ---------------------------------------------------------------- random changes */

static const char *draw_path(char *path)
{
    static const char *const names[] = {"a", "b", "c", "dd"};
    strcpy(path, draw(2) ? "work" : "data");
    for (unsigned left = 1 + draw(3); left > 0; left--)
        strcat(strcat(path, "/"), names[draw(4)]);
    return path;
}

static void write_some(grove *g, const char *path)
{
    static uint8_t bytes[70000];
    vfs_node node;
    size_t moved;
    if (open_path(g, path, draw(2) ? VFS_CREATE : 0, VFS_READ | VFS_WRITE, &node) != VFS_OK)
        return;
    memset(bytes, (int)draw(256), sizeof bytes);
    if (draw(4) == 0)
        (void)!vfs_node_resize(node, draw(100000));
    else
        (void)!vfs_node_write(node, draw(100000), bytes, draw(sizeof bytes), &moved);
    vfs_node_drop(node);
}

static void change_something(grove *g)
{
    char path[200], other[200];
    vfs_node root = vfs_tree_root(g->tree);
    draw_path(path);
    draw_path(other);
    switch (draw(9)) {
    case 0:
        (void)!make_directory(g, path);
        break;
    case 1:
        (void)!remove_directory(g, path);
        break;
    case 2:
        (void)!remove_file(g, path);
        break;
    case 3:
    case 4:
        (void)!rename_path(g, path, other);
        break;
    case 5:
        (void)!vfs_link(g->tree, root, bj_span_of(path), 0, root, bj_span_of(other));
        break;
    case 6:
        (void)!vfs_symlink(g->tree, bj_span_of("dd/a"), root, bj_span_of(path));
        break;
    default:
        write_some(g, path);
    }
}

/* ---------------------------------------------------------------- checking */

static bool is_told(const vfs_changes *changes, const char *path, bj_change_kind kind,
                    vfs_type type)
{
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->items[i].path + 1, path) == 0 && changes->items[i].kind == kind &&
            changes->items[i].type == type)
            return true;
    return false;
}

static void compare(const picture *before, const picture *after, const vfs_changes *changes)
{
    for (size_t i = 0; i < before->count; i++) {
        const item *was = &before->items[i], *is = find(after, was->path);
        bool gone = !is || is->type != was->type;
        if (gone && !is_told(changes, was->path, BJ_DELETED, was->type))
            fail_msg("seed %llu: %s was deleted", (unsigned long long)seed, was->path);
        if (!gone && is->sum != was->sum && !is_told(changes, was->path, BJ_MODIFIED, was->type))
            fail_msg("seed %llu: %s was modified", (unsigned long long)seed, was->path);
    }
    for (size_t i = 0; i < after->count; i++) {
        const item *is = &after->items[i], *was = find(before, is->path);
        if ((!was || was->type != is->type) && !is_told(changes, is->path, BJ_CREATED, is->type))
            fail_msg("seed %llu: %s was created", (unsigned long long)seed, is->path);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const vfs_change *each = &changes->items[i];
        const item *was = find(before, each->path + 1), *is = find(after, each->path + 1);
        bool holds = each->kind == BJ_CREATED   ? is && (!was || was->type != is->type)
                     : each->kind == BJ_DELETED ? was && (!is || was->type != is->type)
                                                : was && is && was->type == is->type;
        if (!holds)
            fail_msg("%s is told of wrongly", each->path);
        if (i > 0)
            assert_true(strcmp(changes->items[i - 1].path, each->path) <= 0);
        assert_int_equal(each->has_digest, each->kind != BJ_DELETED && each->type != VFS_DIRECTORY);
    }
}

static void open_worlds(grove *g)
{
    bj_error err;
    grove_open(g);
    g->budget.allowed[POLICY_files] = 100000;
    grove_make_host(g);
    host_mkdir(g, "a");
    host_mkdir(g, "a/b");
    host_mkdir(g, "dd");
    host_write(g, "a/c", "text");
    host_write(g, "a/b/a", "more text");
    host_write(g, "b", "other text");
    host_link(g, "a/b", "c");
    assert_int_equal(vfs_tree_mount_overlay(g->tree, g->host, "/data", 0, &err), 0);
}

static void changes_are_what_a_full_comparison_finds(void **state)
{
    (void)state;
    for (unsigned program = 1; program <= 60; program++) {
        grove g;
        vfs_changes changes;
        open_worlds(&g);
        seed = program;
        const picture start = *take_picture(&g);
        for (unsigned round = 0; round < 8; round++) {
            vfs_tree_mark(g.tree);
            const picture *before = take_picture(&g);
            for (unsigned i = draw(30); i > 0; i--)
                change_something(&g);
            const picture *after = take_picture(&g);
            list_changes(&g, VFS_MARK, &changes);
            compare(before, after, &changes);
            vfs_changes_clear(&changes);
            vfs_tree_unmark(g.tree);
            list_changes(&g, VFS_START, &changes);
            compare(&start, after, &changes);
            vfs_changes_clear(&changes);
        }
        grove_close(&g);
    }
}

static void what_is_applied_is_what_the_guest_saw(void **state)
{
    (void)state;
    for (unsigned program = 1; program <= 150; program++) {
        grove g;
        bj_error err = {0};
        open_worlds(&g);
        seed = program + 1000;
        for (unsigned i = 0; i < 60; i++)
            change_something(&g);
        const picture *seen = take_picture(&g);
        if (commit(&g, "/data", &err) < 0)
            fail_msg("program %u: %s", program, err.message);
        vfs_tree_release(g.tree);
        assert_int_equal(g.budget.host_bytes, 0);
        g.tree = vfs_tree_new(&g.budget);
        assert_int_equal(vfs_tree_mount_memory(g.tree, "/work", &err), 0);
        assert_int_equal(vfs_tree_mount_host(g.tree, g.host, "/data", 0, &err), 0);
        const picture *there = take_picture(&g);
        for (size_t i = 0; i < seen->count; i++) {
            const item *each = &seen->items[i], *now = find(there, each->path);
            if (strncmp(each->path, "data", 4) == 0 &&
                (!now || now->type != each->type || now->sum != each->sum))
                fail_msg("program %u: %s is not what it was", program, each->path);
        }
        for (size_t i = 0; i < there->count; i++)
            if (strncmp(there->items[i].path, "data", 4) == 0 && !find(seen, there->items[i].path))
                fail_msg("program %u: %s should not be there", program, there->items[i].path);
        grove_close(&g);
    }
}

static void links_that_lead_up_are_not_applied(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    open_worlds(&g);
    write_file(&g, "data/new", "text");
    assert_ok(vfs_symlink(g.tree, bj_span_of("../../etc/passwd"), vfs_tree_root(g.tree),
                          bj_span_of("data/a/link")));
    assert_int_equal(commit(&g, "/data", &err), -1);
    assert_non_null(strstr(err.message, "leads up"));
    assert_int_equal(access(host_path(&g, "new"), F_OK), -1);
    assert_int_equal(commit(&g, "/work", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    grove_close(&g);
}

/* Whoever swaps a directory of the host for a link while changes are applied gets nothing written behind it. */
static void nothing_is_applied_through_a_link(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char outside[64] = "/tmp/belljar-out-XXXXXX", path[128];
    assert_non_null(mkdtemp(outside));
    open_worlds(&g);
    write_file(&g, "data/a/new", "text");
    assert_int_equal(rename(host_path(&g, "a"), "/tmp/belljar-gone"), 0);
    host_link(&g, outside, "a");
    (void)!commit(&g, "/data", &err);
    snprintf(path, sizeof path, "%s/new", outside);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rmdir(outside), 0);
    assert_int_equal(system("rm -r /tmp/belljar-gone"), 0);
    grove_close(&g);
}

static bool has(const vfs_changes *changes, const char *path, bj_change_kind kind)
{
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->items[i].path, path) == 0)
            return changes->items[i].kind == kind;
    return false;
}

static void a_directory_of_the_host_keeps_a_journal(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    vfs_changes changes;
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "dir");
    host_write(&g, "dir/kept", "text");
    host_write(&g, "gone", "text");
    host_write(&g, "moved", "text");
    assert_int_equal(vfs_tree_mount_host(g.tree, g.host, "/data", VFS_HOST_WRITABLE, &err), 0);
    write_file(&g, "data/before", "not of this run");
    vfs_tree_mark(g.tree);
    write_file(&g, "data/dir/kept", "other");
    write_file(&g, "data/new", "fresh");
    write_file(&g, "data/brief", "x");
    assert_ok(remove_file(&g, "data/brief"));
    assert_ok(remove_file(&g, "data/gone"));
    assert_ok(rename_path(&g, "data/moved", "data/dir/here"));
    assert_ok(make_directory(&g, "data/made"));
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 6);
    assert_true(has(&changes, "/data/dir/kept", BJ_MODIFIED));
    assert_true(has(&changes, "/data/new", BJ_CREATED));
    assert_true(has(&changes, "/data/gone", BJ_DELETED));
    assert_true(has(&changes, "/data/moved", BJ_DELETED));
    assert_true(has(&changes, "/data/dir/here", BJ_CREATED));
    assert_true(has(&changes, "/data/made", BJ_CREATED));
    assert_int_equal(changes.files, POLICY_FINISHED);
    vfs_changes_clear(&changes);
    char name[32];
    for (unsigned i = 0; i < 11000; i++) {
        snprintf(name, sizeof name, "data/dir/file-%u", i);
        (void)!try_open(&g, name, VFS_CREATE, VFS_WRITE);
        (void)!remove_file(&g, name);
    }
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.files, POLICY_UNFINISHED_count);
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* ---------------------------------------------------------------- the host's directory, attacked */

static void open_host(grove *g)
{
    bj_error err;
    grove_open(g);
    grove_make_host(g);
    host_mkdir(g, "dir");
    host_write(g, "dir/kept", "text");
    host_write(g, "file", "text");
    assert_int_equal(vfs_tree_mount_host(g->tree, g->host, "/data", VFS_HOST_WRITABLE, &err), 0);
}

static void write_to(vfs_node node, const char *text)
{
    size_t moved;
    assert_ok(vfs_node_write(node, 0, text, strlen(text), &moved));
}

/* Two paths with one hash under the key 0 (that of tests/vfs/test_invariant.c): the first may not hide the second. */
static void equal_hashes_hide_nothing(void **state)
{
    static const char *const paths[] = {"host/72p1nrhd6x2:nBhrj.1+OjY?mDle-here.py",
                                        "host/the-directory/name-of-a-file-here.py"};
    (void)state;
    grove g;
    bj_error err;
    vfs_changes changes;
    assert_true(vfs_hash(0, bj_span_of("/host/72p1nrhd6x2:nBhrj.1+OjY?mDle-here.py")) ==
                vfs_hash(0, bj_span_of("/host/the-directory/name-of-a-file-here.py")));
    grove_open(&g);
    grove_make_host(&g);
    host_mkdir(&g, "the-directory");
    host_write(&g, "the-directory/name-of-a-file-here.py", "text");
    assert_int_equal(vfs_tree_mount_host(g.tree, g.host, "/host", VFS_HOST_WRITABLE, &err), 0);
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < 2; i++)
        write_file(&g, paths[i], "harmless");
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 2);
    assert_true(has(&changes, "/host/the-directory/name-of-a-file-here.py", BJ_MODIFIED));
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* A name that goes leaves its key to another one of its hash, which may not stand for both. */
static void a_name_in_the_place_of_another_hides_nothing(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    grove_open(&g);
    write_file(&g, "work/0764rjdijv92qnfd06O8p+Kt*rg>cb%q-three-bytes.py", "text");
    vfs_tree_mark(g.tree);
    assert_ok(remove_file(&g, "work/0764rjdijv92qnfd06O8p+Kt*rg>cb%q-three-bytes.py"));
    write_file(&g, "work/a-name-that-has-more-than-thirty-three-bytes.py", "text");
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 2);
    assert_true(has(&changes, "/work/0764rjdijv92qnfd06O8p+Kt*rg>cb%q-three-bytes.py", BJ_DELETED));
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* A descriptor that an earlier eval has left open writes again. */
static void an_old_descriptor_hides_nothing(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    vfs_node node;
    open_host(&g);
    vfs_tree_mark(g.tree);
    assert_ok(open_path(&g, "data/file", 0, VFS_WRITE, &node));
    write_to(node, "one");
    vfs_tree_unmark(g.tree);
    vfs_tree_mark(g.tree);
    write_to(node, "two");
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 1);
    assert_true(has(&changes, "/data/file", BJ_MODIFIED));
    vfs_changes_clear(&changes);
    vfs_node_drop(node);
    grove_close(&g);
}

/* A file with other names, or whose name was taken away: what is not known is said. */
static void a_file_with_several_names_is_said_to_have_them(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    vfs_node node;
    open_host(&g);
    assert_int_equal(link(host_path(&g, "file"), "/tmp/belljar-test-other-name"), 0);
    vfs_tree_mark(g.tree);
    write_file(&g, "data/file", "other");
    list_changes(&g, VFS_MARK, &changes);
    assert_true(has(&changes, "/data/file", BJ_MODIFIED));
    assert_int_equal(changes.files, POLICY_UNFINISHED_links);
    vfs_changes_clear(&changes);
    assert_int_equal(unlink("/tmp/belljar-test-other-name"), 0);
    vfs_tree_mark(g.tree);
    write_file(&g, "data/file (deleted)", "what the kernel calls a file without that name");
    assert_int_equal(link(host_path(&g, "file"), "/tmp/belljar-test-other-name"), 0);
    vfs_tree_mark(g.tree);
    assert_ok(open_path(&g, "data/file", 0, VFS_WRITE, &node));
    assert_ok(remove_file(&g, "data/file"));
    write_to(node, "more");
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 1);
    assert_true(has(&changes, "/data/file", BJ_DELETED));
    assert_int_equal(changes.files, POLICY_UNFINISHED_links);
    vfs_changes_clear(&changes);
    vfs_node_drop(node);
    assert_int_equal(unlink("/tmp/belljar-test-other-name"), 0);
    grove_close(&g);
}

static void a_rename_tells_what_was_replaced(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    open_host(&g);
    host_link(&g, "dir", "link");
    assert_int_equal(link(host_path(&g, "file"), "/tmp/belljar-test-other-name"), 0);
    assert_int_equal(rename("/tmp/belljar-test-other-name", host_path(&g, "twin")), 0);
    vfs_tree_mark(g.tree);
    assert_ok(rename_path(&g, "data/file", "data/twin")); /* of one file: nothing happens */
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 0);
    vfs_changes_clear(&changes);
    assert_ok(rename_path(&g, "data/twin", "data/link"));
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 3);
    assert_int_equal(changes.items[0].kind, BJ_DELETED);
    assert_int_equal(changes.items[0].type, VFS_SYMLINK);
    assert_int_equal(changes.items[1].kind, BJ_CREATED);
    assert_true(has(&changes, "/data/twin", BJ_DELETED));
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* What cannot be read is told of without a digest; it was not told of at all. */
static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    if (geteuid() == 0) /* who may read everything has nothing to test here */
        skip();
    open_host(&g);
    assert_int_equal(chmod(host_path(&g, "file"), 0200), 0);
    vfs_tree_mark(g.tree);
    write_file(&g, "data/file", "other");
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.files, POLICY_FINISHED);
    assert_int_equal(changes.digests, POLICY_UNFINISHED_host);
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* A directory with more in it than a journal holds is not gone through more than once. */
static void what_moves_is_told_within_bounds(void **state)
{
    (void)state;
    grove g;
    vfs_changes changes;
    char name[64];
    open_host(&g);
    g.budget.allowed[POLICY_files] = 100000;
    for (unsigned i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "dir/file-%u", i);
        host_write(&g, name, "");
    }
    vfs_tree_mark(g.tree);
    assert_ok(rename_path(&g, "data/dir", "data/moved"));
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.files, POLICY_UNFINISHED_count);
    assert_int_equal(changes.count, VFS_JOURNAL_MOST);
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* ---------------------------------------------------------------- memory */

/* Where something is mounted stays where it is, so that what is done in it is told by the right path. */
static void what_leads_to_a_mount_stays(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    grove_open(&g);
    grove_make_host(&g);
    assert_int_equal(vfs_tree_mount_host(g.tree, g.host, "/work/a/b/host", VFS_HOST_WRITABLE, &err),
                     0);
    assert_ok(make_directory(&g, "work/c"));
    assert_int_equal(rename_path(&g, "work/a", "work/d"), VFS_EBUSY);
    assert_int_equal(rename_path(&g, "work/a/b", "work/d"), VFS_EBUSY);
    assert_ok(rename_path(&g, "work/c", "work/d"));
    grove_close(&g);
}

static uint64_t looks;

static bool count_looks(void *most)
{
    return ++looks > *(uint64_t *)most;
}

/* Files with two names each, and many names besides: one pass finds them all. */
static void names_of_many_files_take_one_pass(void **state)
{
    enum { FILES = 500, NAMES = 20000 };
    (void)state;
    grove g;
    vfs_changes changes;
    char name[64], other[64];
    uint64_t most =
        400; /* of POLICY_WORK_LOOK units; a walk for each file would take more than 20,000 */
    policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
    grove_open(&g);
    g.budget.allowed[POLICY_files] = 1000000;
    write_file(&g, "work/base", "");
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "work/many-%u", i);
        assert_ok(vfs_link(g.tree, vfs_tree_root(g.tree), bj_span_of("work/base"), 0,
                           vfs_tree_root(g.tree), bj_span_of(name)));
    }
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "work/file-%u", i);
        snprintf(other, sizeof other, "work/other-%u", i);
        write_file(&g, name, "");
        assert_ok(vfs_link(g.tree, vfs_tree_root(g.tree), bj_span_of(name), 0,
                           vfs_tree_root(g.tree), bj_span_of(other)));
    }
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "work/file-%u", i);
        write_file(&g, name, "text");
    }
    looks = 0;
    vfs_tree_changes(g.tree, VFS_MARK, true, &work, &changes);
    assert_int_equal(changes.files, POLICY_FINISHED);
    assert_int_equal(changes.count, 2 * FILES);
    assert_true(has(&changes, "/work/other-77", BJ_MODIFIED));
    vfs_changes_clear(&changes);
    grove_close(&g);
}

static bool true_always(void *user)
{
    (void)user;
    return true;
}

/* Whenever the work ends, what is listed is true and in order, and the list says that it is not all. */
static void work_that_ends_early_says_so(void **state)
{
    enum { FILES = 6000 };
    (void)state;
    grove g;
    char name[64];
    grove_open(&g);
    g.budget.allowed[POLICY_files] = 1000000;
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "work/file-%u", (i * 7919) % FILES);
        write_file(&g, name, "some text");
    }
    bool complete = false;
    uint64_t most = 1000000;
    vfs_changes changes;
    policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
    looks = 0;
    vfs_tree_changes(g.tree, VFS_MARK, false, &work, &changes);
    vfs_changes_clear(&changes);
    const uint64_t whole = looks;
    assert_true(whole > 60);
    for (most = 0; !complete; most += 20) {
        work = (policy_work){.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
        looks = 0;
        vfs_tree_changes(g.tree, VFS_MARK, true, &work, &changes);
        complete = changes.files == POLICY_FINISHED && changes.digests == POLICY_FINISHED;
        assert_true(complete || work.end == POLICY_WORK_INTERRUPTED);
        assert_true(changes.count == FILES || changes.files == POLICY_UNFINISHED_interrupt);
        /* What there was time for is listed: of half of the work, not much less than half of them. */
        assert_true(most >= whole || changes.count >= FILES * most / whole * 3 / 4);
        for (size_t i = 0; i < changes.count; i++) {
            assert_int_equal(changes.items[i].kind, BJ_CREATED);
            assert_true(changes.items[i].has_digest || changes.digests != POLICY_FINISHED ||
                        changes.files != POLICY_FINISHED);
            assert_true(i == 0 || strcmp(changes.items[i - 1].path, changes.items[i].path) < 0);
        }
        vfs_changes_clear(&changes);
    }
    grove_close(&g);
}

/* Whatever the guest does in memory besides, and however little time there is. */
static void what_may_be_applied_is_told_first(void **state)
{
    (void)state;
    grove g;
    char name[64];
    uint64_t most = 3;
    vfs_changes changes;
    policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
    open_worlds(&g);
    g.budget.allowed[POLICY_files] = 1000000;
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "work/file-%u", i);
        write_file(&g, name, "");
    }
    write_file(&g, "data/applied", "text");
    looks = 0;
    vfs_tree_changes(g.tree, VFS_MARK, true, &work, &changes);
    assert_int_equal(changes.files, POLICY_UNFINISHED_interrupt);
    assert_true(has(&changes, "/data/applied", BJ_CREATED));
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* Paths of 4,000 bytes: their number is not what bounds the list. */
static void paths_are_bounded_in_bytes(void **state)
{
    enum { FILES = 6000 };
    (void)state;
    grove g;
    vfs_changes changes;
    char path[VFS_PATH_MAX] = "work", component[VFS_NAME_MAX + 1];
    grove_open(&g);
    g.budget.allowed[POLICY_files] = 1000000;
    vfs_tree_mark(g.tree);
    memset(component, 'd', 250);
    component[250] = 0;
    for (unsigned i = 0; i < 15; i++) {
        strcat(strcat(path, "/"), component);
        assert_ok(make_directory(&g, path));
    }
    const size_t above = strlen(path);
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(path + above, sizeof path - above, "/%u", i);
        write_file(&g, path, "");
    }
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.files, POLICY_UNFINISHED_bytes);
    assert_true(changes.count > 4000 && changes.texts.bytes <= VFS_CHANGES_PATH_BYTES);
    vfs_changes_clear(&changes);
    grove_close(&g);
}

/* ---------------------------------------------------------------- what a mark keeps */

static uint64_t held(void)
{
    bj_reaper_wait(); /* what is large is freed by another thread */
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void rewrite(vfs_node node, uint64_t size)
{
    static uint8_t bytes[VFS_CHUNK_BYTES];
    size_t moved;
    memset(bytes, (int)draw(256), sizeof bytes);
    assert_ok(vfs_node_resize(node, 0));
    for (uint64_t at = 0; at < size; at += moved)
        assert_ok(vfs_node_write(node, at, bytes, sizeof bytes, &moved));
}

/* A mark keeps what files held when it was set, and nothing of what they held since; no mark keeps nothing. So the host holds
 * twice the limit file-bytes at most, however often a guest writes a file anew, within an eval and from eval to eval. */
static void a_mark_keeps_as_much_as_there_was(void **state)
{
    enum { SIZE = 24 << 20, SPARE = VFS_SPARE_CHUNKS * VFS_CHUNK_BYTES, SLACK = 2 << 20 };
    (void)state;
    grove g;
    vfs_node node;
    grove_open(&g);
    const uint64_t before = held();
    assert_ok(open_path(&g, "work/large", VFS_CREATE, VFS_WRITE, &node));
    rewrite(node, SIZE);
    for (unsigned eval = 0; eval < 4; eval++) {
        vfs_tree_mark(g.tree);
        for (unsigned i = 0; i < 4; i++) {
            rewrite(node, SIZE);
            assert_true(held() - before < 2 * (uint64_t)SIZE + SPARE + SLACK);
        }
        vfs_tree_unmark(g.tree);
        assert_true(held() - before < (uint64_t)SIZE + SPARE + SLACK);
    }
    vfs_node_drop(node);
    grove_close(&g);
}

/* ---------------------------------------------------------------- applying */

static void applying_stops_between_files(void **state)
{
    (void)state;
    grove g;
    char name[32], command[128];
    open_worlds(&g);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "data/new-%u", i);
        write_file(&g, name, "text");
    }
    bool done = false, stopped_midway = false;
    for (uint64_t most = 0; !done; most++) {
        bj_error err = {0};
        uint64_t applied;
        policy_work work = {.until_ns = UINT64_MAX, .interrupted = count_looks, .user = &most};
        looks = 0;
        done = vfs_tree_commit(g.tree, "/data", &work, &applied, &err) == 0;
        stopped_midway |= !done && applied > 0;
        assert_true(done || err.code == BJ_ERROR_STOPPED);
        snprintf(command, sizeof command, "ls -A %s | grep -q '[.]tmp$'", g.host);
        assert_int_not_equal(system(command), 0); /* nothing is left behind */
    }
    assert_true(stopped_midway);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "new-%u", i);
        assert_int_equal(access(host_path(&g, name), F_OK), 0);
    }
    grove_close(&g);
}

/* A link in a directory that moved lies below under a name that is deleted first. */
static void a_moved_directory_keeps_its_links(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char target[16] = {0};
    open_worlds(&g);
    host_link(&g, "c", "a/link");
    assert_ok(rename_path(&g, "data/a", "data/z"));
    assert_int_equal(commit(&g, "/data", &err), 0);
    assert_int_equal(readlink(host_path(&g, "z/link"), target, sizeof target), 1);
    grove_close(&g);
}

static void hard_links_are_not_applied_without_end(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    char name[32];
    vfs_node node;
    open_worlds(&g);
    g.budget.allowed[POLICY_file_bytes] = 4 << 20;
    assert_ok(open_path(&g, "data/large", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_resize(node, 1 << 20));
    vfs_node_drop(node);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "data/twin-%u", i);
        assert_ok(vfs_link(g.tree, vfs_tree_root(g.tree), bj_span_of("data/large"), 0,
                           vfs_tree_root(g.tree), bj_span_of(name)));
    }
    assert_int_equal(commit(&g, "/data", &err), -1);
    assert_non_null(strstr(err.message, "hard links"));
    assert_int_equal(access(host_path(&g, "twin-0"), F_OK), -1);
    grove_close(&g);
}

/* Work on a file of 4 EiB that cost its guest nothing: listing, hashing and applying it. */
static void endless_holes_are_told_of_and_not_applied(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    vfs_changes changes;
    vfs_node node;
    size_t moved;
    open_worlds(&g);
    vfs_tree_mark(g.tree);
    assert_ok(open_path(&g, "data/endless", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_resize(node, (uint64_t)1 << 62));
    vfs_node_drop(node);
    assert_ok(open_path(&g, "data/hole", VFS_CREATE, VFS_WRITE, &node));
    assert_ok(vfs_node_resize(node, 1 << 20));
    vfs_node_drop(node);
    list_changes(&g, VFS_MARK, &changes);
    assert_int_equal(changes.count, 2);
    assert_string_equal(changes.items[0].path, "/data/endless");
    assert_int_equal(changes.items[0].size, (uint64_t)1 << 62);
    assert_false(changes.items[0].has_digest);
    assert_int_equal(changes.digests, POLICY_UNFINISHED_bytes);
    assert_string_equal(changes.items[1].digest_hex, /* of 1 MiB of zeros */
                        "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58");
    vfs_changes_clear(&changes);
    assert_int_equal(commit(&g, "/data", &err), -1);
    assert_non_null(strstr(err.message, "file-bytes"));
    assert_int_equal(access(host_path(&g, "hole"), F_OK), -1); /* nothing was */
    /* Behind a hole in a file that lies below, too. */
    assert_ok(vfs_remove_file(g.tree, vfs_tree_root(g.tree), bj_span_of("data/endless")));
    assert_ok(open_path(&g, "data/b", 0, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, 5 << 20, "end", 3, &moved));
    vfs_node_drop(node);
    assert_int_equal(commit(&g, "/data", &err), 0);
    struct stat st;
    assert_int_equal(stat(host_path(&g, "hole"), &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_int_equal(stat(host_path(&g, "b"), &st), 0);
    assert_int_equal(st.st_size, (5 << 20) + 3);
    assert_true(st.st_blocks < 1024);
    grove_close(&g);
}

/* A fifo cannot be made: nothing may be deleted before that is found out. */
static void special_files_are_not_lost(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    open_worlds(&g);
    assert_int_equal(mkfifo(host_path(&g, "a/fifo"), 0600), 0);
    assert_ok(rename_path(&g, "data/a", "data/z"));
    assert_int_equal(commit(&g, "/data", &err), -1);
    assert_non_null(strstr(err.message, "special file"));
    assert_int_equal(access(host_path(&g, "a/fifo"), F_OK), 0);
    grove_close(&g);
}

static void work_that_is_over_applies_nothing(void **state)
{
    (void)state;
    grove g;
    bj_error err;
    uint64_t applied;
    policy_work work = {.until_ns = UINT64_MAX, .interrupted = true_always};
    open_worlds(&g);
    write_file(&g, "data/new", "text");
    (void)policy_work_look(&work);
    assert_int_equal(vfs_tree_commit(g.tree, "/data", &work, &applied, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_STOPPED);
    assert_int_equal(applied, 0);
    assert_int_equal(access(host_path(&g, "new"), F_OK), -1);
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_what_a_full_comparison_finds),
        cmocka_unit_test(what_is_applied_is_what_the_guest_saw),
        cmocka_unit_test(links_that_lead_up_are_not_applied),
        cmocka_unit_test(nothing_is_applied_through_a_link),
        cmocka_unit_test(a_directory_of_the_host_keeps_a_journal),
        cmocka_unit_test(equal_hashes_hide_nothing),
        cmocka_unit_test(a_name_in_the_place_of_another_hides_nothing),
        cmocka_unit_test(an_old_descriptor_hides_nothing),
        cmocka_unit_test(a_file_with_several_names_is_said_to_have_them),
        cmocka_unit_test(a_rename_tells_what_was_replaced),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(what_moves_is_told_within_bounds),
        cmocka_unit_test(what_leads_to_a_mount_stays),
        cmocka_unit_test(names_of_many_files_take_one_pass),
        cmocka_unit_test(work_that_ends_early_says_so),
        cmocka_unit_test(what_may_be_applied_is_told_first),
        cmocka_unit_test(paths_are_bounded_in_bytes),
        cmocka_unit_test(a_mark_keeps_as_much_as_there_was),
        cmocka_unit_test(applying_stops_between_files),
        cmocka_unit_test(a_moved_directory_keeps_its_links),
        cmocka_unit_test(hard_links_are_not_applied_without_end),
        cmocka_unit_test(endless_holes_are_told_of_and_not_applied),
        cmocka_unit_test(special_files_are_not_lost),
        cmocka_unit_test(work_that_is_over_applies_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
