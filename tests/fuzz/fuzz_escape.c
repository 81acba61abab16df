/*
 * fuzz_escape.c: programs of changes in directories of the host that hold links out of them.
 *
 *     cage/secret          what nobody may read, change, replace or give another name
 *     cage/rw0, rw1        /rw of two trees, one with openat2 and one without it
 *     cage/cow0, cow1      /cow of them, overlays, which are committed in the end
 *     cage/out             what is left in /work is copied here in the end
 *
 * Whatever the guest does, the secret is what it was and nothing new lies beside it; below an overlay nothing
 * changes before the commit; both trees give the same answers and leave the same files on the host.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "fuzz.h"
#include "vfs/changes/changes.h"
#include "vfs/tree/path.h"

#define STEPS_MOST 24u /* with PATH_MOST, what is nested stays a path that the host can name */
#define PATH_MOST  60u
#define SECRET     16u
#define FOLDERS    5u

static const char *const folders[FOLDERS] = {"rw0", "rw1", "cow0", "cow1", "out"};

typedef struct side {
    vfs_tree *tree;
    policy_budget budget;
} side;

typedef struct text {
    char bytes[PATH_MOST];
    size_t size;
} text;

static char cage[64];
static uint8_t secret[SECRET];

/* ---------------------------------------------------------------- the host's side */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void remove_cage(void)
{
    (void)nftw(cage, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(int folder, const char *name, const void *bytes, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    HOLD(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static void fill_folder(int root, const char *name)
{
    static const char *const links[][2] = {
        {"../secret", "leak"}, {"..", "up"},  {"../../secret", "a/far"},
        {"../..", "a/top"},    {"a", "to-a"}, {"../new", "dangling"}};
    char absolute[80];
    HOLD(mkdirat(root, name, 0755) == 0);
    int folder = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOLD(folder >= 0 && mkdirat(folder, "a", 0755) == 0 && mkdirat(folder, "a/b", 0755) == 0);
    put(folder, "f", "text", 4);
    put(folder, "a/b/f", "deep", 4);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        HOLD(symlinkat(links[i][0], folder, links[i][1]) == 0);
    snprintf(absolute, sizeof absolute, "%s/secret", cage);
    HOLD(symlinkat(absolute, folder, "absolute") == 0);
    close(folder);
}

static void make_cage(void)
{
    snprintf(cage, sizeof cage, "%s/belljar-escape-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    HOLD(mkdtemp(cage) && bj_random_fill(secret, SECRET) == 0);
    int root = open(cage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    HOLD(root >= 0);
    put(root, "secret", secret, SECRET);
    for (unsigned i = 0; i < FOLDERS; i++)
        fill_folder(root, folders[i]);
    close(root);
}

/* Names, types and sizes below a folder in one number, whatever their order; nftw has no place for a user's. */
static uint64_t shape;
static size_t shape_skip;

static int add_to_shape(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)kind, (void)at;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = path + shape_skip; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 1099511628211u;
    hash = (hash ^ (st->st_mode & S_IFMT)) * 1099511628211u;
    if (!S_ISDIR(st->st_mode))
        hash = (hash ^ (uint64_t)st->st_size) * 1099511628211u;
    shape += hash;
    return 0;
}

static uint64_t shape_of(unsigned folder)
{
    char path[80];
    shape = 0;
    shape_skip = (size_t)snprintf(path, sizeof path, "%s/%s", cage, folders[folder]);
    HOLD(nftw(path, add_to_shape, 16, FTW_PHYS) == 0);
    return shape;
}

static unsigned names_in_cage;

static int count_name(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)path, (void)st, (void)kind;
    names_in_cage += at->level == 1;
    return 0;
}

static void check_cage(void)
{
    char path[80];
    uint8_t bytes[SECRET + 1];
    struct stat st;
    snprintf(path, sizeof path, "%s/secret", cage);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    HOLD(fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1);
    HOLD(read(fd, bytes, sizeof bytes) == SECRET && memcmp(bytes, secret, SECRET) == 0);
    close(fd);
    names_in_cage = 0;
    HOLD(nftw(cage, count_name, 16, FTW_PHYS) == 0);
    HOLD(names_in_cage == FOLDERS + 1);
}

/* ---------------------------------------------------------------- the guest's side */

/* Bytes of the input as they are, or names that lead somewhere. */
static text take_path(fuzz_input *in)
{
    static const char *const names[] = {"a",   "b",   "f",    "..",       "leak", "up",
                                        "far", "top", "to-a", "dangling", "n1",   "n2",
                                        "new", ".",   "",     "absolute"};
    text t = {.size = 0};
    uint8_t how = fuzz_byte(in);
    for (unsigned left = how & 7; left > 0; left--) {
        const char *name = names[fuzz_byte(in) % 16];
        if (how & 0x80) {
            t.bytes[t.size++] = (char)fuzz_byte(in);
        } else if (t.size + strlen(name) + 1 < PATH_MOST) {
            memcpy(t.bytes + t.size, name, strlen(name));
            t.size += strlen(name);
            if (left > 1 || how & 0x40)
                t.bytes[t.size++] = '/';
        }
    }
    return t;
}

static bool begin(side *s, uint8_t which, vfs_node *node)
{
    static const char *const bases[] = {"/rw",   "/cow",   "/work", "/",
                                        "/rw/a", "/cow/a", "/rw",   "/cow"};
    *node = VFS_NO_NODE;
    return vfs_tree_find(s->tree, bj_span_of(bases[which & 7]), node) == VFS_OK;
}

/* Opens, looks for the secret, and leaves bytes behind. */
static vfs_errno use_file(side *s, vfs_node base, bj_span path, uint8_t how)
{
    uint8_t bytes[SECRET] = {0};
    size_t moved = 0;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    unsigned flags =
        how & (VFS_FOLLOW | VFS_CREATE | VFS_EXCLUSIVE | VFS_TRUNCATE | VFS_DIRECTORY_ONLY);
    vfs_node opened;
    vfs_errno error = vfs_open(s->tree, base, path, flags,
                               how & VFS_WRITE ? VFS_READ | VFS_WRITE : VFS_READ, &opened);
    if (error != VFS_OK)
        return error;
    node = opened;
    if (node.type != VFS_REGULAR_FILE)
        return VFS_OK;
    HOLD(vfs_node_read(node, 0, bytes, SECRET, &moved) != VFS_OK || moved < SECRET ||
         memcmp(bytes, secret, SECRET) != 0);
    if (!(how & VFS_WRITE))
        return VFS_OK;
    error = vfs_node_write(node, how & 0xf, "guest's", 7, &moved);
    return error != VFS_OK ? error : vfs_node_resize(node, how);
}

/* One step of the program; both sides take the same. */
typedef struct step {
    uint8_t what, how, base, new_base;
    text path, other;
} step;

static vfs_errno take_step(side *s, const step *t)
{
    const bj_span path = {t->path.bytes, t->path.size}, other = {t->other.bytes, t->other.size};
    vfs_autonode vfs_node base = VFS_NO_NODE;
    vfs_autonode vfs_node new_base = VFS_NO_NODE;
    if (!begin(s, t->base, &base) || !begin(s, t->new_base, &new_base))
        return VFS_ENOENT;
    switch (t->what & 7) {
    case 0:
        return vfs_make_directory(s->tree, base, path);
    case 1:
        return vfs_remove_directory(s->tree, base, path);
    case 2:
        return vfs_remove_file(s->tree, base, path);
    case 3:
        return vfs_symlink(s->tree, other, base, path);
    case 4:
        return vfs_link(s->tree, base, path, t->how & VFS_FOLLOW, new_base, other);
    case 5:
        return vfs_rename(s->tree, base, path, new_base, other);
    default:
        return use_file(s, base, path, t->how);
    }
}

static void open_side(side *s, unsigned number)
{
    bj_error err;
    char path[80];
    unsigned flags = number ? VFS_HOST_NO_OPENAT2 : 0;
    s->tree = fuzz_tree(&s->budget, flags);
    snprintf(path, sizeof path, "%s/rw%u", cage, number);
    HOLD(vfs_tree_mount_host(s->tree, path, "/rw", flags | VFS_HOST_WRITABLE, &err) == 0);
    snprintf(path, sizeof path, "%s/cow%u", cage, number);
    HOLD(vfs_tree_mount_overlay(s->tree, path, "/cow", flags, &err) == 0);
}

/* What is left behind reaches the host, and only where it may. */
static void hand_over(side *sides)
{
    bj_error err;
    char out[80];
    int status[2];
    uint64_t applied[2];
    policy_work work = policy_work_unlimited();
    for (int i = 0; i < 2; i++)
        status[i] = vfs_tree_commit(sides[i].tree, "/cow", &work, &applied[i], &err);
    HOLD(status[0] == status[1] && applied[0] == applied[1]);
    HOLD(shape_of(2) == shape_of(3) || status[0] < 0);
    snprintf(out, sizeof out, "%s/out", cage);
    (void)!vfs_copy_out(sides[0].tree, "/work", out, &work, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    side sides[2];
    make_cage();
    for (unsigned i = 0; i < 2; i++)
        open_side(&sides[i], i);
    const uint64_t below = shape_of(2);
    for (unsigned steps = 0; !fuzz_done(&in) && steps < STEPS_MOST; steps++) {
        step t;
        t.what = fuzz_byte(&in);
        t.how = fuzz_byte(&in);
        t.base = fuzz_byte(&in);
        t.new_base = t.base >> 4;
        t.path = take_path(&in);
        t.other = take_path(&in);
        vfs_errno with = take_step(&sides[0], &t), without = take_step(&sides[1], &t);
        if (with != without)
            fprintf(stderr, "step %u, what %u: %s with openat2, %s without\n", steps, t.what & 7,
                    vfs_errno_name(with), vfs_errno_name(without));
        HOLD(with == without);
    }
    HOLD(shape_of(0) == shape_of(1));
    HOLD(shape_of(2) == below && shape_of(3) == below);
    hand_over(sides);
    check_cage();
    for (unsigned i = 0; i < 2; i++) {
        vfs_tree_release(sides[i].tree);
        fuzz_check_budget(&sides[i].budget);
    }
    remove_cage();
    return 0;
}
