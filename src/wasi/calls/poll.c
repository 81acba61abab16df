/*
 * poll.c: poll_oneoff.
 *
 * In two passes over the subscriptions, with no list of our own: the first finds out whether anything
 * is ready and when the next clock is due, then the call waits, then the second writes an event for
 * whatever is ready or due. Only stdin can make it wait for the host; files, stdout and stderr are
 * always ready. Subscriptions that cannot be (bad descriptor, missing right, unknown clock) are events
 * with an error, as the specification has it.
 *
 * A call that waits for nothing but time need not hold the thread (wasi_let_sleep): it is put down in the context, and
 * made again, as if at the moment when it began, once its time has come.
 */
#include <poll.h>

#include "base/clock.h"
#include "wasi/calls/calls.h"
#include "wasi/calls/clock_ids.h"
#include "wasi/stream.h"
#include "wasi/wait.h"

#define SUBSCRIPTIONS_MAX 65536u
#define SHORT_NS          2000000u /* is waited for on the thread, as far as its slice goes */
#define CHECK_EVERY       1024u    /* subscriptions, each of which may ask the host */
#define FLAG_ABSTIME      1u
#define EVENT_FD_HANGUP   1u
#define EVENTTYPE_COUNT   3u

enum { EVENTTYPE_CLOCK = 0, EVENTTYPE_FD_READ = 1, EVENTTYPE_FD_WRITE = 2 };

/* A subscription in our terms. */
typedef struct subscription {
    uint64_t userdata;
    uint8_t type;
    bool waits;      /* for the host's stdin */
    vfs_errno error; /* of the event; it is ready at once then */
    uint64_t due_ns; /* of a clock, in the terms of now_ns() */
    uint64_t bytes;  /* of a descriptor that is ready */
} subscription;

/* Clocks are compared with the moment the call began. */
typedef struct poll_state {
    wasi_context *context;
    uint64_t begun_ns;
    uint64_t begun_realtime_ns;
    uint64_t monotonic_zero_ns; /* when the guest's monotonic clock said 0 */
    bool stdin_ready;
} poll_state;

/* The host's monotonic clock, or that of the sandbox's own world. */
static uint64_t now_ns(const wasi_context *context)
{
    const policy_world *world = &context->budget->world;
    return world->own ? world->time_ns : bj_clock_monotonic_ns();
}

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void parse_clock(const poll_state *state, const uint8_t *at, subscription *s)
{
    uint32_t id = wasi_load32(at + WASI_SUBSCRIPTION_CLOCK_ID);
    uint64_t timeout = wasi_load64(at + WASI_SUBSCRIPTION_CLOCK_TIMEOUT);
    uint16_t flags = wasi_load16(at + WASI_SUBSCRIPTION_CLOCK_FLAGS);
    if (flags & ~FLAG_ABSTIME || id > WASI_CLOCK_THREAD_CPUTIME) {
        s->error = VFS_EINVAL;
        return;
    }
    if (id > WASI_CLOCK_MONOTONIC) {
        s->error = VFS_ENOTSUP; /* a guest that waits uses no processor time */
        return;
    }
    if (!(flags & FLAG_ABSTIME))
        s->due_ns = add_saturating(state->begun_ns, timeout);
    else if (id == WASI_CLOCK_MONOTONIC)
        s->due_ns = add_saturating(state->monotonic_zero_ns, timeout);
    else if (timeout <= state->begun_realtime_ns)
        s->due_ns = 0;
    else
        s->due_ns = add_saturating(state->begun_ns, timeout - state->begun_realtime_ns);
}

