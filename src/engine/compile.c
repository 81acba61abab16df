/*
 * compile.c: from a module's bytes to machine code, also in the child of a fork.
 *
 * Wasmtime compiles on threads that it starts once for the process. The child of a fork has none of them, and would wait for them for
 * good. So engines that are made in a child do without, and for an engine that came from the parent another one like it compiles,
 * whose code is then loaded as if it came from a file.
 *
 * Which process this is, is known from the first engine on: before that there are no threads to miss.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "engine/internal.h"

static atomic_bool is_child;

static void note_child(void)
{
    atomic_store(&is_child, true);
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, note_child);
}

bool engine_compiles_on_threads(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    return !atomic_load(&is_child);
}

static wasmtime_error_t *load(const engine_variant *variant, const wasmtime_module_t *from,
                              wasmtime_module_t **compiled)
{
    wasm_byte_vec_t code;
    wasmtime_error_t *error = wasmtime_module_serialize(from, &code);
    if (error)
        return error;
    error = wasmtime_module_deserialize(variant->wasmtime, (const uint8_t *)code.data, code.size,
                                        compiled);
    wasm_byte_vec_delete(&code);
    return error;
}

static wasmtime_error_t *compile_by(const engine_variant *serial, const engine_variant *variant,
                                    bj_span bytes, wasmtime_module_t **compiled)
{
    wasmtime_module_t *module;
    wasmtime_error_t *error =
        wasmtime_module_new(serial->wasmtime, (const uint8_t *)bytes.data, bytes.size, &module);
    if (error)
        return error;
    error = load(variant, module, compiled);
    wasmtime_module_delete(module);
    return error;
}

int engine_compile(const engine_core *self, const engine_variant *variant, bj_span bytes,
                   wasmtime_module_t **compiled, wasmtime_error_t **error, bj_error *err)
{
    if (!variant->on_threads || engine_compiles_on_threads()) {
        *error = wasmtime_module_new(variant->wasmtime, (const uint8_t *)bytes.data, bytes.size,
                                     compiled);
        return 0;
    }
    engine_machine machine = self->machine;
    machine.pooling = variant->pooled;
    engine_variant *serial = engine_variant_new(&machine, 1, variant->kind, false, err);
    if (!serial)
        return -1;
    *error = compile_by(serial, variant, bytes, compiled);
    engine_variant_delete(serial);
    return 0;
}
