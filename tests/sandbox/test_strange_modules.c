/*
 * test_strange_modules.c: modules of strange shapes: too large, too deep, too long, with names that
 * forge, with imports that nobody grants, with proposals that are off. They run or are refused in one
 * line.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define START "(func (export \"_start\"))"

static void refused(const char *wat, bj_error_code code, const char *says)
{
    bj_error err;
    must_refuse(wat, strlen(wat), &err);
    if (err.code != code || !strstr(err.message, says))
        fail_msg("wanted \"%s\" (%d), got \"%s\" (%d)", says, code, err.message, err.code);
}

/* ---- Many and large. ---- */

static void fifty_thousand_functions_run(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module ");
    text_repeat(&wat, "(func)", 49999);
    text_add(&wat, "(func (export \"_start\") call 0 call 49998))");
    expect_exit(must_run(wat.bytes, NULL), 0);
}

static void ten_thousand_exports_are_described(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (func $f) (export \"_start\" (func $f))");
    for (int i = 0; i < 10000; i++)
        text_add(&wat, "(export \"name %d\" (func $f))", i);
    text_add(&wat, ")");
    assert_true(survive(wat.bytes, wat.size));
}

static void ten_thousand_imports_of_one_call_are_granted(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module");
    for (int i = 0; i < 10000; i++)
        text_add(&wat, "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $e%d (param i32)))",
                 i);
    text_add(&wat, "(func (export \"_start\") (call $e9999 (i32.const 3))))");
    expect_exit(must_run(wat.bytes, NULL), 3);
}

static void as_many_locals_and_parameters_as_there_may_be(void **state)
{
    (void)state;
    autotext locals = {0};
    text_add(&locals, "(module (func (export \"_start\") (local");
    text_repeat(&locals, " v128", 50000);
    text_add(&locals, ") (drop (local.get 49999))))");
    expect_exit(must_run(locals.bytes, NULL), 0);

    autotext more = {0};
    text_add(&more, "(module (func (export \"_start\") (local");
    text_repeat(&more, " i32", 50001);
    text_add(&more, ")))");
    refused(more.bytes, BJ_ERROR_MODULE, "too many locals");

    autotext params = {0};
    text_add(&params, "(module (func $f (export \"f\") (param");
    text_repeat(&params, " i64", 1000);
    text_add(&params, ") (result");
    text_repeat(&params, " i64", 1000);
    text_add(&params, ") ");
    for (int i = 0; i < 1000; i++)
        text_add(&params, "(local.get %d)", i);
    text_add(&params, ") (func (export \"_start\") ");
    text_repeat(&params, "(i64.const 1)", 1000);
    text_add(&params, "call $f ");
    text_repeat(&params, "drop ", 1000);
    text_add(&params, "))");
    assert_true(survive(params.bytes, params.size));
}