static void parse_fd(const poll_state *state, const uint8_t *at, subscription *s)
{
    wasi_context *context = state->context;
    wasi_fd *fd;
    s->error = wasi_get_fd(context, wasi_load32(at + WASI_SUBSCRIPTION_FD),
                           WASI_R(POLL_FD_READWRITE), &fd);
    if (s->error != VFS_OK)
        return;
    bool reads = s->type == EVENTTYPE_FD_READ;
    if (fd->kind == WASI_FD_STDIN && reads) {
        s->waits = wasi_stream_waits_for(context) >= 0;
        s->bytes = wasi_stream_ready(context);
    } else if (fd->kind == WASI_FD_NODE && fd->node.type == VFS_REGULAR_FILE && reads) {
        vfs_stat stat;
        s->error = vfs_node_stat(fd->node, &stat);
        const uint64_t offset = wasi_position_of(context, fd)->offset;
        s->bytes = s->error == VFS_OK && stat.size > offset ? stat.size - offset : 0;
    } else if (fd->kind != WASI_FD_NODE && reads != (fd->kind == WASI_FD_STDIN)) {
        s->error = VFS_EBADF; /* reading from stdout, writing to stdin */
    }
}

static subscription parse(const poll_state *state, const uint8_t *at)
{
    subscription s = {.userdata = wasi_load64(at + WASI_SUBSCRIPTION_USERDATA),
                      .type = at[WASI_SUBSCRIPTION_TAG],
                      .due_ns = UINT64_MAX};
    if (s.type == EVENTTYPE_CLOCK)
        parse_clock(state, at, &s);
    else if (s.type < EVENTTYPE_COUNT)
        parse_fd(state, at, &s);
    else
        s.error = VFS_EINVAL;
    return s;
}

static bool is_ready(const poll_state *state, const subscription *s, uint64_t now)
{
    if (s->error != VFS_OK)
        return true;
    if (s->type == EVENTTYPE_CLOCK)
        return s->due_ns <= now;
    return !s->waits || state->stdin_ready;
}

/* Until the time has come, or for now: *sleeps. */
static wasi_waited wait_for_time(poll_state *state, uint64_t until_ns, bool *sleeps)
{
    wasi_context *context = state->context;
    const uint64_t now = bj_clock_monotonic_ns();
    const bool is_short = until_ns > now && until_ns - now < SHORT_NS;
    if (!context->lets_sleep || (is_short && until_ns <= context->stretch_end_ns))
        return wasi_wait(context, -1, until_ns);
    if (!wasi_may_go_on(context))
        return WASI_WAITED_STOP;
    *sleeps = until_ns > now;
    context->sleep.until_ns = until_ns;
    context->sleep.begun_ns = state->begun_ns;
    context->sleep.begun_realtime_ns = state->begun_realtime_ns;
    return WASI_WAITED_TIME;
}

/* The first pass: waits until an event can be written. WASI_WAITED_STOP ends the call, *sleeps puts it down. */
static wasi_waited wait_for_any(poll_state *state, const uint8_t *subscriptions, uint32_t count,
                                bool *sleeps)
{
    uint64_t until_ns = UINT64_MAX;
    bool ready = false, stdin_wanted = false;
    for (uint32_t i = 0; i < count; i++) {
        subscription s = parse(state, subscriptions + (size_t)i * WASI_SUBSCRIPTION_BYTES);
        stdin_wanted |= s.waits;
        ready |= is_ready(state, &s, state->begun_ns);
        if (s.error == VFS_OK && s.type == EVENTTYPE_CLOCK && s.due_ns < until_ns)
            until_ns = s.due_ns;
        if ((i + 1) % CHECK_EVERY == 0 && !wasi_may_go_on(state->context))
            return WASI_WAITED_STOP;
    }
    int fd = stdin_wanted ? wasi_stream_waits_for(state->context) : -1;
    policy_world *world = &state->context->budget->world;
    if (world->own && !ready && until_ns != UINT64_MAX) {
        world->time_ns = until_ns; /* nobody waits for a time that is made up */
        ready = true;
    }
    if (ready && fd < 0)
        return wasi_may_go_on(state->context) ? WASI_WAITED_TIME : WASI_WAITED_STOP;
    if (fd < 0)
        return wait_for_time(state, until_ns, sleeps);
    wasi_waited waited = wasi_wait(state->context, fd, ready ? 0 : until_ns);
    state->stdin_ready = waited == WASI_WAITED_READY;
    return waited;
}

static bool has_hung_up(const wasi_context *context)
{
    struct pollfd polled = {.fd = wasi_stream_waits_for(context), .events = POLLIN};
    return poll(&polled, 1, 0) > 0 && (polled.revents & POLLHUP) && !(polled.revents & POLLIN);
}

