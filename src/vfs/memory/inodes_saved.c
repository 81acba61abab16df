/*
 * inodes_saved.c: a table of inodes as bytes, and back.
 *
 *     table   next u64, how many u64, inodes in the order of the map
 *     inode   number u64, type u8, links u32, parent u64, name u64, inode u64, three times u64,
 *             origin: 0 u8, or 1 u8 and its path; then a directory or a file
 *     names   how many u32; each: key u64, inode u64, type u8, flags u8, its bytes
 *     bytes   size u64, base u64; chunks: 1 u8, number u64, its bytes; 0 u8
 *
 * What an overlay only borrows is left out: it is found again by its path.
 *
 * Reading checks what each record may say by itself, then that they fit together: every name leads to an inode of its
 * type, links are counted, every directory that has a name has one and is reached from the root. What is
 * charged to the guest is reckoned anew; what is allocated is taken of the source's room before it is.
 */
#include "vfs/memory/inodes_saved.h"

#include <stdlib.h>
#include <string.h>

#include "vfs/node/text.h"

/* ---------------------------------------------------------------- writing */

/* The first one behind a cookie that is not borrowed. */
static const vfs_name *next_name(const vfs_directory *directory, uint64_t cookie)
{
    const vfs_name *name = vfs_directory_after(directory, cookie);
    while (name && (name->flags & VFS_NAME_BORROWED))
        name = vfs_directory_after(directory, vfs_directory_cookie(name));
    return name;
}

static void save_names(const vfs_directory *directory, bj_sink *sink)
{
    uint32_t count = 0;
    for (const vfs_name *name = next_name(directory, 0); name;
         name = next_name(directory, vfs_directory_cookie(name)))
        count++;
    bj_put_number(sink, count, 4);
    for (const vfs_name *name = next_name(directory, 0); name;
         name = next_name(directory, vfs_directory_cookie(name))) {
        bj_put_number(sink, name->item.key, 8);
        bj_put_number(sink, name->id, 8);
        bj_put_number(sink, name->type, 1);
        bj_put_number(sink, name->flags, 1);
        bj_put_span(sink, vfs_name_span(name));
    }
}

/* What a chunk holds of the file: it may have room for more. */
static size_t chunk_size(const vfs_content *content, const vfs_chunk *chunk)
{
    const uint64_t begin = chunk->item.key * VFS_CHUNK_BYTES;
    const uint64_t left = content->size > begin ? content->size - begin : 0;
    return left < chunk->capacity ? (size_t)left : chunk->capacity;
}

static void save_content(const vfs_content *content, bj_sink *sink)
{
    bj_put_number(sink, content->size, 8);
    bj_put_number(sink, content->base, 8);
    for (const vfs_chunk *chunk = vfs_content_next_chunk(content, NULL); chunk;
         chunk = vfs_content_next_chunk(content, chunk)) {
        bj_put_number(sink, 1, 1);
        bj_put_number(sink, chunk->item.key, 8);
        bj_put_span(sink, (bj_span){(const char *)chunk->bytes, chunk_size(content, chunk)});
    }
    bj_put_number(sink, 0, 1);
}

static void save_inode(const vfs_inode *inode, bj_sink *sink)
{
    bj_put_number(sink, inode->item.key, 8);
    bj_put_number(sink, inode->type, 1);
    bj_put_number(sink, inode->links, 4);
    bj_put_number(sink, inode->parent, 8);
    bj_put_number(sink, inode->name, 8);
    bj_put_number(sink, inode->inode, 8);
    bj_put_number(sink, inode->accessed_ns, 8);
    bj_put_number(sink, inode->modified_ns, 8);
    bj_put_number(sink, inode->changed_ns, 8);
    bj_put_number(sink, inode->origin != NULL, 1);
    if (inode->origin)
        bj_put_span(sink, vfs_origin_path(inode->origin));
    if (inode->type == VFS_DIRECTORY)
        save_names(&inode->directory, sink);
    else
        save_content(&inode->content, sink);
}

