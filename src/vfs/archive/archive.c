/*
 * archive.c: a zip file as a tree, read-only.
 *
 *     vfs_archive   nodes, one per file and directory; a hash table (directory, name) -> node; the
 *                   children of each directory side by side. Made at once, immutable, shared.
 *     layer         what one tree has of it: its device number and a reference.
 *
 * Stored entries are read from the file where they lie. Deflated ones are unpacked whole into a cache
 * that all share, bounded to CACHE_MAX bytes and the entries that are being read at the moment; the
 * least recently used goes first. So a guest can pin nothing, and nothing is charged to it. Checksums
 * are checked when an entry is first read (stored) or unpacked (deflated).
 *
 * Threads: the atomics and the mutex of the cache are all that changes after vfs_archive_open.
 */
#include "vfs/archive/archive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "vfs/archive/file.h"
#include "vfs/archive/zip.h"
#include "vfs/node/hash.h"

#define CACHE_MAX ((uint64_t)64 << 20)
#define NODES_MAX 262144u
#define NO_ENTRY  UINT32_MAX

typedef struct archive_node {
    const char *name;     /* into the central directory */
    uint32_t parent;      /* a node */
    uint32_t entry;       /* index of the zip entry; NO_ENTRY: a directory that names imply */
    uint32_t first_child; /* of a directory: where its children begin in `children` */
    uint32_t child_count;
    uint8_t name_size;
    uint8_t type;
    _Atomic(uint64_t) data; /* of a file: where its data begins; 0 until it was checked */
} archive_node;

/* An unpacked entry, in the list of all by last use. */
typedef struct blob {
    struct blob *newer, *older;
    uint32_t node;
    uint32_t readers;
    bool dropped; /* out of the cache; the last reader frees it */
    uint32_t size;
    uint8_t bytes[];
} blob;

struct vfs_archive {
    _Atomic(uint32_t) references;
    vfs_host_file file;
    vfs_zip zip;
    archive_node *nodes; /* [0] is the root */
    uint32_t count, capacity;
    uint32_t *children;
    uint32_t *index; /* node numbers, 0 is free */
    uint32_t index_size;
    uint64_t hash_key;

    pthread_mutex_t lock; /* for all below */
    blob **blobs;         /* by node; NULL until the first is unpacked */
    blob *newest, *oldest;
    uint64_t cached;
};

/* ---------------------------------------------------------------- building the tree */

static uint32_t hash_of(const vfs_archive *self, uint32_t parent, bj_span name)
{
    uint64_t hash = vfs_hash(self->hash_key ^ (uint64_t)parent * 0x9e3779b97f4a7c15ull, name);
    return (uint32_t)(hash ^ (hash >> 32));
}

/* The node `name` in `parent`, 0 if there is none. */
static uint32_t find_node(const vfs_archive *self, uint32_t parent, bj_span name)
{
    uint32_t mask = self->index_size - 1;
    for (uint32_t slot = hash_of(self, parent, name) & mask;; slot = (slot + 1) & mask) {
        uint32_t id = self->index[slot];
        if (id == 0)
            return 0;
        const archive_node *node = &self->nodes[id];
        if (node->parent == parent && node->name_size == name.size &&
            memcmp(node->name, name.data, name.size) == 0)
            return id;
    }
}

static void index_node(vfs_archive *self, uint32_t id)
{
    const archive_node *node = &self->nodes[id];
    uint32_t mask = self->index_size - 1;
    uint32_t slot = hash_of(self, node->parent, (bj_span){node->name, node->name_size}) & mask;
    while (self->index[slot] != 0)
        slot = (slot + 1) & mask;
    self->index[slot] = id;
}

/* Room for one node more, in an index that is at most half full. */
static int grow(vfs_archive *self)
{
    if (self->count < self->capacity)
        return 0;
    uint32_t capacity = self->capacity ? self->capacity * 2 : 64;
    while (capacity < self->zip.count + self->zip.count / 8)
        capacity *= 2;
    archive_node *nodes = realloc(self->nodes, capacity * sizeof *nodes);
    if (!nodes)
        return -1;
    self->nodes = nodes;
    uint32_t *table = calloc((size_t)capacity * 2, sizeof *table);
    if (!table)
        return -1;
    free(self->index);
    self->index = table;
    self->index_size = capacity * 2;
    self->capacity = capacity;
    for (uint32_t i = 1; i < self->count; i++)
        index_node(self, i);
    return 0;
}

