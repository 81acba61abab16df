/*
 * tools.h: tools as a sandbox has them: the functions by which its guest calls them, the call that it waits for, and
 * what is told of calls in the receipt. Nothing that the guest says is believed: names and arguments lie in its memory,
 * arguments fit the tool's schema, or the tool is never called.
 */
#ifndef BJ_SANDBOX_TOOLS_H
#define BJ_SANDBOX_TOOLS_H

#include "base/buffer.h"
#include "base/sha256.h"
#include "belljar.h"
#include "policy/tools.h"
#include "sandbox/calls/blobs.h"
#include "sandbox/values/schema.h"
#include "wasi/wasi.h"

/* ---- tool.c ---- */

#define TOOL_NAME_MOST 64u

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

/* ---- tools.c ---- */

typedef enum tool_outcome {
    TOOL_USE_RETURNED,
    TOOL_USE_RAISED,
    TOOL_USE_REFUSED,
    TOOL_USE_TIMED_OUT,
    TOOL_USE_INTERRUPTED
} tool_outcome;

/* A call as the receipt tells of it. */
typedef struct tool_use {
    /* A byte that is no UTF-8 becomes three; what was cut ends in an ellipsis, which no granted name has. */
    char name[TOOL_NAME_MOST * 3 + sizeof "\xe2\x80\xa6"];
    tool_outcome outcome;
    bj_buffer message, arguments, argument_blobs, result_blobs;
    uint64_t arguments_bytes, result_bytes, wall_ns;
    bj_sha256 arguments_digest; /* of all of them, in a deterministic sandbox */
} tool_use;

typedef struct tool_uses {
    tool_use *items; /* made for the first one */
    size_t count;
    uint64_t more;
    size_t bytes; /* of their arguments and messages */
} tool_uses;

void tool_uses_clear(tool_uses *uses);

typedef struct sandbox_tools {
    bool untold;                /* the guest is to be told of its tools with the next eval */
    bool told;                  /* it has been told of some, it or the one that it comes from */
    bj_tool_call *call;         /* that the guest waits for; NULL where `answer` is known already */
    bool made;                  /* its tool has been called */
    uint64_t made_ns, until_ns; /* then: when, and until when it may take */
    tool_use *use;              /* its record; NULL where it is only counted */
    int32_t answer;
    bj_buffer text; /* for the guest to take */
    tool_uses uses;
    tool_account *account; /* NULL before the first call */
    uint64_t tag;          /* of bj_sandbox_set_tag */
} sandbox_tools;

/* The guest is as it was made, or as a snapshot has it: `told`, it was told of the tools that there were then. */
void tools_open(bj_sandbox *box, bool told);
void tools_close(bj_sandbox *box);
/* A run or eval begins. */
void tools_begin(bj_sandbox *box);

enum { TOOLS_LIST, TOOLS_CALL, TOOLS_TAKE };
/* What link.c hands to tools_call. */
extern const char tools_calls[3];
bool tools_is_call(const void *what);

/* How a call of the guest goes on. */
typedef enum tools_progress {
    TOOLS_STOP, /* the guest must not */
    TOOLS_GO_ON,
    TOOLS_WAIT /* it is not answered yet: tools_wait */
} tools_progress;

/* The guest makes one of the calls above; *moved is what to charge for. */
tools_progress tools_call(bj_sandbox *box, const void *what, wasi_memory memory,
                          const uint64_t *args, int32_t *result, uint64_t *moved);
/* Goes on with TOOLS_CALL. Whoever steps the sandbox is woken when it is answered. */
tools_progress tools_wait(bj_sandbox *box, int32_t *result);
/* Whether the guest waits for a tool. */
bool tools_are_waited_for(const bj_sandbox *box);
/* Until when it may take. */
uint64_t tools_until_ns(const bj_sandbox *box);
/* When the tool answered; UINT64_MAX: it has not. */
uint64_t tools_answered_ns(const bj_sandbox *box);
/* Blocks the thread until it is worth while to go on with it: an answer, its time, the deadline, an interrupt. */
void tools_await(bj_sandbox *box);

#endif
