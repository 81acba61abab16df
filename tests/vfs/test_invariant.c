/*
 * test_invariant.c: whatever a guest does to files, the list of changes and a full walk of both trees agree, or the list says
 * that it is incomplete; and what is applied to the host is what the guest saw.
 *
 * Random programs over a directory in memory, an overlay and a directory of the host granted for writing, with names that
 * collide under the hashes, that hold newlines and escapes, that are 255 bytes long or look like what the kernel says of
 * removed files; with descriptors that outlive what they were opened by, hard and symbolic links, moved and exchanged
 * directories, forks and ways back.
 *
 *     test_vfs_invariant [programs [first]]      default: 200 from 1
 */
#include <dirent.h>

#include "base/buffer.h"
#include "base/sha256.h"
#include "grove.h"
#include "vfs/changes/changes.h"
#include "vfs/tree/saved.h"

#define BYTES_MOST 300000u
#define HANDLES    4u

static uint64_t seed;
static unsigned programs = 200, first = 1;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % below);
}

/* ---------------------------------------------------------------- all that there is */

typedef struct item {
    char *path;
    vfs_type type;
    uint64_t size;
    uint64_t modified_ns;       /* not of directories */
    char digest[BJ_SHA256_HEX]; /* of bytes or target */
} item;

typedef struct picture {
    item *items;
    size_t count, capacity;
} picture;

static item *add_item(picture *p, const char *path, vfs_type type)
{
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        p->items = realloc(p->items, p->capacity * sizeof *p->items);
        assert_non_null(p->items);
    }
    p->items[p->count] = (item){.path = strdup(path), .type = type};
    return &p->items[p->count++];
}

static void set_bytes(item *i, const void *bytes, size_t size)
{
    const bj_sha256 digest = bj_sha256_of(bytes, size);
    i->size = size;
    bj_sha256_hex(&digest, i->digest);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const item *)a)->path, ((const item *)b)->path);
}

static const item *find(const picture *p, const char *path)
{
    const item wanted = {.path = (char *)path};
    return p->count ? bsearch(&wanted, p->items, p->count, sizeof *p->items, by_path) : NULL;
}

static void clear(picture *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->items[i].path);
    free(p->items);
    *p = (picture){0};
}

typedef struct walk {
    grove *g;
    picture *p;
    const char *path;
} walk;

static void look_at(grove *g, const char *path, picture *p);

static bool visit(void *user, const vfs_entry *entry)
{
    const walk *w = user;
    char path[2 * VFS_PATH_MAX];
    if (!bj_span_is(entry->name, ".") && !bj_span_is(entry->name, "..")) {
        snprintf(path, sizeof path, "%s/%.*s", w->path, (int)entry->name.size, entry->name.data);
        look_at(w->g, path, w->p);
    }
    return true;
}

/* `path` begins with a slash. */
static void look_at(grove *g, const char *path, picture *p)
{
    static uint8_t bytes[BYTES_MOST];
    size_t size = 0, moved = 1;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    assert_ok(vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path + 1), 0, &node));
    if (node.type == VFS_DIRECTORY) {
        walk w = {g, p, path};
        add_item(p, path, VFS_DIRECTORY);
        assert_ok(vfs_node_open(node, VFS_READ));
        assert_ok(vfs_node_readdir(node, 0, visit, &w));
        return;
    }
    if (node.type == VFS_SYMLINK)
        assert_ok(vfs_node_readlink(node, (char *)bytes, sizeof bytes, &size));
    else
        assert_ok(vfs_node_open(node, VFS_READ));
    for (; node.type == VFS_REGULAR_FILE && moved > 0; size += moved)
        assert_ok(vfs_node_read(node, size, bytes + size, sizeof bytes - size, &moved));
    item *i = add_item(p, path, (vfs_type)node.type);
    set_bytes(i, bytes, size);
    vfs_stat stat;
    assert_ok(vfs_node_stat(node, &stat));
    i->modified_ns = stat.modified_ns;
}

