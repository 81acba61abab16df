/*
 * make.c: a sandbox from a runtime and a policy: file tree, descriptors, instance. Nothing of the guest runs yet.
 */
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/error.h"
#include "sandbox/snapshot/snapshot.h"

#define GUEST_DEV "/dev" /* null, zero and urandom */

/* Interpreters see the devices in any case, commands where they are granted; a directory that is granted
 * at /dev or below leaves no place for them. */
static bool sees_devices(const bj_runtime *runtime, const bj_grants *grants)
{
    if (runtime->kind != BJ_RUNTIME_INTERPRETER && !grants->devices)
        return false;
    const size_t size = strlen(GUEST_DEV);
    for (size_t i = 0; i < grants->mount_count; i++) {
        const char *guest = grants->mounts[i].guest + strspn(grants->mounts[i].guest, "/") - 1;
        if (strncmp(guest, GUEST_DEV, size) == 0 && (!guest[size] || guest[size] == '/'))
            return false;
    }
    return true;
}

/* Whether something is granted at exactly `path`, however many slashes it was written with. */
static bool has_grant_at(const bj_grants *grants, const char *path)
{
    for (size_t i = 0; i < grants->mount_count; i++) {
        const char *guest = grants->mounts[i].guest + strspn(grants->mounts[i].guest, "/");
        const size_t size = strlen(path + 1);
        if (strncmp(guest, path + 1, size) == 0 && !guest[size + strspn(guest + size, "/")])
            return true;
    }
    return false;
}

static int mount_archive(vfs_tree *tree, const policy_mount *mount, bj_error *err)
{
    vfs_archive *archive = vfs_archive_open(mount->host, err);
    if (!archive)
        return -1;
    int status = vfs_tree_mount_archive(tree, archive, mount->guest, err);
    vfs_archive_release(archive);
    return status;
}

static int mount_grant(vfs_tree *tree, const policy_mount *mount, bj_error *err)
{
    switch (mount->kind) {
    case POLICY_MOUNT_TMP:
        return vfs_tree_mount_tmp(tree, mount->guest, mount->bytes, err);
    case POLICY_MOUNT_ARCHIVE:
        return mount_archive(tree, mount, err);
    case POLICY_MOUNT_DIR:
        break;
    }
    if (mount->mode == BJ_OVERLAY)
        return vfs_tree_mount_overlay(tree, mount->host, mount->guest, 0, err);
    return vfs_tree_mount_host(tree, mount->host, mount->guest,
                               mount->mode == BJ_READ_WRITE ? VFS_HOST_WRITABLE : 0, err);
}

/* The directories that every sandbox has, then what is granted, which may take the place of /work. */
static int mount_all(vfs_tree *tree, const bj_runtime *runtime, const bj_grants *grants,
                     bj_error *err)
{
    if (!has_grant_at(grants, BELLJAR_GUEST_WORK) &&
        vfs_tree_mount_memory(tree, BELLJAR_GUEST_WORK, err) < 0)
        return -1;
    if (runtime->library &&
        vfs_tree_mount_archive(tree, runtime->library, BELLJAR_GUEST_LIB, err) < 0)
        return -1;
    if (sees_devices(runtime, grants) && vfs_tree_mount_devices(tree, GUEST_DEV, err) < 0)
        return -1;
    for (size_t i = 0; i < grants->mount_count; i++)
        if (mount_grant(tree, &grants->mounts[i], err) < 0)
            return -1;
    return 0;
}

vfs_tree *sandbox_make_tree(const bj_runtime *runtime, const bj_grants *grants,
                            policy_budget *budget, bj_error *err)
{
    vfs_tree *tree = vfs_tree_new(budget);
    if (!tree)
        bj_fail_memory(err);
    else if (mount_all(tree, runtime, grants, err) == 0)
        return tree;
    vfs_tree_release(tree);
    return NULL;
}

vfs_tree *sandbox_fork_tree(const vfs_tree *from, const bj_grants *grants, policy_budget *budget,
                            bj_error *err)
{
    vfs_tree *tree = vfs_tree_fork(from, VFS_NOW, budget, err);
    for (size_t i = 0; tree && i < grants->mount_count; i++)
        if (!vfs_tree_has_mount(tree, grants->mounts[i].guest) &&
            mount_grant(tree, &grants->mounts[i], err) < 0) {
            vfs_tree_release(tree);
            return NULL;
        }
    return tree;
}

/* An interpreter sees the whole tree and starts in /work by itself. A command finds its working
 * directory by the name ".", as wasi-libc's programs expect; before it by its path, as Go's do, which take the first one
 * that they are told of for their working directory; and what was granted by its path. That is /work, or / where
 * that is granted, which wasi-libc's programs do not tell apart from ".". */
