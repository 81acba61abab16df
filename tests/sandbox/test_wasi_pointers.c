/*
 * test_wasi_pointers.c: every call of WASI preview 1, from inside wasm, with addresses and lengths that
 * leave the memory. None succeeds, none touches what lies beyond, and the sandbox goes on.
 *
 * The table says what each argument of a call is. From it one module per call is made: first the call
 * with good arguments, then with each address and length replaced by bad ones, one at a time; and good
 * ones that end with the last byte of the memory. The module writes all results to stdout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MOST_ARGS 9

/* What an argument is. Letters stand in the table; a number gives the size of what an address means. */
typedef enum role {
    VALUE,  /* just a number */
    STRUCT, /* address of `size` bytes */
    BUFFER, /* address; the next argument is its length in bytes */
    LIST    /* address; argument `count` is its length, in elements of `size` bytes */
} role;

typedef struct argument {
    role role;
    long long good;
    unsigned size;  /* STRUCT, LIST */
    unsigned count; /* LIST: which argument */
} argument;

typedef struct call {
    const char *name;
    const char *types; /* a letter an argument: i or l */
    argument args[MOST_ARGS];
    int good; /* the result with good arguments: 0, or the errno that there has to be */
} call;

/* Where things lie in the memory of the guest. */
#define PATH_AT   16   /* "file" */
#define NEW_AT    24   /* "new" */
#define OTHER_AT  32   /* "other" */
#define IOV_AT    64   /* two vectors of 4 bytes each */
#define SUB_AT    128  /* a subscription to a clock that is due */
#define OUT_AT    1024 /* room for results */
#define ERRNOS_AT 4096 /* two bytes for each call made */

enum { ENOSYS = 52, ESPIPE = 70, FILE_FD = 5, WORK_FD = 3, ERRNOS = 77 };

#define V(good_)        {VALUE, (good_), 0, 0}
#define S(size_)        {STRUCT, OUT_AT, (size_), 0}
#define S2(size_)       {STRUCT, OUT_AT + 64, (size_), 0}
#define B(at_)          {BUFFER, (at_), 0, 0}
#define L(at_, n_, sz_) {LIST, (at_), (sz_), (n_)}

