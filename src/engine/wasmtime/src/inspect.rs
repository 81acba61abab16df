//! What a module imports and exports, told without compiling it: in time and memory that go with its bytes.
use crate::{Item, Text, Visit};
use std::ffi::c_void;
use std::slice;
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{ValType, Validator, WasmFeatures};
use wasmtime::Error;
use wasmtime_c_api::wasmtime_error_t;

/// What the engine has: set_language of src/engine/machine/config.c.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::GC_TYPES
}

fn words(types: &[ValType]) -> String {
    types.iter().map(ValType::to_string).collect::<Vec<_>>().join(" ")
}

/// Hands an item on in the words of `crate::show`.
fn show(visit: Visit, user: *mut c_void, types: TypesRef, module: &str, name: &str, ty: EntityType) {
    let (mut minimum, mut maximum) = (0, u64::MAX);
    let (kind, text) = match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => {
            let f = types[id].unwrap_func();
            (0, format!("({}) -> ({})", words(f.params()), words(f.results())))
        }
        EntityType::Global(g) => {
            let prefix = if g.mutable { "mutable " } else { "" };
            (1, format!("{prefix}{}", g.content_type))
        }
        EntityType::Table(t) => {
            (minimum, maximum) = (t.initial, t.maximum.unwrap_or(u64::MAX));
            (2, t.element_type.to_string())
        }
        EntityType::Memory(m) => {
            (minimum, maximum) = (m.initial, m.maximum.unwrap_or(u64::MAX));
            (3, "memory".to_string())
        }
        EntityType::Tag(_) => (4, "tag".to_string()),
    };
    let (module, name, ty): (Text, Text, Text) = (module.into(), name.into(), text.as_str().into());
    visit(user, &Item { module, name, ty, kind, minimum, maximum });
}

/// Checks a module and calls `import` for each import, then `export` for each export, in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_wasmtime_inspect(
    bytes: *const u8,
    size: usize,
    import: Visit,
    export: Visit,
    user: *mut c_void,
) -> Option<Box<wasmtime_error_t>> {
    let bytes = unsafe { slice::from_raw_parts(bytes, size) };
    let types = match Validator::new_with_features(features()).validate_all(bytes) {
        Ok(types) => types,
        Err(error) => return Some(Box::new(Error::msg(error.to_string()).into())),
    };
    let types = types.as_ref();
    for (module, name, ty) in types.core_imports().into_iter().flatten() {
        show(import, user, types, module, name, ty);
    }
    for (name, ty) in types.core_exports().into_iter().flatten() {
        show(export, user, types, "", name, ty);
    }
    None
}