void vfs_inodes_save(const vfs_inodes *inodes, bj_sink *sink)
{
    uint64_t count = 0;
    for (const vfs_item *item = vfs_map_from(&inodes->map, 0); item;
         item = vfs_map_after(&inodes->map, item->key))
        count += !((const vfs_inode *)item)->borrowed;
    bj_put_number(sink, inodes->next, 8);
    bj_put_number(sink, count, 8);
    for (const vfs_item *item = vfs_map_from(&inodes->map, 0); item && !sink->failed;
         item = vfs_map_after(&inodes->map, item->key))
        if (!((const vfs_inode *)item)->borrowed)
            save_inode((const vfs_inode *)item, sink);
}

/* ---------------------------------------------------------------- reading an inode */

#define NAME_FLAGS (VFS_NAME_WHITEOUT | VFS_NAME_COVERS)

/* How many names of an inode have not been met. */
typedef struct tally {
    uint64_t number;
    uint32_t links;
} tally;

/* What malloc(3) and the map's nodes add to an item. */
#define ITEM_COST 96u
/* An inode, and what checking its table takes. */
#define INODE_COST (sizeof(vfs_inode) + ITEM_COST + sizeof(tally) + sizeof(tally *))
/* The least that an inode takes in a file. */
#define INODE_BYTES 66u

static bool is_component(bj_span name)
{
    return name.size > 0 && name.size <= VFS_NAME_MAX && !bj_span_is(name, ".") &&
           !bj_span_is(name, "..") && !memchr(name.data, '/', name.size) &&
           !memchr(name.data, 0, name.size);
}

/* "" or components and single slashes. */
static bool is_origin(bj_span path)
{
    while (path.size > 0) {
        const char *slash = memchr(path.data, '/', path.size);
        const size_t size = slash ? (size_t)(slash - path.data) : path.size;
        if (!is_component((bj_span){path.data, size}) || (slash && size + 1 == path.size))
            return false;
        path.data += size + (slash != NULL);
        path.size -= size + (slash != NULL);
    }
    return true;
}

static bool read_origin(vfs_inode *inode, bj_source *source)
{
    size_t size;
    if (bj_get_number(source, 1) == 0)
        return true;
    bj_autofree char *path = bj_get_text(source, VFS_PATH_MAX, &size);
    if (!path || !is_origin((bj_span){path, size}) || !bj_source_take(source, size + ITEM_COST))
        return false;
    inode->origin = vfs_origin_new(NULL, (bj_span){path, size});
    return inode->origin != NULL;
}

static bool read_name(vfs_directory *directory, bj_source *source, bool overlay)
{
    const uint64_t key = bj_get_number(source, 8), id = bj_get_number(source, 8);
    const uint32_t type = (uint32_t)bj_get_number(source, 1),
                   flags = (uint32_t)bj_get_number(source, 1);
    size_t size;
    bj_autofree char *bytes = bj_get_text(source, VFS_NAME_MAX, &size);
    return bytes && is_component((bj_span){bytes, size}) &&
           (flags & ~(overlay ? NAME_FLAGS : 0u)) == 0 &&
           bj_source_take(source, sizeof(vfs_name) + size + ITEM_COST) &&
           vfs_directory_restore(directory, key, (bj_span){bytes, size}, id, type, flags) == VFS_OK;
}

static bool read_names(vfs_directory *directory, bj_source *source, bool overlay)
{
    for (uint64_t left = bj_get_number(source, 4); left > 0; left--)
        if (!read_name(directory, source, overlay))
            return false;
    return true;
}

/* The first chunk of a file has room for what it holds, in powers of two; all others are whole. */
static uint64_t chunk_cost(uint64_t number, size_t size)
{
    return sizeof(vfs_chunk) + ITEM_COST + (number == 0 ? 2 * (uint64_t)size : VFS_CHUNK_BYTES);
}

/* Each chunk is there once, and
 * holds all that the file has there, as it does when it is saved; but for the first, which may have been small when the file grew. */
