/*
 * context.c: making a context, beginning a run, what the embedder asks it for. One allocation, plus
 * what the guest opens and writes.
 */
#include "wasi/context.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "vfs/tree/path.h"

static vfs_errno add_fd(wasi_context *context, const wasi_fd *entry)
{
    uint32_t fd;
    return wasi_fdtable_add(&context->fds, context->budget, entry, &fd);
}

static vfs_errno add_stdio(wasi_context *context)
{
    vfs_errno error =
        add_fd(context, &(wasi_fd){.kind = WASI_FD_STDIN, .rights_base = WASI_RIGHTS_STDIN});
    if (error == VFS_OK)
        error =
            add_fd(context, &(wasi_fd){.kind = WASI_FD_STDOUT, .rights_base = WASI_RIGHTS_STDOUT});
    if (error == VFS_OK)
        error =
            add_fd(context, &(wasi_fd){.kind = WASI_FD_STDERR, .rights_base = WASI_RIGHTS_STDOUT});
    return error;
}

static int fail_start(vfs_errno error, bj_error *err)
{
    if (error == VFS_ENOMEM)
        return bj_fail_memory(err);
    return bj_fail(err, BJ_ERROR_ARGUMENT,
                   "the limit descriptors is too low for the directories that are granted");
}

static int add_preopen(wasi_context *context, const struct wasi_preopen *preopen, bj_error *err)
{
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error = vfs_tree_find(context->tree, bj_span_of(preopen->path), &node);
    if (error == VFS_OK && node.type != VFS_DIRECTORY)
        error = VFS_ENOTDIR;
    if (error == VFS_OK)
        error = vfs_node_open(node, VFS_READ);
    if (error != VFS_OK)
        return bj_fail(err, error == VFS_ENOMEM ? BJ_ERROR_MEMORY : BJ_ERROR_ARGUMENT,
                       "cannot give the guest the directory %s (%s)", preopen->path,
                       vfs_errno_name(error));
    const uint64_t all = WASI_RIGHTS_DIRECTORY | WASI_RIGHTS_FILE;
    error =
        add_fd(context, &(wasi_fd){.kind = WASI_FD_NODE,
                                   .node = node,
                                   .rights_base = wasi_rights_of_node(node, all),
                                   .rights_inheriting =
                                       vfs_node_is_frozen(node) ? all & ~WASI_RIGHTS_CHANGING : all,
                                   .preopen = preopen->name});
    if (error != VFS_OK)
        return fail_start(error, err);
    (void)vfs_node_steal(&node);
    return 0;
}

static int fill(wasi_context *context, const wasi_setup *setup, bj_error *err)
{
    vfs_errno error = add_stdio(context);
    if (error != VFS_OK)
        return fail_start(error, err);
    for (size_t i = 0; i < setup->preopen_count; i++)
        if (add_preopen(context, &setup->preopens[i], err) < 0)
            return -1;
    return 0;
}

wasi_context *wasi_context_new(const wasi_setup *setup, bj_error *err)
{
    if (setup->arg_count > UINT32_MAX || setup->env_count > UINT32_MAX) {
        bj_fail(err, BJ_ERROR_ARGUMENT, "too many arguments or variables");
        return NULL;
    }
    wasi_context *context = calloc(1, sizeof *context);
    if (!context) {
        bj_fail_memory(err);
        return NULL;
    }
    struct stat st;
    context->budget = setup->budget;
    context->tree = vfs_tree_retain(setup->tree);
    wasi_fdtable_init(&context->fds);
    context->args = setup->args;
    context->arg_count = (uint32_t)setup->arg_count;
    context->env = setup->env;
    context->env_count = (uint32_t)setup->env_count;
    context->stdin_fd = setup->stdin_fd;
    context->stdin_is_file =
        setup->stdin_fd >= 0 && fstat(setup->stdin_fd, &st) == 0 && S_ISREG(st.st_mode);
    context->stdin_bytes = setup->stdin_bytes;
    context->on_output = setup->on_output;
    context->on_output_user = setup->on_output_user;
    context->on_event = setup->on_event;
    context->on_event_user = setup->on_event_user;
    context->deadline_ns = context->stretch_end_ns = context->cpu_look_ns = UINT64_MAX;
    context->monotonic_zero_ns = bj_clock_monotonic_ns();
    atomic_init(&context->wake_fd, -1);
    if (fill(context, setup, err) < 0) {
        wasi_context_delete(context);
        return NULL;
    }
    return context;
}

