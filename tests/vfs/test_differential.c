/*
 * test_differential.c: random programs of file-system calls, each run on every layer that can be written to
 * and on a real directory through POSIX: errnos, bytes and trees agree.
 *
 *     test_vfs_differential [seed [programs]]
 *
 * What a program does depends on its seed alone, which a failure tells. Targets of links have no "..", since
 * the real directory has nothing that would stop them.
 */
#include <dirent.h>

#include "grove.h"

#define STEPS     400u
#define OPEN_MOST 6u
#define DATA_MOST 200000u

/* One way to make the calls: a layer, or POSIX when `tree` is NULL. */
typedef struct way {
    const char *name;
    policy_budget budget;
    vfs_tree *tree;
    vfs_node base;
    char host[64]; /* the real directory, or what lies behind the mount; "" */
    int root;      /* of POSIX */
    vfs_node nodes[OPEN_MOST];
    int fds[OPEN_MOST];
} way;

static uint64_t seed, first_seed;
static const char *doing = "";

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % below);
}

/* ---------------------------------------------------------------- programs */

typedef enum kind {
    OPEN,
    CLOSE,
    READ,
    WRITE,
    RESIZE,
    MAKE_DIRECTORY,
    REMOVE_DIRECTORY,
    REMOVE_FILE,
    RENAME,
    LINK,
    SYMLINK,
    READLINK,
    STAT,
    LIST,
    KINDS
} kind;

typedef struct step {
    kind kind;
    unsigned flags, access, slot, size;
    uint64_t offset;
    char path[128], other[128];
    uint8_t fill;
} step;

/* What a step did, in words and bytes that must be the same everywhere. */
typedef struct outcome {
    vfs_errno error;
    char text[4096];
    size_t moved;
    uint64_t sum;
} outcome;

static void draw_path(char *path, bool plain)
{
    static const char *const names[] = {"a", "b", "c", "dd", "file.txt"};
    size_t at = 0;
    path[0] = 0;
    for (unsigned left = 1 + draw(4); left > 0; left--) {
        at += (size_t)sprintf(path + at, "%s%s", at ? "/" : "", names[draw(5)]);
        if (!plain && draw(20) == 0)
            at += (size_t)sprintf(path + at, "/..");
        if (!plain && draw(20) == 0)
            at += (size_t)sprintf(path + at, "/.");
    }
    if (!plain && draw(12) == 0)
        strcpy(path + at, draw(2) ? "/" : "//");
}

static step draw_step(void)
{
    step s = {.kind = (kind)draw(KINDS), .slot = draw(OPEN_MOST), .fill = (uint8_t)draw(256)};
    if (draw(3) == 0)
        s.kind = draw(2) ? OPEN : WRITE;
    s.access = 1 + draw(3);
    s.flags = (draw(2) ? VFS_FOLLOW : 0) | (draw(2) ? VFS_CREATE : 0) |
              (draw(6) == 0 ? VFS_EXCLUSIVE | VFS_CREATE : 0) | (draw(4) == 0 ? VFS_TRUNCATE : 0);
    if (!(s.flags & (VFS_CREATE | VFS_TRUNCATE)) && draw(4) == 0)
        s.flags |= VFS_DIRECTORY_ONLY, s.access = VFS_READ;
    s.size = draw(10) == 0 ? draw(DATA_MOST) : draw(3000);
    s.offset = draw(3) == 0 ? draw(300000) : draw(5000);
    draw_path(s.path, false);
    draw_path(s.other, s.kind == SYMLINK);
    return s;
}

/* ---------------------------------------------------------------- through a layer */

static bool collect(void *user, const vfs_entry *entry)
{
    outcome *o = user;
    if (strlen(o->text) + entry->name.size + 8 < sizeof o->text)
        sprintf(o->text + strlen(o->text), "%.*s:%d\n", (int)entry->name.size, entry->name.data,
                (int)entry->type);
    return true;
}

static uint64_t sum_of(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 1099511628211u;
    return sum;
}

static uint8_t data[DATA_MOST];

static void layer_read(vfs_node node, const step *s, outcome *o)
{
    /* A layer may come back with less; a real file does not. */
    while (o->error == VFS_OK && o->moved < s->size) {
        size_t moved = 0;
        o->error =
            vfs_node_read(node, s->offset + o->moved, data + o->moved, s->size - o->moved, &moved);
        o->moved += moved;
        if (moved == 0)
            break;
    }
    o->sum = sum_of(data, o->moved);
}

