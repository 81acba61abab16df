/*
 * evals.c: what bench/binding takes off, in microseconds: the medians of 2,000 evals of `x += 1` in a live Python, and of
 * 2,000 fresh ones that print(1+1).
 */
#include <belljar.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define EVALS 2000

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
    const double *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

static int eval(bj_sandbox *box, const char *source, size_t size)
{
    bj_receipt *receipt = bj_sandbox_eval_as(box, source, size, BJ_EVAL_RICH, NULL);
    const bool well = receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK;
    bj_receipt_delete(receipt);
    return well ? 0 : -1;
}

static int fresh(bj_runtime *python, const bj_policy *policy, bj_error *err)
{
    bj_sandbox *box = bj_sandbox_new(python, policy, err);
    const int status = box ? eval(box, "print(1+1)", 10) : -1;
    bj_sandbox_delete(box);
    return status;
}

static double median(double *took)
{
    qsort(took, EVALS, sizeof *took, ascending);
    return took[EVALS / 2];
}

int main(void)
{
    static double took[2][EVALS];
    bj_error err = {0};
    bj_policy policy;
    bj_policy_init(&policy);
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    bj_sandbox *box = python ? bj_sandbox_new(python, &policy, &err) : NULL;
    int status = box ? eval(box, "x = 0", 5) : -1;
    for (int i = 0; i < EVALS && status == 0; i++) {
        const double began = now_us();
        status = eval(box, "x += 1", 6);
        took[0][i] = now_us() - began;
    }
    for (int i = 0; i < EVALS && status == 0; i++) {
        const double began = now_us();
        status = fresh(python, &policy, &err);
        took[1][i] = now_us() - began;
    }
    if (status == 0) {
        printf("%.2f %.2f\n", median(took[0]), median(took[1]));
    } else {
        fprintf(stderr, "evals: %s\n", err.message);
    }
    bj_sandbox_delete(box);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return status == 0 ? 0 : 1;
}