void wasi_context_delete(wasi_context *context)
{
    if (!context)
        return;
    wasi_fdtable_clear(&context->fds, context->budget);
    bj_buffer_free(&context->output[0]);
    bj_buffer_free(&context->output[1]);
    wasi_denials_clear(&context->denials);
    vfs_tree_release(context->tree);
    int wake_fd = atomic_load(&context->wake_fd);
    if (wake_fd >= 0)
        close(wake_fd);
    free(context);
}

void wasi_begin(wasi_context *context, uint64_t deadline_ns, uint64_t cpu_now_ns)
{
    context->deadline_ns = deadline_ns;
    context->stop = WASI_GO_ON;
    context->sleep.under_way = false;
    context->exit_code = 0;
    context->file_bytes_written = 0;
    wasi_denials_clear(&context->denials);
    context->stretch_end_ns = context->cpu_look_ns = UINT64_MAX;
    context->cpu_before_ns = context->cpu_told_ns;
    context->cpu_zero_ns = cpu_now_ns;
    for (int i = 0; i < 2; i++) {
        bj_buffer_free(&context->output[i]);
        context->truncated[i] = false;
    }
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

void wasi_enter(wasi_context *context, const wasi_stretch *stretch)
{
    context->deadline_ns = stretch->deadline_ns;
    context->stretch_end_ns = stretch->end_ns;
    context->cpu_zero_ns = stretch->cpu_now_ns;
    context->cpu_left_ns = stretch->cpu_left_ns;
    context->cpu_look_ns = add_saturating(stretch->now_ns, stretch->cpu_left_ns);
}

bool wasi_cpu_is_used_up(wasi_context *context, uint64_t now_ns)
{
    if (now_ns < context->cpu_look_ns || context->cpu_look_ns == UINT64_MAX)
        return false;
    const uint64_t used_ns = bj_clock_thread_cpu_ns() - context->cpu_zero_ns;
    if (used_ns >= context->cpu_left_ns)
        return true;
    context->cpu_look_ns = add_saturating(now_ns, context->cpu_left_ns - used_ns);
    return false;
}

void wasi_leave(wasi_context *context, uint64_t cpu_now_ns)
{
    context->cpu_before_ns += cpu_now_ns - context->cpu_zero_ns;
    context->cpu_zero_ns = cpu_now_ns;
}

uint64_t wasi_cpu_ns(wasi_context *context)
{
    if (context->budget->world.own)
        return context->cpu_told_ns;
    uint64_t now_ns = bj_clock_thread_cpu_ns();
    uint64_t since_ns = now_ns > context->cpu_zero_ns ? now_ns - context->cpu_zero_ns : 0;
    if (context->cpu_before_ns + since_ns > context->cpu_told_ns)
        context->cpu_told_ns = context->cpu_before_ns + since_ns;
    return context->cpu_told_ns;
}

uint64_t wasi_monotonic_ns(const wasi_context *context)
{
    if (context->budget->world.own)
        return context->budget->world.time_ns;
    if (context->clock_stopped)
        return context->monotonic_ns;
    return bj_clock_monotonic_ns() - context->monotonic_zero_ns;
}

/* ---------------------------------------------------------------- going on where another stands */

void wasi_context_stop_clock(wasi_context *context)
{
    context->monotonic_ns = wasi_monotonic_ns(context);
    context->clock_stopped = true;
}

void wasi_context_stand(wasi_context *context, wasi_fdtable *fds, vfs_tree *tree,
                        policy_budget *budget, uint64_t monotonic_ns, uint64_t cpu_ns)
{
    wasi_fdtable_clear(&context->fds, context->budget);
    wasi_fdtable_move(&context->fds, fds);
    vfs_tree_release(context->tree);
    context->tree = vfs_tree_retain(tree);
    context->budget = budget;
    context->monotonic_zero_ns = bj_clock_monotonic_ns() - monotonic_ns;
    context->cpu_told_ns = cpu_ns;
}

uint64_t wasi_context_set_aside(const wasi_context *context, policy_budget *budget)
{
    const uint64_t open = context->budget == budget ? budget->used[POLICY_descriptors] : 0;
    policy_budget_return(budget, POLICY_descriptors, open);
    return open;
}

int wasi_context_resume(wasi_context *context, const wasi_context *from, vfs_tree *tree,
                        policy_budget *budget, bool with_stdin, bj_error *err)
{
    wasi_fdtable fds;
    wasi_fdtable_init(&fds);
    const uint64_t aside = wasi_context_set_aside(context, budget);
    vfs_errno error = wasi_fdtable_fork(&fds, &from->fds, from->tree, tree, budget);
    budget->used[POLICY_descriptors] += aside;
    if (error == VFS_ENOMEM)
        return bj_fail_memory(err);
    if (error != VFS_OK)
        return bj_fail(err, BJ_ERROR_ARGUMENT,
                       "the limit descriptors is below the %u that are open", from->fds.count);
    if (budget->world.own && from->budget->world.own)
        budget->world = from->budget->world;
    wasi_context_stand(context, &fds, tree, budget, wasi_monotonic_ns(from),
                       wasi_cpu_from(from->budget->world.own, from->cpu_told_ns, budget));
    if (with_stdin)
        context->stdin_at = from->stdin_at;
    return 0;
}

uint32_t wasi_descriptor_count(const wasi_context *context)
{
    return (uint32_t)context->budget->used[POLICY_descriptors];
}

/* ---------------------------------------------------------------- what the embedder asks */

wasi_stop wasi_stopped(const wasi_context *context)
{
    return context->stop;
}

uint32_t wasi_exit_code(const wasi_context *context)
{
    return context->exit_code;
}

uint64_t wasi_take_bytes_moved(wasi_context *context)
{
    uint64_t moved = context->bytes_moved;
    context->bytes_moved = 0;
    return moved;
}

bj_buffer wasi_take_output(wasi_context *context, bj_stream stream)
{
    bj_buffer taken = context->output[stream - BJ_STDOUT];
    context->output[stream - BJ_STDOUT] = (bj_buffer){0};
    return taken;
}

bool wasi_output_truncated(const wasi_context *context, bj_stream stream)
{
    return context->truncated[stream - BJ_STDOUT];
}

uint64_t wasi_file_bytes_written(const wasi_context *context)
{
    return context->file_bytes_written;
}

/* ---------------------------------------------------------------- descriptors and rights */

vfs_errno wasi_get_fd(wasi_context *context, uint64_t fd, uint64_t rights, wasi_fd **entry)
{
    *entry = wasi_fdtable_get(&context->fds, fd);
    if (!*entry)
        return VFS_EBADF;
    return (rights & ~(*entry)->rights_base) == 0 ? VFS_OK : VFS_ENOTCAPABLE;
}

vfs_errno wasi_get_directory(wasi_context *context, uint64_t fd, uint64_t rights, wasi_fd **entry)
{
    *entry = wasi_fdtable_get(&context->fds, fd);
    if (!*entry)
        return VFS_EBADF;
    if ((*entry)->node.type != VFS_DIRECTORY)
        return VFS_ENOTDIR;
    uint64_t missing = rights & ~(*entry)->rights_base;
    if (missing == 0)
        return VFS_OK;
    bool frozen = (missing & ~WASI_RIGHTS_CHANGING) == 0 && vfs_node_is_frozen((*entry)->node);
    return frozen ? VFS_EROFS : VFS_ENOTCAPABLE;
}

uint64_t wasi_rights_of_node(vfs_node node, uint64_t rights)
{
    rights &= node.type == VFS_DIRECTORY ? WASI_RIGHTS_DIRECTORY : WASI_RIGHTS_FILE;
    return vfs_node_is_frozen(node) ? rights & ~WASI_RIGHTS_CHANGING : rights;
}

vfs_errno wasi_get_span(wasi_memory memory, const uint64_t *args, bj_span *span)
{
    const uint8_t *bytes = wasi_bytes(memory, args[0], args[1]);
    *span = (bj_span){(const char *)bytes, args[1]};
    return bytes ? VFS_OK : VFS_EFAULT;
}
