/*
 * env.c: an environment, which is one event loop: the main thread's or a worker's.
 *
 * Events come from the threads into a list; whoever finds it empty rings the loop, once for all that comes until
 * the loop has looked. The loop is kept alive by tasks that have not been told, and by nothing else.
 *
 * When the environment ends, Node runs on_end() on the loop's thread, with tasks running, waiting and queued. They are
 * cancelled, and what comes of them is dropped. The struct itself lives until the last task has let go of it.
 */
#include <stdlib.h>
#include <time.h>

#include "core.h"

struct core_env {
    atomic_uint refs;
    /* From any thread, under the lock. */
    pthread_mutex_t lock;
    core_event *first, **last;
    napi_threadsafe_function ring; /* NULL: the environment has ended */
    /* On the loop's thread. */
    napi_env js;
    napi_ref tell;
    core_task **tasks; /* by slot */
    uint32_t slots;
    uint32_t pending;
    uint64_t spent_ns; /* on turns here, since the loop went round */
    struct core_calls *calls;
};

core_env *core_env_ref(core_env *env)
{
    atomic_fetch_add(&env->refs, 1);
    return env;
}

void core_env_unref(core_env *env)
{
    if (!env || atomic_fetch_sub(&env->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&env->lock);
    free(env->tasks);
    free(env);
}

void core_env_post(core_env *env, core_event *event)
{
    event->next = NULL;
    pthread_mutex_lock(&env->lock);
    bool open = env->ring;
    bool empty = !env->first;
    if (open) {
        *(empty ? &env->first : env->last) = event;
        env->last = &event->next;
        if (empty)
            napi_call_threadsafe_function(env->ring, NULL, napi_tsfn_nonblocking);
    }
    pthread_mutex_unlock(&env->lock);
    if (!open)
        event->drop(event);
}

static core_event *take_all(core_env *env)
{
    pthread_mutex_lock(&env->lock);
    core_event *events = env->first;
    env->first = NULL;
    pthread_mutex_unlock(&env->lock);
    return events;
}

static void drop_all(core_event *events)
{
    while (events) {
        core_event *next = events->next;
        events->drop(events);
        events = next;
    }
}

/* ------------------------------------------------------------------ slots */

int core_env_enter(core_env *env, core_task *task)
{
    uint32_t slot = task->event.slot;
    if (slot >= env->slots) {
        uint32_t slots = slot < 32 ? 64 : slot * 2;
        core_task **tasks =
            slot < UINT32_MAX / 4 ? realloc(env->tasks, slots * sizeof *tasks) : NULL;
        if (!tasks)
            return -1;
        for (uint32_t i = env->slots; i < slots; i++)
            tasks[i] = NULL;
        env->tasks = tasks;
        env->slots = slots;
    }
    env->tasks[slot] = task;
    atomic_fetch_add(&task->refs, 1);
    if (!env->pending++)
        napi_ref_threadsafe_function(env->js, env->ring);
    return 0;
}

core_task *core_env_task(core_env *env, uint32_t slot)
{
    return slot < env->slots ? env->tasks[slot] : NULL;
}

struct core_calls *core_env_calls(core_env *env)
{
    return env->calls;
}

void core_env_leave(core_env *env, uint32_t slot)
{
    env->tasks[slot]->event.drop(&env->tasks[slot]->event);
    env->tasks[slot] = NULL;
    core_calls_end(env->calls, slot); /* nobody waits for their answers any more */
    if (!--env->pending)
        napi_unref_threadsafe_function(env->js, env->ring);
}

/* ------------------------------------------------------------------ telling */

static napi_value payload(core_env *env, napi_env js, core_event *event)
{
    napi_value value = event->tell(env, js, event);
    if (value)
        return value;
    /* Too long for a string, say. Whatever it is, the one who waits must hear of it. */
    napi_value error;
    napi_get_and_clear_last_exception(js, &error);
    event->kind = event->kind == CORE_GAVE ? CORE_FAILED : event->kind;
    bj_error err = {.code = BJ_ERROR_MEMORY,
                    .message = "what came back is more than JavaScript can hold"};
    return core_error(js, &err);
}

static void tell(core_env *env, napi_env js, core_event *events)
{
    napi_value list, receiver, function, result;
    napi_create_array(js, &list);
    for (core_event *event = events; event; event = event->next) {
        napi_handle_scope scope;
        napi_open_handle_scope(js, &scope);
        napi_value value = payload(env, js, event); /* first: it may change the kind */
        core_append(js, list, core_number(js, event->kind));
        core_append(js, list, core_number(js, event->slot));
        core_append(js, list, value);
        napi_close_handle_scope(js, scope);
        if (event->kind == CORE_GAVE || event->kind == CORE_FAILED)
            core_env_leave(env, event->slot);
    }
    drop_all(events);
    napi_get_undefined(js, &receiver);
    if (napi_get_reference_value(js, env->tell, &function) == napi_ok && function)
        napi_call_function(js, receiver, function, 1, &list, &result);
}

/* ------------------------------------------------------------------ turns on the loop's thread */

#define MOST_SPENT_NS 1000000u

uint64_t core_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool core_env_has_time(const core_env *env)
{
    return env->spent_ns < MOST_SPENT_NS;
}

/* The first of a row rings: by the time that the loop looks, it has gone round. */
void core_env_spend_time(core_env *env, uint64_t ns)
{
    if (!env->spent_ns)
        napi_call_threadsafe_function(env->ring, NULL, napi_tsfn_nonblocking);
    env->spent_ns += ns;
}

napi_value core_env_tell_now(core_env *env, napi_env js, core_event *event)
{
    pthread_mutex_lock(&env->lock);
    const bool is_first = !env->first;
    pthread_mutex_unlock(&env->lock);
    /* A row of promises that are settled at once would never let the loop go round. */
    if (!is_first || !core_env_has_time(env)) {
        core_env_post(env, event);
        return core_undefined(js);
    }
    napi_value told;
    napi_value value = payload(env, js, event); /* first: it may change the kind */
    napi_create_array(js, &told);
    core_append(js, told, core_number(js, event->kind));
    core_append(js, told, value);
    core_env_leave(env, event->slot);
    event->drop(event);
    return told;
}

/* The loop was rung. Without `js` the environment has ended: on_end() has taken what there was, and `context` may be gone. */
static void on_ring(napi_env js, napi_value function, void *context, void *data)
{
    (void)function, (void)data;
    core_env *env = context;
    core_event *events = js ? take_all(env) : NULL;
    if (js)
        env->spent_ns = 0;
    if (events)
        tell(env, js, events);
}

/* ------------------------------------------------------------------ beginning and end */

static void on_end(void *arg)
{
    core_env *env = arg;
    pthread_mutex_lock(&env->lock);
    napi_threadsafe_function ring = env->ring;
    env->ring = NULL;
    pthread_mutex_unlock(&env->lock);
    drop_all(take_all(env));
    for (uint32_t i = 0; i < env->slots; i++)
        if (env->tasks[i]) {
            env->tasks[i]->cancel(env->tasks[i]);
            env->tasks[i]->event.drop(&env->tasks[i]->event);
        }
    core_calls_delete(env->calls);
    env->calls = NULL;
    napi_release_threadsafe_function(ring, napi_tsfn_abort);
    core_env_unref(env);
}

static bool make_ring(core_env *env, napi_env js)
{
    napi_value name;
    if (napi_create_string_utf8(js, "belljar", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(js, NULL, NULL, name, 0, 1, NULL, NULL, env, on_ring,
                                        &env->ring) != napi_ok)
        return false;
    return napi_unref_threadsafe_function(js, env->ring) == napi_ok;
}

core_env *core_env_new(napi_env js, napi_value tell)
{
    core_env *env = calloc(1, sizeof *env);
    if (!env)
        return NULL;
    atomic_init(&env->refs, 1);
    pthread_mutex_init(&env->lock, NULL);
    env->js = js;
    env->calls = core_calls_new();
    if (env->calls && napi_create_reference(js, tell, 1, &env->tell) == napi_ok &&
        make_ring(env, js) && napi_set_instance_data(js, env, NULL, NULL) == napi_ok &&
        napi_add_env_cleanup_hook(js, on_end, env) == napi_ok)
        return env;
    core_calls_delete(env->calls);
    core_env_unref(env);
    return NULL;
}

core_env *core_env_of(napi_env js)
{
    void *env = NULL;
    napi_get_instance_data(js, &env);
    return env;
}
