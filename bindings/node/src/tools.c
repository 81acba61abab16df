/*
 * tools.c: calls of tools, on their way to JavaScript and back; and output, as it comes.
 *
 * The library calls core_tool_called() on the thread that runs the guest: it posts an event and returns, and the
 * guest is put aside. The loop calls the function; its answer comes by answer(). Between, the call lies in a table
 * of the environment (calls.c). A call is answered exactly once: by
 * JavaScript, by the end of its task, or by the end of the environment.
 */
#include <stdlib.h>
#include <string.h>

#include "core.h"

_Thread_local core_task *core_current;

/* ------------------------------------------------------------------ called */

typedef struct called {
    core_event event;
    bj_tool_call *call; /* NULL once it is in the table */
    uint64_t tool;
} called;

static bool get_blob(const void *call, size_t number, bj_blob *blob)
{
    return bj_tool_call_blob(call, number, blob);
}

static napi_value tell_called(core_env *env, napi_env js, core_event *event)
{
    called *self = (called *)event;
    size_t size;
    const char *arguments = bj_tool_call_arguments(self->call, &size);
    napi_value list = NULL, text = core_string(js, arguments, size);
    napi_value blobs = text ? core_blobs_list(js, self->call, get_blob) : NULL;
    uint64_t number = blobs ? core_calls_add(core_env_calls(env), event->slot, self->call) : 0;
    if (!number) {
        napi_throw_error(js, NULL, "out of memory");
        return NULL;
    }
    self->call = NULL;
    napi_create_array_with_length(js, 4, &list);
    napi_set_element(js, list, 0, core_number(js, (double)number));
    napi_set_element(js, list, 1, core_number(js, (double)self->tool));
    napi_set_element(js, list, 2, text);
    napi_set_element(js, list, 3, blobs);
    return list;
}

static void drop_called(core_event *event)
{
    called *self = (called *)event;
    if (self->call)
        bj_tool_call_raise(self->call, "Error", "the host has ended");
    free(self);
}

void core_tool_called(void *user, bj_tool_call *call)
{
    called *event = calloc(1, sizeof *event);
    core_task *task = core_current;
    if (!event || !task || !task->env) {
        bj_tool_call_raise(call, "Error", "the host cannot answer");
        free(event);
        return;
    }
    event->event = (core_event){
        .kind = CORE_CALLED, .slot = task->event.slot, .tell = tell_called, .drop = drop_called};
    event->call = call;
    event->tool = (uintptr_t)user;
    core_env_post(task->env, &event->event);
}

/* answer(call, result as JSON or undefined, blobs or type, message) -> whether it was still open */
napi_value core_answer(napi_env js, napi_callback_info info)
{
    napi_value args[4];
    size_t count = 4, size = 0, message_size = 0;
    uint64_t number;
    if (napi_get_cb_info(js, info, &count, args, NULL, NULL) != napi_ok ||
        !core_uint64(js, args[0], &number))
        return NULL;
    struct core_calls *calls = core_env_calls(core_env_of(js));
    if (!core_calls_has(calls, number))
        return core_bool(js, false);
    bool returns = core_is(js, args[1], napi_string);
    char *text = core_copy(js, returns ? args[1] : args[2], &size);
    char *message = text && !returns ? core_copy(js, args[3], &message_size) : NULL;
    core_blobs blobs = {0};
    const bool taken = text && (returns ? core_blobs_copy(js, args[2], &blobs) : message != NULL);
    if (taken) {
        bj_tool_call *call = core_calls_take(calls, number);
        if (returns)
            bj_tool_call_return_with(call, text, size, blobs.items, blobs.count);
        else
            bj_tool_call_raise(call, text, message);
    }
    core_blobs_free(&blobs);
    free(text);
    free(message);
    return taken ? core_bool(js, true) : NULL;
}

/* ------------------------------------------------------------------ granting */

void core_tool_clear(bj_tool *tool)
{
    free((char *)tool->name);
    free((char *)tool->description);
    free((char *)tool->schema);
    tool->name = tool->description = tool->schema = NULL;
}

/* From position `at` of a list: number, name, description, schema as JSON or null, global, most calls, bytes, milliseconds
 * (0: no limit). The texts are to be cleared. */
bool core_tool_read(napi_env js, napi_value list, uint32_t at, bj_tool *tool)
{
    napi_value items[8];
    uint64_t number, calls, bytes, ms;
    bj_tool_init(tool);
    for (uint32_t i = 0; i < 8; i++)
        if (napi_get_element(js, list, at + i, &items[i]) != napi_ok)
            return false;
    tool->name = core_copy(js, items[1], NULL);
    tool->description = tool->name ? core_copy(js, items[2], NULL) : NULL;
    if (!tool->description || !core_uint64(js, items[0], &number) ||
        !core_uint64(js, items[5], &calls) || !core_uint64(js, items[6], &bytes) ||
        !core_uint64(js, items[7], &ms) ||
        napi_get_value_bool(js, items[4], &tool->global) != napi_ok)
        return false;
    if (core_is(js, items[3], napi_string)) {
        tool->schema = core_copy(js, items[3], NULL);
        if (!tool->schema)
            return false;
    }
    tool->most_calls = calls ? calls : UINT64_MAX;
    tool->most_bytes = bytes ? bytes : tool->most_bytes;
    tool->most_ms = ms ? ms : UINT64_MAX;
    tool->rich = tool->blobs = true;
    tool->call = core_tool_called;
    tool->user = (void *)(uintptr_t)number;
    return true;
}

/* ------------------------------------------------------------------ output */

typedef struct output {
    core_event event;
    bj_stream stream;
    size_t size;
    char bytes[];
} output;

static napi_value tell_output(core_env *env, napi_env js, core_event *event)
{
    (void)env;
    output *self = (output *)event;
    napi_value list = NULL, bytes;
    if (napi_create_buffer_copy(js, self->size, self->bytes, NULL, &bytes) != napi_ok)
        return NULL;
    napi_create_array_with_length(js, 2, &list);
    napi_set_element(js, list, 0, core_number(js, self->stream));
    napi_set_element(js, list, 1, bytes);
    return list;
}

static void drop_output(core_event *event)
{
    free(event);
}

/* All of it together is bounded by the limit of output. Where there is no memory for a copy, the receipt still has it. */
void core_output_came(void *user, bj_stream stream, const char *bytes, size_t size)
{
    (void)user;
    core_task *task = core_current;
    if (!task || !task->env || !(atomic_load(&task->box->listeners) & 1u << stream))
        return;
    output *event = malloc(sizeof *event + size);
    if (!event)
        return;
    event->event = (core_event){
        .kind = CORE_OUTPUT, .slot = task->event.slot, .tell = tell_output, .drop = drop_output};
    event->stream = stream;
    event->size = size;
    memcpy(event->bytes, bytes, size);
    core_env_post(task->env, &event->event);
}
