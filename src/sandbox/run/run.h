/*
 * run.h: the life of a sandbox: it is made, something is begun in it and stepped to its end, and that end becomes a receipt.
 */
#ifndef BJ_SANDBOX_RUN_H
#define BJ_SANDBOX_RUN_H

#include "sandbox/calls/calls.h"
#include "sandbox/object/sandbox.h"
#include "sandbox/receipt/receipt.h"
#include "sandbox/runtime/runtime.h"

/* ---- mounts.c ---- */

#define SANDBOX_DEV "/dev" /* null, zero and urandom */

/* What every sandbox has and what is granted, mounted in this order. */
vfs_tree *sandbox_make_tree(const bj_runtime *runtime, const bj_grants *grants,
                            policy_budget *budget, bj_error *err) BJ_CHECK_RESULT;

/* A fork of a sandbox's tree, with what is granted mounted where it has nothing. */
vfs_tree *sandbox_fork_tree(const vfs_tree *from, const bj_grants *grants, policy_budget *budget,
                            bj_error *err) BJ_CHECK_RESULT;

/* Whether it has SANDBOX_DEV: interpreters in any case, commands where it is granted. */
bool mounts_have_devices(const bj_runtime *runtime, const bj_grants *grants);
/* Whether something is granted at exactly `path`, however many slashes it was written with. */
bool mounts_are_granted_at(const bj_grants *grants, const char *path);

/* ---- make.c ---- */

/* Where a sandbox comes from. Zero: it is made anew, for use. */
typedef struct sandbox_origin {
    bool for_image;  /* its world is its own: making it twice must give the same bytes */
    bool told_tools; /* its guest knows of tools */
    /* Its files, in place of those that every sandbox has: of `from`. */
    vfs_tree *(*make_tree)(const void *from, const bj_grants *grants, policy_budget *budget,
                           bj_error *err);
    const void *from;
} sandbox_origin;

/* As bj_sandbox_new. Nothing of the guest runs; where it goes on from something, its instance is yet to be made so. */
bj_sandbox *sandbox_make(bj_runtime *runtime, const bj_policy *policy, const sandbox_origin *origin,
                         bj_error *err) BJ_CHECK_RESULT;

/* ---- interpreter.c: belljar_guest.h, from the host's side. ---- */

/* Begins the guest's first call of an eval, or of a boot. */
void interpreter_begin(sandbox_instance *self);

/* The call of this stage has returned `value`: begins the next one, or STAGE_END. *result is changed where it says
 * something else than that the guest returned. -1 and an error when the guest broke the interface. */
int interpreter_next(sandbox_instance *self, uint32_t value, engine_result *result,
                     bj_error *err) BJ_CHECK_RESULT;

/* ---- conclude.c ---- */

/* Fills the receipt of the run from how the guest ended; it holds the outcome already where the guest returned. */
int sandbox_conclude(sandbox_instance *self, const engine_result *result,
                     bj_error *err) BJ_CHECK_RESULT;

/* Whether that takes a moment only, which an event loop's thread has. */
bool sandbox_concludes_at_once(const sandbox_instance *self);

/* ---- counters.c ---- */

/* Fuel and calls as a run or eval begins with them. */
void sandbox_count_anew(sandbox_instance *self);
/* All that belong to one run or eval. */
void sandbox_reset_counters(sandbox_instance *self);

/* ---- steps.c ---- */

/* BJ_ERROR_ARGUMENT: a flag of an eval that nobody knows. */
int sandbox_check_flags(unsigned flags, bj_error *err) BJ_CHECK_RESULT;

/* Brings an interpreter in which nothing ran yet to GOAL_STARTED or GOAL_BOOTED. Entered. 0, or -1: BJ_ERROR_GUEST (it
 * did not start), _MEMORY. */
int sandbox_bring_to(sandbox_instance *self, sandbox_goal goal, bj_error *err) BJ_CHECK_RESULT;

/* Lets go of what is under way. */
void sandbox_drop_run(sandbox_instance *self);

/* Begins an eval (of an interpreter) or a run (of a command), to be stepped by bj_sandbox_step; the source is the
 * caller's until the end. As bj_sandbox_begin_eval. */
int sandbox_begin_steps(bj_sandbox *box, bj_span source, unsigned flags, bj_wake_fn wake,
                        void *user, bj_error *err) BJ_CHECK_RESULT;

#endif