static int add_node(vfs_archive *self, uint32_t parent, bj_span name, vfs_type type, uint32_t entry,
                    uint32_t *id, bj_error *err)
{
    if (self->count >= NODES_MAX)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "the archive has more than 262,144 directories");
    if (grow(self) < 0)
        return bj_fail_memory(err);
    *id = self->count++;
    self->nodes[*id] = (archive_node){.name = name.data,
                                      .parent = parent,
                                      .entry = entry,
                                      .name_size = (uint8_t)name.size,
                                      .type = (uint8_t)type};
    if (*id > 0)
        index_node(self, *id);
    return 0;
}

static int fail_twice(const vfs_zip_entry *entry, const char *path, bj_error *err)
{
    return bj_fail(err, BJ_ERROR_ARGUMENT, "%s: refused, it has '%.*s' twice", path,
                   entry->name.size < 80 ? (int)entry->name.size : 80, entry->name.data);
}

/* The last component of an entry: new, or a directory that others had implied. */
static int add_last(vfs_archive *self, uint32_t parent, bj_span name, uint32_t number,
                    const char *path, bj_error *err)
{
    const vfs_zip_entry *entry = &self->zip.entries[number];
    uint32_t id = find_node(self, parent, name);
    if (id == 0)
        return add_node(self, parent, name, entry->directory ? VFS_DIRECTORY : VFS_REGULAR_FILE,
                        number, &id, err);
    if (!entry->directory || self->nodes[id].entry != NO_ENTRY)
        return fail_twice(entry, path, err);
    self->nodes[id].entry = number;
    return 0;
}

static int add_entry(vfs_archive *self, uint32_t number, const char *path, bj_error *err)
{
    const vfs_zip_entry *entry = &self->zip.entries[number];
    uint32_t parent = 0;
    bj_span rest = entry->name;
    for (;;) {
        const char *slash = memchr(rest.data, '/', rest.size);
        if (!slash)
            return add_last(self, parent, rest, number, path, err);
        bj_span name = {rest.data, (size_t)(slash - rest.data)};
        uint32_t id = find_node(self, parent, name);
        if (id == 0 && add_node(self, parent, name, VFS_DIRECTORY, NO_ENTRY, &id, err) < 0)
            return -1;
        if (self->nodes[id].type != VFS_DIRECTORY)
            return fail_twice(entry, path, err);
        parent = id;
        rest = (bj_span){slash + 1, rest.size - name.size - 1};
    }
}

/* Puts the children of each directory side by side, in the order of the archive. */
static int list_children(vfs_archive *self, bj_error *err)
{
    self->children = malloc(self->count * sizeof *self->children);
    if (!self->children)
        return bj_fail_memory(err);
    for (uint32_t i = 1; i < self->count; i++)
        self->nodes[self->nodes[i].parent].child_count++;
    uint32_t next = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        self->nodes[i].first_child = next;
        next += self->nodes[i].child_count;
        self->nodes[i].child_count = 0;
    }
    for (uint32_t i = 1; i < self->count; i++) {
        archive_node *parent = &self->nodes[self->nodes[i].parent];
        self->children[parent->first_child + parent->child_count++] = i;
    }
    return 0;
}

static int build(vfs_archive *self, const char *path, bj_error *err)
{
    uint32_t root;
    if (vfs_host_file_open(&self->file, path, err) < 0 ||
        vfs_zip_read(&self->zip, &self->file, path, err) < 0 ||
        add_node(self, 0, (bj_span){"", 0}, VFS_DIRECTORY, NO_ENTRY, &root, err) < 0)
        return -1;
    for (uint32_t i = 0; i < self->zip.count; i++)
        if (add_entry(self, i, path, err) < 0)
            return -1;
    return list_children(self, err);
}

vfs_archive *vfs_archive_open(const char *host_path, bj_error *err)
{
    vfs_archive *self = calloc(1, sizeof *self);
    if (!self) {
        bj_fail_memory(err);
        return NULL;
    }
    self->references = 1;
    self->file.fd = -1;
    self->hash_key = vfs_hash_key();
    pthread_mutex_init(&self->lock, NULL);
    if (build(self, host_path, err) < 0) {
        vfs_archive_release(self);
        return NULL;
    }
    return self;
}

static vfs_archive *retain(vfs_archive *archive)
{
    atomic_fetch_add(&archive->references, 1);
    return archive;
}

void vfs_archive_release(vfs_archive *archive)
{
    if (!archive || atomic_fetch_sub(&archive->references, 1) > 1)
        return;
    for (blob *each = archive->newest; each;) {
        blob *older = each->older;
        free(each);
        each = older;
    }
    free(archive->blobs);
    free(archive->nodes);
    free(archive->children);
    free(archive->index);
    vfs_zip_clear(&archive->zip);
    vfs_host_file_close(&archive->file);
    pthread_mutex_destroy(&archive->lock);
    free(archive);
}

