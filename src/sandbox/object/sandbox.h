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
#include "policy/unfinished.h"
#include "sandbox/calls/blobs.h"
#include "sandbox/receipt/displays.h"
#include "sandbox/tools/tools.h"
#include "vfs/changes/changes.h"
#include "vfs/tree/tree.h"
#include "wasi/wasi.h"

struct bj_engine {
    engine_core *engine;
    char *guest_dir; /* one folder or several, with colons between */
    struct programs *programs;
    policy_descriptors descriptors; /* that guests hold of the host */
};

struct bj_runtime {
    atomic_uint references; /* of whoever opened it, and of programs.c */
    bj_engine *engine;
    engine_module *module;
    char *name;
    bj_runtime_kind kind;
    bool has_initialize;  /* a reactor's constructor */
    bool is_image;        /* an interpreter that has been started and frozen */
    bool is_guest;        /* one of Belljar's own, from the folder of the guests */
    bool renews;          /* an interpreter with belljar_renew */
    vfs_archive *library; /* mounted at BELLJAR_GUEST_LIB, or NULL */
};

/* The calls of the guest that a run or eval is made of, one after the other. */
typedef enum sandbox_stage {
    STAGE_NONE,        /* nothing is under way */
    STAGE_START,       /* instantiation */
    STAGE_CONSTRUCTOR, /* from here on of an interpreter */
    STAGE_ABI,
    STAGE_INIT,
    STAGE_THAW,
    STAGE_RENEW, /* first of all in a sandbox that goes on from a snapshot */
    STAGE_ALLOC,
    STAGE_EVAL,
    STAGE_MAIN, /* of a command */
    STAGE_END   /* there is nothing left to call */
} sandbox_stage;

/* How far it is to go. */
typedef enum sandbox_goal {
    GOAL_STARTED, /* an interpreter, up to what an image holds */
    GOAL_BOOTED,  /* an interpreter that is ready for evals */
    GOAL_EVALUATED,
    GOAL_RUN /* a command, to its end */
} sandbox_goal;

/* What is under way in a sandbox, from its beginning to its receipt. */
typedef struct sandbox_run {
    sandbox_stage stage;
    sandbox_goal goal;
    bool entered; /* it has had a step */
    engine_result
        *left; /* how the guest has ended, where the next step makes the receipt; or NULL */
    bj_receipt *receipt; /* to be filled */
    bj_span source;      /* of an eval */
    char *copy;          /* of the source, where it is this run's own; else NULL */
    unsigned flags;      /* of an eval */
    bj_wake_fn wake;     /* for whoever steps it; NULL for nobody */
    void *wake_user;
    bool stepped; /* by who has more to do than this, so that it may be ready and have no thread */
    bool waits;   /* the last step came to BJ_STEP_WAITS */
    uint64_t wall_ns;      /* when it began */
    uint64_t left_ns;      /* when the last step ended, or it began */
    uint64_t queued_ns;    /* how long it could have gone on, but for a thread */
    uint64_t world_ns;     /* the same in the sandbox's own world … */
    uint64_t world_cpu_ns; /* … and by its CPU clock */
    uint64_t cpu_ns;       /* of the steps that are done */
    uint64_t step_cpu_ns;  /* the thread's clock, when this step began */
} sandbox_run;

/* What the boot of a deterministic sandbox has used where no receipt has told of it yet, since a snapshot was taken before the first
 * eval. That eval counts it as its own, as it would have been without the snapshot. */
typedef struct sandbox_boot {
    uint64_t fuel, host_calls;
    uint64_t time_ns, cpu_ns; /* of its world */
} sandbox_boot;

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
    displays displays; /* of the run or eval under way */
    sandbox_blobs blobs;
    atomic_int use; /* a sandbox_use */
    sandbox_run run;
    uint64_t deadline_ns;  /* of the run or eval under way; put off by what it waits for threads */
    uint64_t slice_end_ns; /* of its step */
    bool booted;           /* an interpreter that is ready for evals */
    bool ended;            /* nothing can run in it any more */
    sandbox_boot boot;     /* untold; or zero */
    unsigned renew;        /* BELLJAR_RENEW_…: what is still to become its own */
    bool keeps_identity;   /* its arguments and variables are not those of its grants */
};

/* The parts of a receipt that may be incomplete, by the names that docs/receipt.md tells; X(name): RECEIPT_name. */
#define RECEIPT_PARTS(X)                                                                           \
    X(files)   /* what became of files */                                                          \
    X(digests) /* ... their SHA-256 */                                                             \
    X(displays)                                                                                    \
    X(value) /* bytes of a value that does not fit without them */

