/*
 * humaneval.c: HumanEval's problems, each solved and checked in a sandbox of its own, and on native
 * Python beside it.
 *
 * There are five ways to run a problem: a native process; in a warm engine a fresh sandbox, a session that
 * solves in one eval and checks in another, and a fork of a snapshot that all share; and a whole process of
 * `belljar run`. Each problem goes through all ways in turn before the next begins, so that
 * what the machine does meanwhile hits them alike. With --repeat the least time counts.
 *
 * Threads: workers share the engine and take problems one by one; what they found lies in one array, each
 * element written by one of them. Progress and the next problem's number are under the lock.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests.h"
#include "problems.h"
#include "process.h"
#include "progress.h"
#include "samples.h"

#define MOST_JOBS    256
#define NAME_WIDTH   36
#define NUMBER_WIDTH (-11)

typedef enum way { WAY_NATIVE, WAY_SANDBOX, WAY_SESSION, WAY_FORK, WAY_PROCESS, WAYS } way;

static const struct {
    const char *key, *name, *column;
} way_infos[WAYS] = {
    {"python3_process", "native python3, a process", "native"},
    {"belljar_sandbox", "Belljar, a fresh sandbox", "sandbox"},
    {"belljar_session", "Belljar, two evals in a session", "session"},
    {"belljar_fork", "Belljar, a fork of one snapshot", "fork"},
    {"belljar_process", "Belljar, a process (belljar run)", "process"},
};

/* How a problem went by one way. */
typedef struct attempt {
    uint64_t ns;  /* the least; 0: not tried */
    char *reason; /* why it failed; NULL: it passed */
} attempt;

typedef struct bench {
    const char *data, *python, *only;
    char *belljar;
    uint64_t most, jobs, repeat, timeout_ms;
    bool json, verbose, skip[WAYS];

    problems problems;
    bj_runtime *runtime;
    bj_snapshot *snapshot;     /* for WAY_FORK */
    attempt (*attempts)[WAYS]; /* of each problem */

    pthread_mutex_t lock;
    size_t next;
    progress progress;
} bench;

/* ------------------------------------------------------------------ one problem, one way */