static picture take_picture(grove *g, bool host)
{
    picture p = {0};
    look_at(g, "/work", &p);
    look_at(g, "/data", &p);
    if (host)
        look_at(g, "/host", &p);
    qsort(p.items, p.count, sizeof *p.items, by_path);
    return p;
}

/* ---------------------------------------------------------------- random changes */

/* The first three have one hash as names; of the pair after them, whole paths below /host have. */
static const char *const names[] = {
    "a-name-that-has-more-than-thirty-three-bytes.py",
    "ot4yw32f1jen74jwwl)@~,fF>p!Cb6+x-three-bytes.py",
    "0764rjdijv92qnfd06O8p+Kt*rg>cb%q-three-bytes.py",
    "the-directory",
    "name-of-a-file-here.py",
    "72p1nrhd6x2:nBhrj.1+OjY?mDle-here.py",
    "0tdt9hszdklr,-RYia6D1}{b##le-here.py",
    "yif41ol32o#U[mPzvOhKFRPW+Sle-here.py",
    "a",
    "b",
    "b (deleted)",
    "new\nline \x1b[2K \xe2\x80\xae",
    NULL, /* 255 bytes */
};

static const char *draw_name(void)
{
    static char longest[VFS_NAME_MAX + 1];
    memset(longest, 'x', VFS_NAME_MAX);
    const char *name = names[draw(sizeof names / sizeof *names)];
    return name ? name : longest;
}

static const char *draw_path(char *path)
{
    static const char *const mounts[] = {"work", "data", "host"};
    strcpy(path, mounts[draw(3)]);
    for (unsigned left = 1 + draw(3); left > 0; left--)
        strcat(strcat(path, "/"), draw(2) ? names[3 + draw(2)] : draw_name());
    return path;
}

typedef struct world {
    grove g;
    char host[64]; /* what is granted for writing; g.host lies below the overlay */
    vfs_node handles[HANDLES];
    bool host_links; /* whether files of the host get several names */
} world;

static void write_some(vfs_node node)
{
    static uint8_t bytes[70000];
    size_t moved;
    memset(bytes, (int)draw(256), sizeof bytes);
    switch (draw(4)) {
    case 0:
        (void)!vfs_node_resize(node, 0);
        break;
    case 1:
        (void)!vfs_node_resize(node, draw(draw(2) ? 10 : 100000));
        break;
    default:
        (void)!vfs_node_write(node, draw(2) ? 0 : draw(100000), bytes,
                              draw(2) ? draw(100) : draw(sizeof bytes), &moved);
    }
}

/* Opens it, and writes perhaps. */
static void use_file(world *w, const char *path)
{
    vfs_node node;
    if (open_path(&w->g, path, draw(2) ? VFS_CREATE : 0, VFS_READ | VFS_WRITE, &node) != VFS_OK)
        return;
    if (draw(4) > 0)
        write_some(node);
    vfs_node_drop(node);
}

static void keep_file(world *w, const char *path)
{
    vfs_node *handle = &w->handles[draw(HANDLES)];
    vfs_node_drop(*handle);
    *handle = VFS_NO_NODE;
    if (open_path(&w->g, path, VFS_CREATE, VFS_READ | VFS_WRITE, handle) != VFS_OK)
        *handle = VFS_NO_NODE;
}

static void drop_handles(world *w)
{
    for (unsigned i = 0; i < HANDLES; i++) {
        vfs_node_drop(w->handles[i]);
        w->handles[i] = VFS_NO_NODE;
    }
}

/* a to a free name, b to a, a to b. */
static void exchange(world *w, const char *one, const char *other)
{
    char between[2 * VFS_PATH_MAX];
    snprintf(between, sizeof between, "%.*s/between", (int)strcspn(one, "/"), one);
    if (rename_path(&w->g, one, between) == VFS_OK) {
        (void)!rename_path(&w->g, other, one);
        (void)!rename_path(&w->g, between, other);
    }
}

static void set_time(world *w, const char *path)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    const vfs_times times = {.set_accessed = true,
                             .set_modified = draw(8) > 0,
                             .accessed_ns = draw(1000),
                             .modified_ns = draw(3) + 1000000000u};
    if (vfs_resolve(w->g.tree, vfs_tree_root(w->g.tree), bj_span_of(path), 0, &node) == VFS_OK)
        (void)!vfs_node_set_times(node, &times);
}