typedef enum receipt_part {
#define RECEIPT_PART_ENUM(name) RECEIPT_##name,
    RECEIPT_PARTS(RECEIPT_PART_ENUM)
#undef RECEIPT_PART_ENUM
        RECEIPT_PART_COUNT
} receipt_part;

/* Why each part is incomplete; POLICY_FINISHED where it is not. Zero: nothing is. */
typedef struct receipt_unfinished {
    policy_unfinished why[RECEIPT_PART_COUNT];
} receipt_unfinished;

struct bj_receipt {
    bj_outcome outcome;
    int exit_code;
    bj_buffer error_type, error_message, error_traceback;
    bj_buffer value, repr;
    blob_list blobs; /* of the value */
    bool has_value, has_repr;
    policy_limit limit;
    bool has_error, has_limit;
    uint64_t limit_allowed, limit_used;
    bj_buffer output[2]; /* stdout, stderr */
    bool truncated[2];
    vfs_changes changes;
    wasi_denials denials;
    tool_uses tool_uses;
    displays displays;
    bj_usage usage;
    receipt_unfinished unfinished;
    char digest[80]; /* "" where there is none */
};

/* ---- guests.c: where guests and cache lie. ---- */

/* The folders of the guests, with colons between, to be freed; NULL when out of memory. */
char *sandbox_guest_dir(const char *asked) BJ_CHECK_RESULT;
/* The folder of compiled modules that came with this library, to be freed; NULL: there is none. Where guests are named
 * by who uses the library makes no difference. */
char *sandbox_shipped_dirs(const char *asked) BJ_CHECK_RESULT;
/* The folder of the cache of compiled modules, to be freed; "" for none, NULL when out of memory. */
char *sandbox_cache_dir(const char *asked) BJ_CHECK_RESULT;
/* The path of a guest's file, to be freed: "python", ".wasm". NULL when out of memory. */
char *sandbox_guest_file(const bj_engine *engine, const char *guest,
                         const char *suffix) BJ_CHECK_RESULT;
/* Whether `name` is a guest's name rather than a path. */
bool sandbox_is_guest(const char *name);

/* ---- runtime.c ---- */

/* Opened anew, for one caller. NULL: as bj_runtime_open. */
bj_runtime *runtime_of_bytes(bj_engine *engine, bj_span bytes, const char *name,
                             bj_error *err) BJ_CHECK_RESULT;
/* Only to be described: it is not compiled. */
bj_runtime *runtime_to_describe(bj_engine *engine, bj_span bytes, const char *name,
                                bj_error *err) BJ_CHECK_RESULT;
bj_runtime *runtime_of_file(bj_engine *engine, const char *path, const char *name,
                            bj_error *err) BJ_CHECK_RESULT;
void runtime_release(bj_runtime *runtime);
/* The file of a guest, or of what is no guest's name, to be freed. NULL: BJ_ERROR_IO (it is missing), _MEMORY. */
char *runtime_path(const bj_engine *engine, const char *name, bj_error *err) BJ_CHECK_RESULT;
/* An interpreter's library: NAME-lib.zip for NAME.wasm and NAME.image.wasm, to be freed. NULL when out of memory. */
char *runtime_library(const char *path) BJ_CHECK_RESULT;

/* ---- programs.c: what is open already. ---- */

typedef struct programs programs;
programs *programs_new(void) BJ_CHECK_RESULT;
/* Lets go of what it keeps. Nobody is opening anything. */
void programs_delete(programs *all);

/* ---- link.c: wasi meets engine. ---- */

extern const engine_host sandbox_host;

/* ---- interpreter.c: belljar_guest.h, from the host's side. ---- */

/* Begins the guest's first call of an eval, or of a boot. */
void interpreter_begin(bj_sandbox *box);

/* The call of this stage has returned `value`: begins the next one, or STAGE_END. *result is changed where it says
 * something else than that the guest returned. -1 and an error when the guest broke the interface. */
int interpreter_next(bj_sandbox *box, uint32_t value, engine_result *result,
                     bj_error *err) BJ_CHECK_RESULT;

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

/* Fills the receipt of the run from how the guest ended; it holds the outcome already where the guest returned. */
int sandbox_conclude(bj_sandbox *box, const engine_result *result, bj_error *err) BJ_CHECK_RESULT;

/* Whether that takes a moment only, which an event loop's thread has. */
bool sandbox_concludes_at_once(const bj_sandbox *box);

/* ---- work.c: how long the host may work for a sandbox while its guest stands still. ---- */

typedef struct sandbox_work {
    policy_work work; /* for the loops */
    bj_sandbox *box;
    uint32_t interrupts; /* that had come when it began */
    bool interrupted;    /* one was in force already */
    uint64_t grace_ns;   /* an interrupt has left it until then; 0: none has come */
} sandbox_work;