/* clang-format off */
static const call calls[] = {
    {"args_get", "ii", {S(8), S2(10)}, 0},
    {"args_sizes_get", "ii", {S(4), S2(4)}, 0},
    {"environ_get", "ii", {S(4), S2(4)}, 0},
    {"environ_sizes_get", "ii", {S(4), S2(4)}, 0},
    {"clock_res_get", "ii", {V(0), S(8)}, 0},
    {"clock_time_get", "ili", {V(1), V(0), S(8)}, 0},
    {"fd_advise", "illi", {V(FILE_FD), V(0), V(0), V(0)}, 0},
    {"fd_allocate", "ill", {V(FILE_FD), V(0), V(0)}, -1},
    {"fd_datasync", "i", {V(FILE_FD)}, 0},
    {"fd_fdstat_get", "ii", {V(FILE_FD), S(24)}, 0},
    {"fd_fdstat_set_flags", "ii", {V(FILE_FD), V(0)}, 0},
    {"fd_filestat_get", "ii", {V(FILE_FD), S(64)}, 0},
    {"fd_filestat_set_size", "il", {V(FILE_FD), V(3)}, 0},
    {"fd_filestat_set_times", "illi", {V(FILE_FD), V(0), V(0), V(0)}, 0},
    {"fd_pread", "iiili", {V(FILE_FD), L(IOV_AT, 2, 8), V(2), V(0), S(4)}, 0},
    {"fd_prestat_get", "ii", {V(WORK_FD), S(8)}, 0},
    {"fd_prestat_dir_name", "iii", {V(WORK_FD), B(OUT_AT), V(5)}, 0},
    {"fd_pwrite", "iiili", {V(FILE_FD), L(IOV_AT, 2, 8), V(2), V(0), S(4)}, 0},
    {"fd_read", "iiii", {V(FILE_FD), L(IOV_AT, 2, 8), V(2), S(4)}, 0},
    {"fd_readdir", "iiili", {V(WORK_FD), B(OUT_AT), V(48), V(0), S2(4)}, 0},
    {"fd_seek", "ilii", {V(FILE_FD), V(0), V(0), S(8)}, 0},
    {"fd_sync", "i", {V(FILE_FD)}, 0},
    {"fd_tell", "ii", {V(FILE_FD), S(8)}, 0},
    {"fd_write", "iiii", {V(FILE_FD), L(IOV_AT, 2, 8), V(2), S(4)}, 0},
    {"path_create_directory", "iii", {V(WORK_FD), B(NEW_AT), V(3)}, -1},
    {"path_filestat_get", "iiiii", {V(WORK_FD), V(0), B(PATH_AT), V(4), S(64)}, 0},
    {"path_filestat_set_times", "iiiilli", {V(WORK_FD), V(0), B(PATH_AT), V(4), V(0), V(0), V(0)}, 0},
    {"path_link", "iiiiiii", {V(WORK_FD), V(0), B(PATH_AT), V(4), V(WORK_FD), B(NEW_AT), V(3)}, -1},
    {"path_open", "iiiiillii", {V(WORK_FD), V(0), B(PATH_AT), V(4), V(0), V(2), V(0), V(0), S(4)}, 0},
    {"path_readlink", "iiiiii", {V(WORK_FD), B(PATH_AT), V(4), B(OUT_AT), V(8), S2(4)}, -1},
    {"path_remove_directory", "iii", {V(WORK_FD), B(PATH_AT), V(4)}, -1},
    {"path_rename", "iiiiii", {V(WORK_FD), B(PATH_AT), V(4), V(WORK_FD), B(PATH_AT), V(4)}, 0},
    {"path_symlink", "iiiii", {B(PATH_AT), V(4), V(WORK_FD), B(NEW_AT), V(3)}, -1},
    {"path_unlink_file", "iii", {V(WORK_FD), B(OTHER_AT), V(5)}, -1},
    {"poll_oneoff", "iiii", {L(SUB_AT, 2, 48), L(OUT_AT, 2, 32), V(1), S2(4)}, 0},
    {"sched_yield", "", {{0}}, 0},
    {"random_get", "ii", {B(OUT_AT), V(64)}, 0},
    {"sock_accept", "iii", {V(WORK_FD), V(0), S(4)}, -1},
    {"sock_recv", "iiiiii", {V(WORK_FD), L(IOV_AT, 2, 8), V(2), V(0), S(4), S2(2)}, -1},
    {"sock_send", "iiiii", {V(WORK_FD), L(IOV_AT, 2, 8), V(2), V(0), S(4)}, -1},
    {"sock_shutdown", "ii", {V(WORK_FD), V(2)}, -1},
    /* What closes descriptors comes apart: the file is needed until then. */
    {"fd_fdstat_set_rights", "ill", {V(FILE_FD), V(0), V(0)}, 0},
    {"fd_renumber", "ii", {V(FILE_FD), V(0)}, 0},
    {"fd_close", "i", {V(FILE_FD)}, 0},
};
/* clang-format on */

#define CALL_COUNT (sizeof calls / sizeof *calls)

/* ---- Making the module of a call. ---- */

/* What a result has to be. */
typedef enum demand {
    LIKE_GOOD, /* what the call with good arguments gives */
    FAILS,     /* any errno but 0 */
    ANYTHING   /* any errno or 0 */
} demand;

#define MOST_TRIES 1900

typedef struct world {
    const call *call;
    uint64_t bytes; /* of memory */
    text code;
    demand demands[MOST_TRIES];
    size_t tries;
} world;

static void try(world *w, const long long *values, demand wanted)
{
    if (w->tries == MOST_TRIES)
        fail_msg("%s: too many tries", w->call->name);
    text_add(&w->code, "(i32.store16 (i32.const %zu) (call $f", ERRNOS_AT + 2 * w->tries);
    for (size_t i = 0; w->call->types[i]; i++)
        text_add(&w->code, "(i%s.const %lld)", w->call->types[i] == 'i' ? "32" : "64",
                 w->call->types[i] == 'i' ? (long long)(int32_t)values[i] : values[i]);
    text_add(&w->code, "))\n");
    w->demands[w->tries++] = wanted;
}

static void good_values(const call *c, long long *values)
{
    for (size_t i = 0; i < MOST_ARGS; i++)
        values[i] = c->args[i].good;
}

