/*
 * test_changes.c: what has become of files, against a comparison of all that there is before and after; and
 * what is applied to the host, against what the guest saw.
 */
#include "grove.h"
#include "vfs/changes.h"

#define SEEN_MOST 4096u

static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % below);
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
        assert_ok(node.layer->ops->readdir(node, 0, visit, &w));
        return;
    }
    if (node.type == VFS_SYMLINK)
        assert_ok(node.layer->ops->readlink(node, (char *)bytes, sizeof bytes, &size));
    else if (node.layer->ops->open)
        assert_ok(node.layer->ops->open(node, VFS_READ));
    if (node.type == VFS_REGULAR_FILE)
        for (; moved > 0; size += moved)
            assert_ok(node.layer->ops->read(node, size, bytes + size, sizeof bytes - size, &moved));
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
        (void)!node.layer->ops->resize(node, draw(100000));
    else
        (void)!node.layer->ops->write(node, draw(100000), bytes, draw(sizeof bytes), &moved);
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
        bj_error err;
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
            assert_int_equal(vfs_tree_changes(g.tree, VFS_MARK, true, &changes, &err), 0);
            compare(before, after, &changes);
            vfs_changes_clear(&changes);
            vfs_tree_unmark(g.tree);
            assert_int_equal(vfs_tree_changes(g.tree, VFS_START, true, &changes, &err), 0);
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
        if (vfs_tree_commit(g.tree, "/data", &err) < 0)
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
    assert_int_equal(vfs_tree_commit(g.tree, "/data", &err), -1);
    assert_non_null(strstr(err.message, "leads up"));
    assert_int_equal(access(host_path(&g, "new"), F_OK), -1);
    assert_int_equal(vfs_tree_commit(g.tree, "/work", &err), -1);
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
    (void)!vfs_tree_commit(g.tree, "/data", &err);
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
    assert_int_equal(vfs_tree_changes(g.tree, VFS_MARK, true, &changes, &err), 0);
    assert_int_equal(changes.count, 6);
    assert_true(has(&changes, "/data/dir/kept", BJ_MODIFIED));
    assert_true(has(&changes, "/data/new", BJ_CREATED));
    assert_true(has(&changes, "/data/gone", BJ_DELETED));
    assert_true(has(&changes, "/data/moved", BJ_DELETED));
    assert_true(has(&changes, "/data/dir/here", BJ_CREATED));
    assert_true(has(&changes, "/data/made", BJ_CREATED));
    assert_false(changes.more);
    vfs_changes_clear(&changes);
    char name[32];
    for (unsigned i = 0; i < 11000; i++) {
        snprintf(name, sizeof name, "data/dir/file-%u", i);
        (void)!try_open(&g, name, VFS_CREATE, VFS_WRITE);
        (void)!remove_file(&g, name);
    }
    assert_int_equal(vfs_tree_changes(g.tree, VFS_MARK, true, &changes, &err), 0);
    assert_true(changes.more);
    vfs_changes_clear(&changes);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
