/*
 * work.c: what tasks do, on the threads of the scheduler: a function an operation, a turn a call.
 *
 * Whoever is called has the box for himself. Nothing here knows of V8.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"

static bj_turn fail(core_task *task, bj_error_code code, const char *message)
{
    task->failed = true;
    task->err = (bj_error){.code = code};
    snprintf(task->err.message, sizeof task->err.message, "%s", message);
    return BJ_TURN_DONE;
}

static bj_turn done(core_task *task, bool worked)
{
    task->failed = !worked;
    return BJ_TURN_DONE;
}

/* Whether nobody wants it any more; it has failed then. */
static bool is_cancelled(core_task *task)
{
    const bool cancelled = atomic_load(&task->cancelled);
    if (cancelled)
        core_task_fail_unbegun(task);
    return cancelled;
}

/* The sandbox of the task's box; NULL: it has failed. */
static bj_sandbox *sandbox_of(core_task *task)
{
    if (is_cancelled(task))
        return NULL;
    if (!task->box->sandbox)
        fail(task, BJ_ERROR_ENDED, "the sandbox is closed");
    return task->box->sandbox;
}

/* ------------------------------------------------------------------ making sandboxes */

static bj_sandbox *make(core_task *task, bj_runtime *runtime)
{
    if (task->has_policy)
        return bj_sandbox_new(runtime, &task->policy, &task->err);
    bj_policy policy;
    bj_policy_init(&policy);
    return bj_sandbox_new(runtime, &policy, &task->err);
}

/* The task's program, ready to run. BJ_TURN_DONE and NULL: it has failed. */
static bj_turn open_program(core_task *task, bj_runtime **runtime)
{
    *runtime = NULL;
    if (!task->opening && is_cancelled(task))
        return BJ_TURN_DONE;
    bj_turn turn = core_program_open(task->program, task, runtime, &task->err);
    task->opening = turn == BJ_TURN_WAITS;
    if (turn == BJ_TURN_DONE && !is_cancelled(task) && !*runtime)
        task->failed = true;
    if (task->failed)
        *runtime = NULL;
    return turn;
}

bj_turn core_work_create(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_runtime *runtime;
    bj_turn turn = open_program(task, &runtime);
    if (!runtime)
        return turn;
    bj_sandbox *box = make(task, runtime);
    task->box->program = core_program_ref(task->program);
    task->box->blocks = task->blocks;
    core_box_set(task->box, box);
    task->made_box = core_box_ref(task->box);
    return done(task, box);
}

bj_turn core_work_close(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = task->box->sandbox;
    core_box_set(task->box, NULL);
    bj_sandbox_delete(box);
    task->box->closed = true;
    return BJ_TURN_DONE;
}

/* ------------------------------------------------------------------ what becomes of files */

/* A change is five fields with a NUL after each, of which no path has one. A guest may change many thousands of files, and
 * an object for each would hold the event loop: lib/changes.js takes the text apart when somebody looks. */
static void write_change(FILE *out, const bj_file_change *c)
{
    static const char *const types[] = {[BJ_FILE] = "file",
                                        [BJ_DIRECTORY] = "directory",
                                        [BJ_SYMLINK] = "symlink",
                                        [BJ_OTHER] = "other"};
    fprintf(out, "%s%c%s%c%s%c%" PRIu64 "%c%s%c", c->path, 0, bj_change_kind_name(c->kind), 0,
            types[c->type], 0, c->bytes, 0, c->sha256 ? c->sha256 : "", 0);
}

/* Those of the task's receipt. */
static bool write_files(core_task *task)
{
    if (!bj_receipt_change_count(task->receipt))
        return true;
    FILE *out = open_memstream(&task->told, &task->bytes_size);
    bj_file_change c = {.size = sizeof c};
    for (size_t i = 0; out && bj_receipt_change(task->receipt, i, &c); i++)
        write_change(out, &c);
    return out && fclose(out) == 0;
}

/* ------------------------------------------------------------------ guests */

static bj_turn begin(core_task *task, bj_sandbox *box)
{
    atomic_store(&task->started, true);
    if (is_cancelled(task))
        return BJ_TURN_DONE;
    if (task->blobs.count > 0 &&
        bj_sandbox_attach(box, task->blobs.items, task->blobs.count, &task->err) < 0) {
        task->failed = true;
        return BJ_TURN_DONE;
    }
    int begun = task->data ? bj_sandbox_begin_eval(box, task->data, task->size, task->flags,
                                                   core_box_wake, task->box, &task->err)
                           : bj_sandbox_begin_run(box, core_box_wake, task->box, &task->err);
    if (begun < 0)
        task->failed = true;
    return BJ_TURN_DONE;
}

