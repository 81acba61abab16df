/*
 * grove.h: a tree with a memory layer at /work and, where asked for, a temporary directory of the host
 * at /data, for the tests of vfs.
 */
#ifndef BJ_TESTS_VFS_GROVE_H
#define BJ_TESTS_VFS_GROVE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "vfs/tree/operations.h"

typedef struct grove {
    policy_budget budget;
    vfs_tree *tree;
    char host[64]; /* "" where there is none */
} grove;

#define assert_errno(call, expected)                                                               \
    assert_string_equal(vfs_errno_name(call), vfs_errno_name(expected))
#define assert_ok(call) assert_errno(call, VFS_OK)

static inline void grove_limits(policy_budget *budget)
{
    bj_policy policy = {0};
#define X(field, name, unit, default_, least, most, help) policy.field = default_;
    BJ_LIMITS(X)
#undef X
    policy_budget_init(budget, &policy);
}

static inline void grove_open(grove *g)
{
    bj_error err = {0};
    *g = (grove){0};
    grove_limits(&g->budget);
    g->tree = vfs_tree_new(&g->budget);
    assert_non_null(g->tree);
    assert_int_equal(vfs_tree_mount_memory(g->tree, "/work", &err), 0);
}

/* A fresh directory of the host for what the test puts in it. */
static inline void grove_make_host(grove *g)
{
    strcpy(g->host, "/tmp/belljar-test-XXXXXX");
    assert_non_null(mkdtemp(g->host));
}

static inline void grove_mount_host(grove *g, unsigned flags)
{
    bj_error err = {0};
    if (vfs_tree_mount_host(g->tree, g->host, "/data", flags, &err) < 0)
        fail_msg("%s", err.message);
}

static inline void grove_close(grove *g)
{
    char command[128];
    vfs_tree_release(g->tree);
    assert_int_equal(g->budget.used[POLICY_files], 0);
    assert_int_equal(g->budget.used[POLICY_file_bytes], 0);
    if (g->host[0]) {
        snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", g->host, g->host);
        assert_int_equal(system(command), 0);
    }
}

/* "host/name"; good until the next call. */
static inline const char *host_path(const grove *g, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", g->host, name);
    return path;
}

static inline void host_write(const grove *g, const char *name, const char *text)
{
    FILE *file = fopen(host_path(g, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void host_mkdir(const grove *g, const char *name)
{
    assert_int_equal(mkdir(host_path(g, name), 0755), 0);
}

static inline void host_link(const grove *g, const char *target, const char *name)
{
    assert_int_equal(symlink(target, host_path(g, name)), 0);
}

static inline vfs_node node_at(grove *g, const char *path)
{
    vfs_node node = VFS_NO_NODE;
    assert_ok(vfs_tree_find(g->tree, bj_span_of(path), &node));
    return node;
}

/* Resolves from the root, links followed, and lets go again. */
static inline vfs_errno look(grove *g, const char *path)
{
    vfs_node node;
    vfs_errno error =
        vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path), VFS_FOLLOW, &node);
    if (error == VFS_OK)
        vfs_node_drop(node);
    return error;
}

/* The same without following the last link; the type, or VFS_UNKNOWN and the error in *error. */
static inline vfs_type type_at(grove *g, const char *path, vfs_errno *error)
{
    vfs_node node;
    *error = vfs_resolve(g->tree, vfs_tree_root(g->tree), bj_span_of(path), 0, &node);
    if (*error != VFS_OK)
        return VFS_UNKNOWN;
    vfs_node_drop(node);
    return (vfs_type)node.type;
}

static inline vfs_errno make_directory(grove *g, const char *path)
{
    return vfs_make_directory(g->tree, vfs_tree_root(g->tree), bj_span_of(path));
}

static inline vfs_errno remove_directory(grove *g, const char *path)
{
    return vfs_remove_directory(g->tree, vfs_tree_root(g->tree), bj_span_of(path));
}

static inline vfs_errno remove_file(grove *g, const char *path)
{
    return vfs_remove_file(g->tree, vfs_tree_root(g->tree), bj_span_of(path));
}

static inline vfs_errno rename_path(grove *g, const char *path, const char *new_path)
{
    return vfs_rename(g->tree, vfs_tree_root(g->tree), bj_span_of(path), vfs_tree_root(g->tree),
                      bj_span_of(new_path));
}

static inline vfs_errno open_path(grove *g, const char *path, unsigned flags, unsigned access,
                                  vfs_node *node)
{
    return vfs_open(g->tree, vfs_tree_root(g->tree), bj_span_of(path), flags, access, node);
}

/* Opens and lets go again. */
static inline vfs_errno try_open(grove *g, const char *path, unsigned flags, unsigned access)
{
    vfs_node node;
    vfs_errno error = open_path(g, path, flags, access, &node);
    if (error == VFS_OK)
        vfs_node_drop(node);
    return error;
}

static inline void write_file(grove *g, const char *path, const char *text)
{
    vfs_node node;
    size_t moved;
    assert_ok(open_path(g, path, VFS_CREATE | VFS_TRUNCATE, VFS_WRITE, &node));
    assert_ok(vfs_node_write(node, 0, text, strlen(text), &moved));
    assert_int_equal(moved, strlen(text));
    vfs_node_drop(node);
}

static inline void expect_file(grove *g, const char *path, const char *text)
{
    char bytes[256];
    size_t moved;
    vfs_node node;
    assert_ok(open_path(g, path, VFS_FOLLOW, VFS_READ, &node));
    assert_ok(vfs_node_read(node, 0, bytes, sizeof bytes, &moved));
    vfs_node_drop(node);
    assert_int_equal(moved, strlen(text));
    assert_memory_equal(bytes, text, moved);
}

/* The names in a directory but "." and "..", in order, each followed by a space. */
typedef struct name_list {
    char text[4096];
    uint64_t last;
    int left; /* stops after as many */
} name_list;

static inline bool list_name(void *user, const vfs_entry *entry)
{
    name_list *list = user;
    list->last = entry->next;
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    strncat(list->text, entry->name.data, entry->name.size);
    strcat(list->text, " ");
    return --list->left != 0;
}

#endif
