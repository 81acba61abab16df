/*
 * sessions.c: what sandboxes cost as values: made fresh, kept alive, forked, many at once; beside the peers that
 * are there.
 *
 * Everything goes through belljar.h, with every default budget on. Times of what is compared are taken in
 * turn, a slice of each a round. A result that is wrong ends the benchmark.
 */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests.h"
#include "memory.h"
#include "process.h"
#include "progress.h"
#include "samples.h"

#define MUCH_FUEL        UINT64_C(1000000000000000)
#define DEFAULT_ROUNDS   40
#define SLICE_NS         4000000u
#define PEER_COUNT       "100"
#define SESSION_EVALS    2000
#define RATE_BATCHES     15
#define FORK_PRIVATE     1000
#define THROUGHPUT_NS    UINT64_C(1500000000)
#define DEFAULT_IN_A_ROW 20000
#define DEFAULT_LIVE     1000

static json_t *numbers; /* what --json prints */
static bool quiet;      /* with --json */

static void note(const char *key, double number)
{
    json_object_set_new(numbers, key, json_real(round(number * 1000) / 1000));
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!quiet)
        vprintf(format, args);
    va_end(args);
}

static double us(uint64_t ns)
{
    return (double)ns / 1000;
}

/* ------------------------------------------------------------------ one sandbox */

static bj_sandbox *must_make(bj_runtime *runtime, const bj_policy *policy)
{
    bj_error err;
    bj_sandbox *box = bj_sandbox_new(runtime, policy, &err);
    if (!box)
        bench_die("%s", err.message);
    return box;
}

/* Evaluates, or runs where there is no source, and looks at the receipt: it must be ok and print `output`. */
static void must_run(bj_sandbox *box, const char *source, const char *output)
{
    bj_error err;
    bj_receipt *receipt =
        source ? bj_sandbox_eval(box, source, strlen(source), &err) : bj_sandbox_run(box, &err);
    if (!receipt)
        bench_die("%s", err.message);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK ||
        (output && strcmp(bj_receipt_stdout(receipt, NULL), output) != 0))
        bench_die("%s: %s, stderr '%s'", source ? source : "hello",
                  bj_outcome_name(bj_receipt_outcome(receipt)), bj_receipt_stderr(receipt, NULL));
    bj_receipt_delete(receipt);
}

/* ------------------------------------------------------------------ fresh sandboxes */

typedef struct fresh_row {
    const char *key, *name, *runtime, *source, *output;
    bool fuel;
    bj_runtime *opened;
    bj_policy policy;
    samples times;
    summary result;
} fresh_row;

static fresh_row fresh_rows[] = {
    {.key = "python_fresh",
     .name = "Python",
     .runtime = "python",
     .source = "print(1+1)",
     .output = "2\n"},
    {.key = "python_fresh_fuel",
     .name = "Python, fuel counted",
     .runtime = "python",
     .source = "print(1+1)",
     .output = "2\n",
     .fuel = true},
    {.key = "javascript_fresh",
     .name = "JavaScript",
     .runtime = "javascript",
     .source = "console.log(1+1)",
     .output = "2\n"},
    {.key = "javascript_fresh_fuel",
     .name = "JavaScript, fuel counted",
     .runtime = "javascript",
     .source = "console.log(1+1)",
     .output = "2\n",
     .fuel = true},
    {.key = "module_fresh",
     .name = "hello-world module",
     .runtime = "hello.wat",
     .output = "hello\n"},
    {.key = "module_fresh_fuel",
     .name = "hello-world module, fuel counted",
     .runtime = "hello.wat",
     .output = "hello\n",
     .fuel = true},
};
#define FRESH_ROWS (sizeof fresh_rows / sizeof *fresh_rows)

static bj_runtime *open_named(bj_engine *engine, const char *name)
{
    char *path = strchr(name, '.') ? bench_path(name) : NULL;
    bj_runtime *runtime = bench_runtime(engine, path ? path : name);
    free(path);
    return runtime;
}

