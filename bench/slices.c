/*
 * slices.c: what the first slice of an eval on an event loop's own thread costs, and how punctually it ends.
 *
 * A row of evals of `1 + 1` in a live Python, by bj_sandbox_eval and by bj_sandbox_step_us with slices of 200 µs, in turn: the
 * two must cost the same, since a row of short calls must not wake the clock's thread each time. Then loops, which are
 * given slices of 200 µs: in a row, and each after a pause, when the clock's thread is asleep.
 */
#include <belljar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

#define ROUNDS   100
#define EVALS    200
#define LOOPS    2000
#define PAUSES   100
#define SLICE_US 200u
#define PAUSE_MS 80u

static const char sum[] = "1 + 1", loop[] = "while True: pass";

static void must(int well, const bj_error *err)
{
    if (well)
        return;
    fprintf(stderr, "slices: %s\n", err->code ? err->message : "an eval went wrong");
    exit(1);
}

static void look(bj_receipt *receipt, const bj_error *err)
{
    must(receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK, err);
    bj_receipt_delete(receipt);
}

static void eval_whole(bj_sandbox *box)
{
    bj_error err = {0};
    look(bj_sandbox_eval(box, sum, strlen(sum), &err), &err);
}

static unsigned unfinished; /* first slices that were not enough */

static void eval_sliced(bj_sandbox *box)
{
    bj_error err = {0};
    bj_receipt *receipt = NULL;
    must(bj_sandbox_begin_eval(box, sum, strlen(sum), 0, NULL, NULL, &err) == 0, &err);
    bj_step step = bj_sandbox_step_us(box, SLICE_US, &receipt, NULL, &err);
    while (step == BJ_STEP_YIELDED) {
        unfinished++;
        step = bj_sandbox_step_us(box, SLICE_US, &receipt, NULL, &err);
    }
    look(receipt, &err);
}

static uint64_t process_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of one way: what an eval takes, and the processor time of all threads, the clock's included. */
typedef struct way {
    void (*eval)(bj_sandbox *box);
    samples took, cpu;
} way;

static void time_row(way *w, bj_sandbox *box)
{
    const uint64_t began_ns = now_ns(), cpu_ns = process_cpu_ns();
    for (int i = 0; i < EVALS; i++)
        w->eval(box);
    samples_add(&w->took, (now_ns() - began_ns) / EVALS);
    samples_add(&w->cpu, (process_cpu_ns() - cpu_ns) / EVALS);
}

/* How much longer than its slice a loop keeps the thread. */
static uint64_t overshoot(bj_sandbox *box)
{
    bj_error err = {0};
    bj_receipt *receipt = NULL;
    const uint64_t began_ns = now_ns();
    must(bj_sandbox_step_us(box, SLICE_US, &receipt, NULL, &err) == BJ_STEP_YIELDED, &err);
    const uint64_t took_ns = now_ns() - began_ns;
    return took_ns > SLICE_US * 1000u ? took_ns - SLICE_US * 1000u : 0;
}

static void print_row(const char *label, samples *s)
{
    const summary all = samples_summarize(s);
    print_cell(label, 44);
    print_cell(ns_format(all.min).text, -10);
    print_cell(ns_format(all.median).text, -10);
    print_cell(ns_format(all.p99).text, -10);
    print_cell(ns_format(all.max).text, -10);
    printf("\n");
    free(s->ns);
}

int main(void)
{
    bj_error err = {0};
    bj_policy policy;
    way whole = {.eval = eval_whole}, sliced = {.eval = eval_sliced};
    samples in_a_row = {0}, paused = {0};
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};
    bj_policy_init(&policy);
    policy.wall_ms = 3600000;
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    bj_sandbox *box = python ? bj_sandbox_new(python, &policy, &err) : NULL;
    must(box != NULL, &err);
    for (int i = 0; i < ROUNDS; i++) {
        time_row(&whole, box);
        time_row(&sliced, box);
    }
    must(bj_sandbox_begin_eval(box, loop, strlen(loop), 0, NULL, NULL, &err) == 0, &err);
    for (int i = 0; i < LOOPS; i++)
        samples_add(&in_a_row, overshoot(box));
    for (int i = 0; i < PAUSES; i++) {
        nanosleep(&pause, NULL);
        samples_add(&paused, overshoot(box));
    }
    printf("%-44s%10s%10s%10s%10s\n", "", "least", "median", "p99", "most");
    print_row("1 + 1, bj_sandbox_eval", &whole.took);
    print_row("1 + 1, bj_sandbox_step_us, 200 us", &sliced.took);
    print_row("1 + 1, bj_sandbox_eval, processor time", &whole.cpu);
    print_row("1 + 1, bj_sandbox_step_us, processor time", &sliced.cpu);
    print_row("a loop, beyond its slice of 200 us", &in_a_row);
    print_row("the same after a pause of 80 ms", &paused);
    printf("first slices that were not enough: %u of %u\n", unfinished, ROUNDS * EVALS);
    bj_sandbox_delete(box);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return 0;
}