static bj_turn step(core_task *task, uint64_t *wait_ms)
{
    bj_sandbox *box = task->box->sandbox;
    core_current = task;
    bj_step step =
        task->is_here ? bj_sandbox_step_us(box, task->slice_us, &task->receipt, wait_ms, &task->err)
                      : bj_sandbox_step(box, (task->slice_us + 999) / 1000, &task->receipt, wait_ms,
                                        &task->err);
    core_current = NULL;
    if (step == BJ_STEP_WAITS || step == BJ_STEP_YIELDED)
        return step == BJ_STEP_WAITS ? BJ_TURN_WAITS : BJ_TURN_AGAIN;
    atomic_store(&task->box->ended, bj_sandbox_has_ended(box));
    if (step == BJ_STEP_DONE && !write_files(task))
        return fail(task, BJ_ERROR_MEMORY, "out of memory");
    return done(task, step == BJ_STEP_DONE);
}

/* In a sandbox that stays: an eval, or the run of a command. */
bj_turn core_work_eval(core_task *task, uint64_t *wait_ms)
{
    if (!atomic_load(&task->started)) {
        bj_sandbox *box = sandbox_of(task);
        if (box)
            begin(task, box);
        if (task->failed)
            return BJ_TURN_DONE;
    }
    return step(task, wait_ms);
}

bj_turn core_work_start(core_task *task, uint64_t *wait_ms)
{
    return core_work_eval(task, wait_ms);
}

/* In a sandbox that is made for it and deleted after it. */
bj_turn core_work_run(core_task *task, uint64_t *wait_ms)
{
    if (!atomic_load(&task->started)) {
        bj_runtime *runtime;
        bj_turn turn = open_program(task, &runtime);
        if (!runtime)
            return turn;
        bj_sandbox *box = make(task, runtime);
        if (!box)
            return done(task, false);
        core_box_set(task->box, box);
        begin(task, box);
    }
    bj_turn turn = task->failed ? BJ_TURN_DONE : step(task, wait_ms);
    if (turn == BJ_TURN_DONE) {
        uint64_t unused;
        core_work_close(task, &unused);
    }
    return turn;
}

void core_run_now(core_task *task)
{
    bj_runtime *runtime = core_program_open_now(task->program, &task->err);
    bj_sandbox *box = runtime ? make(task, runtime) : NULL;
    if (box)
        task->receipt =
            task->data ? bj_sandbox_eval_as(box, task->data, task->size, task->flags, &task->err)
                       : bj_sandbox_run(box, &task->err);
    bj_sandbox_delete(box);
    if (!task->receipt)
        task->failed = true;
    else if (!write_files(task))
        fail(task, BJ_ERROR_MEMORY, "out of memory");
}

/* ------------------------------------------------------------------ snapshots */

core_snapshot *core_snapshot_new(bj_snapshot *snapshot, core_program *program)
{
    core_snapshot *new = snapshot ? calloc(1, sizeof *new) : NULL;
    if (!new) {
        bj_snapshot_delete(snapshot);
        return NULL;
    }
    new->is = CORE_SNAPSHOT;
    new->snapshot = snapshot;
    new->program = core_program_ref(program);
    new->lane = BJ_LANE_OWN;
    atomic_init(&new->refs, 1);
    return new;
}

core_snapshot *core_snapshot_ref(core_snapshot *snapshot)
{
    atomic_fetch_add(&snapshot->refs, 1);
    return snapshot;
}

void core_snapshot_unref(core_snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub(&snapshot->refs, 1) != 1)
        return;
    bj_snapshot_delete(snapshot->snapshot);
    core_program_unref(snapshot->program);
    free(snapshot);
}

bj_turn core_work_snapshot(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    if (!box)
        return BJ_TURN_DONE;
    core_snapshot *made =
        core_snapshot_new(bj_sandbox_snapshot(box, &task->err), task->box->program);
    if (made) {
        made->lane = task->box->lane;
        made->blocks = task->box->blocks;
    }
    task->made_snapshot = made;
    return done(task, made);
}

/* A box for a sandbox that has been made. */
static bj_turn boxed(core_task *task, bj_sandbox *box, core_program *program, uint64_t lane,
                     bool blocks)
{
    task->made_box = box ? core_box_new() : NULL;
    if (!task->made_box) {
        bj_sandbox_delete(box);
        return done(task, false);
    }
    task->made_box->sandbox = box;
    task->made_box->program = core_program_ref(program);
    task->made_box->lane = lane;
    task->made_box->blocks = blocks;
    return done(task, true);
}

bj_turn core_work_spawn(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    if (is_cancelled(task))
        return BJ_TURN_DONE;
    const core_snapshot *from = task->snapshot;
    const bj_policy *policy = task->has_policy ? &task->policy : NULL;
    const uint64_t lane = task->box->lane == BJ_LANE_OWN ? from->lane : task->box->lane;
    return boxed(task, bj_snapshot_spawn_as(from->snapshot, policy, task->flags, &task->err),
                 from->program, lane, policy ? task->blocks : from->blocks);
}

bj_turn core_work_fork(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? boxed(task, bj_sandbox_fork_as(box, task->flags, &task->err), task->box->program,
                       task->box->lane, task->box->blocks)
               : BJ_TURN_DONE;
}

