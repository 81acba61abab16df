/*
 * fuzz_zip.c: a zip file of any bytes: it is refused with a message, or all that it shows can be listed and read,
 * within what it says of itself.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define FILES_MOST 200u

typedef struct visit {
    vfs_tree *tree;
    vfs_node directory;
    unsigned depth;
} visit;

static unsigned files;

static bool visit_entry(void *user, const vfs_entry *entry);

static void visit_directory(vfs_tree *tree, vfs_node directory, unsigned depth)
{
    visit v = {tree, directory, depth};
    HOLD(vfs_node_readdir(directory, 0, visit_entry, &v) == VFS_OK);
}

static void read_file(vfs_node node)
{
    static uint8_t bytes[4096];
    vfs_stat stat;
    HOLD(vfs_node_stat(node, &stat) == VFS_OK);
    uint64_t read = 0;
    for (size_t moved = 1; moved > 0; read += moved) {
        moved = 0;
        vfs_errno error = vfs_node_read(node, read, bytes, sizeof bytes, &moved);
        HOLD(moved <= sizeof bytes);
        if (error != VFS_OK)
            return; /* broken data: an error, not bytes */
    }
    HOLD(read == stat.size);
}

static bool visit_entry(void *user, const vfs_entry *entry)
{
    visit *v = user;
    HOLD(entry->name.size > 0 && entry->name.size <= VFS_NAME_MAX);
    HOLD(!memchr(entry->name.data, '/', entry->name.size));
    HOLD(!memchr(entry->name.data, 0, entry->name.size));
    if (bj_span_is(entry->name, ".") || bj_span_is(entry->name, ".."))
        return true;
    vfs_autonode vfs_node node = VFS_NO_NODE;
    HOLD(vfs_resolve(v->tree, v->directory, entry->name, 0, &node) == VFS_OK);
    HOLD(node.type == entry->type);
    if (++files > FILES_MOST)
        return false;
    if (node.type == VFS_DIRECTORY && v->depth < 100)
        visit_directory(v->tree, node, v->depth + 1);
    else if (node.type == VFS_REGULAR_FILE)
        read_file(node);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bj_error err = {0};
    char path[64];
    policy_budget budget;
    int fd = memfd_create("zip", 0);
    HOLD(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    vfs_archive *archive = vfs_archive_open(path, &err);
    close(fd);
    if (!archive) {
        HOLD(err.code != BJ_ERROR_NONE && err.message[0]);
        return 0;
    }
    vfs_tree *tree = fuzz_tree(&budget, 0);
    HOLD(vfs_tree_mount_archive(tree, archive, "/zip", &err) == 0);
    vfs_archive_release(archive);
    vfs_node root;
    HOLD(vfs_tree_find(tree, bj_span_of("/zip"), &root) == VFS_OK);
    files = 0;
    visit_directory(tree, root, 0);
    vfs_node_drop(root);
    vfs_tree_release(tree);
    return 0;
}
