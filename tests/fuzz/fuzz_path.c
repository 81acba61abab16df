/*
 * fuzz_path.c: paths of any bytes from directories of every layer, with links that the guest made of any text.
 *
 * openat2 and the way component by component give the same answer; what is found in a mount over the host's
 * directory is never of another device of the tree; nothing is made outside.
 */
#include "fuzz.h"

static bj_span take_text(fuzz_input *in, size_t most)
{
    size_t size = fuzz_byte(in);
    if (size > most)
        size = most;
    if (size > (size_t)(in->end - in->at))
        size = (size_t)(in->end - in->at);
    bj_span text = {(const char *)in->at, size};
    in->at += size;
    return text;
}

static vfs_node base_of(vfs_tree *tree, uint8_t which)
{
    static const char *const bases[] = {"/", "/work", "/ro", "/ov", "/arch", "/ro/a/b", "/ov/a"};
    vfs_node node = VFS_NO_NODE;
    HOLD(vfs_tree_find(tree, bj_span_of(bases[which % 7]), &node) == VFS_OK);
    return node;
}

/* What a path leads to, in numbers that are the same for both trees. */
typedef struct found {
    vfs_errno error;
    uint64_t device, inode;
    vfs_type type;
} found;

static found look(vfs_tree *tree, uint8_t base, bj_span path, unsigned flags)
{
    vfs_autonode vfs_node from = base_of(tree, base), node = VFS_NO_NODE;
    found f = {.error = vfs_resolve(tree, from, path, flags & VFS_FOLLOW, &node)};
    vfs_stat stat;
    if (f.error == VFS_OK) {
        HOLD(vfs_node_stat(node, &stat) == VFS_OK);
        f.device = stat.device;
        f.inode = stat.inode;
        f.type = stat.type;
    }
    return f;
}

/* Links, directories and files of the guest's choice. */
static void plant(vfs_tree *tree, fuzz_input *in)
{
    for (unsigned left = fuzz_byte(in) % 6; left > 0; left--) {
        uint8_t base = fuzz_byte(in);
        bj_span name = take_text(in, 40), target = take_text(in, 60);
        vfs_autonode vfs_node from = base_of(tree, base);
        vfs_autonode vfs_node made = VFS_NO_NODE;
        if (base & 0x80)
            (void)!vfs_symlink(tree, target, from, name);
        else if (base & 0x40)
            (void)!vfs_make_directory(tree, from, name);
        else if (vfs_open(tree, from, name, VFS_CREATE | (base & 0x20 ? VFS_FOLLOW : 0), VFS_WRITE,
                          &made) != VFS_OK)
            made = VFS_NO_NODE;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    policy_budget budgets[2];
    vfs_tree *trees[2] = {fuzz_tree(&budgets[0], 0), fuzz_tree(&budgets[1], VFS_HOST_NO_OPENAT2)};
    fuzz_input begin = {data, data + size}, in = begin;
    for (int i = 0; i < 2; i++) {
        in = begin;
        plant(trees[i], &in);
    }
    while (!fuzz_done(&in)) {
        uint8_t base = fuzz_byte(&in), flags = fuzz_byte(&in);
        bj_span path = take_text(&in, 200);
        found a = look(trees[0], base, path, flags), b = look(trees[1], base, path, flags);
        HOLD(a.error == b.error && a.device == b.device && a.type == b.type);
        HOLD(a.inode == b.inode);
        if (a.error == VFS_OK && (base % 7 == 2 || base % 7 == 5))
            HOLD(a.device == 5); /* /ro: what the host put there leads nowhere else */
    }
    for (int i = 0; i < 2; i++) {
        vfs_tree_release(trees[i]);
        fuzz_check_budget(&budgets[i]);
    }
    return 0;
}
