/*
 * test_escape.c: ways out of a mount, each tried on every layer that shows a directory of the host, found by
 * openat2 and without it, and on memory. Beside the granted directory lies a secret, which must be neither read nor
 * changed, and nothing new may come to lie there.
 *
 *     outside/secret       what nobody may see
 *     outside/granted/     the mount: a (a file), dir/b, …
 */
#include <pthread.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "grove.h"

typedef struct world {
    const char *name;
    unsigned flags;
    bool overlay, memory;
} world;

static const world worlds[] = {
    {"read-only", 0, false, false},
    {"read-only without openat2", VFS_HOST_NO_OPENAT2, false, false},
    {"read-write", VFS_HOST_WRITABLE, false, false},
    {"read-write without openat2", VFS_HOST_WRITABLE | VFS_HOST_NO_OPENAT2, false, false},
    {"overlay", 0, true, false},
    {"overlay without openat2", VFS_HOST_NO_OPENAT2, true, false},
    {"memory", 0, false, true},
};
enum { WORLDS = sizeof worlds / sizeof *worlds };

typedef struct place {
    grove g;
    const world *w;
    vfs_node base; /* the mount, /data */
} place;

/* ---------------------------------------------------------------- the world */

static void in_host(place *p, const char *name)
{
    snprintf(p->g.host + strlen(p->g.host), sizeof p->g.host - strlen(p->g.host), "/%s", name);
}

static void prepare(place *p, const world *w)
{
    *p = (place){.w = w};
    grove_open(&p->g);
    grove_make_host(&p->g);
    host_write(&p->g, "secret", "canary");
    host_mkdir(&p->g, "granted");
    in_host(p, "granted");
    host_write(&p->g, "a", "text");
    host_mkdir(&p->g, "dir");
    host_write(&p->g, "dir/b", "more");
}

static void mount(place *p)
{
    bj_error err = {0};
    grove *g = &p->g;
    int status = p->w->memory ? vfs_tree_mount_memory(g->tree, "/data", &err)
                 : p->w->overlay
                     ? vfs_tree_mount_overlay(g->tree, g->host, "/data", p->w->flags, &err)
                     : vfs_tree_mount_host(g->tree, g->host, "/data", p->w->flags, &err);
    if (status < 0)
        fail_msg("%s: %s", p->w->name, err.message);
    if (p->w->memory) {
        assert_ok(make_directory(g, "data/dir"));
        write_file(g, "data/a", "text");
        write_file(g, "data/dir/b", "more");
    }
    p->base = node_at(g, "/data");
}

