/*
 * tasks.c: the calls that JavaScript makes, from one table.
 *
 * Each operation says what it takes, a letter an argument after the slot, what it gives:
 *
 *     b  a sandbox: the task goes into its queue       p  a program: a name, a path or the bytes of a module
 *     s  a snapshot                                    g  grants, or null for none: see policy.c
 *     t  a text without NULs                           d  a string or bytes; null for none
 *     n  a number of 64 bits                           f  flags
 *     l  listeners: bits, 1 << bj_stream               T  a tool: see core_tool_read
 *     A  a list of Uint8Arrays, whose bytes wait for the eval
 *     L  a lane of the scheduler, or null for one of the sandbox's own
 *
 *     r  a receipt    B  a sandbox    S  a snapshot    t  a text    y  bytes    n  a number    -  nothing
 *
 * and where its turns may be taken.
 *
 * A call returns undefined when the task is on its way. Where it was done in that first turn, or refused, it returns what
 * would have been told: [kind, payload]. Wrong types throw.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

static const core_operation operations[] = {
    {"run", core_work_run, "pgdflL", 'r', CORE_HERE},
    {"create", core_work_create, "pglL", 'B', CORE_HERE},
    {"eval", core_work_eval, "bdf", 'r', CORE_HERE},
    {"evalWith", core_work_eval, "bdfA", 'r', CORE_HERE},
    {"start", core_work_start, "b", 'r', CORE_HERE},
    {"close", core_work_close, "b", '-', CORE_AT_END},
    {"snapshot", core_work_snapshot, "b", 'S', CORE_ELSEWHERE},
    {"spawn", core_work_spawn, "sgfL", 'B', CORE_ELSEWHERE},
    {"fork", core_work_fork, "bf", 'B', CORE_ELSEWHERE},
    {"rewind", core_work_rewind, "bsf", '-', CORE_ELSEWHERE},
    {"save", core_work_save, "stdf", '-', CORE_ELSEWHERE},
    {"load", core_work_load, "ptndf", 'S', CORE_ELSEWHERE},
    {"writeFile", core_work_write, "btd", '-', CORE_ELSEWHERE},
    {"readFile", core_work_read, "btn", 'y', CORE_ELSEWHERE},
    {"listFiles", core_work_list, "bt", 't', CORE_ELSEWHERE},
    {"removeFile", core_work_remove, "bt", '-', CORE_ELSEWHERE},
    {"copyOut", core_work_copy_out, "btd", 'n', CORE_ELSEWHERE},
    {"changes", core_work_changes, "bt", 't', CORE_ELSEWHERE},
    {"commit", core_work_commit, "bt", 'n', CORE_ELSEWHERE},
    {"grantTool", core_work_grant_tool, "bT", '-', CORE_ELSEWHERE},
    {"revokeTool", core_work_revoke_tool, "bt", '-', CORE_ELSEWHERE},
    {"describeEngine", core_work_describe_engine, "", 't', CORE_ELSEWHERE},
    {"describeProgram", core_work_describe_program, "p", 't', CORE_ELSEWHERE},
    {"describeSnapshot", core_work_describe_snapshot, "s", 't', CORE_ELSEWHERE},
};

static const core_operation forget_operation = {"forget", core_work_close, "", '-', CORE_AT_END};

/* What V8 does not see a sandbox take, so that it collects forgotten ones in time. */
#define SANDBOX_BYTES (256 << 10)

/* ------------------------------------------------------------------ telling what came of it */

static void forget_box(napi_env js, void *data, void *hint)
{
    (void)hint;
    core_box *box = data;
    int64_t bytes;
    napi_adjust_external_memory(js, -SANDBOX_BYTES, &bytes);
    core_task *task = calloc(1, sizeof *task);
    if (task) {
        atomic_init(&task->refs, 1);
        task->operation = &forget_operation;
        task->event.drop = core_task_drop;
        task->box = box; /* JavaScript's reference */
        core_box_cancel_all(box);
        if (core_box_submit(task, false) >= 0)
            return;
        free(task);
    }
    core_box_unref(box);
}

static void forget_snapshot(napi_env js, void *data, void *hint)
{
    (void)hint;
    int64_t bytes;
    napi_adjust_external_memory(js, -SANDBOX_BYTES, &bytes);
    core_snapshot_unref(data);
}

