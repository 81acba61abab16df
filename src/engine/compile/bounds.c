/*
 * bounds.c: how much a module asks of the compiler, counted before it is asked: one pass over the module, which is bounded by its
 * bytes.
 *
 * Real programs stay far below what is refused here: the largest function of CPython with numpy and pandas has 166 KB, blocks 406 deep and
 * 70,000 locals × blocks. Some modules of a few kilobytes would have the compiler work for minutes. What cannot be read is left to
 * the compiler, whose time and memory are limited in any case.
 */
#include "base/error.h"
#include "engine/compile/reader.h"
#include "engine/internal.h"

/* What a function of a module may have. */
#define BLOCKS_DEEP        200000u
#define LOOPS_DEEP         1000u
#define LOCALS_TIMES       ((uint64_t)1 << 23) /* locals × blocks */
#define FUNCTION_BYTES     ((uint64_t)8 << 20)
#define FUNCTIONS          90000u
#define EXPRESSION_OPCODES 1000u /* of a constant expression: the value of a global, say */

enum { SECTION_FUNCTION = 3, SECTION_GLOBAL = 6, SECTION_CODE = 10 };

enum {
    OP_BLOCK = 0x02,
    OP_LOOP = 0x03,
    OP_IF = 0x04,
    OP_TRY = 0x06,
    OP_CATCH = 0x07,
    OP_RETHROW = 0x09,
    OP_END = 0x0b,
    OP_BR = 0x0c,
    OP_BR_IF = 0x0d,
    OP_BR_TABLE = 0x0e,
    OP_CALL = 0x10,
    OP_CALL_INDIRECT = 0x11,
    OP_RETURN_CALL = 0x12,
    OP_RETURN_CALL_INDIRECT = 0x13,
    OP_RETURN_CALL_REF = 0x15,
    OP_DELEGATE = 0x18,
    OP_SELECT_TYPED = 0x1c,
    OP_TRY_TABLE = 0x1f,
    OP_LOCAL_GET = 0x20,
    OP_TABLE_SET = 0x26,
    OP_I32_LOAD = 0x28,
    OP_I64_STORE32 = 0x3e,
    OP_MEMORY_GROW = 0x40,
    OP_I32_CONST = 0x41,
    OP_I64_CONST = 0x42,
    OP_F32_CONST = 0x43,
    OP_F64_CONST = 0x44,
    OP_REF_NULL = 0xd0,
    OP_REF_FUNC = 0xd2,
    OP_BR_ON_NULL = 0xd5,
    OP_BR_ON_NON_NULL = 0xd6,
    OP_COLLECTED = 0xfb,
    OP_MORE = 0xfc,
    OP_SIMD = 0xfd,
    OP_ATOMIC = 0xfe
};
enum { CATCH_ALL = 2, MORE_SATURATING_LAST = 7, MORE_LAST = 17 };
enum {
    SIMD_STORE = 11,
    SIMD_SHUFFLE = 13,
    SIMD_LANE_FIRST = 21,
    SIMD_LANE_LAST = 34,
    SIMD_LOAD_LANE = 84,
    SIMD_STORE_LANE_LAST = 91,
    SIMD_LOAD_ZERO_LAST = 93
};
#define MEMORY_OF_ITS_OWN 0x40 /* in an alignment: the number of a memory follows */

/* What blocks have as their type, and select: a value's type or a function's. */
static void skip_type(reader *r)
{
    const int64_t type = reader_take_heap_type(r);
    if (type == -0x1c || type == -0x1d) /* (ref …), (ref null …) */
        (void)reader_take_heap_type(r);
}

static void skip_numbers(reader *r, uint64_t count)
{
    for (; count > 0 && !r->bad; count--)
        (void)reader_take_number(r);
}

static void skip_address(reader *r)
{
    if (reader_take_number(r) & MEMORY_OF_ITS_OWN)
        (void)reader_take_number(r);
    (void)reader_take_number(r);
}

static void skip_catches(reader *r)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--)
        skip_numbers(r, reader_take_byte(r) < CATCH_ALL ? 2 : 1);
}

static void skip_more(reader *r)
{
    static const uint8_t numbers[] = {2, 1, 2, 1, 2, 1, 2, 1, 1, 1}; /* from memory.init on */
    const uint64_t op = reader_take_number(r);
    if (op > MORE_LAST)
        r->bad = true;
    else if (op > MORE_SATURATING_LAST)
        skip_numbers(r, numbers[op - MORE_SATURATING_LAST - 1]);
}

