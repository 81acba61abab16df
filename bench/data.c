/*
 * data.c: the full Python (build/guests-data) beside the lean one, in turn: what a fresh sandbox costs that prints, adds up an array, or
 * makes a DataFrame, what the same costs in one that is there, and how much memory of its own each sandbox has that lives.
 *
 *     BELLJAR_GUESTS=build/guests-data:build/guests build/bench/data
 *     … build/bench/data -n 10 -a 1000 -r 'pandas imported'     that row alone, with so many alive
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "memory.h"
#include "samples.h"

#define ROUNDS      200
#define ALIVE       100
#define FULL        "python"
#define LEAN        "python-lean"
#define LABEL_WIDTH 52

typedef struct row {
    const char *label, *runtime, *source, *output;
    samples fresh, again;
} row;

static row rows[] = {
    {.label = "lean: print(1+1)", .runtime = LEAN, .source = "print(1+1)", .output = "2\n"},
    {.label = "full: print(1+1)", .runtime = FULL, .source = "print(1+1)", .output = "2\n"},
    {.label = "full: numpy sum",
     .runtime = FULL,
     .source = "import numpy as np; print(np.arange(100000).sum())",
     .output = "4999950000\n"},
    {.label = "full: pandas imported",
     .runtime = FULL,
     .source = "import pandas; print(2)",
     .output = "2\n"},
    {.label = "full: DataFrame, sum",
     .runtime = FULL,
     .source = "import pandas as pd; print(pd.DataFrame({'a': [1, 2]}).sum()['a'])",
     .output = "3\n"},
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void eval(bj_sandbox *box, const row *what)
{
    bj_error err = {0};
    size_t length = 0;
    bj_receipt *receipt = bj_sandbox_eval(box, what->source, strlen(what->source), &err);
    if (!receipt || bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        bench_die("%s: %s", what->label, receipt ? bj_receipt_stderr(receipt, NULL) : err.message);
    const char *out = bj_receipt_stdout(receipt, &length);
    if (length != strlen(what->output) || memcmp(out, what->output, length))
        bench_die("%s printed %.*s", what->label, (int)length, out);
    bj_receipt_delete(receipt);
}

static bj_sandbox *must_make(bj_runtime *runtime, const bj_policy *policy)
{
    bj_error err = {0};
    bj_sandbox *box = bj_sandbox_new(runtime, policy, &err);
    if (!box)
        bench_die("%s", err.message);
    return box;
}

/* Made, run and deleted; and how long it takes the second time. */
static void measure(row *what, bj_runtime *runtime, const bj_policy *policy, bool is_kept)
{
    const uint64_t began = now_ns();
    bj_sandbox *box = must_make(runtime, policy);
    eval(box, what);
    const uint64_t printed = now_ns();
    eval(box, what);
    const uint64_t again = now_ns();
    bj_sandbox_delete(box);
    if (is_kept) {
        samples_add(&what->fresh, printed - began + (now_ns() - again));
        samples_add(&what->again, again - printed);
    }
}

/* ------------------------------------------------------------------ memory */

static double kib_each(row *what, bj_runtime *runtime, const bj_policy *policy, size_t alive)
{
    bj_sandbox **boxes = calloc(alive, sizeof *boxes);
    if (!boxes)
        bench_die("out of memory");
    const uint64_t before = bench_private_bytes();
    for (size_t i = 0; i < alive; i++)
        eval(boxes[i] = must_make(runtime, policy), what);
    const double kib = (double)(bench_private_bytes() - before) / 1024 / (double)alive;
    for (size_t i = 0; i < alive; i++)
        bj_sandbox_delete(boxes[i]);
    free(boxes);
    return kib;
}

/* ------------------------------------------------------------------ the command line */

static void print_row(row *what, double kib)
{
    const summary fresh = samples_summarize(&what->fresh), again = samples_summarize(&what->again);
    print_cell(what->label, LABEL_WIDTH);
    print_cell(ns_format(fresh.min).text, -10);
    print_cell(ns_format(fresh.median).text, -10);
    print_cell(ns_format(again.min).text, -12);
    print_cell(ns_format(again.median).text, -10);
    printf("%14.1f\n", kib);
    free(what->fresh.ns);
    free(what->again.ns);
}

typedef struct choice {
    uint64_t rounds, alive;
    const char *row; /* part of its label; NULL: all */
} choice;

static choice choose(int argc, char **argv)
{
    choice chosen = {ROUNDS, ALIVE, NULL};
    for (int option; (option = getopt(argc, argv, "n:a:r:")) != -1;) {
        if (option == 'n')
            chosen.rounds = bench_number("-n", optarg, 100000);
        else if (option == 'a')
            chosen.alive = bench_number("-a", optarg, 1000);
        else if (option == 'r')
            chosen.row = optarg;
        else
            bench_die("Usage: data [-n ROUNDS] [-a ALIVE] [-r ROW]");
    }
    return chosen;
}

int main(int argc, char **argv)
{
    const choice chosen = choose(argc, argv);
    bj_policy policy;
    bj_policy_init(&policy);
    bj_engine *engine = bench_engine();
    bj_runtime *runtimes[ROW_COUNT] = {0};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (chosen.row && !strstr(rows[i].label, chosen.row))
            continue;
        runtimes[i] = bench_runtime(engine, rows[i].runtime);
        measure(&rows[i], runtimes[i], &policy, false);
    }
    for (uint64_t round = 0; round < chosen.rounds; round++)
        for (size_t i = 0; i < ROW_COUNT; i++)
            if (runtimes[i])
                measure(&rows[i], runtimes[i], &policy, true);
    bench_print_machine();
    print_cell("", LABEL_WIDTH);
    printf("%10s%10s%12s%10s%14s\n", "fresh min", "median", "again min", "median", "KiB each");
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (runtimes[i])
            print_row(&rows[i], kib_each(&rows[i], runtimes[i], &policy, (size_t)chosen.alive));
    for (size_t i = 0; i < ROW_COUNT; i++)
        bj_runtime_delete(runtimes[i]);
    bj_engine_delete(engine);
    return 0;
}
