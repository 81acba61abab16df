/*
 * fuzz.c: the tree that the targets work on.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char host_dir[64];

static void remove_host_dir(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", host_dir);
    HOLD(system(command) == 0);
}

static void put_file(int root, const char *name, const char *text)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT, 0644);
    HOLD(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

const char *fuzz_host_dir(void)
{
    static const char *const links[][2] = {
        {"a", "to-a"},       {"..", "up"},           {"/etc/passwd", "absolute"}, {"loop", "loop"},
        {"a/b/../c", "far"}, {"missing", "dangles"}, {"a/b/up3", "deep"},         {".", "here"},
    };
    if (host_dir[0])
        return host_dir;
    strcpy(host_dir, "/tmp/belljar-fuzz-XXXXXX");
    HOLD(mkdtemp(host_dir));
    atexit(remove_host_dir);
    int root = open(host_dir, O_RDONLY | O_DIRECTORY);
    HOLD(root >= 0 && mkdirat(root, "a", 0755) == 0 && mkdirat(root, "a/b", 0755) == 0);
    put_file(root, "f", "text");
    put_file(root, "a/c", "more text");
    put_file(root, "a/b/f", "");
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        HOLD(symlinkat(links[i][0], root, links[i][1]) == 0);
    HOLD(symlinkat("../../..", root, "a/b/up3") == 0);
    HOLD(mkfifoat(root, "fifo", 0600) == 0);
    close(root);
    return host_dir;
}

/* "dir/file" with "hello", stored; and an empty "x". */
static const uint8_t zip_bytes[] = {
    'P',  'K', 3,   4,   10,  0,   0,    0,   0,    0,    0,    0,    0x21, 0,   0x86, 0xa6, 0x10,
    0x36, 5,   0,   0,   0,   5,   0,    0,   0,    8,    0,    0,    0,    'd', 'i',  'r',  '/',
    'f',  'i', 'l', 'e', 'h', 'e', 'l',  'l', 'o',  'P',  'K',  1,    2,    10,  0,    10,   0,
    0,    0,   0,   0,   0,   0,   0x21, 0,   0x86, 0xa6, 0x10, 0x36, 5,    0,   0,    0,    5,
    0,    0,   0,   8,   0,   0,   0,    0,   0,    0,    0,    0,    0,    0,   0,    0,    0,
    0,    0,   0,   0,   'd', 'i', 'r',  '/', 'f',  'i',  'l',  'e',  'P',  'K', 5,    6,    0,
    0,    0,   0,   1,   0,   1,   0,    54,  0,    0,    0,    43,   0,    0,   0,    0,    0};

vfs_archive *fuzz_archive(void)
{
    static vfs_archive *archive;
    bj_error err;
    char path[128];
    if (archive)
        return archive;
    snprintf(path, sizeof path, "%s/../belljar-fuzz-%d.zip", fuzz_host_dir(), (int)getpid());
    FILE *file = fopen(path, "w");
    HOLD(file && fwrite(zip_bytes, 1, sizeof zip_bytes, file) == sizeof zip_bytes);
    HOLD(fclose(file) == 0);
    archive = vfs_archive_open(path, &err);
    if (!archive)
        fprintf(stderr, "%s\n", err.message);
    HOLD(archive);
    unlink(path);
    return archive;
}

static void set_limits(policy_budget *budget)
{
    bj_policy policy = {0};
#define X(field, name, unit, default_, least, most, help) policy.field = default_;
    BJ_LIMITS(X)
#undef X
    policy.files = 200;
    policy.file_bytes = 1 << 20;
    policy.output_bytes = 4096;
    policy.descriptors = 32;
    policy_budget_init(budget, &policy);
}

vfs_tree *fuzz_tree(policy_budget *budget, unsigned flags)
{
    bj_error err;
    set_limits(budget);
    vfs_tree *tree = vfs_tree_new(budget);
    HOLD(tree && vfs_tree_mount_memory(tree, "/work", &err) == 0);
    HOLD(vfs_tree_mount_devices(tree, "/dev", &err) == 0);
    HOLD(vfs_tree_mount_archive(tree, fuzz_archive(), "/arch", &err) == 0);
    HOLD(vfs_tree_mount_host(tree, fuzz_host_dir(), "/ro", flags, &err) == 0);
    HOLD(vfs_tree_mount_overlay(tree, fuzz_host_dir(), "/ov", flags, &err) == 0);
    return tree;
}

void fuzz_check_budget(const policy_budget *budget)
{
    HOLD(budget->used[POLICY_files] == 0);
    HOLD(budget->used[POLICY_file_bytes] == 0);
    HOLD(budget->used[POLICY_descriptors] == 0);
    HOLD(budget->host_bytes == 0);
}
