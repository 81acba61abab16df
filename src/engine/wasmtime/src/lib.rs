//! Wasmtime's C API, and what it lacks for Belljar. belljar_wasmtime.h declares the functions below.
pub use wasmtime_c_api::*;

mod document;
mod inspect;
mod reserve;
mod schema;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs::File;
use std::mem::transmute;
use std::os::fd::FromRawFd;
use std::slice;
use wasmtime::{
    Collector, Config, Enabled, Engine, Error, ExternType, GcHeapOutOfMemory, Memory, Module,
    ModuleVersionStrategy, PoolingAllocationConfig, ResourceLimiter, Store, ThrownException, ValType,
};
use wasmtime_c_api::{
    WasmtimeStoreContextMut, WasmtimeStoreData, wasm_byte_vec_t, wasm_config_t, wasm_engine_t, wasmtime_error_t,
    wasmtime_module_t, wasmtime_pooling_allocation_config_t, wasmtime_store_t,
};

// Each type of the C API holds the Rust type beside it and nothing else.
const _: () = assert!(
    size_of::<wasmtime_pooling_allocation_config_t>() == size_of::<PoolingAllocationConfig>()
);
const _: () = assert!(size_of::<wasm_config_t>() == size_of::<Config>());
const _: () = assert!(size_of::<wasmtime_error_t>() == size_of::<Error>());
const _: () = assert!(size_of::<wasm_engine_t>() == size_of::<Engine>());
const _: () = assert!(size_of::<wasmtime_module_t>() == size_of::<Module>());
const _: () = assert!(size_of::<wasmtime_store_t>() == size_of::<Store<WasmtimeStoreData>>());

/// `wasm_engine_new_with_config` without its panic: a configuration that this machine cannot give
/// (too little address space for the pool, say) is an error. Takes the configuration.
///
/// `code` names what compiled code expects of the host: Wasmtime refuses code that was compiled under another name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_wasmtime_engine_new(
    config: Box<wasm_config_t>,
    code: *const c_char,
    engine: &mut Option<Box<wasm_engine_t>>,
) -> Option<Box<wasmtime_error_t>> {
    let mut config: Box<Config> = unsafe { transmute(config) };
    let code = unsafe { CStr::from_ptr(code) }.to_string_lossy().into_owned();
    let made = config
        .module_version(ModuleVersionStrategy::Custom(code))
        .and_then(|config| Engine::new(config));
    match made {
        Ok(made) => {
            *engine = Some(Box::new(unsafe { transmute::<Engine, wasm_engine_t>(made) }));
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}

/// Compiles a module to the bytes that `Module::deserialize_file` takes. Nothing of it is loaded into this process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_wasmtime_precompile(
    engine: &wasm_engine_t,
    bytes: *const u8,
    size: usize,
    code: &mut wasm_byte_vec_t,
) -> Option<Box<wasmtime_error_t>> {
    let engine: &Engine = unsafe { transmute(engine) };
    match engine.precompile_module(unsafe { slice::from_raw_parts(bytes, size) }) {
        Ok(made) => {
            code.set_buffer(made);
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}

/// What the instance of a store may have, and what of it was refused, as belljar_wasmtime.h has it.
#[repr(C)]
pub struct Limits {
    memory_bytes: u64,
    table_elements: u64,
    held_bytes: u64,
    refused: u8,
    wanted: u64,
}

const REFUSED_MEMORY: u8 = 1;
const REFUSED_TABLE: u8 = 2;

impl Limits {
    fn may(&mut self, what: u8, wanted: usize, most: u64) -> bool {
        let may = wanted as u64 <= most;
        if !may {
            (self.refused, self.wanted) = (what, wanted as u64);
        }
        may
    }
}

impl ResourceLimiter for Limits {
    /// Of the instance's memory, and of the heap that holds its exceptions.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = self.held_bytes.saturating_sub(current as u64) + desired as u64;
        let may = self.may(REFUSED_MEMORY, held as usize, self.memory_bytes);
        // Beyond its maximum it doesn't grow, whatever is said here.
        if may && maximum.is_none_or(|most| desired <= most) {
            self.held_bytes = held;
        }
        Ok(may)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.may(REFUSED_TABLE, desired, self.table_elements))
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}

#[derive(Clone, Copy)]
struct Borrowed(*mut Limits);

// A store is used by one thread at a time, and so are its limits.
unsafe impl Send for Borrowed {}
unsafe impl Sync for Borrowed {}

impl Borrowed {
    unsafe fn get<'a>(self) -> &'a mut Limits {
        unsafe { &mut *self.0 }
    }
}

/// The store obeys `limits` from now on, which outlives it.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_store_limit(store: &mut wasmtime_store_t, limits: *mut Limits) {
    let store: *mut wasmtime_store_t = store;
    let store = unsafe { &mut *store.cast::<Store<WasmtimeStoreData>>() };
    let limits = Borrowed(limits);
    store.limiter(move |_| unsafe { limits.get() });
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

/// A guest that throws has this from the start: who has used up its memory and throws std::bad_alloc needs room for that.
const FIRST_EXCEPTIONS_BYTES: u64 = 256 << 10;

/// Whether guests may throw and catch. Exceptions live in a heap of the store's own, whose dead ones are found by counting
/// references; guests have no other objects in it. Without them there is no such heap.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_exceptions_set(config: &mut wasm_config_t, on: bool) {
    let config: *mut wasm_config_t = config;
    let config = unsafe { &mut *config.cast::<Config>() };
    config.wasm_gc(false);
    config.wasm_exceptions(on);
    config.gc_support(on);
    if on {
        config.collector(Collector::DeferredReferenceCounting);
        config.gc_heap_initial_size(FIRST_EXCEPTIONS_BYTES);
    }
}

/// Why a call has ended, where words alone do not tell: BJ_WASMTIME_… of belljar_wasmtime.h.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_error_cause(error: &wasmtime_error_t) -> u8 {
    let error: &Error = unsafe { transmute(error) };
    if error.is::<ThrownException>() {
        1
    } else if error.is::<GcHeapOutOfMemory<()>>() {
        2
    } else {
        0
    }
}

