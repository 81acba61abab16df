/*
 * test_displays.c: what guests show: what is kept of it, what is left out, and what is none. Modules that call the interface with
 * whatever they like, and programs whose values say how they look in ways that nobody should believe.
 */
#include <stdio.h>
#include <string.h>

#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

/* ---------------------------------------------------------------- modules */

/* Records at 0 and 16, types and data from 64 on. */
#define MODULE                                                                                     \
    "(module (import \"belljar\" \"display\" (func $show (param i32 i32 i32 i32) (result i32)))"   \
    " (memory (export \"memory\") 1)"                                                              \
    " (data (i32.const 64) \"text/plain\") (data (i32.const 80) \"image/png\")"                    \
    " (data (i32.const 96) \"Text/PLAIN\") (data (i32.const 112) \"a\\ff\\00b\")"                  \
    " (data (i32.const 128) \"{\\\"a\\\":1}\") (data (i32.const 144) \"text/p\\nlain\")"           \
    " (func $part (param $at i32) (param $type i32) (param $size i32) (param $data i32) (param "   \
    "$bytes i32)"                                                                                  \
    "  (i32.store (local.get $at) (local.get $type))"                                              \
    "  (i32.store offset=4 (local.get $at) (local.get $size))"                                     \
    "  (i32.store offset=8 (local.get $at) (local.get $data))"                                     \
    "  (i32.store offset=12 (local.get $at) (local.get $bytes)))"                                  \
    " (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))"     \
    " (func (export \"_start\") %s))"

#define PLAIN                                                                                      \
    "(call $part (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 112) (i32.const 4))"
#define PNG "(call $part (i32.const 16) (i32.const 80) (i32.const 9) (i32.const 112) (i32.const 4))"

static bj_receipt *run_module(const char *body, const bj_policy *policy)
{
    autotext wat = {0};
    text_add(&wat, MODULE, body);
    return must_run(wat.bytes, policy);
}

/* `prepare`, then a call with these arguments, which must answer -1; nothing is kept or counted. */
static void is_invalid(const char *prepare, const char *arguments)
{
    autotext body = {0};
    text_add(&body, "%s (call $is (call $show %s) (i32.const -1))", prepare, arguments);
    bj_receipt *receipt = run_module(body.bytes, NULL);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        fail_msg("it was taken: %s", arguments);
    assert_int_equal(bj_receipt_display_count(receipt), 0);
    assert_int_equal(bj_receipt_more_displays(receipt), 0);
    bj_receipt_delete(receipt);
}

static void any_module_may_show(void **state)
{
    (void)state;
    bj_receipt *receipt =
        run_module(PLAIN PNG "(call $is (call $show (i32.const 0) (i32.const 2) (i32.const 128)"
                             " (i32.const 7)) (i32.const 0))",
                   NULL);
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    assert_int_equal(bj_receipt_display_count(receipt), 1);
    bj_display shown = {.size = sizeof shown};
    bj_display_form form = {.size = sizeof form};
    assert_true(bj_receipt_display(receipt, 0, &shown));
    assert_false(bj_receipt_display(receipt, 1, &shown));
    assert_int_equal(shown.forms, 2);
    assert_string_equal(shown.metadata, "{\"a\":1}");
    assert_true(bj_receipt_display_form(receipt, 0, 0, &form));
    assert_string_equal(form.type, "text/plain");
    assert_true(form.is_text);
    assert_int_equal(form.bytes, 6);
    assert_memory_equal(form.data, "a\xef\xbf\xbd\0b", 7); /* UTF-8, and a NUL behind it */
    assert_true(bj_receipt_display_form(receipt, 0, 1, &form));
    assert_false(form.is_text);
    assert_int_equal(form.bytes, 4);
    assert_memory_equal(form.data, "a\xff\0b", 5);
    assert_false(bj_receipt_display_form(receipt, 0, 2, &form));
    assert_false(bj_receipt_display_form(receipt, 1, 0, &form));
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
}