static void layer_write(vfs_node node, const step *s, outcome *o)
{
    memset(data, s->fill, s->size);
    while (o->error == VFS_OK && o->moved < s->size) {
        size_t moved = 0;
        o->error =
            vfs_node_write(node, s->offset + o->moved, data + o->moved, s->size - o->moved, &moved);
        o->moved += moved;
    }
}

static void layer_stat(vfs_node node, outcome *o)
{
    vfs_stat st;
    o->error = vfs_node_stat(node, &st);
    if (o->error != VFS_OK)
        return;
    bool directory = st.type == VFS_DIRECTORY;
    sprintf(o->text, "type %d size %llu links %llu", (int)st.type,
            directory ? 0 : (unsigned long long)st.size,
            directory ? 0 : (unsigned long long)st.links);
}

static void layer_step(way *w, const step *s, outcome *o)
{
    const bj_span path = bj_span_of(s->path), other = bj_span_of(s->other);
    vfs_node *held = &w->nodes[s->slot];
    vfs_autonode vfs_node node = VFS_NO_NODE;
    size_t length = 0;
    switch (s->kind) {
    case OPEN:
        if (!held->layer)
            o->error = vfs_open(w->tree, w->base, path, s->flags, s->access, held);
        if (o->error != VFS_OK)
            *held = VFS_NO_NODE;
        break;
    case CLOSE:
        node = vfs_node_steal(held);
        break;
    case READ:
        if (held->layer)
            layer_read(*held, s, o);
        break;
    case WRITE:
        if (held->layer)
            layer_write(*held, s, o);
        break;
    case RESIZE:
        if (held->layer)
            o->error = vfs_node_resize(*held, s->offset);
        break;
    case MAKE_DIRECTORY:
        o->error = vfs_make_directory(w->tree, w->base, path);
        break;
    case REMOVE_DIRECTORY:
        o->error = vfs_remove_directory(w->tree, w->base, path);
        break;
    case REMOVE_FILE:
        o->error = vfs_remove_file(w->tree, w->base, path);
        break;
    case RENAME:
        o->error = vfs_rename(w->tree, w->base, path, w->base, other);
        break;
    case LINK:
        o->error = vfs_link(w->tree, w->base, path, s->flags & VFS_FOLLOW, w->base, other);
        break;
    case SYMLINK:
        o->error = vfs_symlink(w->tree, other, w->base, path);
        break;
    case READLINK:
        o->error = vfs_resolve(w->tree, w->base, path, 0, &node);
        if (o->error == VFS_OK)
            o->error = vfs_node_readlink(node, o->text, 200, &length);
        break;
    case STAT:
        o->error = vfs_resolve(w->tree, w->base, path, s->flags & VFS_FOLLOW, &node);
        if (o->error == VFS_OK)
            layer_stat(node, o);
        break;
    case LIST:
        o->error =
            vfs_open(w->tree, w->base, path, VFS_DIRECTORY_ONLY | VFS_FOLLOW, VFS_READ, &node);
        if (o->error == VFS_OK)
            o->error = vfs_node_readdir(node, 0, collect, o);
        break;
    case KINDS:
        break;
    }
}

/* ---------------------------------------------------------------- through POSIX */

static vfs_errno from_result(long result)
{
    return result < 0 ? vfs_errno_from_host(errno) : VFS_OK;
}

static vfs_type type_of(mode_t mode)
{
    return S_ISDIR(mode) ? VFS_DIRECTORY : S_ISLNK(mode) ? VFS_SYMLINK : VFS_REGULAR_FILE;
}

static void posix_list(int fd, outcome *o)
{
    DIR *directory = fdopendir(fd);
    assert_non_null(directory);
    for (struct dirent *each; (each = readdir(directory)) != NULL;) {
        struct stat st;
        assert_int_equal(fstatat(dirfd(directory), each->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
        (void)collect(o,
                      &(vfs_entry){.name = bj_span_of(each->d_name), .type = type_of(st.st_mode)});
    }
    closedir(directory);
}

static int open_flags(const step *s)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR};
    return modes[s->access] | (s->flags & VFS_FOLLOW ? 0 : O_NOFOLLOW) |
           (s->flags & VFS_CREATE ? O_CREAT : 0) | (s->flags & VFS_EXCLUSIVE ? O_EXCL : 0) |
           (s->flags & VFS_TRUNCATE ? O_TRUNC : 0) |
           (s->flags & VFS_DIRECTORY_ONLY ? O_DIRECTORY : 0) | O_CLOEXEC;
}

