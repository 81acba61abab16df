/*
 * interrupt.c: how long after its deadline, and after an interrupt, control is back at the caller, whatever the guest
 * does.
 *
 * Each behaviour runs in a sandbox of its own, twice a round: once with a deadline, once with a thread that interrupts it.
 * What is measured ends when the caller has its receipt. Deleting the sandbox is measured apart: who calls
 * chooses when.
 */
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behaviours.h"
#include "guests.h"
#include "progress.h"
#include "samples.h"

#define DEFAULT_AFTER_MS 150
#define GOAL_NS          UINT64_C(50000000)
#define LONG_MS          600000

/* The longest times of a behaviour's rounds, or the shortest. */
typedef struct row {
    const char *runtime;
    const behaviour *what;
    uint64_t deadline_ns, interrupt_ns, delete_ns;
    char ended[96]; /* how it ended before it was ended, or "" */
} row;

typedef struct surroundings {
    bj_engine *engine;
    int stdin_fd;          /* a pipe that nobody writes to */
    bj_tool_call *waiting; /* of the tool that never answers */
    bj_runtime *opened[2]; /* the interpreters, when they are first wanted */
    uint64_t round;
    bool least; /* whether the shortest of the rounds are kept */
} surroundings;

/* ------------------------------------------------------------------ what a guest gets */

static void keep_waiting(void *user, bj_tool_call *call)
{
    surroundings *around = user;
    around->waiting = call;
}

static void answer_at_once(void *user, bj_tool_call *call)
{
    (void)user;
    bj_tool_call_return(call, "null", 4);
}

static void grant_tool(bj_policy *policy, const char *name, bj_tool_fn call, void *user)
{
    bj_error err;
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = name;
    tool.global = true;
    tool.call = call;
    tool.user = user;
    if (bj_policy_grant_tool(policy, &tool, &err) < 0)
        bench_die("%s", err.message);
}

static bj_policy policy_for(surroundings *around, const behaviour *what, uint64_t wall_ms)
{
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = wall_ms;
    policy.memory_bytes = (what->memory_mib ? what->memory_mib : 1024) << 20;
    if (what->stack_mib)
        policy.stack_bytes = what->stack_mib << 20;
    policy.table_elements = 1000000;
    policy.output_bytes = UINT64_C(1) << 30;
    policy.files = 5000000;
    policy.file_bytes = UINT64_C(1) << 30;
    if (bj_policy_grant_stdin_fd(&policy, around->stdin_fd, &err) < 0)
        bench_die("%s", err.message);
    grant_tool(&policy, "never", keep_waiting, around);
    grant_tool(&policy, "at_once", answer_at_once, NULL);
    return policy;
}

static bj_runtime *runtime_of(surroundings *around, const row *r)
{
    bj_error err;
    if (r->runtime) {
        bj_runtime **place = &around->opened[strcmp(r->runtime, "python") != 0];
        if (!*place)
            *place = bench_runtime(around->engine, r->runtime);
        return *place;
    }
    bj_runtime *runtime = bj_runtime_from_bytes(around->engine, r->what->code,
                                                strlen(r->what->code), r->what->name, &err);
    if (!runtime)
        bench_die("%s: %s", r->what->name, err.message);
    return runtime;
}

static bj_receipt *run(bj_sandbox *box, const char *source)
{
    bj_error err;
    bj_receipt *receipt =
        source ? bj_sandbox_eval(box, source, strlen(source), &err) : bj_sandbox_run(box, &err);
    if (!receipt)
        bench_die("%s", err.message);
    return receipt;
}

/* What the behaviour starts from; NULL: a fresh sandbox. */
static bj_snapshot *prepare(surroundings *around, const row *r, bj_runtime *runtime)
{
    bj_error err;
    if (!r->what->prepare)
        return NULL;
    bj_policy policy = policy_for(around, r->what, LONG_MS);
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, &err);
    if (!box)
        bench_die("%s", err.message);
    bj_receipt *receipt = run(box, r->what->prepare);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        bench_die("%s: %s", r->what->name, bj_receipt_error_message(receipt));
    bj_receipt_delete(receipt);
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    if (!snapshot)
        bench_die("%s: %s", r->what->name, err.message);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    return snapshot;
}

/* ------------------------------------------------------------------ one run */

