/*
 * machine.c: finds out what this machine supports: address space for a pool of slots, PAGEMAP_SCAN,
 * and the features of the processor that compiled code depends on. Decides nothing else.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#endif

#include "engine/internal.h"

/* A slot reserves the 4 GiB that a 32-bit memory may have, and guards around it. */
#define SLOT_BYTES ((uint64_t)4 << 30)
#define SLOT_GUARD ((uint64_t)64 << 20)

/* With PAGEMAP_SCAN a slot's dirty pages are reset in place, up to this many bytes. */
#define KEEP_RESIDENT ((size_t)128 << 20)

static bool address_space_is_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/* Whether the pool could be reserved now: reserving tells better than any arithmetic. */
static bool can_reserve(uint64_t bytes)
{
    void *reserved =
        mmap(NULL, (size_t)bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED)
        return false;
    munmap(reserved, (size_t)bytes);
    return true;
}

static void describe_isa(char *text, size_t size)
{
#if defined(__x86_64__)
    unsigned leaf1[4] = {0}, leaf7[4] = {0}, extended[4] = {0};
    __get_cpuid(1, &leaf1[0], &leaf1[1], &leaf1[2], &leaf1[3]);
    __get_cpuid_count(7, 0, &leaf7[0], &leaf7[1], &leaf7[2], &leaf7[3]);
    __get_cpuid(0x80000001, &extended[0], &extended[1], &extended[2], &extended[3]);
    snprintf(text, size, "x86_64-%08x-%08x-%08x-%08x-%08x", leaf1[2], leaf1[3], leaf7[1], leaf7[2],
             extended[2]);
#elif defined(__aarch64__)
    snprintf(text, size, "aarch64-%lx-%lx", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
#else
    snprintf(text, size, "other");
#endif
}

void engine_machine_probe(engine_machine *machine, uint32_t max_sandboxes, uint64_t stack_bytes)
{
    *machine = (engine_machine){.pagemap_scan = bj_wasmtime_pagemap_scan_available()};
    describe_isa(machine->isa, sizeof machine->isa);
    if (address_space_is_limited())
        machine->reason = "address space is limited (ulimit -v)";
    else if (!can_reserve(max_sandboxes * (SLOT_BYTES + SLOT_GUARD + stack_bytes)))
        machine->reason = "not enough address space for max_sandboxes slots";
    else {
        machine->pooling = true;
        machine->reason = "address space is not limited";
    }
    /* Without PAGEMAP_SCAN keeping pages would copy back the whole image for every sandbox. */
    machine->keep_resident = machine->pooling && machine->pagemap_scan ? KEEP_RESIDENT : 0;
}