static bool read_chunk(vfs_content *content, vfs_quota *quota, bj_source *source, uint64_t base)
{
    const uint64_t number = bj_get_number(source, 8);
    if (number > INT64_MAX / VFS_CHUNK_BYTES || vfs_content_has_chunk(content, number))
        return false;
    const uint64_t begin = number * VFS_CHUNK_BYTES;
    const uint64_t left = content->size > begin ? content->size - begin : 0;
    const size_t whole = left < VFS_CHUNK_BYTES ? (size_t)left : VFS_CHUNK_BYTES;
    size_t size;
    bj_autofree char *bytes = bj_get_text(source, whole, &size);
    if (!bytes || size == 0 || (number > 0 && size != whole) ||
        !bj_source_take(source, chunk_cost(number, size)))
        return false;
    if (vfs_content_restore(content, quota, number, bytes, size) != VFS_OK) {
        bj_source_end_memory(source);
        return false;
    }
    if (begin < base)
        content->covered += base - begin < VFS_CHUNK_BYTES ? base - begin : VFS_CHUNK_BYTES;
    return true;
}

static bool read_content(vfs_inode *inode, vfs_quota *quota, bj_source *source)
{
    vfs_content *content = &inode->content;
    content->size = bj_get_number(source, 8);
    const uint64_t base = bj_get_number(source, 8);
    if (content->size > INT64_MAX || base > content->size || (base > 0 && !inode->origin) ||
        (inode->type == VFS_SYMLINK && content->size > VFS_PATH_MAX))
        return false;
    while (bj_get_number(source, 1) == 1)
        if (!read_chunk(content, quota, source, base))
            return false;
    content->base = base;
    return content->covered <= base && !source->failed;
}

static bool read_inode(vfs_inodes *inodes, bj_source *source, bool overlay)
{
    const uint64_t number = bj_get_number(source, 8);
    const uint32_t type = (uint32_t)bj_get_number(source, 1);
    if (source->failed || number >= inodes->next ||
        (type != VFS_DIRECTORY && type != VFS_REGULAR_FILE && type != VFS_SYMLINK))
        return false;
    vfs_inode *inode =
        bj_source_take(source, INODE_COST) ? vfs_inodes_restore(inodes, number, type) : NULL;
    if (!inode)
        return false;
    inode->links = (uint32_t)bj_get_number(source, 4);
    inode->parent = bj_get_number(source, 8);
    inode->name = bj_get_number(source, 8);
    inode->inode = bj_get_number(source, 8);
    inode->accessed_ns = bj_get_number(source, 8);
    inode->modified_ns = bj_get_number(source, 8);
    inode->changed_ns = bj_get_number(source, 8);
    if (!read_origin(inode, source) || (inode->origin && !overlay))
        return false;
    return type == VFS_DIRECTORY ? read_names(&inode->directory, source, overlay)
                                 : read_content(inode, &inodes->quota, source);
}

/* ---------------------------------------------------------------- reading it all */

typedef struct checking {
    const vfs_inodes *inodes;
    tally *tallies; /* of all inodes, by number */
    size_t count;
    uint64_t *stack; /* directories that are still to be looked at */
    size_t depth;
} checking;

static int by_number(const void *a, const void *b)
{
    const uint64_t x = ((const tally *)a)->number, y = ((const tally *)b)->number;
    return (x > y) - (x < y);
}

static void count_links(checking *c)
{
    for (const vfs_item *item = vfs_map_from(&c->inodes->map, 0); item;
         item = vfs_map_after(&c->inodes->map, item->key))
        c->tallies[c->count++] = (tally){item->key, ((const vfs_inode *)item)->links};
    qsort(c->tallies, c->count, sizeof *c->tallies, by_number);
}

/* A name must lead to what it says. */
static bool check_name(checking *c, uint64_t directory, const vfs_name *name)
{
    if (name->flags & VFS_NAME_WHITEOUT)
        return true;
    tally *found = bsearch(&(tally){name->id, 0}, c->tallies, c->count, sizeof *found, by_number);
    if (name->id == 0 || !found || found->links == 0)
        return false;
    const vfs_inode *inode = vfs_inodes_get(c->inodes, name->id);
    if (inode->type != name->type)
        return false;
    found->links--;
    if (inode->type != VFS_DIRECTORY)
        return true;
    /* It has no other name, so that it comes here once. */
    if (found->links != 0 || inode->parent != directory || inode->name != name->item.key)
        return false;
    c->stack[c->depth++] = name->id;
    return true;
}

static bool check_directories(checking *c)
{
    while (c->depth > 0) {
        const uint64_t number = c->stack[--c->depth];
        const vfs_directory *names = &vfs_inodes_get(c->inodes, number)->directory;
        for (const vfs_name *name = vfs_directory_after(names, 0); name;
             name = vfs_directory_after(names, vfs_directory_cookie(name)))
            if (!check_name(c, number, name))
                return false;
    }
    return true;
}

