/*
 * programs.c: runtimes that are open already, so that what is opened twice is compiled and held once.
 *
 * A program is known by what it is, never by a digest of it: its name, and a file's identity, size and times (its library's too), or a module's
 * bytes. Its name is part of it, because messages name it and a file's library is found by it. The list holds those that are being
 * opened and those that were used last; a runtime that has left the list lives on with whoever has it.
 *
 * One lock, never held while something is opened. A child of the process that made the engine finds what was open when it was forked, unless
 * somebody had the lock just then, and opens the rest anew: those who were opening something are not there.
 */
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "sandbox/runtime/runtime.h"

#define KEPT_MOST  32u
#define KEPT_BYTES (UINT64_C(256) << 20) /* of modules */

/* A file that was changed within this time may change again without its times showing it. */
#define SETTLED_NS INT64_C(50000000)

typedef struct waiter {
    struct waiter *next;
    bj_wake_fn wake;
    void *user;
} waiter;

/* What makes a program the same as another. */
typedef struct identity {
    const char *name;
    bj_span bytes;               /* of a module in memory; else {NULL, 0} */
    struct stat module, library; /* of a file */
} identity;

typedef struct program {
    struct program *next;
    identity is; /* name and bytes are its own */
    char *name, *bytes;
    uint64_t size;
    unsigned users;      /* threads that open it or wait for that: it stays that long */
    bj_runtime *runtime; /* NULL: it is being opened, or could not be */
    bj_error error;      /* why not */
    bool is_over;        /* somebody has opened it, or could not */
    bool is_hidden;      /* nobody is to find it: it goes with its last user */
    waiter *waiters;
} program;

struct programs {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    pid_t process;
    program *first; /* the one that was used last */
    uint32_t count;
    uint64_t bytes;
};

programs *programs_new(void)
{
    programs *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->opened, NULL);
    all->process = getpid();
    return all;
}

/* ---------------------------------------------------------------- what is the same */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_same(const identity *a, const identity *b)
{
    if (strcmp(a->name, b->name) != 0 || !a->bytes.data != !b->bytes.data)
        return false;
    if (a->bytes.data)
        return a->bytes.size == b->bytes.size &&
               memcmp(a->bytes.data, b->bytes.data, a->bytes.size) == 0;
    return is_same_file(&a->module, &b->module) && is_same_file(&a->library, &b->library);
}

static bool is_settled(const struct stat *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t seconds = now.tv_sec - file->st_ctim.tv_sec;
    return seconds > 1 || seconds * 1000000000 + now.tv_nsec - file->st_ctim.tv_nsec > SETTLED_NS;
}

/* What the file at `path` is now, and its library where there is one. Whether it can be told. */
static bool identify(const char *path, identity *is)
{
    bj_autofree char *library = runtime_library(path);
    is->bytes = (bj_span){NULL, 0};
    is->module = is->library = (struct stat){0};
    if (!library || stat(path, &is->module) < 0)
        return false;
    if (stat(library, &is->library) < 0)
        is->library = (struct stat){0};
    return true;
}

/* ---------------------------------------------------------------- the list; all under the lock */

static void free_program(program *one)
{
    runtime_release(one->runtime);
    free(one->name);
    free(one->bytes);
    free(one);
}

static program *new_program(const identity *is)
{
    program *one = calloc(1, sizeof *one);
    if (!one)
        return NULL;
    one->is = *is;
    one->name = strdup(is->name);
    one->bytes = is->bytes.data ? malloc(is->bytes.size > 0 ? is->bytes.size : 1) : NULL;
    if (!one->name || (is->bytes.data && !one->bytes)) {
        free_program(one);
        return NULL;
    }
    if (is->bytes.size > 0)
        memcpy(one->bytes, is->bytes.data, is->bytes.size);
    one->is.name = one->name;
    one->is.bytes.data = one->bytes;
    one->size = is->bytes.data ? is->bytes.size : (uint64_t)is->module.st_size;
    return one;
}

static void put_first(programs *all, program *one)
{
    one->next = all->first;
    all->first = one;
    all->count++;
    all->bytes += one->size;
}

static void take_out(programs *all, program *one)
{
    program **link = &all->first;
    while (*link != one)
        link = &(*link)->next;
    *link = one->next;
    all->count--;
    all->bytes -= one->size;
}