static void run_fresh(fresh_row *row, bool keep)
{
    const uint64_t end = now_ns() + SLICE_NS;
    for (uint64_t began = now_ns(); began < end;) {
        bj_sandbox *box = must_make(row->opened, &row->policy);
        must_run(box, row->source, row->output);
        bj_sandbox_delete(box);
        const uint64_t now = now_ns();
        if (keep)
            samples_add(&row->times, now - began);
        began = now;
    }
}

static void print_row(const char *name, const summary *s, const char *beside)
{
    if (quiet)
        return;
    print_cell(name, 40);
    print_cell(ns_format(s->min).text, -11);
    print_cell(ns_format(s->median).text, -11);
    print_cell(ns_format(s->p99).text, -11);
    printf("   %s\n", beside);
}

static void print_heading(const char *title, const char *beside)
{
    if (quiet)
        return;
    putchar('\n');
    print_cell(title, 40);
    print_cell("min", -11);
    print_cell("median", -11);
    print_cell("p99", -11);
    printf("   %s\n", beside);
}

/* ------------------------------------------------------------------ peers */

typedef struct peer {
    const char *key, *name;
    const char *script, *which, *measure; /* `which` NULL: a script of node */
    size_t beside;                        /* the row of fresh_rows; SESSION: the live session */
    samples times;
    summary result;
    bool absent;
} peer;

#define SESSION SIZE_MAX

static peer peers[] = {
    {.key = "node_wasi_module_fresh",
     .name = "node:wasi, hello-world module",
     .script = "../../bench/peers.mjs",
     .beside = 4},
    {.key = "eryx_fresh",
     .name = "eryx, fresh sandbox, print(1+1)",
     .script = "../../bench/peers.py",
     .which = "eryx",
     .measure = "fresh",
     .beside = 0},
    {.key = "monty_fresh",
     .name = "Monty, fresh session, 1+1",
     .script = "../../bench/peers.py",
     .which = "monty",
     .measure = "fresh",
     .beside = 0},
    {.key = "eryx_session",
     .name = "eryx, live session, x += 1",
     .script = "../../bench/peers.py",
     .which = "eryx",
     .measure = "session",
     .beside = SESSION},
    {.key = "monty_session",
     .name = "Monty, live session, x += 1",
     .script = "../../bench/peers.py",
     .which = "monty",
     .measure = "session",
     .beside = SESSION},
};
#define PEERS (sizeof peers / sizeof *peers)

static void run_peer(peer *p)
{
    char *script = bench_path(p->script), *python = bench_path("peers/bin/python");
    const char *const of_node[] = {"node", "--no-warnings", script, PEER_COUNT, NULL};
    const char *const of_python[] = {python, script, p->which, p->measure, PEER_COUNT, NULL};
    const char *const *argv = p->which ? of_python : of_node;
    process_result result;
    p->absent = !process_exists(argv[0]) || process_run(argv, "", 0, 60000, &result) < 0 ||
                result.status != 0;
    json_t *list = p->absent ? NULL : json_loads(result.output, 0, NULL);
    size_t i;
    json_t *each;
    json_array_foreach(list, i, each) samples_add(&p->times, (uint64_t)json_integer_value(each));
    p->absent |= p->times.count == 0;
    json_decref(list);
    free(script);
    free(python);
}

/* ------------------------------------------------------------------ fresh and live, beside the peers */

typedef struct session_row {
    bj_sandbox *box;
    samples times;
    summary result;
    uint64_t evals;
    double rate;
} session_row;

/* An eval at a time, so that the peers' times compare. */
static void run_session(session_row *row, bool keep)
{
    for (int i = 0; i < SESSION_EVALS / 10; i++) {
        const uint64_t began = now_ns();
        must_run(row->box, "x += 1", "");
        if (keep)
            samples_add(&row->times, now_ns() - began);
        row->evals++;
    }
}

/* Evals with nothing between them, in batches: the median batch's rate. */
static double eval_rate(session_row *row)
{
    samples batches = {0};
    for (int batch = 0; batch < RATE_BATCHES; batch++) {
        const uint64_t began = now_ns();
        for (int i = 0; i < SESSION_EVALS; i++)
            must_run(row->box, "x += 1", "");
        samples_add(&batches, now_ns() - began);
        row->evals += SESSION_EVALS;
    }
    const summary result = samples_summarize(&batches);
    free(batches.ns);
    return 1e9 * SESSION_EVALS / (double)result.median;
}

