/*
 * startup.c: what a fresh sandbox costs, beside a fresh native process on the same machine.
 *
 *     cold   whole processes: `belljar run`, python3, node, and one that does nothing
 *     warm   one process that makes one sandbox after the other
 *     phases where the time of both goes
 *
 * Every round takes each row in turn (a process, or a few milliseconds of sandboxes), so that what the
 * machine does meanwhile hits all rows alike. A row that does not print what it should ends the benchmark.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests.h"
#include "phases.h"
#include "process.h"
#include "progress.h"
#include "samples.h"

#define TIMEOUT_MS   120000
#define DEFAULT_COLD 20
#define DEFAULT_WARM 100
#define MOST_ROUNDS  1000000
#define SLICE_NS     5000000u
#define SLICE_MOST   100
#define CHILD_OPTION "--phases-of"
#define NAME_WIDTH   38
#define NUMBER_WIDTH (-11)

/* ------------------------------------------------------------------ rows */

typedef struct cold_info {
    const char *key, *name;
    const char *peers[2]; /* keys of the native processes to stand beside */
    const char *short_name;
    const char *output;  /* what it must write */
    const char *argv[8]; /* "@belljar" and the like stand for a path */
} cold_info;

static const cold_info cold_infos[] = {
    {
        .key = "true",
        .name = "true (an empty process)",
        .short_name = "true",
        .output = "",
        .argv = {"true"},
    },
    {
        .key = "belljar_hello",
        .name = "belljar run hello.wat",
        .peers = {"true"},
        .output = "hello\n",
        .argv = {"@belljar", "run", "@hello"},
    },
    {
        .key = "belljar_python",
        .name = "belljar run -e 'print(1+1)'",
        .peers = {"python3", "python3_bare"},
        .output = "2\n",
        .argv = {"@belljar", "run", "--lang", "python", "-e", "print(1+1)"},
    },
    {
        .key = "python3",
        .name = "python3 -c 'print(1+1)'",
        .short_name = "python3",
        .output = "2\n",
        .argv = {"@python", "-c", "print(1+1)"},
    },
    {
        .key = "python3_bare",
        .name = "python3 -I -S -c 'print(1+1)'",
        .short_name = "python3 -I -S",
        .output = "2\n",
        .argv = {"@python", "-I", "-S", "-c", "print(1+1)"},
    },
    {
        .key = "belljar_javascript",
        .name = "belljar run -e 'console.log(1+1)'",
        .peers = {"node"},
        .output = "2\n",
        .argv = {"@belljar", "run", "--lang", "javascript", "-e", "console.log(1+1)"},
    },
    {
        .key = "node",
        .name = "node -e 'console.log(1+1)'",
        .short_name = "node",
        .output = "2\n",
        .argv = {"@node", "-e", "console.log(1+1)"},
    },
};
#define COLD_ROWS (sizeof cold_infos / sizeof *cold_infos)

typedef struct cold_row {
    const cold_info *info;
    const char *argv[8];
    bool absent;
    samples times;
    summary result;
} cold_row;

/* A program in one of its two forms. */
typedef struct warm_row {
    const small_program *program;
    bool fuel;
    bj_runtime *runtime;
    samples times, phases[PHASE_COUNT];
    summary result, phase_results[PHASE_COUNT];
    phase_times last; /* for its counters */
    char key[32];
} warm_row;
#define WARM_ROWS (SMALL_PROGRAMS * 2)

/* The phases of a program in a process of its own. */
typedef struct cold_phases {
    samples phases[PHASE_COUNT], totals;
    summary phase_results[PHASE_COUNT], total;
    phase_times last;
} cold_phases;

typedef struct bench {
    uint64_t cold_rounds, warm_rounds;
    const char *python, *node;
    char *belljar, *hello;
    bool json;
    cold_row cold[COLD_ROWS];
    warm_row warm[WARM_ROWS];
    cold_phases phases[SMALL_PROGRAMS];
} bench;

