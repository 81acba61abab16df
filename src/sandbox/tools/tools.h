/*
 * tools.h: tools that can be called, and one call of one: who waits for it and who will answer. How a guest calls them is in
 * calls/tools.c.
 */
#ifndef BJ_SANDBOX_TOOLS_H
#define BJ_SANDBOX_TOOLS_H

#include "base/buffer.h"
#include "belljar.h"
#include "policy/tools.h"
#include "sandbox/tools/uses.h"
#include "sandbox/values/blob_list.h"
#include "sandbox/values/schema.h"
#include "wasi/wasi.h"

/* ---- tool.c ---- */

/* Never changes. Any thread. */
typedef struct sandbox_tool {
    policy_tool base;
    bj_tool tool; /* its texts are owned */
    bj_schema *schema;
} sandbox_tool;

/* Checks the tool, and puts it into the list. 0, or -1: BJ_ERROR_ARGUMENT, _MEMORY. */
int tool_grant(policy_tools *tools, const bj_tool *tool, bj_error *err) BJ_CHECK_RESULT;

/* ---- tool_call.c: a call, from the tool's side and from the waiting one's. ---- */

/* How many calls of a sandbox are unanswered, also those that it waits for no longer: the tool works on them all the
 * same. It lives as long as the sandbox and the last of them. Any thread. */
typedef struct tool_account tool_account;
tool_account *tool_account_new(void) BJ_CHECK_RESULT; /* NULL: out of memory */
void tool_account_release(tool_account *account);     /* NULL does nothing */
uint64_t tool_account_open(const tool_account *account);

/* With the arguments, which are copied, the blobs beside them, which are taken over, and for bj_tool_call_tag. NULL: out of memory. */
bj_tool_call *tool_call_new(sandbox_tool *tool, bj_span arguments, blob_list *blobs,
                            tool_account *account, uint64_t tag) BJ_CHECK_RESULT;

/* Has the tool called. Once. */
void tool_call_make(bj_tool_call *call);

/* What it was answered, if it was. From now on nobody is woken for it. */
typedef enum tool_answer {
    TOOL_UNANSWERED,
    TOOL_RETURNED,
    TOOL_RAISED,
    TOOL_TIMED_OUT, /* for who waits to say */
    TOOL_STOPPED    /* the same: the guest must not go on */
} tool_answer;
tool_answer tool_call_look(bj_tool_call *call);

/* When it was answered, by the monotonic clock; UINT64_MAX: it has not been. */
uint64_t tool_call_answered_ns(bj_tool_call *call);

/* As tool_call_look, and where it is unanswered `wake` is called once it is answered, unless somebody looked again before. */
tool_answer tool_call_watch(bj_tool_call *call, bj_wake_fn wake, void *user);

/* Waits, until it is answered, or as wasi_wait. */
void tool_call_await(bj_tool_call *call, wasi_context *wasi, uint64_t until_ns);

const bj_tool *tool_call_tool(const bj_tool_call *call);

/* What it was answered with, to be moved out: JSON, and where it was raised the error's message. */
bj_buffer tool_call_take_text(bj_tool_call *call);
blob_list tool_call_take_blobs(bj_tool_call *call);
/* Those beside its arguments. */
const blob_list *tool_call_blobs(const bj_tool_call *call);
const char *tool_call_message(const bj_tool_call *call);

/* The waiting one's end: an answer that comes now is dropped. */
void tool_call_abandon(bj_tool_call *call);

/* An error as the guest takes it: {"type", "message"}, of any bytes. 0, or -1 when out of memory. */
int tool_error_text(bj_buffer *out, const char *type, const char *message) BJ_CHECK_RESULT;

#endif
