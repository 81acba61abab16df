/*
 * fuzz_calls.c: every call of preview 1 over guest memory of any content, with no engine.
 *
 * The input is what lies in memory (its first half) and a program of calls. The memory is exactly as large as the
 * guest's, so that a byte too far is found; after each run nothing may be charged or open.
 */
#include "base/clock.h"
#include "fuzz.h"

#define MEMORY_BYTES 65536u

static uint64_t argument(fuzz_input *in)
{
    static const uint64_t odd[] = {0,
                                   1,
                                   4,
                                   8,
                                   1024,
                                   65535,
                                   65536,
                                   0x7fffffff,
                                   0x80000000,
                                   0xffffffff,
                                   UINT64_MAX,
                                   INT64_MAX,
                                   (uint64_t)INT64_MIN,
                                   0xfffffff8,
                                   3,
                                   64};
    uint8_t how = fuzz_byte(in);
    switch (how & 3) {
    case 0:
        return how >> 2; /* descriptors, flags, short lengths */
    case 1:
        return odd[(how >> 2) % (sizeof odd / sizeof *odd)];
    case 2:
        return fuzz_number(in, 2); /* places in memory */
    default:
        return fuzz_number(in, 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wasi_preopen preopens[] = {
        {"/", "/"}, {"/work", "/work"}, {"/ro", "/ro"}, {"/ov", "/ov"}, {"/arch", "/arch"}};
    bj_error err;
    policy_budget budget;
    vfs_tree *tree = fuzz_tree(&budget, 0);
    wasi_setup setup = {.budget = &budget,
                        .tree = tree,
                        .preopens = preopens,
                        .preopen_count = 5,
                        .args = (const char *const[]){"program", "argument"},
                        .arg_count = 2,
                        .env = (const char *const[]){"NAME=value"},
                        .env_count = 1,
                        .stdin_fd = -1,
                        .stdin_bytes = {"some input", 10}};
    wasi_context *context = wasi_context_new(&setup, &err);
    HOLD(context);
    uint8_t *memory = malloc(MEMORY_BYTES);
    HOLD(memory);
    memset(memory, 0, MEMORY_BYTES);
    size_t half = size / 2 < MEMORY_BYTES ? size / 2 : MEMORY_BYTES;
    memcpy(memory, data, half);
    fuzz_input in = {data + half, data + size};
    wasi_begin(context, bj_clock_monotonic_ns() + 2000000, bj_clock_thread_cpu_ns());
    for (unsigned calls = 0; !fuzz_done(&in) && calls < 200; calls++) {
        const wasi_call *call = &wasi_calls[fuzz_byte(&in) % WASI_CALL_COUNT];
        uint64_t args[WASI_CALL_ARGS_MAX] = {0};
        for (size_t i = 0; call->signature[i]; i++)
            args[i] = call->signature[i] == 'i' ? (uint32_t)argument(&in) : argument(&in);
        (void)wasi_dispatch(context, call, (wasi_memory){memory, MEMORY_BYTES}, args);
        if (wasi_stopped(context) != WASI_GO_ON)
            wasi_begin(context, bj_clock_monotonic_ns() + 1000000, bj_clock_thread_cpu_ns());
        HOLD(budget.used[POLICY_files] <= budget.allowed[POLICY_files]);
        HOLD(budget.used[POLICY_file_bytes] <= budget.allowed[POLICY_file_bytes]);
        HOLD(budget.used[POLICY_descriptors] <= budget.allowed[POLICY_descriptors]);
    }
    free(memory);
    wasi_context_delete(context);
    vfs_tree_release(tree);
    fuzz_check_budget(&budget);
    return 0;
}