/* The last line that says something: of a traceback, the exception. */
static char *last_line(const char *text)
{
    size_t end = strlen(text);
    while (end > 0 && text[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    return strndup(text + start, end - start);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* Why an eval did not end well, or NULL. Takes the receipt. */
static char *why_not(bj_receipt *receipt, bool checks)
{
    char *reason = NULL;
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    if (outcome == BJ_OUTCOME_ERROR)
        reason = last_line(bj_receipt_stderr(receipt, NULL));
    else if (outcome == BJ_OUTCOME_LIMIT)
        reason = strdup(bj_receipt_limit_name(receipt));
    else if (outcome != BJ_OUTCOME_OK)
        reason = strdup(bj_outcome_name(outcome));
    else if (checks && !ends_with(bj_receipt_stdout(receipt, NULL), PROBLEM_PASSED "\n"))
        reason = strdup("it ended before its checks did");
    bj_receipt_delete(receipt);
    return reason;
}

static bj_sandbox *make_sandbox(const bench *b, way how, const bj_policy *policy)
{
    bj_error err;
    bj_sandbox *box = how == WAY_FORK ? bj_snapshot_spawn(b->snapshot, policy, &err)
                                      : bj_sandbox_new(b->runtime, policy, &err);
    if (!box)
        bench_die("%s", err.message);
    return box;
}

static bj_receipt *eval(bj_sandbox *box, const char *source, size_t size)
{
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval(box, source, size, &err);
    if (!receipt)
        bench_die("%s", err.message);
    return receipt;
}

/* The time is that of a caller with a warm engine: from making the sandbox to its end. */
static uint64_t run_sandbox(const bench *b, const problem *p, way how, char **reason)
{
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = b->timeout_ms;
    const uint64_t began = now_ns();
    const size_t first = how == WAY_SESSION ? p->solved : 0;
    bj_sandbox *box = make_sandbox(b, how, &policy);
    if (first > 0)
        *reason = why_not(eval(box, p->source, first), false);
    if (!*reason)
        *reason = why_not(eval(box, p->source + first, p->size - first), true);
    bj_sandbox_delete(box);
    return now_ns() - began;
}

/* What every fork begins with. */
static void take_snapshot(bench *b)
{
    static const char source[] = "import collections, math, re, typing";
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = make_sandbox(b, WAY_SANDBOX, &policy);
    bj_receipt_delete(eval(box, source, sizeof source - 1));
    b->snapshot = bj_sandbox_snapshot(box, &err);
    if (!b->snapshot)
        bench_die("%s", err.message);
    bj_sandbox_delete(box);
}

static uint64_t run_process(const bench *b, const problem *p, const char *const argv[],
                            char **reason)
{
    process_result result;
    if (process_run(argv, p->source, p->size, b->timeout_ms, &result) < 0)
        bench_die("%s cannot be started: %s", argv[0], strerror(errno));
    if (result.timed_out)
        *reason = strdup("timeout");
    else if (result.status != 0)
        *reason = last_line(result.output);
    else if (!ends_with(result.output, PROBLEM_PASSED "\n"))
        *reason = strdup("it ended before its checks did");
    return result.reaped_ns - result.spawned_ns;
}

static uint64_t run_way(const bench *b, const problem *p, way how, char **reason)
{
    const char *const native[] = {b->python, "-", NULL};
    const char *const belljar[] = {b->belljar, "run", "--lang", "python", "-", NULL};
    switch (how) {
    case WAY_NATIVE:
        return run_process(b, p, native, reason);
    case WAY_PROCESS:
        return run_process(b, p, belljar, reason);
    default:
        return run_sandbox(b, p, how, reason);
    }
}

/* Once failed is failed. */
static void try_way(const bench *b, const problem *p, way how, attempt *a)
{
    char *reason = NULL;
    uint64_t ns = run_way(b, p, how, &reason);
    if (a->ns == 0 || ns < a->ns)
        a->ns = ns;
    if (reason && !a->reason)
        a->reason = reason;
    else
        free(reason);
}

/* ------------------------------------------------------------------ all problems */

static bool passed(const bench *b, size_t i, way how)
{
    const attempt *a = &b->attempts[i][how];
    return a->ns > 0 && !a->reason;
}

static void print_verbose(const bench *b, size_t i)
{
    print_cell(b->problems.items[i].id, NAME_WIDTH);
    for (int how = 0; how < WAYS; how++)
        if (!b->skip[how])
            print_cell(passed(b, i, (way)how) ? ns_format(b->attempts[i][how].ns).text : "failed",
                       NUMBER_WIDTH);
    putchar('\n');
}

/* Takes problems until there are none. */
static void *work(void *argument)
{
    bench *b = argument;
    pthread_mutex_lock(&b->lock);
    while (b->next < b->problems.count) {
        size_t i = b->next++;
        pthread_mutex_unlock(&b->lock);
        for (uint64_t turn = 0; turn < b->repeat; turn++)
            for (int how = 0; how < WAYS; how++)
                if (!b->skip[how])
                    try_way(b, &b->problems.items[i], (way)how, &b->attempts[i][how]);
        pthread_mutex_lock(&b->lock);
        progress_step(&b->progress, b->problems.items[i].id);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void run_all(bench *b)
{
    pthread_t workers[MOST_JOBS];
    size_t started = 0;
    pthread_mutex_init(&b->lock, NULL);
    b->attempts = calloc(b->problems.count, sizeof *b->attempts);
    if (!b->attempts)
        bench_die("out of memory");
    b->progress = progress_begin("humaneval", b->problems.count);
    while (started + 1 < b->jobs && pthread_create(&workers[started], NULL, work, b) == 0)
        started++;
    work(b);
    for (size_t i = 0; i < started; i++)
        pthread_join(workers[i], NULL);
    progress_end(&b->progress);
    pthread_mutex_destroy(&b->lock);
}

/* What is compiled, read or cached at the first use is not what is measured. */
static void warm_up(const bench *b)
{
    static char id[] = "warm-up";
    static char source[] = "print('" PROBLEM_PASSED "')\n";
    const problem first = {.id = id, .source = source, .size = sizeof source - 1};
    for (int how = 0; how < WAYS; how++) {
        attempt a = {0};
        if (!b->skip[how])
            try_way(b, &first, (way)how, &a);
        if (a.reason)
            bench_die("%s does not work: %s", way_infos[how].name, a.reason);
    }
}

/* ------------------------------------------------------------------ results */

typedef struct tally {
    summary times;
    size_t passed;
} tally;

static tally count_way(const bench *b, way how)
{
    tally result = {0};
    samples times = {0};
    for (size_t i = 0; i < b->problems.count; i++) {
        samples_add(&times, b->attempts[i][how].ns);
        result.passed += passed(b, i, how);
    }
    result.times = samples_summarize(&times);
    free(times.ns);
    return result;
}

static size_t print_failures(const bench *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->problems.count; i++)
        for (int how = 0; how < WAYS; how++) {
            if (b->skip[how] || passed(b, i, (way)how))
                continue;
            count++;
            fprintf(stderr, "%s failed by %s: %s\n", b->problems.items[i].id, way_infos[how].name,
                    b->attempts[i][how].reason);
        }
    return count;
}

static void print_row(const bench *b, way how, const tally *t, const tally *native)
{
    char text[32];
    print_cell(way_infos[how].name, NAME_WIDTH);
    snprintf(text, sizeof text, "%zu/%zu", t->passed, b->problems.count);
    print_cell(text, NUMBER_WIDTH);
    const uint64_t values[] = {t->times.min, t->times.median, t->times.p99, t->times.max,
                               t->times.sum};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        print_cell(ns_format(values[i]).text, NUMBER_WIDTH);
    print_cell(ratio_format(t->times.median, native->times.median).text, NUMBER_WIDTH);
    print_cell(ratio_format(t->times.sum, native->times.sum).text, NUMBER_WIDTH);
    putchar('\n');
}

static void print_table(const bench *b, const tally tallies[WAYS])
{
    static const char *const columns[] = {"passed", "min", "median",  "p99",
                                          "max",    "sum", "medians", "sums"};
    bench_print_machine();
    if (b->verbose) {
        putchar('\n');
        print_cell("problem", NAME_WIDTH);
        for (int how = 0; how < WAYS; how++)
            if (!b->skip[how])
                print_cell(way_infos[how].column, NUMBER_WIDTH);
        putchar('\n');
        for (size_t i = 0; i < b->problems.count; i++)
            print_verbose(b, i);
    }
    putchar('\n');
    print_cell("a problem's wall time, by way", NAME_WIDTH);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        print_cell(columns[i], NUMBER_WIDTH);
    putchar('\n');
    for (int how = 0; how < WAYS; how++)
        if (!b->skip[how])
            print_row(b, (way)how, &tallies[how], &tallies[WAY_NATIVE]);
    if (!b->skip[WAY_NATIVE])
        puts("(medians, sums: ratios to native python3 of this run)");
}

static json_t *json_ms(uint64_t ns)
{
    return json_real((double)ns / 1e6);
}

static json_t *json_way(const tally *t, const tally *native)
{
    json_t *object = json_pack("{sI so so so so so}", "passed", (json_int_t)t->passed, "min_ms",
                               json_ms(t->times.min), "median_ms", json_ms(t->times.median),
                               "p99_ms", json_ms(t->times.p99), "max_ms", json_ms(t->times.max),
                               "sum_ms", json_ms(t->times.sum));
    if (native->times.median > 0) {
        json_object_set_new(object, "median_ratio_to_native",
                            json_real((double)t->times.median / (double)native->times.median));
        json_object_set_new(object, "sum_ratio_to_native",
                            json_real((double)t->times.sum / (double)native->times.sum));
    }
    return object;
}

static json_t *json_problem(const bench *b, size_t i)
{
    json_t *object = json_pack("{ss}", "id", b->problems.items[i].id);
    for (int how = 0; how < WAYS; how++) {
        char key[64];
        if (b->skip[how])
            continue;
        snprintf(key, sizeof key, "%s_ms", way_infos[how].key);
        json_object_set_new(object, key, json_ms(b->attempts[i][how].ns));
        snprintf(key, sizeof key, "%s_passed", way_infos[how].key);
        json_object_set_new(object, key, json_boolean(passed(b, i, (way)how)));
    }
    return object;
}

static void print_json(const bench *b, const tally tallies[WAYS])
{
    json_t *ways = json_object(), *list = json_array();
    for (int how = 0; how < WAYS; how++)
        if (!b->skip[how])
            json_object_set_new(ways, way_infos[how].key,
                                json_way(&tallies[how], &tallies[WAY_NATIVE]));
    for (size_t i = 0; i < b->problems.count; i++)
        json_array_append_new(list, json_problem(b, i));
    json_t *all = json_pack("{sI so so}", "problem_count", (json_int_t)b->problems.count, "ways",
                            ways, "problems", list);
    if (!all || json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) < 0)
        bench_die("the numbers cannot be written as JSON");
    putchar('\n');
    json_decref(all);
}

/* ------------------------------------------------------------------ main */

static const char help[] =
    "usage: humaneval --data FILE [options]\n"
    "\n"
    "Solves HumanEval's problems with their canonical solutions and checks them: each in a fresh "
    "sandbox, in\n"
    "two evals of a session, in a fork of one snapshot, in a process of `belljar run`, and "
    "natively.\n"
    "Exit status 1 when any of them fails.\n"
    "\n"
    "  -d, --data FILE      HumanEval.jsonl.gz, or other problems of its form, gzipped or not\n"
    "  -j, --jobs N         problems at once (default 1: for times; more to see quickly who "
    "passes)\n"
    "  -r, --repeat N       runs of each problem, of which the quickest counts (default 1)\n"
    "  -l, --limit N        the first N problems only\n"
    "      --only ID        one problem: HumanEval/7\n"
    "      --timeout S      seconds for one problem (default 30)\n"
    "      --no-native      without native Python\n"
    "      --no-process     without processes of `belljar run`\n"
    "      --python PATH    the native Python (default /usr/bin/python3, else python3)\n"
    "  -v, --verbose        the wall time of each problem too\n"
    "      --json           print one JSON object, and nothing else\n"
    "  -h, --help           this help\n"
    "\n"
    "Examples:\n"
    "  bench/humaneval --data HumanEval.jsonl.gz\n"
    "  bench/humaneval --data HumanEval.jsonl.gz --jobs 4 --no-native --no-process\n"
    "  bench/humaneval --data HumanEval.jsonl.gz --only HumanEval/7 --repeat 5\n";

enum {
    OPTION_ONLY = 256,
    OPTION_TIMEOUT,
    OPTION_NO_NATIVE,
    OPTION_NO_PROCESS,
    OPTION_PYTHON,
    OPTION_JSON
};

static const struct option options[] = {
    {"data", required_argument, NULL, 'd'},
    {"jobs", required_argument, NULL, 'j'},
    {"repeat", required_argument, NULL, 'r'},
    {"limit", required_argument, NULL, 'l'},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"no-native", no_argument, NULL, OPTION_NO_NATIVE},
    {"no-process", no_argument, NULL, OPTION_NO_PROCESS},
    {"python", required_argument, NULL, OPTION_PYTHON},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void take_option(bench *b, int option, const char *value)
{
    switch (option) {
    case 'd':
        b->data = value;
        break;
    case 'j':
        b->jobs = bench_number("--jobs", value, MOST_JOBS);
        break;
    case 'r':
        b->repeat = bench_number("--repeat", value, 1000);
        break;
    case 'l':
        b->most = bench_number("--limit", value, SIZE_MAX);
        break;
    case OPTION_ONLY:
        b->only = value;
        break;
    case OPTION_TIMEOUT:
        b->timeout_ms = bench_number("--timeout", value, 86400) * 1000;
        break;
    case OPTION_NO_NATIVE:
        b->skip[WAY_NATIVE] = true;
        break;
    case OPTION_NO_PROCESS:
        b->skip[WAY_PROCESS] = true;
        break;
    case OPTION_PYTHON:
        b->python = value;
        break;
    case 'v':
        b->verbose = true;
        break;
    case OPTION_JSON:
        b->json = true;
        break;
    case 'h':
        fputs(help, stdout);
        exit(0);
    default:
        bench_die("see --help");
    }
}

static void parse(bench *b, int argc, char **argv)
{
    for (int option; (option = getopt_long(argc, argv, "d:j:r:l:vh", options, NULL)) != -1;)
        take_option(b, option, optarg);
    if (optind < argc)
        bench_die("'%s' is too much; see --help", argv[optind]);
    if (!b->data)
        bench_die("name the problems: --data HumanEval.jsonl.gz; see --help");
}

/* Without one of the others there is still something to measure; without a sandbox there is not. */
static void check_ways(bench *b)
{
    if (!b->skip[WAY_NATIVE] && !process_exists(b->python)) {
        fprintf(stderr, "there is no %s on this machine, so there is nothing native beside\n",
                b->python);
        b->skip[WAY_NATIVE] = true;
    }
    if (!b->skip[WAY_PROCESS] && !process_exists(b->belljar))
        bench_die("%s is missing: run `make build` first", b->belljar);
}

int main(int argc, char **argv)
{
    static bench b = {.most = SIZE_MAX, .jobs = 1, .repeat = 1, .timeout_ms = 30000};
    b.python = bench_python();
    b.belljar = bench_path("../belljar");
    parse(&b, argc, argv);
    check_ways(&b);
    b.problems = problems_read(b.data, b.only, (size_t)b.most);
    bj_engine *engine = bench_engine();
    b.runtime = bench_runtime(engine, "python");
    take_snapshot(&b);
    warm_up(&b);
    run_all(&b);

    tally tallies[WAYS] = {0};
    for (int how = 0; how < WAYS; how++)
        if (!b.skip[how])
            tallies[how] = count_way(&b, (way)how);
    if (b.json)
        print_json(&b, tallies);
    else
        print_table(&b, tallies);
    size_t failures = print_failures(&b);
    bj_snapshot_delete(b.snapshot);
    bj_runtime_delete(b.runtime);
    bj_engine_delete(engine);
    problems_free(&b.problems);
    return failures > 0 ? 1 : 0;
}