/* ---------------------------------------------------------------- the cache, all under the lock */

static void unlink_blob(vfs_archive *self, blob *each)
{
    *(each->newer ? &each->newer->older : &self->newest) = each->older;
    *(each->older ? &each->older->newer : &self->oldest) = each->newer;
    each->newer = each->older = NULL;
}

static void link_newest(vfs_archive *self, blob *each)
{
    each->older = self->newest;
    *(self->newest ? &self->newest->newer : &self->oldest) = each;
    self->newest = each;
}

static void evict(vfs_archive *self, blob *each)
{
    unlink_blob(self, each);
    self->blobs[each->node] = NULL;
    self->cached -= each->size;
    each->dropped = true;
    if (each->readers == 0)
        free(each);
}

/* Takes in `fresh`, unless another thread was faster; NULL: no memory for the table. */
static blob *insert(vfs_archive *self, blob *fresh)
{
    if (!self->blobs)
        self->blobs = calloc(self->count, sizeof(blob *));
    if (!self->blobs || self->blobs[fresh->node]) {
        blob *other = self->blobs ? self->blobs[fresh->node] : NULL;
        free(fresh);
        return other;
    }
    while (self->oldest && self->cached + fresh->size > CACHE_MAX)
        evict(self, self->oldest);
    self->blobs[fresh->node] = fresh;
    self->cached += fresh->size;
    link_newest(self, fresh);
    return fresh;
}

/* ---------------------------------------------------------------- reading */

/* Where the data of a file begins. A stored file's checksum is checked the first time. */
static vfs_errno locate(vfs_archive *self, uint32_t id, uint64_t *offset)
{
    archive_node *node = &self->nodes[id];
    *offset = atomic_load(&node->data);
    if (*offset != 0)
        return VFS_OK;
    const vfs_zip_entry *entry = &self->zip.entries[node->entry];
    vfs_errno error = vfs_zip_locate(entry, &self->file, offset);
    if (error == VFS_OK && entry->method == VFS_ZIP_STORED)
        error = vfs_zip_verify(entry, &self->file, *offset);
    if (error == VFS_OK)
        atomic_store(&node->data, *offset);
    return error;
}

static vfs_errno unpack(vfs_archive *self, uint32_t id, blob **fresh)
{
    const vfs_zip_entry *entry = &self->zip.entries[self->nodes[id].entry];
    uint64_t offset;
    vfs_errno error = locate(self, id, &offset);
    if (error != VFS_OK)
        return error;
    blob *made = malloc(sizeof *made + entry->size);
    if (!made)
        return VFS_ENOMEM;
    *made = (blob){.node = id, .size = entry->size};
    error = vfs_zip_inflate(entry, &self->file, offset, made->bytes);
    if (error != VFS_OK)
        free(made);
    else
        *fresh = made;
    return error;
}

/* The unpacked entry, kept until put_blob. */
static vfs_errno get_blob(vfs_archive *self, uint32_t id, blob **found)
{
    vfs_errno error = VFS_OK;
    pthread_mutex_lock(&self->lock);
    blob *each = self->blobs ? self->blobs[id] : NULL;
    if (!each) {
        pthread_mutex_unlock(&self->lock);
        error = unpack(self, id, &each);
        pthread_mutex_lock(&self->lock);
        if (error == VFS_OK) {
            each = insert(self, each);
            error = each ? VFS_OK : VFS_ENOMEM;
        }
    }
    if (error == VFS_OK) {
        each->readers++;
        unlink_blob(self, each);
        link_newest(self, each);
        *found = each;
    }
    pthread_mutex_unlock(&self->lock);
    return error;
}

static void put_blob(vfs_archive *self, blob *each)
{
    pthread_mutex_lock(&self->lock);
    if (--each->readers == 0 && each->dropped)
        free(each);
    pthread_mutex_unlock(&self->lock);
}

/* ---------------------------------------------------------------- the layer */

typedef struct archive_layer {
    vfs_layer layer;
    vfs_archive *archive;
} archive_layer;

static vfs_archive *archive_of(vfs_node node)
{
    return ((archive_layer *)node.layer)->archive;
}

static vfs_errno archive_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    const vfs_archive *self = archive_of(directory);
    uint32_t id = find_node(self, directory.id, name);
    if (id == 0)
        return VFS_ENOENT;
    *child = (vfs_node){directory.layer, id, self->nodes[id].type};
    return VFS_OK;
}