static void open_rows(bj_engine *engine)
{
    for (size_t i = 0; i < FRESH_ROWS; i++) {
        fresh_row *row = &fresh_rows[i];
        row->opened = open_named(engine, row->runtime);
        bj_policy_init(&row->policy);
        row->policy.fuel = row->fuel ? MUCH_FUEL : 0;
    }
}

static void report_rows(session_row *session)
{
    char key[64], beside[64];
    print_heading("fresh: create, run, receipt, delete", "");
    for (size_t i = 0; i < FRESH_ROWS; i++) {
        fresh_row *row = &fresh_rows[i];
        row->result = samples_summarize(&row->times);
        beside[0] = 0;
        if (row->fuel)
            snprintf(beside, sizeof beside, "%s without",
                     ratio_format(row->result.median, fresh_rows[i - 1].result.median).text);
        print_row(row->name, &row->result, beside);
        snprintf(key, sizeof key, "%s_p50_us", row->key);
        note(key, us(row->result.median));
        snprintf(key, sizeof key, "%s_p99_us", row->key);
        note(key, us(row->result.p99));
    }
    session->result = samples_summarize(&session->times);
    print_heading("live: an eval", "");
    print_row("Python, x += 1", &session->result, "");
    note("session_eval_p50_us", us(session->result.median));
    say("one after the other: %.0f evals/s\n", session->rate);
    note("session_evals_per_s", session->rate);
    print_heading("peers, in the same run", "Belljar beside it");
    for (size_t i = 0; i < PEERS; i++) {
        peer *p = &peers[i];
        if (p->absent) {
            say("%s: not there (node, or bench/peers.sh)\n", p->name);
            continue;
        }
        const summary *ours =
            p->beside == SESSION ? &session->result : &fresh_rows[p->beside].result;
        p->result = samples_summarize(&p->times);
        snprintf(beside, sizeof beside, "%s", ratio_format(ours->median, p->result.median).text);
        print_row(p->name, &p->result, beside);
        snprintf(key, sizeof key, "%s_p50_us", p->key);
        note(key, us(p->result.median));
        snprintf(key, sizeof key, "ratio_to_%s", p->key);
        note(key, (double)ours->median / (double)p->result.median);
    }
}

static void measure_fresh(uint64_t rounds)
{
    bj_engine *engine = bench_engine();
    open_rows(engine);
    session_row session = {.box = must_make(fresh_rows[0].opened, &fresh_rows[0].policy)};
    must_run(session.box, "x = 0", "");
    progress p = progress_begin("fresh and live", rounds + 1);
    for (uint64_t round = 0; round <= rounds; round++) {
        for (size_t i = 0; i < FRESH_ROWS; i++)
            run_fresh(&fresh_rows[i], round > 0);
        run_session(&session, round > 0);
        if (round % 10 == 5)
            for (size_t i = 0; i < PEERS; i++)
                if (!peers[i].absent)
                    run_peer(&peers[i]);
        progress_step(&p, "");
    }
    progress_end(&p);
    session.rate = eval_rate(&session);
    char expected[24];
    snprintf(expected, sizeof expected, "%" PRIu64 "\n", session.evals);
    must_run(session.box, "print(x)", expected);
    bj_sandbox_delete(session.box);
    report_rows(&session);
    free(session.times.ns);
    for (size_t i = 0; i < FRESH_ROWS; i++)
        bj_runtime_delete(fresh_rows[i].opened);
    bj_engine_delete(engine);
}

static bj_engine *engine_for(uint32_t sandboxes)
{
    bj_error err;
    bj_engine_options options;
    bj_engine_options_init(&options);
    options.max_sandboxes = sandboxes;
    char *guests = bench_path("../guests");
    if (!getenv("BELLJAR_GUESTS"))
        options.guest_dir = guests;
    bj_engine *engine = bj_engine_new(&options, &err);
    if (!engine)
        bench_die("%s", err.message);
    free(guests);
    return engine;
}