/* The secret is what it was, and nothing lies beside it. */
static void finish(place *p)
{
    char text[16] = "", command[160];
    vfs_node_drop(p->base);
    vfs_tree_release(p->g.tree);
    *strrchr(p->g.host, '/') = 0;
    FILE *file = fopen(host_path(&p->g, "secret"), "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "canary");
    snprintf(command, sizeof command, "test \"$(ls %s)\" = \"$(printf 'granted\\nsecret')\"",
             p->g.host);
    assert_int_equal(system(command), 0);
    p->g.tree = NULL;
    grove_close(&p->g);
}

static bool is_writable(const place *p)
{
    return p->w->memory || p->w->overlay || (p->w->flags & VFS_HOST_WRITABLE);
}

/* Everything that can be done with a path, from the mount: none of it may give `path` away. All errors but
 * these would be an escape, or a crash. */
static void try_all(place *p, bj_span path)
{
    vfs_node node;
    char bytes[64] = "";
    size_t moved = 0;
    vfs_tree *tree = p->g.tree;
    for (unsigned flags = 0; flags < 2; flags++) {
        if (vfs_resolve(tree, p->base, path, flags, &node) == VFS_OK)
            vfs_node_drop(node);
        for (unsigned how = 0; how < 4; how++)
            if (vfs_open(tree, p->base, path,
                         flags | (how & 1 ? VFS_CREATE : 0) | (how & 2 ? VFS_TRUNCATE : 0),
                         VFS_READ | (how ? VFS_WRITE : 0), &node) == VFS_OK) {
                (void)!vfs_node_read(node, 0, bytes, sizeof bytes - 1, &moved);
                assert_null(strstr(bytes, "canary"));
                if (how)
                    (void)!vfs_node_write(node, 0, "x", 1, &moved);
                vfs_node_drop(node);
            }
    }
    (void)!vfs_make_directory(tree, p->base, path);
    (void)!vfs_symlink(tree, bj_span_of("a"), p->base, path);
    (void)!vfs_link(tree, p->base, bj_span_of("a"), 0, p->base, path);
    (void)!vfs_link(tree, p->base, path, VFS_FOLLOW, p->base, bj_span_of("linked"));
    (void)!vfs_rename(tree, p->base, bj_span_of("dir/b"), p->base, path);
    (void)!vfs_rename(tree, p->base, path, p->base, bj_span_of("dir/b"));
    (void)!vfs_remove_file(tree, p->base, path);
    (void)!vfs_remove_directory(tree, p->base, path);
}

static vfs_errno resolve(place *p, const char *path, unsigned flags)
{
    vfs_node node;
    vfs_errno error = vfs_resolve(p->g.tree, p->base, bj_span_of(path), flags, &node);
    if (error == VFS_OK)
        vfs_node_drop(node);
    return error;
}

#define FOR_ALL_WORLDS(p)                                                                          \
    for (size_t world_ = 0; world_ < WORLDS && (prepare(&(p), &worlds[world_]), true); world_++)

/* ---------------------------------------------------------------- paths */

static void dots_that_lead_up(void **state)
{
    (void)state;
    static const char *const paths[] = {"..",
                                        "../",
                                        "../secret",
                                        "dir/../../secret",
                                        "./../secret",
                                        "dir/../..",
                                        "a/../../secret",
                                        "..//secret",
                                        "dir/./../../",
                                        "../granted/../secret",
                                        "../../../../../../etc/passwd"};
    place p;
    FOR_ALL_WORLDS(p)
    {
        mount(&p);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            vfs_errno error = resolve(&p, paths[i], VFS_FOLLOW);
            assert_true(error == VFS_ENOTCAPABLE || error == VFS_ENOTDIR);
            try_all(&p, bj_span_of(paths[i]));
        }
        finish(&p);
    }
}

static void absolute_paths(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",     "/etc/passwd", "//a",
                                        "/work", "/data/a",     "/proc/self/root"};
    place p;
    FOR_ALL_WORLDS(p)
    {
        mount(&p);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            assert_errno(resolve(&p, paths[i], VFS_FOLLOW), VFS_ENOTCAPABLE);
            try_all(&p, bj_span_of(paths[i]));
        }
        finish(&p);
    }
}

static void empty_paths_and_bytes_that_no_path_has(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        vfs_node node;
        mount(&p);
        assert_errno(resolve(&p, "", 0), VFS_ENOENT);
        assert_errno(vfs_resolve(p.g.tree, p.base, (bj_span){"a\0b", 3}, 0, &node), VFS_EINVAL);
        assert_errno(vfs_resolve(p.g.tree, p.base, (bj_span){"..\0x", 4}, 0, &node), VFS_EINVAL);
        assert_errno(resolve(&p, "\xff\xfe", 0), VFS_EILSEQ);
        assert_errno(resolve(&p, "\xc0\xae\xc0\xae/secret", 0), VFS_EILSEQ); /* overlong dots */
        assert_errno(resolve(&p, "\xed\xa0\x80", 0), VFS_EILSEQ);
        try_all(&p, (bj_span){"", 0});
        try_all(&p, (bj_span){"dir\0/../../secret", 17});
        try_all(&p, bj_span_of("\xc0\xae\xc0\xae/secret"));
        finish(&p);
    }
}