static vfs_errno archive_stat(vfs_node node, vfs_stat *stat)
{
    const vfs_archive *self = archive_of(node);
    uint32_t number = self->nodes[node.id].entry;
    const vfs_zip_entry *entry = number == NO_ENTRY ? NULL : &self->zip.entries[number];
    uint64_t modified = entry ? entry->modified_ns : 0;
    *stat = (vfs_stat){.device = node.layer->device,
                       .inode = (uint64_t)node.id + 1,
                       .links = 1,
                       .size = entry ? entry->size : 0,
                       .accessed_ns = modified,
                       .modified_ns = modified,
                       .changed_ns = modified,
                       .type = (vfs_type)node.type};
    return VFS_OK;
}

static vfs_errno archive_read(vfs_node node, uint64_t offset, void *bytes, size_t size,
                              size_t *moved)
{
    *moved = 0;
    if (node.type == VFS_DIRECTORY)
        return VFS_EISDIR;
    vfs_archive *self = archive_of(node);
    const vfs_zip_entry *entry = &self->zip.entries[self->nodes[node.id].entry];
    if (offset >= entry->size || size == 0)
        return VFS_OK;
    if (size > entry->size - offset)
        size = (size_t)(entry->size - offset);
    vfs_errno error;
    if (entry->method == VFS_ZIP_STORED) {
        uint64_t data;
        error = locate(self, node.id, &data);
        if (error == VFS_OK && vfs_host_file_read(&self->file, data + offset, bytes, size) < 0)
            error = VFS_EIO;
    } else {
        blob *content;
        error = get_blob(self, node.id, &content);
        if (error == VFS_OK) {
            memcpy(bytes, content->bytes + offset, size);
            put_blob(self, content);
        }
    }
    *moved = error == VFS_OK ? size : 0;
    return error;
}

static vfs_errno archive_readdir(vfs_node directory, uint64_t cookie, vfs_entry_fn emit, void *user)
{
    const vfs_archive *self = archive_of(directory);
    const archive_node *node = &self->nodes[directory.id];
    const uint64_t inode = (uint64_t)directory.id + 1, up_inode = (uint64_t)node->parent + 1;
    if (!vfs_emit_dots(&cookie, inode, up_inode, emit, user))
        return VFS_OK;
    for (uint64_t i = cookie; i < node->child_count; i++) {
        uint32_t id = self->children[node->first_child + i];
        const archive_node *child = &self->nodes[id];
        if (!emit(user, &(vfs_entry){{child->name, child->name_size},
                                     (uint64_t)id + 1,
                                     i + 3,
                                     (vfs_type)child->type}))
            break;
    }
    return VFS_OK;
}

static vfs_errno archive_readlink(vfs_node node, char *target, size_t size, size_t *length)
{
    (void)node, (void)target, (void)size, (void)length;
    return VFS_EINVAL; /* links in zip files are shown as the files that hold their text */
}

static void archive_release(vfs_layer *layer)
{
    vfs_archive_release(((archive_layer *)layer)->archive);
    free(layer);
}

static bool archive_path(vfs_node node, char *path, size_t size)
{
    const vfs_archive *self = archive_of(node);
    size_t at = size; /* written from the end to the beginning */
    if (at == 0)
        return false;
    path[--at] = 0;
    for (uint64_t id = node.id; id != 0; id = self->nodes[id].parent) {
        const archive_node *each = &self->nodes[id];
        if (each->name_size + 1u > at)
            return false;
        at -= each->name_size;
        memcpy(path + at, each->name, each->name_size);
        path[--at] = '/';
    }
    memmove(path, path + at, size - at);
    return true;
}

static vfs_errno archive_fork(const vfs_layer *layer, vfs_moment moment, policy_budget *budget,
                              vfs_layer **fork)
{
    (void)moment, (void)budget;
    *fork = vfs_archive_layer_new(((const archive_layer *)layer)->archive);
    return *fork ? VFS_OK : VFS_ENOMEM;
}

static const vfs_ops archive_ops = {
    .name = "archive",
    .lookup = archive_lookup,
    .stat = archive_stat,
    .read = archive_read,
    .readdir = archive_readdir,
    .readlink = archive_readlink,
    .fork = archive_fork,
    .path = archive_path,
    .release = archive_release,
    VFS_READ_ONLY_OPS,
};

vfs_layer *vfs_archive_layer_new(vfs_archive *archive)
{
    archive_layer *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->layer.ops = &archive_ops;
    self->layer.read_only = true;
    self->archive = retain(archive);
    return &self->layer;
}