static int open_wasi(bj_sandbox *box, bj_error *err)
{
    size_t count = 0, most = box->grants->mount_count + 4;
    bj_autofree struct wasi_preopen *preopens = calloc(most, sizeof *preopens);
    if (!preopens)
        return bj_fail_memory(err);
    if (box->runtime->kind == BJ_RUNTIME_INTERPRETER) {
        preopens[count++] = (struct wasi_preopen){"/", "/"};
    } else {
        const char *first = has_grant_at(box->grants, "/") ? "/" : BELLJAR_GUEST_WORK;
        preopens[count++] = (struct wasi_preopen){first, first};
        preopens[count++] = (struct wasi_preopen){first, "."};
        if (strcmp(first, BELLJAR_GUEST_WORK) != 0)
            preopens[count++] = (struct wasi_preopen){BELLJAR_GUEST_WORK, BELLJAR_GUEST_WORK};
        for (size_t i = 0; i < box->grants->mount_count; i++) {
            const char *guest = box->grants->mounts[i].guest;
            preopens[count++] = (struct wasi_preopen){guest, guest};
        }
        if (sees_devices(box->runtime, box->grants))
            preopens[count++] = (struct wasi_preopen){GUEST_DEV, GUEST_DEV};
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
        .on_event_user = box,
    };
    box->wasi = wasi_context_new(&setup, err);
    if (!box->wasi)
        return -1;
    wasi_let_sleep(box->wasi);
    return 0;
}

/* The instance last: its memory limit depends on what the rest takes. */
static int set_up(bj_sandbox *box, const bj_policy *policy, const bj_snapshot *from, bool for_image,
                  bj_error *err)
{
    box->budget = &box->budgets[0];
    policy_budget_init(box->budget, policy);
    box->budget->descriptors = &box->runtime->engine->descriptors;
    box->budget->world.own |= for_image; /* making it twice must give the same bytes */
    box->grants = policy_grants_copy(policy->grants);
    if (!box->grants)
        return bj_fail_memory(err);
    box->tree = from ? snapshot_make_tree(from, box->grants, box->budget, err)
                     : sandbox_make_tree(box->runtime, box->grants, box->budget, err);
    if (!box->tree || open_wasi(box, err) < 0)
        return -1;
    box->instance = engine_instance_new(box->runtime->module, box->budget, box, err);
    if (!box->instance)
        return -1;
    box->waker = engine_instance_waker(box->instance);
    tools_open(box, from && from->told_tools);
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

static bj_sandbox *make(bj_runtime *runtime, const bj_policy *policy, const bj_snapshot *from,
                        bool for_image, bj_error *err)
{
    if (bj_policy_check(policy, err) < 0)
        return NULL;
    if (runtime->kind == BJ_RUNTIME_LIBRARY) {
        bj_fail(
            err, BJ_ERROR_UNSUPPORTED,
            "%s cannot be run: it exports no function _start without parameters and results. Build "
            "it as a WASI command (for wasm32-wasip1, with a main function)",
            runtime->name);
        return NULL;
    }
    if (check_exceptions(runtime, policy->grants, for_image, err) < 0)
        return NULL;
    bj_sandbox *box = calloc(1, sizeof *box);
    if (!box) {
        bj_fail_memory(err);
        return NULL;
    }
    box->runtime = runtime;
    atomic_init(&box->use, SANDBOX_FREE);
    if (set_up(box, policy, from, for_image, err) < 0) {
        bj_sandbox_delete(box);
        return NULL;
    }
    return box;
}

bj_sandbox *sandbox_make(bj_runtime *runtime, const bj_policy *policy, bool for_image,
                         bj_error *err)
{
    return make(runtime, policy, NULL, for_image, err);
}

bj_sandbox *sandbox_make_from(const bj_snapshot *from, const bj_policy *policy, bj_error *err)
{
    return make(from->runtime, policy, from, false, err);
}

BJ_API bj_sandbox *bj_sandbox_new(bj_runtime *runtime, const bj_policy *policy, bj_error *err)
{
    return sandbox_make(runtime, policy, false, err);
}

BJ_API void bj_sandbox_delete(bj_sandbox *box)
{
    if (!box)
        return;
    engine_instance_delete(box->instance); /* unwinds what is under way */
    sandbox_drop_run(box);
    wasi_context_delete(box->wasi);
    vfs_tree_release(box->tree);
    tools_close(box);
    displays_clear(&box->displays);
    blobs_end(box);
    policy_grants_delete(box->grants);
    free(box);
}