static void names_and_paths_that_are_too_long(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        char name[300], path[VFS_PATH_MAX + 10];
        mount(&p);
        memset(name, 'n', sizeof name);
        name[255] = 0;
        assert_errno(resolve(&p, name, 0), VFS_ENOENT);
        try_all(&p, bj_span_of(name));
        name[255] = 'n';
        name[256] = 0;
        assert_errno(resolve(&p, name, 0), VFS_ENAMETOOLONG);
        try_all(&p, bj_span_of(name));
        memset(path, '/', sizeof path);
        memcpy(path, "dir", 3);
        path[VFS_PATH_MAX + 1] = 0;
        assert_errno(resolve(&p, path, 0), VFS_ENAMETOOLONG);
        path[VFS_PATH_MAX] = 0;
        assert_ok(resolve(&p, path, 0));
        finish(&p);
    }
}

static void trailing_slashes_and_dots(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        if (!worlds[world_].memory)
            host_link(&p.g, "dir", "link"), host_link(&p.g, "a", "to-a");
        mount(&p);
        if (worlds[world_].memory) {
            assert_ok(vfs_symlink(p.g.tree, bj_span_of("dir"), p.base, bj_span_of("link")));
            assert_ok(vfs_symlink(p.g.tree, bj_span_of("a"), p.base, bj_span_of("to-a")));
        }
        assert_errno(resolve(&p, "a/", VFS_FOLLOW), VFS_ENOTDIR);
        assert_errno(resolve(&p, "a/.", VFS_FOLLOW), VFS_ENOTDIR);
        assert_errno(resolve(&p, "a/..", VFS_FOLLOW), VFS_ENOTDIR);
        assert_ok(resolve(&p, "dir/", 0));
        assert_ok(resolve(&p, "dir/.", 0));
        assert_ok(resolve(&p, "dir//", 0));
        assert_ok(resolve(&p, "link/", 0));
        assert_ok(resolve(&p, "link/.", 0));
        assert_errno(resolve(&p, "to-a/", 0), VFS_ENOTDIR);
        static const char *const paths[] = {"a/",     "a/.",   "dir/",    "dir/.", "link/",
                                            "link/.", "to-a/", "link/..", "."};
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            try_all(&p, bj_span_of(paths[i]));
        finish(&p);
    }
}

/* ---------------------------------------------------------------- links */

static const char *const link_paths[] = {"l0", "l0/",       "l0/x", "l1",        "l1/passwd",
                                         "l2", "l2/secret", "l3",   "l3/b",      "l4",
                                         "l5", "l5/..",     "l6",   "l6/secret", "l7/l2/secret"};
static const char *const link_targets[] = {"/etc/passwd", "/etc",    "..",        "../secret",
                                           "l4",          "missing", "dir/../..", "."};

static void links_that_the_host_made(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        if (worlds[world_].memory) {
            mount(&p);
            finish(&p);
            continue;
        }
        for (size_t i = 0; i < sizeof link_targets / sizeof *link_targets; i++) {
            char name[8];
            snprintf(name, sizeof name, "l%zu", i);
            host_link(&p.g, link_targets[i], name);
        }
        mount(&p);
        assert_errno(resolve(&p, "l0", VFS_FOLLOW), VFS_ENOTCAPABLE);
        assert_errno(resolve(&p, "l1/passwd", 0), VFS_ENOTCAPABLE);
        assert_errno(resolve(&p, "l2", VFS_FOLLOW), VFS_ENOTCAPABLE);
        assert_errno(resolve(&p, "l3", VFS_FOLLOW), VFS_ENOTCAPABLE);
        assert_errno(resolve(&p, "l4", VFS_FOLLOW), VFS_ELOOP);
        assert_errno(resolve(&p, "l5", VFS_FOLLOW), VFS_ENOENT);
        assert_errno(resolve(&p, "l6", VFS_FOLLOW), VFS_ENOTCAPABLE);
        for (size_t i = 0; i < sizeof link_paths / sizeof *link_paths; i++)
            try_all(&p, bj_span_of(link_paths[i]));
        finish(&p);
    }
}

