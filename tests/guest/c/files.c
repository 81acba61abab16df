/*
 * files.c: fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell, fd_allocate, fd_filestat_set_size, fd_sync,
 * fd_datasync, fd_advise, and the flags of path_open.
 */
#include "check.h"

#include <sys/uio.h>

static void flags_of_open(int dir)
{
    FAILS(openat(dir, "missing", O_RDONLY), ENOENT);
    FAILS(openat(dir, "seed", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    FAILS(openat(dir, "folder", O_WRONLY), EISDIR);
    FAILS(openat(dir, "seed", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(openat(dir, "seed/x", O_RDONLY), ENOTDIR);
    FAILS(openat(dir, "", O_RDONLY), ENOENT);
    int fd = openat(dir, "fresh", O_RDWR | O_CREAT | O_EXCL, 0644);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(holds(dir, "fresh", ""));
    fd = openat(dir, "seed", O_WRONLY | O_TRUNC);
    CHECK(fd >= 0 && close(fd) == 0 && holds(dir, "seed", ""));
    put(dir, "seed", "seeded text");
}

static void reading_and_writing(int dir)
{
    char bytes[64] = "";
    int fd = openat(dir, "seed", O_RDWR);
    CHECK(fd >= 0 && read(fd, bytes, 6) == 6 && memcmp(bytes, "seeded", 6) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 6);
    CHECK(write(fd, "-TEXT", 5) == 5 && read(fd, bytes, 8) == 0);
    CHECK(pread(fd, bytes, 20, 0) == 11 && memcmp(bytes, "seeded-TEXT", 11) == 0);
    CHECK(pwrite(fd, "S", 1, 0) == 1 && lseek(fd, 0, SEEK_CUR) == 11);
    CHECK(lseek(fd, -4, SEEK_END) == 7 && read(fd, bytes, 9) == 4 && memcmp(bytes, "TEXT", 4) == 0);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK(lseek(fd, 100, SEEK_SET) == 100 && write(fd, "end", 3) == 3);
    CHECK(pread(fd, bytes, 10, 95) == 8 && memcmp(bytes, "\0\0\0\0\0end", 8) == 0);
    struct iovec parts[3] = {{bytes, 3}, {bytes + 10, 0}, {bytes + 20, 5}};
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && readv(fd, parts, 3) == 8);
    CHECK(memcmp(bytes, "See", 3) == 0 && memcmp(bytes + 20, "ded-T", 5) == 0);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    CHECK(close(fd) == 0);
    FAILS(close(fd), EBADF);
    FAILS(read(fd, bytes, 1), EBADF);
}

static void appending(int dir)
{
    put(dir, "log", "one");
    int fd = openat(dir, "log", O_WRONLY | O_APPEND);
    CHECK(fd >= 0 && write(fd, "two", 3) == 3);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "three", 5) == 5 && close(fd) == 0);
    CHECK(holds(dir, "log", "onetwothree"));
}

static void sizes(int dir)
{
    struct stat st;
    int fd = openat(dir, "sized", O_RDWR | O_CREAT, 0644);
    CHECK(fd >= 0 && ftruncate(fd, 100000) == 0 && fstat(fd, &st) == 0 && st.st_size == 100000);
    char byte = 1;
    CHECK(pread(fd, &byte, 1, 99999) == 1 && byte == 0);
    CHECK(pwrite(fd, "x", 1, 50000) == 1 && ftruncate(fd, 50000) == 0 && ftruncate(fd, 60000) == 0);
    CHECK(pread(fd, &byte, 1, 50000) == 1 && byte == 0);
    CHECK(posix_fallocate(fd, 0, 70000) == 0 && fstat(fd, &st) == 0 && st.st_size == 70000);
    CHECK(posix_fallocate(fd, 0, 10) == 0 && fstat(fd, &st) == 0 && st.st_size == 70000);
    CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0);
    CHECK(close(fd) == 0);
    fd = openat(dir, "sized", O_RDONLY);
    CHECK(fd >= 0 && ftruncate(fd, 0) < 0 && write(fd, "x", 1) < 0 && close(fd) == 0);
}

/* Larger than any piece that a layer keeps together. */
static void large(int dir)
{
    static uint8_t bytes[300000], back[300000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 300);
    int fd = openat(dir, "large", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    for (size_t at = 0; at < sizeof bytes; at += 1000)
        CHECK(write(fd, bytes + at, 1000) == 1000);
    CHECK(pread(fd, back, sizeof back, 0) == sizeof back && memcmp(bytes, back, sizeof back) == 0);
    CHECK(close(fd) == 0 && unlinkat(dir, "large", 0) == 0);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    flags_of_open(dir);
    reading_and_writing(dir);
    appending(dir);
    sizes(dir);
    large(dir);
    return 0;
}
