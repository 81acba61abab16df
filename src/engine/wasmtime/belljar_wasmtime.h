/*
 * belljar_wasmtime.h: what src/lib.rs adds to Wasmtime's C API.
 */
#ifndef BELLJAR_WASMTIME_H
#define BELLJAR_WASMTIME_H

#include <stdbool.h>
#include <wasm.h>
#include <wasmtime.h>

/* wasm_engine_new_with_config, but a configuration that this machine cannot give is an error instead
 * of the end of the process. Takes `config`; on success NULL is returned and *engine is set. */
wasmtime_error_t *bj_wasmtime_engine_new(wasm_config_t *config, wasm_engine_t **engine);

/* Whether slots that are given back find their dirty pages by PAGEMAP_SCAN, where the kernel has it. */
void bj_wasmtime_pagemap_scan_set(wasmtime_pooling_allocation_config_t *config, bool on);

/* Whether this kernel has PAGEMAP_SCAN (Linux 6.7 and later). */
bool bj_wasmtime_pagemap_scan_available(void);

#endif
