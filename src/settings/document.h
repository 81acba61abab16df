/*
 * document.h: a TOML or JSON text as a tree of values, each with its line. The readers are the crates toml and
 * jsonc-parser, in the static library beside Wasmtime (src/engine/wasmtime/src/document.rs): strict, and bounded in
 * depth. A document never changes: any thread.
 */
#ifndef BJ_SETTINGS_DOCUMENT_H
#define BJ_SETTINGS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

typedef enum document_kind {
    DOCUMENT_TABLE,
    DOCUMENT_LIST,
    DOCUMENT_TEXT,
    DOCUMENT_NUMBER, /* whole, from 0, of 64 bits: `number` */
    DOCUMENT_BOOL,   /* `number` is 1 or 0 */
    DOCUMENT_OTHER   /* a fraction, a negative number, a date, null */
} document_kind;

/* Texts are UTF-8 and NUL-terminated, may hold NUL, and belong to the document. `text` of what is no text is how a
 * message says it. */
typedef struct document_node {
    document_kind kind;
    uint32_t line; /* from 1 */
    const char *key;
    size_t key_size;
    const char *text;
    size_t text_size;
    uint64_t number;
    uint32_t first; /* the first value inside; 0: none */
    uint32_t next;  /* the next one beside it; 0: none */
} document_node;

typedef struct bj_document bj_document;

/* NULL, a line number and a line of text in `message` (`room` bytes, NUL-terminated): it is not TOML or JSON. */
bj_document *bj_document_new(const char *text, size_t size, bool json, uint32_t *line,
                             char *message, size_t room) BJ_CHECK_RESULT;
void bj_document_delete(bj_document *document);

/* The root is the first. */
const document_node *bj_document_nodes(const bj_document *document);

#endif