typedef struct interrupter {
    bj_sandbox *box;
    uint64_t after_ms, at_ns;
} interrupter;

static void *interrupt_later(void *argument)
{
    interrupter *self = argument;
    const struct timespec pause = {(time_t)(self->after_ms / 1000),
                                   (long)(self->after_ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
    self->at_ns = now_ns();
    bj_sandbox_interrupt(self->box);
    return NULL;
}

/* From the moment at which it was to end until the receipt was there. */
static uint64_t time_to_return(bj_sandbox *box, const char *source, uint64_t after_ms,
                               bool interrupted, bj_receipt **receipt)
{
    interrupter self = {.box = box, .after_ms = after_ms};
    pthread_t thread;
    if (interrupted && pthread_create(&thread, NULL, interrupt_later, &self) != 0)
        bench_die("no thread can be started");
    const uint64_t began = now_ns();
    *receipt = run(box, source);
    const uint64_t now = now_ns();
    if (interrupted)
        pthread_join(thread, NULL);
    const uint64_t due = interrupted ? self.at_ns : began + after_ms * 1000000;
    return now > due ? now - due : 0;
}

static void look_how_it_ended(row *r, const bj_receipt *receipt, bool interrupted)
{
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    const char *limit = bj_receipt_limit_name(receipt);
    if (interrupted ? outcome == BJ_OUTCOME_INTERRUPTED
                    : outcome == BJ_OUTCOME_LIMIT && limit && strcmp(limit, "timeout") == 0)
        return;
    const char *message = bj_receipt_error_message(receipt);
    snprintf(r->ended, sizeof r->ended, "%s %s %.50s", bj_outcome_name(outcome), limit ? limit : "",
             message ? message : "");
}

static void keep(const surroundings *around, uint64_t *kept, uint64_t ns)
{
    if (around->round == 0 || (around->least ? ns < *kept : ns > *kept))
        *kept = ns;
}

static void measure(surroundings *around, row *r, bj_runtime *runtime, bj_snapshot *snapshot,
                    bool interrupted)
{
    bj_error err;
    bj_receipt *receipt;
    const uint64_t after_ms = r->what->after_ms ? r->what->after_ms : DEFAULT_AFTER_MS;
    bj_policy policy = policy_for(around, r->what, interrupted ? LONG_MS : after_ms);
    bj_sandbox *box = snapshot ? bj_snapshot_spawn(snapshot, &policy, &err)
                               : bj_sandbox_new(runtime, &policy, &err);
    if (!box)
        bench_die("%s: %s", r->what->name, err.message);
    const uint64_t late =
        time_to_return(box, r->runtime ? r->what->code : NULL, after_ms, interrupted, &receipt);
    keep(around, interrupted ? &r->interrupt_ns : &r->deadline_ns, late);
    look_how_it_ended(r, receipt, interrupted);
    bj_receipt_delete(receipt);
    if (around->waiting)
        bj_tool_call_return(around->waiting, "null", 4);
    around->waiting = NULL;
    const uint64_t began = now_ns();
    bj_sandbox_delete(box);
    const uint64_t took = now_ns() - began;
    if (interrupted) /* the second of a round */
        keep(around, &r->delete_ns, took);
    bj_policy_clear(&policy);
}

static void measure_row(surroundings *around, row *r, uint64_t rounds)
{
    bj_runtime *runtime = runtime_of(around, r);
    bj_snapshot *snapshot = prepare(around, r, runtime);
    for (around->round = 0; around->round < rounds; around->round++) {
        measure(around, r, runtime, snapshot, false);
        measure(around, r, runtime, snapshot, true);
    }
    bj_snapshot_delete(snapshot);
    if (!r->runtime)
        bj_runtime_delete(runtime);
}

/* ------------------------------------------------------------------ what came of it */

static uint64_t worst_of(const row *r)
{
    return r->deadline_ns > r->interrupt_ns ? r->deadline_ns : r->interrupt_ns;
}

static int by_worst(const void *a, const void *b)
{
    const uint64_t x = worst_of(a), y = worst_of(b);
    return (x < y) - (x > y);
}

static void print_row(const row *r)
{
    char name[128];
    snprintf(name, sizeof name, "%s: %s", r->runtime ? r->runtime : "module", r->what->name);
    print_cell(name, 58);
    print_cell(ns_format(r->deadline_ns).text, -12);
    print_cell(ns_format(r->interrupt_ns).text, -12);
    print_cell(ns_format(r->delete_ns).text, -12);
    printf("%s%s%s\n", worst_of(r) > GOAL_NS ? "  ABOVE 50 ms" : "",
           *r->ended ? "  ended by itself: " : "", r->ended);
}

static void print_table(const row *rows, size_t count, bool least)
{
    size_t above = 0;
    print_cell(least ? "the shortest of all rounds" : "the longest of all rounds", 58);
    printf("    deadline   interrupt    deletion\n");
    for (size_t i = 0; i < count; i++) {
        print_row(&rows[i]);
        above += worst_of(&rows[i]) > GOAL_NS;
    }
    printf("%zu behaviours; the worst came back after %s; %zu above 50 ms\n", count,
           ns_format(worst_of(rows)).text, above);
}

static void print_json(const row *rows, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            all, json_pack("{ss ss sf sf sf ss}", "runtime",
                           rows[i].runtime ? rows[i].runtime : "module", "behaviour",
                           rows[i].what->name, "deadline_ms", (double)rows[i].deadline_ns / 1e6,
                           "interrupt_ms", (double)rows[i].interrupt_ns / 1e6, "delete_ms",
                           (double)rows[i].delete_ns / 1e6, "ended", rows[i].ended));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

/* ------------------------------------------------------------------ the command line */

static const char usage[] =
    "Usage: interrupt [-n ROUNDS] [--least] [--json] [NAME]\n"
    "\n"
    "How long after its deadline, and after an interrupt, control is back at the caller, for some\n"
    "hundred things that a guest may be doing: those whose name has NAME in it, or all. Sorted, "
    "the\n"
    "slowest first. 4 GiB of memory are used by some.\n"
    "\n"
    "  -n ROUNDS   runs each so often, each way (default 1), and shows the longest\n"
    "  --least     shows the shortest: what is left of the rounds where a machine is busy\n"
    "  --json      for programs\n"
    "\n"
    "  interrupt                  # under two minutes\n"
    "  interrupt -n 5 memory.fill\n";

/* All behaviours whose name has `wanted` in it. */
static row *choose(const char *wanted, size_t *count)
{
    row *rows = NULL;
    *count = 0;
    for (size_t i = 0; i < sizeof bench_behaviours / sizeof *bench_behaviours; i++) {
        const behaviours *of = &bench_behaviours[i];
        rows = realloc(rows, (*count + of->count) * sizeof *rows);
        if (!rows)
            bench_die("out of memory");
        for (size_t k = 0; k < of->count; k++) {
            char name[128];
            snprintf(name, sizeof name, "%s: %s", of->runtime ? of->runtime : "module",
                     of->list[k].name);
            if (!wanted || strstr(name, wanted))
                rows[(*count)++] = (row){.runtime = of->runtime, .what = &of->list[k]};
        }
    }
    if (*count == 0)
        bench_die("nothing is called '%s'", wanted);
    return rows;
}

static void measure_all(surroundings *around, row *rows, size_t count, uint64_t rounds)
{
    progress p = progress_begin("interrupt", count);
    for (size_t i = 0; i < count; i++) {
        measure_row(around, &rows[i], rounds);
        progress_step(&p, rows[i].what->name);
    }
    progress_end(&p);
    qsort(rows, count, sizeof *rows, by_worst);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"least", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    uint64_t rounds = 1;
    bool json = false, least = false;
    for (int option; (option = getopt_long(argc, argv, "n:h", options, NULL)) != -1;) {
        switch (option) {
        case 'n':
            rounds = bench_number("-n", optarg, 1000);
            break;
        case 'j':
            json = true;
            break;
        case 'l':
            least = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        bench_die("no pipe can be made");
    surroundings around = {.engine = bench_engine(), .stdin_fd = ends[0], .least = least};
    size_t count;
    row *rows = choose(optind < argc ? argv[optind] : NULL, &count);
    if (!json)
        bench_print_machine();
    measure_all(&around, rows, count, rounds);
    if (json)
        print_json(rows, count);
    else
        print_table(rows, count, around.least);
    free(rows);
    for (size_t i = 0; i < 2; i++)
        bj_runtime_delete(around.opened[i]);
    bj_engine_delete(around.engine);
    return 0;
}
