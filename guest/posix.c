/*
 * posix.c: where wasi-libc does less than Linux, or something else. Compiled into every guest; the linker has it stand
 * between the program and the C library (GUEST_POSIX_FLAGS in toolchain.sh).
 *
 *   An empty path     is ENOENT, as POSIX has it. wasi-libc takes it for the working directory, so that
 *                     rmtree("") empties that.
 *   "." and "./"      can neither be removed (EINVAL) nor renamed (EBUSY); wasi-libc has the host see another name.
 *   chdir             to a link: the working directory is what it leads to, not a path with the link in it.
 *   linkat            without a directory's descriptor works too.
 *   open              with neither of O_RDONLY, O_WRONLY and O_RDWR reads, as their being 0, 1 and 2 has it on Linux.
 *   dup, dup2, dup3   are not there: preview 1 has no such call. Our host has one.
 *   stat and its kin  tell permissions, which preview 1 does not know: those that new files and directories usually have. With
 *                     none at all, archives of them are of files that nobody can read.
 *   ftruncate         of what is not open for writing is EINVAL; wasi-libc hands on ENOTCAPABLE, which no program knows.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>
#include <wasi/libc-find-relpath.h>

#include "belljar_guest.h"
#include "posix.h"

/* ---- Empty paths: wasi-libc finds the directory that a path starts from in one of these two. ---- */

int __real___wasilibc_find_relpath(const char *path, const char **prefix, char **relative,
                                   size_t size);
int __wrap___wasilibc_find_relpath(const char *path, const char **prefix, char **relative,
                                   size_t size);
int __real___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative,
                                         size_t *size, int can_grow);
int __wrap___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative,
                                         size_t *size, int can_grow);

static int is_empty(const char *path)
{
    if (*path)
        return 0;
    errno = ENOENT;
    return 1;
}

int __wrap___wasilibc_find_relpath(const char *path, const char **prefix, char **relative,
                                   size_t size)
{
    return is_empty(path) ? -1 : __real___wasilibc_find_relpath(path, prefix, relative, size);
}

int __wrap___wasilibc_find_relpath_alloc(const char *path, const char **prefix, char **relative,
                                         size_t *size, int can_grow)
{
    return is_empty(path)
               ? -1
               : __real___wasilibc_find_relpath_alloc(path, prefix, relative, size, can_grow);
}

/* ---- Other paths ---- */

int __real_chdir(const char *path);
int __wrap_chdir(const char *path);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);

/* Whether the path names an entry of the working directory, which has no links in it, and the entry is none either.
 * Asked first, for realpath asks about every part of a path: a program that goes down by one directory at a time would
 * pay for each as for all above it. */
static bool is_plain_entry(const char *path)
{
    char directory[PATH_MAX], link;
    size_t size;

    if (!getcwd(directory, sizeof directory))
        return false;
    size = strlen(directory);
    if (strncmp(path, directory, size) == 0 && path[size] == '/')
        path += size + 1;
    return path[0] != '.' && path[0] != '\0' && !strchr(path, '/') &&
           readlink(path, &link, 1) < 0 && errno == EINVAL;
}

/* What cannot be resolved is left to chdir to tell. */
int __wrap_chdir(const char *path)
{
    char resolved[PATH_MAX];

    if (is_empty(path))
        return -1;
    if (is_plain_entry(path))
        return __real_chdir(path);
    return __real_chdir(realpath(path, resolved) ? resolved : path);
}

static int is_dot(const char *path)
{
    return strcmp(path, ".") == 0 || strcmp(path, "./") == 0;
}

int __real___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags);
int __wrap___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags);

/* What all ways to open end in. */
int __wrap___wasilibc_nocwd_openat_nomode(int fd, const char *path, int flags)
{
    if ((flags & (O_RDONLY | O_WRONLY | O_EXEC | O_SEARCH)) == 0)
        flags |= O_RDONLY;
    return __real___wasilibc_nocwd_openat_nomode(fd, path, flags);
}

int __wrap_rmdir(const char *path)
{
    if (!is_dot(path))
        return __real_rmdir(path);
    errno = EINVAL;
    return -1;
}

int __wrap_rename(const char *from, const char *to)
{
    if (!is_dot(from) && !is_dot(to))
        return __real_rename(from, to);
    errno = EBUSY;
    return -1;
}

int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    if (from_fd == AT_FDCWD && to_fd == AT_FDCWD && flags == 0)
        return link(from, to);
    return __real_linkat(from_fd, from, to_fd, to, flags);
}

/* ---- Duplicates ---- */

__attribute__((import_module(BELLJAR_IMPORT_MODULE), import_name(BELLJAR_IMPORT_FD_DUP))) int32_t
host_fd_dup(int32_t fd, uint32_t to, uint32_t *made);

static int duplicate(int fd, uint32_t to)
{
    uint32_t made = 0;
    int error = host_fd_dup(fd, to, &made);

    if (error == 0)
        return (int)made;
    errno = error;
    return -1;
}

int dup(int fd)
{
    return duplicate(fd, BELLJAR_FD_LOWEST);
}

int dup2(int fd, int to)
{
    if (to >= 0)
        return duplicate(fd, (uint32_t)to);
    errno = EBADF;
    return -1;
}

int dup3(int fd, int to, int flags)
{
    if (fd != to && (flags & ~O_CLOEXEC) == 0)
        return dup2(fd, to);
    errno = EINVAL;
    return -1;
}

/* ---- Permissions ---- */

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __real___wasilibc_nocwd_fstatat(int fd, const char *path, struct stat *status, int flags);
int __wrap___wasilibc_nocwd_fstatat(int fd, const char *path, struct stat *status, int flags);

static int with_permissions(int result, struct stat *status)
{
    if (result == 0 && S_ISDIR(status->st_mode))
        status->st_mode |= 0755;
    else if (result == 0 && S_ISLNK(status->st_mode))
        status->st_mode |= 0777;
    else if (result == 0)
        status->st_mode |= S_ISREG(status->st_mode) ? 0644 : 0666;
    return result;
}

int __wrap_fstat(int fd, struct stat *status)
{
    return with_permissions(__real_fstat(fd, status), status);
}

/* What all ways to ask by name end in. */
int __wrap___wasilibc_nocwd_fstatat(int fd, const char *path, struct stat *status, int flags)
{
    return with_permissions(__real___wasilibc_nocwd_fstatat(fd, path, status, flags), status);
}

/* ---- Errors ---- */

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);

int __wrap_ftruncate(int fd, off_t size)
{
    int status = __real_ftruncate(fd, size);

    if (status < 0 && errno == ENOTCAPABLE)
        errno = EINVAL;
    return status;
}
