/*
 * variants.c: the variants of Wasmtime's engine, each made when somebody first wants it.
 *
 * `variants` only grows, at its head, so that the ticker and signal handlers read it without a lock.
 */
#include <stdarg.h>
#include <stdio.h>

#include "engine/internal.h"

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