/* Bytes that argument `i` means with its good length. */
static uint64_t span_of(const call *c, size_t i)
{
    switch (c->args[i].role) {
    case STRUCT:
        return c->args[i].size;
    case BUFFER:
        return (uint64_t)c->args[i + 1].good;
    case LIST:
        return (uint64_t)c->args[c->args[i].count].good * c->args[i].size;
    case VALUE:
        break;
    }
    return 0;
}

static bool leaves(const world *w, uint64_t address, uint64_t span)
{
    return address + span > w->bytes;
}

static void try_addresses(world *w, size_t i)
{
    const uint64_t span = span_of(w->call, i), end = w->bytes;
    const uint64_t bad[] = {end - span + 1, end - 1,    end,
                            end + 1,        0x7fffffff, 0x80000000,
                            0xfffffff0,     0xffffffff, (0x100000000 - span) & 0xffffffff,
                            0xfffffffe,     0xfffffff8, end + 65536};
    long long values[MOST_ARGS];
    good_values(w->call, values);
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        if (bad[b] > UINT32_MAX || !leaves(w, bad[b], span))
            continue;
        values[i] = (long long)bad[b];
        try(w, values, FAILS);
    }
    /* Paths and vectors would hold other things there. */
    bool is_room = w->call->args[i].role == STRUCT || w->call->args[i].good == OUT_AT;
    if (end >= span && end - span <= UINT32_MAX && is_room) {
        values[i] = (long long)(end - span);
        try(w, values, LIKE_GOOD);
    }
}

static void try_lengths(world *w, size_t address, size_t length, uint64_t unit)
{
    /* This one takes a length that is more than the name needs, and needs no more than the name. */
    bool is_most = strcmp(w->call->name, "fd_prestat_dir_name") == 0;
    const uint64_t at = (uint64_t)w->call->args[address].good;
    const uint64_t bad[] = {(w->bytes - at) / unit + 1,   0xffffffff, 0x80000000, 0x7fffffff,
                            0x100000000 / unit,           0x20000000, 0x20000001, 0xffffffff - at,
                            (0x100000000 - at) / unit + 1};
    long long values[MOST_ARGS];
    good_values(w->call, values);
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        if (bad[b] > UINT32_MAX || !leaves(w, at, bad[b] * unit))
            continue;
        values[length] = (long long)bad[b];
        try(w, values, is_most ? LIKE_GOOD : FAILS);
    }
    /* Nothing, at the end of memory and beyond it: no success beyond, and no harm at it. */
    values[length] = 0;
    if (w->bytes <= UINT32_MAX) {
        values[address] = (long long)w->bytes;
        try(w, values, ANYTHING);
    }
    values[address] = -1;
    try(w, values, ANYTHING);
    /* Both at once. */
    values[length] = -1;
    try(w, values, is_most ? ANYTHING : FAILS);
}

/* Vectors that are inside, whose entries are not. They stand at 512, one try after the other. */
static void try_vectors(world *w, size_t i)
{
    const uint32_t end = w->bytes > UINT32_MAX ? 0xffffffff : (uint32_t)w->bytes;
    const uint32_t entries[][4] = {
        {OUT_AT, 1, end - 1, 2},
        {OUT_AT, 0, 0xffffffff, 2},
        {0xffffffff, 0xffffffff, OUT_AT, 1},
        {2, 0xffffffff, 2, 0xffffffff},
        {OUT_AT, 1, 0x80000000, 0x80000001},
        {OUT_AT, 1, 0xfffffff0, 0x20},
    };
    long long values[MOST_ARGS];
    good_values(w->call, values);
    for (size_t e = 0; e < sizeof entries / sizeof *entries; e++) {
        for (int field = 0; field < 4; field++)
            text_add(&w->code, "(i32.store (i32.const %d) (i32.const %d))", 512 + 4 * field,
                     (int32_t)entries[e][field]);
        values[i] = 512;
        try(w, values, w->bytes > UINT32_MAX && e == 0 ? ANYTHING : FAILS);
    }
}

