/*
 * tools.c: the guest's side of tools: what it may call, calling one, taking what came of it.
 */
#include "sandbox/tools/tools.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "sandbox/object/sandbox.h"
#include "sandbox/values/tagged.h"
#include "wasi/memory.h"
#include "wasi/wait.h"

#define USES_MOST      1000u
#define ARGUMENTS_TOLD 4096u
/* Of arguments and messages of all uses together. */
#define USES_BYTES ((size_t)16 << 20)

/* ---------------------------------------------------------------- what receipts tell */

void tool_uses_clear(tool_uses *uses)
{
    for (size_t i = 0; i < uses->count; i++) {
        bj_buffer_free(&uses->items[i].message);
        bj_buffer_free(&uses->items[i].arguments);
        bj_buffer_free(&uses->items[i].argument_blobs);
        bj_buffer_free(&uses->items[i].result_blobs);
    }
    free(uses->items);
    *uses = (tool_uses){0};
}

static bj_span cut(bj_span text, size_t most)
{
    return text.size > most ? (bj_span){text.data, most} : text;
}

/* A new record; NULL: it is only counted. */
static tool_use *begin_use(tool_uses *uses, bj_span name, bj_span arguments)
{
    if (uses->count == USES_MOST || uses->bytes >= USES_BYTES) {
        uses->more++;
        return NULL;
    }
    if (uses->count % 16 == 0) {
        tool_use *items = realloc(uses->items, (uses->count + 16) * sizeof *items);
        if (!items) {
            uses->more++;
            return NULL;
        }
        uses->items = items;
    }
    tool_use *use = &uses->items[uses->count++];
    bj_autobuffer bj_buffer clean = {0};
    *use = (tool_use){.arguments_bytes = arguments.size};
    if (bj_utf8_sanitize(&clean, cut(name, TOOL_NAME_MOST)) == 0)
        snprintf(use->name, sizeof use->name, "%s%s", bj_buffer_text(&clean),
                 name.size > strlen(bj_buffer_text(&clean)) ? "\xe2\x80\xa6" : "");
    if (bj_utf8_sanitize(&use->arguments, cut(arguments, ARGUMENTS_TOLD)) < 0)
        bj_buffer_free(&use->arguments);
    uses->bytes += use->arguments.size;
    return use;
}

static void end_use(tool_uses *uses, tool_use *use, tool_outcome outcome, const char *message)
{
    if (!use)
        return;
    use->outcome = outcome;
    if (*message && bj_buffer_append(&use->message, message, strlen(message)) < 0)
        bj_buffer_free(&use->message);
    uses->bytes += use->message.size;
}

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

static int32_t list_call(bj_sandbox *box)
{
    sandbox_tools *self = &box->tools;
    bj_autofree char *text = list_tools(&box->grants->tools);
    bj_buffer_free(&self->text);
    if (!text || bj_buffer_append(&self->text, text, strlen(text)) < 0)
        return 0;
    return (int32_t)self->text.size;
}

/* ---------------------------------------------------------------- calling */

/* The tool is not called; what the guest will take says why. */
static void refuse(bj_sandbox *box, tool_use *use, const char *type, const char *message)
{
    sandbox_tools *self = &box->tools;
    end_use(&self->uses, use, TOOL_USE_REFUSED, message);
    self->answer = BELLJAR_TOOL_REFUSED;
    if (tool_error_text(&self->text, type, message) < 0)
        bj_buffer_free(&self->text);
}

/* The sandbox's account, made for its first call; NULL: out of memory. */
static tool_account *account_of(sandbox_tools *self)
{
    if (!self->account)
        self->account = tool_account_new();
    return self->account;
}

/* Whether the tools have as much to do for this sandbox as they may. */
static bool are_too_many_open(bj_sandbox *box)
{
    return box->tools.account &&
           tool_account_open(box->tools.account) >= box->budget->allowed[POLICY_open_calls];
}

/* Nobody waits for it any more. */
static void drop_call(sandbox_tools *self)
{
    if (self->call)
        tool_call_abandon(self->call);
    self->call = NULL;
    self->made = false;
}

static bool is_interrupted(void *wasi)
{
    return wasi_interrupted(wasi);
}

/* What the tool is given, in *plain where that is not what the guest wrote. Until the deadline or an interrupt: the guest is
 * ended then, at its next call at the latest. */
