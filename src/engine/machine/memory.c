/*
 * memory.c: the memory of an instance.
 */
#include <string.h>

#include "engine/internal.h"

engine_memory engine_instance_memory(engine_instance *instance)
{
    if (!instance->memory_known && instance->started) {
        wasmtime_extern_t item;
        if (wasmtime_instance_export_get(instance->context, &instance->handle, "memory",
                                         strlen("memory"), &item)) {
            instance->memory_known = item.kind == WASMTIME_EXTERN_MEMORY;
            if (instance->memory_known)
                instance->memory = item.of.memory;
            wasmtime_extern_delete(&item);
        }
    }
    if (!instance->memory_known)
        return (engine_memory){0};
    return (engine_memory){wasmtime_memory_data(instance->context, &instance->memory),
                           wasmtime_memory_data_size(instance->context, &instance->memory)};
}

/* What is allowed is counted for both, so the rest is the exceptions'. */
uint64_t engine_instance_held_bytes(const engine_instance *instance, engine_memory memory)
{
    const uint64_t held = instance->limits.held_bytes;
    return instance->form->variant->kind.exceptions && held > memory.size ? held : memory.size;
}
