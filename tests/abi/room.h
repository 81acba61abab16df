/*
 * room.h: structs at the very end of a page, with none behind it: whoever touches a byte beyond a struct crashes.
 */
#ifndef TESTS_ABI_ROOM_H
#define TESTS_ABI_ROOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* `size` bytes of 0xff, which nobody gives back. */
static inline void *room_of(size_t size)
{
    const size_t page = 4096;
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(pages != MAP_FAILED && size <= page);
    EXPECT(mprotect(pages + page, page, PROT_NONE) == 0);
    memset(pages, 0xff, page);
    return pages + page - size;
}

/* A struct that says its size, and nothing else. */
static inline void *sized_room(size_t size)
{
    void *room = room_of(size);
    memcpy(room, &size, sizeof size);
    return room;
}

#define ROOM(type)  ((type *)room_of(sizeof(type)))
#define SIZED(type) ((type *)sized_room(sizeof(type)))

#endif
