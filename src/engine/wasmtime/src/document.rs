//! TOML and JSON as a list of values with the line of each: crates toml and jsonc-parser, both bounded in depth.
//! src/settings/document.h declares the functions below.
use crate::schema::tell;
use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::slice;
use toml::de::{DeTable, DeValue};
use toml::Spanned;

/// What struct document_node of document.h is. Texts belong to the document; a byte of 0 stands after each.
#[repr(C)]
pub struct Node {
    kind: i32,
    line: u32,
    key: *const u8,
    key_size: usize,
    text: *const u8,
    text_size: usize,
    number: u64,
    /// The first value inside, and the next one beside it; 0, the root, where there is none.
    first: u32,
    next: u32,
}

const TABLE: i32 = 0;
const LIST: i32 = 1;
const TEXT: i32 = 2;
const NUMBER: i32 = 3;
const BOOL: i32 = 4;
const OTHER: i32 = 5;

pub struct Document {
    nodes: Vec<Node>,
    /// Where the nodes' texts lie: boxes do not move when the list grows.
    texts: Vec<Box<[u8]>>,
}

/// An error, and the byte at which it is.
struct Wrong(String, usize);

/// Turns offsets into lines.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Lines {
        Lines(text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect())
    }

    fn at(&self, offset: usize) -> u32 {
        self.0.partition_point(|&end| end < offset) as u32 + 1
    }
}

struct Builder {
    document: Document,
    lines: Lines,
}

impl Builder {
    fn keep(&mut self, text: &str) -> (*const u8, usize) {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        let kept = bytes.into_boxed_slice();
        let at = kept.as_ptr();
        self.document.texts.push(kept);
        (at, text.len())
    }

    /// Adds a value; `text` is what stands there, as a message would say it.
    fn add(&mut self, offset: usize, key: &str, kind: i32, text: &str, number: u64) -> usize {
        let line = self.lines.at(offset);
        let (key, key_size) = self.keep(key);
        let (text, text_size) = self.keep(text);
        self.document.nodes.push(Node { kind, line, key, key_size, text, text_size, number, first: 0, next: 0 });
        self.document.nodes.len() - 1
    }

    /// Hangs `child` below `parent`, behind `before`.
    fn hang(&mut self, parent: usize, before: Option<usize>, child: usize) {
        match before {
            None => self.document.nodes[parent].first = child as u32,
            Some(before) => self.document.nodes[before].next = child as u32,
        }
    }

    fn number(&mut self, offset: usize, key: &str, written: &str, radix: u32) -> usize {
        match u64::from_str_radix(written, radix) {
            Ok(number) => self.add(offset, key, NUMBER, written, number),
            Err(_) => self.add(offset, key, OTHER, written, 0),
        }
    }

    fn toml_table(&mut self, parent: usize, table: &DeTable) {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut before = None;
        for (key, value) in entries {
            let child = self.toml(key.span().start, key.get_ref(), value);
            self.hang(parent, before, child);
            before = Some(child);
        }
    }

    fn toml(&mut self, offset: usize, key: &str, value: &Spanned<DeValue>) -> usize {
        match value.get_ref() {
            DeValue::String(text) => self.add(offset, key, TEXT, text, 0),
            DeValue::Integer(number) => self.number(offset, key, number.as_str(), number.radix()),
            DeValue::Float(number) => self.add(offset, key, OTHER, number.as_str(), 0),
            DeValue::Boolean(on) => self.add(offset, key, BOOL, if *on { "true" } else { "false" }, u64::from(*on)),
            DeValue::Datetime(time) => self.add(offset, key, OTHER, &time.to_string(), 0),
            DeValue::Array(items) => {
                let list = self.add(offset, key, LIST, "a list", 0);
                let mut before = None;
                for item in items.iter() {
                    let child = self.toml(item.span().start, "", item);
                    self.hang(list, before, child);
                    before = Some(child);
                }
                list
            }
            DeValue::Table(members) => {
                let table = self.add(offset, key, TABLE, "a table", 0);
                self.toml_table(table, members);
                table
            }
        }
    }

