/*
 * calls.h: what a guest can call: the 46 functions of WASI, tools, bytes beside values, displays; and the audit of that.
 */
#ifndef BJ_SANDBOX_CALLS_H
#define BJ_SANDBOX_CALLS_H

#include "sandbox/object/sandbox.h"

/* ---- link.c: wasi meets engine. ---- */

extern const engine_host sandbox_host;

/* ---- audit.c ---- */

/* Hands an event of a sandbox_instance on as a line of JSON: a wasi_event_fn. */
void audit_event(void *instance, const wasi_event *event);

/* ---- tools.c ---- */

/* The guest is as it was made, or as a snapshot has it: `told`, it was told of the tools that there were then. */
void tools_open(sandbox_instance *self, bool told);
/* The instance goes; the sandbox goes. */
void tools_drop(sandbox_instance *self);
void tools_close(bj_sandbox *box);
/* A run or eval begins. */
void tools_begin(sandbox_instance *self);

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
tools_progress tools_call(sandbox_instance *self, const void *what, wasi_memory memory,
                          const uint64_t *args, int32_t *result, uint64_t *moved);
/* Goes on with TOOLS_CALL. Whoever steps the sandbox is woken when it is answered. */
tools_progress tools_wait(sandbox_instance *self, int32_t *result);
/* Whether the guest waits for a tool. */
bool tools_are_waited_for(const sandbox_instance *self);
/* Until when it may take. */
uint64_t tools_until_ns(const sandbox_instance *self);
/* When the tool answered; UINT64_MAX: it has not. */
uint64_t tools_answered_ns(const sandbox_instance *self);
/* Blocks the thread until it is worth while to go on with it: an answer, its time, the deadline, an interrupt. */
void tools_await(sandbox_instance *self);

/* ---- blobs.c ---- */

/* Appends what receipts tell of them: see bj_tool_use. Takes the guest's time. */
void blob_list_tell(const blob_list *list, sandbox_instance *self, bj_buffer *out);

/* A run or eval begins, or has ended. */
void blobs_begin(sandbox_instance *self);
void blobs_end(sandbox_instance *self);

/* What was given, to be moved out; it counts no longer. */
blob_list blobs_take_given(sandbox_instance *self);

/* What link.c hands to blobs_call. */
enum { BLOBS_GIVE, BLOBS_TAKE };
extern const char blobs_calls[2];
bool blobs_is_call(const void *what);

/* The guest makes one of the calls above; *moved is what to charge for. False: it must not go on. */
bool blobs_call(sandbox_instance *self, const void *what, wasi_memory memory, const uint64_t *args,
                int32_t *result, uint64_t *moved);

/* ---- displays.c ---- */

/* What link.c hands to the engine for the call; its address tells it apart. */
extern const char displays_call;

/* The guest shows something: BELLJAR_DISPLAY_…. *moved is what to charge for. */
int32_t displays_show(displays *all, policy_budget *budget, wasi_memory memory,
                      const uint64_t *args, uint64_t *moved);

#endif
