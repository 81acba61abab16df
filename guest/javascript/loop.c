/*
 * loop.c: what runs after the source itself: promise jobs, timers, and the end of it all.
 *
 * Owns the pending timers, immediates and ticks, and the list of rejected promises that nobody handles (yet). An eval
 * is over when nothing is left but timers that are not to be waited for (unref); waiting is a poll_oneoff on the
 * monotonic clock, so that the host's deadline and its virtual clock apply. The order is Node's: ticks, then promise
 * jobs, run to the end before anything else does; then the timers that are due, by their time and then their making;
 * then the immediates that are there.
 *
 * Invariant: between two evals no timer, job, tick or unhandled rejection is left.
 */
#include <math.h>
#include <string.h>
#include <wasi/api.h>

#include "async.h"
#include "engine.h"
#include "guest.h"

#define NANOSECONDS_PER_MS 1000000u
#define MAX_DELAY_MS       2147483647.0

struct timer {
    uint64_t due;   /* on the monotonic clock */
    uint64_t order; /* among those of the same time */
    uint64_t period;
    uint32_t id;
    bool repeats;
    bool unawaited; /* the end of an eval does not wait for it */
    struct async_origin origin;
    int argc;
    JSValue function;
    JSValue argv[];
};

/* A call that is to be made: a tick or an immediate. */
struct call {
    struct call *next;
    uint32_t id;
    struct async_origin origin;
    int argc;
    JSValue function;
    JSValue argv[];
};

struct calls {
    struct call *first, **last;
};

struct rejection {
    JSValue promise;
    JSValue reason;
};

/* A heap: each timer is due no earlier than the one at (index - 1) / 2. */
static struct timer **timers;
static uint32_t timer_count, timer_room, awaited;
static uint64_t next_order;

/* A timer that fires is out of the heap while its function runs. */
static struct timer *firing;
static bool firing_cleared;

static struct calls ticks, immediates;

/* Functions of the library that a program's handlers hang on; undefined until there are some. */
static JSValue on_end, on_uncaught, on_unhandled;

static struct rejection *rejections;
static uint32_t rejection_count, rejection_room;

static uint64_t origin;

/* ---- The clock. ---- */

uint64_t loop_now(void)
{
    __wasi_timestamp_t now = 0;

    if (__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &now))
        return 0;
    return now;
}

void loop_sleep(uint64_t nanoseconds)
{
    __wasi_subscription_t subscription;
    __wasi_event_t event;
    __wasi_size_t count;

    memset(&subscription, 0, sizeof subscription);
    subscription.u.tag = __WASI_EVENTTYPE_CLOCK;
    subscription.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    subscription.u.u.clock.timeout = nanoseconds;
    (void)__wasi_poll_oneoff(&subscription, &event, 1, &count);
}

void loop_set_origin(void)
{
    origin = loop_now();
}

static JSValue performance_now(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    return JS_NewFloat64(context, (double)(loop_now() - origin) / NANOSECONDS_PER_MS);
}

/* ---- The heap of timers. ---- */

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void place(uint32_t index, struct timer *timer)
{
    timers[index] = timer;
}

