/*
 * attributes.c: fd_filestat_get, fd_filestat_set_times, path_filestat_get, path_filestat_set_times.
 */
#include "check.h"

#include <time.h>

static void kinds_and_sizes(int dir)
{
    struct stat st, again;
    CHECK(fstatat(dir, "seed", &st, 0) == 0 && S_ISREG(st.st_mode) && st.st_size == 11);
    CHECK(fstatat(dir, "folder", &st, 0) == 0 && S_ISDIR(st.st_mode));
    CHECK(fstatat(dir, "folder/", &st, 0) == 0);
    FAILS(fstatat(dir, "seed/", &st, 0), ENOTDIR);
    FAILS(fstatat(dir, "missing", &st, 0), ENOENT);
    int fd = openat(dir, "seed", O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &st) == 0 && fstatat(dir, "seed", &again, 0) == 0);
    CHECK(st.st_ino == again.st_ino && st.st_dev == again.st_dev && close(fd) == 0);
    CHECK(fstatat(dir, "folder/inner", &again, 0) == 0 && st.st_ino != again.st_ino);
}

/* A file that is changed, moved or looked at anew is still the same file. */
static void a_file_keeps_its_number(int dir)
{
    struct stat before, after;
    CHECK(fstatat(dir, "seed", &before, 0) == 0);
    int fd = openat(dir, "seed", O_RDWR);
    CHECK(fd >= 0 && write(fd, "S", 1) == 1 && close(fd) == 0);
    CHECK(fstatat(dir, "seed", &after, 0) == 0 && after.st_ino == before.st_ino);
    CHECK(renameat(dir, "seed", dir, "elsewhere") == 0);
    CHECK(fstatat(dir, "elsewhere", &after, 0) == 0 && after.st_ino == before.st_ino);
    CHECK(renameat(dir, "elsewhere", dir, "seed") == 0);
}

static void times(int dir)
{
    struct stat st;
    const struct timespec both[2] = {{1000000000, 5}, {1234567890, 123456789}};
    CHECK(utimensat(dir, "seed", both, 0) == 0 && fstatat(dir, "seed", &st, 0) == 0);
    CHECK(st.st_atim.tv_sec == 1000000000);
    CHECK(st.st_mtim.tv_sec == 1234567890 && st.st_mtim.tv_nsec == 123456789);
    const struct timespec one[2] = {{0, UTIME_OMIT}, {1500000000, 0}};
    int fd = openat(dir, "seed", O_RDWR);
    CHECK(fd >= 0 && futimens(fd, one) == 0 && fstat(fd, &st) == 0);
    CHECK(st.st_atim.tv_sec == 1000000000 && st.st_mtim.tv_sec == 1500000000);
    CHECK(write(fd, "x", 1) == 1 && fstat(fd, &st) == 0 && st.st_mtim.tv_sec > 1500000000);
    CHECK(close(fd) == 0);
    CHECK(utimensat(dir, "folder", both, 0) == 0 && fstatat(dir, "folder", &st, 0) == 0);
    CHECK(st.st_mtim.tv_sec == 1234567890);
    put(dir, "folder/new", "");
    CHECK(fstatat(dir, "folder", &st, 0) == 0 && st.st_mtim.tv_sec > 1234567890);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    kinds_and_sizes(dir);
    a_file_keeps_its_number(dir);
    times(dir);
    return 0;
}