static void posix_step(way *w, const step *s, outcome *o)
{
    int *held = &w->fds[s->slot], fd;
    struct stat st;
    ssize_t moved;
    const int nofollow = s->flags & VFS_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW;
    switch (s->kind) {
    case OPEN:
        if (*held < 0)
            o->error = from_result(*held = openat(w->root, s->path, open_flags(s), 0644));
        break;
    case CLOSE:
        if (*held >= 0)
            close(*held);
        *held = -1;
        break;
    case READ:
        if (*held < 0)
            break;
        moved = pread(*held, data, s->size, (off_t)s->offset);
        o->error = from_result(moved);
        o->moved = moved < 0 ? 0 : (size_t)moved;
        o->sum = sum_of(data, o->moved);
        break;
    case WRITE:
        if (*held < 0)
            break;
        memset(data, s->fill, s->size);
        moved = pwrite(*held, data, s->size, (off_t)s->offset);
        o->error = from_result(moved);
        o->moved = moved < 0 ? 0 : (size_t)moved;
        break;
    case RESIZE:
        if (*held >= 0)
            o->error = from_result(ftruncate(*held, (off_t)s->offset));
        break;
    case MAKE_DIRECTORY:
        o->error = from_result(mkdirat(w->root, s->path, 0755));
        break;
    case REMOVE_DIRECTORY:
        o->error = from_result(unlinkat(w->root, s->path, AT_REMOVEDIR));
        break;
    case REMOVE_FILE:
        o->error = from_result(unlinkat(w->root, s->path, 0));
        break;
    case RENAME:
        o->error = from_result(renameat(w->root, s->path, w->root, s->other));
        break;
    case LINK:
        o->error = from_result(linkat(w->root, s->path, w->root, s->other,
                                      s->flags & VFS_FOLLOW ? AT_SYMLINK_FOLLOW : 0));
        break;
    case SYMLINK:
        o->error = from_result(symlinkat(s->other, w->root, s->path));
        break;
    case READLINK:
        o->error = from_result(readlinkat(w->root, s->path, o->text, 200));
        break;
    case STAT:
        o->error = from_result(fstatat(w->root, s->path, &st, nofollow));
        if (o->error == VFS_OK)
            sprintf(o->text, "type %d size %llu links %llu", (int)type_of(st.st_mode),
                    S_ISDIR(st.st_mode) ? 0 : (unsigned long long)st.st_size,
                    S_ISDIR(st.st_mode) ? 0 : (unsigned long long)st.st_nlink);
        break;
    case LIST:
        fd = openat(w->root, s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        o->error = from_result(fd);
        if (fd >= 0)
            posix_list(fd, o);
        break;
    case KINDS:
        break;
    }
}

/* ---------------------------------------------------------------- comparing */

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Listings have no order of their own. */
static void sort_lines(char *text)
{
    char copy[4096], *lines[512];
    size_t count = 0;
    strcpy(copy, text);
    for (char *line = strtok(copy, "\n"); line && count < 512; line = strtok(NULL, "\n"))
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, compare_lines);
    *text = 0;
    for (size_t i = 0; i < count; i++)
        strcat(strcat(text, lines[i]), "\n");
}

static void describe(const step *s, char *text, size_t size)
{
    static const char *const names[] = {"open",    "close",    "read",   "write",  "resize",
                                        "mkdir",   "rmdir",    "unlink", "rename", "link",
                                        "symlink", "readlink", "stat",   "list"};
    snprintf(text, size, "%s '%s' '%s' flags %#x access %u slot %u size %u offset %llu",
             names[s->kind], s->path, s->other, s->flags, s->access, s->slot, s->size,
             (unsigned long long)s->offset);
}

/* Reading or writing against the access that it was opened for is wasi's business, not the layers'. */
static bool is_meant(const way *posix, const step *s)
{
    if (s->kind != READ && s->kind != WRITE && s->kind != RESIZE)
        return true;
    int fd = posix->fds[s->slot];
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || S_ISDIR(st.st_mode))
        return false;
    int mode = fcntl(fd, F_GETFL) & O_ACCMODE;
    return mode == O_RDWR || mode == (s->kind == READ ? O_RDONLY : O_WRONLY);
}

