/*
 * zip.h: the central directory of a zip file, checked.
 *
 * Source: APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3.7 (local header), 4.3.12 (central directory),
 * 4.3.16 (its end).
 */
#ifndef BJ_VFS_ZIP_H
#define BJ_VFS_ZIP_H

#include "base/span.h"
#include "vfs/archive/file.h"
#include "vfs/node/errno.h"

#define VFS_ZIP_ENTRY_MAX ((uint64_t)64 << 20) /* bytes of one entry, packed or not */
#define VFS_ZIP_STORED    0u
#define VFS_ZIP_DEFLATED  8u

typedef struct vfs_zip_entry {
    bj_span name; /* into `bytes`; a checked path, a directory without its trailing slash */
    bool directory;
    uint16_t method;
    uint32_t crc;
    uint32_t packed; /* bytes in the file */
    uint32_t size;   /* bytes of content, as the entry says */
    uint64_t header; /* offset of the local header */
    uint64_t limit;  /* offset that its data does not reach beyond: the next header */
    uint64_t modified_ns;
} vfs_zip_entry;

typedef struct vfs_zip {
    uint8_t *bytes; /* the central directory as it lies in the file */
    vfs_zip_entry *entries;
    uint32_t count;
} vfs_zip;

/* Reads and checks the central directory; `path` is for messages. 0, or -1 and *err: nothing to clear
 * then. Not checked here: that names are unique, and the data itself. */
int vfs_zip_read(vfs_zip *zip, const vfs_host_file *file, const char *path,
                 bj_error *err) BJ_CHECK_RESULT;
void vfs_zip_clear(vfs_zip *zip);

/* Where the data of an entry begins, from its local header, which must agree with the central
 * directory. EIO if it does not. */
vfs_errno vfs_zip_locate(const vfs_zip_entry *entry, const vfs_host_file *file,
                         uint64_t *offset) BJ_CHECK_RESULT;

/* The content of a deflated entry at `offset` into `bytes`, which has room for entry->size. EIO if the
 * stream is damaged, has another length or another checksum than the entry says; ENOMEM. */
vfs_errno vfs_zip_inflate(const vfs_zip_entry *entry, const vfs_host_file *file, uint64_t offset,
                          uint8_t *bytes) BJ_CHECK_RESULT;

/* Whether a stored entry at `offset` has the checksum that it says. EIO, ENOMEM. */
vfs_errno vfs_zip_verify(const vfs_zip_entry *entry, const vfs_host_file *file,
                         uint64_t offset) BJ_CHECK_RESULT;

#endif
