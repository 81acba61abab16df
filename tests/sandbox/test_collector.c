/*
 * test_collector.c: what a fresh JavaScript writes to. A short program copies few pages of the image, which all fresh
 * sandboxes share; a collection of garbage writes to the pages of what the sandbox made alone.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/attributes.h"
#include "session.h"

#define PRINT_PAGES 40 /* what is the process's for a sandbox, and tables of pages, among them */
#define BOXES       20
#define PAGE_KIB    4
#define PAGES_SPARE 6 /* the runtime's own, the stack's, and where the lists of objects begin */

static int begin(void **state)
{
    return session_begin(state, "javascript");
}

static uint64_t private_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    uint64_t sum = 0, kib;
    char line[256];
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Private_Clean: %" SCNu64, &kib) == 1 ||
            sscanf(line, "Private_Dirty: %" SCNu64, &kib) == 1)
            sum += kib;
    fclose(file);
    return sum;
}

static void eval_in_all(bj_sandbox **boxes, const char *source)
{
    for (int i = 0; i < BOXES; i++)
        expect_outcome(must_eval(boxes[i], source), BJ_OUTCOME_OK);
}

static void a_short_program_leaves_nearly_all_of_the_image_shared(void **state)
{
    (void)state;
    if (BJ_UNDER_ASAN)
        skip(); /* its shadow is private memory, too */
    bj_sandbox *boxes[BOXES];
    /* What the process needs once is there before. */
    boxes[0] = must_make(interpreter, NULL);
    expect_outcome(must_eval(boxes[0], "console.log(1 + 1)"), BJ_OUTCOME_OK);
    bj_sandbox_delete(boxes[0]);
    const uint64_t before = private_kib();
    for (int i = 0; i < BOXES; i++)
        boxes[i] = must_make(interpreter, NULL);
    eval_in_all(boxes, "console.log(1 + 1)");
    const uint64_t after = private_kib();
    for (int i = 0; i < BOXES; i++)
        bj_sandbox_delete(boxes[i]);
    if (after > before + (uint64_t)BOXES * PRINT_PAGES * PAGE_KIB)
        fail_msg("%" PRIu64 " KiB for each sandbox", (after - before) / BOXES);
}

static void a_first_collection_leaves_the_image_shared(void **state)
{
    (void)state;
    if (BJ_UNDER_ASAN)
        skip(); /* its shadow is private memory, too */
    bj_sandbox *boxes[BOXES];
    for (int i = 0; i < BOXES; i++)
        boxes[i] = must_make(interpreter, NULL);
    /* `std` is made when it is first asked for, which is no part of a collection. */
    eval_in_all(boxes, "let a = {}; a.a = a; a = null; typeof std.gc");
    const uint64_t before = private_kib();
    eval_in_all(boxes, "std.gc()");
    const uint64_t after = private_kib();
    for (int i = 0; i < BOXES; i++)
        bj_sandbox_delete(boxes[i]);
    if (after > before + (uint64_t)BOXES * PAGES_SPARE * PAGE_KIB)
        fail_msg("%" PRIu64 " KiB more for each sandbox", (after - before) / BOXES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_program_leaves_nearly_all_of_the_image_shared),
        cmocka_unit_test(a_first_collection_leaves_the_image_shared),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