static void links_that_the_guest_made(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        mount(&p);
        for (size_t i = 0; i < sizeof link_targets / sizeof *link_targets; i++) {
            char name[8];
            snprintf(name, sizeof name, "l%zu", i);
            vfs_errno error =
                vfs_symlink(p.g.tree, bj_span_of(link_targets[i]), p.base, bj_span_of(name));
            bool up = strstr(link_targets[i], "..") != NULL;
            vfs_errno expected = link_targets[i][0] == '/'                ? VFS_ENOTCAPABLE
                                 : !is_writable(&p)                       ? VFS_EROFS
                                 : up && (p.w->flags & VFS_HOST_WRITABLE) ? VFS_EPERM
                                                                          : VFS_OK;
            assert_errno(error, expected);
        }
        for (size_t i = 0; i < sizeof link_paths / sizeof *link_paths; i++)
            try_all(&p, bj_span_of(link_paths[i]));
        finish(&p);
    }
}

/* ---------------------------------------------------------------- while the guest runs */

typedef struct swapper {
    int granted;
    _Atomic(bool) stop;
} swapper;

/* dir ↔ a link to what lies outside, and back. */
static void *swap(void *user)
{
    swapper *s = user;
    while (!s->stop) {
        (void)!renameat(s->granted, "dir", s->granted, "kept");
        (void)!symlinkat("..", s->granted, "dir");
        (void)!unlinkat(s->granted, "dir", 0);
        (void)!renameat(s->granted, "kept", s->granted, "dir");
    }
    return NULL;
}

static void links_that_are_swapped_in_meanwhile(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        swapper s = {.granted = -1};
        pthread_t thread;
        mount(&p);
        if (!worlds[world_].memory) {
            s.granted = open(p.g.host, O_RDONLY | O_DIRECTORY);
            assert_int_equal(pthread_create(&thread, NULL, swap, &s), 0);
        }
        static const char *const paths[] = {"dir/secret", "dir/b", "dir/new", "dir/granted/a",
                                            "dir"};
        for (unsigned round = 0; round < 400; round++)
            try_all(&p, bj_span_of(paths[round % 5]));
        if (s.granted >= 0) {
            s.stop = true;
            pthread_join(thread, NULL);
            close(s.granted);
        }
        finish(&p);
    }
}

/* ---------------------------------------------------------------- mounts */

static void links_and_renames_do_not_cross_mounts(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        mount(&p);
        write_file(&p.g, "work/f", "mine");
        vfs_node root = vfs_tree_root(p.g.tree);
        const vfs_errno into = is_writable(&p) ? VFS_EXDEV : VFS_EROFS;
        assert_errno(
            vfs_link(p.g.tree, root, bj_span_of("work/f"), 0, root, bj_span_of("data/new")), into);
        assert_errno(
            vfs_link(p.g.tree, root, bj_span_of("data/a"), 0, root, bj_span_of("work/new")),
            VFS_EXDEV);
        assert_errno(rename_path(&p.g, "work/f", "data/new"), into);
        assert_errno(rename_path(&p.g, "data/a", "work/new"), into);
        assert_errno(rename_path(&p.g, "data/dir", "work/new"), into);
        finish(&p);
    }
}

static void mount_points_stay_where_they_are(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        bj_error err;
        mount(&p);
        assert_errno(rename_path(&p.g, "data", "work/x"), VFS_EBUSY);
        assert_errno(rename_path(&p.g, "work", "data"), VFS_EBUSY);
        assert_errno(remove_directory(&p.g, "data"), VFS_EBUSY);
        if (p.w->flags & VFS_HOST_WRITABLE)
            assert_int_equal(vfs_tree_mount_memory(p.g.tree, "/data/dir/inner", &err), -1);
        else if (is_writable(&p)) {
            assert_int_equal(vfs_tree_mount_memory(p.g.tree, "/data/dir/inner", &err), 0);
            assert_errno(rename_path(&p.g, "data/dir/inner", "data/x"), VFS_EBUSY);
            assert_errno(rename_path(&p.g, "data/a", "data/dir/inner"), VFS_EBUSY);
            assert_errno(remove_directory(&p.g, "data/dir/inner"), VFS_EBUSY);
            assert_errno(remove_directory(&p.g, "data/dir"), VFS_ENOTEMPTY);
            write_file(&p.g, "data/dir/inner/f", "x");
            assert_errno(rename_path(&p.g, "data/dir/inner/f", "data/f"), VFS_EXDEV);
        }
        finish(&p);
    }
}

