/*
 * memory.c: what the kernel says of this process's memory.
 */
#include "memory.h"

#include <inttypes.h>
#include <stdio.h>

#include "guests.h"

uint64_t bench_private_bytes(void)
{
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    char line[128];
    uint64_t sum = 0, kib;
    if (!rollup)
        bench_die("/proc/self/smaps_rollup cannot be read");
    while (fgets(line, sizeof line, rollup))
        if (sscanf(line, "Private_Clean: %" SCNu64, &kib) == 1 ||
            sscanf(line, "Private_Dirty: %" SCNu64, &kib) == 1)
            sum += kib * 1024;
    fclose(rollup);
    return sum;
}