static const cold_row *find_cold(const bench *b, const char *key)
{
    for (size_t i = 0; key && i < COLD_ROWS; i++)
        if (strcmp(b->cold[i].info->key, key) == 0)
            return b->cold[i].absent ? NULL : &b->cold[i];
    return NULL;
}

/* The native processes to stand beside a program. */
static const char *const *peers_of(const bench *b, const small_program *program)
{
    char key[64];
    snprintf(key, sizeof key, "belljar_%s", program->key);
    return find_cold(b, key)->info->peers;
}

/* ------------------------------------------------------------------ cold */

static const char *resolve(const bench *b, const char *argument)
{
    static const char *const names[] = {"@belljar", "@hello", "@python", "@node"};
    const char *const paths[] = {b->belljar, b->hello, b->python, b->node};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(argument, names[i]) == 0)
            return paths[i];
    return argument;
}

static void set_up_cold(bench *b)
{
    b->belljar = bench_path("../belljar");
    b->hello = bench_path("hello.wat");
    if (!process_exists(b->belljar))
        bench_die("%s is missing: run `make build` first", b->belljar);
    for (size_t i = 0; i < COLD_ROWS; i++) {
        cold_row *row = &b->cold[i];
        row->info = &cold_infos[i];
        for (size_t a = 0; row->info->argv[a]; a++)
            row->argv[a] = resolve(b, row->info->argv[a]);
        row->absent = !process_exists(row->argv[0]);
        if (row->absent)
            fprintf(stderr, "%s: there is no %s on this machine, so its row is left out\n",
                    row->info->name, row->argv[0]);
    }
}

/* `keep` is false for the first round, which warms the machine's caches (and ours). */
static void run_cold(cold_row *row, bool keep)
{
    process_result result;
    if (process_run(row->argv, NULL, 0, TIMEOUT_MS, &result) < 0)
        bench_die("%s cannot be started: %s", row->argv[0], strerror(errno));
    if (result.status != 0 || strcmp(result.output, row->info->output) != 0)
        bench_die("%s: status %d, output '%s'", row->info->name, result.status, result.output);
    if (keep)
        samples_add(&row->times, result.reaped_ns - result.spawned_ns);
}

static void run_phases(cold_phases *p, const small_program *program, bool keep)
{
    const char *const argv[] = {"/proc/self/exe", CHILD_OPTION, program->key, NULL};
    process_result result;
    if (process_run(argv, NULL, 0, TIMEOUT_MS, &result) < 0)
        bench_die("this program cannot be started again: %s", strerror(errno));
    phases_read(&result, &p->last);
    for (int i = 0; keep && i < PHASE_COUNT; i++)
        samples_add(&p->phases[i], p->last.ns[i]);
    if (keep)
        samples_add(&p->totals, phases_total(&p->last));
}

static void measure_cold(bench *b)
{
    progress p = progress_begin("cold", b->cold_rounds + 1);
    for (uint64_t round = 0; round <= b->cold_rounds; round++) {
        for (size_t i = 0; i < COLD_ROWS; i++)
            if (!b->cold[i].absent)
                run_cold(&b->cold[i], round > 0);
        for (size_t i = 0; i < SMALL_PROGRAMS; i++)
            run_phases(&b->phases[i], &small_programs[i], round > 0);
        progress_step(&p, "");
    }
    progress_end(&p);
    for (size_t i = 0; i < COLD_ROWS; i++)
        b->cold[i].result = samples_summarize(&b->cold[i].times);
    for (size_t i = 0; i < SMALL_PROGRAMS; i++) {
        b->phases[i].total = samples_summarize(&b->phases[i].totals);
        for (int phase = 0; phase < PHASE_COUNT; phase++)
            b->phases[i].phase_results[phase] = samples_summarize(&b->phases[i].phases[phase]);
    }
}

/* ------------------------------------------------------------------ warm */

