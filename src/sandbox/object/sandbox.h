/*
 * sandbox.h: the object behind bj_sandbox, and who uses it.
 */
#ifndef BJ_SANDBOX_SANDBOX_H
#define BJ_SANDBOX_SANDBOX_H

#include <stdatomic.h>

#include "belljar.h"
#include "engine/engine.h"
#include "policy/budget.h"
#include "policy/grants.h"
#include "sandbox/receipt/displays.h"
#include "sandbox/tools/tools.h"
#include "sandbox/values/blob_list.h"
#include "vfs/tree/tree.h"
#include "wasi/wasi.h"

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

/* The call of a tool that a guest waits for. */
typedef struct sandbox_call {
    bj_tool_call *pending;      /* NULL where `answer` is known already */
    bool made;                  /* its tool has been called */
    uint64_t made_ns, until_ns; /* then: when, and until when it may take */
    tool_use *use;              /* its record; NULL where it is only counted */
    int32_t answer;
    bj_buffer text; /* for the guest to take */
} sandbox_call;

typedef struct sandbox_blobs {
    blob_list given;   /* by the guest, for what it says next */
    blob_list results; /* of the last call of a tool, for the guest to take */
    bool left_out;     /* it had more to give than the limit lets it */
    bj_blob *attached; /* for the guest to take; the bytes are the embedder's */
    size_t attached_count;
    uint64_t attached_bytes; /* of all */
} sandbox_blobs;

/* A program that runs in a sandbox, with what is its own. */
typedef struct sandbox_instance sandbox_instance;
struct sandbox_instance {
    sandbox_instance *next; /* of the same sandbox */
    bj_sandbox *box;
    engine_instance *engine;
    /* The same for as long as it lives: bj_sandbox_interrupt needs them. */
    engine_waker *waker;
    wasi_context *wasi;
    sandbox_run run;
    sandbox_call call;
    sandbox_blobs blobs;
    uint64_t deadline_ns;  /* of the run or eval under way; put off by what it waits for threads */
    uint64_t slice_end_ns; /* of its step */
    bool booted;           /* an interpreter that is ready for evals */
    bool untold;           /* it is to be told of its tools with the next eval */
    bool told;             /* it has been told of some, it or the one that it comes from */
    bool keeps_identity;   /* its arguments and variables are not those of the grants */
    unsigned renew;        /* BELLJAR_RENEW_…: what is still to become its own */
    sandbox_boot boot;     /* untold; or zero */
};

/* What all that runs in a sandbox shares. */
struct bj_sandbox {
    bj_runtime *runtime;
    policy_budget *budget; /* one of `budgets`: a rewind fills the other */
    policy_budget budgets[2];
    bj_grants *grants; /* a copy */
    vfs_tree *tree;
    /* For the receipt of the run or eval under way: */
    tool_uses uses;
    displays displays;
    tool_account *account;  /* NULL before the first call of a tool */
    uint64_t tag;           /* of bj_sandbox_set_tag */
    atomic_int use;         /* a sandbox_use */
    bool ended;             /* nothing can run in it any more */
    sandbox_instance first; /* of the list; there is no other yet */
};

/* ---- use.c ---- */

typedef enum sandbox_use {
    SANDBOX_FREE,
    SANDBOX_BEGUN, /* a run or eval is under way that nobody steps right now */
    SANDBOX_TAKEN  /* something is being done with it */
} sandbox_use;

/* Whoever does something with a sandbox enters it first: -1 and BJ_ERROR_BUSY where somebody is in it, another
 * thread or a tool that it waits for, or something is under way. */
int sandbox_enter(bj_sandbox *box, bj_error *err) BJ_CHECK_RESULT;
void sandbox_leave(bj_sandbox *box);

/* The same from another use than SANDBOX_FREE: whether it was that. And back. */
bool sandbox_take(bj_sandbox *box, sandbox_use from) BJ_CHECK_RESULT;
void sandbox_put_back(bj_sandbox *box, sandbox_use use);
/* -1, and the error. */
int sandbox_is_busy(bj_error *err);

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

#endif
