/*
 * bytes.c: memcmp and memchr, eight bytes at a time.
 *
 * wasi-libc has them byte by byte, and CPython compares every str and looks for every separator with
 * them. An unaligned load is an ordinary instruction in WebAssembly. These definitions are linked ahead
 * of the C library's; nothing else of it is replaced (its memcpy and memset are the engine's own).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t load(const unsigned char *from)
{
    uint64_t word;

    __builtin_memcpy(&word, from, sizeof word);
    return word;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left, *b = right;

    for (; size >= 8; a += 8, b += 8, size -= 8) {
        uint64_t x = load(a), y = load(b);
        if (x != y) {
            x = __builtin_bswap64(x);
            y = __builtin_bswap64(y);
            return x < y ? -1 : 1;
        }
    }
    for (; size > 0; a++, b++, size--)
        if (*a != *b)
            return *a - *b;
    return 0;
}

/* A byte of `word` is zero where subtracting one from each borrows into a high bit that was clear; the
 * lowest such byte is found exactly, and the lowest is the one asked for. */
void *memchr(const void *memory, int wanted, size_t size)
{
    const unsigned char *at = memory;
    const unsigned char byte = (unsigned char)wanted;
    const uint64_t pattern = ONES * byte;

    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word = load(at) ^ pattern, zeros = (word - ONES) & ~word & HIGHS;
        if (zeros != 0)
            return (void *)(at + __builtin_ctzll(zeros) / 8);
    }
    for (; size > 0; at++, size--)
        if (*at == byte)
            return (void *)at;
    return NULL;
}