static void a_branch_table_as_large_as_there_may_be(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (func (export \"_start\") (block (block (br_table");
    text_repeat(&wat, " 0 1", 32700);
    text_add(&wat, " (i32.const 65399)) unreachable) unreachable)))");
    expect_exit(must_run(wat.bytes, NULL), 0);
}

static void large_segments(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (memory (export \"memory\") 256) (table 100000 funcref)"
                   "(elem (i32.const 0) func");
    text_repeat(&wat, " 0", 100000);
    text_add(&wat, ") (data (i32.const 0) \"");
    text_repeat(&wat, "0123456789abcdef", 1 << 20);
    text_add(&wat, "\") (func (export \"_start\") (if (i32.ne (i32.const 0x66)"
                   " (i32.load8_u (i32.const 0xffffff))) (then unreachable))))");
    expect_exit(must_run(wat.bytes, NULL), 0);
}

static void many_segments(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (memory 2)" START);
    for (int i = 0; i < 100000; i++)
        text_add(&wat, "(data (i32.const %d) \"x\")", i);
    text_add(&wat, ")");
    survive(wat.bytes, wat.size);
    wat.size--;
    text_add(&wat, "(data (i32.const 0) \"\"))");
    refused(wat.bytes, BJ_ERROR_MODULE, "data");
}

static void hundreds_of_thousands_of_globals(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module" START);
    text_repeat(&wat, "(global i32 i32.const 1)", 300000);
    text_add(&wat, ")");
    survive(wat.bytes, wat.size);
}

static void five_tables(void **state)
{
    (void)state;
    const char *wat = "(module" START "(table 9 funcref) (table 9 funcref) (table 9 funcref)"
                      "(table 9 funcref) (table 9 funcref) (table 9 externref))";
    survive(wat, strlen(wat));
}

static void a_long_straight_function(void **state)
{
    (void)state;
    autotext wat = {0};
    text_add(&wat, "(module (global $g (mut i32) (i32.const 0)) (func (export \"_start\") ");
    text_repeat(&wat, "(global.set $g (i32.add (global.get $g) (i32.const 1)))", 20000);
    text_add(&wat, "))");
    expect_exit(must_run(wat.bytes, NULL), 0);
}

/* ---- Deep. ---- */

typedef struct nest {
    const char *before, *open, *middle, *close, *after;
} nest;

#define CODE(open, middle, close)                                                                  \
    {"(module (memory 1) (func (export \"_start\") ", open, middle, close, "))"}

static const nest nests[] = {
    {"", "(", "", ")", ""},
    {"", "(module ", "", ")", ""},
    {"(module" START, "(; ", "", ";)", ")"},
    {"(module" START, "(; ", "", "", ")"},
    {"(module" START, "(@x ", "", ")", ")"},
    {"(module (func ", "(export \"x\") ", "", "", "))"},
    {"(module (type ", "(func (param ", "i32", "))", "))"},
    {"(module" START "(global i32 ", "(i32.add (i32.const 1) ", "(i32.const 1)", ")", "))"},
    CODE("block ", "nop ", "end "),
    CODE("block ", "", ""),
    CODE("(block ", "", ")"),
    CODE("(block (drop ", "(i32.const 1)", "))"),
    CODE("i32.const 1 if ", "nop ", "end "),
    CODE("(if (i32.const 1) (then ", "", "))"),
    CODE("(drop (i32.eqz ", "(i32.const 1)", "))"),
    CODE("(i32.eqz ", "(i32.const 1)", ")"),
    CODE("(i32.add (i32.const 1) ", "(i32.const 1)", ")"),
    CODE("(i32.sub ", "(i32.const 1)", " (i32.const 1))"),
    CODE("(i32.load8_u ", "(i32.const 1)", ")"),
    CODE("(select (i32.const 1) (i32.const 2) ", "(i32.const 1)", ")"),
};

static void survive_nest(const nest *n, size_t depth)
{
    autotext wat = {0};
    text_add(&wat, "%s", n->before);
    text_repeat(&wat, n->open, depth);
    text_add(&wat, "%s", n->middle);
    text_repeat(&wat, n->close, depth);
    text_add(&wat, "%s", n->after);
    survive(wat.bytes, wat.size);
}

static void *survive_nests(void *depth)
{
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++)
        survive_nest(&nests[i], *(const size_t *)depth);
    return NULL;
}

static void nesting_a_hundred_thousand_deep(void **state)
{
    (void)state;
    size_t depth = 100000;
    survive_nests(&depth);
}

static void deep_nesting_on_a_thread_with_a_small_stack(void **state)
{
    (void)state;
    pthread_attr_t attributes;
    pthread_t thread;
    size_t depth = 10000;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    assert_int_equal(pthread_create(&thread, &attributes, survive_nests, &depth), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static void nested_blocks_and_loops_run(void **state)
{
    (void)state;
    /* Compiling nested loops takes time that grows with the square of their depth: 0.1 s for these. */
    autotext blocks = {0}, loops = {0};
    text_add(&blocks, "(module (func (export \"_start\") ");
    text_repeat(&blocks, "(block ", 100000);
    text_add(&blocks, "(br 99999)");
    text_repeat(&blocks, ")", 100000);
    text_add(&blocks, "))");
    expect_exit(must_run(blocks.bytes, NULL), 0);
    text_add(&loops, "(module (func (export \"_start\") ");
    text_repeat(&loops, "(loop ", 1000);
    text_repeat(&loops, ")", 1000);
    text_add(&loops, "))");
    expect_exit(must_run(loops.bytes, NULL), 0);
}

/* ---- Names. ---- */

static void names_of_a_hundred_thousand_bytes(void **state)
{
    (void)state;
    autotext export = {0}, import = {0}, longer = {0};
    text_add(&export, "(module" START "(func (export \"");
    text_repeat(&export, "\xe2\x82\xac", 33333);
    text_add(&export, "\")))");
    assert_true(survive(export.bytes, export.size));

    text_add(&import, "(module (import \"");
    text_repeat(&import, "\xe2\x82\xac", 33333);
    text_add(&import, "\" \"f\" (func))" START ")");
    refused(import.bytes, BJ_ERROR_IMPORT, "test.wat imports \xe2\x82\xac");

    text_add(&longer, "(module" START "(func (export \"");
    text_repeat(&longer, "long", 25001);
    text_add(&longer, "\")))");
    refused(longer.bytes, BJ_ERROR_MODULE, "test.wat");
}

static void names_cannot_forge_a_second_line(void **state)
{
    (void)state;
    refused("(module (import \"a\\nb\\1b[31m\" \"c\\r\\00d\\7f\" (func))" START ")",
            BJ_ERROR_IMPORT, "imports a?b?[31m.c?");
}

static void names_with_nul_and_quotes_are_described(void **state)
{
    (void)state;
    const char *wat = "(module" START "(func (export \"\")) (func (export \"\\00\"))"
                      "(func (export \"a\\00b\")) (func (export \"\\\"\\\\\\n\\t\\u{10ffff}\"))"
                      "(func (export \"\\u{ffff}\\u{feff}\")))";
    assert_true(survive(wat, strlen(wat)));
    bj_runtime *runtime = must_open(wat, strlen(wat));
    char *description = bj_runtime_describe(runtime);
    assert_non_null(strstr(description, "a\\u0000b"));
    bj_free(description);
    bj_runtime_delete(runtime);
}

static void a_start_function_by_another_name_is_no_start_function(void **state)
{
    (void)state;
    refused("(module (func (export \"_start\\00\")))", BJ_ERROR_UNSUPPORTED,
            "exports no function _start");
    refused("(module (func (export \"_Start\")))", BJ_ERROR_UNSUPPORTED,
            "exports no function _start");
    refused("(module (func (export \"\\ef\\bb\\bf_start\")))", BJ_ERROR_UNSUPPORTED,
            "exports no function _start");
}

/* ---- _start. ---- */

static void a_start_function_must_have_the_right_type(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "(module)",
        "(module (func (export \"_start\") (param i32)))",
        "(module (func (export \"_start\") (result i32) i32.const 0))",
        "(module (func (export \"_start\") (param v128)))",
        "(module (func (export \"_start\") (result funcref) ref.null func))",
        "(module (memory (export \"_start\") 1))",
        "(module (table (export \"_start\") 1 funcref))",
        "(module (global (export \"_start\") i32 (i32.const 0)))",
        ("(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $e (param i32)))"
         " (export \"_start\" (func $e)))"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bj_runtime *runtime = must_open(wrong[i], strlen(wrong[i]));
        assert_int_equal(bj_runtime_get_kind(runtime), BJ_RUNTIME_LIBRARY);
        bj_runtime_delete(runtime);
        refused(wrong[i], BJ_ERROR_UNSUPPORTED, "exports no function _start");
    }
}

/* ---- Imports. ---- */

static const char *const calls[] = {
    "args_get",
    "args_sizes_get",
    "environ_get",
    "environ_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_get",
    "fd_prestat_dir_name",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "sched_yield",
    "random_get",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
};

static void a_call_with_the_wrong_type_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "(func)", "(func (param f64))", "(func (param i64) (result i64))",
        "(func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32))",
        "(func (param v128 funcref) (result i32 i32))"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
            autotext wat = {0};
            text_add(&wat, "(module (import \"wasi_snapshot_preview1\" \"%s\" %s)" START ")",
                     calls[i], wrong[j]);
            refused(wat.bytes, BJ_ERROR_IMPORT, calls[i]);
        }
}

static void a_call_as_another_kind_of_import_is_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"(global i32)", "(global (mut i64))", "(memory 1)",
                                        "(table 1 funcref)"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        autotext wat = {0};
        text_add(&wat, "(module (import \"wasi_snapshot_preview1\" \"fd_write\" %s)" START ")",
                 kinds[i]);
        refused(wat.bytes, BJ_ERROR_IMPORT, "wasi_snapshot_preview1.fd_write");
    }
}