static program *find(programs *all, const identity *is)
{
    program *one = all->first;
    while (one && (one->is_hidden || !is_same(&one->is, is)))
        one = one->next;
    return one;
}

/* The last of those that nobody is opening, but for the first of all. */
static program *last_unused(const programs *all)
{
    program *last = NULL;
    for (program *one = all->first ? all->first->next : NULL; one; one = one->next)
        if (one->users == 0)
            last = one;
    return last;
}

static void keep_within_bounds(programs *all)
{
    program *last;
    while ((all->count > KEPT_MOST || all->bytes > KEPT_BYTES) && (last = last_unused(all))) {
        take_out(all, last);
        free_program(last);
    }
}

void programs_delete(programs *all)
{
    if (!all)
        return;
    if (all->process == getpid()) {
        for (program *one; (one = all->first);) {
            all->first = one->next;
            free_program(one);
        }
        pthread_cond_destroy(&all->opened);
        pthread_mutex_destroy(&all->lock);
    }
    free(all);
}

/* ---------------------------------------------------------------- opening */

/* Whoever wants a program, and how he waits: `wake`, or, where that is NULL, on the spot. */
typedef struct request {
    bj_engine *engine;
    const char *path; /* NULL: it is a module in memory */
    identity is;
    bj_wake_fn wake;
    void *user;
} request;

static bj_runtime *open_anew(const request *wanted, bj_error *err)
{
    return wanted->path ? runtime_of_file(wanted->engine, wanted->path, wanted->is.name, err)
                        : runtime_of_bytes(wanted->engine, wanted->is.bytes, wanted->is.name, err);
}

/* Whether what was opened is what it was taken for, and will stay recognisable. */
static bool may_be_kept(const request *wanted)
{
    identity now = wanted->is;
    if (!wanted->path)
        return true;
    return identify(wanted->path, &now) && is_same(&now, &wanted->is) && is_settled(&now.module) &&
           (now.library.st_ino == 0 || is_settled(&now.library));
}

static void wake_all(programs *all, program *one)
{
    pthread_cond_broadcast(&all->opened);
    for (waiter *next; (next = one->waiters);) {
        one->waiters = next->next;
        next->wake(next->user);
        free(next);
    }
}

/* One who opened it, or waited for that, goes. Locked. */
static bj_runtime *leave(programs *all, program *one, bj_error *err)
{
    bj_runtime *runtime = one->runtime;
    if (runtime)
        atomic_fetch_add(&runtime->references, 1);
    else if (err)
        *err = one->error;
    if (--one->users == 0 && one->is_hidden) {
        take_out(all, one);
        free_program(one);
    }
    keep_within_bounds(all);
    return runtime;
}

/* Locked, but for the opening itself. */
static bj_runtime *open_first(programs *all, const request *wanted, bj_error *err)
{
    bj_error failure = {0};
    program *one = new_program(&wanted->is);
    if (!one) {
        bj_fail_memory(err);
        return NULL;
    }
    put_first(all, one);
    one->users = 1;
    pthread_mutex_unlock(&all->lock);
    bj_runtime *runtime = open_anew(wanted, &failure);
    const bool keep = runtime && may_be_kept(wanted);
    pthread_mutex_lock(&all->lock);
    one->runtime = runtime;
    one->error = failure;
    one->is_over = true;
    one->is_hidden = !keep;
    wake_all(all, one);
    return leave(all, one, err);
}

static bj_runtime *wait_for(programs *all, program *one, bj_error *err)
{
    one->users++;
    while (!one->is_over)
        pthread_cond_wait(&all->opened, &all->lock);
    return leave(all, one, err);
}

static bj_runtime *be_woken(program *one, const request *wanted, bj_error *err)
{
    waiter *added = malloc(sizeof *added);
    if (!added) {
        bj_fail_memory(err);
        return NULL;
    }
    *added = (waiter){one->waiters, wanted->wake, wanted->user};
    one->waiters = added;
    bj_fail(err, BJ_ERROR_BUSY, "%s is just being opened by another thread", one->name);
    return NULL;
}

static bj_runtime *use(programs *all, program *one)
{
    take_out(all, one);
    put_first(all, one);
    atomic_fetch_add(&one->runtime->references, 1);
    return one->runtime;
}

