/*
 * text.h: what the text of a path may be, wherever it comes from: the guest, a directory of the host, an archive, a snapshot.
 */
#ifndef BJ_VFS_TEXT_H
#define BJ_VFS_TEXT_H

#include "base/attributes.h"
#include "base/span.h"
#include "vfs/node/errno.h"

/* ENOENT (empty), ENAMETOOLONG, EILSEQ (not UTF-8), EINVAL (contains NUL). */
vfs_errno vfs_path_check(bj_span path) BJ_CHECK_RESULT;

#endif