static bool read_arguments(bj_sandbox *box, const sandbox_tool *tool, bj_span *arguments,
                           const blob_list *blobs, bj_buffer *plain, char *why, size_t room)
{
    policy_work work = {
        .until_ns = box->deadline_ns, .interrupted = is_interrupted, .user = box->wasi};
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
static void tell_blobs(bj_sandbox *box, tool_use *use)
{
    if (!use)
        return;
    blob_list_tell(tool_call_blobs(box->tools.call), box, &use->argument_blobs);
    box->tools.uses.bytes += use->argument_blobs.size;
}

static void begin_call(bj_sandbox *box, bj_span name, bj_span arguments)
{
    sandbox_tools *self = &box->tools;
    char why[256], message[320];
    bj_autobuffer bj_buffer plain = {0};
    bj_autoblobs blob_list blobs = blobs_take_given(box);
    drop_call(self);
    bj_buffer_free(&self->text);
    blob_list_clear(&box->blobs.results);
    tool_use *use = begin_use(&self->uses, name, arguments);
    if (use && box->budget->world.own)
        use->arguments_digest = bj_sha256_of(arguments.data, arguments.size);
    if (use)
        use->arguments_bytes += blobs.bytes;
    policy_granted *granted = policy_tools_find(&box->grants->tools, name);
    if (!granted) {
        snprintf(message, sizeof message, "no tool of the name '%s' is granted",
                 use ? use->name : "");
        wasi_deny(box->wasi, BELLJAR_IMPORT_CALL, use ? use->name : "",
                  "no tool of that name is granted");
        refuse(box, use, "LookupError", message);
        return;
    }
    sandbox_tool *called = (sandbox_tool *)granted->tool;
    const bj_tool *tool = &called->tool;
    if (arguments.size + blobs.bytes > tool->most_bytes) {
        snprintf(message, sizeof message,
                 "%s: the arguments have %" PRIu64 " bytes, more than the %" PRIu64
                 " that it may take",
                 tool->name, arguments.size + blobs.bytes, tool->most_bytes);
        refuse(box, use, "ValueError", message);
    } else if (!read_arguments(box, called, &arguments, &blobs, &plain, why, sizeof why)) {
        snprintf(message, sizeof message, "%s: %s", tool->name, why);
        refuse(box, use, "TypeError", message);
    } else if (granted->calls == tool->most_calls) {
        snprintf(message, sizeof message,
                 "%s: it has been called %" PRIu64 " times, as often as it may", tool->name,
                 tool->most_calls);
        refuse(box, use, "LimitError", message);
    } else if (are_too_many_open(box)) {
        snprintf(message, sizeof message,
                 "%s: %" PRIu64 " calls of tools are unanswered, as many as may be (open-calls)",
                 tool->name, box->budget->allowed[POLICY_open_calls]);
        refuse(box, use, "LimitError", message);
    } else if (!account_of(self) ||
               !(self->call = tool_call_new(called, arguments, &blobs, self->account, self->tag))) {
        refuse(box, use, "MemoryError", "the host has no memory for the call");
    } else {
        granted->calls++;
        self->use = use;
        tell_blobs(box, use);
    }
}

static uint64_t end_of(const bj_tool *tool, uint64_t now_ns)
{
    return tool->most_ms > (UINT64_MAX - now_ns) / 1000000 ? UINT64_MAX
                                                           : now_ns + tool->most_ms * 1000000;
}

static void tell_audit(bj_sandbox *box, const char *name, vfs_errno result)
{
    if (box->grants->on_audit)
        audit_event(box,
                    &(wasi_event){.call = BELLJAR_IMPORT_CALL, .path = name, .result = result});
}

/* Whether it is answered, and if it is not, whether it may still be waited for. */
static tool_answer look(bj_sandbox *box)
{
    const sandbox_tools *self = &box->tools;
    tool_answer came = tool_call_look(self->call);
    /* An answer that comes after the guest's time is none, whenever somebody looks. */
    if (!wasi_may_go_on(box->wasi))
        return TOOL_STOPPED;
    if (came == TOOL_UNANSWERED && bj_clock_monotonic_ns() >= self->until_ns)
        return TOOL_TIMED_OUT;
    if (came == TOOL_UNANSWERED && box->run.wake)
        return tool_call_watch(self->call, box->run.wake, box->run.wake_user);
    return came;
}

/* What the tool took, however long the guest waited for a thread then. */
static uint64_t time_of_call(const sandbox_tools *self, tool_answer came)
{
    uint64_t end_ns = tool_call_answered_ns(self->call);
    if (came == TOOL_TIMED_OUT)
        end_ns = self->until_ns;
    else if (end_ns == UINT64_MAX)
        end_ns = bj_clock_monotonic_ns();
    return end_ns - self->made_ns;
}

static void tell_result(bj_sandbox *box, tool_use *use)
{
    use->result_bytes = box->tools.text.size + box->blobs.results.bytes;
    blob_list_tell(&box->blobs.results, box, &use->result_blobs);
    box->tools.uses.bytes += use->result_blobs.size;
}

/* What the guest takes, and what is told of the call. */
static int32_t end_call(bj_sandbox *box, tool_answer came)
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
    sandbox_tools *self = &box->tools;
    tool_use *use = self->use;
    const bj_tool *tool = tool_call_tool(self->call);
    char message[128] = "";
    if (came == TOOL_TIMED_OUT)
        snprintf(message, sizeof message, "%s took longer than the %" PRIu64 " ms that it may",
                 tool->name, tool->most_ms);
    if (came == TOOL_TIMED_OUT && tool_error_text(&self->text, "TimeoutError", message) < 0)
        bj_buffer_free(&self->text);
    if (came == TOOL_RETURNED || came == TOOL_RAISED)
        self->text = tool_call_take_text(self->call);
    if (came == TOOL_RETURNED)
        box->blobs.results = tool_call_take_blobs(self->call);
    if (use && !box->budget->world.own)
        use->wall_ns = time_of_call(self, came);
    if (use && came == TOOL_RETURNED)
        tell_result(box, use);
    end_use(&self->uses, use,
            came == TOOL_STOPPED && box->budget->crossed ? TOOL_USE_TIMED_OUT : ends[came].outcome,
            came == TOOL_RAISED ? tool_call_message(self->call) : message);
    tell_audit(box, tool->name, ends[came].audited);
    return ends[came].answer;
}