static void write_tries(world *w)
{
    long long values[MOST_ARGS];
    good_values(w->call, values);
    try(w, values, LIKE_GOOD);
    for (size_t i = 0; w->call->types[i]; i++) {
        const argument *a = &w->call->args[i];
        if (a->role != VALUE)
            try_addresses(w, i);
        if (a->role == BUFFER)
            try_lengths(w, i, i + 1, 1);
        if (a->role == LIST)
            try_lengths(w, i, a->count, a->size);
        if (a->role == LIST && a->size == 8)
            try_vectors(w, i);
    }
    /* Numbers that are no descriptors, flags, clocks or offsets: no crash is all that is asked. */
    static const long long odd[] = {
        -1, 6, 77, 0x7fffffff, (-0x7fffffffffffffff - 1), 0x7fffffffffffffff, 0x80000000};
    bool closes =
        w->call->good == 0 &&
        strstr("fd_renumber fd_close fd_fdstat_set_rights path_open", w->call->name) != NULL;
    for (size_t i = 0; w->call->types[i]; i++)
        for (size_t o = 0; o < sizeof odd / sizeof *odd; o++) {
            good_values(w->call, values);
            bool is_length =
                i > 0 && (w->call->args[i - 1].role == BUFFER || w->call->args[i - 1].role == LIST);
            if (w->call->args[i].role != VALUE || is_length || closes)
                continue;
            values[i] = odd[o];
            try(w, values, ANYTHING);
        }
}

static void write_type(text *wat, const char *types)
{
    text_add(wat, "(param");
    for (size_t i = 0; types[i]; i++)
        text_add(wat, " i%s", types[i] == 'i' ? "32" : "64");
    text_add(wat, ") (result i32)");
}

#define MODULE "\"wasi_snapshot_preview1\""

static void write_module(text *wat, const world *w)
{
    text_add(wat, "(module (import " MODULE " \"%s\" (func $f ", w->call->name);
    write_type(wat, w->call->types);
    text_add(
        wat,
        ")) (import " MODULE " \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
        "(import " MODULE " \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32)"
        " (result i32))) (memory (export \"memory\") %u)"
        "(data (i32.const %d) \"file\") (data (i32.const %d) \"new\")"
        "(data (i32.const %d) \"other\")"
        "(data (i32.const %d) \"\\00\\08\\00\\00\\04\\00\\00\\00\\10\\08\\00\\00\\04\\00\\00\\00\")"
        "(data (i32.const %d) \"\\01\")\n(func (export \"_start\")\n",
        (unsigned)(w->bytes / 65536), PATH_AT, NEW_AT, OTHER_AT, IOV_AT, SUB_AT + 16);
    /* With all rights that a file can have, and made if it isn't there; again for another. */
    text_add(wat,
             "(if (call $open (i32.const %d) (i32.const 0) (i32.const %d) (i32.const 4)"
             " (i32.const 1) (i64.const 0x8e001ff) (i64.const 0) (i32.const 0)"
             " (i32.const %d)) (then unreachable))\n",
             WORK_FD, PATH_AT, OUT_AT);
    text_add(wat, "(if (i32.ne (i32.load (i32.const %d)) (i32.const %d)) (then unreachable))\n",
             OUT_AT, FILE_FD);
    text_add_bytes(wat, w->code.bytes, w->code.size);
    text_add(wat,
             "(i32.store (i32.const 8) (i32.const %d)) (i32.store (i32.const 12) (i32.const %zu))"
             "(drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 0)))))",
             ERRNOS_AT, 2 * w->tries);
}

/* ---- Running it. ---- */

static void check_results(const world *w, const bj_receipt *receipt)
{
    size_t size;
    const char *out = bj_receipt_stdout(receipt, &size);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK || size != 2 * w->tries)
        fail_msg("%s: outcome %s, %zu of %zu results: %s", w->call->name,
                 bj_outcome_name(bj_receipt_outcome(receipt)), size / 2, w->tries,
                 bj_receipt_error_message(receipt) ? bj_receipt_error_message(receipt) : "");
    int good = 0;
    for (size_t i = 0; i < w->tries; i++) {
        int result = (unsigned char)out[2 * i] | (unsigned char)out[2 * i + 1] << 8;
        bool holds = result < ERRNOS;
        if (i == 0)
            good = result;
        if (i == 0 && w->call->good >= 0)
            holds = result == w->call->good;
        else if (w->demands[i] == LIKE_GOOD)
            holds = result == good;
        else if (w->demands[i] == FAILS)
            holds = result > 0 && result < ERRNOS;
        if (!holds)
            fail_msg("%s: try %zu of %zu gave %d in a memory of %llu bytes; the code is %.3000s",
                     w->call->name, i, w->tries, result, (unsigned long long)w->bytes,
                     w->code.bytes);
    }
}

