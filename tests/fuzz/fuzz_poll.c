/*
 * fuzz_poll.c: poll_oneoff with any subscriptions: it ends by the deadline, tells at most as many events as were
 * asked for, and touches nothing else.
 */
#include "base/clock.h"
#include "fuzz.h"
#include "wasi/memory.h"

#define MEMORY_BYTES 32768u
#define EVENTS       16384u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bj_error err;
    policy_budget budget;
    static const struct wasi_preopen preopens[] = {{"/", "/"}, {"/work", "/work"}};
    fuzz_input in = {data, data + size};
    vfs_tree *tree = fuzz_tree(&budget, 0);
    wasi_setup setup = {.budget = &budget,
                        .tree = tree,
                        .preopens = preopens,
                        .preopen_count = 2,
                        .stdin_fd = -1,
                        .stdin_bytes = {"input", 5}};
    wasi_context *context = wasi_context_new(&setup, &err);
    uint8_t *memory = calloc(1, MEMORY_BYTES);
    HOLD(context && memory);
    const uint8_t how = fuzz_byte(&in);
    const uint64_t count = how & 1 ? fuzz_number(&in, 4) : fuzz_byte(&in);
    const uint64_t from = fuzz_byte(&in) & 1 ? fuzz_number(&in, 2) : 0;
    size_t left = (size_t)(in.end - in.at);
    memcpy(memory, in.at, left < EVENTS ? left : EVENTS);
    memset(memory + EVENTS, 0xee, MEMORY_BYTES - EVENTS);
    const uint64_t begin = bj_clock_monotonic_ns();
    wasi_begin(context, begin + 6000000, bj_clock_thread_cpu_ns());
    if (how & 2)
        wasi_let_sleep(context);
    for (unsigned i = 0; i < WASI_CALL_COUNT; i++)
        if (strcmp(wasi_calls[i].name, "poll_oneoff") == 0) {
            vfs_errno error =
                wasi_dispatch(context, &wasi_calls[i], (wasi_memory){memory, MEMORY_BYTES},
                              (uint64_t[9]){from, EVENTS, count, MEMORY_BYTES - 4});
            while (wasi_sleeps(context)) {
                for (uint64_t at = EVENTS; at < MEMORY_BYTES; at++)
                    HOLD(memory[at] == 0xee);
                wasi_await(context);
                error = wasi_wake_up(context);
            }
            uint32_t told = error == VFS_OK ? wasi_load32(memory + MEMORY_BYTES - 4) : 0;
            HOLD(told <= count);
            /* Far beyond the deadline: something else was waited for. */
            HOLD(bj_clock_monotonic_ns() - begin < 5000000000u);
            if (error != VFS_OK)
                continue;
            for (uint64_t at = EVENTS + (uint64_t)told * WASI_EVENT_BYTES; at < MEMORY_BYTES - 4;
                 at++)
                HOLD(memory[at] == 0xee);
        }
    free(memory);
    wasi_context_delete(context);
    vfs_tree_release(tree);
    fuzz_check_budget(&budget);
    return 0;
}
