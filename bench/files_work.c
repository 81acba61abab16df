/*
 * files_work.c: what `bench/files` measures: calls on files, the same program natively and as a WASI module.
 *
 *     files_work DIR WRITABLE ROUNDS
 *
 * DIR holds `file` (4 KiB) and `many` (a directory of 10,000 files); where it is empty and can be written to, they are
 * made first. Prints one JSON object: nanoseconds an operation, the quickest of the rounds.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES 10000
#define OPENS   2000
#define STATS   5000
#define SMALL   2000
#define LARGE   20

static char bytes[1 << 20];
static int directory;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "files_work: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void write_file(const char *name, size_t size)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd) < 0)
        fail(name);
}

static void prepare(void)
{
    char name[32];
    struct stat st;
    if (fstatat(directory, "many", &st, 0) == 0)
        return;
    write_file("file", 4096);
    if (mkdirat(directory, "many", 0755) < 0)
        fail("many");
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(name, sizeof name, "many/file-%05d", i);
        write_file(name, 0);
    }
}

static int open_read_close(void)
{
    for (int i = 0; i < OPENS; i++) {
        int fd = openat(directory, "file", O_RDONLY);
        if (fd < 0 || read(fd, bytes, sizeof bytes) != 4096 || close(fd) < 0)
            fail("open, read, close");
    }
    return OPENS;
}

static int stat_file(void)
{
    struct stat st;
    for (int i = 0; i < STATS; i++)
        if (fstatat(directory, "many/file-00042", &st, 0) < 0)
            fail("stat");
    return STATS;
}

static int list_many(void)
{
    int fd = openat(directory, "many", O_RDONLY | O_DIRECTORY), count = 0;
    DIR *many = fd < 0 ? NULL : fdopendir(fd);
    if (!many)
        fail("many");
    while (readdir(many))
        count++;
    closedir(many);
    if (count < ENTRIES)
        fail("too few entries");
    return ENTRIES;
}

static int write_pieces(int count, size_t size)
{
    int fd = openat(directory, "out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        fail("out");
    for (int i = 0; i < count; i++)
        if (write(fd, bytes, size) != (ssize_t)size)
            fail("write");
    close(fd);
    return count;
}

static int write_small(void)
{
    return write_pieces(SMALL, 4096);
}

static int write_large(void)
{
    return write_pieces(LARGE, 1 << 20);
}

static void measure(const char *name, int (*work)(void), int rounds, int last)
{
    double best = 0;
    for (int i = 0; i < rounds; i++) {
        double begin = now_ns();
        int count = work();
        double each = (now_ns() - begin) / count;
        if (i == 0 || each < best)
            best = each;
    }
    printf("\"%s\": %.1f%s", name, best, last ? "}\n" : ", ");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int writable = atoi(argv[2]), rounds = atoi(argv[3]);
    directory = open(argv[1], O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        fail(argv[1]);
    if (writable)
        prepare();
    printf("{");
    measure("open_read_close_ns", open_read_close, rounds, 0);
    measure("stat_ns", stat_file, rounds, 0);
    measure("readdir_entry_ns", list_many, rounds, !writable);
    if (writable) {
        measure("write_4k_ns", write_small, rounds, 0);
        measure("write_1m_ns", write_large, rounds, 1);
    }
    return 0;
}
