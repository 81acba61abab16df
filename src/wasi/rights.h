/*
 * rights.h: what a descriptor may be used for. Source: preview 1, typenames.witx, `rights`; the bits
 * are in its order.
 */
#ifndef BJ_WASI_RIGHTS_H
#define BJ_WASI_RIGHTS_H

#include <stdint.h>

/* clang-format off */
#define WASI_RIGHTS(X) \
    X(FD_DATASYNC) X(FD_READ) X(FD_SEEK) X(FD_FDSTAT_SET_FLAGS) X(FD_SYNC) X(FD_TELL) X(FD_WRITE) \
    X(FD_ADVISE) X(FD_ALLOCATE) X(PATH_CREATE_DIRECTORY) X(PATH_CREATE_FILE) X(PATH_LINK_SOURCE) \
    X(PATH_LINK_TARGET) X(PATH_OPEN) X(FD_READDIR) X(PATH_READLINK) X(PATH_RENAME_SOURCE) \
    X(PATH_RENAME_TARGET) X(PATH_FILESTAT_GET) X(PATH_FILESTAT_SET_SIZE) X(PATH_FILESTAT_SET_TIMES) \
    X(FD_FILESTAT_GET) X(FD_FILESTAT_SET_SIZE) X(FD_FILESTAT_SET_TIMES) X(PATH_SYMLINK) \
    X(PATH_REMOVE_DIRECTORY) X(PATH_UNLINK_FILE) X(POLL_FD_READWRITE) X(SOCK_SHUTDOWN) X(SOCK_ACCEPT)
/* clang-format on */

enum {
#define WASI_RIGHT_BIT(name) WASI_RIGHT_BIT_##name,
    WASI_RIGHTS(WASI_RIGHT_BIT)
#undef WASI_RIGHT_BIT
};

#define WASI_R(name) ((uint64_t)1 << WASI_RIGHT_BIT_##name)

/* What can be done with an open file. */
#define WASI_RIGHTS_FILE                                                                           \
    (WASI_R(FD_DATASYNC) | WASI_R(FD_READ) | WASI_R(FD_SEEK) | WASI_R(FD_FDSTAT_SET_FLAGS) |       \
     WASI_R(FD_SYNC) | WASI_R(FD_TELL) | WASI_R(FD_WRITE) | WASI_R(FD_ADVISE) |                    \
     WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_GET) | WASI_R(FD_FILESTAT_SET_SIZE) |                \
     WASI_R(FD_FILESTAT_SET_TIMES) | WASI_R(POLL_FD_READWRITE))

/* What can be done with an open directory. */
#define WASI_RIGHTS_DIRECTORY                                                                      \
    (WASI_R(FD_FDSTAT_SET_FLAGS) | WASI_R(FD_SYNC) | WASI_R(FD_DATASYNC) | WASI_R(FD_ADVISE) |     \
     WASI_R(PATH_CREATE_DIRECTORY) | WASI_R(PATH_CREATE_FILE) | WASI_R(PATH_LINK_SOURCE) |         \
     WASI_R(PATH_LINK_TARGET) | WASI_R(PATH_OPEN) | WASI_R(FD_READDIR) | WASI_R(PATH_READLINK) |   \
     WASI_R(PATH_RENAME_SOURCE) | WASI_R(PATH_RENAME_TARGET) | WASI_R(PATH_FILESTAT_GET) |         \
     WASI_R(PATH_FILESTAT_SET_SIZE) | WASI_R(PATH_FILESTAT_SET_TIMES) | WASI_R(FD_FILESTAT_GET) |  \
     WASI_R(FD_FILESTAT_SET_TIMES) | WASI_R(PATH_SYMLINK) | WASI_R(PATH_REMOVE_DIRECTORY) |        \
     WASI_R(PATH_UNLINK_FILE) | WASI_R(POLL_FD_READWRITE))

/* What a read-only mount leaves out of both. */
#define WASI_RIGHTS_CHANGING                                                                       \
    (WASI_R(FD_DATASYNC) | WASI_R(FD_WRITE) | WASI_R(FD_ALLOCATE) | WASI_R(FD_FILESTAT_SET_SIZE) | \
     WASI_R(FD_FILESTAT_SET_TIMES) | WASI_R(PATH_CREATE_DIRECTORY) | WASI_R(PATH_CREATE_FILE) |    \
     WASI_R(PATH_LINK_SOURCE) | WASI_R(PATH_LINK_TARGET) | WASI_R(PATH_RENAME_SOURCE) |            \
     WASI_R(PATH_RENAME_TARGET) | WASI_R(PATH_FILESTAT_SET_SIZE) |                                 \
     WASI_R(PATH_FILESTAT_SET_TIMES) | WASI_R(PATH_SYMLINK) | WASI_R(PATH_REMOVE_DIRECTORY) |      \
     WASI_R(PATH_UNLINK_FILE))

#define WASI_RIGHTS_STDIN                                                                          \
    (WASI_R(FD_READ) | WASI_R(FD_FILESTAT_GET) | WASI_R(POLL_FD_READWRITE) |                       \
     WASI_R(FD_FDSTAT_SET_FLAGS))
#define WASI_RIGHTS_STDOUT                                                                         \
    (WASI_R(FD_WRITE) | WASI_R(FD_FILESTAT_GET) | WASI_R(POLL_FD_READWRITE) |                      \
     WASI_R(FD_FDSTAT_SET_FLAGS) | WASI_R(FD_DATASYNC) | WASI_R(FD_SYNC))

#endif