/* ---------------------------------------------------------------- what is no file */

static void fifos_sockets_and_devices_are_not_opened(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        if (worlds[world_].memory) {
            mount(&p);
            finish(&p);
            continue;
        }
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", p.g.host);
        int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(bind(socket_fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(mkfifo(host_path(&p.g, "fifo"), 0666), 0);
        bool devices = mknod(host_path(&p.g, "zero"), S_IFCHR | 0666, makedev(1, 5)) == 0;
        mount(&p);
        static const char *const names[] = {"fifo", "socket", "zero"};
        for (unsigned i = 0; i < (devices ? 3 : 2); i++)
            for (unsigned access = VFS_READ; access <= (VFS_READ | VFS_WRITE); access++)
                for (unsigned flags = 0; flags < 2; flags++) {
                    vfs_node node;
                    vfs_errno error =
                        vfs_open(p.g.tree, p.base, bj_span_of(names[i]),
                                 flags ? VFS_CREATE | VFS_TRUNCATE : 0, access, &node);
                    assert_errno(error, VFS_EACCES);
                }
        close(socket_fd);
        finish(&p);
    }
}

/* Links of the kernel's own lead anywhere, whatever they say: none is followed. */
static void magic_links_in_proc(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        grove g;
        bj_error err;
        grove_open(&g);
        assert_int_equal(
            vfs_tree_mount_host(g.tree, "/proc/self", "/data", i ? VFS_HOST_NO_OPENAT2 : 0, &err),
            0);
        static const char *const paths[] = {"data/root",        "data/root/etc/passwd",
                                            "data/cwd",         "data/cwd/x",
                                            "data/exe",         "data/fd/0",
                                            "data/fd/1",        "data/fd/2",
                                            "data/task/../root"};
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++) {
            vfs_errno error = look(&g, paths[k]);
            assert_true(error == VFS_ENOTCAPABLE || error == VFS_ELOOP || error == VFS_ENOENT);
            error = try_open(&g, paths[k], VFS_FOLLOW, VFS_READ);
            assert_true(error == VFS_ENOTCAPABLE || error == VFS_ELOOP || error == VFS_ENOENT);
        }
        grove_close(&g);
    }
}

static void truncating_wants_the_right_to_write(void **state)
{
    (void)state;
    place p;
    FOR_ALL_WORLDS(p)
    {
        mount(&p);
        vfs_errno error = try_open(&p.g, "data/a", VFS_TRUNCATE, VFS_READ);
        assert_errno(error, is_writable(&p) ? VFS_OK : VFS_EROFS);
        if (!is_writable(&p))
            expect_file(&p.g, "data/a", "text");
        finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_that_lead_up),
        cmocka_unit_test(absolute_paths),
        cmocka_unit_test(empty_paths_and_bytes_that_no_path_has),
        cmocka_unit_test(names_and_paths_that_are_too_long),
        cmocka_unit_test(trailing_slashes_and_dots),
        cmocka_unit_test(links_that_the_host_made),
        cmocka_unit_test(links_that_the_guest_made),
        cmocka_unit_test(links_that_are_swapped_in_meanwhile),
        cmocka_unit_test(links_and_renames_do_not_cross_mounts),
        cmocka_unit_test(mount_points_stay_where_they_are),
        cmocka_unit_test(fifos_sockets_and_devices_are_not_opened),
        cmocka_unit_test(magic_links_in_proc),
        cmocka_unit_test(truncating_wants_the_right_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
