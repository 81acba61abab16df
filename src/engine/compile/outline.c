/*
 * outline.c: what a module's sections tell before anything is compiled: which proposals it needs that the engine does not
 * have, and whether it has anything that the host could call. One pass over the sections' heads, bounded by the module's
 * bytes. What cannot be read is left to the compiler, which says what is wrong with it.
 */
#include <string.h>

#include "engine/compile/reader.h"
#include "engine/internal.h"

enum {
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_TABLE = 4,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_TAG = 13
};
enum { KIND_FUNCTION, KIND_TABLE, KIND_MEMORY, KIND_GLOBAL, KIND_TAG };
enum {
    LIMITS_MAXIMUM = 1,
    LIMITS_SHARED = 2,
    LIMITS_64 = 4,
    LIMITS_PAGE_SIZE = 8,
    LIMITS_ALL = 15
};
enum {
    TYPE_FUNCTION = 0x60,
    TYPE_REF = 0x64,
    TYPE_REF_NULL = 0x63,
    TYPE_RECURSIVE = 0x4e,
    TYPE_FINAL = 0x4f,
    TYPE_SUB = 0x50,
    TYPE_ARRAY = 0x5e,
    TYPE_STRUCT = 0x5f,
    HEAP_EXN = -0x17,
    HEAP_NOEXN = -0x0c
};
enum {
    TABLE_FILLED = 0x40, /* a table that comes with the value of its elements */
    OP_END = 0x0b,
    OP_GLOBAL_GET = 0x23,
    OP_I32_CONST = 0x41,
    OP_I64_CONST = 0x42,
    OP_F32_CONST = 0x43,
    OP_F64_CONST = 0x44,
    OP_I32_ADD = 0x6a,
    OP_I32_MUL = 0x6c,
    OP_I64_ADD = 0x7c,
    OP_I64_MUL = 0x7e,
    OP_REF_NULL = 0xd0,
    OP_REF_FUNC = 0xd2,
    OP_SIMD = 0xfd,
    SIMD_CONST = 12
};

/* Between two calls of the host nothing lives that is not in memory, globals and function tables: snapshots hold no more. */
#define KEPT_EXCEPTIONS                                                                            \
    "exceptions that outlive the call that threw them (an exnref in a table or a global): keep "   \
    "what they carry in memory"
#define COLLECTOR "the proposal gc (garbage collection)"
#define THREADS                                                                                    \
    "the proposal threads (a shared memory): compile it for wasm32-wasip1, not "                   \
    "wasm32-wasip1-threads"
#define MEMORY64   "the proposal memory64: compile it for wasm32"
#define PAGE_SIZES "the proposal custom-page-sizes"
#define MEMORIES   "the proposal multi-memory"

/* Whether values of the type are exceptions. */
static bool read_value_type(reader *r)
{
    const uint8_t type = reader_take_byte(r);
    const int64_t heap =
        type == TYPE_REF || type == TYPE_REF_NULL ? reader_take_heap_type(r) : (int64_t)type - 0x80;
    return heap == HEAP_EXN || heap == HEAP_NOEXN;
}

/* Of what instances keep. */
static void read_kept_type(reader *r, engine_outline *outline)
{
    if (read_value_type(r))
        outline->wants = KEPT_EXCEPTIONS;
}

/* Stops at the first type that is none of a function: what follows it is not known. */
static void read_types(reader *r, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--) {
        const uint8_t form = reader_take_byte(r);
        if ((form >= TYPE_RECURSIVE && form <= TYPE_SUB) || form == TYPE_ARRAY ||
            form == TYPE_STRUCT)
            outline->wants = COLLECTOR;
        if (form != TYPE_FUNCTION)
            return;
        for (int list = 0; list < 2; list++)
            for (uint64_t values = reader_take_number(r); values > 0 && !r->bad; values--)
                (void)read_value_type(r);
    }
}

static void read_limits(reader *r, bool is_memory, engine_outline *outline)
{
    const uint8_t flags = reader_take_byte(r);
    if (flags & ~LIMITS_ALL)
        r->bad = true;
    else if (flags & LIMITS_64)
        outline->wants = MEMORY64;
    else if (is_memory && (flags & LIMITS_SHARED))
        outline->wants = THREADS;
    else if (is_memory && (flags & LIMITS_PAGE_SIZE))
        outline->wants = PAGE_SIZES;
    (void)reader_take_number(r);
    if (flags & LIMITS_MAXIMUM)
        (void)reader_take_number(r);
    if (flags & LIMITS_PAGE_SIZE)
        (void)reader_take_number(r);
    if (is_memory && ++outline->memories > 1 && !r->bad)
        outline->wants = MEMORIES;
}

