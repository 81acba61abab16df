/*
 * wasi.h: the WASI preview 1 host, as the rest of Belljar sees it.
 *
 * A context is what one sandbox has of the system: its file tree, descriptors, arguments, variables,
 * streams and deadline. The calls take (context, guest memory, arguments) and know no engine: whoever
 * links them to one unpacks its values into 64-bit slots, looks at `stop` afterwards, and charges
 * `bytes_moved`.
 *
 * Source: WASI preview 1, wasi_snapshot_preview1.witx. One thread at a time, but for
 * wasi_interrupt.
 */
#ifndef BJ_WASI_WASI_H
#define BJ_WASI_WASI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "belljar.h"
#include "policy/budget.h"
#include "vfs/node/errno.h"
#include "vfs/tree/tree.h"

typedef struct wasi_context wasi_context;

/* The guest's memory as it stands now. Every pointer of the guest is an offset into it and is checked
 * against `size`; the view is fetched again after anything that can grow it. */
typedef struct wasi_memory {
    uint8_t *base;
    uint64_t size;
} wasi_memory;

/* Why the guest must not go on after a call. The embedder unwinds it then. */
typedef enum wasi_stop {
    WASI_GO_ON = 0,
    WASI_STOP_EXIT,       /* proc_exit; see wasi_exit_code */
    WASI_STOP_LIMIT,      /* a limit was crossed; the budget says which */
    WASI_STOP_INTERRUPTED /* wasi_interrupt */
} wasi_stop;

/* Arguments as the guest passed them: an i32 is zero-extended. */
typedef vfs_errno (*wasi_handler)(wasi_context *context, wasi_memory memory, const uint64_t *args);

/* What kind of resource a call names. */
typedef enum wasi_audit {
    WASI_AUDIT_NONE,
    WASI_AUDIT_FD,
    WASI_AUDIT_PATH,
    WASI_AUDIT_CLOCK,
    WASI_AUDIT_RANDOM,
    WASI_AUDIT_PROCESS,
    WASI_AUDIT_SOCKET
} wasi_audit;

/* Which call, in the order of calls.def. */
typedef enum wasi_number {
#define X(name, signature, audit, unstable) WASI_CALL_##name,
#include "wasi/calls.def"
#undef X
    WASI_CALL_COUNT,
    WASI_CALL_OTHER = WASI_CALL_COUNT /* one that preview 1 lacks */
} wasi_number;

typedef struct wasi_call {
    wasi_number number;
    const char *name;      /* "fd_read" */
    const char *signature; /* a letter a parameter: 'i' = i32, 'l' = i64 */
    wasi_handler handler;
    bool returns_errno; /* all but proc_exit */
    wasi_audit audit;
} wasi_call;

/* A call that names a resource, after it was made. Texts are the guest's: any bytes but NUL. */
typedef struct wasi_event {
    const char *call;
    const char *path;       /* absolute, or "stdin", …; NULL: it names none */
    const char *other_path; /* of rename and link; else NULL */
    const char
        *mount; /* where what the descriptor stands for is mounted, and what kind it is; or NULL */
    const char *layer;
    bool has_descriptor; /* whether it names a descriptor alone */
    uint32_t descriptor;
    uint64_t
        rights; /* of path_open those asked for, else those of the descriptor; bits of rights.h */
    vfs_errno result;
} wasi_event;
typedef void (*wasi_event_fn)(void *user, const wasi_event *event);

/* Attempts at what was not granted. Bounded: what goes beyond is only counted. */
#define WASI_DENIALS_MOST  64u
#define WASI_DENIALS_BYTES 16384u

typedef struct wasi_denial {
    const char *call;
    char *path; /* owned; "" where there is none */
    const char *reason;
    uint64_t times;
} wasi_denial;

typedef struct wasi_denials {
    wasi_denial *items; /* room for WASI_DENIALS_MOST, made for the first one */
    size_t count, bytes;
    uint64_t more;
} wasi_denials;

void wasi_denials_clear(wasi_denials *denials);

/* All 46 calls of wasi_snapshot_preview1, in the order of calls.def. */
#define WASI_CALL_ARGS_MAX 9
extern const wasi_call wasi_calls[WASI_CALL_COUNT];

/* A call that preview 1 lacks, for who links it by a name of its own: (fd, to, duplicate: out) duplicates a descriptor as
 * the lowest free one (`to` is WASI_FD_LOWEST) or as `to`, whose own content is closed; both have one position and one set of flags then,
 * and the rights that `fd` has. EBADF: not open, or no descriptor may have the number `to`; EMFILE, ENOMEM. */
#define WASI_FD_LOWEST UINT32_MAX
extern const wasi_call wasi_fd_dup;

/* Makes a call: counts it against host_calls, refuses when that limit is crossed, calls the handler.
 * After it `wasi_stopped(context)` says whether the guest may go on. */
vfs_errno wasi_dispatch(wasi_context *context, const wasi_call *call, wasi_memory memory,
                        const uint64_t *args);

/* The same for a call that is not in the table: counts it. False, and `stop` set: the guest must not go on. */
bool wasi_count_call(wasi_context *context);

/* Notes an attempt at what was not granted, of a call that is not in the table. `call` and `reason` are constants. */
void wasi_deny(wasi_context *context, const char *call, const char *what, const char *reason);

/* What a context starts with. All pointers are borrowed and must outlive the context, but for the
 * tree, of which it takes a reference. */