static void compare_step(way *ways, size_t count, const step *s, unsigned number)
{
    static outcome outcomes[8];
    char text[400];
    describe(s, text, sizeof text);
    for (size_t i = 0; i < count; i++) {
        outcomes[i] = (outcome){0};
        doing = ways[i].name;
        if (ways[i].tree)
            layer_step(&ways[i], s, &outcomes[i]);
        else
            posix_step(&ways[i], s, &outcomes[i]);
        if (s->kind == LIST)
            sort_lines(outcomes[i].text);
    }
    for (size_t i = 1; i < count; i++)
        if (outcomes[i].error != outcomes[0].error || outcomes[i].moved != outcomes[0].moved ||
            outcomes[i].sum != outcomes[0].sum || strcmp(outcomes[i].text, outcomes[0].text) != 0)
            fail_msg("seed %llu, step %u: %s\n%s: %s, %zu bytes, %s\n%s: %s, %zu bytes, %s",
                     (unsigned long long)first_seed, number, text, ways[0].name,
                     vfs_errno_name(outcomes[0].error), outcomes[0].moved, outcomes[0].text,
                     ways[i].name, vfs_errno_name(outcomes[i].error), outcomes[i].moved,
                     outcomes[i].text);
}

/* ---------------------------------------------------------------- the ways */

/* What all begin with, on the host or in memory. */
static void plant(int root)
{
    static const char *const files[] = {"a/b/file.txt", "a/c", "b", "dd/dd/a", "file.txt"};
    static uint8_t bytes[150000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    assert_int_equal(mkdirat(root, "a", 0755) | mkdirat(root, "a/b", 0755) |
                         mkdirat(root, "dd", 0755) | mkdirat(root, "dd/dd", 0755) |
                         mkdirat(root, "dd/c", 0755) | symlinkat("a/b", root, "c"),
                     0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int fd = openat(root, files[i], O_WRONLY | O_CREAT, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, sizeof bytes / (i + 1)), sizeof bytes / (i + 1));
        close(fd);
    }
}

static void make_host(way *w)
{
    strcpy(w->host, "/tmp/belljar-diff-XXXXXX");
    assert_non_null(mkdtemp(w->host));
    int root = open(w->host, O_RDONLY | O_DIRECTORY);
    assert_true(root >= 0);
    plant(root);
    w->root = root;
}

static void open_way(way *w, const char *name, int (*mount)(way *))
{
    *w = (way){.name = name, .root = -1};
    for (unsigned i = 0; i < OPEN_MOST; i++)
        w->fds[i] = -1;
    if (!mount) {
        make_host(w);
        return;
    }
    grove_limits(&w->budget);
    w->budget.allowed[POLICY_file_bytes] = 1u << 30;
    w->budget.allowed[POLICY_memory_bytes] = 1u << 30;
    w->tree = vfs_tree_new(&w->budget);
    assert_non_null(w->tree);
    assert_int_equal(mount(w), 0);
    assert_ok(vfs_tree_find(w->tree, bj_span_of("/work"), &w->base));
}

static void close_way(way *w)
{
    char command[128];
    for (unsigned i = 0; i < OPEN_MOST; i++) {
        vfs_node_drop(w->nodes[i]);
        if (w->fds[i] >= 0)
            close(w->fds[i]);
    }
    vfs_node_drop(w->base);
    vfs_tree_release(w->tree);
    if (w->root >= 0)
        close(w->root);
    assert_int_equal(w->budget.host_bytes, 0);
    if (w->host[0]) {
        snprintf(command, sizeof command, "rm -rf %s", w->host);
        assert_int_equal(system(command), 0);
    }
}