bj_turn core_work_rewind(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    if (!box)
        return BJ_TURN_DONE;
    bool worked = bj_sandbox_rewind_as(box, task->snapshot->snapshot, task->flags, &task->err) == 0;
    atomic_store(&task->box->ended, bj_sandbox_has_ended(box));
    return done(task, worked);
}

static bool file_stops(void *task)
{
    return atomic_load(&((core_task *)task)->cancelled);
}

/* The key, where there is one, is the task's data; milliseconds are in its flags. */
static bj_snapshot_file_options file_options(core_task *task)
{
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = task->data;
    options.key_size = task->size;
    options.most_bytes = task->number;
    options.timeout_ms = task->flags;
    options.stops = file_stops;
    options.user = task;
    return options;
}

static void wipe_key(core_task *task)
{
    if (task->data)
        explicit_bzero(task->data, task->size);
}

bj_turn core_work_save(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    const bj_snapshot_file_options options = file_options(task);
    const bool worked =
        bj_snapshot_save_with(task->snapshot->snapshot, task->text, &options, &task->err) == 0;
    wipe_key(task);
    return done(task, worked);
}

bj_turn core_work_load(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_runtime *runtime;
    bj_turn turn = open_program(task, &runtime);
    if (!runtime)
        return turn;
    const bj_snapshot_file_options options = file_options(task);
    task->made_snapshot = core_snapshot_new(
        bj_snapshot_load_with(runtime, task->text, &options, &task->err), task->program);
    wipe_key(task);
    return done(task, task->made_snapshot);
}

/* ------------------------------------------------------------------ files */

bj_turn core_work_write(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? done(task, bj_sandbox_write_file(box, task->text, task->data, task->size,
                                                  &task->err) == 0)
               : BJ_TURN_DONE;
}

bj_turn core_work_read(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    if (!box)
        return BJ_TURN_DONE;
    size_t most = task->number > SIZE_MAX ? SIZE_MAX : (size_t)task->number;
    task->bytes = bj_sandbox_read_file(box, task->text, most, &task->bytes_size, &task->err);
    return done(task, task->bytes);
}

static bj_turn described(core_task *task, char *json)
{
    task->bytes = json;
    task->bytes_size = json ? strlen(json) : 0;
    return done(task, json);
}

bj_turn core_work_list(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? described(task, bj_sandbox_list_files(box, task->text, &task->err)) : BJ_TURN_DONE;
}

bj_turn core_work_remove(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? done(task, bj_sandbox_remove_file(box, task->text, &task->err) == 0)
               : BJ_TURN_DONE;
}

bj_turn core_work_copy_out(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    if (!box)
        return BJ_TURN_DONE;
    task->count = bj_sandbox_copy_out(box, task->text, task->data, &task->err);
    return done(task, task->count >= 0);
}

bj_turn core_work_commit(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    if (!box)
        return BJ_TURN_DONE;
    task->count = bj_sandbox_commit(box, task->text, &task->err);
    return done(task, task->count >= 0);
}

/* They must be gone before the sandbox goes on. */
bj_turn core_work_changes(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    bj_changes *changes = box ? bj_sandbox_changes(box, task->text, &task->err) : NULL;
    if (!changes)
        return done(task, false);
    FILE *out = open_memstream(&task->told, &task->bytes_size);
    bj_file_change c = {.size = sizeof c};
    for (size_t i = 0; out && bj_changes_get(changes, i, &c); i++)
        write_change(out, &c);
    const char *part, *why;
    for (size_t i = 0; out && bj_changes_unfinished(changes, i, &part, &why); i++)
        fprintf(out, "%c%s%c%s%c0%c%c", 0, part, 0, why, 0, 0, 0);
    bj_changes_delete(changes);
    if (out && fclose(out) == 0)
        return done(task, true);
    return fail(task, BJ_ERROR_MEMORY, "out of memory");
}

/* ------------------------------------------------------------------ tools, descriptions */

bj_turn core_work_grant_tool(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? done(task, bj_sandbox_grant_tool(box, &task->tool, &task->err) == 0)
               : BJ_TURN_DONE;
}

bj_turn core_work_revoke_tool(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_sandbox *box = sandbox_of(task);
    return box ? done(task, bj_sandbox_revoke_tool(box, task->text, &task->err) == 0)
               : BJ_TURN_DONE;
}

bj_turn core_work_describe_engine(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_engine *engine = core_engine(&task->err);
    return engine ? described(task, bj_engine_describe(engine)) : done(task, false);
}

bj_turn core_work_describe_program(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    bj_runtime *runtime;
    bj_turn turn = open_program(task, &runtime);
    return runtime ? described(task, bj_runtime_describe(runtime)) : turn;
}

bj_turn core_work_describe_snapshot(core_task *task, uint64_t *wait_ms)
{
    (void)wait_ms;
    return described(task, bj_snapshot_describe(task->snapshot->snapshot));
}