static void what_nobody_grants_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const imports[][2] = {
        {"(import \"env\" \"memory\" (memory 1))", "env.memory"},
        {"(import \"env\" \"table\" (table 1 funcref))", "env.table"},
        {"(import \"env\" \"base\" (global i32))", "env.base"},
        {"(import \"env\" \"system\" (func (param i32) (result i32)))", "env.system"},
        {"(import \"wasi_snapshot_preview1\" \"fd_dup\" (func))", "wasi_snapshot_preview1.fd_dup"},
        {"(import \"wasi_snapshot_preview1\" \"fd_write2\" (func))", "fd_write2"},
        {"(import \"wasi_snapshot_preview1\" \"fd_writ\" (func))", "fd_writ,"},
        {"(import \"wasi_snapshot_preview2\" \"fd_write\" (func))", "wasi_snapshot_preview2"},
        {"(import \"wasi_unstable\" \"sock_accept\" (func (param i32 i32 i32) (result i32)))",
         "wasi_unstable.sock_accept"},
        {"(import \"wasi\" \"thread-spawn\" (func (param i32) (result i32)))", "thread-spawn"},
        {"(import \"\" \"\" (func))", "imports ., which"},
        {"(import \"host\" \"add\" (func (param i32 i64) (result i32)))", "host.add"},
    };
    for (size_t i = 0; i < sizeof imports / sizeof *imports; i++) {
        autotext wat = {0};
        text_add(&wat, "(module %s" START ")", imports[i][0]);
        refused(wat.bytes, BJ_ERROR_IMPORT, imports[i][1]);
    }
}