/* Memory begins as a copy of the planted files, made through the layer itself. */
static void copy_in(way *w, int from, vfs_node to)
{
    DIR *directory = fdopendir(dup(from));
    assert_non_null(directory);
    rewinddir(directory);
    for (struct dirent *each; (each = readdir(directory)) != NULL;) {
        struct stat st;
        vfs_autonode vfs_node made = VFS_NO_NODE;
        bj_span name = bj_span_of(each->d_name);
        if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0)
            continue;
        assert_int_equal(fstatat(from, each->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
        if (S_ISLNK(st.st_mode)) {
            char target[128];
            ssize_t size = readlinkat(from, each->d_name, target, sizeof target);
            assert_ok(vfs_symlink(w->tree, (bj_span){target, (size_t)size}, to, name));
            continue;
        }
        int fd = openat(from, each->d_name, O_RDONLY);
        assert_ok(vfs_node_create(to, name, type_of(st.st_mode), &made));
        if (S_ISDIR(st.st_mode))
            copy_in(w, fd, made);
        else {
            size_t moved;
            ssize_t got = pread(fd, data, sizeof data, 0);
            assert_ok(vfs_node_write(made, 0, data, (size_t)got, &moved));
        }
        close(fd);
    }
    closedir(directory);
}

static int mount_memory(way *w)
{
    bj_error err;
    return vfs_tree_mount_memory(w->tree, "/work", &err);
}

static int mount_overlay(way *w)
{
    bj_error err;
    make_host(w);
    return vfs_tree_mount_overlay(w->tree, w->host, "/work", 0, &err);
}

static int mount_overlay_without_openat2(way *w)
{
    bj_error err;
    make_host(w);
    return vfs_tree_mount_overlay(w->tree, w->host, "/work", VFS_HOST_NO_OPENAT2, &err);
}

static int mount_writable(way *w)
{
    bj_error err;
    make_host(w);
    return vfs_tree_mount_host(w->tree, w->host, "/work", VFS_HOST_WRITABLE, &err);
}

static int mount_writable_without_openat2(way *w)
{
    bj_error err;
    make_host(w);
    return vfs_tree_mount_host(w->tree, w->host, "/work", VFS_HOST_WRITABLE | VFS_HOST_NO_OPENAT2,
                               &err);
}

/* In the middle of a program every layer in memory goes on as its own fork. */
static void fork_way(way *w)
{
    bj_error err;
    static policy_budget budgets[8];
    static unsigned next;
    if (!w->tree)
        return;
    policy_budget *budget = &budgets[next++ % 8];
    grove_limits(budget);
    memcpy(budget->allowed, w->budget.allowed, sizeof budget->allowed);
    vfs_tree *fork = vfs_tree_fork(w->tree, VFS_NOW, budget, &err);
    assert_non_null(fork);
    vfs_node nodes[OPEN_MOST] = {0}, base;
    for (unsigned i = 0; i < OPEN_MOST; i++)
        if (w->nodes[i].layer)
            assert_ok(vfs_tree_counterpart(w->tree, fork, w->nodes[i], &nodes[i]));
    assert_ok(vfs_tree_counterpart(w->tree, fork, w->base, &base));
    for (unsigned i = 0; i < OPEN_MOST; i++)
        vfs_node_drop(w->nodes[i]);
    vfs_node_drop(w->base);
    vfs_tree_release(w->tree);
    w->tree = fork;
    w->base = base;
    memcpy(w->nodes, nodes, sizeof nodes);
}

static void run_program(uint64_t number)
{
    way ways[6];
    seed = first_seed = number;
    open_way(&ways[0], "POSIX", NULL);
    open_way(&ways[1], "memory", mount_memory);
    copy_in(&ways[1], ways[0].root, ways[1].base);
    open_way(&ways[2], "overlay", mount_overlay);
    open_way(&ways[3], "overlay without openat2", mount_overlay_without_openat2);
    open_way(&ways[4], "host", mount_writable);
    open_way(&ways[5], "host without openat2", mount_writable_without_openat2);
    for (unsigned i = 0; i < STEPS; i++) {
        step s = draw_step();
        if (is_meant(&ways[0], &s))
            compare_step(ways, 6, &s, i);
        if (i % 100 == 99)
            for (unsigned k = 1; k < 4; k++)
                fork_way(&ways[k]);
    }
    /* What the overlay's directory holds is what it held. */
    for (unsigned i = 2; i < 4; i++) {
        char command[256], fresh[64] = "/tmp/belljar-diff-XXXXXX";
        assert_non_null(mkdtemp(fresh));
        int root = open(fresh, O_RDONLY | O_DIRECTORY);
        plant(root);
        close(root);
        snprintf(command, sizeof command, "diff -r --no-dereference %s %s && rm -rf %s",
                 ways[i].host, fresh, fresh);
        assert_int_equal(system(command), 0);
    }
    for (unsigned i = 0; i < 6; i++)
        close_way(&ways[i]);
}

static uint64_t begin = 1, programs = 40;

static void layers_agree_with_posix(void **state)
{
    (void)state;
    umask(022);
    for (uint64_t i = 0; i < programs; i++)
        run_program(begin + i);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        begin = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        programs = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_agree_with_posix)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
