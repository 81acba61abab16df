/*
 * errno.h: the error numbers that the guest sees, and their names.
 *
 * Source: WASI preview 1, typenames.witx, `errno`; the order there is the number.
 */
#ifndef BJ_VFS_ERRNO_H
#define BJ_VFS_ERRNO_H

/* clang-format off */
#define VFS_ERRNOS(X) \
    X(E2BIG) X(EACCES) X(EADDRINUSE) X(EADDRNOTAVAIL) X(EAFNOSUPPORT) X(EAGAIN) X(EALREADY) \
    X(EBADF) X(EBADMSG) X(EBUSY) X(ECANCELED) X(ECHILD) X(ECONNABORTED) X(ECONNREFUSED) \
    X(ECONNRESET) X(EDEADLK) X(EDESTADDRREQ) X(EDOM) X(EDQUOT) X(EEXIST) X(EFAULT) X(EFBIG) \
    X(EHOSTUNREACH) X(EIDRM) X(EILSEQ) X(EINPROGRESS) X(EINTR) X(EINVAL) X(EIO) X(EISCONN) \
    X(EISDIR) X(ELOOP) X(EMFILE) X(EMLINK) X(EMSGSIZE) X(EMULTIHOP) X(ENAMETOOLONG) X(ENETDOWN) \
    X(ENETRESET) X(ENETUNREACH) X(ENFILE) X(ENOBUFS) X(ENODEV) X(ENOENT) X(ENOEXEC) X(ENOLCK) \
    X(ENOLINK) X(ENOMEM) X(ENOMSG) X(ENOPROTOOPT) X(ENOSPC) X(ENOSYS) X(ENOTCONN) X(ENOTDIR) \
    X(ENOTEMPTY) X(ENOTRECOVERABLE) X(ENOTSOCK) X(ENOTSUP) X(ENOTTY) X(ENXIO) X(EOVERFLOW) \
    X(EOWNERDEAD) X(EPERM) X(EPIPE) X(EPROTO) X(EPROTONOSUPPORT) X(EPROTOTYPE) X(ERANGE) \
    X(EROFS) X(ESPIPE) X(ESRCH) X(ESTALE) X(ETIMEDOUT) X(ETXTBSY) X(EXDEV)
/* clang-format on */

/* What every function of vfs and every call of wasi returns. */
typedef enum vfs_errno {
    VFS_OK = 0,
#define VFS_ERRNO_ENUM(name) VFS_##name,
    VFS_ERRNOS(VFS_ERRNO_ENUM)
#undef VFS_ERRNO_ENUM
    /* The only one that POSIX does not know: the descriptor lacks the right, or the path leads out of
     * what was granted. */
    VFS_ENOTCAPABLE,
    VFS_ERRNO_COUNT
} vfs_errno;

/* "ENOENT"; "OK" for VFS_OK and "?" for what is no error number. Static. */
const char *vfs_errno_name(vfs_errno error);

/* The host's errno in these terms: the one place that translates. What has no counterpart is EIO. */
vfs_errno vfs_errno_from_host(int host_errno);

/* The other way, for callers of the library: ENOTCAPABLE is EACCES, as CPython has it. */
int vfs_errno_to_host(vfs_errno error);

#endif
