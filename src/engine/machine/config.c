/*
 * config.c: the whole configuration of a Wasmtime engine, explicit to the last setting: Belljar
 * relies on none of its defaults, which change from release to release.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/internal.h"

/* What host functions may use of the guest's stack, beyond what the guest itself gets. */
#define HOST_STACK_BYTES ((size_t)256 << 10)

/* A module's own bookkeeping (functions, globals, tables) in one instance. */
#define INSTANCE_BYTES ((size_t)16 << 20)

#define TABLES_PER_MODULE 4

/* Slots that wait for their own module to come back. With more than these idle, another module takes
 * one of them instead of a cold slot, so that the pages that idle slots keep resident do not grow with
 * the number of modules that were ever run. A module that runs again finds its slots in any case. */
#define IDLE_WARM_SLOTS 16

/* Beside the sandboxes: for the instances of fresh.c, one for a module that is snapshot. */
#define FRESH_SLOTS 8

static uint64_t largest_table(void)
{
#define LARGEST_TABLE(field, name, unit, default_, least, most, help)                              \
    if (POLICY_##field == POLICY_table_elements)                                                   \
        return most;
    BJ_LIMITS(LARGEST_TABLE)
#undef LARGEST_TABLE
    return 0;
}

static void set_language(wasm_config_t *config, bool exceptions)
{
    wasmtime_config_wasm_simd_set(config, true);
    wasmtime_config_wasm_bulk_memory_set(config, true);
    wasmtime_config_wasm_multi_value_set(config, true);
    wasmtime_config_wasm_tail_call_set(config, true);
    wasmtime_config_wasm_reference_types_set(config, true);
    wasmtime_config_wasm_function_references_set(config, true);
    /* Off: what no compiler for WASI preview 1 emits by default, and what is not deterministic. */
    wasmtime_config_wasm_relaxed_simd_set(config, false);
    wasmtime_config_wasm_relaxed_simd_deterministic_set(config, true);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_wide_arithmetic_set(config, false);
    wasmtime_config_wasm_custom_page_sizes_set(config, false);
    wasmtime_config_wasm_stack_switching_set(config, false);
    wasmtime_config_shared_memory_set(config, false);
    bj_wasmtime_exceptions_set(config, exceptions);
}

/* Threads that a fork starts are more than this sanitizer can follow. */
#define COMPILES_ON_THREADS (!BJ_UNDER_TSAN)

static void set_compiler(wasm_config_t *config, bool fuel)
{
    wasmtime_config_strategy_set(config, WASMTIME_STRATEGY_CRANELIFT);
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
    wasmtime_config_cranelift_regalloc_algorithm_set(config, WASMTIME_REGALLOC_BACKTRACKING);
    wasmtime_config_cranelift_debug_verifier_set(config, false);
    wasmtime_config_parallel_compilation_set(config, COMPILES_ON_THREADS);
    wasmtime_config_debug_info_set(config, false);
    wasmtime_config_native_unwind_info_set(config, false);
    wasmtime_config_profiler_set(config, WASMTIME_PROFILING_STRATEGY_NONE);
    wasmtime_config_signals_based_traps_set(config, true);
    wasmtime_config_epoch_interruption_set(config, true);
    /* The form that counts is also the deterministic one, so its NaNs are canonical. */
    wasmtime_config_consume_fuel_set(config, fuel);
    wasmtime_config_cranelift_nan_canonicalization_set(config, fuel);
}

static void set_memory(wasm_config_t *config, bool pooling)
{
    wasmtime_config_memory_init_cow_set(config, true);
    if (pooling) {
        wasmtime_config_memory_reservation_set(config, (uint64_t)4 << 30);
        wasmtime_config_memory_guard_size_set(config, (uint64_t)32 << 20);
        wasmtime_config_memory_reservation_for_growth_set(config, 0);
        wasmtime_config_memory_may_move_set(config, false);
    } else {
        /* As little address space as the guest's memory really needs; it moves when it grows. */
        wasmtime_config_memory_reservation_set(config, 0);
        wasmtime_config_memory_guard_size_set(config, 0);
        wasmtime_config_memory_reservation_for_growth_set(config, (uint64_t)1 << 20);
        wasmtime_config_memory_may_move_set(config, true);
    }
}

/* A heap for exceptions takes the slot of a memory. */
static void set_pool(wasm_config_t *config, const engine_machine *machine, uint32_t max_sandboxes,
                     bool exceptions)
{
    wasmtime_pooling_allocation_config_t *pool = wasmtime_pooling_allocation_config_new();
    const uint32_t slots = max_sandboxes + FRESH_SLOTS;
    const uint32_t heaps = exceptions ? slots : 0;
    wasmtime_pooling_allocation_config_max_unused_warm_slots_set(
        pool, max_sandboxes < IDLE_WARM_SLOTS ? max_sandboxes : IDLE_WARM_SLOTS);
    wasmtime_pooling_allocation_config_decommit_batch_size_set(pool, 1);
    wasmtime_pooling_allocation_config_async_stack_keep_resident_set(pool, 0);
    wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool,
                                                                       machine->keep_resident);
    wasmtime_pooling_allocation_config_table_keep_resident_set(
        pool, machine->keep_resident > 0 ? (size_t)1 << 20 : 0);
    wasmtime_pooling_allocation_config_total_component_instances_set(pool, 0);
    wasmtime_pooling_allocation_config_total_memories_set(pool, slots + heaps);
    wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, heaps);
    wasmtime_pooling_allocation_config_total_tables_set(pool, slots * TABLES_PER_MODULE);
    wasmtime_pooling_allocation_config_total_stacks_set(pool, slots);
    wasmtime_pooling_allocation_config_total_core_instances_set(pool, slots);
    wasmtime_pooling_allocation_config_max_core_instance_size_set(pool, INSTANCE_BYTES);
    wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, TABLES_PER_MODULE);
    wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, 1);
    wasmtime_pooling_allocation_config_table_elements_set(pool, largest_table());
    wasmtime_pooling_allocation_config_max_memory_size_set(pool, (size_t)4 << 30);
    bj_wasmtime_pagemap_scan_set(pool, machine->pagemap_scan);
    wasmtime_pooling_allocation_strategy_set(config, pool);
    wasmtime_pooling_allocation_config_delete(pool);
}