/* A handle that holds the caller's reference. */
static napi_value handle(napi_env js, void *thing, napi_finalize forget)
{
    napi_value value = NULL;
    int64_t bytes;
    if (napi_create_external(js, thing, forget, NULL, &value) == napi_ok)
        napi_adjust_external_memory(js, SANDBOX_BYTES, &bytes);
    return value;
}

static napi_value box_handle(napi_env js, core_task *task)
{
    napi_value value = handle(js, task->made_box, forget_box);
    if (value)
        task->made_box = NULL;
    return value;
}

static napi_value snapshot_handle(napi_env js, core_task *task)
{
    napi_value value = handle(js, task->made_snapshot, forget_snapshot);
    if (value)
        task->made_snapshot = NULL;
    return value;
}

static napi_value tell_task(core_env *env, napi_env js, core_event *event)
{
    (void)env;
    core_task *task = (core_task *)event;
    napi_value value = NULL;
    if (task->failed)
        return core_error(js, &task->err);
    switch (task->operation->gives) {
    case 'r':
        return core_receipt(js, task);
    case 'B':
        return box_handle(js, task);
    case 'S':
        return snapshot_handle(js, task);
    case 't':
        return core_string(js, task->told ? task->told : task->bytes, task->bytes_size);
    case 'y':
        napi_create_buffer_copy(js, task->bytes_size, task->bytes, NULL, &value);
        return value;
    case 'n':
        return core_number(js, (double)task->count);
    default:
        return core_undefined(js);
    }
}

void core_task_drop(core_event *event)
{
    core_task *task = (core_task *)event;
    if (atomic_fetch_sub(&task->refs, 1) != 1)
        return;
    if (task->has_policy)
        bj_policy_clear(&task->policy);
    core_tool_clear(&task->tool);
    bj_receipt_delete(task->receipt);
    bj_free(task->bytes);
    core_snapshot_unref(task->made_snapshot);
    core_snapshot_unref(task->snapshot);
    core_program_unref(task->program);
    core_box_unref(task->made_box);
    core_box_unref(task->box);
    core_env_unref(task->env);
    core_blobs_free(&task->blobs);
    free(task->told);
    free(task->text);
    free(task->data);
    free(task);
}

/* ------------------------------------------------------------------ taking arguments */

static void *from_handle(napi_env js, napi_value value, uint32_t is)
{
    void *thing = NULL;
    if (core_is(js, value, napi_external) &&
        napi_get_value_external(js, value, &thing) == napi_ok && thing && *(uint32_t *)thing == is)
        return thing;
    napi_throw_type_error(js, NULL, "not a handle of this kind");
    return NULL;
}

static core_program *program_of(napi_env js, napi_value value)
{
    napi_typedarray_type type;
    void *bytes;
    size_t size;
    bool is_array = false;
    if (napi_is_typedarray(js, value, &is_array) == napi_ok && is_array) {
        napi_get_typedarray_info(js, value, &type, &size, &bytes, NULL, NULL);
        return type == napi_uint8_array ? core_program_of_bytes(size ? bytes : "", size) : NULL;
    }
    char *name = core_copy(js, value, NULL);
    core_program *program = name ? core_program_named(name) : NULL;
    free(name);
    return program;
}

static char *text_of(napi_env js, napi_value value, bj_error *err)
{
    size_t size;
    char *text = core_copy(js, value, &size);
    if (!text || strlen(text) == size)
        return text;
    free(text);
    *err = (bj_error){.code = BJ_ERROR_ARGUMENT, .message = "a path may not contain NUL"};
    return NULL;
}

static bool is_given(napi_env js, napi_value value)
{
    return !core_is(js, value, napi_null) && !core_is(js, value, napi_undefined);
}

static bool take_policy(napi_env js, napi_value value, core_task *task)
{
    if (!is_given(js, value))
        return true;
    bj_policy_init(&task->policy);
    task->has_policy = true;
    return core_policy_read(js, value, &task->policy, &task->blocks, &task->err);
}

static bool take_box(napi_env js, napi_value value, core_task *task)
{
    core_box *box = from_handle(js, value, CORE_BOX);
    if (!box)
        return false;
    core_box_unref(task->box);
    task->box = core_box_ref(box);
    return true;
}