static void skip_simd(reader *r)
{
    const uint64_t op = reader_take_number(r);
    if (op <= SIMD_STORE || (op >= SIMD_LOAD_LANE && op <= SIMD_LOAD_ZERO_LAST))
        skip_address(r);
    else if (op <= SIMD_SHUFFLE)
        reader_skip(r, 16);
    if ((op >= SIMD_LANE_FIRST && op <= SIMD_LANE_LAST) ||
        (op >= SIMD_LOAD_LANE && op <= SIMD_STORE_LANE_LAST))
        (void)reader_take_byte(r);
}

/* What follows an opcode, but for blocks. */
static void skip_operands(reader *r, uint8_t op)
{
    if ((op >= OP_LOCAL_GET && op <= OP_TABLE_SET) || (op >= OP_CATCH && op <= OP_RETHROW) ||
        (op >= OP_I64_STORE32 + 1 && op <= OP_I64_CONST))
        (void)reader_take_number(r);
    else if (op >= OP_I32_LOAD && op <= OP_I64_STORE32)
        skip_address(r);
    else
        switch (op) {
        case OP_BR:
        case OP_BR_IF:
        case OP_CALL:
        case OP_RETURN_CALL:
        case OP_RETURN_CALL_REF - 1: /* call_ref */
        case OP_RETURN_CALL_REF:
        case OP_DELEGATE:
        case OP_REF_FUNC:
        case OP_BR_ON_NULL:
        case OP_BR_ON_NON_NULL:
            (void)reader_take_number(r);
            break;
        case OP_REF_NULL:
            (void)reader_take_heap_type(r);
            break;
        case OP_CALL_INDIRECT:
        case OP_RETURN_CALL_INDIRECT:
            skip_numbers(r, 2);
            break;
        case OP_BR_TABLE:
            skip_numbers(r, reader_take_number(r));
            (void)reader_take_number(r);
            break;
        case OP_SELECT_TYPED:
            for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--)
                skip_type(r);
            break;
        case OP_F32_CONST:
            reader_skip(r, 4);
            break;
        case OP_F64_CONST:
            reader_skip(r, 8);
            break;
        case OP_MORE:
            skip_more(r);
            break;
        case OP_SIMD:
            skip_simd(r);
            break;
        case OP_COLLECTED:
        case OP_ATOMIC:
            r->bad = true;
            break;
        default:
            break;
        }
}

static bool opens_block(uint8_t op)
{
    return op == OP_BLOCK || op == OP_LOOP || op == OP_IF || op == OP_TRY || op == OP_TRY_TABLE;
}

/* Of one function. */
typedef struct function {
    uint64_t locals, blocks, deep, deepest, loops, loops_deepest;
    uint8_t open[BLOCKS_DEEP / 8 + 1]; /* a bit for each block that is open: whether it is a loop */
} function;

static void open_block(function *f, reader *r, uint8_t op)
{
    skip_type(r);
    if (op == OP_TRY_TABLE)
        skip_catches(r);
    f->blocks++;
    if (f->deep < BLOCKS_DEEP) {
        const uint8_t bit = (uint8_t)(1u << f->deep % 8);
        uint8_t *bits = &f->open[f->deep / 8];
        *bits = (uint8_t)(op == OP_LOOP ? *bits | bit : *bits & ~bit);
        f->loops += op == OP_LOOP;
    }
    f->deep++;
    f->deepest = f->deep > f->deepest ? f->deep : f->deepest;
    f->loops_deepest = f->loops > f->loops_deepest ? f->loops : f->loops_deepest;
}

/* False at the end of the function. */
static bool close_block(function *f)
{
    if (f->deep == 0)
        return false;
    f->deep--;
    if (f->deep < BLOCKS_DEEP)
        f->loops -= f->open[f->deep / 8] >> f->deep % 8 & 1;
    return true;
}

