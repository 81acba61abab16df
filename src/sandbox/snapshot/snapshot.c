/*
 * snapshot.c: a sandbox between two evals, as a value.
 *
 * A snapshot holds three things that nobody uses: the delta of the instance's memory, a fork of the file
 * tree, and a WASI context that was resumed from the sandbox's. A spawn reads them, which several threads
 * may do at once. Its files are charged to a budget of its own, without limits: the limits are those of the
 * sandboxes that come from it.
 */
#include "sandbox/snapshot/snapshot.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"

BJ_API void bj_snapshot_delete(bj_snapshot *snapshot)
{
    if (!snapshot)
        return;
    engine_delta_release(snapshot->delta);
    wasi_context_delete(snapshot->wasi);
    vfs_tree_release(snapshot->tree);
    wasi_saved_delete(snapshot->saved_wasi);
    vfs_saved_delete(snapshot->saved_tree);
    bj_policy_clear(&snapshot->policy);
    free(snapshot);
}

/* ---------------------------------------------------------------- taking */

int snapshot_check_kind(const bj_runtime *runtime, bj_error *err)
{
    if (runtime->kind != BJ_RUNTIME_INTERPRETER)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "%s is no interpreter: only those have a state between two evals",
                       runtime->name);
    if (!runtime->is_image)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "%s has not been frozen, so that its state cannot be told from its start: "
                       "use bj_runtime_freeze",
                       runtime->name);
    return 0;
}

static int take(bj_snapshot *snapshot, bj_sandbox *box, bj_error *err)
{
    policy_budget_init_unlimited(&snapshot->budget);
    snapshot->budget.world = box->budget->world;
    snapshot->budget.descriptors = box->budget->descriptors;
    bj_policy_init(&snapshot->policy);
    policy_budget_get_limits(box->budget, &snapshot->policy);
    snapshot->policy.grants = policy_grants_copy(box->grants);
    if (!snapshot->policy.grants)
        return bj_fail_memory(err);
    snapshot->tree = vfs_tree_fork(box->tree, VFS_NOW, &snapshot->budget, err);
    if (!snapshot->tree)
        return -1;
    const wasi_setup setup = {.budget = &snapshot->budget, .tree = snapshot->tree, .stdin_fd = -1};
    snapshot->wasi = wasi_context_new(&setup, err);
    if (!snapshot->wasi || wasi_context_resume(snapshot->wasi, box->first.wasi, snapshot->tree,
                                               &snapshot->budget, true, err) < 0)
        return -1;
    wasi_context_stop_clock(snapshot->wasi);
    snapshot->delta = engine_delta_take(box->first.engine, err);
    return snapshot->delta ? 0 : -1;
}

static bj_snapshot *snapshot_of(bj_sandbox *box, bj_error *err)
{
    if (snapshot_check_kind(box->runtime, err) < 0)
        return NULL;
    if (box->ended) {
        bj_fail(err, BJ_ERROR_ENDED, "this sandbox has ended: there is nothing to go on from");
        return NULL;
    }
    if ((!box->first.booted || box->first.renew) &&
        sandbox_bring_to(&box->first, GOAL_BOOTED, err) < 0)
        return NULL;
    bj_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot) {
        bj_fail_memory(err);
        return NULL;
    }
    snapshot->runtime = box->runtime;
    snapshot->told_tools = box->first.told;
    snapshot->keeps_identity = box->first.keeps_identity;
    snapshot->boot = box->first.boot;
    if (take(snapshot, box, err) < 0) {
        bj_snapshot_delete(snapshot);
        return NULL;
    }
    return snapshot;
}

BJ_API bj_snapshot *bj_sandbox_snapshot(bj_sandbox *box, bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return NULL;
    bj_snapshot *snapshot = snapshot_of(box, err);
    sandbox_leave(box);
    return snapshot;
}

/* ---------------------------------------------------------------- going on from it */

