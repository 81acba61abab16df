/*
 * newer.c: a program of a later release (grow.py's header), with this library: what it does not use makes no difference, what it uses and the
 * library does not have is refused and not ignored.
 */
#include "belljar.h"
#include "room.h"

static bool is_unsupported(const bj_error *err)
{
    return err->code == BJ_ERROR_UNSUPPORTED && strstr(err->message, "does not have");
}

static bj_turn turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    (void)user, (void)task, (void)slice_us, (void)wait_ms;
    return BJ_TURN_DONE;
}

int main(void)
{
    bj_error err;
    bj_engine_options *options = ROOM(bj_engine_options);
    bj_engine_options_init(options);
    EXPECT(options->size == sizeof *options && options->grown[3] == 0);
    bj_engine *engine = bj_engine_new(options, &err);
    EXPECT(engine != NULL);
    options->grown[0] = 1;
    EXPECT(!bj_engine_new(options, &err) && is_unsupported(&err));

    bj_policy *policy = ROOM(bj_policy);
    bj_policy_init(policy);
    EXPECT(policy->size == sizeof *policy && policy->grown_limit == 0);
    EXPECT(bj_policy_check(policy, &err) == 0);
    policy->grown_limit = 5;
    EXPECT(bj_policy_check(policy, &err) < 0 && is_unsupported(&err));
    policy->grown_limit = 0;

    /* One that was never set up, however its bytes may be. */
    bj_policy *raw = ROOM(bj_policy);
    EXPECT(bj_policy_check(raw, &err) < 0 && err.code == BJ_ERROR_ARGUMENT);
    memset(raw, 0, sizeof *raw);
    EXPECT(bj_policy_check(raw, &err) < 0 && err.code == BJ_ERROR_ARGUMENT);

    bj_scheduler *scheduler = bj_scheduler_new(NULL, &err);
    bj_scheduler_counters *counters = SIZED(bj_scheduler_counters);
    bj_scheduler_count(scheduler, counters);
    EXPECT(counters->size == sizeof *counters - sizeof counters->grown);
    EXPECT(counters->grown[0] == 0 && counters->grown[3] == 0);
    bj_work work = {.size = sizeof work, .turn = turn, .grown = {0, 0, 0, 1}};
    EXPECT(!bj_scheduler_submit(scheduler, 1, &work, &err) && is_unsupported(&err));
    work.grown[3] = 0;
    bj_task *task = bj_scheduler_submit(scheduler, 1, &work, &err);
    EXPECT(task && bj_task_wait(task, UINT64_MAX, &err) == 0);
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
    bj_policy_clear(policy);
    bj_engine_delete(engine);
    puts("a program of a later release is understood or refused");
    return 0;
}
