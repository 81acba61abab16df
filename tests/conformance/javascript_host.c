/*
 * javascript_host.c: runs test262's files, each in a fresh sandbox, for the script `javascript` beside it.
 *
 *     conformance_javascript_host SUITE_DIR PRELUDE
 *
 * A line of standard input is a test: fields with tabs between them, which become the arguments of a
 * sandbox that sees SUITE_DIR as /work/suite and runs PRELUDE. A line of standard output is what became of it: how
 * the eval ended, and what was printed, line ends as U+241E.
 *
 * The exit status is 2 when the host could not do its part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <belljar.h>

#define EXIT_HOST    2
#define SHOWN_BYTES  2000
#define TEST_SECONDS 120

typedef struct host {
    bj_runtime *runtime;
    const char *suite;
    char *prelude;
    size_t prelude_size;
} host;

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(65536);
    *size = file && text ? fread(text, 1, 65536, file) : 0;
    if (file)
        fclose(file);
    return text;
}

static void print_flat(const char *text, size_t size)
{
    for (size_t i = size > SHOWN_BYTES ? size - SHOWN_BYTES : 0; i < size; i++) {
        if (text[i] == '\n')
            fputs("\xe2\x90\x9e", stdout);
        else
            putchar(text[i] == '\t' || text[i] == '\r' ? ' ' : text[i]);
    }
}

static void report(const bj_receipt *receipt)
{
    size_t size;
    const char *text = bj_receipt_stdout(receipt, &size), *message;
    printf("%s\t", bj_outcome_name(bj_receipt_outcome(receipt)));
    message = bj_receipt_error_message(receipt);
    if (message)
        print_flat(message, strlen(message));
    putchar('\t');
    print_flat(text, size);
    putchar('\n');
}

static int grant(const host *self, bj_policy *policy, char *line, bj_error *err)
{
    policy->wall_ms = TEST_SECONDS * 1000;
    if (bj_policy_grant_dir(policy, self->suite, "/work/suite", BJ_READ_ONLY, err) < 0 ||
        bj_policy_grant_arg(policy, "test262", err) < 0)
        return -1;
    for (char *field; (field = strsep(&line, "\t"));)
        if (bj_policy_grant_arg(policy, field, err) < 0)
            return -1;
    return 0;
}

static int run_test(const host *self, char *line, bj_error *err)
{
    bj_policy policy;
    bj_sandbox *box = NULL;
    bj_receipt *receipt = NULL;
    bj_policy_init(&policy);
    if (grant(self, &policy, line, err) == 0)
        box = bj_sandbox_new(self->runtime, &policy, err);
    if (box)
        receipt = bj_sandbox_eval(box, self->prelude, self->prelude_size, err);
    if (receipt)
        report(receipt);
    fflush(stdout);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    return receipt ? 0 : -1;
}

static int run_all(host *self, bj_error *err)
{
    char *line = NULL;
    size_t room = 0;
    int status = 0;
    for (ssize_t size; status == 0 && (size = getline(&line, &room, stdin)) > 0;) {
        line[size - (line[size - 1] == '\n')] = '\0';
        status = run_test(self, line, err);
    }
    free(line);
    return status;
}

int main(int argc, char **argv)
{
    bj_error err;
    int status = -1;
    if (argc != 3) {
        fprintf(stderr, "usage: %s SUITE_DIR PRELUDE\n", argv[0]);
        return EXIT_HOST;
    }
    bj_engine *engine = bj_engine_new(NULL, &err);
    host self = {.suite = argv[1]};
    self.prelude = read_whole(argv[2], &self.prelude_size);
    if (engine)
        self.runtime = bj_runtime_open(engine, "javascript", &err);
    if (self.runtime && self.prelude_size > 0)
        status = run_all(&self, &err);
    else if (self.runtime)
        fprintf(stderr, "%s: cannot be read\n", argv[2]);
    if (!self.runtime || status < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    bj_runtime_delete(self.runtime);
    bj_engine_delete(engine);
    free(self.prelude);
    return status < 0 ? EXIT_HOST : 0;
}