static bj_runtime *get_in_child(const request *wanted, bj_error *err)
{
    programs *all = wanted->engine->programs;
    bj_runtime *runtime = NULL;
    if (pthread_mutex_trylock(&all->lock) == 0) {
        program *one = find(all, &wanted->is);
        if (one && one->is_over)
            runtime = use(all, one);
        pthread_mutex_unlock(&all->lock);
    }
    return runtime ? runtime : open_anew(wanted, err);
}

static bj_runtime *get(const request *wanted, bj_error *err)
{
    programs *all = wanted->engine->programs;
    if (all->process != getpid())
        return get_in_child(wanted, err);
    pthread_mutex_lock(&all->lock);
    program *one = find(all, &wanted->is);
    bj_runtime *runtime;
    if (!one)
        runtime = open_first(all, wanted, err);
    else if (one->is_over)
        runtime = use(all, one);
    else if (wanted->wake)
        runtime = be_woken(one, wanted, err);
    else
        runtime = wait_for(all, one, err);
    pthread_mutex_unlock(&all->lock);
    return runtime;
}

static bj_runtime *get_file(bj_engine *engine, const char *name, bj_wake_fn wake, void *user,
                            bj_error *err)
{
    bj_autofree char *path = runtime_path(engine, name, err);
    if (!path)
        return NULL;
    request wanted = {engine, path, {.name = name}, wake, user};
    if (!identify(path, &wanted.is)) /* opening it says what is wrong */
        return open_anew(&wanted, err);
    return get(&wanted, err);
}

static bj_runtime *get_bytes(bj_engine *engine, bj_span bytes, const char *name, bj_wake_fn wake,
                             void *user, bj_error *err)
{
    request wanted = {engine, NULL, {.name = name, .bytes = bytes}, wake, user};
    if (!bytes.data || bytes.size > KEPT_BYTES)
        return open_anew(&wanted, err);
    return get(&wanted, err);
}

BJ_API bj_runtime *bj_runtime_open(bj_engine *engine, const char *name, bj_error *err)
{
    return get_file(engine, name, NULL, NULL, err);
}

BJ_API bj_runtime *bj_runtime_from_bytes(bj_engine *engine, const void *bytes, size_t size,
                                         const char *name, bj_error *err)
{
    return get_bytes(engine, (bj_span){bytes, size}, name, NULL, NULL, err);
}

BJ_API bj_runtime *bj_runtime_try_open(bj_engine *engine, const char *name, bj_wake_fn wake,
                                       void *user, bj_error *err)
{
    return get_file(engine, name, wake, user, err);
}

BJ_API bj_runtime *bj_runtime_try_from_bytes(bj_engine *engine, const void *bytes, size_t size,
                                             const char *name, bj_wake_fn wake, void *user,
                                             bj_error *err)
{
    return get_bytes(engine, (bj_span){bytes, size}, name, wake, user, err);
}

static bj_runtime *find_open(bj_engine *engine, const identity *is)
{
    programs *all = engine->programs;
    bj_runtime *runtime = NULL;
    if (all->process != getpid() || pthread_mutex_lock(&all->lock) != 0)
        return NULL;
    program *one = find(all, is);
    if (one && one->is_over)
        runtime = use(all, one);
    pthread_mutex_unlock(&all->lock);
    return runtime;
}

BJ_API bj_runtime *bj_runtime_find(bj_engine *engine, const char *name)
{
    bj_autofree char *path = runtime_path(engine, name, NULL);
    identity is = {.name = name};
    return path && identify(path, &is) ? find_open(engine, &is) : NULL;
}

BJ_API bj_runtime *bj_runtime_find_bytes(bj_engine *engine, const void *bytes, size_t size,
                                         const char *name)
{
    return bytes ? find_open(engine, &(identity){.name = name, .bytes = {bytes, size}}) : NULL;
}

static void drop_waiters(program *one, const void *user)
{
    for (waiter **link = &one->waiters; *link;) {
        waiter *next = *link;
        if (next->user != user) {
            link = &next->next;
            continue;
        }
        *link = next->next;
        free(next);
    }
}

BJ_API void bj_runtime_stop_waiting(bj_engine *engine, const void *user)
{
    programs *all = engine->programs;
    if (all->process != getpid())
        return;
    pthread_mutex_lock(&all->lock);
    for (program *one = all->first; one; one = one->next)
        drop_waiters(one, user);
    pthread_mutex_unlock(&all->lock);
}