static void an_imported_memory_is_refused_also_when_it_is_exported_again(void **state)
{
    (void)state;
    refused("(module (import \"wasi_snapshot_preview1\" \"memory\" (memory 1))"
            " (export \"memory\" (memory 0))" START ")",
            BJ_ERROR_IMPORT, "wasi_snapshot_preview1.memory");
}

static void what_is_granted_and_what_is_not_is_described(void **state)
{
    (void)state;
    const char *wat = "(module (import \"wasi_snapshot_preview1\" \"proc_exit\""
                      " (func (param i32))) (import \"env\" \"memory\" (memory 1)))";
    bj_runtime *runtime = must_open(wat, strlen(wat));
    char *description = bj_runtime_describe(runtime);
    assert_non_null(strstr(description, "\"granted\": true"));
    assert_non_null(strstr(description, "\"granted\": false"));
    bj_free(description);
    bj_runtime_delete(runtime);
}

/* ---- Types. ---- */

static void every_type_is_described(void **state)
{
    (void)state;
    const char *wat = "(module (import \"a\" \"b\" (func (param i32 i64 f32 f64 v128 funcref)))"
                      "(import \"a\" \"c\" (global v128)) (import \"a\" \"d\" (global funcref))"
                      "(global (export \"e\") (mut v128) (v128.const i64x2 0 0))"
                      "(func (export \"f\") (param v128) (result v128 funcref) unreachable)"
                      "(table (export \"t\") 1 2 funcref) (memory (export \"memory\") 1 2))";
    bj_runtime *runtime = must_open(wat, strlen(wat));
    char *description = bj_runtime_describe(runtime);
    assert_non_null(strstr(description, "(i32 i64 f32 f64 v128 funcref) -> ()"));
    assert_non_null(strstr(description, "mutable v128"));
    assert_non_null(strstr(description, "(v128) -> (v128 funcref)"));
    check_json(description);
    bj_runtime_delete(runtime);
    const char *strange =
        "(module (type $t (func)) (func (export \"f\") (param (ref func) (ref null $t)"
        " (ref $t)) (result (ref null nofunc)) unreachable))";
    survive(strange, strlen(strange));
}

/* ---- Proposals. ---- */

static void proposals_that_are_off_are_refused(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "(module (memory 1) (memory 1)" START ")",
        "(module (memory i64 1)" START ")",
        "(module (table i64 1 funcref)" START ")",
        "(module (memory 1 2 shared)" START ")",
        "(module (memory 1) (func (export \"_start\")"
        " (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))",
        "(module (memory 1) (func (export \"_start\") atomic.fence))",
        "(module (type (struct (field i32)))" START ")",
        "(module (type (array i8))" START ")",
        "(module (func (export \"_start\") (drop (i32x4.relaxed_trunc_f32x4_s"
        " (v128.const i64x2 0 0)))))",
        "(module (func (export \"_start\") (drop (drop (i64.add128 (i64.const 0) (i64.const 0)"
        " (i64.const 0) (i64.const 0))))))",
        "(module (memory 1 (pagesize 1))" START ")",
        "(module (type $f (func)) (type $c (cont $f))" START ")",
        "(component)",
        "(component (core module))",
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        bj_error err = {0};
        if (bj_runtime_from_bytes(engine, modules[i], strlen(modules[i]), "test.wat", &err))
            fail_msg("accepted: %s", modules[i]);
        check_error(&err);
        assert_int_equal(err.code, BJ_ERROR_MODULE);
    }
}

