/*
 * internal.h: the objects behind belljar.h, as the files of src/sandbox share them.
 */
#ifndef BJ_SANDBOX_INTERNAL_H
#define BJ_SANDBOX_INTERNAL_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "belljar.h"
#include "engine/engine.h"
#include "policy/budget.h"
#include "policy/grants.h"
#include "sandbox/tools.h"
#include "vfs/changes.h"
#include "vfs/tree.h"
#include "wasi/wasi.h"

struct bj_engine {
    engine_core *engine;
    char *guest_dir;
};

struct bj_runtime {
    bj_engine *engine;
    engine_module *module;
    char *name;
    bj_runtime_kind kind;
    bool has_initialize;  /* a reactor's constructor */
    bool is_image;        /* an interpreter that has been started and frozen */
    vfs_archive *library; /* mounted at BELLJAR_GUEST_LIB, or NULL */
};

struct bj_sandbox {
    bj_runtime *runtime;
    policy_budget *budget; /* one of `budgets`: a rewind fills the other */
    policy_budget budgets[2];
    bj_grants *grants; /* a copy */
    engine_waker
        *waker; /* as `wasi`, the same for as long as it lives: bj_sandbox_interrupt needs them */
    wasi_context *wasi;
    vfs_tree *tree;
    engine_instance *instance;
    sandbox_tools tools;
    atomic_flag busy;     /* something is being done with it */
    uint64_t deadline_ns; /* of the run or eval under way */
    bool booted;          /* an interpreter that is ready for evals */
    bool ended;           /* nothing can run in it any more */
};

struct bj_receipt {
    bj_outcome outcome;
    int exit_code;
    bj_buffer error_type, error_message, error_traceback;
    bj_buffer value, repr;
    bool has_value, has_repr;
    policy_limit limit;
    bool has_error, has_limit;
    uint64_t limit_allowed, limit_used;
    bj_buffer output[2]; /* stdout, stderr */
    bool truncated[2];
    vfs_changes changes;
    wasi_denials denials;
    tool_uses tool_uses;
    bj_usage usage;
    char digest[80]; /* "" where there is none */
};

/* ---- guests.c: where guests and cache lie. ---- */

/* The folder of the guests, to be freed; NULL when out of memory. */
char *sandbox_guest_dir(const char *asked) BJ_CHECK_RESULT;
/* The folder of compiled modules, to be freed; "" for none, NULL when out of memory. */
char *sandbox_cache_dir(const char *asked) BJ_CHECK_RESULT;
/* The path of a guest's file, to be freed: "python", ".wasm". NULL when out of memory. */
char *sandbox_guest_file(const bj_engine *engine, const char *guest,
                         const char *suffix) BJ_CHECK_RESULT;
/* Whether `name` is a guest's name rather than a path. */
bool sandbox_is_guest(const char *name);

/* ---- link.c: wasi meets engine. ---- */

extern const engine_host sandbox_host;

/* ---- interpreter.c: belljar_guest.h, from the host's side. ---- */

bool interpreter_is_one(const engine_module *module);

/* Instantiates and starts the interpreter, up to what an image holds. *ready tells whether it could;
 * otherwise *result or *receipt say why not. -1 and an error when the guest broke the interface. */
int interpreter_start(bj_sandbox *box, engine_result *result, bj_receipt *receipt, bool *ready,
                      bj_error *err) BJ_CHECK_RESULT;

/* Starts it and makes it this sandbox's own, unless that has been done: box->booted when it could. */
int interpreter_boot(bj_sandbox *box, engine_result *result, bj_receipt *receipt,
                     bj_error *err) BJ_CHECK_RESULT;

/* Starts the interpreter if it has not been, then evaluates. What it found goes into *receipt when
 * ENGINE_RETURNED is the answer; -1 and an error when the guest broke the interface. */
int interpreter_eval(bj_sandbox *box, bj_span source, unsigned flags, engine_result *result,
                     bj_receipt *receipt, bj_error *err) BJ_CHECK_RESULT;

/* ---- make.c ---- */

/* bj_sandbox_new, for an image (in a world of its own) or for use. */
bj_sandbox *sandbox_make(bj_runtime *runtime, const bj_policy *policy, bool for_image,
                         bj_error *err) BJ_CHECK_RESULT;

/* The same with the files of a snapshot; its instance has not been started. */
bj_sandbox *sandbox_make_from(const bj_snapshot *from, const bj_policy *policy,
                              bj_error *err) BJ_CHECK_RESULT;

/* What every sandbox has and what is granted, mounted in this order. */
vfs_tree *sandbox_make_tree(const bj_runtime *runtime, const bj_grants *grants,
                            policy_budget *budget, bj_error *err) BJ_CHECK_RESULT;

/* A fork of a sandbox's tree, with what is granted mounted where it has nothing. */
vfs_tree *sandbox_fork_tree(const vfs_tree *from, const bj_grants *grants, policy_budget *budget,
                            bj_error *err) BJ_CHECK_RESULT;

/* ---- sandbox.c ---- */

/* Whoever does something with a sandbox enters it first: -1 and BJ_ERROR_BUSY where somebody is in it, another
 * thread or a tool that it waits for. */
int sandbox_enter(bj_sandbox *box, bj_error *err) BJ_CHECK_RESULT;
void sandbox_leave(bj_sandbox *box);

/* What a run or eval began with. */
typedef struct sandbox_run {
    uint64_t wall_ns, cpu_ns;
    uint64_t world_ns; /* of the sandbox's own world */
} sandbox_run;

/* Counters that belong to a run begin anew, with its deadline. */
sandbox_run sandbox_begin(bj_sandbox *box);

/* Starts an interpreter in which nothing ran yet. 0, or -1: BJ_ERROR_GUEST (it did not start), _MEMORY. */
int sandbox_boot(bj_sandbox *box, bj_error *err) BJ_CHECK_RESULT;

/* Fills the receipt from how the guest ended; it holds the outcome already where the guest returned. */
int sandbox_conclude(bj_sandbox *box, const engine_result *result, const sandbox_run *began,
                     bj_receipt *receipt, bj_error *err) BJ_CHECK_RESULT;

/* ---- digest.c ---- */

/* Sets the receipt's digest, of a sandbox in a world of its own. `source` is what was evaluated, {NULL, 0} for a run. */
void receipt_set_digest(bj_receipt *receipt, const bj_sandbox *box, bj_span source);

/* ---- audit.c ---- */

/* Hands an event of `box` on as a line of JSON: a wasi_event_fn. */
void audit_event(void *box, const wasi_event *event);

/* ---- changes.c ---- */

bool changes_get(const vfs_changes *changes, size_t number, bj_file_change *change);

/* ---- receipt.c ---- */

/* Sets the receipt's error from what a guest said: any bytes, made valid UTF-8, cut at 64 KiB each.
 * 0, or -1 when out of memory. */
int receipt_set_error(bj_receipt *receipt, bj_span type, bj_span message,
                      bj_span traceback) BJ_CHECK_RESULT;

/* Whether a text is JSON: RFC 8259, any value, integers of 64 bits, nested 2,048 levels at most. describe.c. */
bool receipt_is_json(bj_span text);

/* Sets the value of a last expression from what a guest said: what is no JSON is dropped, the text made valid
 * UTF-8 and cut. NULL data: there is none. 0, or -1 when out of memory. */
int receipt_set_value(bj_receipt *receipt, bj_span json, bj_span repr) BJ_CHECK_RESULT;

#endif
