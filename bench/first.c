/*
 * first.c: what is only slow the first time: a fresh Python when the processor's caches hold other things, and the first eval of a
 * fork, which is seeded anew.
 *
 * A fresh Python is made, prints and is deleted: in a row; each after a pause, in which whatever else the machine does has the caches;
 * and each after so much memory was written that nothing of it can be left in them. Forks of one snapshot, seeded anew and twins that
 * are not, take turns: their two rows are to be the same within 3 %.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests.h"
#include "samples.h"

#define ROUNDS       200
#define FORKS_FACTOR 10 /* forks for a round */
#define PAUSE_US     50000u
#define OTHER_BYTES  ((size_t)128 << 20)

static const char print[] = "print(1+1)", holds[] = "data = b'x' * (1 << 20)";

static void eval(bj_sandbox *box, const char *source)
{
    bj_error err = {0};
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), &err);
    if (!receipt || bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        bench_die("%s", receipt ? bj_receipt_stderr(receipt, NULL) : err.message);
    bj_receipt_delete(receipt);
}

static bj_sandbox *made(bj_sandbox *box, const bj_error *err)
{
    if (!box)
        bench_die("%s", err->message);
    return box;
}

/* ------------------------------------------------------------------ fresh ones */

static void nothing(void)
{
}

static void rest(void)
{
    usleep(PAUSE_US);
}

static void write_other_memory(void)
{
    static volatile char *other;
    if (!other)
        other = malloc(OTHER_BYTES);
    if (!other)
        bench_die("out of memory");
    for (size_t i = 0; i < OTHER_BYTES; i += 64)
        other[i]++;
}

typedef struct condition {
    const char *label;
    void (*before)(void);
    samples making, printing, deleting, all;
} condition;

static void measure_fresh(condition *c, bj_runtime *python, const bj_policy *policy)
{
    bj_error err = {0};
    c->before();
    const uint64_t began_ns = now_ns();
    bj_sandbox *box = made(bj_sandbox_new(python, policy, &err), &err);
    const uint64_t made_ns = now_ns();
    eval(box, print);
    const uint64_t printed_ns = now_ns();
    bj_sandbox_delete(box);
    const uint64_t ended_ns = now_ns();
    samples_add(&c->making, made_ns - began_ns);
    samples_add(&c->printing, printed_ns - made_ns);
    samples_add(&c->deleting, ended_ns - printed_ns);
    samples_add(&c->all, ended_ns - began_ns);
}

/* ------------------------------------------------------------------ forks */

static void measure_fork(samples *s, bj_snapshot *snapshot, unsigned flags)
{
    bj_error err = {0};
    bj_sandbox *box = made(bj_snapshot_spawn_as(snapshot, NULL, flags, &err), &err);
    const uint64_t began_ns = now_ns();
    eval(box, print);
    samples_add(s, now_ns() - began_ns);
    bj_sandbox_delete(box);
}

static bj_snapshot *session(bj_runtime *python, const bj_policy *policy)
{
    bj_error err = {0};
    bj_sandbox *box = made(bj_sandbox_new(python, policy, &err), &err);
    eval(box, holds);
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    if (!snapshot)
        bench_die("%s", err.message);
    bj_sandbox_delete(box);
    return snapshot;
}

/* ------------------------------------------------------------------ the command line */

static void print_row(const char *label, samples *s)
{
    const summary all = samples_summarize(s);
    print_cell(label, 52);
    print_cell(ns_format(all.min).text, -10);
    print_cell(ns_format(s->ns[all.count / 10]).text, -10);
    print_cell(ns_format(all.median).text, -10);
    print_cell(ns_format(all.p99).text, -10);
    printf("\n");
    free(s->ns);
}

static void print_condition(condition *c)
{
    printf("a fresh Python, %s\n", c->label);
    print_row("  made, printed, deleted", &c->all);
    print_row("  making it", &c->making);
    print_row("  print(1+1)", &c->printing);
    print_row("  deleting it", &c->deleting);
}

int main(int argc, char **argv)
{
    uint64_t rounds = ROUNDS;
    for (int option; (option = getopt(argc, argv, "n:")) != -1;) {
        if (option != 'n')
            bench_die("Usage: first [-n ROUNDS]");
        rounds = bench_number("-n", optarg, 100000);
    }
    condition conditions[] = {
        {.label = "in a row", .before = nothing},
        {.label = "after a pause of 50 ms", .before = rest},
        {.label = "after 128 MiB were written", .before = write_other_memory}};
    samples anew = {0}, twin = {0};
    bj_policy policy;
    bj_policy_init(&policy);
    bj_engine *engine = bench_engine();
    bj_runtime *python = bench_runtime(engine, "python");
    condition warm = {.before = nothing};
    for (int i = 0; i < 30; i++)
        measure_fresh(&warm, python, &policy);
    for (size_t c = 0; c < sizeof conditions / sizeof *conditions; c++)
        for (uint64_t i = 0; i < rounds; i++)
            measure_fresh(&conditions[c], python, &policy);
    bj_snapshot *snapshot = session(python, &policy);
    for (uint64_t i = 0; i < FORKS_FACTOR * rounds; i++)
        for (unsigned k = 0; k < 2; k++)
            if ((i + k) % 2)
                measure_fork(&anew, snapshot, 0);
            else
                measure_fork(&twin, snapshot, BJ_SPAWN_TWIN);
    bench_print_machine();
    printf("%-52s%10s%10s%10s%10s\n", "", "least", "p10", "median", "p99");
    for (size_t c = 0; c < sizeof conditions / sizeof *conditions; c++)
        print_condition(&conditions[c]);
    print_row("the first print(1+1) of a fork, seeded anew", &anew);
    print_row("the same of a twin", &twin);
    bj_snapshot_delete(snapshot);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return 0;
}
