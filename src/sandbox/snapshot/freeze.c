/*
 * freeze.c: an interpreter that has been started, as a module.
 *
 * It is started here, in a sandbox like any other but for its world, whose time and randomness are
 * its own: what belongs to one sandbox alone is taken at thaw
 * (belljar_guest.h), and freezing twice gives the same bytes.
 */
#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/run/run.h"

/* An interpreter with a compiler in it takes many seconds on a machine that is building other things as well. */
#define START_MS (15 * 60 * 1000)

static int start_and_freeze(bj_sandbox *box, bj_buffer *image, bj_error *err)
{
    static const char *const done[] = {BELLJAR_EXPORT_CONSTRUCTOR, BELLJAR_EXPORT_INIT};
    const uint64_t descriptors = box->budget->used[POLICY_descriptors];
    if (sandbox_bring_to(&box->first, GOAL_STARTED, err) < 0)
        return -1;
    if (box->budget->used[POLICY_descriptors] != descriptors)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "%s cannot be frozen: it keeps files open after its start",
                       box->runtime->name);
    return engine_instance_freeze(box->first.engine, done, sizeof done / sizeof *done, image, err);
}

BJ_API char *bj_runtime_freeze(bj_runtime *runtime, size_t *size, bj_error *err)
{
    if (runtime->kind != BJ_RUNTIME_INTERPRETER || runtime->is_image) {
        bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s cannot be frozen: it is %s", runtime->name,
                runtime->is_image && runtime->kind == BJ_RUNTIME_INTERPRETER ? "an image already"
                                                                             : "no interpreter");
        return NULL;
    }
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = START_MS;
    bj_sandbox *box = sandbox_make(runtime, &policy, &(sandbox_origin){.for_image = true}, err);
    bj_buffer image = {0};
    const int status = box ? start_and_freeze(box, &image, err) : -1;
    bj_sandbox_delete(box);
    if (status < 0) {
        bj_buffer_free(&image);
        return NULL;
    }
    *size = image.size;
    return image.data;
}