static void sift_up(uint32_t index, struct timer *timer)
{
    while (index > 0 && is_before(timer, timers[(index - 1) / 2])) {
        place(index, timers[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    place(index, timer);
}

static void sift_down(uint32_t index, struct timer *timer)
{
    uint32_t child;

    while ((child = 2 * index + 1) < timer_count) {
        if (child + 1 < timer_count && is_before(timers[child + 1], timers[child]))
            child++;
        if (!is_before(timers[child], timer))
            break;
        place(index, timers[child]);
        index = child;
    }
    place(index, timer);
}

static bool add_timer(JSContext *context, struct timer *timer)
{
    if (timer_count == timer_room) {
        uint32_t room = timer_room ? 2 * timer_room : 16;
        struct timer **grown = js_realloc(context, timers, room * sizeof *timers);

        if (!grown)
            return false;
        timers = grown;
        timer_room = room;
    }
    timer->order = next_order++;
    sift_up(timer_count++, timer);
    awaited += !timer->unawaited;
    return true;
}

static struct timer *take_timer(uint32_t index)
{
    struct timer *taken = timers[index], *last = timers[--timer_count];

    awaited -= !taken->unawaited;
    if (index < timer_count) {
        sift_down(index, last);
        if (timers[index] == last)
            sift_up(index, last);
    }
    return taken;
}

static void free_timer(JSContext *context, struct timer *timer)
{
    async_forget(context, &timer->origin);
    JS_FreeValue(context, timer->function);
    for (int i = 0; i < timer->argc; i++)
        JS_FreeValue(context, timer->argv[i]);
    js_free(context, timer);
}

/* ---- setTimeout and its like. ---- */

/* Times are compared as whole milliseconds: timers that were set in the same one go by their delays. */
static uint64_t due_after(uint64_t period)
{
    uint64_t now = loop_now();

    return now - now % NANOSECONDS_PER_MS + period;
}

static struct timer *new_timer(JSContext *context, JSValueConst function, double delay_ms, int argc,
                               JSValueConst *argv)
{
    struct timer *timer = js_mallocz(context, sizeof *timer + (size_t)argc * sizeof(JSValue));

    if (!timer)
        return NULL;
    /* As in Node: whole milliseconds, and at least one; what is out of range or no number is one. */
    if (!(delay_ms >= 1 && delay_ms <= MAX_DELAY_MS))
        delay_ms = 1;
    timer->period = (uint64_t)delay_ms * NANOSECONDS_PER_MS;
    timer->due = due_after(timer->period);
    timer->id = async_new_id();
    async_note(context, &timer->origin, timer->id);
    timer->function = JS_DupValue(context, function);
    timer->argc = argc;
    for (int i = 0; i < argc; i++)
        timer->argv[i] = JS_DupValue(context, argv[i]);
    return timer;
}

static JSValue set_timer(JSContext *context, int argc, JSValueConst *argv, bool repeats)
{
    struct timer *timer;
    double delay = 0;

    if (argc < 1 || !JS_IsFunction(context, argv[0]))
        return JS_ThrowTypeError(context, "the callback is not a function");
    if (argc > 1 && !JS_IsUndefined(argv[1]) && JS_ToFloat64(context, &delay, argv[1]))
        return JS_EXCEPTION;
    timer = new_timer(context, argv[0], delay, argc > 2 ? argc - 2 : 0, argv + 2);
    if (!timer)
        return JS_EXCEPTION;
    timer->repeats = repeats;
    if (!add_timer(context, timer)) {
        free_timer(context, timer);
        return JS_EXCEPTION;
    }
    return JS_NewUint32(context, timer->id);
}

JSValue loop_set_timeout(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    return set_timer(context, argc, argv, false);
}

static JSValue set_interval(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    (void)this_value;
    return set_timer(context, argc, argv, true);
}

/* Index of the pending timer that argv[0] names, or -1. */
static int64_t find_timer(JSContext *context, int argc, JSValueConst *argv)
{
    int64_t id;

    if (argc < 1 || !JS_IsNumber(argv[0]) || JS_ToInt64(context, &id, argv[0]))
        return -1;
    for (uint32_t i = 0; i < timer_count; i++)
        if (timers[i]->id == id)
            return i;
    return -1;
}

static bool is_firing(JSContext *context, int argc, JSValueConst *argv)
{
    int64_t id;

    return firing && argc > 0 && JS_IsNumber(argv[0]) && !JS_ToInt64(context, &id, argv[0]) &&
           firing->id == id;
}

JSValue loop_clear_timeout(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    int64_t index = find_timer(context, argc, argv);

    (void)this_value;
    if (index >= 0)
        free_timer(context, take_timer((uint32_t)index));
    else if (is_firing(context, argc, argv))
        firing_cleared = true;
    return JS_UNDEFINED;
}

/* (id, whether it is waited for) */
static JSValue await_timer(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    int64_t index = find_timer(context, argc, argv);
    bool unawaited = argc < 2 || JS_ToBool(context, argv[1]) <= 0;

    (void)this_value;
    if (index >= 0 && timers[index]->unawaited != unawaited) {
        timers[index]->unawaited = unawaited;
        awaited += unawaited ? -1 : 1;
    } else if (is_firing(context, argc, argv)) {
        firing->unawaited = unawaited;
    }
    return JS_UNDEFINED;
}

/* (id): begins to wait anew; false when it is not pending any more. */
static JSValue refresh_timer(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    int64_t index = find_timer(context, argc, argv);
    struct timer *timer;

    (void)this_value;
    if (index < 0)
        return JS_FALSE;
    timer = take_timer((uint32_t)index);
    timer->due = due_after(timer->period);
    if (!add_timer(context, timer)) {
        free_timer(context, timer);
        return JS_EXCEPTION;
    }
    return JS_TRUE;
}

JSValue loop_sleep_async(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue promise, settle[2];
    struct timer *timer;
    double delay = 0;

    (void)this_value;
    if (argc > 0 && JS_ToFloat64(context, &delay, argv[0]))
        return JS_EXCEPTION;
    promise = JS_NewPromiseCapability(context, settle);
    if (JS_IsException(promise))
        return promise;
    timer = new_timer(context, settle[0], delay, 0, NULL);
    JS_FreeValue(context, settle[0]);
    JS_FreeValue(context, settle[1]);
    if (timer && add_timer(context, timer))
        return promise;
    if (timer)
        free_timer(context, timer);
    JS_FreeValue(context, promise);
    return JS_EXCEPTION;
}

/* Waits for a new firing of a timer that has just fired, or frees it. */
static int put_back(JSContext *context, struct timer *timer, bool again)
{
    if (again) {
        timer->due = due_after(timer->period);
        if (add_timer(context, timer))
            return 0;
    }
    free_timer(context, timer);
    return again ? -1 : 0;
}

static int fire(JSContext *context, struct timer *timer)
{
    JSValue result;
    bool failed;

    firing = timer;
    firing_cleared = false;
    result = async_call(context, &timer->origin, timer->function, timer->argc,
                        (JSValueConst *)timer->argv);
    firing = NULL;
    failed = JS_IsException(result);
    JS_FreeValue(context, result);
    if (put_back(context, timer, timer->repeats && !firing_cleared && !failed && !guest.ending))
        failed = true;
    return failed || guest.ending ? -1 : 0;
}

/* ---- Ticks and immediates. ---- */

/* Returns its number, or 0 with an exception pending. */
static uint32_t add_call(JSContext *context, struct calls *calls, int argc, JSValueConst *argv)
{
    struct call *call;

    if (argc < 1 || !JS_IsFunction(context, argv[0])) {
        JS_ThrowTypeError(context, "the callback is not a function");
        return 0;
    }
    call = js_mallocz(context, sizeof *call + (size_t)argc * sizeof(JSValue));
    if (!call)
        return 0;
    call->id = async_new_id();
    async_note(context, &call->origin, call->id);
    call->argc = argc - 1;
    call->function = JS_DupValue(context, argv[0]);
    for (int i = 1; i < argc; i++)
        call->argv[i - 1] = JS_DupValue(context, argv[i]);
    if (!calls->first)
        calls->last = &calls->first;
    *calls->last = call;
    calls->last = &call->next;
    return call->id;
}

static void free_call(JSContext *context, struct call *call)
{
    async_forget(context, &call->origin);
    JS_FreeValue(context, call->function);
    for (int i = 0; i < call->argc; i++)
        JS_FreeValue(context, call->argv[i]);
    js_free(context, call);
}

static struct call *take_call(struct calls *calls)
{
    struct call *call = calls->first;

    calls->first = call->next;
    return call;
}

static void forget_calls(JSContext *context, struct calls *calls)
{
    while (calls->first)
        free_call(context, take_call(calls));
}

static int make_call(JSContext *context, struct call *call)
{
    JSValue result = async_call(context, &call->origin, call->function, call->argc,
                                (JSValueConst *)call->argv);

    free_call(context, call);
    JS_FreeValue(context, result);
    return JS_IsException(result) || guest.ending ? -1 : 0;
}

/* (function, arguments…) */
static JSValue add_tick(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    return add_call(context, &ticks, argc, argv) ? JS_UNDEFINED : JS_EXCEPTION;
}

static JSValue set_immediate(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    uint32_t id = add_call(context, &immediates, argc, argv);

    (void)this_value;
    return id ? JS_NewUint32(context, id) : JS_EXCEPTION;
}

static JSValue clear_immediate(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    struct call **at = &immediates.first;
    int64_t id;

    (void)this_value;
    if (argc < 1 || JS_ToInt64(context, &id, argv[0]))
        return JS_UNDEFINED;
    for (; *at; at = &(*at)->next) {
        struct call *call = *at;

        if (call->id != id)
            continue;
        *at = call->next;
        if (immediates.last == &call->next)
            immediates.last = at;
        free_call(context, call);
        break;
    }
    return JS_UNDEFINED;
}

/* ---- Promise jobs and rejections. ---- */

static void forget_rejection(JSContext *context, uint32_t index)
{
    JS_FreeValue(context, rejections[index].promise);
    JS_FreeValue(context, rejections[index].reason);
    rejections[index] = rejections[--rejection_count];
}

void loop_handled(JSContext *context, JSValueConst promise)
{
    for (uint32_t i = 0; i < rejection_count; i++) {
        if (JS_VALUE_GET_PTR(rejections[i].promise) == JS_VALUE_GET_PTR(promise)) {
            forget_rejection(context, i);
            return;
        }
    }
}

/* QuickJS calls this when a promise is rejected unhandled, and when such a one is handled after all. */
static void on_rejection(JSContext *context, JSValueConst promise, JSValueConst reason,
                         bool is_handled, void *opaque)
{
    (void)opaque;
    if (is_handled) {
        loop_handled(context, promise);
        return;
    }
    if (guest.ending)
        return;
    if (rejection_count == rejection_room) {
        uint32_t room = rejection_room ? 2 * rejection_room : 8;
        struct rejection *grown =
            js_realloc_rt(guest.runtime, rejections, room * sizeof *rejections);

        if (!grown)
            return;
        rejections = grown;
        rejection_room = room;
    }
    rejections[rejection_count].promise = JS_DupValue(context, promise);
    rejections[rejection_count++].reason = JS_DupValue(context, reason);
}

static int run_promise_jobs(void)
{
    JSContext *of_job;
    int done;

    do {
        done = JS_ExecutePendingJob(guest.runtime, &of_job);
        if (done < 0 || guest.ending)
            return -1;
    } while (done > 0);
    return 0;
}

/* Whether a function of the library takes care: of an exception, of a rejection. */
static bool is_handled(JSContext *context, JSValueConst handler, JSValueConst reason,
                       JSValueConst promise)
{
    JSValueConst arguments[] = {reason, promise};
    JSValue result;
    bool handled;

    if (!JS_IsFunction(context, handler))
        return false;
    result = JS_Call(context, handler, JS_UNDEFINED, 2, arguments);
    if (JS_IsException(result))
        return false;
    handled = JS_ToBool(context, result) > 0;
    JS_FreeValue(context, result);
    return handled;
}

/* The rejections that nobody has handled by now. */
static int run_rejections(JSContext *context)
{
    while (rejection_count > 0) {
        struct rejection rejection = rejections[0];

        rejections[0] = rejections[--rejection_count];
        if (is_handled(context, on_unhandled, rejection.reason, rejection.promise)) {
            JS_FreeValue(context, rejection.promise);
            JS_FreeValue(context, rejection.reason);
            continue;
        }
        JS_FreeValue(context, rejection.promise);
        if (JS_HasException(context))
            JS_FreeValue(context, rejection.reason);
        else
            JS_Throw(context, rejection.reason);
        return -1;
    }
    return 0;
}

/* Ticks and promise jobs until there are none. */
static int run_jobs(JSContext *context)
{
    do {
        do {
            while (ticks.first)
                if (make_call(context, take_call(&ticks)))
                    return -1;
            if (run_promise_jobs())
                return -1;
        } while (ticks.first);
        if (run_rejections(context))
            return -1;
    } while (ticks.first || JS_IsJobPending(guest.runtime));
    return 0;
}

static int run_timers(JSContext *context)
{
    uint64_t now = loop_now();

    while (timer_count > 0 && timers[0]->due <= now)
        if (fire(context, take_timer(0)) || run_jobs(context))
            return -1;
    return 0;
}

static int run_immediates(JSContext *context)
{
    /* Those that they set in turn are for the next round. */
    uint32_t last = async_new_id();

    while (immediates.first && immediates.first->id < last)
        if (make_call(context, take_call(&immediates)) || run_jobs(context))
            return -1;
    return 0;
}

/* One round of what is pending. */
static int run_round(JSContext *context)
{
    return run_jobs(context) || run_timers(context) || run_immediates(context) ? -1 : 0;
}

/* What the program has a handler for is no end of it. */
static bool goes_on(JSContext *context)
{
    JSValue thrown;
    bool handled;

    if (guest.ending || !JS_IsFunction(context, on_uncaught))
        return false;
    thrown = JS_GetException(context);
    handled = !engine_is_uncatchable(context, thrown) &&
              is_handled(context, on_uncaught, thrown, JS_UNDEFINED);
    if (handled)
        JS_FreeValue(context, thrown);
    else if (JS_HasException(context))
        JS_FreeValue(context, thrown);
    else
        JS_Throw(context, thrown);
    return handled;
}

static int run_until_idle(JSContext *context)
{
    for (;;) {
        uint64_t now;

        if (run_round(context)) {
            if (!goes_on(context))
                return -1;
            continue;
        }
        if (immediates.first)
            continue;
        if (awaited == 0)
            return 0;
        now = loop_now();
        if (timers[0]->due > now)
            loop_sleep(timers[0]->due - now);
    }
}

static void forget_timers(JSContext *context)
{
    while (timer_count > 0)
        free_timer(context, take_timer(timer_count - 1));
}

/* Asks the handlers of a program's end, before it (which they may put off: 1 when they left something to be run) or
 * at it (`final`). */
static int ask_at_end(JSContext *context, bool final)
{
    JSValueConst arguments[] = {JS_NewBool(context, final), JS_NewInt32(context, guest.exit_code)};
    JSValue result;

    if (!JS_IsFunction(context, on_end))
        return 0;
    result = JS_Call(context, on_end, JS_UNDEFINED, 2, arguments);
    if (JS_IsException(result))
        return -1;
    if (final && JS_ToInt32(context, &guest.exit_code, result))
        return -1;
    JS_FreeValue(context, result);
    return ticks.first || immediates.first || awaited > 0 || JS_IsJobPending(guest.runtime);
}

int loop_run(JSContext *context)
{
    int more;

    do {
        if (run_until_idle(context))
            return -1;
        more = ask_at_end(context, false);
    } while (more > 0);
    forget_timers(context);
    return more;
}

int loop_end(JSContext *context, int32_t code)
{
    int status;

    guest.exit_code = code;
    status = ask_at_end(context, true) < 0 ? -1 : 0;
    loop_abandon(context);
    return status;
}

bool loop_continues(JSContext *context)
{
    return goes_on(context);
}

void loop_abandon(JSContext *context)
{
    JSContext *of_job;
    int done;

    guest.ending = true;
    forget_timers(context);
    forget_calls(context, &ticks);
    forget_calls(context, &immediates);
    /* There is no call that drops jobs. With `ending` set, the interrupt handler refuses every call of
     * JavaScript, so that running them only lets each function end where it stands. */
    do {
        engine_interrupt_now(context);
        done = JS_ExecutePendingJob(guest.runtime, &of_job);
        if (done < 0)
            JS_FreeValue(context, JS_GetException(context));
    } while (done != 0);
    while (rejection_count > 0)
        forget_rejection(context, rejection_count - 1);
    async_end(context);
    guest.ending = false;
}

JSValue loop_exit(JSContext *context, int32_t code)
{
    JSValue error;

    guest.ending = guest.exited = true;
    guest.exit_code = code;
    JS_ThrowInternalError(context, "exit");
    error = JS_GetException(context);
    JS_SetUncatchableError(context, error);
    /* An async function or a promise's executor swallows even this error: what follows it is stopped at
     * its next call or loop. */
    engine_interrupt_now(context);
    return JS_Throw(context, error);
}

/* ---- Globals. ---- */

static int refuse_when_ending(JSContext *context, void *opaque)
{
    (void)opaque;
    if (!guest.ending)
        return 0;
    engine_interrupt_now(context);
    return 1;
}

/* (on_end, on_uncaught, on_unhandled): what runs when an eval ends, or something goes wrong in it. */
static JSValue set_handlers(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    (void)this_value, (void)argc;
    JS_FreeValue(context, on_end);
    JS_FreeValue(context, on_uncaught);
    JS_FreeValue(context, on_unhandled);
    on_end = JS_DupValue(context, argv[0]);
    on_uncaught = JS_DupValue(context, argv[1]);
    on_unhandled = JS_DupValue(context, argv[2]);
    return JS_UNDEFINED;
}

/* (code): ends the program at once. */
static JSValue exit_now(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int32_t code;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &code, argv[0]))
        return JS_EXCEPTION;
    return loop_exit(context, code);
}

/* For the library, which makes of them what programs see. */
static const JSCFunctionListEntry natives[] = {
    JS_CFUNC_DEF("setTimer", 2, loop_set_timeout),
    JS_CFUNC_DEF("setRepeating", 2, set_interval),
    JS_CFUNC_DEF("clearTimer", 1, loop_clear_timeout),
    JS_CFUNC_DEF("awaitTimer", 2, await_timer),
    JS_CFUNC_DEF("refreshTimer", 1, refresh_timer),
    JS_CFUNC_DEF("addTick", 1, add_tick),
    JS_CFUNC_DEF("setImmediate", 1, set_immediate),
    JS_CFUNC_DEF("clearImmediate", 1, clear_immediate),
    JS_CFUNC_DEF("setHandlers", 3, set_handlers),
    JS_CFUNC_DEF("exit", 1, exit_now),
    JS_CFUNC_DEF("performanceNow", 0, performance_now),
};

void loop_install_natives(JSContext *context, JSValueConst native)
{
    JS_SetPropertyFunctionList(context, native, natives, countof(natives));
}

int loop_install(JSContext *context)
{
    (void)context;
    on_end = on_uncaught = on_unhandled = JS_UNDEFINED;
    JS_SetHostPromiseRejectionTracker(guest.runtime, on_rejection, NULL);
    JS_SetInterruptHandler(guest.runtime, refuse_when_ending, NULL);
    return 0;
}
