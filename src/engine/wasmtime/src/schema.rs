//! JSON and JSON Schema for what guests hand to tools: crate jsonschema, without anything that would fetch.
//! src/sandbox/schema.h declares the functions below.
use jsonschema::{PatternOptions, Validator};
use std::slice;

pub struct Schema(Validator);

/// Copies as much of `text` as fits, NUL-terminated, cut between characters, on one line.
fn tell(text: &str, message: *mut u8, room: usize) {
    let out = unsafe { slice::from_raw_parts_mut(message, room) };
    let mut used = 0;
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if used + c.len_utf8() >= room {
            break;
        }
        used += c.encode_utf8(&mut out[used..]).len();
    }
    out[used] = 0;
}

/// Patterns run in time linear in the text: a guest chooses the text.
fn compile(text: &[u8]) -> Result<Validator, String> {
    let schema = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map_err(|e| e.to_string())
}

fn check(schema: Option<&Schema>, text: &[u8], object: bool) -> Result<(), String> {
    let value: serde_json::Value = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    if object && !value.is_object() {
        return Err("arguments are an object".to_string());
    }
    let Some(Schema(validator)) = schema else { return Ok(()) };
    validator.validate(&value).map_err(|e| match e.instance_path().as_str() {
        "" => e.to_string(),
        path => format!("{path}: {e}"),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn bj_schema_new(
    text: *const u8,
    size: usize,
    message: *mut u8,
    room: usize,
) -> Option<Box<Schema>> {
    match compile(unsafe { slice::from_raw_parts(text, size) }) {
        Ok(validator) => Some(Box::new(Schema(validator))),
        Err(error) => {
            tell(&error, message, room);
            None
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn bj_schema_delete(_schema: Option<Box<Schema>>) {}

#[unsafe(no_mangle)]
pub extern "C" fn bj_schema_check(
    schema: Option<&Schema>,
    text: *const u8,
    size: usize,
    object: bool,
    message: *mut u8,
    room: usize,
) -> bool {
    match check(schema, unsafe { slice::from_raw_parts(text, size) }, object) {
        Ok(()) => true,
        Err(error) => {
            tell(&error, message, room);
            false
        }
    }
}
