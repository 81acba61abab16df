/*
 * older.c: a program of release 0.1, built against the header of that release (belljar-0.1.h, which never changes). It uses
 * every struct that says its size, and must run with every later library of the same SONAME.
 */
#include "belljar-0.1.h"
#include "room.h"

typedef struct stage {
    bj_engine *engine;
    bj_runtime *python;
    bj_policy *policy;
    bj_error err;
    int released;
} stage;

static void answer(void *user, bj_tool_call *call)
{
    (void)user;
    bj_tool_call_return(call, "42", 2);
}

static void release(void *user)
{
    ++*(int *)user;
}

static void set_the_stage(stage *s)
{
    bj_engine_options *options = ROOM(bj_engine_options);
    bj_engine_options_init(options);
    EXPECT(options->size == sizeof *options && options->max_sandboxes == 1000 && !options->log);
    options->max_sandboxes = 20;
    EXPECT((s->engine = bj_engine_new(options, &s->err)) != NULL);
    EXPECT((s->python = bj_runtime_open(s->engine, "python", &s->err)) != NULL);

    s->policy = ROOM(bj_policy);
    bj_policy_init(s->policy);
    EXPECT(s->policy->size == sizeof *s->policy && s->policy->wall_ms == 30000);
    EXPECT(s->policy->memory_bytes == 268435456 && s->policy->host_descriptors == 64);
    EXPECT(!s->policy->deterministic && !s->policy->grants);
    s->policy->output_bytes = 100000;
    EXPECT(bj_policy_check(s->policy, &s->err) == 0);

    bj_tool *tool = ROOM(bj_tool);
    bj_tool_init(tool);
    EXPECT(tool->size == sizeof *tool && tool->most_ms == UINT64_MAX && !tool->rich && !tool->user);
    tool->name = "answer";
    tool->call = answer;
    tool->release = release;
    tool->user = &s->released;
    EXPECT(bj_policy_grant_tool(s->policy, tool, &s->err) == 0);
}

/* ---- What a receipt holds. ---- */

static const char source[] = "print(tools.answer())\n"
                             "open('/work/made', 'w').write('x')\n"
                             "try:\n"
                             "    open('/elsewhere', 'w')\n"
                             "except OSError:\n"
                             "    pass\n"
                             "class Shown:\n"
                             "    def _repr_html_(self):\n"
                             "        return '<b>bold</b>'\n"
                             "Shown()\n";

static void read_receipt(const bj_receipt *receipt)
{
    bj_usage *usage = SIZED(bj_usage);
    bj_receipt_usage(receipt, usage);
    EXPECT(usage->size == sizeof *usage && usage->wall_ns > 0 && usage->output_bytes == 3);

    bj_denial *denial = SIZED(bj_denial);
    EXPECT(bj_receipt_denial_count(receipt) == 1 && bj_receipt_denial(receipt, 0, denial));
    EXPECT(strcmp(denial->path, "/elsewhere") == 0 && denial->times == 1);

    bj_tool_use *use = SIZED(bj_tool_use);
    EXPECT(bj_receipt_tool_use(receipt, 0, use) && strcmp(use->name, "answer") == 0);
    EXPECT(strcmp(use->outcome, "returned") == 0 && use->result_bytes == 2);

    bj_file_change *change = SIZED(bj_file_change);
    EXPECT(bj_receipt_change(receipt, 0, change) && strcmp(change->path, "/work/made") == 0);
    EXPECT(change->kind == BJ_CREATED && change->type == BJ_FILE && change->bytes == 1);

    bj_display *shown = SIZED(bj_display);
    bj_display_form *form = SIZED(bj_display_form);
    EXPECT(bj_receipt_display(receipt, 0, shown) && shown->forms >= 1);
    EXPECT(bj_receipt_display_form(receipt, 0, 0, form) && form->is_text);
    EXPECT(!bj_receipt_display(receipt, 1, shown));
}