static void run_warm(warm_row *row, bool keep)
{
    phases_run(row->runtime, row->program, row->fuel, &row->last);
    for (int i = 0; keep && i < PHASE_COUNT; i++)
        samples_add(&row->phases[i], row->last.ns[i]);
    if (keep)
        samples_add(&row->times, phases_total(&row->last));
}

/* As many sandboxes as fit a slice of time, at least one: after the one that a Python took long over, the
 * first of the small ones would find nothing of its own in the processor's caches. */
static void run_slice(warm_row *row, bool keep)
{
    uint64_t began = now_ns();
    size_t count = 0;
    do
        run_warm(row, keep);
    while (++count < SLICE_MOST && now_ns() - began < SLICE_NS);
}

static void measure_warm(bench *b)
{
    bj_engine *engine = bench_engine();
    bj_runtime *runtimes[SMALL_PROGRAMS];
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        runtimes[i] = phases_open(engine, &small_programs[i]);
    for (size_t i = 0; i < WARM_ROWS; i++) {
        warm_row *row = &b->warm[i];
        row->program = &small_programs[i / 2];
        row->runtime = runtimes[i / 2];
        row->fuel = i % 2;
        snprintf(row->key, sizeof row->key, "%s_%s", row->program->key,
                 row->fuel ? "fuel" : "epoch");
    }
    progress p = progress_begin("warm", b->warm_rounds + 1);
    for (uint64_t round = 0; round <= b->warm_rounds; round++) {
        for (size_t i = 0; i < WARM_ROWS; i++)
            run_slice(&b->warm[i], round > 0);
        progress_step(&p, "");
    }
    progress_end(&p);
    for (size_t i = 0; i < WARM_ROWS; i++) {
        b->warm[i].result = samples_summarize(&b->warm[i].times);
        for (int phase = 0; phase < PHASE_COUNT; phase++)
            b->warm[i].phase_results[phase] = samples_summarize(&b->warm[i].phases[phase]);
    }
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        bj_runtime_delete(runtimes[i]);
    bj_engine_delete(engine);
}

/* ------------------------------------------------------------------ tables */

static void print_heading(const char *name, const char *last)
{
    static const char *const columns[] = {"min", "median", "p99", "max"};
    putchar('\n');
    print_cell(name, NAME_WIDTH);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        print_cell(columns[i], NUMBER_WIDTH);
    printf("   %s\n", last);
}

static void print_summary(const bench *b, const char *name, const summary *s,
                          const char *const peers[2])
{
    print_cell(name, NAME_WIDTH);
    const uint64_t values[] = {s->min, s->median, s->p99, s->max};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        print_cell(ns_format(values[i]).text, NUMBER_WIDTH);
    const char *separator = "   ";
    for (size_t i = 0; i < 2; i++) {
        const cold_row *peer = find_cold(b, peers[i]);
        if (!peer)
            continue;
        printf("%s%s %s", separator, ratio_format(s->median, peer->result.median).text,
               peer->info->short_name);
        separator = ", ";
    }
    putchar('\n');
}

static void print_cold(const bench *b)
{
    char heading[64];
    snprintf(heading, sizeof heading, "cold: a process (%" PRIu64 " rounds)", b->cold_rounds);
    print_heading(heading, "median beside");
    for (size_t i = 0; i < COLD_ROWS; i++)
        if (!b->cold[i].absent)
            print_summary(b, b->cold[i].info->name, &b->cold[i].result, b->cold[i].info->peers);
}

static void print_warm(const bench *b)
{
    char heading[64], name[64];
    snprintf(heading, sizeof heading, "warm: a sandbox (%" PRIu64 " rounds)", b->warm_rounds);
    print_heading(heading, "median beside a process of");
    for (size_t i = 0; i < WARM_ROWS; i++) {
        const warm_row *row = &b->warm[i];
        snprintf(name, sizeof name, "%s, %s", row->program->key,
                 row->fuel ? "fuel + epoch" : "epoch");
        print_summary(b, name, &row->result, peers_of(b, row->program));
    }
}

