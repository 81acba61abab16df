/*
 * test_swap.c: a page that was swapped out while a sandbox had it must not come back in the next one's memory. Skipped
 * on machines without swap.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "harness.h"
#include "unit.h"

#define PATTERN 0xb7
/* The image is the whole memory, so that what is written lies in pages that the kernel marks. */
#define MEMORY                                                                                     \
    "(module (memory (export \"memory\") 64) (data (i32.const 0) \"image\")"                       \
    " (data (i32.const 2097152) \"image\") (data (i32.const 4194299) \"image\"))"
#define ROUNDS 8

static bool has_swap(void)
{
    char line[256];
    FILE *swaps = fopen("/proc/swaps", "r");
    int lines = 0;
    while (swaps && fgets(line, sizeof line, swaps))
        lines++;
    if (swaps)
        fclose(swaps);
    return lines > 1;
}

/* Bytes of the pattern that are there when an instance starts; it leaves more of them, swapped out. */
static size_t found_in_fresh_one(harness *h, engine_module *module)
{
    bj_error err;
    size_t found = 0;
    engine_instance *instance = engine_instance_new(module, &h->budget, h, &err);
    assert_non_null(instance);
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    const engine_memory memory = engine_instance_memory(instance);
    for (uint64_t i = 0; i < memory.size; i++)
        found += memory.base[i] == PATTERN;
    memset(memory.base, PATTERN, memory.size);
    (void)madvise(memory.base, memory.size, MADV_PAGEOUT);
    engine_instance_delete(instance);
    return found;
}

static void what_was_swapped_out_does_not_come_back(void **state)
{
    (void)state;
    harness h;
    bj_error err;
    if (!has_swap())
        skip();
    harness_begin(&h, "");
    engine_module *module = harness_module(&h, MEMORY, &err);
    assert_non_null(module);
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(found_in_fresh_one(&h, module), 0);
    engine_module_delete(module);
    harness_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_swapped_out_does_not_come_back)};
    return cmocka_run_group_tests_name("swap", tests, NULL, NULL);
}
