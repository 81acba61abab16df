/* cc embed.c -o embed $(pkg-config --cflags --libs belljar) && ./embed "print(6 * 7)" */
#include <belljar.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *source = argc > 1 ? argv[1] : "print(sum(range(10)))";
    bj_error err = {0};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 2000;
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    bj_sandbox *box = python ? bj_sandbox_new(python, &policy, &err) : NULL;
    bj_receipt *receipt = box ? bj_sandbox_eval(box, source, strlen(source), &err) : NULL;
    if (receipt)
        printf("%s: %s", bj_outcome_name(bj_receipt_outcome(receipt)),
               bj_receipt_stdout(receipt, NULL));
    else
        fprintf(stderr, "%s\n", err.message);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return receipt ? 0 : 1;
}