static bool take_snapshot(napi_env js, napi_value value, core_task *task)
{
    core_snapshot *snapshot = from_handle(js, value, CORE_SNAPSHOT);
    task->snapshot = snapshot ? core_snapshot_ref(snapshot) : NULL;
    return snapshot;
}

static bool take_lane(napi_env js, napi_value value, core_task *task)
{
    return !is_given(js, value) || core_uint64(js, value, &task->box->lane);
}

static bool take_listeners(napi_env js, napi_value value, core_task *task)
{
    uint32_t bits;
    if (!core_uint32(js, value, &bits))
        return false;
    atomic_store(&task->box->listeners, bits);
    return true;
}

static bool take(napi_env js, char what, napi_value value, core_task *task)
{
    switch (what) {
    case 'b':
        return take_box(js, value, task);
    case 'p':
        return (task->program = program_of(js, value)) != NULL;
    case 's':
        return take_snapshot(js, value, task);
    case 'g':
        return take_policy(js, value, task);
    case 't':
        return (task->text = text_of(js, value, &task->err)) != NULL;
    case 'd':
        return !is_given(js, value) || (task->data = core_copy(js, value, &task->size)) != NULL;
    case 'n':
        return core_uint64(js, value, &task->number);
    case 'f':
        return core_uint32(js, value, &task->flags);
    case 'l':
        return take_listeners(js, value, task);
    case 'A':
        return core_blobs_copy(js, value, &task->blobs);
    case 'L':
        return take_lane(js, value, task);
    default:
        return core_tool_read(js, value, 0, &task->tool);
    }
}

/* ------------------------------------------------------------------ calling */

static core_task *new_task(core_env *env, const core_operation *operation)
{
    core_task *task = calloc(1, sizeof *task);
    if (!task)
        return NULL;
    atomic_init(&task->refs, 1);
    task->event = (core_event){.tell = tell_task, .drop = core_task_drop};
    task->cancel = core_task_cancel;
    task->operation = operation;
    task->env = core_env_ref(env);
    task->box = *operation->takes == 'b' ? NULL : core_box_new();
    return task;
}

/* The task was refused: NULL and an exception, or that it failed and what the library says is wrong. */
static napi_value refuse(napi_env js, core_task *task)
{
    bool pending = false;
    napi_is_exception_pending(js, &pending);
    if (!pending && !task->err.code)
        task->err = (bj_error){.code = BJ_ERROR_MEMORY, .message = "out of memory"};
    napi_value told = NULL;
    if (!pending) {
        napi_create_array(js, &told);
        core_append(js, told, core_number(js, CORE_FAILED));
        core_append(js, told, core_error(js, &task->err));
    }
    core_task_drop(&task->event);
    return told;
}

/* Whether its first turn may be taken on this thread, which is an event loop's. */
static bool may_turn_here(core_env *env, const core_task *task, bool asked)
{
    return asked && task->operation->place == CORE_HERE && !task->box->blocks &&
           core_env_has_time(env) && (!task->program || core_program_is_open(task->program));
}

/* Hands it to its box; `asked`: it may have its first turn here. */
static napi_value submit(core_env *env, napi_env js, core_task *task, bool asked)
{
    const bool here = may_turn_here(env, task, asked);
    const uint64_t began_ns = here ? core_now_ns() : 0;
    const int status = core_box_submit(task, here);
    if (here)
        core_env_spend_time(env, core_now_ns() - began_ns);
    if (status == 1)
        return core_undefined(js);
    if (status == 0) {
        task->event.kind = task->failed ? CORE_FAILED : CORE_GAVE;
        return core_env_tell_now(env, js, &task->event);
    }
    core_env_leave(env, task->event.slot);
    return refuse(js, task);
}

#define MOST_ARGUMENTS 8 /* the last one: whether it may have its first turn here */