static void typed_references_do_no_harm(void **state)
{
    (void)state;
    /* Wasmtime without its garbage collector has no switch for these. */
    static const char *const bodies[] = {
        "(drop (i31.get_u (ref.i31 (i32.const 1))))",
        "(drop (i31.get_s (ref.null i31)))",
        "(drop (ref.eq (ref.i31 (i32.const 1)) (ref.i31 (i32.const 1))))",
        "(drop (ref.test (ref i31) (ref.i31 (i32.const 1))))",
        "(drop (ref.cast (ref i31) (ref.i31 (i32.const 1))))",
        "(drop (extern.convert_any (ref.i31 (i32.const 1))))",
        "(drop (any.convert_extern (ref.null extern)))",
        "(drop (ref.null none))",
        "(drop (ref.null exn))",
        "(drop (ref.as_non_null (ref.null func)))",
        "(block (br_on_null 0 (ref.null func)) drop)",
        "(drop (ref.cast (ref func) (ref.null func)))",
        "(call_ref $t (ref.null $t))",
        "(return_call_ref $t (ref.func $f))",
        "(drop (ref.cast (ref $t) (ref.func $f)))",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        autotext wat = {0};
        text_add(
            &wat,
            "(module (type $t (func)) (type $u (sub (func))) (table 1 (ref func) (ref.func $f))"
            " (global (export \"g\") (ref $t) (ref.func $f)) (elem declare func $f)"
            " (func $f (type $t)) (func (export \"_start\") %s))",
            bodies[i]);
        survive(wat.bytes, wat.size);
    }
}

static void text_that_is_no_module_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"(",
                                        "(module",
                                        "(module))",
                                        "(module) (module)",
                                        ";; nothing",
                                        "(; open",
                                        "(modul)",
                                        "(module (func",
                                        "(module \"quoted\")",
                                        "(module binary \"\\00asm\")",
                                        " ",
                                        "(module quote \"(func)\")",
                                        "(assert_invalid (module) \"\")",
                                        "(module (func (export \"\\xff\")))",
                                        "(module (func (export \"\xff\")))",
                                        "(module (func (export \"a\") (export \"a\")))"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        survive(texts[i], strlen(texts[i]));
    refused("(module (func (export \"_start\")) (func (export \"a\")) (func (export \"a\")))",
            BJ_ERROR_MODULE, "duplicate");
    refused("(module (func (export \"_start\")) (func (result i32)))", BJ_ERROR_MODULE,
            "type mismatch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_thousand_functions_run),
        cmocka_unit_test(ten_thousand_exports_are_described),
        cmocka_unit_test(ten_thousand_imports_of_one_call_are_granted),
        cmocka_unit_test(as_many_locals_and_parameters_as_there_may_be),
        cmocka_unit_test(a_branch_table_as_large_as_there_may_be),
        cmocka_unit_test(large_segments),
        cmocka_unit_test(many_segments),
        cmocka_unit_test(hundreds_of_thousands_of_globals),
        cmocka_unit_test(five_tables),
        cmocka_unit_test(a_long_straight_function),
        cmocka_unit_test(nesting_a_hundred_thousand_deep),
        cmocka_unit_test(deep_nesting_on_a_thread_with_a_small_stack),
        cmocka_unit_test(nested_blocks_and_loops_run),
        cmocka_unit_test(names_of_a_hundred_thousand_bytes),
        cmocka_unit_test(names_cannot_forge_a_second_line),
        cmocka_unit_test(names_with_nul_and_quotes_are_described),
        cmocka_unit_test(a_start_function_by_another_name_is_no_start_function),
        cmocka_unit_test(a_start_function_must_have_the_right_type),
        cmocka_unit_test(a_call_with_the_wrong_type_is_refused_by_name),
        cmocka_unit_test(a_call_as_another_kind_of_import_is_refused),
        cmocka_unit_test(what_nobody_grants_is_refused_by_name),
        cmocka_unit_test(an_imported_memory_is_refused_also_when_it_is_exported_again),
        cmocka_unit_test(what_is_granted_and_what_is_not_is_described),
        cmocka_unit_test(every_type_is_described),
        cmocka_unit_test(proposals_that_are_off_are_refused),
        cmocka_unit_test(typed_references_do_no_harm),
        cmocka_unit_test(text_that_is_no_module_is_refused),
    };
    return cmocka_run_group_tests(tests, engine_begin_without_cache, engine_end);
}