/* Work on the receipt of a run that has ended by itself, by its deadline or by an interrupt: until the deadline, but for
 * POLICY_WORK_GRACE_NS in any case, and no longer than that after an interrupt. */
void sandbox_work_on_receipt(sandbox_work *work, bj_sandbox *box);

/* Work that the embedder asks for: as long as it takes, or until an interrupt that comes while it is done. Entered. */
void sandbox_work_asked_for(sandbox_work *work, bj_sandbox *box);

/* An interrupt that has ended the work has done what it came for: nothing else is ended by it. */
void sandbox_work_done(const sandbox_work *work);

/* ---- steps.c ---- */

typedef enum sandbox_use {
    SANDBOX_FREE,
    SANDBOX_BEGUN, /* a run or eval is under way that nobody steps right now */
    SANDBOX_TAKEN  /* something is being done with it */
} sandbox_use;

/* Whoever does something with a sandbox enters it first: -1 and BJ_ERROR_BUSY where somebody is in it, another
 * thread or a tool that it waits for, or something is under way. */
int sandbox_enter(bj_sandbox *box, bj_error *err) BJ_CHECK_RESULT;
void sandbox_leave(bj_sandbox *box);

/* Begins what the next steps are to do; nothing of the guest runs. The source must stay until the end. Entered.
 * 0, or -1: BJ_ERROR_UNSUPPORTED, _ENDED, _MEMORY. */
int sandbox_begin(bj_sandbox *box, sandbox_goal goal, bj_span source, unsigned flags,
                  bj_error *err) BJ_CHECK_RESULT;

/* Steps what was begun to its end, on this thread, which waits where the guest does. Entered. */
bj_receipt *sandbox_finish(bj_sandbox *box, bj_error *err) BJ_CHECK_RESULT;

/* Brings an interpreter in which nothing ran yet to GOAL_STARTED or GOAL_BOOTED. Entered. 0, or -1: BJ_ERROR_GUEST (it
 * did not start), _MEMORY. */
int sandbox_bring_to(bj_sandbox *box, sandbox_goal goal, bj_error *err) BJ_CHECK_RESULT;

/* Fuel and calls as a run or eval begins with them. */
void sandbox_count_anew(bj_sandbox *box);

/* Lets go of what is under way. */
void sandbox_drop_run(bj_sandbox *box);

/* Begins an eval (of an interpreter) or a run (of a command), to be stepped by bj_sandbox_step; the source is the
 * caller's until the end. As bj_sandbox_begin_eval. */
int sandbox_begin_steps(bj_sandbox *box, bj_span source, unsigned flags, bj_wake_fn wake,
                        void *user, bj_error *err) BJ_CHECK_RESULT;

/* ---- evals.c ---- */

/* Of what was cancelled before it ran: `interrupted`, and nothing used. NULL when out of memory. */
bj_receipt *sandbox_unrun_receipt(void) BJ_CHECK_RESULT;

/* ---- digest.c ---- */

/* Sets the receipt's digest, of a sandbox in a world of its own. `source` is what was evaluated, {NULL, 0} for a run. */
void receipt_set_digest(bj_receipt *receipt, const bj_sandbox *box, bj_span source);

/* ---- audit.c ---- */

/* Hands an event of `box` on as a line of JSON: a wasi_event_fn. */
void audit_event(void *box, const wasi_event *event);

/* ---- changes.c ---- */

bool changes_get(const vfs_changes *changes, size_t number, bj_file_change *change);

/* ---- receipt.c ---- */

/* Remembers why a part is incomplete; the first reason counts, POLICY_FINISHED says nothing. */
void receipt_leave(receipt_unfinished *unfinished, receipt_part part, policy_unfinished why);

/* The incomplete parts by number. False: there are no more. */
bool receipt_unfinished_get(const receipt_unfinished *unfinished, size_t number, const char **part,
                            const char **why);

/* Sets the receipt's error from what a guest said: any bytes, made valid UTF-8, cut at 64 KiB each.
 * 0, or -1 when out of memory. */
int receipt_set_error(bj_receipt *receipt, bj_span type, bj_span message,
                      bj_span traceback) BJ_CHECK_RESULT;

/* Whether a text is JSON: RFC 8259, any value, integers of 64 bits, nested 2,048 levels at most. describe.c. */
bool receipt_is_json(bj_span text);

/* Sets the value of a last expression from what a guest said: JSON that was checked, and the text made valid
 * UTF-8 and cut. NULL data: there is none. 0, or -1 when out of memory. */
int receipt_set_value(bj_receipt *receipt, bj_span json, bj_span repr) BJ_CHECK_RESULT;

#endif
