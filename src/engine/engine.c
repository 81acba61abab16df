/*
 * engine.c: what all sandboxes of a process share: the machine's abilities, the variants of
 * Wasmtime's engine, the cache, the ticker.
 *
 * `variants` only grows, at its head, so that the ticker and signal handlers read it without a lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/reaper.h"
#include "engine/internal.h"

static void tick(void *user)
{
    engine_core *self = user;
    for (engine_variant *v = atomic_load(&self->variants); v; v = v->next)
        wasmtime_engine_increment_epoch(v->wasmtime);
}

static uint64_t default_stack_bytes(void)
{
    bj_policy policy;
    bj_policy_init(&policy);
    return policy.stack_bytes;
}

engine_core *engine_new(const bj_engine_options *options, const char *shipped, bj_error *err)
{
    engine_core *self = calloc(1, sizeof *self);
    if (!self) {
        bj_fail_memory(err);
        return NULL;
    }
    self->max_sandboxes = options->max_sandboxes;
    self->max_module_bytes = options->max_module_bytes;
    self->compile_ms = options->compile_ms;
    self->compile_bytes = options->compile_bytes;
    self->log = options->log;
    self->log_user = options->log_user;
    pthread_mutex_init(&self->lock, NULL);
    engine_ticker_init(&self->ticker, tick, self);
    engine_machine_probe(&self->machine, self->max_sandboxes, default_stack_bytes());
    engine_cache_open(&self->cache, options->cache_dir);
    self->shipped = engine_shipped_open(shipped);
    if (self->cache.dir < 0 && self->cache.path)
        engine_log(self, "no cache of compiled modules: %s", self->cache.reason);
    return self;
}

void engine_delete(engine_core *self)
{
    if (!self)
        return;
    bj_reaper_wait(); /* stores that are being freed are the engine's; nothing of the sandboxes' is left when it is gone */
    engine_ticker_destroy(&self->ticker);
    for (engine_variant *v = atomic_load(&self->variants), *next; v; v = next) {
        next = v->next;
        engine_variant_delete(v);
    }
    engine_cache_close(&self->cache);
    bj_cleanup_close(&self->shipped);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

uint32_t engine_max_instances(const engine_core *self)
{
    return self->max_sandboxes;
}

void engine_log(engine_core *self, const char *format, ...)
{
    if (!self->log)
        return;
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    self->log(self->log_user, line);
}

static bool is_same_kind(const engine_kind *a, const engine_kind *b)
{
    return a->fuel == b->fuel && a->exceptions == b->exceptions && a->stack_bytes == b->stack_bytes;
}

static engine_variant *find_variant(engine_core *self, const engine_kind *kind)
{
    for (engine_variant *v = atomic_load(&self->variants); v; v = v->next)
        if (is_same_kind(&v->kind, kind))
            return v;
    return NULL;
}

static uint64_t power_of_two_from(uint64_t least)
{
    uint64_t power = 1;
    while (power < least)
        power *= 2;
    return power;
}

/* With a pool where the machine has room for one more, else on demand. */
static engine_variant *make_variant(engine_core *self, engine_kind kind, bj_error *err)
{
    engine_machine machine = self->machine;
    if (machine.pooling) {
        bj_error no_pool;
        engine_variant *variant =
            engine_variant_new(&machine, self->max_sandboxes, kind, false, &no_pool);
        if (variant)
            return variant;
        engine_log(self, "no slots for this kind of sandbox: %s", no_pool.message);
        machine.pooling = false;
    }
    return engine_variant_new(&machine, self->max_sandboxes, kind, false, err);
}

static engine_variant *make_variant_in_room(engine_core *self, engine_kind kind, bj_error *err)
{
    engine_room room;
    if (engine_room_begin(&room, err) < 0)
        return NULL;
    engine_variant *variant = make_variant(self, kind, err);
    if (!variant || engine_room_end(&room, err) == 0)
        return variant;
    engine_variant_delete(variant);
    return NULL;
}

engine_variant *engine_get_variant(engine_core *self, engine_kind kind, bj_error *err)
{
    /* Powers of two keep the number of engines, each with a pool of its own, small. */
    kind.stack_bytes = power_of_two_from(kind.stack_bytes);
    engine_variant *variant = find_variant(self, &kind);
    if (variant)
        return variant;
    pthread_mutex_lock(&self->lock);
    variant = find_variant(self, &kind);
    if (!variant && (variant = make_variant_in_room(self, kind, err))) {
        variant->next = atomic_load(&self->variants);
        atomic_store(&self->variants, variant);
    }
    pthread_mutex_unlock(&self->lock);
    return variant;
}
