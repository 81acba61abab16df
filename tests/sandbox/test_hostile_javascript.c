/*
 * test_hostile_javascript.c: what code that nobody has read might try, in JavaScript. What the language
 * can say is an ordinary exception, and the session goes on with its globals; what it cannot say is a
 * limit.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "javascript");
}

/* ---- Exceptions, in one session. ---- */

static const attempt attempts[] = {
    /* Memory and stack. */
    {"'a'.repeat(10 ** 10)", "RangeError|InternalError"},
    {"'a'.repeat(2 ** 29).split('').join('bb')", "RangeError|InternalError"},
    {"new ArrayBuffer(2 ** 31)", "RangeError|InternalError"},
    {"new Uint8Array(2 ** 53)", "RangeError|InternalError"},
    {"new Array(-1)", "RangeError"},
    {"{ const kept = []; for (;;) kept.push(new Uint8Array(1 << 20)) }",
     "RangeError|InternalError"},
    {"{ let s = 'x'; for (;;) s += s }", "RangeError|InternalError"},
    {"(function f() { f(); f() })()", "RangeError|InternalError"},
    {"(() => { const o = { toString() { return `${o}` } }; return String(o) })()",
     "RangeError|InternalError"},
    {"(() => { const o = { get x() { return o.x } }; return o.x })()", "RangeError|InternalError"},
    {"(() => { const p = new Proxy({}, { get: (t, k) => p[k] }); return p.x })()",
     "RangeError|InternalError"},
    {"(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a) })()",
     "RangeError|InternalError"},
    {"JSON.parse('['.repeat(1e6))", "SyntaxError|RangeError|InternalError"},
    {"eval('('.repeat(1e6))", "SyntaxError|RangeError|InternalError"},
    {"new RegExp('('.repeat(1e5) + ')'.repeat(1e5))", "SyntaxError|RangeError|InternalError"},
    {"[2, 1].sort(function again() { return [2, 1].sort(again) })", "RangeError|InternalError"},
    {"2n ** (2n ** 40n)", "RangeError|InternalError"},
    /* The world outside. */
    {"require('fs').readFileSync('/etc/passwd')", "Error"},
    {"require('fs').writeFileSync('/outside', '1')", "Error"},
    {"require('fs').symlinkSync('/etc', '/work/etc'); require('fs').readdirSync('/work/etc')",
     "Error"},
    {"require('child_process').execSync('id')", ""},
    {"require('net').connect(80)", ""},
    {"fetch('http://127.0.0.1/')", "ReferenceError"},
    {"new Worker('x')", "ReferenceError"},
    {"os.exec(['id'])", "TypeError"},
    {"os.Worker.prototype", "TypeError"},
    {"os.kill(1, 9)", "TypeError"},
    {"os.dup(1).x.y", "TypeError"},
    {"std.popen('id', 'r')", "TypeError"},
    {"std.urlGet('http://127.0.0.1/')", "TypeError"},
    {"std.loadScript('/etc/passwd')", ""},
    {"if (std.loadFile('/etc/passwd') === null) throw new URIError", "URIError"},
    {"if (std.open('/etc/passwd', 'r') === null) throw new URIError", "URIError"},
    {"if (std.open('../../etc/passwd', 'r') === null) throw new URIError", "URIError"},
    {"if (std.open('/outside', 'w') === null) throw new URIError", "URIError"},
    {"if (os.open('/etc/passwd', os.O_RDONLY) < 0) throw new URIError", "URIError"},
    {"if (os.readdir('/etc')[1] !== 0) throw new URIError", "URIError"},
    {"if (os.chdir('/etc') < 0) throw new URIError", "URIError"},
    {"if (os.remove('/work') < 0) throw new URIError", "URIError"},
    {"if (std.in.getline() === null) throw new URIError", "URIError"},
    /* JavaScript itself. */
    {"throw 1", ""},
    {"throw null", ""},
    {"throw undefined", ""},
    {"throw Symbol('s')", ""},
    {"throw { toString() { throw 1 } }", ""},
    {"throw { get name() { throw 1 }, get message() { throw 2 }, get stack() { throw 3 } }", ""},
    {"throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })", ""},
    {"class E extends Error { get name() { return 'N'.repeat(1e6) } }\nthrow new E", ""},
    {"throw Object.assign(new Error('m'), { stack: { toString: null } })", ""},
    {"throw new Error('\\ud800\\0\\udfff')", "Error"},
    {"Error.prepareStackTrace = () => { throw 1 }; throw new Error('own')", ""},
    {"delete Error.prepareStackTrace; nothing_at_all", "ReferenceError"},
    {"null.x", "TypeError"},
    {"Promise.reject(new EvalError('unheard'))", "EvalError"},
    {"(async () => { await null; throw new EvalError('later') })()", "EvalError"},
    {"setTimeout(() => { throw new EvalError('in a timer') }, 1)", "EvalError"},
    {"queueMicrotask(() => { throw new EvalError('in a job') })", "EvalError"},
};