/* What one that wrote a lot leaves to those that follow it in its slot. */
static void measure_after_a_large_one(void)
{
    bj_engine *engine = engine_for(1);
    bj_runtime *python = bench_runtime(engine, "python");
    bj_policy policy;
    samples times = {0};
    bj_policy_init(&policy);
    for (int i = 0; i < 300; i++) {
        const uint64_t began = now_ns();
        bj_sandbox *box = must_make(python, &policy);
        if (i == 10)
            must_run(box, "filled = [bytes(65536) for _ in range(48)]", "");
        else
            must_run(box, "print(1+1)", "2\n");
        bj_sandbox_delete(box);
        if (i > 11)
            samples_add(&times, now_ns() - began);
    }
    const summary result = samples_summarize(&times);
    say("\nfresh Python after one that filled 3 MiB of the same slot: %s\n",
        ns_format(result.median).text);
    note("python_fresh_after_large_p50_us", us(result.median));
    free(times.ns);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ forks */

typedef enum fork_step { SNAPSHOT, SPAWN, PRINT, DELETE, FORK_STEPS } fork_step;

typedef struct fork_row {
    const char *key, *name, *source;
    int times;
    samples steps[FORK_STEPS], fork, again;
    bj_sandbox *box;
} fork_row;

/* Lists of str, ints and floats; and the last of bytes, since a hundred million of those are quickly made. */
static fork_row fork_rows[] = {
    {.key = "fork_1mib",
     .name = "1 MiB",
     .source = "data = [(i, str(i)) for i in range(8000)]",
     .times = 300},
    {.key = "fork_10mib",
     .name = "10 MiB",
     .source = "data = [(i, str(i)) for i in range(80000)]",
     .times = 40},
    {.key = "fork_100mib",
     .name = "100 MiB",
     .source = "data = [bytes([i % 251 + 1]) * 65536 for i in range(1600)]",
     .times = 8},
};
#define FORK_ROWS (sizeof fork_rows / sizeof *fork_rows)

/* Of a session that has changed since the last time; then once more of the same state, which is known already. */
static void fork_once(fork_row *row)
{
    bj_error err;
    must_run(row->box, "data[0] = data[1]", "");
    uint64_t at[FORK_STEPS + 1] = {now_ns()};
    bj_snapshot *snapshot = bj_sandbox_snapshot(row->box, &err);
    at[1] = now_ns();
    bj_sandbox *twin = snapshot ? bj_snapshot_spawn(snapshot, NULL, &err) : NULL;
    at[2] = now_ns();
    if (!twin)
        bench_die("%s", err.message);
    must_run(twin, "print(1+1)", "2\n");
    at[3] = now_ns();
    bj_sandbox_delete(twin);
    at[4] = now_ns();
    bj_snapshot_delete(snapshot);
    for (int i = 0; i < FORK_STEPS; i++)
        samples_add(&row->steps[i], at[i + 1] - at[i]);
    samples_add(&row->fork, at[SPAWN + 1] - at[0]);
}

static void fork_again(fork_row *row)
{
    bj_error err;
    const uint64_t began = now_ns();
    bj_sandbox *twin = bj_sandbox_fork(row->box, &err);
    const uint64_t ended = now_ns();
    if (!twin)
        bench_die("%s", err.message);
    must_run(twin, "print(1+1)", "2\n");
    bj_sandbox_delete(twin);
    samples_add(&row->again, ended - began);
}

static void report_fork(fork_row *row)
{
    static const char *const names[] = {"snapshot", "spawn", "print", "delete"};
    char key[64];
    const summary fork = samples_summarize(&row->fork), again = samples_summarize(&row->again);
    snprintf(key, sizeof key, "%s_p50_us", row->key);
    note(key, us(fork.median));
    snprintf(key, sizeof key, "%s_again_p50_us", row->key);
    note(key, us(again.median));
    snprintf(key, sizeof key, "%s_p99_us", row->key);
    note(key, us(fork.p99));
    if (!quiet) {
        print_cell(row->name, 12);
        print_cell(ns_format(fork.median).text, -11);
        print_cell(ns_format(fork.p99).text, -11);
    }
    for (int i = 0; i < FORK_STEPS; i++) {
        const summary step = samples_summarize(&row->steps[i]);
        snprintf(key, sizeof key, "%s_%s_p50_us", row->key, names[i]);
        note(key, us(step.median));
        if (!quiet)
            print_cell(ns_format(step.median).text, -11);
    }
    say("%11s\n", ns_format(again.median).text);
}

static void measure_forks(void)
{
    bj_engine *engine = bench_engine();
    bj_runtime *python = bench_runtime(engine, "python");
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = (uint64_t)1 << 30;
    say("\nforks of a session that holds, changed since the last one, median and p99, and medians "
        "of the steps;\n"
        "and of a fork of what has not changed since:\n");
    if (!quiet) {
        static const char *const heads[] = {"fork",  "p99",    "snapshot", "spawn",
                                            "print", "delete", "again"};
        print_cell("", 12);
        for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
            print_cell(heads[i], -11);
        putchar('\n');
    }
    for (size_t i = 0; i < FORK_ROWS; i++) {
        fork_row *row = &fork_rows[i];
        row->box = must_make(python, &policy);
        must_run(row->box, row->source, "");
        progress p = progress_begin(row->key, (size_t)row->times);
        for (int turn = 0; turn < row->times; turn++) {
            fork_once(row);
            progress_step(&p, "");
        }
        for (int turn = 0; turn < row->times; turn++)
            fork_again(row);
        progress_end(&p);
        bj_sandbox_delete(row->box);
        report_fork(row);
    }
    bj_runtime_delete(python);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ files */

#define SAVES 10

static void report_saves(const fork_row *row, samples *saves, samples *loads, uint64_t bytes)
{
    char key[64];
    const summary save = samples_summarize(saves), load = samples_summarize(loads);
    snprintf(key, sizeof key, "save%s_p50_us", strchr(row->key, '_'));
    note(key, us(save.median));
    snprintf(key, sizeof key, "load%s_p50_us", strchr(row->key, '_'));
    note(key, us(load.median));
    snprintf(key, sizeof key, "save%s_file_kib", strchr(row->key, '_'));
    note(key, (double)bytes / 1024);
    if (quiet)
        return;
    print_cell(row->name, 12);
    print_cell(ns_format(save.median).text, -11);
    print_cell(ns_format(load.median).text, -11);
    printf("%10.1f KiB\n", (double)bytes / 1024);
}

static void save_and_load(fork_row *row, bj_runtime *python, const bj_policy *policy,
                          const char *path)
{
    samples saves = {0}, loads = {0};
    struct stat st = {0};
    bj_error err;
    bj_sandbox *box = must_make(python, policy);
    must_run(box, row->source, "");
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    for (int turn = 0; turn < SAVES; turn++) {
        const uint64_t began = now_ns();
        if (!snapshot || bj_snapshot_save(snapshot, path, &err) < 0)
            bench_die("%s", err.message);
        const uint64_t saved = now_ns();
        bj_snapshot *loaded = bj_snapshot_load(python, path, 0, &err);
        bj_sandbox *twin = loaded ? bj_snapshot_spawn(loaded, policy, &err) : NULL;
        if (!twin)
            bench_die("%s", err.message);
        samples_add(&saves, saved - began);
        samples_add(&loads, now_ns() - saved);
        must_run(twin, "print(len(data) > 0)", "True\n");
        bj_sandbox_delete(twin);
        bj_snapshot_delete(loaded);
    }
    stat(path, &st);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    report_saves(row, &saves, &loads, (uint64_t)st.st_size);
    free(saves.ns);
    free(loads.ns);
}

static void measure_files(void)
{
    char path[] = "/tmp/belljar-bench-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0)
        bench_die("no file can be made in /tmp");
    close(fd);
    bj_engine *engine = bench_engine();
    bj_runtime *python = bench_runtime(engine, "python");
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = (uint64_t)1 << 30;
    say("\na session in a file, medians: to save (with fsync), to load and spawn, its size\n");
    for (size_t i = 0; i < FORK_ROWS; i++)
        save_and_load(&fork_rows[i], python, &policy, path);
    unlink(path);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ memory */

static unsigned count_maps(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned lines = 0;
    for (int c; maps && (c = fgetc(maps)) != EOF;)
        lines += c == '\n';
    if (maps)
        fclose(maps);
    return lines;
}

/* Each sandbox runs once and stays. */
static void measure_live(const char *key, const char *name, size_t row, uint32_t count)
{
    char text[64];
    bj_engine *engine = engine_for(count);
    bj_runtime *runtime = open_named(engine, fresh_rows[row].runtime);
    bj_sandbox **boxes = calloc(count, sizeof *boxes);
    bj_policy policy;
    bj_policy_init(&policy);
    const unsigned maps = count_maps();
    const uint64_t before = bench_private_bytes(), began = now_ns();
    progress p = progress_begin(name, count);
    for (uint32_t i = 0; boxes && i < count; i++) {
        boxes[i] = must_make(runtime, &policy);
        must_run(boxes[i], fresh_rows[row].source, fresh_rows[row].output);
        progress_step(&p, "");
    }
    progress_end(&p);
    const double kib = (double)(bench_private_bytes() - before) / 1024 / count;
    say("%-40s %8.1f KiB private each, %.1f maps each, %.1f s to make\n", name, kib,
        (double)(count_maps() - maps) / count, (double)(now_ns() - began) / 1e9);
    note(key, kib);
    snprintf(text, sizeof text, "%s_live", key);
    note(text, count);
    for (uint32_t i = 0; boxes && i < count; i++)
        bj_sandbox_delete(boxes[i]);
    free(boxes);
    bj_runtime_delete(runtime);
    bj_engine_delete(engine);
}

static void measure_fork_memory(void)
{
    bj_error err;
    bj_engine *engine = engine_for(FORK_PRIVATE + 1);
    bj_runtime *python = bench_runtime(engine, "python");
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = must_make(python, &policy), *twins[FORK_PRIVATE];
    must_run(box, fork_rows[0].source, "");
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    if (!snapshot)
        bench_die("%s", err.message);
    const uint64_t before = bench_private_bytes();
    for (size_t i = 0; i < FORK_PRIVATE; i++) {
        twins[i] = bj_snapshot_spawn(snapshot, NULL, &err);
        if (!twins[i])
            bench_die("%s", err.message);
    }
    const double kib = (double)(bench_private_bytes() - before) / 1024 / FORK_PRIVATE;
    for (size_t i = 0; i < FORK_PRIVATE; i++)
        must_run(twins[i], "print(1+1)", "2\n");
    const double later = (double)(bench_private_bytes() - before) / 1024 / FORK_PRIVATE;
    say("%-40s %8.1f KiB private each, %.1f after a print\n", "1,000 forks of a session with 1 MiB",
        kib, later);
    note("fork_1mib_private_kib", kib);
    note("fork_1mib_private_after_print_kib", later);
    for (size_t i = 0; i < FORK_PRIVATE; i++)
        bj_sandbox_delete(twins[i]);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ throughput */

#define IN_FLIGHT 64

/* Jobs a second, through a pool. */
static double throughput(bj_runtime *python, uint32_t threads)
{
    bj_error err;
    bj_policy policy;
    bj_pool_options options;
    bj_policy_init(&policy);
    bj_pool_options_init(&options);
    options.threads = threads;
    options.warm = 2 * threads;
    options.queue = IN_FLIGHT;
    bj_pool *pool = bj_pool_new(python, &policy, &options, &err);
    if (!pool)
        bench_die("%s", err.message);
    bj_job *jobs[IN_FLIGHT] = {0};
    uint64_t done = 0;
    const uint64_t began = now_ns(), end = began + THROUGHPUT_NS;
    for (uint64_t i = 0; now_ns() < end; i++) {
        bj_job **job = &jobs[i % IN_FLIGHT];
        bj_receipt *receipt = *job ? bj_job_wait(*job, UINT64_MAX, &err) : NULL;
        if (*job && (!receipt || strcmp(bj_receipt_stdout(receipt, NULL), "2\n") != 0))
            bench_die("a job went wrong");
        done += *job != NULL;
        bj_receipt_delete(receipt);
        bj_job_delete(*job);
        *job = bj_pool_submit(pool, 0, "print(1+1)", 10, UINT64_MAX, &err);
        if (!*job)
            bench_die("%s", err.message);
    }
    const double seconds = (double)(now_ns() - began) / 1e9;
    for (size_t i = 0; i < IN_FLIGHT; i++)
        bj_job_delete(jobs[i]);
    bj_pool_delete(pool);
    return (double)done / seconds;
}

static void measure_throughput(uint64_t in_a_row)
{
    bj_engine *engine = bench_engine();
    bj_runtime *python = bench_runtime(engine, "python");
    throughput(python, 2);
    const double one = throughput(python, 1), two = throughput(python, 2);
    say("\nfresh Python sandboxes from a pool: %.0f/s on one thread, %.0f/s on two (%.2f×)\n", one,
        two, two / one);
    note("python_fresh_per_s_1_thread", one);
    note("python_fresh_per_s_2_threads", two);

    bj_policy policy;
    bj_policy_init(&policy);
    uint64_t early = 0;
    progress p = progress_begin("in a row", in_a_row);
    for (uint64_t i = 0; i < in_a_row; i++) {
        bj_sandbox *box = must_make(python, &policy);
        must_run(box, "print(1+1)", "2\n");
        bj_sandbox_delete(box);
        if (i == in_a_row / 10)
            early = bench_private_bytes();
        progress_step(&p, "");
    }
    progress_end(&p);
    const double grown = ((double)bench_private_bytes() - (double)early) / 1024;
    say("%" PRIu64
        " in a row: %.0f KiB more private memory at the end than after a tenth of them\n",
        in_a_row, grown);
    note("in_a_row_grown_kib", grown);
    note("in_a_row_count", (double)in_a_row);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ main */

static const char help[] =
    "usage: build/bench/sessions [OPTIONS]\n\n"
    "What sandboxes cost as values: fresh, live, forked, many. Beside node:wasi, and beside eryx "
    "and Monty where\n"
    "bench/peers.sh has installed them. 30 to 50 seconds.\n\n"
    "  --json          one JSON object of numbers, with units in the keys\n"
    "  --rounds N      rounds of fresh sandboxes and live evals (40)\n"
    "  --live N        live Python sandboxes for the memory of each (1000)\n"
    "  --in-a-row N    fresh sandboxes, one after the other, for what stays behind (20000)\n"
    "  --help\n\n"
    "examples:\n"
    "  build/bench/sessions\n"
    "  build/bench/sessions --rounds 5 --in-a-row 1000     a quick look\n"
    "  build/bench/sessions --live 10000 --in-a-row 100000\n";

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},       {"rounds", required_argument, NULL, 'r'},
        {"live", required_argument, NULL, 'l'}, {"in-a-row", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},       {0},
    };
    uint64_t rounds = DEFAULT_ROUNDS, live = DEFAULT_LIVE, in_a_row = DEFAULT_IN_A_ROW;
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'j':
            quiet = true;
            break;
        case 'r':
            rounds = bench_number("--rounds", optarg, 1000000);
            break;
        case 'l':
            live = bench_number("--live", optarg, 30000);
            break;
        case 'n':
            in_a_row = bench_number("--in-a-row", optarg, 1000000000);
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return 2;
        }
    }
    if (optind < argc)
        bench_die("%s: there are no arguments, only options", argv[optind]);
    numbers = json_object();
    if (!quiet)
        bench_print_machine();
    measure_fresh(rounds);
    measure_after_a_large_one();
    measure_forks();
    measure_files();
    say("\nmemory\n");
    measure_live("python_private_kib", "Python, after a print", 0, (uint32_t)live);
    measure_live("module_private_kib", "hello-world module, after its run", 4, 1000);
    measure_fork_memory();
    measure_throughput(in_a_row);
    if (quiet && json_dumpf(numbers, stdout, JSON_INDENT(2)) == 0)
        putchar('\n');
    json_decref(numbers);
    return 0;
}
