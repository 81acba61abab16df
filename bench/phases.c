/*
 * phases.c: the steps of one sandbox, and of one process that makes one sandbox.
 */
#include "phases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "samples.h"

/* More than any program here wants: it makes the counting form the one that is used. */
#define MUCH_FUEL UINT64_C(1000000000000000)

#define PHASE_INFO(id, key_, cold_, name_) {.key = key_, .name = name_, .cold = cold_},
const phase_info phase_infos[PHASE_COUNT] = {PHASES(PHASE_INFO)};
#undef PHASE_INFO

const small_program small_programs[SMALL_PROGRAMS] = {
    {"hello", "hello.wat", NULL, "hello\n"},
    {"python", "python", "print(1+1)", "2\n"},
    {"javascript", "javascript", "console.log(1+1)", "2\n"},
};

uint64_t phases_total(const phase_times *times)
{
    uint64_t total = 0;
    for (int i = 0; i < PHASE_COUNT; i++)
        total += i == PHASE_AGAIN ? 0 : times->ns[i];
    return total;
}

bj_runtime *phases_open(bj_engine *engine, const small_program *program)
{
    if (!strchr(program->runtime, '.'))
        return bench_runtime(engine, program->runtime);
    char *path = bench_path(program->runtime);
    bj_runtime *runtime = bench_runtime(engine, path);
    free(path);
    return runtime;
}

/* The time since *since, which becomes now. */
static uint64_t lap(uint64_t *since)
{
    uint64_t before = *since;
    *since = now_ns();
    return *since - before;
}

static bj_receipt *run(bj_sandbox *box, const small_program *program)
{
    bj_error err;
    bj_receipt *receipt = program->source
                              ? bj_sandbox_eval(box, program->source, strlen(program->source), &err)
                              : bj_sandbox_run(box, &err);
    if (!receipt)
        bench_die("%s: %s", program->key, err.message);
    return receipt;
}

static void check(const bj_receipt *receipt, const small_program *program)
{
    const char *output = bj_receipt_stdout(receipt, NULL);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK || strcmp(output, program->output) != 0)
        bench_die("%s: outcome %s, stdout '%s', stderr '%s'", program->key,
                  bj_outcome_name(bj_receipt_outcome(receipt)), output,
                  bj_receipt_stderr(receipt, NULL));
}

static bj_usage usage_of(const bj_receipt *receipt)
{
    bj_usage usage = {.size = sizeof usage};
    bj_receipt_usage(receipt, &usage);
    return usage;
}

/* What a caller does with a receipt: looks, takes its JSON, frees both. */
static void consume(bj_receipt *receipt, const small_program *program)
{
    check(receipt, program);
    char *text = bj_receipt_describe(receipt);
    if (!text)
        bench_die("out of memory");
    bj_free(text);
    bj_receipt_delete(receipt);
}

void phases_run(bj_runtime *runtime, const small_program *program, bool fuel, phase_times *times)
{
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = fuel ? MUCH_FUEL : 0;
    uint64_t clock = now_ns();
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    if (!box)
        bench_die("%s: %s", program->key, err.message);
    times->ns[PHASE_SANDBOX] = lap(&clock);
    bj_receipt *receipt = run(box, program);
    times->ns[PHASE_RUN] = lap(&clock);
    bj_usage usage = usage_of(receipt);
    consume(receipt, program);
    times->ns[PHASE_RECEIPT] = lap(&clock);
    times->host_calls = usage.host_calls;
    times->fuel = usage.fuel;
    if (program->source) {
        clock = now_ns();
        receipt = run(box, program);
        times->ns[PHASE_AGAIN] = lap(&clock);
        times->host_calls_again = usage_of(receipt).host_calls;
        consume(receipt, program);
    }
    clock = now_ns();
    bj_sandbox_delete(box);
    times->ns[PHASE_DELETE] = lap(&clock);
    bj_policy_clear(&policy);
}

/* ---- A cold process. ---- */

static const small_program *find_program(const char *key)
{
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        if (strcmp(small_programs[i].key, key) == 0)
            return &small_programs[i];
    bench_die("there is no program '%s'", key);
}

/* Printed last: when main began, when this line was reached, and what was in between. */
int phases_child(const char *key, uint64_t main_ns)
{
    phase_times times = {0};
    const small_program *program = find_program(key);
    uint64_t clock = main_ns;
    bj_engine *engine = bench_engine();
    times.ns[PHASE_ENGINE] = lap(&clock);
    bj_runtime *runtime = phases_open(engine, program);
    times.ns[PHASE_RUNTIME] = lap(&clock);
    phases_run(runtime, program, false, &times);
    clock = now_ns();
    bj_runtime_delete(runtime);
    bj_engine_delete(engine);
    times.ns[PHASE_CLOSE] = lap(&clock);
    printf("phases %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, main_ns, clock, times.host_calls,
           times.host_calls_again);
    for (int i = PHASE_ENGINE; i <= PHASE_CLOSE; i++)
        printf(" %" PRIu64, times.ns[i]);
    putchar('\n');
    return 0;
}

void phases_read(const process_result *process, phase_times *times)
{
    const char *text = strstr(process->output, "phases ");
    uint64_t main_ns, end_ns;
    int at = 0;
    if (process->status != 0 || !text ||
        sscanf(text, "phases %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n", &main_ns, &end_ns,
               &times->host_calls, &times->host_calls_again, &at) != 4)
        bench_die("a process of this program ended with status %d: %s", process->status,
                  process->output);
    for (int i = PHASE_ENGINE; i <= PHASE_CLOSE; i++) {
        int length = 0;
        text += at;
        if (sscanf(text, "%" SCNu64 "%n", &times->ns[i], &length) != 1)
            bench_die("a process of this program left out a phase: %s", process->output);
        at = length;
    }
    times->ns[PHASE_START] = main_ns - process->spawned_ns;
    times->ns[PHASE_EXIT] = process->reaped_ns - end_ns;
}