static void calls_that_are_wrong_keep_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "(i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)",
        "(i32.const 0) (i32.const -1) (i32.const 0) (i32.const 0)",
        "(i32.const 0) (i32.const 65) (i32.const 0) (i32.const 0)",
        "(i32.const 65528) (i32.const 1) (i32.const 0) (i32.const 0)",
        "(i32.const -1) (i32.const 1) (i32.const 0) (i32.const 0)",
        "(i32.const 0) (i32.const 1) (i32.const 65535) (i32.const 2)",
        "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const 65537)",
        "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const -1)",
        "(i32.const 0) (i32.const 1) (i32.const 64) (i32.const 10)", /* no JSON */
        "(i32.const 0) (i32.const 1) (i32.const 133) (i32.const 1)", /* no object: 1 */
        "(i32.const 0) (i32.const 1) (i32.const 128) (i32.const 6)",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        is_invalid(PLAIN, wrong[i]);
    static const char *const parts[] = {
        "(i32.const 64) (i32.const 0) (i32.const 112) (i32.const 1)",   /* no type */
        "(i32.const 64) (i32.const 4) (i32.const 112) (i32.const 1)",   /* "text" */
        "(i32.const 64) (i32.const 5) (i32.const 112) (i32.const 1)",   /* "text/" */
        "(i32.const 68) (i32.const 6) (i32.const 112) (i32.const 1)",   /* "/plain" */
        "(i32.const 64) (i32.const 11) (i32.const 112) (i32.const 1)",  /* with a NUL */
        "(i32.const 144) (i32.const 11) (i32.const 112) (i32.const 1)", /* with a newline */
        "(i32.const 112) (i32.const 4) (i32.const 112) (i32.const 1)",
        "(i32.const 64) (i32.const 128) (i32.const 112) (i32.const 1)",
        "(i32.const 64) (i32.const 10000000) (i32.const 112) (i32.const 1)",
        "(i32.const -1) (i32.const 10) (i32.const 112) (i32.const 1)",
        "(i32.const 64) (i32.const 10) (i32.const 65535) (i32.const 2)",
        "(i32.const 64) (i32.const 10) (i32.const 112) (i32.const -1)",
        "(i32.const 64) (i32.const 10) (i32.const -1) (i32.const -1)",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        autotext prepare = {0};
        text_add(&prepare, "(call $part (i32.const 0) %s)", parts[i]);
        is_invalid(prepare.bytes, "(i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)");
    }
    /* The same type twice, whatever its capitals. */
    is_invalid(PLAIN "(call $part (i32.const 16) (i32.const 96) (i32.const 10) (i32.const 112)"
                     " (i32.const 4))",
               "(i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)");
}

/* Shows without end what is there; the answer is looked at by nobody. */
#define FOR_EVER                                                                                   \
    "(loop $again (drop (call $show (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))"     \
    " (br $again))"

static void what_is_beyond_the_count_is_counted(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.displays = 3;
    policy.host_calls = 1000;
    bj_receipt *receipt = run_module(PLAIN FOR_EVER, &policy);
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_LIMIT);
    assert_int_equal(bj_receipt_display_count(receipt), 3);
    assert_int_equal(bj_receipt_more_displays(receipt), 997);
    const char *part, *why;
    assert_true(bj_receipt_unfinished(receipt, 0, &part, &why));
    assert_string_equal(part, "displays");
    assert_string_equal(why, "count");
    bj_receipt_delete(receipt);
}

static void what_is_beyond_the_bytes_is_counted(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.displays = 10000;
    policy.host_calls = 20000;
    /* Forms with no bytes at all cost, too. */
    policy.display_bytes = 1000;
    bj_receipt *receipt = run_module("(call $part (i32.const 0) (i32.const 64) (i32.const 10) "
                                     "(i32.const 0) (i32.const 0))" FOR_EVER,
                                     &policy);
    assert_in_range(bj_receipt_display_count(receipt), 5, 15);
    assert_int_equal(bj_receipt_display_count(receipt) + bj_receipt_more_displays(receipt), 20000);
    bj_receipt_delete(receipt);
    /* Made valid, text is longer than it was. */
    policy.display_bytes = 65536 * 2;
    policy.host_calls = 10;
    receipt = run_module("(memory.fill (i32.const 1024) (i32.const 255) (i32.const 60000))"
                         "(call $part (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 1024) "
                         "(i32.const 60000))" FOR_EVER,
                         &policy);
    assert_int_equal(bj_receipt_display_count(receipt), 0);
    assert_int_equal(bj_receipt_more_displays(receipt), 10);
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
}

