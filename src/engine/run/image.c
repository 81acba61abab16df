/*
 * image.c: section by section, the old module is read and the new one written.
 *
 * Changed are: memory (its minimum is what it has grown to), global (initial values are the present
 * ones), export (without what is dropped), start (left out), data count and data (one dense segment).
 * All other sections are copied. The reader stops at the end of what it was given, whatever the module
 * says; a module that was compiled never makes it stop.
 */
#include "engine/run/image.h"

#include <string.h>

#include "base/error.h"

#define PAGE_BYTES  ((uint64_t)65536)
#define BLOCK_BYTES ((uint64_t)4096)

enum section {
    SECTION_IMPORT = 2,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_START = 8,
    SECTION_DATA = 11,
    SECTION_DATA_COUNT = 12
};

enum { KIND_FUNCTION = 0, KIND_TABLE = 1, KIND_MEMORY = 2, KIND_GLOBAL = 3 };
enum { OP_I32_CONST = 0x41, OP_END = 0x0b, TYPE_I32 = 0x7f };

/* ---------------------------------------------------------------- reading */

typedef struct reader {
    const uint8_t *at, *end;
    bool failed; /* it ended too early; all that is read after that is 0 */
} reader;

static uint8_t read_byte(reader *in)
{
    if (in->at == in->end) {
        in->failed = true;
        return 0;
    }
    return *in->at++;
}

static void skip(reader *in, uint64_t size)
{
    if (size > (uint64_t)(in->end - in->at)) {
        in->failed = true;
        in->at = in->end;
    } else {
        in->at += size;
    }
}

static uint64_t read_unsigned(reader *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = read_byte(in);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

static bj_span read_name(reader *in)
{
    uint64_t size = read_unsigned(in);
    bj_span name = {(const char *)in->at, (size_t)size};
    skip(in, size);
    if (in->failed)
        name.size = 0;
    return name;
}

/* Past a constant expression and its end. */
static void skip_expression(reader *in)
{
    while (!in->failed) {
        switch (read_byte(in)) {
        case OP_END:
            return;
        case OP_I32_CONST:
        case 0x42: /* i64.const */
        case 0x23: /* global.get */
        case 0xd0: /* ref.null */
        case 0xd2: /* ref.func */
            (void)read_unsigned(in);
            break;
        case 0x43: /* f32.const */
            skip(in, 4);
            break;
        case 0x44: /* f64.const */
            skip(in, 8);
            break;
        case 0xfd: /* v128.const */
            (void)read_unsigned(in);
            skip(in, 16);
            break;
        default: /* arithmetic of extended constants has no immediates */
            break;
        }
    }
}

/* ---------------------------------------------------------------- writing */

/* A buffer that remembers a failure, so that it is looked at once. */
typedef struct writer {
    bj_buffer *out;
    bool failed;
} writer;

static void put(writer *w, const void *bytes, size_t size)
{
    if (!w->failed && bj_buffer_append(w->out, bytes, size) < 0)
        w->failed = true;
}

static void put_byte(writer *w, uint8_t byte)
{
    put(w, &byte, 1);
}

static void put_unsigned(writer *w, uint64_t value)
{
    do {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        put_byte(w, value ? byte | 0x80 : byte);
    } while (value);
}

static void put_signed(writer *w, int64_t value)
{
    for (;;) {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        bool last = (value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40));
        put_byte(w, last ? byte : byte | 0x80);
        if (last)
            return;
    }
}

static void put_since(writer *w, const uint8_t *from, const reader *in)
{
    put(w, from, (size_t)(in->at - from));
}

/* i32.const value, end */
static void put_constant(writer *w, int32_t value)
{
    put_byte(w, OP_I32_CONST);
    put_signed(w, value);
    put_byte(w, OP_END);
}

static void put_section(writer *w, uint8_t id, const bj_buffer *body)
{
    put_byte(w, id);
    put_unsigned(w, body->size);
    put(w, body->data, body->size);
}

/* ---------------------------------------------------------------- sections */

typedef struct freezing {
    const engine_image *image;
    bj_span exports; /* the export section, to find names of globals in */
    uint64_t imported_globals;
    bool data_written;
    writer out;
    bj_error *err;
} freezing;

static int unsupported(freezing *f, const char *what)
{
    return bj_fail(f->err, BJ_ERROR_UNSUPPORTED, "this module cannot be frozen: %s", what);
}

static reader reader_of(bj_span bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.data;
    return (reader){at, at + bytes.size, false};
}

/* Imported memories can't be part of an image; imported globals are counted, since they come first. */
static int read_imports(freezing *f, bj_span body)
{
    reader in = reader_of(body);
    uint64_t count = read_unsigned(&in);
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        (void)read_name(&in);
        (void)read_name(&in);
        switch (read_byte(&in)) {
        case KIND_FUNCTION:
            (void)read_unsigned(&in);
            break;
        case KIND_GLOBAL:
            f->imported_globals++;
            skip(&in, 2);
            break;
        default:
            return unsupported(f, "it imports a memory or a table");
        }
    }
    return 0;
}

static int write_memory(freezing *f, bj_span body, writer *w)
{
    reader in = reader_of(body);
    if (read_unsigned(&in) != 1)
        return unsupported(f, "it has not exactly one memory");
    uint8_t flags = read_byte(&in);
    (void)read_unsigned(&in);
    put_unsigned(w, 1);
    put_byte(w, flags);
    put_unsigned(w, f->image->memory_size / PAGE_BYTES);
    if (flags & 1)
        put_unsigned(w, read_unsigned(&in));
    return 0;
}