static bool holds_no_names(const vfs_directory *directory)
{
    for (const vfs_name *name = vfs_directory_after(directory, 0); name;
         name = vfs_directory_after(directory, vfs_directory_cookie(name)))
        if (!(name->flags & VFS_NAME_WHITEOUT))
            return false;
    return true;
}

/* Whether every name was met as often as there are links, and what was removed is empty. */
static bool check_links(const checking *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const vfs_inode *inode = vfs_inodes_get(c->inodes, c->tallies[i].number);
        if (inode->item.key != 0 && c->tallies[i].links != 0)
            return false;
        if (inode->type == VFS_DIRECTORY && inode->links == 0 && !holds_no_names(&inode->directory))
            return false;
    }
    return true;
}

static bool fits_together(const vfs_inodes *inodes, uint64_t count, bj_source *source)
{
    const vfs_inode *root = vfs_inodes_get(inodes, 0);
    if (!root || root->type != VFS_DIRECTORY || root->links != 1)
        return false;
    bj_autofree uint64_t *stack = calloc(count + 1, sizeof *stack);
    bj_autofree tally *tallies = calloc(count + 1, sizeof *tallies);
    if (!stack || !tallies) {
        bj_source_end_memory(source);
        return false;
    }
    checking c = {.inodes = inodes, .tallies = tallies, .stack = stack, .depth = 1};
    count_links(&c);
    return check_directories(&c) && check_links(&c);
}

/* Where an inode's name was is for showing paths; of what was removed, or of a file whose latest name is gone, it
 * may have gone too. The root takes its place. */
static bool settle_parents(vfs_inodes *inodes)
{
    for (const vfs_item *item = vfs_map_from(&inodes->map, 0); item;
         item = vfs_map_after(&inodes->map, item->key)) {
        const uint64_t number = item->key;
        const vfs_inode *inode = (const vfs_inode *)item;
        const vfs_inode *parent = vfs_inodes_get(inodes, inode->parent);
        if (inode->links > 0 && parent && parent->type == VFS_DIRECTORY)
            continue;
        vfs_inode *ours = vfs_inodes_edit(inodes, number);
        if (!ours)
            return false;
        ours->parent = 0;
        item = &ours->item;
    }
    return true;
}

/* What an inode and the names in it are charged, as inodes.h has it. */
static bool charge(vfs_inodes *inodes, const vfs_inode *inode)
{
    uint64_t bytes = 0;
    if (inode->type != VFS_DIRECTORY)
        bytes = vfs_content_charge(&inode->content);
    else
        for (const vfs_name *name = vfs_directory_after(&inode->directory, 0); name;
             name = vfs_directory_after(&inode->directory, vfs_directory_cookie(name)))
            bytes += VFS_NAME_COST + name->size;
    if (inode->item.key == 0)
        return vfs_quota_take_bytes(&inodes->quota, bytes);
    return vfs_quota_take_file(&inodes->quota, bytes + VFS_NODE_COST);
}

static bool charge_all(vfs_inodes *inodes)
{
    for (const vfs_item *item = vfs_map_from(&inodes->map, 0); item;
         item = vfs_map_after(&inodes->map, item->key))
        if (!charge(inodes, (const vfs_inode *)item))
            return false;
    return true;
}

bool vfs_inodes_read(vfs_inodes *inodes, policy_budget *budget, uint64_t own_bytes,
                     bj_source *source, bool overlay)
{
    *inodes = (vfs_inodes){.quota = {.budget = budget, .own_bytes = own_bytes}};
    vfs_holds_init(&inodes->holds);
    inodes->next = bj_get_number(source, 8);
    const uint64_t count = bj_get_number(source, 8);
    bool right = inodes->next < (uint64_t)1 << 56 && count <= inodes->next &&
                 count <= source->left / INODE_BYTES;
    for (uint64_t left = count; left > 0 && right; left--)
        right = read_inode(inodes, source, overlay);
    if (!right || source->failed || !settle_parents(inodes) || !charge_all(inodes) ||
        !fits_together(inodes, count, source))
        bj_source_refuse(source);
    return !source->failed;
}
