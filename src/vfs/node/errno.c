/*
 * errno.c: names of the guest's error numbers, and the host's errno in their terms.
 */
#include "vfs/node/errno.h"

#include <errno.h>

const char *vfs_errno_name(vfs_errno error)
{
    static const char *const names[VFS_ERRNO_COUNT] = {
        [VFS_OK] = "OK",
#define VFS_ERRNO_TEXT(name) [VFS_##name] = #name,
        VFS_ERRNOS(VFS_ERRNO_TEXT)
#undef VFS_ERRNO_TEXT
            [VFS_ENOTCAPABLE] = "ENOTCAPABLE",
    };
    return (unsigned)error < VFS_ERRNO_COUNT ? names[error] : "?";
}

vfs_errno vfs_errno_from_host(int host_errno)
{
    switch (host_errno) {
#define VFS_ERRNO_CASE(name)                                                                       \
    case name:                                                                                     \
        return VFS_##name;
        VFS_ERRNOS(VFS_ERRNO_CASE)
#undef VFS_ERRNO_CASE
    case 0:
        return VFS_OK;
    default:
        return VFS_EIO;
    }
}

int vfs_errno_to_host(vfs_errno error)
{
    switch (error) {
#define VFS_ERRNO_CASE(name)                                                                       \
    case VFS_##name:                                                                               \
        return name;
        VFS_ERRNOS(VFS_ERRNO_CASE)
#undef VFS_ERRNO_CASE
    case VFS_OK:
        return 0;
    case VFS_ENOTCAPABLE:
        return EACCES;
    case VFS_ERRNO_COUNT:
        break;
    }
    return EIO;
}