static void change_something(world *w)
{
    char path[2 * VFS_PATH_MAX], other[2 * VFS_PATH_MAX];
    grove *g = &w->g;
    const vfs_node root = vfs_tree_root(g->tree);
    draw_path(path);
    draw_path(other);
    if (draw(3))
        memcpy(other, path, 4); /* most pairs of paths lie in one mount */
    switch (draw(16)) {
    case 14:
        set_time(w, path);
        break;
    case 0:
    case 1:
        (void)!make_directory(g, path);
        break;
    case 2:
        (void)!remove_directory(g, path);
        break;
    case 3:
        (void)!remove_file(g, path);
        break;
    case 4:
    case 5:
        (void)!rename_path(g, path, other);
        break;
    case 6:
        exchange(w, path, other);
        break;
    case 7:
        if (w->host_links || path[0] != 'h')
            (void)!vfs_link(g->tree, root, bj_span_of(path), 0, root, bj_span_of(other));
        break;
    case 8:
        (void)!vfs_symlink(g->tree, bj_span_of(draw(2) ? "the-directory/a" : "b"), root,
                           bj_span_of(path));
        break;
    case 9:
        keep_file(w, path);
        break;
    case 10: {
        const vfs_node handle = w->handles[draw(HANDLES)];
        if (handle.layer)
            write_some(handle);
        break;
    }
    default:
        use_file(w, path);
    }
}

/* ---------------------------------------------------------------- checking */

