//! Wasmtime's C API, and what it lacks for Belljar. belljar_wasmtime.h declares the functions below.
pub use wasmtime_c_api::*;

use std::mem::transmute;
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig};
use wasmtime_c_api::{
    wasm_config_t, wasm_engine_t, wasmtime_error_t, wasmtime_pooling_allocation_config_t,
};

// Each type of the C API holds the Rust type beside it and nothing else.
const _: () = assert!(
    size_of::<wasmtime_pooling_allocation_config_t>() == size_of::<PoolingAllocationConfig>()
);
const _: () = assert!(size_of::<wasm_config_t>() == size_of::<Config>());
const _: () = assert!(size_of::<wasm_engine_t>() == size_of::<Engine>());

/// `wasm_engine_new_with_config` without its panic: a configuration that this machine cannot give
/// (too little address space for the pool, say) is an error. Takes the configuration.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_engine_new(
    config: Box<wasm_config_t>,
    engine: &mut Option<Box<wasm_engine_t>>,
) -> Option<Box<wasmtime_error_t>> {
    let config: Box<Config> = unsafe { transmute(config) };
    match Engine::new(&config) {
        Ok(made) => {
            *engine = Some(Box::new(unsafe { transmute::<Engine, wasm_engine_t>(made) }));
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}

/// Whether a slot that is given back finds its dirty pages by the kernel's PAGEMAP_SCAN (Linux 6.7+)
/// and resets them in place. `on` asks for it where it is available.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_pagemap_scan_set(
    config: &mut wasmtime_pooling_allocation_config_t,
    on: bool,
) {
    let config: *mut wasmtime_pooling_allocation_config_t = config;
    let inner = unsafe { &mut *config.cast::<PoolingAllocationConfig>() };
    inner.pagemap_scan(if on { Enabled::Auto } else { Enabled::No });
}

/// Whether this kernel has PAGEMAP_SCAN.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_pagemap_scan_available() -> bool {
    PoolingAllocationConfig::is_pagemap_scan_available()
}
