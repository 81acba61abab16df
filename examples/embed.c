/*
 * embed.c: the smallest whole program: one piece of Python, under a policy, and what came of it.
 *
 *     cc embed.c -o embed $(pkg-config --cflags --libs belljar) && ./embed "print(6 * 7)"
 */
#include <belljar.h>
#include <stdio.h>
#include <string.h>

/* What the guest did is in the receipt, whatever it was: output, an exception, a limit. */
static int print_receipt(const bj_receipt *receipt)
{
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    printf("%s: %s", bj_outcome_name(outcome), bj_receipt_stdout(receipt, NULL));
    if (outcome == BJ_OUTCOME_ERROR)
        fputs(bj_receipt_error_traceback(receipt), stderr);
    if (outcome == BJ_OUTCOME_LIMIT)
        fprintf(stderr, "the limit %s was reached\n", bj_receipt_limit_name(receipt));
    return outcome == BJ_OUTCOME_OK ? 0 : 2;
}

int main(int argc, char **argv)
{
    const char *source = argc > 1 ? argv[1] : "print(sum(range(10)))";
    int status = 1;
    bj_error err = {0};
    bj_policy policy;
    bj_policy_init(&policy); /* nothing is granted */
    policy.wall_ms = 2000;
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    bj_sandbox *box = python ? bj_sandbox_new(python, &policy, &err) : NULL;
    bj_receipt *receipt = box ? bj_sandbox_eval(box, source, strlen(source), &err) : NULL;
    if (receipt)
        status = print_receipt(receipt);
    else
        fprintf(stderr, "%s\n", err.message);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    bj_policy_clear(&policy);
    return status;
}