static void run_call(const call *c, uint64_t bytes)
{
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.memory_bytes = UINT64_C(5) << 30;
    policy.wall_ms = 5000;
    assert_int_equal(bj_policy_grant_arg(&policy, "pro", &err), 0);
    assert_int_equal(bj_policy_grant_arg(&policy, "gram ", &err), 0);
    assert_int_equal(bj_policy_grant_env(&policy, "A", "b", &err), 0);
    world *w = calloc(1, sizeof *w);
    w->call = c;
    w->bytes = bytes;
    write_tries(w);
    autotext wat = {0};
    write_module(&wat, w);
    bj_receipt *receipt = must_run(wat.bytes, &policy);
    check_results(w, receipt);
    bj_receipt_delete(receipt);
    text_free(&w->code);
    free(w);
    bj_policy_clear(&policy);
}

static void no_call_leaves_a_memory_of_one_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALL_COUNT; i++)
        run_call(&calls[i], 65536);
}

static void no_call_leaves_a_memory_of_four_gibibytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALL_COUNT; i++)
        run_call(&calls[i], UINT64_C(4) << 30);
}

static void the_table_has_all_calls_but_the_two_that_end_the_guest(void **state)
{
    (void)state;
    assert_int_equal(CALL_COUNT, 44);
    for (size_t i = 0; i < CALL_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(calls[i].name, calls[j].name);
}

/* With no memory every address is outside. Traps where a call that has one succeeds. */
static void no_call_finds_memory_where_there_is_none(void **state)
{
    (void)state;
    static const char *const memories[] = {"", "(memory (export \"memory\") 0)", "(memory 1)"};
    for (size_t m = 0; m < sizeof memories / sizeof *memories; m++)
        for (size_t i = 0; i < CALL_COUNT; i++) {
            autotext wat = {0};
            bool has_address = false;
            text_add(&wat, "(module (import " MODULE " \"%s\" (func $f ", calls[i].name);
            write_type(&wat, calls[i].types);
            text_add(&wat, ")) %s (func (export \"_start\") (local $e i32) (local.set $e (call $f",
                     memories[m]);
            for (size_t a = 0; calls[i].types[a]; a++) {
                has_address |= calls[i].args[a].role != VALUE;
                text_add(&wat, "(i%s.const %lld)", calls[i].types[a] == 'i' ? "32" : "64",
                         calls[i].args[a].good == FILE_FD ? 3 : calls[i].args[a].good);
            }
            text_add(&wat,
                     ")) (if (i32.ge_u (local.get $e) (i32.const %d)) (then unreachable))%s))",
                     ERRNOS, has_address ? "(if (i32.eqz (local.get $e)) (then unreachable))" : "");
            expect_exit(must_run(wat.bytes, NULL), 0);
        }
}

/* The bytes after the memory's last page belong to nobody; that all of them stay untouched shows by
 * growing into them. */
static void what_lies_beyond_is_untouched(void **state)
{
    (void)state;
    expect_exit(
        must_run("(module (import " MODULE " \"random_get\" (func $f (param i32 i32) (result i32)))"
                 "(memory (export \"memory\") 1) (func (export \"_start\") (local $i i32)"
                 " (if (call $f (i32.const 65000) (i32.const 536)) (then unreachable))"
                 " (if (i32.eqz (call $f (i32.const 65000) (i32.const 537))) (then unreachable))"
                 " (drop (memory.grow (i32.const 1))) (local.set $i (i32.const 65536))"
                 " (loop (if (i64.ne (i64.load (local.get $i)) (i64.const 0)) (then unreachable))"
                 "  (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8)))"
                 "   (i32.const 131072))))))",
                 NULL),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_all_calls_but_the_two_that_end_the_guest),
        cmocka_unit_test(no_call_leaves_a_memory_of_one_page),
        cmocka_unit_test(no_call_leaves_a_memory_of_four_gibibytes),
        cmocka_unit_test(no_call_finds_memory_where_there_is_none),
        cmocka_unit_test(what_lies_beyond_is_untouched),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
