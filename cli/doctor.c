/*
 * doctor.c: `belljar doctor`: what this machine supports, what works, and what to do about the rest.
 *
 * It believes nothing that it can try: besides the engine's own description it runs a module and the
 * interpreters. What it finds is gathered as JSON first, and printed from it.
 */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "machine.h"
#include "values.h"

typedef struct doctor_options {
    machine_options machine;
    bool json;
} doctor_options;

const cli_option doctor_option_table[] = {
    OPTION_HEADING("Output"),
    {.name = "json",
     .help = "print one JSON object",
     .take = option_take_flag,
     .offset = offsetof(doctor_options, json)},
    MACHINE_OPTIONS(doctor_options, machine),
    OPTION_HELP,
    OPTIONS_END,
};

/* ------------------------------------------------------------------ trying */

/* A program that prints 42, or a module that does nothing. One that need not be there is left out where it is not. */
typedef struct trial {
    const char *name;
    const char *runtime; /* NULL: the source is the module */
    const char *source;
    const char *output;
    const char *advice;
    bool optional;
} trial;

#define GUESTS_ADVICE                                                                              \
    "build the interpreters ('make') or name their folder with --guests DIR or BELLJAR_GUESTS"

static const trial trials[] = {
    {"module", NULL, "(module (memory (export \"memory\") 1) (func (export \"_start\")))", "",
     "the engine does not work here; please report this with the output of 'belljar doctor "
     "--json'",
     false},
    {"python", "python", "print(6 * 7)", "42\n", GUESTS_ADVICE, false},
    {"javascript", "javascript", "console.log(6 * 7)", "42\n", GUESTS_ADVICE, false},
    {"typescript", "typescript", "enum Kind { A = 42 }\nconsole.log(Kind.A as number)", "42\n",
     GUESTS_ADVICE, true},
};

static bj_receipt *try_in(const trial *t, bj_runtime *runtime, bj_error *err)
{
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = bj_sandbox_new(runtime, &policy, err);
    bj_receipt *receipt = NULL;
    if (box != NULL && t->runtime != NULL)
        receipt = bj_sandbox_eval(box, t->source, strlen(t->source), err);
    else if (box != NULL)
        receipt = bj_sandbox_run(box, err);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    return receipt;
}

static bj_receipt *try_trial(const trial *t, bj_engine *engine, bj_error *err)
{
    bj_runtime *runtime =
        t->runtime != NULL
            ? bj_runtime_open(engine, t->runtime, err)
            : bj_runtime_from_bytes(engine, t->source, strlen(t->source), t->name, err);
    bj_receipt *receipt = runtime != NULL ? try_in(t, runtime, err) : NULL;
    bj_runtime_delete(runtime);
    return receipt;
}

/* What is wrong with a receipt that a trial returned, or NULL. */
static const char *wrong_with(const trial *t, const bj_receipt *receipt)
{
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK) {
        const char *message = bj_receipt_error_message(receipt);
        return message != NULL ? message : bj_outcome_name(bj_receipt_outcome(receipt));
    }
    return strcmp(bj_receipt_stdout(receipt, NULL), t->output) == 0 ? NULL
                                                                    : "it printed something else";
}

/* Whether a guest that need not be there is not. */
static bool is_left_out(const trial *t, const json_t *report)
{
    const json_t *guests = json_object_get(json_object_get(report, "engine"), "guests");
    return t->optional && !json_bool_at(guests, t->runtime, true);
}

/* {"name", "ok", "wall_ns" or "error"}. A value may be NULL when memory is out, which Jansson takes as
 * an error of its own: the report then misses a line and is not wrong. */
static json_t *run_trial(const trial *t, bj_engine *engine)
{
    bj_error err;
    bj_receipt *receipt = try_trial(t, engine, &err);
    const char *wrong = receipt != NULL ? wrong_with(t, receipt) : err.message;
    bj_usage usage = {.size = sizeof usage};
    if (receipt != NULL)
        bj_receipt_usage(receipt, &usage);
    json_t *result = wrong != NULL
                         ? json_pack("{s:s, s:b, s:s}", "name", t->name, "ok", 0, "error", wrong)
                         : json_pack("{s:s, s:b, s:I}", "name", t->name, "ok", 1, "wall_ns",
                                     (json_int_t)usage.wall_ns);
    bj_receipt_delete(receipt);
    return result;
}

/* ------------------------------------------------------------------ the report */

static void add_problem(json_t *report, const char *what, const char *why, const char *advice)
{
    json_array_append_new(json_object_get(report, "problems"),
                          json_pack("{s:s, s:s, s:s}", "what", what, "why", why, "advice", advice));
    json_object_set_new(report, "ok", json_false());
}

static void check_cache(json_t *report, const doctor_options *options)
{
    const json_t *cache = json_object_get(json_object_get(report, "engine"), "cache");
    if (options->machine.no_cache || json_bool_at(cache, "usable", true))
        return;
    add_problem(
        report, "cache", json_string_at(cache, "reason", "it cannot be used"),
        "each process compiles anew; name a folder of your own with mode 0700 by --cache DIR "
        "or BELLJAR_CACHE");
}

static void run_trials(json_t *report, bj_engine *engine)
{
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
        if (is_left_out(&trials[i], report))
            continue;
        json_t *result = run_trial(&trials[i], engine);
        json_array_append_new(json_object_get(report, "trials"), result);
        if (!json_bool_at(result, "ok", false))
            add_problem(report, trials[i].name, json_string_at(result, "error", "it failed"),
                        trials[i].advice);
    }
}