static napi_value call(napi_env js, napi_callback_info info)
{
    napi_value args[MOST_ARGUMENTS];
    size_t count = MOST_ARGUMENTS;
    void *data;
    core_env *env = core_env_of(js);
    if (napi_get_cb_info(js, info, &count, args, NULL, &data) != napi_ok || !env)
        return NULL;
    core_task *task = new_task(env, data);
    if (!task)
        return NULL;
    if (!core_uint32(js, args[0], &task->event.slot))
        return refuse(js, task);
    for (const char *what = task->operation->takes; *what; what++)
        if (!take(js, *what, args[what - task->operation->takes + 1], task))
            return refuse(js, task);
    if (!task->box || core_env_enter(env, task) < 0)
        return refuse(js, task);
    bool here = false;
    (void)napi_get_value_bool(js, args[MOST_ARGUMENTS - 1], &here);
    return submit(env, js, task, here);
}

/* cancel(slot) */
static napi_value cancel(napi_env js, napi_callback_info info)
{
    napi_value arg;
    size_t count = 1;
    uint32_t slot;
    napi_get_cb_info(js, info, &count, &arg, NULL, NULL);
    core_task *task = core_uint32(js, arg, &slot) ? core_env_task(core_env_of(js), slot) : NULL;
    if (task)
        core_task_cancel(task);
    return NULL;
}

static core_box *box_argument(napi_env js, napi_callback_info info, napi_value *second)
{
    napi_value args[2];
    size_t count = 2;
    napi_get_cb_info(js, info, &count, args, NULL, NULL);
    if (second)
        *second = args[1];
    return from_handle(js, args[0], CORE_BOX);
}

/* cancelAll(sandbox) */
static napi_value cancel_all(napi_env js, napi_callback_info info)
{
    core_box *box = box_argument(js, info, NULL);
    if (box)
        core_box_cancel_all(box);
    return NULL;
}

/* interrupt(sandbox) */
static napi_value interrupt(napi_env js, napi_callback_info info)
{
    core_box *box = box_argument(js, info, NULL);
    if (box)
        core_box_interrupt(box);
    return NULL;
}

/* ended(sandbox) */
static napi_value ended(napi_env js, napi_callback_info info)
{
    core_box *box = box_argument(js, info, NULL);
    return box ? core_bool(js, atomic_load(&box->ended)) : NULL;
}

/* listen(sandbox, bits) */
static napi_value listen(napi_env js, napi_callback_info info)
{
    napi_value second;
    uint32_t bits;
    core_box *box = box_argument(js, info, &second);
    if (box && core_uint32(js, second, &bits))
        atomic_store(&box->listeners, bits);
    return NULL;
}

/* runSync(program, grants or null, source or null, flags) -> a receipt, or [kind, [code, errno, message]] */
static napi_value run_sync(napi_env js, napi_callback_info info)
{
    static const core_operation operation = {"runSync", NULL, "pgdf", 'r', CORE_ELSEWHERE};
    napi_value args[4];
    size_t count = 4;
    napi_get_cb_info(js, info, &count, args, NULL, NULL);
    core_task *task = new_task(core_env_of(js), &operation);
    if (!task)
        return NULL;
    for (int i = 0; i < 4; i++)
        if (!take(js, operation.takes[i], args[i], task))
            return refuse(js, task);
    core_run_now(task);
    if (task->failed)
        return refuse(js, task);
    napi_value receipt = core_receipt(js, task);
    core_task_drop(&task->event);
    return receipt;
}

static napi_status export(napi_env js, napi_value exports, const char *name, napi_callback function,
                          const void *data)
{
    napi_value value;
    napi_status status =
        napi_create_function(js, name, NAPI_AUTO_LENGTH, function, (void *)data, &value);
    return status == napi_ok ? napi_set_named_property(js, exports, name, value) : status;
}

napi_status core_tasks_export(napi_env js, napi_value exports)
{
    static const struct {
        const char *name;
        napi_callback function;
    } others[] = {
        {"cancel", cancel}, {"cancelAll", cancel_all}, {"interrupt", interrupt}, {"ended", ended},
        {"listen", listen}, {"runSync", run_sync},     {"answer", core_answer},
    };
    napi_status status = napi_ok;
    for (size_t i = 0; i < sizeof operations / sizeof *operations && status == napi_ok; i++)
        status = export(js, exports, operations[i].name, call, &operations[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others && status == napi_ok; i++)
        status = export(js, exports, others[i].name, others[i].function, NULL);
    return status;
}