static void read_function(reader *r, function *f)
{
    f->locals = f->blocks = f->deep = f->deepest = f->loops = f->loops_deepest = 0;
    for (uint64_t runs = reader_take_number(r); runs > 0 && !r->bad; runs--) {
        f->locals += reader_take_number(r);
        skip_type(r);
    }
    while (!r->bad && f->deepest <= BLOCKS_DEEP) {
        const uint8_t op = reader_take_byte(r);
        if (opens_block(op))
            open_block(f, r, op);
        else if (op != OP_END && op != OP_DELEGATE)
            skip_operands(r, op);
        else if (!close_block(f))
            return;
        else if (op == OP_DELEGATE)
            skip_operands(r, op);
    }
}

static int refuse(const char *name, const char *what, uint64_t count, uint64_t most, bj_error *err)
{
    return bj_fail(err, BJ_ERROR_MODULE,
                   "%s cannot be compiled here: it has %s, %llu; up to %llu are accepted", name,
                   what, (unsigned long long)count, (unsigned long long)most);
}

static int judge_function(const char *name, const function *f, bj_error *err)
{
    const uint64_t product = f->locals * f->blocks;
    if (f->deepest > BLOCKS_DEEP)
        return refuse(name, "blocks within each other", f->deepest, BLOCKS_DEEP, err);
    if (f->loops_deepest > LOOPS_DEEP)
        return refuse(name, "loops within each other", f->loops_deepest, LOOPS_DEEP, err);
    if (f->locals < UINT32_MAX && product > LOCALS_TIMES)
        return refuse(name, "a function of so many locals times blocks", product, LOCALS_TIMES,
                      err);
    return 0;
}

static int judge_code(const char *name, reader *r, bj_error *err)
{
    function f;
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--) {
        const bj_span body = reader_take_bytes(r);
        if (body.size > FUNCTION_BYTES)
            return refuse(name, "a function of so many bytes", body.size, FUNCTION_BYTES, err);
        reader inside = reader_of(body);
        read_function(&inside, &f);
        if (judge_function(name, &f, err) < 0)
            return -1;
    }
    return 0;
}

static int judge_expression(const char *name, reader *r, bj_error *err)
{
    uint64_t count = 0;
    for (uint8_t op; (op = reader_take_byte(r)) != OP_END && !r->bad; count++)
        skip_operands(r, op);
    return count > EXPRESSION_OPCODES
               ? refuse(name, "an expression for a constant of so many instructions", count,
                        EXPRESSION_OPCODES, err)
               : 0;
}

static int judge_globals(const char *name, reader *r, bj_error *err)
{
    for (uint64_t count = reader_take_number(r); count > 0 && !r->bad; count--) {
        skip_type(r);
        (void)reader_take_byte(r);
        if (judge_expression(name, r, err) < 0)
            return -1;
    }
    return 0;
}

static int judge_section(const char *name, uint8_t section, bj_span body, bj_error *err)
{
    reader r = reader_of(body);
    switch (section) {
    case SECTION_GLOBAL:
        return judge_globals(name, &r, err);
    case SECTION_CODE:
        return judge_code(name, &r, err);
    default:
        return 0;
    }
}

/* The next section; false where there is none, or none that is whole. */
static bool next_section(reader *all, uint8_t *section, bj_span *body)
{
    if (all->at == all->end || all->bad)
        return false;
    *section = reader_take_byte(all);
    *body = reader_take_bytes(all);
    return !all->bad;
}

static reader sections_of(bj_span bytes)
{
    reader all = reader_of(bytes);
    reader_skip(&all, bytes.size < 8 ? bytes.size : 8); /* the magic and the version */
    return all;
}

engine_bulk engine_bulk_of(bj_span bytes)
{
    engine_bulk bulk = {0, 0};
    reader all = sections_of(bytes);
    uint8_t section;
    bj_span body;
    while (next_section(&all, &section, &body)) {
        reader r = reader_of(body);
        if (section == SECTION_CODE)
            bulk.code_bytes += body.size;
        else if (section == SECTION_FUNCTION)
            bulk.functions += reader_take_number(&r);
    }
    return bulk;
}

int engine_bounds_check(bj_span bytes, const char *name, bj_error *err)
{
    const uint64_t functions = engine_bulk_of(bytes).functions;
    if (functions > FUNCTIONS)
        return refuse(name, "functions", functions, FUNCTIONS, err);
    reader all = sections_of(bytes);
    uint8_t section;
    bj_span body;
    while (next_section(&all, &section, &body))
        if (judge_section(name, section, body, err) < 0)
            return -1;
    return 0;
}
