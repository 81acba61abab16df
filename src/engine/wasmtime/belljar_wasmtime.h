/*
 * belljar_wasmtime.h: what src/lib.rs adds to Wasmtime's C API.
 */
#ifndef BELLJAR_WASMTIME_H
#define BELLJAR_WASMTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasm.h>
#include <wasmtime.h>

/* What compiled code expects of the functions behind it, beyond Wasmtime's own version: raised with each patch and
 * each feature of Cargo.toml that changes that. */
#define BJ_WASMTIME_CODE WASMTIME_VERSION "-belljar-2"

/* wasm_engine_new_with_config, but a configuration that this machine cannot give is an error instead
 * of the end of the process. `code`, BJ_WASMTIME_CODE: code that was compiled under another name is refused.
 * Takes `config`; on success NULL is returned and *engine is set. */
wasmtime_error_t *bj_wasmtime_engine_new(wasm_config_t *config, const char *code,
                                         wasm_engine_t **engine);

/* Compiles a module to what wasmtime_module_deserialize_file takes; nothing of it is loaded into this process. On success NULL
 * is returned, and *code is the caller's, to be deleted. */
wasmtime_error_t *bj_wasmtime_precompile(const wasm_engine_t *engine, const uint8_t *bytes,
                                         size_t size, wasm_byte_vec_t *code);

enum { BJ_WASMTIME_REFUSED_MEMORY = 1, BJ_WASMTIME_REFUSED_TABLE = 2 };

/* What the one instance of a store may have, in all; it may be changed whenever no guest runs in the store, or
 * the guest is in a call to the host. */
typedef struct bj_wasmtime_limits {
    uint64_t memory_bytes, table_elements;
    uint64_t
        held_bytes; /* what its memory and the heap of its exceptions take together: not to be changed */
    uint8_t refused; /* BJ_WASMTIME_REFUSED_…, what was refused last; 0: nothing */
    uint64_t wanted; /* how much of it: bytes or elements in all */
} bj_wasmtime_limits;

/* The store obeys `limits`, which outlives it. */
void bj_wasmtime_store_limit(wasmtime_store_t *store, bj_wasmtime_limits *limits);

/* Whether slots that are given back find their dirty pages by PAGEMAP_SCAN, where the kernel has it. */
void bj_wasmtime_pagemap_scan_set(wasmtime_pooling_allocation_config_t *config, bool on);

/* Whether this kernel has PAGEMAP_SCAN (Linux 6.7 and later). */
bool bj_wasmtime_pagemap_scan_available(void);

/* Compiles for any x86-64-v3 machine (AVX2, BMI2, FMA) rather than for this one. */
bool bj_wasmtime_portable_set(wasm_config_t *config);

/* Whether guests may throw and catch (the proposal exception-handling). */
void bj_wasmtime_exceptions_set(wasm_config_t *config, bool on);

enum { BJ_WASMTIME_UNCAUGHT = 1, BJ_WASMTIME_NO_ROOM_TO_THROW = 2 };

/* Why a call has ended: BJ_WASMTIME_UNCAUGHT, an exception that nobody caught; BJ_WASMTIME_NO_ROOM_TO_THROW, there was no memory for
 * one; 0: something else, which the error's text tells. */
uint8_t bj_wasmtime_error_cause(const wasmtime_error_t *error);

/* Whether instantiating the module runs code of it: a start function, or what fills tables. */
bool bj_wasmtime_module_runs_at_start(const wasmtime_module_t *module);

/* A module of the same code whose memory has `memory_bytes` bytes and starts with what the file `fd` holds, mapped
 * copy-on-write; the file, which nobody changes any more, has whole pages. Takes `fd`. On success NULL is returned and *made is set. */
wasmtime_error_t *bj_wasmtime_module_with_memory(const wasmtime_module_t *module, int fd,
                                                 uint64_t memory_bytes, wasmtime_module_t **made);

/* Whether the kernel marks the pages of the memory's image that are written, and where the image lies: since the instance
 * began, or since this was called first with `ask`, which has it do so where it can. */
bool bj_wasmtime_memory_tracked(wasmtime_context_t *context, const wasmtime_memory_t *memory,
                                bool ask, uint64_t *begin, uint64_t *end);

/* Where malloc has nothing to give, Rust's memory comes from a reserve (src/reserve.rs), since Rust ends the process where an
 * allocation fails: whether there is still nothing to give, or little left of the reserve, and how often anything was taken from it. */
bool bj_wasmtime_is_short(void);
uint64_t bj_wasmtime_shortages(void);

/* `end`, which does not return, is called from now on where malloc has nothing to give to Rust: for a process that is to end then. */
void bj_wasmtime_when_short(void (*end)(void));

/* Text that is not NUL-terminated and lives as long as the call. */
typedef struct bj_wasmtime_text {
    const char *data;
    size_t size;
} bj_wasmtime_text;

enum {
    BJ_WASMTIME_FUNCTION = 0,
    BJ_WASMTIME_GLOBAL = 1,
    BJ_WASMTIME_TABLE = 2,
    BJ_WASMTIME_MEMORY = 3,
    BJ_WASMTIME_TAG = 4
};

/* An import or an export. */
typedef struct bj_wasmtime_item {
    bj_wasmtime_text module; /* of an import; empty for an export */
    bj_wasmtime_text name;   /* any valid UTF-8, NUL included */
    bj_wasmtime_text type;   /* in words: "(i32 i64) -> (i32)", "mutable i32", "memory" */
    uint8_t kind;            /* BJ_WASMTIME_… */
    uint64_t minimum,
        maximum; /* of a memory in pages, of a table in elements; UINT64_MAX: no maximum */
} bj_wasmtime_item;

typedef void (*bj_wasmtime_visit)(void *user, const bj_wasmtime_item *item);

/* Calls `visit` for each import or export, in order. In place of wasmtime_module_imports and _exports,
 * whose types end the process where they meet v128. */
void bj_wasmtime_each_import(const wasmtime_module_t *module, bj_wasmtime_visit visit, void *user);
void bj_wasmtime_each_export(const wasmtime_module_t *module, bj_wasmtime_visit visit, void *user);

/* Checks a module and calls `import` for each import, then `export` for each export, in order, without compiling anything. */
wasmtime_error_t *bj_wasmtime_inspect(const uint8_t *bytes, size_t size, bj_wasmtime_visit import,
                                      bj_wasmtime_visit export, void *user);

#endif