static void describe(engine_description text, const char *isa, const engine_kind *kind, bool pooled)
{
    snprintf(text, sizeof(engine_description),
             "belljar " BJ_VERSION " wasmtime " BJ_WASMTIME_CODE " %s %s %s%s", isa,
             kind->fuel ? "fuel+epoch" : "epoch", pooled ? "reserved" : "moving",
             kind->exceptions ? " exceptions" : "");
}

void engine_describe_code(const engine_machine *machine, const engine_kind *kind,
                          engine_description own, engine_description portable)
{
    describe(own, machine->isa, kind, machine->pooling);
    describe(portable, "x86-64-v3", kind, machine->pooling);
}

engine_variant *engine_variant_new(const engine_machine *machine, uint32_t max_sandboxes,
                                   engine_kind kind, bool portable, bj_error *err)
{
    engine_variant *variant = calloc(1, sizeof *variant);
    if (!variant) {
        bj_fail_memory(err);
        return NULL;
    }
    variant->kind = kind;
    variant->pooled = machine->pooling;
    engine_describe_code(machine, &kind, variant->description, variant->portable);

    wasm_config_t *config = wasm_config_new();
    set_language(config, kind.exceptions);
    set_compiler(config, kind.fuel);
    if (portable && !bj_wasmtime_portable_set(config)) {
        wasm_config_delete(config);
        free(variant);
        bj_fail(err, BJ_ERROR_UNSUPPORTED, "the compiler knows no x86-64");
        return NULL;
    }
    set_memory(config, machine->pooling);
    /* In this order: the second setting must never be above the first. */
    wasmtime_config_async_stack_size_set(config, (size_t)kind.stack_bytes + HOST_STACK_BYTES);
    wasmtime_config_max_wasm_stack_set(config, (size_t)kind.stack_bytes);
    if (machine->pooling)
        set_pool(config, machine, max_sandboxes, kind.exceptions);

    engine_faults_before();
    wasmtime_error_t *error = bj_wasmtime_engine_new(config, BJ_WASMTIME_CODE, &variant->wasmtime);
    engine_faults_after();
    if (error) {
        char text[192];
        engine_error_text(error, text, sizeof text);
        bj_fail(err, BJ_ERROR_ENGINE, "the engine cannot be set up on this machine: %s", text);
        free(variant);
        return NULL;
    }
    return variant;
}

void engine_variant_delete(engine_variant *variant)
{
    wasm_engine_delete(variant->wasmtime);
    free(variant);
}
