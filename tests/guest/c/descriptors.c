/*
 * descriptors.c: fd_close, fd_renumber, fd_fdstat_get, fd_fdstat_set_flags, fd_fdstat_set_rights, fd_prestat_get,
 * fd_prestat_dir_name: by preview 1's own names, since C's library has no others for most.
 */
#include "check.h"

static void rights_can_be_given_up(int dir)
{
    __wasi_fdstat_t stat;
    int fd = openat(dir, "seed", O_RDWR);
    CHECK(fd >= 0 && __wasi_fd_fdstat_get(fd, &stat) == 0);
    CHECK(stat.fs_filetype == __WASI_FILETYPE_REGULAR_FILE);
    CHECK(stat.fs_rights_base & __WASI_RIGHTS_FD_WRITE);
    CHECK(__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK, 0) == 0);
    CHECK(write(fd, "x", 1) < 0);
    CHECK(__wasi_fd_fdstat_set_rights(fd, stat.fs_rights_base, 0) == __WASI_ERRNO_NOTCAPABLE);
    char byte;
    CHECK(read(fd, &byte, 1) == 1 && close(fd) == 0);
}

static void rights_are_handed_down(int dir)
{
    __wasi_fdstat_t stat;
    __wasi_fd_t fd;
    int folder = openat(dir, "folder", O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0 && __wasi_fd_fdstat_get(folder, &stat) == 0);
    const __wasi_rights_t read_only = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK;
    CHECK(__wasi_fd_fdstat_set_rights(folder, stat.fs_rights_base, read_only) == 0);
    CHECK(__wasi_path_open(folder, 0, "inner", 0, __WASI_RIGHTS_FD_WRITE, 0, 0, &fd) ==
          __WASI_ERRNO_NOTCAPABLE);
    CHECK(__wasi_path_open(folder, 0, "inner", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd) == 0);
    CHECK(close((int)fd) == 0 && close(folder) == 0);
}

static void flags_can_be_set(int dir)
{
    __wasi_fdstat_t stat;
    put(dir, "flags", "one");
    int fd = openat(dir, "flags", O_WRONLY);
    CHECK(fd >= 0 && __wasi_fd_fdstat_set_flags(fd, __WASI_FDFLAGS_APPEND) == 0);
    CHECK(__wasi_fd_fdstat_get(fd, &stat) == 0 && stat.fs_flags == __WASI_FDFLAGS_APPEND);
    CHECK(write(fd, "two", 3) == 3 && close(fd) == 0 && holds(dir, "flags", "onetwo"));
    CHECK(__wasi_fd_fdstat_set_flags(99, 0) == __WASI_ERRNO_BADF);
}

static void numbers_can_be_changed(int dir)
{
    char byte;
    int a = openat(dir, "seed", O_RDONLY), b = openat(dir, "folder/inner", O_RDONLY);
    CHECK(a >= 0 && b >= 0 && __wasi_fd_renumber(a, b) == 0);
    CHECK(read(b, &byte, 1) == 1 && byte == 's');
    FAILS(read(a, &byte, 1), EBADF);
    CHECK(__wasi_fd_renumber(99, b) == __WASI_ERRNO_BADF);
    CHECK(__wasi_fd_renumber(b, 99) == __WASI_ERRNO_BADF);
    CHECK(close(b) == 0 && openat(dir, "seed", O_RDONLY) == a); /* the lowest free number */
    CHECK(close(a) == 0);
}

static void preopens_have_names(void)
{
    __wasi_prestat_t stat;
    char name[64];
    __wasi_fd_t fd = 3;
    int found = 0;
    for (; __wasi_fd_prestat_get(fd, &stat) == 0; fd++) {
        CHECK(stat.u.dir.pr_name_len < sizeof name);
        CHECK(__wasi_fd_prestat_dir_name(fd, (uint8_t *)name, stat.u.dir.pr_name_len) == 0);
        found += stat.u.dir.pr_name_len == 5 && memcmp(name, "/data", 5) == 0;
        CHECK(__wasi_fd_prestat_dir_name(fd, (uint8_t *)name, 0) == __WASI_ERRNO_NAMETOOLONG);
    }
    CHECK(found == 1 && __wasi_fd_prestat_get(0, &stat) == __WASI_ERRNO_BADF);
}

static void sockets_are_refused(int dir)
{
    __wasi_fd_t fd;
    int file = openat(dir, "seed", O_RDWR);
    CHECK(__wasi_sock_accept(file, 0, &fd) == __WASI_ERRNO_NOTSOCK);
    CHECK(__wasi_sock_shutdown(file, __WASI_SDFLAGS_RD) == __WASI_ERRNO_NOTSOCK);
    CHECK(__wasi_sock_shutdown(99, __WASI_SDFLAGS_RD) == __WASI_ERRNO_BADF);
    CHECK(close(file) == 0);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    rights_can_be_given_up(dir);
    rights_are_handed_down(dir);
    flags_can_be_set(dir);
    numbers_can_be_changed(dir);
    preopens_have_names();
    sockets_are_refused(dir);
    return 0;
}
