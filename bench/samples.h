/*
 * samples.h: measured times: the clock, what a set of times comes to, and how times are written.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC, which all processes of a machine share. */
static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Times of one thing, in nanoseconds. All zero is empty. */
typedef struct samples {
    uint64_t *ns;
    size_t count, room;
} samples;

/* Ends the process when there is no memory. */
void samples_add(samples *s, uint64_t ns);

/* All zero for an empty set. */
typedef struct summary {
    size_t count;
    uint64_t min, median, p99, max, sum;
} summary;

/* Sorts the samples. p99 is the nearest rank: the maximum, for fewer than 100 samples. */
summary samples_summarize(samples *s);

typedef struct ns_text {
    char text[24];
} ns_text;

/* Three digits and a unit: "3.31 µs", "12.4 ms", "1.32 s"; "-" for 0. */
ns_text ns_format(uint64_t ns);

typedef struct ratio_text {
    char text[16];
} ratio_text;

/* a/b: "7.9×", "0.004×"; "-" when b is 0. */
ratio_text ratio_format(uint64_t a, uint64_t b);

/* Prints `text` and spaces up to `width` characters (not bytes): on its left when width is negative. */
void print_cell(const char *text, int width);

#endif