/* The name that global `index` is exported by; false where it isn't. */
static bool name_of_global(const freezing *f, uint64_t index, bj_span *name)
{
    reader in = reader_of(f->exports);
    uint64_t count = read_unsigned(&in);
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        *name = read_name(&in);
        uint8_t kind = read_byte(&in);
        if (read_unsigned(&in) == index && kind == KIND_GLOBAL)
            return true;
    }
    return false;
}

static int write_globals(freezing *f, bj_span body, writer *w)
{
    reader in = reader_of(body);
    uint64_t count = read_unsigned(&in);
    put_unsigned(w, count);
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        const uint8_t *whole = in.at;
        uint8_t type = read_byte(&in), mutable = read_byte(&in);
        bj_span name;
        int32_t value;
        skip_expression(&in);
        if (!mutable) {
            put_since(w, whole, &in);
            continue;
        }
        if (type != TYPE_I32 || !name_of_global(f, f->imported_globals + i, &name) ||
            !f->image->global(f->image->user, name, &value))
            return unsupported(f, "it has a mutable global that is not an exported i32");
        put_byte(w, type);
        put_byte(w, mutable);
        put_constant(w, value);
    }
    return 0;
}

static bool is_dropped(const freezing *f, bj_span name)
{
    for (size_t i = 0; i < f->image->dropped_count; i++)
        if (bj_span_is(name, f->image->dropped[i]))
            return true;
    return false;
}

static int write_exports(freezing *f, bj_span body, writer *w)
{
    bj_autobuffer bj_buffer kept = {0};
    writer items = {&kept, false};
    reader in = reader_of(body);
    uint64_t count = read_unsigned(&in), kept_count = 0;
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        const uint8_t *whole = in.at;
        bj_span name = read_name(&in);
        (void)read_byte(&in);
        (void)read_unsigned(&in);
        if (is_dropped(f, name))
            continue;
        put_since(&items, whole, &in);
        kept_count++;
    }
    put_unsigned(w, kept_count);
    put(w, kept.data, kept.size);
    w->failed |= items.failed;
    return 0;
}

/* Active segments have been copied to memory already; passive ones could still be asked for. */
static int check_data(freezing *f, bj_span body)
{
    reader in = reader_of(body);
    uint64_t count = read_unsigned(&in);
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        if (read_unsigned(&in) != 0)
            return unsupported(f, "it has passive data or data of another memory");
        skip_expression(&in);
        skip(&in, read_unsigned(&in));
    }
    return 0;
}

static bool is_zero(const uint8_t *bytes, uint64_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* From the first block that isn't zero to the last. */
static void write_data(freezing *f, writer *w)
{
    const uint8_t *memory = f->image->memory;
    f->data_written = true;
    uint64_t begin = 0, end = f->image->memory_size;
    while (begin < end && is_zero(memory + begin, BLOCK_BYTES))
        begin += BLOCK_BYTES;
    while (end > begin && is_zero(memory + end - BLOCK_BYTES, BLOCK_BYTES))
        end -= BLOCK_BYTES;
    put_unsigned(w, 1);
    put_unsigned(w, 0);
    put_constant(w, (int32_t)(uint32_t)begin);
    put_unsigned(w, end - begin);
    put(w, memory + begin, (size_t)(end - begin));
}

static int write_section(freezing *f, uint8_t id, bj_span body)
{
    bj_autobuffer bj_buffer changed = {0};
    writer w = {&changed, false};
    int status = 0;
    switch (id) {
    case SECTION_START:
        return 0;
    case SECTION_MEMORY:
        status = write_memory(f, body, &w);
        break;
    case SECTION_GLOBAL:
        status = write_globals(f, body, &w);
        break;
    case SECTION_EXPORT:
        status = write_exports(f, body, &w);
        break;
    case SECTION_DATA_COUNT:
        put_unsigned(&w, 1);
        break;
    case SECTION_DATA:
        status = check_data(f, body);
        if (status == 0)
            write_data(f, &w);
        break;
    default:
        if (id == SECTION_IMPORT)
            status = read_imports(f, body);
        put(&w, body.data, body.size);
    }
    if (status == 0)
        put_section(&f->out, id, &changed);
    f->out.failed |= w.failed;
    return status;
}

/* Calls `visit` for each section; -1 when it did or when the module ends in the middle. */
static int each_section(freezing *f, bj_span module,
                        int (*visit)(freezing *f, uint8_t id, bj_span body))
{
    reader in = reader_of(module);
    skip(&in, 8);
    while (in.at < in.end) {
        uint8_t id = read_byte(&in);
        bj_span body = read_name(&in);
        if (in.failed)
            return unsupported(f, "it is cut off");
        if (visit(f, id, body) < 0)
            return -1;
    }
    return 0;
}

static int find_exports(freezing *f, uint8_t id, bj_span body)
{
    if (id == SECTION_EXPORT)
        f->exports = body;
    return 0;
}

int engine_image_write(bj_span module, const engine_image *image, bj_buffer *out, bj_error *err)
{
    freezing f = {.image = image, .exports = {"", 0}, .out = {out, false}, .err = err};
    if (each_section(&f, module, find_exports) < 0)
        return -1;
    put(&f.out, module.data, 8);
    if (each_section(&f, module, write_section) < 0)
        return -1;
    if (!f.data_written && write_section(&f, SECTION_DATA, (bj_span){"\0", 1}) < 0)
        return -1;
    return f.out.failed ? bj_fail_memory(err) : 0;
}
