/*
 * check.h: assertions inside a guest. Each program is given a directory to work in, which holds at first
 *
 *     seed          "seeded text"
 *     folder/inner  "inner text"
 *
 * (made by `begin` where the directory is empty, as in memory), and may be of any layer that can be written to. It
 * exits with 0 when all holds.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (errno %d: %s)\n", __FILE__, __LINE__, #condition, errno,   \
                    strerror(errno));                                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The call fails, with this errno. */
#define FAILS(call, expected)                                                                      \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK((call) < 0 && errno == (expected));                                                  \
    } while (0)

static inline void put(int directory, const char *name, const char *text)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

/* The directory to work in. */
static inline int begin(int argc, char **argv)
{
    CHECK(argc == 2);
    int directory = open(argv[1], O_RDONLY | O_DIRECTORY);
    CHECK(directory >= 0);
    if (faccessat(directory, "seed", F_OK, 0) < 0) {
        put(directory, "seed", "seeded text");
        CHECK(mkdirat(directory, "folder", 0755) == 0);
        put(directory, "folder/inner", "inner text");
    }
    return directory;
}

static inline int holds(int directory, const char *name, const char *text)
{
    char bytes[256];
    int fd = openat(directory, name, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    return got == (ssize_t)strlen(text) && memcmp(bytes, text, (size_t)got) == 0;
}

#endif