static void what_the_language_can_say_is_an_exception(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "var survivor = 41; let other = 1"), BJ_OUTCOME_OK);
    all_raise(box, attempts, sizeof attempts / sizeof *attempts);
    expect_output(must_eval(box, "print(survivor + other)"), "42\n");
    bj_sandbox_delete(box);
}

/* ---- The file tree. ---- */

#define ASSERT "var assert = (c, what) => { if (!c) throw new Error('failed: ' + what) };\n"

static const char *const file_attempts[] = {
    ASSERT "{ const kept = [];\n"
           "  for (let i = 0; i < 10000; i++) {\n"
           "    const fd = os.open(`/work/${i}`, os.O_CREAT | os.O_RDWR);\n"
           "    if (fd < 0) { assert(fd === -std.Error.EMFILE, fd); break }\n"
           "    kept.push(fd) }\n"
           "  assert(kept.length > 200 && kept.length < 256, kept.length);\n"
           "  kept.forEach(fd => os.close(fd));\n"
           "  os.readdir('/work')[0].forEach(name => os.remove('/work/' + name)) }",
    "{ const fd = os.open('/work/large', os.O_CREAT | os.O_RDWR);\n"
    "  const piece = new ArrayBuffer(1 << 20); let total = 0, n;\n"
    "  while ((n = os.write(fd, piece, 0, 1 << 20)) > 0) total += n;\n"
    "  assert(n === -std.Error.ENOSPC, n);\n"
    "  assert(total > 60 << 20 && total <= 64 << 20, total);\n"
    "  os.close(fd); os.remove('/work/large') }",
    "{ let n, i = 0; os.mkdir('/work/many');\n"
    "  for (; i < 1e6; i++) { n = os.open(`/work/many/${i}`, os.O_CREAT | os.O_RDWR);\n"
    "    if (n < 0) break; os.close(n) }\n"
    "  assert(n === -std.Error.ENOSPC && i > 9000 && i <= 10000, [n, i]);\n"
    "  os.readdir('/work/many')[0].forEach(name => os.remove('/work/many/' + name));\n"
    "  os.remove('/work/many') }",
    ("{ let i = 0; while (i < 1e6 && os.mkdir('d') === 0 && os.chdir('d') === 0) i++;\n"
     "  assert(i > 100 && i < 1e6, i); os.chdir('/work') }"),
    "assert(std.open('a'.repeat(1e5), 'w') === null, 'a long name')",
    "assert(std.open('a/'.repeat(1e5), 'r') === null, 'a long path')",
};

static void the_file_tree_has_limits_that_javascript_knows(void **state)
{
    (void)state;
    all_run(file_attempts, sizeof file_attempts / sizeof *file_attempts);
}

/* ---- Ends. ---- */