static void a_loop_ends_by_the_deadline(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    bj_receipt *receipt = run_module(PLAIN FOR_EVER, &policy);
    assert_string_equal(bj_receipt_limit_name(receipt), "timeout");
    assert_int_equal(bj_receipt_display_count(receipt), policy.displays);
    bj_receipt_delete(receipt);
}

static void bytes_cost_fuel(void **state)
{
    (void)state;
    uint64_t fuel[2];
    const char *const bodies[] = {
        PLAIN "(drop (call $show (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))",
        "(call $part (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 0) (i32.const 50000))"
        "(drop (call $show (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))"};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.fuel = 10000000;
    for (size_t i = 0; i < 2; i++) {
        bj_receipt *receipt = run_module(bodies[i], &policy);
        bj_usage usage = {.size = sizeof usage};
        bj_receipt_usage(receipt, &usage);
        fuel[i] = usage.fuel;
        bj_receipt_delete(receipt);
    }
    assert_int_equal(fuel[1] - fuel[0], 50000 - 4);
}

/* ---------------------------------------------------------------- programs */

static const char *form_of(const bj_receipt *receipt, size_t number, const char *type)
{
    bj_display_form form = {.size = sizeof form};
    for (size_t i = 0; bj_receipt_display_form(receipt, number, i, &form); i++)
        if (strcmp(form.type, type) == 0)
            return form.data;
    return NULL;
}

/* The program runs to its end and shows `count` things. */
static bj_receipt *shows(const char *source, size_t count)
{
    bj_receipt *receipt = eval_fresh(NULL, source);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK || bj_receipt_display_count(receipt) != count)
        fail_msg("%s\n%s\n%zu shown, %s", source, bj_outcome_name(bj_receipt_outcome(receipt)),
                 bj_receipt_display_count(receipt), bj_receipt_stderr(receipt, NULL));
    return receipt;
}

static void values_say_how_they_look(void **state)
{
    (void)state;
    bj_receipt *receipt = shows("class T:\n"
                                " def _repr_html_(self): return '<b>é</b>'\n"
                                " def _repr_png_(self): return b'\\x89PNG', {'width': 7}\n"
                                " def _repr_json_(self): return {'a': [1, None]}\n"
                                "T()",
                                1);
    bj_display shown = {.size = sizeof shown};
    assert_true(bj_receipt_display(receipt, 0, &shown));
    assert_string_equal(shown.metadata, "{\"image/png\": {\"width\": 7}}");
    assert_string_equal(form_of(receipt, 0, "text/html"), "<b>\xc3\xa9</b>");
    assert_string_equal(form_of(receipt, 0, "image/png"), "\x89PNG");
    assert_string_equal(form_of(receipt, 0, "application/json"), "{\"a\": [1, null]}");
    assert_non_null(strstr(form_of(receipt, 0, "text/plain"), "T object"));
    bj_receipt_delete(receipt);
    bj_receipt_delete(shows("display(1, 'two'); 3", 2));
    bj_receipt_delete(shows("[1, 2, 3]", 0));
    bj_receipt_delete(
        shows("class M:\n def __getattr__(self, name): return lambda *a, **k: '<x>'\nM()", 0));
    bj_receipt_delete(shows("class T:\n def _repr_html_(self): return 'x'\nT", 0)); /* the class */
}

static void values_that_lie_are_told_of_and_end_nothing(void **state)
{
    (void)state;
    static const char *const methods[] = {
        "_repr_html_(self): 1 / 0",
        "_repr_html_(self): return 7",
        "_repr_html_(self): return display(self)",
        "_repr_png_(self): return 'no base64 é'",
        "_repr_json_(self): return self",
        "_repr_json_(self): return '{'",
        "_repr_mimebundle_(self, **k): raise Exception",
        "_repr_mimebundle_(self): return {}",
        "_repr_mimebundle_(self, **k): return {'text/html': object()}",
        "_ipython_display_(self): raise OSError",
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        autotext source = {0};
        text_add(&source, "class T:\n def %s\nT()", methods[i]);
        bj_receipt *receipt = eval_fresh(NULL, source.bytes);
        if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK ||
            !strstr(bj_receipt_stderr(receipt, NULL), "display: "))
            fail_msg("%s: %s", methods[i], bj_receipt_stderr(receipt, NULL));
        bj_receipt_delete(receipt);
    }
    /* What is told by str subclasses, dicts and tuples of odd shapes. */
    bj_receipt_delete(shows("class S(str):\n def encode(self, *a): return 5\n"
                            "class T:\n def _repr_html_(self): return S('x')\nT()",
                            0));
    bj_receipt_delete(
        shows("class T:\n def _repr_mimebundle_(self, **k): return {1: 2, 'no type': 'x'}\n"
              " def __repr__(self): raise ValueError\nT()",
              0));
    expect_error(eval_fresh(NULL, "class T:\n def _repr_html_(self): raise KeyError\n"
                                  "display(T()); raise LookupError('own')"),
                 "LookupError");
}