tools_progress tools_wait(bj_sandbox *box, int32_t *result)
{
    sandbox_tools *self = &box->tools;
    if (!self->made) {
        self->made = true;
        self->made_ns = bj_clock_monotonic_ns();
        self->until_ns = end_of(tool_call_tool(self->call), self->made_ns);
        tool_call_make(self->call);
    }
    const tool_answer came = look(box);
    if (came == TOOL_UNANSWERED)
        return TOOLS_WAIT;
    *result = end_call(box, came);
    drop_call(self);
    return came == TOOL_STOPPED ? TOOLS_STOP : TOOLS_GO_ON;
}

bool tools_are_waited_for(const bj_sandbox *box)
{
    return box->tools.call != NULL;
}

uint64_t tools_until_ns(const bj_sandbox *box)
{
    return box->tools.until_ns;
}

uint64_t tools_answered_ns(const bj_sandbox *box)
{
    return tool_call_answered_ns(box->tools.call);
}

void tools_await(bj_sandbox *box)
{
    tool_call_await(box->tools.call, box->wasi, box->tools.until_ns);
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
static int32_t take(sandbox_tools *self, uint8_t *to, size_t room)
{
    const size_t size = self->text.size;
    if (size > 0)
        memcpy(to, self->text.data, room < size ? room : size);
    if (room >= size)
        bj_buffer_free(&self->text);
    return (int32_t)size;
}

static int32_t take_call(bj_sandbox *box, wasi_memory memory, const uint64_t *args)
{
    uint8_t *to = wasi_bytes(memory, args[0], args[1]);
    return to ? take(&box->tools, to, args[1]) : -1;
}

static tools_progress call_call(bj_sandbox *box, wasi_memory memory, const uint64_t *args,
                                int32_t *result)
{
    const uint8_t *name = wasi_bytes(memory, args[0], args[1]);
    const uint8_t *arguments = wasi_bytes(memory, args[2], args[3]);
    if (name && arguments)
        begin_call(box, (bj_span){(const char *)name, args[1]},
                   (bj_span){(const char *)arguments, args[3]});
    else
        refuse(box, NULL, "ValueError", "name or arguments lie outside the memory");
    *result = box->tools.answer;
    return box->tools.call ? TOOLS_WAIT : TOOLS_GO_ON;
}

tools_progress tools_call(bj_sandbox *box, const void *what, wasi_memory memory,
                          const uint64_t *args, int32_t *result, uint64_t *moved)
{
    if (!wasi_count_call(box->wasi))
        return TOOLS_STOP;
    box->budget->guest_bytes =
        engine_instance_held_bytes(box->instance, (engine_memory){memory.base, memory.size});
    switch ((const char *)what - tools_calls) {
    case TOOLS_LIST:
        *result = list_call(box);
        return TOOLS_GO_ON;
    case TOOLS_CALL:
        *moved = args[1] + args[3];
        return call_call(box, memory, args, result);
    default:
        *moved = args[1] < box->tools.text.size ? args[1] : box->tools.text.size;
        *result = take_call(box, memory, args);
        return TOOLS_GO_ON;
    }
}

/* ---------------------------------------------------------------- with the sandbox */

void tools_open(bj_sandbox *box, bool told)
{
    box->tools.told = told;
    box->tools.untold = told || box->grants->tools.count > 0;
}

void tools_begin(bj_sandbox *box)
{
    policy_tools *granted = &box->grants->tools;
    for (size_t i = 0; i < granted->count; i++)
        granted->items[i].calls = 0;
    drop_call(&box->tools);
    bj_buffer_free(&box->tools.text);
}

void tools_close(bj_sandbox *box)
{
    drop_call(&box->tools);
    bj_buffer_free(&box->tools.text);
    tool_uses_clear(&box->tools.uses);
    tool_account_release(box->tools.account);
    box->tools.account = NULL;
}

BJ_API void bj_sandbox_set_tag(bj_sandbox *box, uint64_t tag)
{
    box->tools.tag = tag;
}

BJ_API int bj_sandbox_grant_tool(bj_sandbox *box, const bj_tool *tool, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int status = tool_grant(&box->grants->tools, tool, err);
    box->tools.untold |= status == 0;
    sandbox_leave(box);
    return status;
}

BJ_API int bj_sandbox_revoke_tool(bj_sandbox *box, const char *name, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    int status = 0;
    if (policy_tools_revoke(&box->grants->tools, bj_span_of(name)))
        box->tools.untold = true;
    else
        status = bj_fail(err, BJ_ERROR_ARGUMENT, "no tool of the name '%.80s' is granted", name);
    sandbox_leave(box);
    return status;
}

/* ---------------------------------------------------------------- reading a receipt */

static const char *outcome_name(tool_outcome outcome)
{
    static const char *const names[] = {
        [TOOL_USE_RETURNED] = "returned",       [TOOL_USE_RAISED] = "raised",
        [TOOL_USE_REFUSED] = "refused",         [TOOL_USE_TIMED_OUT] = "timed out",
        [TOOL_USE_INTERRUPTED] = "interrupted",
    };
    return names[outcome];
}

static const char *blobs_told(const bj_buffer *list)
{
    return list->size > 0 ? bj_buffer_text(list) : "[]";
}

BJ_API size_t bj_receipt_tool_use_count(const bj_receipt *receipt)
{
    return receipt->tool_uses.count;
}

BJ_API bool bj_receipt_tool_use(const bj_receipt *receipt, size_t number, bj_tool_use *use)
{
    if (number >= receipt->tool_uses.count || use->size < sizeof use->size)
        return false;
    const tool_use *each = &receipt->tool_uses.items[number];
    bj_tool_use all = {
        .name = each->name,
        .outcome = outcome_name(each->outcome),
        .message = bj_buffer_text(&each->message),
        .arguments = bj_buffer_text(&each->arguments),
        .arguments_bytes = each->arguments_bytes,
        .result_bytes = each->result_bytes,
        .wall_ns = each->wall_ns,
        .argument_blobs = blobs_told(&each->argument_blobs),
        .result_blobs = blobs_told(&each->result_blobs),
    };
    all.size = use->size < sizeof all ? use->size : sizeof all;
    memcpy(use, &all, all.size);
    return true;
}

BJ_API uint64_t bj_receipt_more_tool_uses(const bj_receipt *receipt)
{
    return receipt->tool_uses.more;
}