static void exits_are_outcomes_and_end_the_sandbox(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        int code;
    } exits[] = {
        {"std.exit(3)", 3},
        {"std.exit(0)", 0},
        {"try { std.exit(4) } catch { std.exit(5) } finally { std.exit(6) }", 4},
        {"setTimeout(() => std.exit(7), 1)", 7},
        {"(async () => { await null; std.exit(8) })()", 8},
        {"process.exit(9)", 9},
        {"try { process.exit(10) } finally { process.exit(11) }", 10},
    };
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        expect_last_exit(exits[i].source, exits[i].code);
}

static void what_never_ends_is_ended_by_the_deadline(void **state)
{
    (void)state;
    static const char *const endless[] = {
        "for (;;);",
        "for (;;) try { for (;;); } catch {} finally { continue }",
        "os.sleep(1e9)",
        "setTimeout(() => {}, 1e9)",
        "setInterval(() => {}, 1)",
        "(function again() { Promise.resolve().then(again) })()",
        "await new Promise(() => setInterval(() => {}, 1000))",
        "/(a*)*b/.test('a'.repeat(50))",
        "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
        "new Array(2 ** 32 - 1).sort()",
        "for (;;) 3n ** (2n ** 18n)",
        "for (const o = { toString() { return o } };;) try { `${o}` } catch {}",
        "'x'.repeat(1e7).replace(/x*y/g, '')",
    };
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 200;
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++) {
        bj_sandbox *box = must_make(interpreter, &policy);
        bj_error err;
        bj_receipt *receipt =
            bj_sandbox_eval_as(box, endless[i], strlen(endless[i]),
                               strncmp(endless[i], "await", 5) ? 0 : BJ_EVAL_MODULE, &err);
        assert_non_null(receipt);
        if (bj_receipt_outcome(receipt) != BJ_OUTCOME_LIMIT)
            print_error("%s\n", endless[i]);
        expect_limit(receipt, "timeout");
        expect_ended(box);
        bj_sandbox_delete(box);
    }
}

static void what_never_ends_is_ended_by_fuel(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 100000000;
    expect_last_limit(&policy, "for (;;);", "fuel");
}

static void endless_output_is_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.output_bytes = 100000;
    static const char *const floods[] = {"for (;;) print('x'.repeat(100))",
                                         "for (;;) console.error('x')",
                                         "for (;;) std.out.puts('x')"};
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++)
        expect_last_limit(&policy, floods[i], "output-limit");
}

static void a_message_of_a_hundred_megabytes_is_cut_or_a_limit(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    for (policy.memory_bytes = 256 << 20; policy.memory_bytes <= 1 << 30;
         policy.memory_bytes *= 4) {
        bj_receipt *receipt = eval_fresh(&policy, "throw new Error('m'.repeat(1e8))");
        if (bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT) {
            expect_limit(receipt, "output-limit");
            continue;
        }
        assert_in_range(strlen(bj_receipt_error_message(receipt)), 10, 64 << 10);
        expect_error(receipt, "");
    }
}

/* A pipe whose other end stays open and silent, and a device that never stops. */
static void reading_what_never_comes_or_never_ends(void **state)
{
    (void)state;
    int ends[2];
    bj_policy policy;
    bj_error err;
    bj_policy_init(&policy);
    policy.wall_ms = 300;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, ends[0], &err), 0);
    expect_last_limit(&policy, "std.in.getline()", "timeout");
    expect_last_limit(&policy, "std.in.readAsString()", "timeout");
    close(ends[0]);
    close(ends[1]);
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(zero >= 0);
    policy.wall_ms = 5000;
    assert_int_equal(bj_policy_grant_stdin_fd(&policy, zero, &err), 0);
    bj_receipt *receipt = eval_fresh(&policy, "std.in.readAsString()");
    assert_true(bj_receipt_outcome(receipt) == BJ_OUTCOME_LIMIT || is_error(receipt, ""));
    bj_receipt_delete(receipt);
    close(zero);
    bj_policy_clear(&policy);
}

/* ---- Source. ---- */

