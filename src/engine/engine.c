/*
 * engine.c: what all sandboxes of a process share: the machine's abilities, the variants of
 * Wasmtime's engine, the cache, the ticker.
 */
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
    engine_shipped_open(&self->shipped, shipped);
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
    engine_shipped_close(&self->shipped);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

uint32_t engine_max_instances(const engine_core *self)
{
    return self->max_sandboxes;
}