static void programs_are_told_what_is_no_bundle(void **state)
{
    (void)state;
    const attempt attempts[] = {
        {"display({}, raw=True)", "ValueError"},
        {"display({'text': 'x'}, raw=True)", "ValueError"},
        {"display({'text/\\n': 'x'}, raw=True)", "ValueError"},
        {"display({'text/\\0': 'x'}, raw=True)", "ValueError"},
        {"display({'text/é': 'x'}, raw=True)", "ValueError"},
        {"display({'text/' + 'x' * 10_000_000: 'x'}, raw=True)", "ValueError"},
        {"display({'text/x' + str(i): '' for i in range(65)}, raw=True)", "ValueError"},
        {"display({'text/x': 5}, raw=True)", "TypeError"},
        {"display({5: 'x'}, raw=True)", "TypeError"},
        {"display({'text/x': 'x'}, raw=True, metadata=[1])", "ValueError"},
        {"display({'text/x': 'x'}, raw=True, metadata={'x': 'y' * 70000})", "ValueError"},
        {"d = {}\nfor i in range(70): d = {'a': d}\ndisplay({'text/x': 'x'}, raw=True, metadata=d)",
         "ValueError"},
        {"display(5, raw=True)", "AttributeError"},
    };
    bj_sandbox *box = must_make(interpreter, NULL);
    all_raise(box, attempts, sizeof attempts / sizeof *attempts);
    bj_sandbox_delete(box);
}

static void a_program_cannot_show_without_end(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.display_bytes = 1 << 20;
    bj_receipt *receipt =
        eval_fresh(&policy, "for i in range(20000): display({'text/plain': 'x'}, raw=True)\n"
                            "display({'image/png': bytes(10_000_000)}, raw=True)");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    assert_int_equal(bj_receipt_display_count(receipt), 100);
    assert_int_equal(bj_receipt_more_displays(receipt), 19901);
    bj_receipt_delete(receipt);
    policy = tight_policy();
    policy.wall_ms = 500;
    policy.memory_bytes = 64 << 20;
    receipt = eval_fresh(&policy, "class T:\n def _repr_html_(self):\n  while True: pass\nT()");
    assert_string_equal(bj_receipt_limit_name(receipt), "timeout");
    bj_receipt_delete(receipt);
}

static void an_eval_shows_what_it_showed_and_no_other(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt *receipt = must_eval(box, "display(1)");
    assert_int_equal(bj_receipt_display_count(receipt), 1);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "2");
    assert_int_equal(bj_receipt_display_count(receipt), 0);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "display(3); 1 / 0");
    assert_int_equal(bj_receipt_display_count(receipt), 1);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* The hook for figures, with what it asks of matplotlib.pyplot: which are open, save, close. tests/data has the real one. */