static bool is_loaded(const bj_snapshot *snapshot)
{
    return snapshot->saved_tree != NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What was loaded knows no paths of the host. */
static bool same_mount(const bj_snapshot *snapshot, const policy_mount *was,
                       const policy_mount *now)
{
    return was->kind == now->kind && was->mode == now->mode && was->bytes == now->bytes &&
           strcmp(was->guest, now->guest) == 0 &&
           (is_loaded(snapshot) || same_text(was->host, now->host));
}

/* Whether all that the snapshot was granted is granted again. */
static int check_grants(const bj_snapshot *snapshot, const bj_grants *grants, bj_error *err)
{
    const bj_grants *taken = snapshot->policy.grants;
    for (size_t i = 0; i < taken->mount_count; i++) {
        bool found = false;
        for (size_t j = 0; grants && j < grants->mount_count && !found; j++)
            found = same_mount(snapshot, &taken->mounts[i], &grants->mounts[j]);
        if (!found)
            return bj_fail(
                err, BJ_ERROR_ARGUMENT,
                "the snapshot was taken with %.150s granted: grant it again, in the same way",
                taken->mounts[i].guest);
    }
    return 0;
}

/* The grants with those of the snapshot first, in its order: mounts must be made as they were. NULL: out of memory. */
static bj_grants *in_order(const bj_snapshot *snapshot, const bj_grants *grants)
{
    const bj_grants *taken = snapshot->policy.grants;
    bj_grants *ordered = policy_grants_copy(grants);
    size_t done = 0;
    for (size_t i = 0; ordered && i < taken->mount_count; i++)
        for (size_t j = done; j < ordered->mount_count; j++)
            if (same_mount(snapshot, &taken->mounts[i], &ordered->mounts[j])) {
                const policy_mount found = ordered->mounts[j];
                memmove(&ordered->mounts[done + 1], &ordered->mounts[done],
                        (j - done) * sizeof found);
                ordered->mounts[done++] = found;
                break;
            }
    return ordered;
}

/* The files of a sandbox that goes on from it: for sandbox_origin. */
static vfs_tree *make_tree(const void *from, const bj_grants *grants, policy_budget *budget,
                           bj_error *err)
{
    const bj_snapshot *snapshot = from;
    if (!is_loaded(snapshot))
        return sandbox_fork_tree(snapshot->tree, grants, budget, err);
    bj_grants *ordered = in_order(snapshot, grants);
    if (!ordered) {
        bj_fail_memory(err);
        return NULL;
    }
    vfs_tree *tree = sandbox_make_tree(snapshot->runtime, ordered, budget, err);
    policy_grants_delete(ordered);
    if (tree && vfs_tree_assume(tree, snapshot->saved_tree, err) < 0) {
        vfs_tree_release(tree);
        return NULL;
    }
    return tree;
}

static int resume(const bj_snapshot *snapshot, wasi_context *wasi, vfs_tree *tree,
                  policy_budget *budget, bool with_stdin, bj_error *err)
{
    if (is_loaded(snapshot))
        return wasi_context_assume(wasi, snapshot->saved_wasi, tree, budget, err);
    return wasi_context_resume(wasi, snapshot->wasi, tree, budget, with_stdin, err);
}

static bool same_strings(const policy_strings *a, const policy_strings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

/* Whether the guest's arguments and variables are known to be those of `grants`. */
static bool has_identity(const bj_snapshot *snapshot, const bj_grants *grants)
{
    const bj_grants *taken = snapshot->policy.grants;
    return !is_loaded(snapshot) && !snapshot->keeps_identity &&
           same_strings(&taken->args, &grants->args) && same_strings(&taken->env, &grants->env);
}

/* What it goes on with, and what it makes its own before its next eval since it must not have it from the snapshot. Its grants
 * have what it is given: `granted`, or they are the snapshot's. */
static void go_on_from(bj_sandbox *box, const bj_snapshot *snapshot, bool granted, unsigned flags)
{
    const bool keeps = !granted || (flags & BJ_SPAWN_KEEP_ENVIRONMENT);
    const bool same = has_identity(snapshot, box->grants);
    box->first.keeps_identity = granted ? keeps && !same : snapshot->keeps_identity;
    box->first.renew = 0;
    box->first.boot = box->budget->world.own ? snapshot->boot : (sandbox_boot){0};
    if (!box->runtime->renews)
        return;
    if (!(flags & BJ_SPAWN_TWIN) && !box->budget->world.own)
        box->first.renew |= BELLJAR_RENEW_RANDOM;
    if (!keeps && !same)
        box->first.renew |= BELLJAR_RENEW_IDENTITY;
}

static int check_flags(unsigned flags, bj_error *err)
{
    return (flags & ~(BJ_SPAWN_TWIN | BJ_SPAWN_KEEP_ENVIRONMENT)) == 0
               ? 0
               : bj_fail(err, BJ_ERROR_ARGUMENT, "there are no such flags of a spawn: %#x", flags);
}

/* Whether a sandbox under this policy (NULL: the snapshot's own) can go on from it. */
static int check_spawn(const bj_snapshot *snapshot, const bj_policy *policy, unsigned flags,
                       bj_error *err)
{
    if (check_flags(flags, err) < 0)
        return -1;
    if (!policy)
        return is_loaded(snapshot)
                   ? bj_fail(err, BJ_ERROR_ARGUMENT, "a snapshot that was loaded needs a policy")
                   : 0;
    return bj_policy_check(policy, err) < 0 || check_grants(snapshot, policy->grants, err) < 0 ? -1
                                                                                               : 0;
}

BJ_API bj_sandbox *bj_snapshot_spawn_as(bj_snapshot *snapshot, const bj_policy *policy,
                                        unsigned flags, bj_error *err)
{
    if (check_spawn(snapshot, policy, flags, err) < 0)
        return NULL;
    const sandbox_origin origin = {
        .told_tools = snapshot->told_tools, .make_tree = make_tree, .from = snapshot};
    bj_sandbox *box =
        sandbox_make(snapshot->runtime, policy ? policy : &snapshot->policy, &origin, err);
    if (!box)
        return NULL;
    if (engine_delta_restore(snapshot->delta, box->first.engine, err) < 0 ||
        resume(snapshot, box->first.wasi, box->tree, box->budget, !policy, err) < 0) {
        bj_sandbox_delete(box);
        return NULL;
    }
    box->first.booted = true;
    go_on_from(box, snapshot, policy != NULL, flags);
    return box;
}

BJ_API bj_sandbox *bj_snapshot_spawn(bj_snapshot *snapshot, const bj_policy *policy, bj_error *err)
{
    return bj_snapshot_spawn_as(snapshot, policy, 0, err);
}

BJ_API bj_sandbox *bj_sandbox_fork_as(bj_sandbox *box, unsigned flags, bj_error *err)
{
    bj_snapshot *now = bj_sandbox_snapshot(box, err);
    bj_sandbox *twin = now ? bj_snapshot_spawn_as(now, NULL, flags, err) : NULL;
    bj_snapshot_delete(now);
    return twin;
}

BJ_API bj_sandbox *bj_sandbox_fork(bj_sandbox *box, bj_error *err)
{
    return bj_sandbox_fork_as(box, 0, err);
}

/* ---------------------------------------------------------------- going back to it */

/* What a rewind replaces. */
typedef struct life {
    policy_budget *budget;
    vfs_tree *tree;
    engine_instance *instance;
} life;

static void life_end(life *l)
{
    engine_instance_delete(l->instance);
    vfs_tree_release(l->tree);
}

/* Makes it all but for the WASI context, which takes over at the end. */
static int life_begin(life *l, bj_sandbox *box, const bj_snapshot *snapshot, bj_error *err)
{
    memcpy(l->budget->allowed, box->budget->allowed, sizeof l->budget->allowed);
    l->budget->world = box->budget->world;
    l->budget->descriptors = box->budget->descriptors;
    l->tree = make_tree(snapshot, box->grants, l->budget, err);
    if (!l->tree)
        return -1;
    l->instance = engine_instance_new(box->runtime->module, l->budget, &box->first, err);
    if (!l->instance || engine_delta_restore(snapshot->delta, l->instance, err) < 0)
        return -1;
    return resume(snapshot, box->first.wasi, l->tree, l->budget, true, err);
}

static int rewind_to(bj_sandbox *box, const bj_snapshot *snapshot, unsigned flags, bj_error *err)
{
    if (check_flags(flags, err) < 0)
        return -1;
    if (box->runtime != snapshot->runtime)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "the snapshot is of %s, this sandbox runs %s",
                       snapshot->runtime->name, box->runtime->name);
    if (check_grants(snapshot, box->grants, err) < 0)
        return -1;
    life now = {.budget = &box->budgets[box->budget == &box->budgets[0]]};
    *now.budget = (policy_budget){0};
    if (life_begin(&now, box, snapshot, err) < 0) {
        life_end(&now);
        return -1;
    }
    life_end(&(life){.tree = box->tree, .instance = box->first.engine});
    box->budget = now.budget;
    box->tree = now.tree;
    box->first.engine = now.instance;
    box->first.booted = true;
    box->ended = false;
    go_on_from(box, snapshot, true,
               flags | (box->first.keeps_identity ? BJ_SPAWN_KEEP_ENVIRONMENT : 0));
    tools_open(&box->first, box->first.told || snapshot->told_tools);
    return 0;
}

BJ_API int bj_sandbox_rewind_as(bj_sandbox *box, bj_snapshot *snapshot, unsigned flags,
                                bj_error *err)
{
    if (sandbox_enter(box, err) < 0)
        return -1;
    const int status = rewind_to(box, snapshot, flags, err);
    sandbox_leave(box);
    return status;
}

BJ_API int bj_sandbox_rewind(bj_sandbox *box, bj_snapshot *snapshot, bj_error *err)
{
    return bj_sandbox_rewind_as(box, snapshot, 0, err);
}

/* ---------------------------------------------------------------- describing it */

static json_t *describe_mounts(const bj_grants *grants)
{
    static const char *const kinds[] = {[POLICY_MOUNT_DIR] = "directory",
                                        [POLICY_MOUNT_TMP] = "directory in memory",
                                        [POLICY_MOUNT_ARCHIVE] = "archive"};
    json_t *list = json_array();
    for (size_t i = 0; list && i < grants->mount_count; i++)
        json_array_append_new(list, json_pack("{ss ss}", "path", grants->mounts[i].guest, "kind",
                                              kinds[grants->mounts[i].kind]));
    return list;
}

BJ_API char *bj_snapshot_describe(const bj_snapshot *snapshot)
{
    const policy_budget *budget = &snapshot->budget;
    json_t *object =
        json_pack("{ss sI sI sI sI sI so}", "runtime", snapshot->runtime->name, "memory_bytes",
                  (json_int_t)engine_delta_memory_bytes(snapshot->delta), "changed_bytes",
                  (json_int_t)engine_delta_changed_bytes(snapshot->delta), "files",
                  (json_int_t)budget->used[POLICY_files], "file_bytes",
                  (json_int_t)budget->used[POLICY_file_bytes], "descriptors",
                  (json_int_t)(is_loaded(snapshot) ? wasi_saved_count(snapshot->saved_wasi)
                                                   : wasi_descriptor_count(snapshot->wasi)),
                  "mounts", describe_mounts(snapshot->policy.grants));
    char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}
