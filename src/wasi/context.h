/*
 * context.h: what a wasi_context holds, for the calls. Also the way from a number and the rights that a
 * call needs to an open descriptor.
 */
#ifndef BJ_WASI_CONTEXT_H
#define BJ_WASI_CONTEXT_H

#include <stdatomic.h>

#include "wasi/fdtable.h"
#include "wasi/memory.h"
#include "wasi/rights.h"
#include "wasi/wasi.h"

/* What one call moves at most: a guest that asks for more gets a short read or write, as POSIX allows,
 * and the deadline is looked at between the calls. */
#define WASI_MOVE_MAX  (16u << 20)
#define WASI_IOVEC_MAX 1024u

#define WASI_LOOKUP_SYMLINK_FOLLOW 1u /* `lookupflags`; there are no others */

struct wasi_context {
    policy_budget *budget;
    vfs_tree *tree; /* a reference */
    wasi_fdtable fds;

    const char *const *args;
    const char *const *env;
    uint32_t arg_count, env_count;

    int stdin_fd;
    bool stdin_is_file; /* reading `stdin_fd` never waits */
    bj_span stdin_bytes;
    size_t stdin_at;
    bj_output_fn on_output;
    void *on_output_user;
    wasi_event_fn on_event;
    void *on_event_user;
    wasi_denials denials;
    bj_buffer output[2]; /* stdout, stderr */
    bool truncated[2];

    wasi_stop stop;
    uint32_t exit_code;
    uint64_t deadline_ns;
    uint64_t bytes_moved;
    uint64_t file_bytes_written;

    uint64_t monotonic_zero_ns; /* what the host's clock said when the guest's said 0 */
    bool clock_stopped;         /* the guest's says `monotonic_ns` */
    uint64_t monotonic_ns;
    uint64_t stretch_end_ns;
    uint64_t cpu_left_ns; /* for this stretch */
    uint64_t
        cpu_look_ns; /* a moment before which it cannot be used up: no thread uses more than passes */
    uint64_t cpu_zero_ns;   /* of the thread, when it began to run the guest */
    uint64_t cpu_before_ns; /* what the guest has had before that */
    uint64_t cpu_told_ns;

    bool lets_sleep; /* wasi_let_sleep */
    /* The poll_oneoff that is not finished, where `under_way`: what it was called with, and when. */
    struct wasi_sleep {
        bool under_way;
        wasi_memory memory;
        uint64_t args[4];
        uint64_t until_ns, begun_ns, begun_realtime_ns;
    } sleep;

    _Atomic(bool) interrupted;
    _Atomic(uint32_t) interrupts; /* how many there were */
    _Atomic(int) wake_fd; /* an eventfd that wasi_interrupt writes to; -1 until something waits */
};

/* The open descriptor `fd`, if it has all of `rights`. EBADF, ENOTCAPABLE. */
vfs_errno wasi_get_fd(wasi_context *context, uint64_t fd, uint64_t rights,
                      wasi_fd **entry) BJ_CHECK_RESULT;

/* The same for a descriptor that is to be a directory: ENOTDIR, and EROFS where what is missing are
 * rights that the mount cannot give. */
vfs_errno wasi_get_directory(wasi_context *context, uint64_t fd, uint64_t rights,
                             wasi_fd **entry) BJ_CHECK_RESULT;

/* Where a descriptor of the context stands. */
static inline wasi_position *wasi_position_of(wasi_context *context, wasi_fd *fd)
{
    return wasi_fdtable_position(&context->fds, fd);
}

/* The rights that an opened node gets of those asked for. */
uint64_t wasi_rights_of_node(vfs_node node, uint64_t rights);

/* The bytes at (args[0], args[1]) as a span. EFAULT. */
vfs_errno wasi_get_span(wasi_memory memory, const uint64_t *args, bj_span *span) BJ_CHECK_RESULT;

/* Has the descriptors of the context not count while those that will take their place are opened, where both are of one budget:
 * how many they are, to be added again. */
uint64_t wasi_context_set_aside(const wasi_context *context, policy_budget *budget);

/* Puts descriptors (taken over), tree, budget and clocks in the place of the context's own. */
void wasi_context_stand(wasi_context *context, wasi_fdtable *fds, vfs_tree *tree,
                        policy_budget *budget, uint64_t monotonic_ns, uint64_t cpu_ns);

/* Where the guest's CPU clock stands as it goes on from another context: of the host's time nothing must be seen in a world of
 * its own. */
static inline uint64_t wasi_cpu_from(bool from_own, uint64_t from_ns, const policy_budget *budget)
{
    return budget->world.own && !from_own ? 0 : from_ns;
}

/* The guest's monotonic clock: begins at 0 with the context. */
uint64_t wasi_monotonic_ns(const wasi_context *context);

#endif