static void print_number(uint64_t number)
{
    char text[24] = "-";
    if (number > 0)
        snprintf(text, sizeof text, "%" PRIu64, number);
    print_cell(text, NUMBER_WIDTH);
}

static void print_cold_phases(const bench *b)
{
    putchar('\n');
    print_cell("where a cold process's time goes", NAME_WIDTH + 6);
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        print_cell(small_programs[i].key, NUMBER_WIDTH);
    putchar('\n');
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        print_cell(phase_infos[phase].name, NAME_WIDTH + 6);
        for (size_t i = 0; i < SMALL_PROGRAMS; i++)
            print_cell(ns_format(b->phases[i].phase_results[phase].median).text, NUMBER_WIDTH);
        putchar('\n');
    }
    print_cell("total", NAME_WIDTH + 6);
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        print_cell(ns_format(b->phases[i].total.median).text, NUMBER_WIDTH);
    puts("\n(medians, in a process of this program)");
}

static void print_warm_counters(const bench *b, const char *name, size_t offset)
{
    print_cell(name, NAME_WIDTH + 6);
    for (size_t i = 0; i < WARM_ROWS; i++) {
        uint64_t number;
        memcpy(&number, (const char *)&b->warm[i].last + offset, sizeof number);
        print_number(number);
    }
    putchar('\n');
}

static void print_warm_phases(const bench *b)
{
    putchar('\n');
    print_cell("where a warm sandbox's time goes", NAME_WIDTH + 6);
    for (size_t i = 0; i < WARM_ROWS; i++)
        print_cell(b->warm[i].fuel ? "… + fuel" : b->warm[i].program->key, NUMBER_WIDTH);
    putchar('\n');
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        if (phase_infos[phase].cold)
            continue;
        print_cell(phase_infos[phase].name, NAME_WIDTH + 6);
        for (size_t i = 0; i < WARM_ROWS; i++)
            print_cell(ns_format(b->warm[i].phase_results[phase].median).text, NUMBER_WIDTH);
        putchar('\n');
    }
    print_warm_counters(b, "host calls of run or first eval", offsetof(phase_times, host_calls));
    print_warm_counters(b, "host calls of second eval", offsetof(phase_times, host_calls_again));
    print_warm_counters(b, "fuel of run or first eval", offsetof(phase_times, fuel));
}

/* ------------------------------------------------------------------ JSON */

static json_t *json_us(uint64_t ns)
{
    return json_real((double)ns / 1000);
}

static json_t *json_summary(const bench *b, const summary *s, const char *const peers[2])
{
    json_t *object = json_pack("{sI so so so so}", "samples", (json_int_t)s->count, "min_us",
                               json_us(s->min), "median_us", json_us(s->median), "p99_us",
                               json_us(s->p99), "max_us", json_us(s->max));
    for (size_t i = 0; i < 2; i++) {
        const cold_row *peer = find_cold(b, peers[i]);
        char key[64];
        if (!peer || peer->result.median == 0)
            continue;
        snprintf(key, sizeof key, "median_ratio_to_%s", peer->info->key);
        json_object_set_new(object, key,
                            json_real((double)s->median / (double)peer->result.median));
    }
    return object;
}

static json_t *json_phases(const summary *results, bool cold, const phase_times *last)
{
    json_t *object = json_object();
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        char key[64];
        if (phase_infos[phase].cold && !cold)
            continue;
        snprintf(key, sizeof key, "%s_median_us", phase_infos[phase].key);
        json_object_set_new(object, key, json_us(results[phase].median));
    }
    json_object_set_new(object, "host_calls", json_integer((json_int_t)last->host_calls));
    json_object_set_new(object, "host_calls_again",
                        json_integer((json_int_t)last->host_calls_again));
    if (last->fuel > 0)
        json_object_set_new(object, "fuel", json_integer((json_int_t)last->fuel));
    return object;
}