/* {"ok", "engine": {…} or null, "trials": […], "problems": [{"what", "why", "advice"}]}, or NULL when
 * memory is out. */
static json_t *examine(const doctor_options *options)
{
    json_t *report = json_pack("{s:b, s:n, s:[], s:[]}", "ok", 1, "engine", "trials", "problems");
    bj_error err;
    bj_engine *engine = machine_start(&options->machine, &err);
    if (engine == NULL) {
        add_problem(report, "engine", err.message, "nothing can run until this is solved");
        return report;
    }
    char *text = bj_engine_describe(engine);
    if (text != NULL)
        json_object_set_new(report, "engine", json_read(text));
    bj_free(text);
    check_cache(report, options);
    run_trials(report, engine);
    bj_engine_delete(engine);
    return report;
}

/* ------------------------------------------------------------------ printing */

static void print_row(const char *label, const char *text, const char *reason)
{
    printf("  %-12s ", label);
    cli_put_text(stdout, text);
    if (reason != NULL && reason[0] != '\0') {
        printf(" (");
        cli_put_text(stdout, reason);
        putchar(')');
    }
    putchar('\n');
}

static void print_cache(const json_t *cache)
{
    char text[96] = "not used";
    if (json_bool_at(cache, "usable", false))
        snprintf(text, sizeof text, "%" PRIu64 " compiled modules, %s",
                 json_count_at(cache, "entries"),
                 values_format(BJ_UNIT_BYTES, json_count_at(cache, "bytes")).text);
    print_row("cache", text,
              json_bool_at(cache, "usable", false) ? json_string_at(cache, "dir", NULL)
                                                   : json_string_at(cache, "reason", NULL));
}

/* A line for so many packages as fit one. */
static void print_packages(json_t *packages)
{
    char line[100] = "";
    const char *name, *label = "packages";
    json_t *version;
    json_object_foreach(packages, name, version)
    {
        char one[64];
        snprintf(one, sizeof one, "%s %s", name, json_string_value(version));
        if (line[0] != 0 && strlen(line) + strlen(one) > sizeof line - 3) {
            print_row(label, line, NULL);
            line[0] = 0;
            label = "";
        }
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", line[0] ? ", " : "", one);
    }
    if (line[0] != 0)
        print_row(label, line, NULL);
}

static void print_engine(const json_t *engine)
{
    char slots[128];
    snprintf(slots, sizeof slots, "%s sandboxes at once, %s of each kept resident",
             values_format(BJ_UNIT_COUNT, json_count_at(engine, "max_sandboxes")).text,
             values_format(BJ_UNIT_BYTES, json_count_at(engine, "keep_resident_bytes")).text);
    printf("Belljar %s with Wasmtime %s\n", json_string_at(engine, "version", "?"),
           json_string_at(engine, "wasmtime", "?"));
    print_row("kernel", json_string_at(engine, "kernel", "?"), NULL);
    print_row("cpu", json_string_at(engine, "cpu", "?"), NULL);
    print_row("allocation", json_string_at(engine, "allocation", "?"),
              json_string_at(engine, "allocation_reason", NULL));
    print_row("slots", slots, NULL);
    print_row("PAGEMAP_SCAN",
              json_bool_at(engine, "pagemap_scan", false)
                  ? "yes: a reused slot stays warm"
                  : "no: slots are not kept warm; it wants Linux 6.7 or later",
              NULL);
    print_cache(json_object_get(engine, "cache"));
    print_row("guests", json_string_at(json_object_get(engine, "guests"), "dir", "none"), NULL);
    print_packages(json_object_get(json_object_get(engine, "guests"), "packages"));
}

static void print_trials(const json_t *list)
{
    size_t index;
    json_t *result;
    json_array_foreach(list, index, result)
    {
        if (json_bool_at(result, "ok", false))
            print_row(json_string_at(result, "name", "?"), "works",
                      values_format_ns(json_count_at(result, "wall_ns")).text);
        else
            print_row(json_string_at(result, "name", "?"), "FAILS",
                      json_string_at(result, "error", NULL));
    }
}

static void print_problems(const json_t *problems)
{
    if (json_array_size(problems) == 0)
        printf("\nEverything works.\n");
    size_t index;
    json_t *problem;
    json_array_foreach(problems, index, problem)
    {
        printf("\nProblem with %s: ", json_string_at(problem, "what", "?"));
        cli_put_text(stdout, json_string_at(problem, "why", "?"));
        printf("\n  What to do: %s\n", json_string_at(problem, "advice", "?"));
    }
}

static void print_report(const json_t *report)
{
    const json_t *engine = json_object_get(report, "engine");
    if (json_is_object(engine))
        print_engine(engine);
    print_trials(json_object_get(report, "trials"));
    print_problems(json_object_get(report, "problems"));
}

int doctor_command(const cli_command *self, int argc, char **argv)
{
    doctor_options options = {.json = false};
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, &options, &operands, &status))
        return status;
    if (operands.count != 0 || operands.rest_count != 0)
        return cli_error("doctor takes no arguments; see 'belljar help doctor'");
    json_auto *report = examine(&options);
    if (report == NULL)
        return cli_error("out of memory");
    if (options.json)
        json_write(stdout, report, isatty(STDOUT_FILENO)); /* its errors: cli_flush */
    else
        print_report(report);
    return json_bool_at(report, "ok", false) ? CLI_OK : CLI_UNHEALTHY;
}
