//! JSON and JSON Schema for what guests hand to tools: crate jsonschema, without anything that would fetch.
//! src/sandbox/values/schema.h declares the functions below.
//!
//! A guest chooses the text, and somebody else's server may have written the schema: reading and checking pay for
//! what they do, step by step, and end where they may not go on (patches/jsonschema/steps.patch).
use jsonschema::{PatternOptions, Steps, Validator};
use serde_core::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::ffi::c_void;
use std::fmt::{self, Write};
use std::slice;

/// Prices, in units of about a nanosecond (src/policy/work.h).
const VALUE: u64 = 40;
const VISIT: u64 = 40;
/// A visit looks at no more than the whole schema; it reads about so many of its bytes in a unit.
const SCHEMA_BYTES: u64 = 16;
/// What a check may cost, and what it may cost for each byte of the text. Some hundred times what ordinary ones do.
const MOST: u64 = 100_000_000;
const MOST_A_BYTE: u64 = 200;
/// A compiled pattern.
const PATTERN_BYTES: usize = 2 << 20;

pub struct Schema {
    validator: Validator,
    visit: u64,
}

/// As much of a text as fits, NUL-terminated, cut between characters, on one line.
struct Line<'a> {
    out: &'a mut [u8],
    used: usize,
}

impl Write for Line<'_> {
    /// An error ends the writing of a value that may be as long as the text.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
            if self.used + c.len_utf8() >= self.out.len() {
                return Err(fmt::Error);
            }
            self.used += c.encode_utf8(&mut self.out[self.used..]).len();
        }
        Ok(())
    }
}

/// Writes the line into what C handed over.
pub fn tell(what: fmt::Arguments, message: *mut u8, room: usize) {
    let out = unsafe { slice::from_raw_parts_mut(message, room) };
    let mut line = Line { out, used: 0 };
    let _ = line.write_fmt(what);
    line.out[line.used] = 0;
}

/// What a check has cost, and who is asked whether it goes on.
struct Meter {
    ask: extern "C" fn(*mut c_void, u64) -> bool,
    user: *mut c_void,
    left: Cell<u64>,
    over: Cell<bool>,
}

impl Meter {
    fn pay(&self, cost: u64) -> bool {
        let left = self.left.get().saturating_sub(cost);
        self.left.set(left);
        if left == 0 || !(self.ask)(self.user, cost) {
            self.over.set(true);
        }
        !self.over.get()
    }

    fn steps(&self, visit: u64) -> Steps {
        fn step(meter: *mut c_void, cost: u64) -> bool {
            unsafe { &*meter.cast::<Meter>() }.pay(cost)
        }
        Steps { step, user: (&raw const *self).cast_mut().cast(), visit }
    }
}

/// Reads a value as serde_json does, and pays for each.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a Meter);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        if !self.0.pay(VALUE) {
            return Err(D::Error::custom(""));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        if !self.0.pay(value.len() as u64) {
            return Err(E::custom(""));
        }
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            members.insert(name, from.next_value_seed(self)?);
        }
        Ok(Value::Object(members))
    }
}

fn read(text: &[u8], meter: &Meter) -> serde_json::Result<Value> {
    let mut from = serde_json::Deserializer::from_slice(text);
    let value = Reader(meter).deserialize(&mut from)?;
    from.end()?;
    Ok(value)
}

/// Patterns run in time linear in the text: a guest chooses the text.
fn compile(text: &[u8]) -> Result<Validator, String> {
    let schema = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
        .build(&schema)
        .map_err(|e| e.to_string())
}

/// Whether it fits; where not, `refuse` is told why. What is over the meter's head fits nothing.
fn fits(
    schema: Option<&Schema>,
    text: &[u8],
    object: bool,
    meter: &Meter,
    refuse: &mut dyn FnMut(fmt::Arguments),
) -> bool {
    let value = match read(text, meter) {
        Ok(value) => value,
        Err(_) if meter.over.get() => return false,
        Err(error) => {
            refuse(format_args!("{error}"));
            return false;
        }
    };
    if object && !value.is_object() {
        refuse(format_args!("arguments are an object"));
        return false;
    }
    let Some(Schema { validator, visit }) = schema else { return true };
    if let Some(valid) = validator.is_valid_in_steps(&value, meter.steps(*visit))
        && !valid
    {
        match validator.first_error_in_steps(&value, meter.steps(*visit)) {
            None if meter.over.get() => return false,
            None => refuse(format_args!("it does not fit the schema")),
            Some(error) if error.instance_path().as_str().is_empty() => refuse(format_args!("{error}")),
            Some(error) => refuse(format_args!("{}: {error}", error.instance_path())),
        }
        return false;
    }
    !meter.over.get()
}

#[unsafe(no_mangle)]
pub extern "C" fn bj_schema_new(
    text: *const u8,
    size: usize,
    message: *mut u8,
    room: usize,
) -> Option<Box<Schema>> {
    match compile(unsafe { slice::from_raw_parts(text, size) }) {
        Ok(validator) => Some(Box::new(Schema { validator, visit: VISIT + size as u64 / SCHEMA_BYTES })),
        Err(error) => {
            tell(format_args!("{error}"), message, room);
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
    ask: extern "C" fn(*mut c_void, u64) -> bool,
    user: *mut c_void,
    message: *mut u8,
    room: usize,
) -> bool {
    let text = unsafe { slice::from_raw_parts(text, size) };
    let most = MOST.saturating_add((size as u64).saturating_mul(MOST_A_BYTE));
    let meter = Meter { ask, user, left: Cell::new(most), over: Cell::new(false) };
    let fit = fits(schema, text, object, &meter, &mut |why| tell(why, message, room));
    if meter.over.get() {
        tell(format_args!("it takes too long to check that it fits the schema"), message, room);
    }
    fit
}