static void read_imports(reader *r, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--) {
        (void)reader_take_bytes(r);
        (void)reader_take_bytes(r);
        switch (reader_take_byte(r)) {
        case KIND_FUNCTION:
            (void)reader_take_number(r);
            break;
        case KIND_TABLE:
            read_kept_type(r, outline);
            read_limits(r, false, outline);
            break;
        case KIND_MEMORY:
            read_limits(r, true, outline);
            break;
        case KIND_GLOBAL:
            read_kept_type(r, outline);
            (void)reader_take_byte(r);
            break;
        case KIND_TAG:
            outline->throws = true;
            (void)reader_take_byte(r);
            (void)reader_take_number(r);
            break;
        default:
            r->bad = true;
        }
    }
}

static void read_memories(reader *r, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--)
        read_limits(r, true, outline);
}

/* A constant expression of one instruction or of a few; `bad` at one that is in none. */
static void skip_expression(reader *r)
{
    static const struct {
        uint8_t from, to, bytes; /* of the operand; NUMBER: LEB128 */
    } known[] = {
#define NUMBER UINT8_MAX
        {OP_I32_CONST, OP_I64_CONST, NUMBER}, {OP_F32_CONST, OP_F32_CONST, 4},
        {OP_F64_CONST, OP_F64_CONST, 8},      {OP_GLOBAL_GET, OP_GLOBAL_GET, NUMBER},
        {OP_REF_NULL, OP_REF_NULL, NUMBER},   {OP_REF_FUNC, OP_REF_FUNC, NUMBER},
        {OP_I32_ADD, OP_I32_MUL, 0},          {OP_I64_ADD, OP_I64_MUL, 0},
    };
    for (uint8_t op; (op = reader_take_byte(r)) != OP_END && !r->bad;) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && (op < known[i].from || op > known[i].to))
            i++;
        if (i == sizeof known / sizeof *known) {
            r->bad |= op != OP_SIMD || reader_take_number(r) != SIMD_CONST;
            for (int byte = 0; byte < 16; byte++)
                (void)reader_take_byte(r);
        } else if (known[i].bytes == NUMBER) {
            (void)reader_take_number(r);
        } else {
            for (uint8_t byte = 0; byte < known[i].bytes; byte++)
                (void)reader_take_byte(r);
        }
#undef NUMBER
    }
}

static void read_tables(reader *r, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad && !outline->wants; count--) {
        const bool filled = r->at < r->end && *r->at == TABLE_FILLED;
        if (filled) {
            (void)reader_take_byte(r);
            r->bad |= reader_take_byte(r) != 0;
        }
        read_kept_type(r, outline);
        read_limits(r, false, outline);
        if (filled)
            skip_expression(r);
    }
}

static void read_globals(reader *r, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad && !outline->wants; count--) {
        read_kept_type(r, outline);
        (void)reader_take_byte(r);
        skip_expression(r);
    }
}

static bool is_one_of(bj_span name, const char *const *names)
{
    for (; *names; names++)
        if (bj_span_is(name, *names))
            return true;
    return false;
}

static void read_exports(reader *r, const char *const *entries, engine_outline *outline)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--) {
        const bj_span name = reader_take_bytes(r);
        const uint8_t kind = reader_take_byte(r);
        (void)reader_take_number(r);
        outline->has_entry |= kind == KIND_FUNCTION && is_one_of(name, entries);
    }
}

static void read_section(uint8_t section, reader *body, const char *const *entries,
                         engine_outline *outline)
{
    switch (section) {
    case SECTION_TYPE:
        read_types(body, outline);
        break;
    case SECTION_IMPORT:
        read_imports(body, outline);
        break;
    case SECTION_TABLE:
        read_tables(body, outline);
        body->bad |= body->at != body->end && !outline->wants;
        break;
    case SECTION_MEMORY:
        read_memories(body, outline);
        break;
    case SECTION_GLOBAL:
        read_globals(body, outline);
        body->bad |= body->at != body->end && !outline->wants;
        break;
    case SECTION_EXPORT:
        read_exports(body, entries, outline);
        body->bad |= body->at != body->end;
        break;
    case SECTION_TAG:
        outline->throws = true;
        break;
    default:
        break;
    }
}

engine_outline engine_outline_of(bj_span bytes, const char *const *entries)
{
    static const char *const none[] = {NULL};
    engine_outline outline = {.has_entry = !entries};
    reader all = reader_of(bytes);
    bool understood = true;
    reader_skip(&all, bytes.size < 8 ? bytes.size : 8); /* the magic and the version */
    while (all.at < all.end && !all.bad && !outline.wants) {
        const uint8_t section = reader_take_byte(&all);
        const bj_span body = reader_take_bytes(&all);
        reader inside = reader_of(body);
        if (!all.bad)
            read_section(section, &inside, entries ? entries : none, &outline);
        understood &= !inside.bad;
    }
    if (all.bad || !understood)
        outline = (engine_outline){.has_entry = true};
    return outline;
}
