/*
 * loop.c: what runs after the source itself: promise jobs, timers, and the end of it all.
 *
 * Owns the pending timers and the list of rejected promises that nobody handles (yet). An eval is over
 * when no job and no timer is left; waiting is a poll_oneoff on the monotonic clock, so that the host's
 * deadline and its virtual clock apply. Jobs run to the end before the next timer does, and timers run
 * in the order of their times, then of their making.
 *
 * Invariant: between two evals no timer, job or unhandled rejection is left.
 */
#include <math.h>
#include <string.h>
#include <wasi/api.h>

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
    int argc;
    JSValue function;
    JSValue argv[];
};

struct rejection {
    JSValue promise;
    JSValue reason;
};

/* A heap: each timer is due no earlier than the one at (index - 1) / 2. */
static struct timer **timers;
static uint32_t timer_count, timer_room, next_id;
static uint64_t next_order;

/* A timer that fires is out of the heap while its function runs; so that clearInterval works there. */
static uint32_t firing_id;

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
    return true;
}

static struct timer *take_timer(uint32_t index)
{
    struct timer *taken = timers[index], *last = timers[--timer_count];

    if (index < timer_count) {
        sift_down(index, last);
        if (timers[index] == last)
            sift_up(index, last);
    }
    return taken;
}

static void free_timer(JSContext *context, struct timer *timer)
{
    JS_FreeValue(context, timer->function);
    for (int i = 0; i < timer->argc; i++)
        JS_FreeValue(context, timer->argv[i]);
    js_free(context, timer);
}

/* ---- setTimeout and its like. ---- */

static struct timer *new_timer(JSContext *context, JSValueConst function, double delay_ms, int argc,
                               JSValueConst *argv)
{
    struct timer *timer = js_mallocz(context, sizeof *timer + (size_t)argc * sizeof(JSValue));

    if (!timer)
        return NULL;
    /* Not a number counts as no delay, as in browsers. */
    if (!(delay_ms > 0))
        delay_ms = 0;
    if (delay_ms > MAX_DELAY_MS)
        delay_ms = MAX_DELAY_MS;
    timer->period = (uint64_t)(delay_ms * NANOSECONDS_PER_MS);
    timer->due = loop_now() + timer->period;
    timer->id = ++next_id;
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
    /* An interval without any delay would leave no room for anything else. */
    if (repeats && timer->period < NANOSECONDS_PER_MS)
        timer->period = NANOSECONDS_PER_MS;
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

JSValue loop_clear_timeout(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    int64_t id;

    (void)this_value;
    if (argc < 1 || !JS_IsNumber(argv[0]) || JS_ToInt64(context, &id, argv[0]))
        return JS_UNDEFINED;
    if (id == firing_id)
        firing_id = 0;
    for (uint32_t i = 0; i < timer_count; i++) {
        if (timers[i]->id == id) {
            free_timer(context, take_timer(i));
            break;
        }
    }
    return JS_UNDEFINED;
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

static int fire(JSContext *context, struct timer *timer)
{
    JSValue result;

    firing_id = timer->id;
    result =
        JS_Call(context, timer->function, JS_UNDEFINED, timer->argc, (JSValueConst *)timer->argv);
    if (timer->repeats && firing_id == timer->id && !JS_IsException(result) && !guest.ending) {
        timer->due = loop_now() + timer->period;
        if (!add_timer(context, timer)) {
            JS_FreeValue(context, result);
            result = JS_EXCEPTION;
            free_timer(context, timer);
        }
    } else {
        free_timer(context, timer);
    }
    firing_id = 0;
    if (JS_IsException(result))
        return -1;
    JS_FreeValue(context, result);
    return guest.ending ? -1 : 0;
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
                         JS_BOOL is_handled, void *opaque)
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

static int run_jobs(JSContext *context)
{
    JSContext *of_job;
    int done;

    do {
        done = JS_ExecutePendingJob(guest.runtime, &of_job);
        if (done < 0 || guest.ending)
            return -1;
    } while (done > 0);
    if (rejection_count > 0) {
        JS_Throw(context, JS_DupValue(context, rejections[0].reason));
        return -1;
    }
    return 0;
}

int loop_run(JSContext *context)
{
    for (;;) {
        uint64_t now;

        if (run_jobs(context))
            return -1;
        if (timer_count == 0)
            return 0;
        now = loop_now();
        if (timers[0]->due > now)
            loop_sleep(timers[0]->due - now);
        else if (fire(context, take_timer(0)))
            return -1;
    }
}

void loop_abandon(JSContext *context)
{
    JSContext *of_job;
    int done;

    guest.ending = true;
    while (timer_count > 0)
        free_timer(context, take_timer(timer_count - 1));
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
    guest.ending = false;
}

JSValue loop_exit(JSContext *context, int32_t code)
{
    JSValue error;

    guest.ending = guest.exited = true;
    guest.exit_code = code;
    JS_ThrowInternalError(context, "exit");
    error = JS_GetException(context);
    JS_SetUncatchableError(context, error, TRUE);
    /* An async function or a promise's executor swallows even this error: what follows it is stopped at
     * its next call or loop. */
    engine_interrupt_now(context);
    return JS_Throw(context, error);
}

/* ---- Globals. ---- */

static JSValue run_microtask(JSContext *context, int argc, JSValueConst *argv)
{
    (void)argc;
    return JS_Call(context, argv[0], JS_UNDEFINED, 0, NULL);
}

static JSValue queue_microtask(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    (void)this_value;
    if (argc < 1 || !JS_IsFunction(context, argv[0]))
        return JS_ThrowTypeError(context, "the callback is not a function");
    if (JS_EnqueueJob(context, run_microtask, 1, argv) < 0)
        return JS_EXCEPTION;
    return JS_UNDEFINED;
}

static int refuse_when_ending(JSRuntime *runtime, void *opaque)
{
    (void)runtime, (void)opaque;
    if (!guest.ending)
        return 0;
    engine_interrupt_now(guest.context);
    return 1;
}

static const JSCFunctionListEntry performance_functions[] = {
    JS_CFUNC_DEF("now", 0, performance_now),
};

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("setTimeout", 2, loop_set_timeout),
    JS_CFUNC_DEF("clearTimeout", 1, loop_clear_timeout),
    JS_CFUNC_DEF("setInterval", 2, set_interval),
    JS_CFUNC_DEF("clearInterval", 1, loop_clear_timeout),
    JS_CFUNC_DEF("queueMicrotask", 1, queue_microtask),
    JS_OBJECT_DEF("performance", performance_functions, countof(performance_functions),
                  JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
};

int loop_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);

    JS_SetPropertyFunctionList(context, global, functions, countof(functions));
    JS_FreeValue(context, global);
    JS_SetHostPromiseRejectionTracker(guest.runtime, on_rejection, NULL);
    JS_SetInterruptHandler(guest.runtime, refuse_when_ending, NULL);
    return 0;
}
