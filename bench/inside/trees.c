/*
 * trees.c: what snapshots of a file tree cost: a tree of 100,000 files in memory, forks of it, and an edit in each.
 *
 *     build/bench/trees [--json]
 *
 * It measures src/vfs by itself, so it is linked with its objects and not with the library. A snapshot is a fork that
 * nobody uses.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "vfs/tree/operations.h"

#define FILES   100000u
#define FOLDERS 100u
#define FORKS   1000u
#define TEXT    "forty bytes that a small file may contain."

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "trees: %s\n", what);
        exit(1);
    }
}

static void set_limits(policy_budget *budget)
{
    bj_policy policy = {0};
#define X(field, name, unit, default_, least, most, help) policy.field = most;
    BJ_LIMITS(X)
#undef X
    policy_budget_init(budget, &policy);
}

static const char *path_of(unsigned number)
{
    static char path[64];
    snprintf(path, sizeof path, "work/%u/file-%u", number % FOLDERS, number);
    return path;
}

static void edit(vfs_tree *tree, unsigned number, const char *text)
{
    vfs_node node;
    size_t moved;
    check(vfs_open(tree, vfs_tree_root(tree), bj_span_of(path_of(number)), VFS_CREATE, VFS_WRITE,
                   &node) == VFS_OK &&
              vfs_node_write(node, 0, text, strlen(text), &moved) == VFS_OK,
          "a file cannot be written");
    vfs_node_drop(node);
}

static vfs_tree *build(policy_budget *budget)
{
    bj_error err;
    char path[64];
    set_limits(budget);
    vfs_tree *tree = vfs_tree_new(budget);
    check(tree && vfs_tree_mount_memory(tree, "/work", &err) == 0, "out of memory");
    for (unsigned i = 0; i < FOLDERS; i++) {
        snprintf(path, sizeof path, "work/%u", i);
        check(vfs_make_directory(tree, vfs_tree_root(tree), bj_span_of(path)) == VFS_OK,
              "a directory cannot be made");
    }
    for (unsigned i = 0; i < FILES; i++)
        edit(tree, i, TEXT);
    return tree;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static double held_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Nanoseconds of a fork of `tree`, of an edit in it, and of its end; bytes for each fork that was edited. */
typedef struct figures {
    double fork_ns, edit_ns, release_ns, fork_bytes;
} figures;

static figures measure(const vfs_tree *tree, unsigned files)
{
    static vfs_tree *forks[FORKS];
    static policy_budget budgets[FORKS];
    static double fork_ns[FORKS], edit_ns[FORKS], release_ns[FORKS];
    bj_error err;
    const double before = held_bytes();
    for (unsigned i = 0; i < FORKS; i++) {
        set_limits(&budgets[i]);
        const uint64_t begin = bj_clock_monotonic_ns();
        forks[i] = vfs_tree_fork(tree, VFS_NOW, &budgets[i], &err);
        fork_ns[i] = (double)(bj_clock_monotonic_ns() - begin);
        check(forks[i], "a fork cannot be made");
    }
    for (unsigned i = 0; i < FORKS; i++) {
        const uint64_t begin = bj_clock_monotonic_ns();
        edit(forks[i], (unsigned)((uint64_t)i * 7919 % files), "changed");
        edit_ns[i] = (double)(bj_clock_monotonic_ns() - begin);
    }
    const double after = held_bytes();
    for (unsigned i = 0; i < FORKS; i++) {
        const uint64_t begin = bj_clock_monotonic_ns();
        vfs_tree_release(forks[i]);
        release_ns[i] = (double)(bj_clock_monotonic_ns() - begin);
    }
    return (figures){median(fork_ns, FORKS), median(edit_ns, FORKS), median(release_ns, FORKS),
                     (after - before) / FORKS};
}

int main(int argc, char **argv)
{
    const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        fprintf(stderr, "usage: %s [--json]\n", argv[0]);
        return 2;
    }
    policy_budget budget;
    const double before = held_bytes();
    const uint64_t begin = bj_clock_monotonic_ns();
    vfs_tree *tree = build(&budget);
    const double build_ns = (double)(bj_clock_monotonic_ns() - begin) / FILES;
    const double file_bytes = (held_bytes() - before) / FILES;
    const figures f = measure(tree, FILES);
    const char *format =
        json ? "{\"files\": %u, \"make_file_ns\": %.0f, \"file_bytes\": %.0f, \"forks\": %u, "
               "\"fork_p50_ns\": %.0f, \"edit_p50_ns\": %.0f, \"release_p50_ns\": %.0f, "
               "\"edited_fork_bytes\": %.0f}\n"
             : "%u files: %.0f ns to make one, which takes %.0f bytes\n"
               "%u forks: %.0f ns to make one, %.0f ns to edit a file in it, %.0f ns to delete it "
               "(medians)\nan edited fork takes %.0f bytes\n";
    printf(format, FILES, build_ns, file_bytes, FORKS, f.fork_ns, f.edit_ns, f.release_ns,
           f.fork_bytes);
    vfs_tree_release(tree);
    return 0;
}