static void print_json(const bench *b)
{
    json_t *cold = json_object(), *warm = json_object();
    json_t *cold_parts = json_object(), *warm_parts = json_object();
    for (size_t i = 0; i < COLD_ROWS; i++)
        if (!b->cold[i].absent)
            json_object_set_new(cold, b->cold[i].info->key,
                                json_summary(b, &b->cold[i].result, b->cold[i].info->peers));
    for (size_t i = 0; i < WARM_ROWS; i++) {
        const warm_row *row = &b->warm[i];
        json_object_set_new(warm, row->key,
                            json_summary(b, &row->result, peers_of(b, row->program)));
        json_object_set_new(warm_parts, row->key,
                            json_phases(row->phase_results, false, &row->last));
    }
    for (size_t i = 0; i < SMALL_PROGRAMS; i++)
        json_object_set_new(cold_parts, small_programs[i].key,
                            json_phases(b->phases[i].phase_results, true, &b->phases[i].last));
    json_t *all = json_pack("{so so so so}", "cold", cold, "warm", warm, "cold_phases", cold_parts,
                            "warm_phases", warm_parts);
    if (!all || json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) < 0)
        bench_die("the numbers cannot be written as JSON");
    putchar('\n');
    json_decref(all);
}

/* ------------------------------------------------------------------ main */

static const char help[] =
    "usage: startup [options]\n"
    "\n"
    "What a fresh sandbox costs: a hello-world module, print(1+1) in Python and console.log(1+1) "
    "in\n"
    "JavaScript, as a process and in a warm engine, beside native python3 and node.\n"
    "\n"
    "  -n, --rounds N    cold rounds: processes of each kind (default 20)\n"
    "  -w, --warm N      warm rounds: of each kind one sandbox, or 5 ms of them (default 100)\n"
    "      --python PATH the native Python (default /usr/bin/python3, else python3)\n"
    "      --node PATH   the native Node (default node)\n"
    "      --json        print one JSON object of numbers, and nothing else\n"
    "  -h, --help        this help\n"
    "\n"
    "Examples:\n"
    "  build/bench/startup\n"
    "  build/bench/startup -n 5 -w 20                     a quick look\n"
    "  build/bench/startup --json | jq .warm.python_epoch\n";

static void parse(bench *b, int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'n'},
        {"warm", required_argument, NULL, 'w'},
        {"python", required_argument, NULL, 'p'},
        {"node", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "n:w:h", options, NULL)) != -1;) {
        switch (option) {
        case 'n':
            b->cold_rounds = bench_number("-n", optarg, MOST_ROUNDS);
            break;
        case 'w':
            b->warm_rounds = bench_number("-w", optarg, MOST_ROUNDS);
            break;
        case 'p':
            b->python = optarg;
            break;
        case 'o':
            b->node = optarg;
            break;
        case 'j':
            b->json = true;
            break;
        case 'h':
            fputs(help, stdout);
            exit(0);
        default:
            bench_die("see --help");
        }
    }
    if (optind < argc)
        bench_die("'%s' is too much; see --help", argv[optind]);
}

int main(int argc, char **argv)
{
    uint64_t main_ns = now_ns();
    if (argc == 3 && strcmp(argv[1], CHILD_OPTION) == 0)
        return phases_child(argv[2], main_ns);
    static bench b = {.cold_rounds = DEFAULT_COLD, .warm_rounds = DEFAULT_WARM, .node = "node"};
    b.python = bench_python();
    parse(&b, argc, argv);
    set_up_cold(&b);
    measure_cold(&b);
    measure_warm(&b);
    if (b.json) {
        print_json(&b);
        return 0;
    }
    bench_print_machine();
    print_cold(&b);
    print_warm(&b);
    print_cold_phases(&b);
    print_warm_phases(&b);
    return 0;
}