    fn json_children<'v>(
        &mut self,
        parent: usize,
        children: impl Iterator<Item = (usize, &'v str, &'v Value<'v>)>,
    ) -> Result<(), Wrong> {
        let mut before = None;
        for (offset, key, value) in children {
            let child = self.json(offset, key, value)?;
            self.hang(parent, before, child);
            before = Some(child);
        }
        Ok(())
    }

    fn json(&mut self, offset: usize, key: &str, value: &Value) -> Result<usize, Wrong> {
        Ok(match value {
            Value::StringLit(text) => self.add(offset, key, TEXT, &text.value, 0),
            Value::NumberLit(number) => self.number(offset, key, number.value, 10),
            Value::BooleanLit(on) => {
                self.add(offset, key, BOOL, if on.value { "true" } else { "false" }, u64::from(on.value))
            }
            Value::NullKeyword(_) => self.add(offset, key, OTHER, "null", 0),
            Value::Array(list) => {
                let items = self.add(offset, key, LIST, "a list", 0);
                let children = list.elements.iter().map(|v| (start(v), "", v));
                self.json_children(items, children)?;
                items
            }
            Value::Object(object) => {
                let table = self.add(offset, key, TABLE, "an object", 0);
                // TOML's parser refuses a key that is there twice; JSON's takes it.
                let mut seen = std::collections::HashSet::new();
                if let Some(twice) = object.properties.iter().find(|p| !seen.insert(p.name.as_str())) {
                    return Err(Wrong(format!("{} is there twice", twice.name.as_str()), twice.range.start));
                }
                let children = object.properties.iter().map(|p| (p.range.start, p.name.as_str(), &p.value));
                self.json_children(table, children)?;
                table
            }
        })
    }
}

fn start(value: &Value) -> usize {
    use jsonc_parser::common::Ranged;
    value.range().start
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

fn read_json(text: &str, build: &mut Builder) -> Result<(), Wrong> {
    let read = parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .map_err(|e| Wrong(e.kind().to_string(), e.range().start))?;
    match read.value {
        Some(value) => build.json(start(&value), "", &value).map(|_| ()),
        None => Err(Wrong("there is no value in it".into(), 0)),
    }
}

fn read_toml(text: &str, build: &mut Builder) -> Result<(), Wrong> {
    let table = DeTable::parse(text)
        .map_err(|e| Wrong(e.message().to_string(), e.span().map_or(0, |span| span.start)))?;
    let root = build.add(0, "", TABLE, "a table", 0);
    build.toml_table(root, table.get_ref());
    Ok(())
}

fn read(text: &[u8], json: bool) -> Result<Document, (String, u32)> {
    let mut build = Builder {
        document: Document { nodes: Vec::new(), texts: Vec::new() },
        lines: Lines::of(text),
    };
    let done = match std::str::from_utf8(text) {
        Err(error) => Err(Wrong("this is not UTF-8".into(), error.valid_up_to())),
        Ok(text) if json => read_json(text, &mut build),
        Ok(text) => read_toml(text, &mut build),
    };
    match done {
        Ok(()) => Ok(build.document),
        Err(Wrong(message, offset)) => Err((message, build.lines.at(offset))),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn bj_document_new(
    text: *const u8,
    size: usize,
    json: bool,
    line: &mut u32,
    message: *mut u8,
    room: usize,
) -> Option<Box<Document>> {
    match read(unsafe { slice::from_raw_parts(text, size) }, json) {
        Ok(document) => Some(Box::new(document)),
        Err((error, at)) => {
            *line = at;
            tell(format_args!("{error}"), message, room);
            None
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn bj_document_delete(_document: Option<Box<Document>>) {}

/// The root is the first; the list lives as long as the document.
#[unsafe(no_mangle)]
pub extern "C" fn bj_document_nodes(document: &Document) -> *const Node {
    document.nodes.as_ptr()
}
