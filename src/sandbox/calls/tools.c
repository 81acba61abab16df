/*
 * tools.c: the guest's side of tools: what it may call, calling one, taking what came of it. Nothing that the guest says is
 * believed: names and arguments lie in its memory, arguments fit the tool's schema, or the tool is never called.
 */
#include "sandbox/calls/calls.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/tools/tools.h"
#include "sandbox/values/tagged.h"
#include "wasi/memory.h"
#include "wasi/wait.h"

/* ---------------------------------------------------------------- the list */

static json_t *describe(const bj_tool *tool)
{
    json_t *schema =
        tool->schema ? json_loads(tool->schema, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    return json_pack("{ss ss? so? sb so*}", "name", tool->name, "description", tool->description,
                     "schema", schema, "global", tool->global, "blobs",
                     tool->blobs ? json_true() : NULL);
}

static char *list_tools(const policy_tools *tools)
{
    json_t *list = json_array();
    int status = list ? 0 : -1;
    for (size_t i = 0; i < tools->count && status == 0; i++)
        status = json_array_append_new(
            list, describe(&((const sandbox_tool *)tools->items[i].tool)->tool));
    char *text = status == 0 ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static int32_t list_call(sandbox_instance *self)
{
    bj_autofree char *text = list_tools(&self->box->grants->tools);
    bj_buffer_free(&self->call.text);
    if (!text || bj_buffer_append(&self->call.text, text, strlen(text)) < 0)
        return 0;
    return (int32_t)self->call.text.size;
}

/* ---------------------------------------------------------------- calling */

/* The tool is not called; what the guest will take says why. */
static void refuse(sandbox_instance *self, tool_use *use, const char *type, const char *message)
{
    tool_use_end(&self->box->uses, use, TOOL_USE_REFUSED, message);
    self->call.answer = BELLJAR_TOOL_REFUSED;
    bj_buffer_free(&self->call.text);
    if (tool_error_text(&self->call.text, type, message) < 0)
        bj_buffer_free(&self->call.text);
}

/* The sandbox's account, made for its first call; NULL: out of memory. */
static tool_account *account_of(sandbox_instance *self)
{
    if (!self->box->account)
        self->box->account = tool_account_new();
    return self->box->account;
}

/* Whether the tools have as much to do for this sandbox as they may. */
static bool are_too_many_open(sandbox_instance *self)
{
    return self->box->account &&
           tool_account_open(self->box->account) >= self->box->budget->allowed[POLICY_open_calls];
}

/* Nobody waits for it any more. */
static void drop_call(sandbox_instance *self)
{
    if (self->call.pending)
        tool_call_abandon(self->call.pending);
    self->call.pending = NULL;
    self->call.made = false;
}

static bool is_interrupted(void *wasi)
{
    return wasi_interrupted(wasi);
}

/* What the tool is given, in *plain where that is not what the guest wrote. Until the deadline or an interrupt: the guest is
 * ended then, at its next call at the latest. */
static bool read_arguments(sandbox_instance *self, const sandbox_tool *tool, bj_span *arguments,
                           const blob_list *blobs, bj_buffer *plain, char *why, size_t room)
{
    policy_work work = {
        .until_ns = self->deadline_ns, .interrupted = is_interrupted, .user = self->wasi};
    if (tool->tool.rich || tool->tool.blobs)
        return tagged_fits(tool->schema, *arguments, tool->tool.blobs ? blobs->count : 0, &work,
                           why, room);
    if (!tagged_read(*arguments, 0, NULL, plain, NULL, &work, why, room))
        return false;
    *arguments = (bj_span){bj_buffer_text(plain), plain->size};
    return bj_schema_check(tool->schema, arguments->data, arguments->size, true, schema_ask, &work,
                           why, room);
}

/* Of the call that is about to be made. */
static void tell_blobs(sandbox_instance *self, tool_use *use)
{
    if (!use)
        return;
    blob_list_tell(tool_call_blobs(self->call.pending), self, &use->argument_blobs);
    self->box->uses.bytes += use->argument_blobs.size;
}

static void begin_call(sandbox_instance *self, bj_span name, bj_span arguments)
{
    char why[256], message[320];
    bj_autobuffer bj_buffer plain = {0};
    bj_autoblobs blob_list blobs = blobs_take_given(self);
    drop_call(self);
    bj_buffer_free(&self->call.text);
    blob_list_clear(&self->blobs.results);
    tool_use *use = tool_use_begin(&self->box->uses, name, arguments);
    if (use && self->box->budget->world.own)
        use->arguments_digest = bj_sha256_of(arguments.data, arguments.size);
    if (use)
        use->arguments_bytes += blobs.bytes;
    policy_granted *granted = policy_tools_find(&self->box->grants->tools, name);
    if (!granted) {
        snprintf(message, sizeof message, "no tool of the name '%s' is granted",
                 use ? use->name : "");
        wasi_deny(self->wasi, BELLJAR_IMPORT_CALL, use ? use->name : "",
                  "no tool of that name is granted");
        refuse(self, use, "LookupError", message);
        return;
    }
    sandbox_tool *called = (sandbox_tool *)granted->tool;
    const bj_tool *tool = &called->tool;
    if (arguments.size + blobs.bytes > tool->most_bytes) {
        snprintf(message, sizeof message,
                 "%s: the arguments have %" PRIu64 " bytes, more than the %" PRIu64
                 " that it may take",
                 tool->name, arguments.size + blobs.bytes, tool->most_bytes);
        refuse(self, use, "ValueError", message);
    } else if (!read_arguments(self, called, &arguments, &blobs, &plain, why, sizeof why)) {
        snprintf(message, sizeof message, "%s: %s", tool->name, why);
        refuse(self, use, "TypeError", message);
    } else if (granted->calls == tool->most_calls) {
        snprintf(message, sizeof message,
                 "%s: it has been called %" PRIu64 " times, as often as it may", tool->name,
                 tool->most_calls);
        refuse(self, use, "LimitError", message);
    } else if (are_too_many_open(self)) {
        snprintf(message, sizeof message,
                 "%s: %" PRIu64 " calls of tools are unanswered, as many as may be (open-calls)",
                 tool->name, self->box->budget->allowed[POLICY_open_calls]);
        refuse(self, use, "LimitError", message);
    } else if (!account_of(self) ||
               !(self->call.pending = tool_call_new(called, arguments, &blobs, self->box->account,
                                                    self->box->tag))) {
        refuse(self, use, "MemoryError", "the host has no memory for the call");
    } else {
        granted->calls++;
        self->call.use = use;
        tell_blobs(self, use);
    }
}

static uint64_t end_of(const bj_tool *tool, uint64_t now_ns)
{
    return tool->most_ms > (UINT64_MAX - now_ns) / 1000000 ? UINT64_MAX
                                                           : now_ns + tool->most_ms * 1000000;
}

static void tell_audit(sandbox_instance *self, const char *name, vfs_errno result)
{
    if (self->box->grants->on_audit)
        audit_event(self,
                    &(wasi_event){.call = BELLJAR_IMPORT_CALL, .path = name, .result = result});
}

/* Whether it is answered, and if it is not, whether it may still be waited for. */
static tool_answer look(sandbox_instance *self)
{
    tool_answer came = tool_call_look(self->call.pending);
    /* An answer that comes after the guest's time is none, whenever somebody looks. */
    if (!wasi_may_go_on(self->wasi))
        return TOOL_STOPPED;
    if (came == TOOL_UNANSWERED && bj_clock_monotonic_ns() >= self->call.until_ns)
        return TOOL_TIMED_OUT;
    if (came == TOOL_UNANSWERED && self->run.wake)
        return tool_call_watch(self->call.pending, self->run.wake, self->run.wake_user);
    return came;
}

/* What the tool took, however long the guest waited for a thread then. */
static uint64_t time_of_call(const sandbox_instance *self, tool_answer came)
{
    uint64_t end_ns = tool_call_answered_ns(self->call.pending);
    if (came == TOOL_TIMED_OUT)
        end_ns = self->call.until_ns;
    else if (end_ns == UINT64_MAX)
        end_ns = bj_clock_monotonic_ns();
    return end_ns - self->call.made_ns;
}

static void tell_result(sandbox_instance *self, tool_use *use)
{
    use->result_bytes = self->call.text.size + self->blobs.results.bytes;
    blob_list_tell(&self->blobs.results, self, &use->result_blobs);
    self->box->uses.bytes += use->result_blobs.size;
}

/* What the guest takes, and what is told of the call. */
static int32_t end_call(sandbox_instance *self, tool_answer came)
{
    static const struct {
        tool_outcome outcome;
        int32_t answer;
        vfs_errno audited;
    } ends[] = {
        [TOOL_RETURNED] = {TOOL_USE_RETURNED, BELLJAR_TOOL_RETURNED, VFS_OK},
        [TOOL_RAISED] = {TOOL_USE_RAISED, BELLJAR_TOOL_RAISED, VFS_OK},
        [TOOL_TIMED_OUT] = {TOOL_USE_TIMED_OUT, BELLJAR_TOOL_TIMEOUT, VFS_ETIMEDOUT},
        [TOOL_STOPPED] = {TOOL_USE_INTERRUPTED, 0, VFS_EINTR},
    };
    tool_use *use = self->call.use;
    const bj_tool *tool = tool_call_tool(self->call.pending);
    char message[128] = "";
    if (came == TOOL_TIMED_OUT)
        snprintf(message, sizeof message, "%s took longer than the %" PRIu64 " ms that it may",
                 tool->name, tool->most_ms);
    if (came == TOOL_TIMED_OUT && tool_error_text(&self->call.text, "TimeoutError", message) < 0)
        bj_buffer_free(&self->call.text);
    if (came == TOOL_RETURNED || came == TOOL_RAISED)
        self->call.text = tool_call_take_text(self->call.pending);
    if (came == TOOL_RETURNED)
        self->blobs.results = tool_call_take_blobs(self->call.pending);
    if (use && !self->box->budget->world.own)
        use->wall_ns = time_of_call(self, came);
    if (use && came == TOOL_RETURNED)
        tell_result(self, use);
    tool_use_end(&self->box->uses, use,
                 came == TOOL_STOPPED && self->box->budget->crossed ? TOOL_USE_TIMED_OUT
                                                                    : ends[came].outcome,
                 came == TOOL_RAISED ? tool_call_message(self->call.pending) : message);
    tell_audit(self, tool->name, ends[came].audited);
    return ends[came].answer;
}

tools_progress tools_wait(sandbox_instance *self, int32_t *result)
{
    if (!self->call.made) {
        self->call.made = true;
        self->call.made_ns = bj_clock_monotonic_ns();
        self->call.until_ns = end_of(tool_call_tool(self->call.pending), self->call.made_ns);
        tool_call_make(self->call.pending);
    }
    const tool_answer came = look(self);
    if (came == TOOL_UNANSWERED)
        return TOOLS_WAIT;
    *result = end_call(self, came);
    drop_call(self);
    return came == TOOL_STOPPED ? TOOLS_STOP : TOOLS_GO_ON;
}

bool tools_are_waited_for(const sandbox_instance *self)
{
    return self->call.pending != NULL;
}

uint64_t tools_until_ns(const sandbox_instance *self)
{
    return self->call.until_ns;
}

uint64_t tools_answered_ns(const sandbox_instance *self)
{
    return tool_call_answered_ns(self->call.pending);
}

void tools_await(sandbox_instance *self)
{
    tool_call_await(self->call.pending, self->wasi, self->call.until_ns);
}

/* ---------------------------------------------------------------- the calls of the guest */

/* Their addresses tell them apart from those of wasi. */
const char tools_calls[3];

bool tools_is_call(const void *what)
{
    for (size_t i = 0; i < sizeof tools_calls; i++)
        if (what == &tools_calls[i])
            return true;
    return false;
}

/* Copies as much of the text as fits; whole, it is gone from here. */
static int32_t take(sandbox_instance *self, uint8_t *to, size_t room)
{
    const size_t size = self->call.text.size;
    if (size > 0)
        memcpy(to, self->call.text.data, room < size ? room : size);
    if (room >= size)
        bj_buffer_free(&self->call.text);
    return (int32_t)size;
}

static int32_t take_call(sandbox_instance *self, wasi_memory memory, const uint64_t *args)
{
    uint8_t *to = wasi_bytes(memory, args[0], args[1]);
    return to ? take(self, to, args[1]) : -1;
}

static tools_progress call_call(sandbox_instance *self, wasi_memory memory, const uint64_t *args,
                                int32_t *result)
{
    const uint8_t *name = wasi_bytes(memory, args[0], args[1]);
    const uint8_t *arguments = wasi_bytes(memory, args[2], args[3]);
    if (name && arguments)
        begin_call(self, (bj_span){(const char *)name, args[1]},
                   (bj_span){(const char *)arguments, args[3]});
    else
        refuse(self, NULL, "ValueError", "name or arguments lie outside the memory");
    *result = self->call.answer;
    return self->call.pending ? TOOLS_WAIT : TOOLS_GO_ON;
}

tools_progress tools_call(sandbox_instance *self, const void *what, wasi_memory memory,
                          const uint64_t *args, int32_t *result, uint64_t *moved)
{
    if (!wasi_count_call(self->wasi))
        return TOOLS_STOP;
    self->box->budget->guest_bytes =
        engine_instance_held_bytes(self->engine, (engine_memory){memory.base, memory.size});
    switch ((const char *)what - tools_calls) {
    case TOOLS_LIST:
        *result = list_call(self);
        *moved = self->call.text.size;
        return TOOLS_GO_ON;
    case TOOLS_CALL:
        *moved = args[1] + args[3];
        return call_call(self, memory, args, result);
    default:
        *moved = args[1] < self->call.text.size ? args[1] : self->call.text.size;
        *result = take_call(self, memory, args);
        return TOOLS_GO_ON;
    }
}

/* ---------------------------------------------------------------- with the sandbox */

void tools_open(sandbox_instance *self, bool told)
{
    self->told = told;
    self->untold = told || self->box->grants->tools.count > 0;
}

void tools_begin(sandbox_instance *self)
{
    policy_tools *granted = &self->box->grants->tools;
    for (size_t i = 0; i < granted->count; i++)
        granted->items[i].calls = 0;
    drop_call(self);
    bj_buffer_free(&self->call.text);
}

void tools_drop(sandbox_instance *self)
{
    drop_call(self);
    bj_buffer_free(&self->call.text);
}

void tools_close(bj_sandbox *box)
{
    tool_uses_clear(&box->uses);
    tool_account_release(box->account);
    box->account = NULL;
}

BJ_API void bj_sandbox_set_tag(bj_sandbox *box, uint64_t tag)
{
    box->tag = tag;
}

BJ_API int bj_sandbox_grant_tool(bj_sandbox *box, const bj_tool *tool, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int status = tool_grant(&box->grants->tools, tool, err);
    box->first.untold |= status == 0;
    sandbox_leave(box);
    return status;
}

BJ_API int bj_sandbox_revoke_tool(bj_sandbox *box, const char *name, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    int status = 0;
    if (policy_tools_revoke(&box->grants->tools, bj_span_of(name)))
        box->first.untold = true;
    else
        status = bj_fail(err, BJ_ERROR_ARGUMENT, "no tool of the name '%.80s' is granted", name);
    sandbox_leave(box);
    return status;
}