/// An import or an export, as belljar_wasmtime.h has it.
#[repr(C)]
pub struct Item {
    module: Text,
    name: Text,
    ty: Text,
    kind: u8,
    minimum: u64,
    maximum: u64,
}

#[repr(C)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text { data: text.as_ptr(), size: text.len() }
    }
}

type Visit = extern "C" fn(user: *mut c_void, item: &Item);

/// A type by the name that everybody knows it by.
fn word(ty: impl ToString) -> String {
    match ty.to_string().as_str() {
        "(ref null func)" => "funcref".to_string(),
        "(ref null extern)" => "externref".to_string(),
        other => other.to_string(),
    }
}

fn words(types: impl Iterator<Item = ValType>) -> String {
    types.map(word).collect::<Vec<_>>().join(" ")
}

/// Hands an item on in words: the C API's own types end the process where they meet v128.
fn show(visit: Visit, user: *mut c_void, module: &str, name: &str, ty: ExternType) {
    let (mut minimum, mut maximum) = (0, u64::MAX);
    let (kind, text) = match &ty {
        ExternType::Func(f) => (0, format!("({}) -> ({})", words(f.params()), words(f.results()))),
        ExternType::Global(g) => {
            let prefix = if g.mutability().is_var() { "mutable " } else { "" };
            (1, format!("{prefix}{}", word(g.content())))
        }
        ExternType::Table(t) => {
            (minimum, maximum) = (t.minimum(), t.maximum().unwrap_or(u64::MAX));
            (2, word(t.element()))
        }
        ExternType::Memory(m) => {
            (minimum, maximum) = (m.minimum(), m.maximum().unwrap_or(u64::MAX));
            (3, "memory".to_string())
        }
        ExternType::Tag(_) => (4, "tag".to_string()),
    };
    let (module, name, ty) = (module.into(), name.into(), text.as_str().into());
    visit(user, &Item { module, name, ty, kind, minimum, maximum });
}

fn module_of(module: &wasmtime_module_t) -> &Module {
    unsafe { transmute(module) }
}

/// Calls `visit` for each import, in order.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_each_import(module: &wasmtime_module_t, visit: Visit, user: *mut c_void) {
    for import in module_of(module).imports() {
        show(visit, user, import.module(), import.name(), import.ty());
    }
}

/// Calls `visit` for each export, in order.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_each_export(module: &wasmtime_module_t, visit: Visit, user: *mut c_void) {
    for export in module_of(module).exports() {
        show(visit, user, "", export.name(), export.ty());
    }
}

/// Whether instantiating the module runs code of it.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_module_runs_at_start(module: &wasmtime_module_t) -> bool {
    module_of(module).runs_at_start()
}

/// The module with another memory of `memory_bytes` bytes, which starts with what the file `fd` (taken) holds:
/// `Module::with_memory_image` of patches/memory-image.patch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_wasmtime_module_with_memory(
    module: &wasmtime_module_t,
    fd: c_int,
    memory_bytes: u64,
    made: &mut Option<Box<wasmtime_module_t>>,
) -> Option<Box<wasmtime_error_t>> {
    let image = unsafe { File::from_raw_fd(fd) };
    match module_of(module).with_memory_image(image, memory_bytes) {
        Ok(other) => {
            *made = Some(Box::new(unsafe { transmute::<Module, wasmtime_module_t>(other) }));
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}

/// The bytes of a memory that lie in its image, where the kernel marks pages of it that are written; `ask` has it do so from
/// now on: `Memory::tracked_image` of patches/pagemap.patch.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_memory_tracked(
    store: WasmtimeStoreContextMut<'_>,
    memory: &Memory,
    ask: bool,
    begin: &mut u64,
    end: &mut u64,
) -> bool {
    let Some(image) = memory.tracked_image(store, ask) else { return false };
    (*begin, *end) = (image.start as u64, image.end as u64);
    true
}

/// Compiles for any x86-64-v3 machine (AVX2, BMI2, FMA: Haswell, Zen and later) rather than for this one.
/// False where the compiler does not know it.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_portable_set(config: &mut wasm_config_t) -> bool {
    const FLAGS: [&str; 12] = [
        "has_cmpxchg16b", "has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt", "has_avx",
        "has_avx2", "has_bmi1", "has_bmi2", "has_lzcnt", "has_fma",
    ];
    let config: *mut wasm_config_t = config;
    let config = unsafe { &mut *config.cast::<Config>() };
    if config.target("x86_64-unknown-linux-gnu").is_err() {
        return false;
    }
    for flag in FLAGS {
        unsafe { config.cranelift_flag_enable(flag) };
    }
    true
}