static const vfs_change *told(const vfs_changes *changes, const char *path, bj_change_kind kind)
{
    size_t low = 0, high = changes->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(changes->items[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < changes->count && strcmp(changes->items[low].path, path) == 0; low++)
        if (changes->items[low].kind == kind)
            return &changes->items[low];
    return NULL;
}

static void must_tell(unsigned program, const vfs_changes *changes, const char *path,
                      bj_change_kind kind, vfs_type type)
{
    const vfs_change *change = told(changes, path, kind);
    if ((!change || change->type != type) && changes->files == POLICY_FINISHED)
        fail_msg("program %u: that %s was %s is not told", program, path,
                 kind == BJ_CREATED   ? "created"
                 : kind == BJ_DELETED ? "deleted"
                                      : "modified");
}

static void check_told(unsigned program, const picture *before, const picture *after,
                       const vfs_change *each)
{
    const item *was = find(before, each->path), *is = find(after, each->path);
    const bool both = was && is && was->type == is->type;
    const bool holds = each->kind == BJ_CREATED   ? is && !both && is->type == each->type
                       : each->kind == BJ_DELETED ? was && !both && was->type == each->type
                                                  : both && is->type == each->type;
    if (!holds)
        fail_msg("program %u: %s is told of wrongly (%d)", program, each->path, each->kind);
    const bool digest = each->kind != BJ_DELETED && each->type != VFS_DIRECTORY;
    if (each->has_digest != digest ||
        (digest && (each->size != is->size || strcmp(each->digest_hex, is->digest) != 0)))
        fail_msg("program %u: the digest of %s is wrong", program, each->path);
}

static void compare(unsigned program, const picture *before, const picture *after,
                    const vfs_changes *changes)
{
    for (size_t i = 0; i < before->count; i++) {
        const item *was = &before->items[i], *is = find(after, was->path);
        if (!is || is->type != was->type)
            must_tell(program, changes, was->path, BJ_DELETED, was->type);
        else if (is->size != was->size || is->modified_ns != was->modified_ns ||
                 strcmp(is->digest, was->digest) != 0)
            must_tell(program, changes, was->path, BJ_MODIFIED, was->type);
    }
    for (size_t i = 0; i < after->count; i++) {
        const item *is = &after->items[i], *was = find(before, is->path);
        if (!was || was->type != is->type)
            must_tell(program, changes, is->path, BJ_CREATED, is->type);
    }
    for (size_t i = 0; i < changes->count; i++) {
        const vfs_change *each = &changes->items[i];
        check_told(program, before, after, each);
        if (i > 0)
            assert_true(strcmp(each[-1].path, each->path) < 0 ||
                        (strcmp(each[-1].path, each->path) == 0 && each[-1].kind == BJ_DELETED &&
                         each->kind == BJ_CREATED));
    }
    assert_int_equal(changes->digests, POLICY_FINISHED);
}

/* ---------------------------------------------------------------- the host's own view */

static void walk_host(const char *directory, const char *as, picture *p)
{
    static uint8_t bytes[BYTES_MOST];
    char path[2 * VFS_PATH_MAX], shown[2 * VFS_PATH_MAX];
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        snprintf(shown, sizeof shown, "%s/%s", as, entry->d_name);
        assert_int_equal(lstat(path, &st), 0);
        const uint64_t modified_ns =
            (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
        if (S_ISDIR(st.st_mode)) {
            add_item(p, shown, VFS_DIRECTORY);
            walk_host(path, shown, p);
        } else if (S_ISLNK(st.st_mode)) {
            const ssize_t size = readlink(path, (char *)bytes, sizeof bytes);
            item *link = add_item(p, shown, VFS_SYMLINK);
            set_bytes(link, bytes, (size_t)size);
            link->modified_ns = modified_ns;
        } else {
            FILE *file = fopen(path, "r");
            assert_non_null(file);
            const size_t size = fread(bytes, 1, sizeof bytes, file);
            fclose(file);
            item *i = add_item(p, shown, VFS_REGULAR_FILE);
            set_bytes(i, bytes, size);
            i->modified_ns = modified_ns;
        }
    }
    closedir(entries);
}

/* After what happened in the overlay was applied: as in the last picture. */
static void check_host(unsigned program, const char *host, const picture *seen)
{
    picture there = {0};
    size_t expected = 0;
    walk_host(host, "/data", &there);
    qsort(there.items, there.count, sizeof *there.items, by_path);
    for (size_t i = 0; i < seen->count; i++) {
        const item *each = &seen->items[i];
        if (strncmp(each->path, "/data/", 6) != 0)
            continue;
        expected++;
        const item *now = find(&there, each->path);
        if (!now || now->type != each->type || now->size != each->size ||
            now->modified_ns != each->modified_ns || strcmp(now->digest, each->digest) != 0)
            fail_msg("program %u: %s is not what it was", program, each->path);
    }
    assert_int_equal(there.count, expected);
    clear(&there);
}

/* ---------------------------------------------------------------- worlds */

static void fill(const char *host)
{
    char command[1024];
    snprintf(
        command, sizeof command,
        "cd %s && mkdir -p the-directory/a/b b && echo text >the-directory/%s && echo more "
        ">the-directory/a/b/a && echo other >a && echo one >b/b && ln -s the-directory/a b/a && "
        "echo x >'the-directory/a/%s' && : >the-directory/empty",
        host, names[4], names[7]);
    assert_int_equal(system(command), 0);
}

static void mount_all(world *w)
{
    bj_error err;
    assert_int_equal(vfs_tree_mount_overlay(w->g.tree, w->g.host, "/data", 0, &err), 0);
    assert_int_equal(vfs_tree_mount_host(w->g.tree, w->host, "/host", VFS_HOST_WRITABLE, &err), 0);
}

static void open_world(world *w, unsigned program)
{
    *w = (world){.host_links = program % 4 == 0};
    grove_open(&w->g);
    w->g.budget.allowed[POLICY_files] = 100000;
    grove_make_host(&w->g);
    fill(w->g.host);
    strcpy(w->host, "/tmp/belljar-test-XXXXXX");
    assert_non_null(mkdtemp(w->host));
    fill(w->host);
    mount_all(w);
}

static void close_world(world *w)
{
    char command[128];
    drop_handles(w);
    grove_close(&w->g);
    snprintf(command, sizeof command, "rm -rf %s", w->host);
    assert_int_equal(system(command), 0);
}

/* Goes on in a fork: of now, or of a moment that was kept. */
static void go_on_in(world *w, const vfs_tree *from)
{
    bj_error err;
    drop_handles(w);
    vfs_tree *fork = vfs_tree_fork(from, VFS_NOW, &w->g.budget, &err);
    assert_non_null(fork);
    vfs_tree_release(w->g.tree);
    w->g.tree = fork;
}

static int put_bytes(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

static int get_bytes(void *user, void *bytes, size_t size)
{
    bj_span *left = user;
    assert_true(size <= left->size);
    memcpy(bytes, left->data, size);
    *left = (bj_span){left->data + size, left->size - size};
    return 0;
}

/* The same by way of a snapshot's file: into a tree that was just made. */
static void go_on_saved(world *w, const vfs_tree *from)
{
    bj_error err;
    bj_autobuffer bj_buffer bytes = {0};
    policy_budget budget;
    bj_sink sink = {.put = put_bytes, .user = &bytes};
    drop_handles(w);
    vfs_tree_save(from, &sink);
    assert_false(sink.failed);
    policy_budget_init_unlimited(&budget);
    bj_span left = {bytes.data, bytes.size};
    bj_source source = {.get = get_bytes, .user = &left, .left = left.size, .room = UINT64_MAX};
    vfs_saved *saved = vfs_saved_read(&source, &budget);
    assert_non_null(saved);
    vfs_tree_release(w->g.tree);
    w->g.tree = vfs_tree_new(&w->g.budget);
    assert_int_equal(vfs_tree_mount_memory(w->g.tree, "/work", &err), 0);
    mount_all(w);
    assert_int_equal(vfs_tree_assume(w->g.tree, saved, &err), 0);
    vfs_saved_delete(saved);
}

static void run_round(world *w, unsigned program, const picture *start)
{
    vfs_changes changes;
    policy_work work = policy_work_unlimited();
    vfs_tree_mark(w->g.tree);
    picture before = take_picture(&w->g, true);
    for (unsigned i = draw(30); i > 0; i--)
        change_something(w);
    picture after = take_picture(&w->g, true);
    vfs_tree_changes(w->g.tree, VFS_MARK, true, &work, &changes);
    compare(program, &before, &after, &changes);
    if (!w->host_links)
        assert_int_equal(changes.files, POLICY_FINISHED);
    vfs_changes_clear(&changes);
    vfs_tree_unmark(w->g.tree);
    clear(&before);
    clear(&after);
    after = take_picture(&w->g, false);
    vfs_tree_changes(w->g.tree, VFS_START, true, &work, &changes);
    compare(program, start, &after, &changes);
    assert_int_equal(changes.files, POLICY_FINISHED);
    vfs_changes_clear(&changes);
    clear(&after);
}

static void apply(world *w, unsigned program)
{
    bj_error err = {0};
    uint64_t applied;
    policy_work work = policy_work_unlimited();
    picture seen = take_picture(&w->g, false);
    if (vfs_tree_commit(w->g.tree, "/data", &work, &applied, &err) < 0)
        fail_msg("program %u: %s", program, err.message);
    check_host(program, w->g.host, &seen);
    clear(&seen);
}

static void run_program(unsigned program)
{
    world w;
    bj_error err;
    policy_budget budget;
    vfs_tree *kept = NULL;
    seed = program;
    open_world(&w, program);
    policy_budget_init_unlimited(&budget);
    picture start = take_picture(&w.g, false);
    for (unsigned round = 0; round < 6; round++) {
        run_round(&w, program, &start);
        if (draw(4) == 0 && !kept)
            kept = vfs_tree_fork(w.g.tree, VFS_NOW, &budget, &err);
        if (draw(4) == 0)
            go_on_in(&w, kept && draw(2) ? kept : w.g.tree);
        else if (draw(4) == 0)
            go_on_saved(&w, kept && draw(2) ? kept : w.g.tree);
    }
    apply(&w, program);
    clear(&start);
    vfs_tree_release(kept);
    close_world(&w);
}

static void the_list_and_a_full_walk_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < programs; i++)
        run_program(first + i);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_list_and_a_full_walk_agree)};
    if (count > 1)
        programs = (unsigned)atoi(words[1]);
    if (count > 2)
        first = (unsigned)atoi(words[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
