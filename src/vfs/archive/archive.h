/*
 * archive.h: a zip file, opened once and shared by every tree that mounts it.
 *
 * An archive is immutable after vfs_archive_open: any thread may mount and read it. Only its cache of
 * inflated entries changes, under a lock of its own, and is bounded (64 MiB).
 */
#ifndef BJ_VFS_ARCHIVE_H
#define BJ_VFS_ARCHIVE_H

#include "base/attributes.h"
#include "belljar.h"
#include "vfs/node/node.h"

typedef struct vfs_archive vfs_archive;

/* Reads the central directory of the zip file `host_path`. Refused, with a message that says why:
 * zip64, encryption, compression other than deflate, entries that overlap, entries of more than 64 MiB,
 * more than 65,535 entries, names with "..", ".", empty components, NUL or bad UTF-8, absolute names,
 * the same name twice, anything that is cut off. NULL: BJ_ERROR_IO, BJ_ERROR_UNSUPPORTED,
 * BJ_ERROR_ARGUMENT (not a sound zip file), BJ_ERROR_MEMORY. One reference, the caller's. */
vfs_archive *vfs_archive_open(const char *host_path, bj_error *err) BJ_CHECK_RESULT;

/* From any thread; frees with the last reference. NULL does nothing. */
void vfs_archive_release(vfs_archive *archive);

/* The archive as a layer, with its root as node 0, a directory that is not held yet. Takes a reference of its own. NULL: out of
 * memory. */
vfs_layer *vfs_archive_layer_new(vfs_archive *archive) BJ_CHECK_RESULT;

#endif