static void source_of_every_kind(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(eval_bytes(box, "", 0), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, NULL, 0), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, "// nothing", 10), BJ_OUTCOME_OK);
    expect_outcome(eval_bytes(box, "#!shebang\nvar x = 1", 19), BJ_OUTCOME_OK);
    expect_error(eval_bytes(box, "x = 1\0y = 2", 11), "SyntaxError");
    expect_error(eval_bytes(box, "\0", 1), "SyntaxError");
    expect_error(eval_bytes(box, "x = \xff", 5), "SyntaxError");
    expect_error(eval_bytes(box, "x = (", 5), "SyntaxError");
    static const char *const pieces[] = {"(",   "[",  "{",    "!",     "a=>",
                                         "`${", "1+", "new ", "if(1)", "/*"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        autotext nested = {0};
        text_repeat(&nested, pieces[i], (1 << 20) / strlen(pieces[i]));
        expect_error(eval_bytes(box, nested.bytes, nested.size),
                     "SyntaxError|InternalError|RangeError");
    }
    expect_outcome(must_eval(box, "if (x !== 1) throw x"), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

static void source_of_64_megabytes(void **state)
{
    (void)state;
    autotext comments = {0}, statements = {0};
    text_repeat(&comments, "// 456789abcde\n", (64 << 20) / 15);
    text_add(&comments, "print(7)");
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_output(eval_bytes(box, comments.bytes, comments.size), "7\n");
    text_repeat(&statements, "x = 12345678; 0\n", (64 << 20) / 16);
    bj_receipt *receipt = eval_bytes(box, statements.bytes, statements.size);
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* ---- Interrupts. ---- */

static void an_interrupt_ends_what_runs_and_what_sleeps(void **state)
{
    (void)state;
    expect_interruptible("for (;;);");
    expect_interruptible("os.sleep(1e9)");
    expect_interruptible("setTimeout(() => {}, 1e9)");
    expect_interruptible("for (;;) try { os.sleep(1e9) } catch {}");
}

static void an_interrupt_before_an_eval_ends_that_one(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "x = 1"), BJ_OUTCOME_OK);
    bj_sandbox_interrupt(box);
    expect_outcome(must_eval(box, "x = 1"), BJ_OUTCOME_INTERRUPTED);
    expect_ended(box);
    bj_sandbox_delete(box);
}

static void sandboxes_know_nothing_of_each_other(void **state)
{
    (void)state;
    bj_sandbox *one = must_make(interpreter, NULL), *two = must_make(interpreter, NULL);
    expect_outcome(must_eval(one, "var secret = 1; Object.prototype.secret = 2;\n"
                                  "std.writeFile('/work/secret', '3')"),
                   BJ_OUTCOME_OK);
    expect_output(must_eval(two, "print(typeof secret, ({}).secret, std.loadFile('/work/secret'))"),
                  "undefined undefined null\n");
    bj_receipt *first = must_eval(one, "print(Math.random())");
    bj_receipt *second = must_eval(two, "print(Math.random())");
    assert_string_not_equal(bj_receipt_stdout(first, NULL), bj_receipt_stdout(second, NULL));
    bj_receipt_delete(first);
    bj_receipt_delete(second);
    bj_sandbox_delete(one);
    bj_sandbox_delete(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_language_can_say_is_an_exception),
        cmocka_unit_test(the_file_tree_has_limits_that_javascript_knows),
        cmocka_unit_test(exits_are_outcomes_and_end_the_sandbox),
        cmocka_unit_test(what_never_ends_is_ended_by_the_deadline),
        cmocka_unit_test(what_never_ends_is_ended_by_fuel),
        cmocka_unit_test(endless_output_is_a_limit),
        cmocka_unit_test(a_message_of_a_hundred_megabytes_is_cut_or_a_limit),
        cmocka_unit_test(reading_what_never_comes_or_never_ends),
        cmocka_unit_test(source_of_every_kind),
        cmocka_unit_test(source_of_64_megabytes),
        cmocka_unit_test(an_interrupt_ends_what_runs_and_what_sleeps),
        cmocka_unit_test(an_interrupt_before_an_eval_ends_that_one),
        cmocka_unit_test(sandboxes_know_nothing_of_each_other),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