typedef struct wasi_setup {
    policy_budget *budget;
    vfs_tree *tree;
    /* Directories of the tree that the guest gets as descriptors 3, 4, …: (path in the tree, name that
     * fd_prestat_dir_name tells). */
    const struct wasi_preopen {
        const char *path;
        const char *name;
    } *preopens;
    size_t preopen_count;
    const char *const *args; /* NUL-terminated strings */
    size_t arg_count;
    const char *const *env; /* "NAME=value" */
    size_t env_count;
    int stdin_fd;           /* a host descriptor to read from (not closed), or -1: stdin_bytes */
    bj_span stdin_bytes;    /* what stdin holds when stdin_fd is -1 */
    bj_output_fn on_output; /* may be NULL */
    void *on_output_user;
    wasi_event_fn on_event; /* may be NULL */
    void *on_event_user;
} wasi_setup;

/* NULL when out of memory or a preopen is missing (then *err says so). */
wasi_context *wasi_context_new(const wasi_setup *setup, bj_error *err) BJ_CHECK_RESULT;
void wasi_context_delete(wasi_context *context);

/* Makes a context go on where `from` stands, which nobody uses meanwhile but to read it: descriptors with their
 * offsets, clocks, randomness, and its place in stdin where `with_stdin`. `tree`, a fork of the tree of `from`, and
 * `budget` take the place of the context's own. 0, or -1 with the context as it was: BJ_ERROR_ARGUMENT (the
 * limit descriptors is too low), _MEMORY. */
int wasi_context_resume(wasi_context *context, const wasi_context *from, vfs_tree *tree,
                        policy_budget *budget, bool with_stdin, bj_error *err) BJ_CHECK_RESULT;

/* Stops the context's clocks at this moment, for one that is only resumed from. */
void wasi_context_stop_clock(wasi_context *context);

/* How many descriptors are open. */
uint32_t wasi_descriptor_count(const wasi_context *context);

/* Begins a run or eval: its deadline (bj_clock_monotonic_ns; UINT64_MAX for none), what the thread's CPU clock says
 * now, empty output buffers. An interrupt that came before stays in force. */
void wasi_begin(wasi_context *context, uint64_t deadline_ns, uint64_t cpu_now_ns);

/* A stretch in which a thread runs the guest. */
typedef struct wasi_stretch {
    uint64_t now_ns, cpu_now_ns; /* what the monotonic clock and the thread's CPU clock say */
    uint64_t deadline_ns;        /* in the place of the one of wasi_begin */
    uint64_t cpu_left_ns;        /* what the guest may use; UINT64_MAX: as much as it wants */
    uint64_t end_ns;             /* a sleep that is not over by then does not hold the thread */
} wasi_stretch;

/* Around each of them: the CPU time between two stretches, and that of other threads, is not the guest's. */
void wasi_enter(wasi_context *context, const wasi_stretch *stretch);
void wasi_leave(wasi_context *context, uint64_t cpu_now_ns);

/* What the guest's CPU clocks say: the CPU time that it has had, of the host's or in its own world. Never goes back. */
uint64_t wasi_cpu_ns(wasi_context *context);

/* From now on a guest that waits for nothing but time (poll_oneoff) does not hold the thread: the dispatch returns, and
 * while wasi_sleeps is true the call has not been finished. wasi_wake_up goes on with it, earlier than need be if it
 * must, and gives its result once it sleeps no more. The guest's memory must not move meanwhile. */
void wasi_let_sleep(wasi_context *context);
bool wasi_sleeps(const wasi_context *context);
uint64_t wasi_sleeps_until_ns(const wasi_context *context);
vfs_errno wasi_wake_up(wasi_context *context);
/* Holds the thread until then, or until the deadline or an interrupt. */
void wasi_await(wasi_context *context);

/* Whether the guest has used up the CPU time of this stretch. Looks at the thread's CPU clock only where that can be so. */
bool wasi_cpu_is_used_up(wasi_context *context, uint64_t now_ns);

/* Whether reading stdin may wait for somebody else's bytes, and hold the thread. */
bool wasi_may_wait_for_stdin(const wasi_context *context);

/* Ends what waits in a call now, or the next call that would wait. Any thread, any signal handler. */
void wasi_interrupt(wasi_context *context);
bool wasi_interrupted(const wasi_context *context);
/* How many interrupts there were: tells one that comes from one that was there. */
uint32_t wasi_interrupts(const wasi_context *context);
/* After the run that it ended: the next one may begin anew. */
void wasi_clear_interrupt(wasi_context *context);

wasi_stop wasi_stopped(const wasi_context *context);
uint32_t wasi_exit_code(const wasi_context *context);

/* Bytes that calls copied in or out since the last time this was asked: what to charge fuel for. */
uint64_t wasi_take_bytes_moved(wasi_context *context);

/* What the guest wrote since wasi_begin; moved out to the caller, who frees it. */
bj_buffer wasi_take_output(wasi_context *context, bj_stream stream);
/* Whether output was cut off because output_bytes was crossed. */
bool wasi_output_truncated(const wasi_context *context, bj_stream stream);

/* Those since wasi_begin, or since they were last taken; the caller clears them. */
wasi_denials wasi_take_denials(wasi_context *context);

/* Bytes that the guest wrote to files since wasi_begin. */
uint64_t wasi_file_bytes_written(const wasi_context *context);

#endif