static void open_figures_are_shown_and_closed(void **state)
{
    (void)state;
    static const char stand_in[] =
        "import os, sys\n"
        "os.makedirs('matplotlib')\n"
        "open('matplotlib/__init__.py', 'w').close()\n"
        "with open('matplotlib/pyplot.py', 'w') as f: f.write('''\n"
        "open_ = {}\n"
        "class Figure:\n"
        "    def __init__(self, number): self.number = number\n"
        "    def savefig(self, file, format, bbox_inches): file.write(b'PNG %d' % self.number)\n"
        "def figure(number=None):\n"
        "    number = number or len(open_) + 1\n"
        "    return open_.setdefault(number, Figure(number))\n"
        "def get_fignums(): return list(open_)\n"
        "def close(which): open_.clear()\n"
        "def show(): raise AssertionError('nobody shows it')\n"
        "''')\n";
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, stand_in), BJ_OUTCOME_OK);
    bj_receipt *receipt =
        must_eval(box, "import matplotlib.pyplot as plt\nplt.figure(); plt.figure()");
    assert_int_equal(bj_receipt_display_count(receipt), 2);
    assert_string_equal(form_of(receipt, 0, "image/png"), "PNG 1");
    assert_string_equal(form_of(receipt, 1, "image/png"), "PNG 2");
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "plt.get_fignums()");
    assert_string_equal(bj_receipt_value(receipt, NULL), "[]");
    assert_int_equal(bj_receipt_display_count(receipt), 0);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "plt.figure(7); plt.show(); display('between'); plt.figure(8); 1 / 0");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_ERROR);
    assert_int_equal(bj_receipt_display_count(receipt), 3);
    assert_string_equal(form_of(receipt, 0, "image/png"), "PNG 7");
    assert_string_equal(form_of(receipt, 2, "image/png"), "PNG 8");
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "plt.Figure.savefig = None\nplt.figure(9)");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    assert_non_null(strstr(bj_receipt_stderr(receipt, NULL), "matplotlib.pyplot raised TypeError"));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

static void the_digest_tells_what_was_shown(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.deterministic = true;
    char digests[3][80];
    static const char *const sources[] = {"display({'image/png': bytes([a])}, raw=True)"};
    for (size_t i = 0; i < 3; i++) {
        bj_sandbox *box = must_make(interpreter, &policy);
        expect_outcome(must_eval(box, i == 2 ? "a = 8" : "a = 7"), BJ_OUTCOME_OK);
        bj_receipt *receipt = must_eval(box, sources[0]);
        snprintf(digests[i], sizeof digests[i], "%s", bj_receipt_digest(receipt));
        bj_receipt_delete(receipt);
        bj_sandbox_delete(box);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_string_not_equal(digests[0], digests[2]);
}

static void names_of_ipython(void **state)
{
    (void)state;
    bj_receipt *receipt =
        shows("from IPython.display import display, HTML, Image, SVG, Markdown, JSON, Latex\n"
              "from IPython import get_ipython, display as module\n"
              "import IPython, IPython.core.display\n"
              "assert get_ipython() is None and module.HTML is HTML is IPython.core.display.HTML\n"
              "display(HTML('<p>'), Markdown('*'), SVG('<svg/>'), JSON([1]), "
              "Image(b'\\xff\\xd8\\xff.'))\n"
              "Latex('$x$')",
              6);
    assert_string_equal(form_of(receipt, 0, "text/html"), "<p>");
    assert_string_equal(form_of(receipt, 1, "text/markdown"), "*");
    assert_string_equal(form_of(receipt, 2, "image/svg+xml"), "<svg/>");
    assert_string_equal(form_of(receipt, 3, "application/json"), "[1]");
    assert_string_equal(form_of(receipt, 4, "image/jpeg"), "\xff\xd8\xff.");
    assert_string_equal(form_of(receipt, 5, "text/latex"), "$x$");
    bj_receipt_delete(receipt);
    /* One that is installed is found before. */
    expect_output(eval_fresh(NULL,
                             "import os, sys\nos.makedirs('IPython')\n"
                             "open('IPython/__init__.py', 'w').write('own = 1')\n"
                             "import IPython\nprint(IPython.own)\n"
                             "try: import IPython.display\nexcept ImportError: print('none')"),
                  "1\nnone\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_module_may_show),
        cmocka_unit_test(calls_that_are_wrong_keep_nothing),
        cmocka_unit_test(what_is_beyond_the_count_is_counted),
        cmocka_unit_test(what_is_beyond_the_bytes_is_counted),
        cmocka_unit_test(a_loop_ends_by_the_deadline),
        cmocka_unit_test(bytes_cost_fuel),
        cmocka_unit_test(values_say_how_they_look),
        cmocka_unit_test(values_that_lie_are_told_of_and_end_nothing),
        cmocka_unit_test(programs_are_told_what_is_no_bundle),
        cmocka_unit_test(a_program_cannot_show_without_end),
        cmocka_unit_test(an_eval_shows_what_it_showed_and_no_other),
        cmocka_unit_test(open_figures_are_shown_and_closed),
        cmocka_unit_test(the_digest_tells_what_was_shown),
        cmocka_unit_test(names_of_ipython),
    };
    return cmocka_run_group_tests(tests, begin, session_end);
}
