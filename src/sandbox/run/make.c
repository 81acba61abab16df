/*
 * make.c: a sandbox from a runtime and a policy: file tree, descriptors, instance. Nothing of the guest runs yet.
 */
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "policy/policy.h"
#include "sandbox/run/run.h"

/* An interpreter sees the whole tree and starts in /work by itself. A command finds its working
 * directory by the name ".", as wasi-libc's programs expect; before it by its path, as Go's do, which take the first one
 * that they are told of for their working directory; and what was granted by its path. That is /work, or / where
 * that is granted, which wasi-libc's programs do not tell apart from ".". */
static int open_wasi(bj_sandbox *box, sandbox_instance *self, bj_error *err)
{
    size_t count = 0, most = box->grants->mount_count + 4;
    bj_autofree struct wasi_preopen *preopens = calloc(most, sizeof *preopens);
    if (!preopens)
        return bj_fail_memory(err);
    if (box->runtime->kind == BJ_RUNTIME_INTERPRETER) {
        preopens[count++] = (struct wasi_preopen){"/", "/"};
    } else {
        const char *first = mounts_are_granted_at(box->grants, "/") ? "/" : BELLJAR_GUEST_WORK;
        preopens[count++] = (struct wasi_preopen){first, first};
        preopens[count++] = (struct wasi_preopen){first, "."};
        if (strcmp(first, BELLJAR_GUEST_WORK) != 0)
            preopens[count++] = (struct wasi_preopen){BELLJAR_GUEST_WORK, BELLJAR_GUEST_WORK};
        for (size_t i = 0; i < box->grants->mount_count; i++) {
            const char *guest = box->grants->mounts[i].guest;
            preopens[count++] = (struct wasi_preopen){guest, guest};
        }
        if (mounts_have_devices(box->runtime, box->grants))
            preopens[count++] = (struct wasi_preopen){SANDBOX_DEV, SANDBOX_DEV};
    }
    const bj_grants *grants = box->grants;
    wasi_setup setup = {
        .budget = box->budget,
        .tree = box->tree,
        .preopens = preopens,
        .preopen_count = count,
        .args = (const char *const *)grants->args.items,
        .arg_count = grants->args.count,
        .env = (const char *const *)grants->env.items,
        .env_count = grants->env.count,
        .stdin_fd = grants->stdin_fd,
        .stdin_bytes = {bj_buffer_text(&grants->stdin_bytes), grants->stdin_bytes.size},
        .on_output = grants->on_output,
        .on_output_user = grants->on_output_user,
        .on_event = grants->on_audit ? audit_event : NULL,
        .on_event_user = self,
    };
    self->wasi = wasi_context_new(&setup, err);
    if (!self->wasi)
        return -1;
    wasi_let_sleep(self->wasi);
    return 0;
}

/* The instance last: its memory limit depends on what the rest takes. */
static int set_up(bj_sandbox *box, const bj_policy *policy, const sandbox_origin *origin,
                  bj_error *err)
{
    sandbox_instance *self = &box->first;
    self->box = box;
    box->budget = &box->budgets[0];
    policy_budget_init(box->budget, policy);
    box->budget->descriptors = &box->runtime->engine->descriptors;
    box->budget->world.own |= origin->for_image; /* making it twice must give the same bytes */
    box->grants = policy_grants_copy(policy->grants);
    if (!box->grants)
        return bj_fail_memory(err);
    box->tree = origin->make_tree ? origin->make_tree(origin->from, box->grants, box->budget, err)
                                  : sandbox_make_tree(box->runtime, box->grants, box->budget, err);
    if (!box->tree || open_wasi(box, self, err) < 0)
        return -1;
    self->engine = engine_instance_new(box->runtime->module, box->budget, self, err);
    if (!self->engine)
        return -1;
    self->waker = engine_instance_waker(self->engine);
    tools_open(self, origin->told_tools);
    return 0;
}

/* What came with Belljar may throw, and what is made into an image by whoever builds it. */
static int check_exceptions(const bj_runtime *runtime, const bj_grants *grants, bool for_image,
                            bj_error *err)
{
    if (!engine_module_throws(runtime->module) || runtime->is_guest || for_image ||
        (grants && grants->exceptions))
        return 0;
    return bj_fail(err, BJ_ERROR_MODULE,
                   "%s needs the proposal exceptions, which nobody grants: allow them "
                   "(--exceptions, bj_policy_grant_exceptions), or compile it without "
                   "-fwasm-exceptions",
                   runtime->name);
}

bj_sandbox *sandbox_make(bj_runtime *runtime, const bj_policy *callers,
                         const sandbox_origin *origin, bj_error *err)
{
    bj_policy own;
    const bj_policy *policy = &own;
    if (policy_read(&own, callers, err) < 0)
        return NULL;
    if (runtime->kind == BJ_RUNTIME_LIBRARY) {
        bj_fail(
            err, BJ_ERROR_UNSUPPORTED,
            "%s cannot be run: it exports no function _start without parameters and results. Build "
            "it as a WASI command (for wasm32-wasip1, with a main function)",
            runtime->name);
        return NULL;
    }
    if (check_exceptions(runtime, policy->grants, origin->for_image, err) < 0)
        return NULL;
    bj_sandbox *box = calloc(1, sizeof *box);
    if (!box) {
        bj_fail_memory(err);
        return NULL;
    }
    box->runtime = runtime;
    atomic_init(&box->use, SANDBOX_FREE);
    if (set_up(box, policy, origin, err) < 0) {
        bj_sandbox_delete(box);
        return NULL;
    }
    return box;
}

BJ_API bj_sandbox *bj_sandbox_new(bj_runtime *runtime, const bj_policy *policy, bj_error *err)
{
    return sandbox_make(runtime, policy, &(sandbox_origin){0}, err);
}

BJ_API void bj_sandbox_delete(bj_sandbox *box)
{
    if (!box)
        return;
    sandbox_instance *self = &box->first;
    engine_instance_delete(self->engine); /* unwinds what is under way */
    sandbox_drop_run(self);
    wasi_context_delete(self->wasi);
    tools_drop(self);
    blobs_end(self);
    vfs_tree_release(box->tree);
    tools_close(box);
    displays_clear(&box->displays);
    policy_grants_delete(box->grants);
    free(box);
}