static void put_event(const poll_state *state, uint8_t *at, const subscription *s)
{
    memset(at, 0, WASI_EVENT_BYTES);
    wasi_store64(at + WASI_EVENT_USERDATA, s->userdata);
    wasi_store16(at + WASI_EVENT_ERROR, (uint16_t)s->error);
    at[WASI_EVENT_TYPE] = s->type;
    if (s->error != VFS_OK || s->type == EVENTTYPE_CLOCK)
        return;
    bool hung_up = s->waits && has_hung_up(state->context);
    wasi_store64(at + WASI_EVENT_NBYTES, hung_up ? 0 : s->bytes);
    wasi_store16(at + WASI_EVENT_FLAGS, hung_up ? EVENT_FD_HANGUP : 0);
}

static poll_state begin(wasi_context *context)
{
    poll_state state = {.context = context,
                        .begun_ns = now_ns(context),
                        .begun_realtime_ns = policy_world_realtime_ns(&context->budget->world),
                        .monotonic_zero_ns =
                            context->budget->world.own ? 0 : context->monotonic_zero_ns};
    if (context->sleep.under_way) {
        state.begun_ns = context->sleep.begun_ns;
        state.begun_realtime_ns = context->sleep.begun_realtime_ns;
    }
    return state;
}

static void put_down(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    context->sleep.under_way = true;
    context->sleep.memory = memory;
    for (size_t i = 0; i < sizeof context->sleep.args / sizeof *args; i++)
        context->sleep.args[i] = args[i];
}

/* (subscriptions, events: out, count, event count: out) */
vfs_errno wasi_poll_oneoff(wasi_context *context, wasi_memory memory, const uint64_t *args)
{
    if (args[2] == 0 || args[2] > SUBSCRIPTIONS_MAX)
        return VFS_EINVAL;
    uint32_t count = (uint32_t)args[2], written = 0;
    const uint8_t *subscriptions = wasi_array(memory, args[0], count, WASI_SUBSCRIPTION_BYTES);
    uint8_t *events = wasi_array(memory, args[1], count, WASI_EVENT_BYTES);
    if (!subscriptions || !events || !wasi_bytes(memory, args[3], 4))
        return VFS_EFAULT;
    bool sleeps = false;
    poll_state state = begin(context);
    const wasi_waited waited = wait_for_any(&state, subscriptions, count, &sleeps);
    context->sleep.under_way = false;
    if (waited == WASI_WAITED_STOP)
        return VFS_EINTR;
    if (sleeps) {
        put_down(context, memory, args);
        return VFS_OK;
    }
    const uint64_t now = now_ns(context);
    for (uint32_t i = 0; i < count; i++) {
        subscription s = parse(&state, subscriptions + (size_t)i * WASI_SUBSCRIPTION_BYTES);
        if (is_ready(&state, &s, now))
            put_event(&state, events + (size_t)written++ * WASI_EVENT_BYTES, &s);
        if ((i + 1) % CHECK_EVERY == 0 && !wasi_may_go_on(context))
            return VFS_EINTR;
    }
    return wasi_put32(memory, args[3], written);
}

/* ---------------------------------------------------------------- for who does not hold the thread */

void wasi_let_sleep(wasi_context *context)
{
    context->lets_sleep = true;
}

bool wasi_sleeps(const wasi_context *context)
{
    return context->sleep.under_way;
}

uint64_t wasi_sleeps_until_ns(const wasi_context *context)
{
    return context->sleep.until_ns;
}

vfs_errno wasi_wake_up(wasi_context *context)
{
    const struct wasi_sleep sleep = context->sleep;
    if (!wasi_may_go_on(context)) {
        context->sleep.under_way = false;
        return VFS_EINTR;
    }
    if (bj_clock_monotonic_ns() < sleep.until_ns)
        return VFS_OK;
    return wasi_poll_oneoff(context, sleep.memory, sleep.args);
}

void wasi_await(wasi_context *context)
{
    if (wasi_wait(context, -1, context->sleep.until_ns) == WASI_WAITED_STOP)
        return; /* whoever wakes it up is told */
}
