/*
 * program.c: one engine a process, and one runtime a program: compiled once, shared by all sandboxes of all threads.
 *
 * A program is known by what it is: the name of a guest, a file by its identity and times, a module in memory by its bytes.
 * Those that were used last are kept. Whoever wants one that is just being compiled waits for it without holding
 * a thread.
 *
 * The engine lives as long as the process.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core.h"

#define KEPT       32
#define KEPT_BYTES (128u << 20) /* of modules in memory */

/* A file that was changed within this time may change again without its times showing it. */
#define SETTLED_NS 50000000

typedef enum program_state { CLOSED, OPENING, OPEN } program_state;

struct core_program {
    atomic_uint refs;
    char *name;
    char *bytes; /* of a module in memory */
    size_t size;
    bool is_guest;
    /* Under the lock. */
    core_program *next; /* among the kept, the last used one first */
    bool kept;
    program_state state;
    struct stat file;
    bj_runtime *runtime;
    core_box *waiters; /* boxes to wake, by their tasks' next_opening */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    core_program *kept;
    unsigned count;
    size_t bytes;
} programs = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static struct {
    pthread_mutex_t lock;
    bj_engine *engine;
    char *guest_dir, *cache_dir;
    uint32_t max_sandboxes;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ------------------------------------------------------------------ engine */

static void replace(char **text, const char *with)
{
    free(*text);
    *text = with ? strdup(with) : NULL;
}

bool core_engine_configure(const char *guest_dir, const char *cache_dir, uint32_t max_sandboxes)
{
    pthread_mutex_lock(&engine.lock);
    bool in_time = !engine.engine;
    if (in_time) {
        replace(&engine.guest_dir, guest_dir);
        replace(&engine.cache_dir, cache_dir);
        engine.max_sandboxes = max_sandboxes;
    }
    pthread_mutex_unlock(&engine.lock);
    return in_time;
}

bj_engine *core_engine(bj_error *err)
{
    pthread_mutex_lock(&engine.lock);
    if (!engine.engine) {
        bj_engine_options options;
        bj_engine_options_init(&options);
        options.guest_dir = engine.guest_dir;
        options.cache_dir = engine.cache_dir;
        if (engine.max_sandboxes)
            options.max_sandboxes = engine.max_sandboxes;
        engine.engine = bj_engine_new(&options, err);
    }
    bj_engine *found = engine.engine;
    pthread_mutex_unlock(&engine.lock);
    return found;
}

/* ------------------------------------------------------------------ programs */

core_program *core_program_ref(core_program *program)
{
    atomic_fetch_add(&program->refs, 1);
    return program;
}

void core_program_unref(core_program *program)
{
    if (!program || atomic_fetch_sub(&program->refs, 1) != 1)
        return;
    bj_runtime_delete(program->runtime);
    free(program->name);
    free(program->bytes);
    free(program);
}

static core_program *new_program(const char *name)
{
    core_program *program = calloc(1, sizeof *program);
    if (!program)
        return NULL;
    atomic_init(&program->refs, 1);
    program->name = strdup(name);
    if (program->name)
        return program;
    free(program);
    return NULL;
}

core_program *core_program_named(const char *name)
{
    core_program *program = new_program(name);
    if (program)
        program->is_guest = strcmp(name, "python") == 0 || strcmp(name, "javascript") == 0;
    return program;
}

/* ------------------------------------------------------------------ the kept; all under the lock */

static void forget(core_program *program)
{
    if (!program->kept)
        return;
    core_program **link = &programs.kept;
    while (*link != program)
        link = &(*link)->next;
    *link = program->next;
    program->kept = false;
    programs.count--;
    programs.bytes -= program->size;
    core_program_unref(program);
}

static void put_first(core_program *program)
{
    program->next = programs.kept;
    programs.kept = program;
}

static void keep(core_program *program)
{
    put_first(core_program_ref(program));
    program->kept = true;
    programs.count++;
    programs.bytes += program->size;
    while (programs.count > KEPT || (programs.bytes > KEPT_BYTES && programs.count > 1)) {
        core_program *last = programs.kept;
        while (last->next)
            last = last->next;
        forget(last);
    }
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_same(const core_program *a, const core_program *b)
{
    if (a == b)
        return true;
    if (a->bytes || b->bytes)
        return a->bytes && b->bytes && a->size == b->size &&
               memcmp(a->bytes, b->bytes, a->size) == 0;
    if (a->is_guest || b->is_guest)
        return a->is_guest && b->is_guest && strcmp(a->name, b->name) == 0;
    return a->file.st_ino && same_file(&a->file, &b->file);
}

/* The kept one that is the same, which is the first then; NULL: there is none. */
static core_program *find(const core_program *like)
{
    for (core_program **link = &programs.kept; *link; link = &(*link)->next)
        if (is_same(*link, like)) {
            core_program *found = *link;
            *link = found->next;
            put_first(found);
            return found;
        }
    return NULL;
}

core_program *core_program_of_bytes(const void *bytes, size_t size)
{
    core_program like = {.bytes = (char *)bytes, .size = size};
    pthread_mutex_lock(&programs.lock);
    core_program *found = find(&like);
    if (found) {
        core_program_ref(found);
    } else if ((found = new_program("module")) != NULL) {
        found->bytes = malloc(size ? size : 1);
        if (found->bytes) {
            memcpy(found->bytes, bytes, size);
            found->size = size;
            keep(found);
        } else {
            core_program_unref(found);
            found = NULL;
        }
    }
    pthread_mutex_unlock(&programs.lock);
    return found;
}

/* ------------------------------------------------------------------ opening */

static bool is_settled(const core_program *program)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (now.tv_sec - program->file.st_ctim.tv_sec) * 1000000000 + now.tv_nsec -
                  program->file.st_ctim.tv_nsec;
    return program->bytes || program->is_guest || age > SETTLED_NS;
}

static bj_runtime *open_runtime(const core_program *program, bj_error *err)
{
    bj_engine *opened = core_engine(err);
    if (!opened)
        return NULL;
    return program->bytes
               ? bj_runtime_from_bytes(opened, program->bytes, program->size, program->name, err)
               : bj_runtime_open(opened, program->name, err);
}

/* Under the lock. */
static void leave_waiters(core_program *program, core_box *box)
{
    for (core_box **link = &program->waiters; *link; link = &(*link)->first->next_opening)
        if (*link == box) {
            *link = box->first->next_opening;
            return;
        }
}

static void wake_waiters(core_program *program)
{
    core_box *box = program->waiters;
    program->waiters = NULL;
    while (box) {
        core_box *next = box->first->next_opening; /* before it runs */
        core_box_wake(box);
        box = next;
    }
    pthread_cond_broadcast(&programs.opened);
}

/* Takes the kept program of the same kind in place of `*program`. Under the lock. */
static program_state settle_on(core_program **program)
{
    core_program *found = (*program)->state == OPEN ? *program : find(*program);
    if (!found) {
        keep(*program);
    } else if (found != *program) {
        core_program_ref(found);
        core_program_unref(*program);
        *program = found;
    }
    return (*program)->state;
}

/* It is CLOSED, and the caller's to open. Under the lock, which is given away meanwhile. */
static bj_runtime *open_it(core_program *program, bj_error *err)
{
    program->state = OPENING;
    bool settled = is_settled(program);
    pthread_mutex_unlock(&programs.lock);
    bj_runtime *runtime = open_runtime(program, err);
    pthread_mutex_lock(&programs.lock);
    program->runtime = runtime;
    program->state = runtime ? OPEN : CLOSED;
    if (!runtime || !settled)
        forget(program);
    wake_waiters(program);
    return runtime;
}

/* Which file it is, now. */
static void identify(core_program *program)
{
    if (program->bytes || program->is_guest || program->file.st_ino)
        return;
    if (stat(program->name, &program->file) < 0)
        program->file = (struct stat){0}; /* the library says what is wrong */
}

bool core_program_is_open(core_program *program)
{
    identify(program);
    pthread_mutex_lock(&programs.lock);
    const core_program *found = program->state == OPEN ? program : find(program);
    const bool is_open = found && found->state == OPEN;
    pthread_mutex_unlock(&programs.lock);
    return is_open;
}

bj_turn core_program_open(core_program **program, core_task *task, bj_runtime **runtime,
                          bj_error *err)
{
    identify(*program);
    pthread_mutex_lock(&programs.lock);
    leave_waiters(*program, task->box); /* it may have been woken by something else */
    program_state state = settle_on(program);
    bool waits = state == OPENING && !atomic_load(&task->cancelled);
    if (waits) {
        task->next_opening = (*program)->waiters;
        (*program)->waiters = task->box;
    } else if (state == CLOSED) {
        *runtime = open_it(*program, err);
    } else {
        *runtime = state == OPEN ? (*program)->runtime : NULL;
    }
    pthread_mutex_unlock(&programs.lock);
    return waits ? BJ_TURN_WAITS : BJ_TURN_DONE;
}

bj_runtime *core_program_open_now(core_program **program, bj_error *err)
{
    identify(*program);
    pthread_mutex_lock(&programs.lock);
    while (settle_on(program) == OPENING)
        pthread_cond_wait(&programs.opened, &programs.lock);
    bj_runtime *runtime = (*program)->state == OPEN ? (*program)->runtime : open_it(*program, err);
    pthread_mutex_unlock(&programs.lock);
    return runtime;
}
