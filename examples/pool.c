/*
 * pool.c: jobs of several tenants in a pool. Each job has a new sandbox; a tenant with many jobs, or with one that never
 * ends, keeps the others waiting no longer than a few milliseconds.
 *
 *     cc pool.c -o pool $(pkg-config --cflags --libs belljar) && ./pool
 */
#include <belljar.h>
#include <stdio.h>
#include <string.h>

typedef struct order {
    uint64_t tenant; /* the lane */
    const char *source;
    bj_job *job;
} order;

static const char *const sources[] = {
    "while True: pass",        /* ends by its limit */
    "print(sum(range(1000)))", /* an answer */
    "open('/etc/passwd')",     /* nothing is there for it */
    "leaked = 'secret'\nprint(len(leaked))",
    "print('leaked' in globals())", /* no job sees another's globals */
};
enum { REQUESTS = sizeof sources / sizeof *sources };

static int submit(bj_pool *pool, order *request, bj_error *err)
{
    request->job = bj_pool_submit(pool, request->tenant, request->source, strlen(request->source),
                                  UINT64_MAX, err);
    return request->job ? 0 : -1;
}

static int print_answer(const order *request, bj_error *err)
{
    bj_receipt *receipt = bj_job_wait(request->job, UINT64_MAX, err);
    if (!receipt)
        return -1;
    const char *error = bj_receipt_error_type(receipt);
    const char *limit = bj_receipt_limit_name(receipt);
    printf("tenant %u: %s", (unsigned)request->tenant,
           bj_outcome_name(bj_receipt_outcome(receipt)));
    if (error || limit)
        printf(" (%s)\n", error ? error : limit);
    else
        printf(": %s", bj_receipt_stdout(receipt, NULL));
    bj_receipt_delete(receipt);
    return 0;
}

static int serve(bj_pool *pool, order *requests, bj_error *err)
{
    int status = 0;
    for (size_t i = 0; i < REQUESTS && status == 0; i++)
        status = submit(pool, &requests[i], err);
    for (size_t i = 0; i < REQUESTS && status == 0; i++)
        status = print_answer(&requests[i], err);
    for (size_t i = 0; i < REQUESTS; i++)
        bj_job_delete(requests[i].job); /* cancels what is not done */
    return status;
}

int main(void)
{
    order requests[REQUESTS];
    for (size_t i = 0; i < REQUESTS; i++)
        requests[i] = (order){.tenant = i == 0 ? 1 : 2, .source = sources[i]};
    bj_error err = {0};
    bj_policy policy;
    bj_pool_options options;
    bj_policy_init(&policy);
    policy.cpu_ms = 200;
    bj_pool_options_init(&options);
    options.warm = 2;
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    bj_pool *pool = python ? bj_pool_new(python, &policy, &options, &err) : NULL;
    const int status = pool ? serve(pool, requests, &err) : -1;
    if (status < 0)
        fprintf(stderr, "%s\n", err.message);
    bj_pool_delete(pool);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    bj_policy_clear(&policy);
    return status < 0;
}