static void run(stage *s)
{
    bj_sandbox *box = bj_sandbox_new(s->python, s->policy, &s->err);
    EXPECT(box != NULL);
    bj_receipt *receipt = bj_sandbox_eval(box, source, sizeof source - 1, &s->err);
    EXPECT(receipt && bj_receipt_outcome(receipt) == BJ_OUTCOME_OK);
    EXPECT(strcmp(bj_receipt_stdout(receipt, NULL), "42\n") == 0);
    read_receipt(receipt);
    bj_receipt_delete(receipt);

    /* A limit of its own is in force. */
    receipt = bj_sandbox_eval(box, "print('x' * 200000)", 19, &s->err);
    EXPECT(receipt && strcmp(bj_receipt_limit_name(receipt), "output-limit") == 0);
    EXPECT(bj_receipt_limit_allowed(receipt) == 100000);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* ---- Snapshots, schedulers and pools. ---- */

static void save(stage *s, const char *path)
{
    static const char key[32] = "not a secret, but a key in tests";
    bj_snapshot_file_options *options = ROOM(bj_snapshot_file_options);
    bj_snapshot_file_options_init(options);
    EXPECT(options->size == sizeof *options && !options->key && !options->stops);
    options->key = key;
    options->key_size = sizeof key;

    bj_sandbox *box = bj_sandbox_new(s->python, s->policy, &s->err);
    bj_snapshot *snapshot = box ? bj_sandbox_snapshot(box, &s->err) : NULL;
    EXPECT(snapshot && bj_snapshot_save_with(snapshot, path, options, &s->err) == 0);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
    EXPECT((snapshot = bj_snapshot_load_with(s->python, path, options, &s->err)) != NULL);
    EXPECT((box = bj_snapshot_spawn(snapshot, s->policy, &s->err)) != NULL);
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
}

static bj_turn turn(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms)
{
    (void)task, (void)slice_us, (void)wait_ms;
    ++*(int *)user;
    return BJ_TURN_DONE;
}

static void schedule(stage *s)
{
    int turns = 0;
    bj_scheduler_options *options = ROOM(bj_scheduler_options);
    bj_scheduler_options_init(options);
    EXPECT(options->size == sizeof *options && options->slice_us == 5000);
    options->threads = 1;
    bj_scheduler *scheduler = bj_scheduler_new(options, &s->err);
    bj_work *work = SIZED(bj_work);
    work->turn = turn;
    work->done = NULL;
    work->cancel = NULL;
    work->user = &turns;
    bj_task *task = scheduler ? bj_scheduler_submit(scheduler, 1, work, &s->err) : NULL;
    EXPECT(task && bj_task_wait(task, UINT64_MAX, &s->err) == 0 && turns == 1);
    bj_scheduler_counters *counters = SIZED(bj_scheduler_counters);
    bj_scheduler_count(scheduler, counters);
    EXPECT(counters->size == sizeof *counters && counters->submitted == 1 && counters->spares == 0);
    bj_task_delete(task);
    bj_scheduler_delete(scheduler);
}

static void pool(stage *s)
{
    bj_pool_options *options = ROOM(bj_pool_options);
    bj_pool_options_init(options);
    EXPECT(options->size == sizeof *options && options->aside == 256);
    options->threads = 1;
    options->warm = 1;
    bj_pool *pool = bj_pool_new(s->python, s->policy, options, &s->err);
    bj_job *job = pool ? bj_pool_submit(pool, 1, "print(1)", 8, UINT64_MAX, &s->err) : NULL;
    bj_receipt *receipt = job ? bj_job_wait(job, UINT64_MAX, &s->err) : NULL;
    EXPECT(receipt && strcmp(bj_receipt_stdout(receipt, NULL), "1\n") == 0);
    bj_receipt_delete(receipt);
    bj_job_delete(job);
    bj_pool_delete(pool);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    EXPECT(bj_version_number() == strtoul(argv[2], NULL, 10)); /* it is that library, no other */
    static stage s;
    set_the_stage(&s);
    run(&s);
    save(&s, argv[1]);
    schedule(&s);
    pool(&s);
    bj_policy_clear(s.policy);
    EXPECT(s.policy->size == sizeof *s.policy && s.policy->output_bytes == 10485760);
    EXPECT(s.released == 1);
    bj_runtime_delete(s.python);
    bj_engine_delete(s.engine);
    puts("a program of 0.1 runs");
    return 0;
}
