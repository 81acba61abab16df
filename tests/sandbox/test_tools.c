/*
 * test_tools.c: host functions that guests call: what they are given, what comes back, and guests, tools and
 * embedders that do their worst with them.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

/* ---------------------------------------------------------------- tools */

typedef struct trial {
    unsigned calls, released;
    char arguments[256]; /* of the last call */
    bj_sandbox *box;     /* that calls it */
    bj_error_code found; /* by a tool that uses it */
    bj_tool_call *kept;
} trial;

static void answer(bj_tool_call *call, const char *json)
{
    bj_tool_call_return(call, json, strlen(json));
}

static void note(trial *t, const bj_tool_call *call)
{
    size_t size;
    const char *arguments = bj_tool_call_arguments(call, &size);
    t->calls++;
    snprintf(t->arguments, sizeof t->arguments, "%.*s", (int)size, arguments);
}

static void echo(void *user, bj_tool_call *call)
{
    size_t size;
    const char *arguments = bj_tool_call_arguments(call, &size);
    note(user, call);
    bj_tool_call_return(call, arguments, size);
}

static void raises(void *user, bj_tool_call *call)
{
    note(user, call);
    bj_tool_call_raise(call, "KeyError", "no such city: \xff\xfe");
}

static void says_nonsense(void *user, bj_tool_call *call)
{
    note(user, call);
    answer(call, "{\"a\": [1, 2");
}

static void keeps(void *user, bj_tool_call *call)
{
    trial *t = user;
    note(t, call);
    t->kept = call;
}

static void *answer_later(void *call)
{
    const struct timespec while_ = {.tv_nsec = 20000000};
    nanosleep(&while_, NULL);
    answer(call, "\"late\"");
    return NULL;
}

static void answers_from_a_thread(void *user, bj_tool_call *call)
{
    pthread_t thread;
    note(user, call);
    assert_int_equal(pthread_create(&thread, NULL, answer_later, call), 0);
    pthread_detach(thread);
}

static void enters_again(void *user, bj_tool_call *call)
{
    trial *t = user;
    bj_error err = {.code = BJ_ERROR_NONE};
    note(t, call);
    bj_receipt *receipt = bj_sandbox_eval(t->box, "1", 1, &err);
    assert_null(receipt);
    t->found = err.code;
    assert_null(bj_sandbox_snapshot(t->box, &err));
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    assert_int_equal(bj_sandbox_revoke_tool(t->box, "again", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_BUSY);
    answer(call, "null");
}

static void raises_at_length(void *user, bj_tool_call *call)
{
    char message[65536];
    note(user, call);
    memset(message, 1, sizeof message - 1);
    message[sizeof message - 1] = 0;
    bj_tool_call_raise(call, "KeyError", message);
}

static void count_release(void *user)
{
    ((trial *)user)->released++;
}

static bj_tool tool_of(const char *name, bj_tool_fn fn, trial *t)
{
    bj_tool tool;
    bj_tool_init(&tool);
    tool.name = name;
    tool.call = fn;
    tool.rich = true;
    tool.release = count_release;
    tool.user = t;
    return tool;
}

static void must_grant(bj_policy *policy, const bj_tool *tool)
{
    bj_error err;
    if (bj_policy_grant_tool(policy, tool, &err) < 0)
        fail_msg("%s", err.message);
}

/* A policy with one tool. */
static bj_policy granting(const char *name, bj_tool_fn fn, trial *t)
{
    bj_policy policy;
    bj_tool tool = tool_of(name, fn, t);
    bj_policy_init(&policy);
    must_grant(&policy, &tool);
    return policy;
}

static void value_is(bj_sandbox *box, const char *source, const char *json)
{
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval_as(box, source, strlen(source), BJ_EVAL_RICH, &err);
    if (!receipt)
        fail_msg("%s: %s", source, err.message);
    const char *value = bj_receipt_value(receipt, NULL);
    if (!value || strcmp(value, json) != 0)
        fail_msg("%s is %s, not %s: %s", source, value ? value : "nothing", json,
                 bj_receipt_stderr(receipt, NULL));
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
}

static void raised_is(bj_sandbox *box, const char *source, const char *type, const char *message)
{
    bj_receipt *receipt = must_eval(box, source);
    const char *said = bj_receipt_error_message(receipt);
    if (!is_error(receipt, type) || !strstr(said, message))
        fail_msg("%s: %s: %s", source, bj_receipt_error_type(receipt), said ? said : "no error");
    bj_receipt_delete(receipt);
}

static bj_tool_use use_of(const bj_receipt *receipt, size_t number)
{
    bj_tool_use use = {.size = sizeof use};
    assert_true(bj_receipt_tool_use(receipt, number, &use));
    return use;
}

/* ---------------------------------------------------------------- Python */

static int begin_python(void **state)
{
    return session_begin(state, "python");
}

static void python_calls_a_tool_by_its_name(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "tools.echo(a=1, b='x')", "{\"a\":1,\"b\":\"x\"}");
    assert_string_equal(t.arguments, "{\"a\":1,\"b\":\"x\"}");
    value_is(box, "tools.echo()", "{}");
    value_is(box, "from belljar_tools import tools as t; t.echo(c=None)['c']", "null");
    value_is(box, "'echo' in globals(), list(tools)", "{\"$tuple\":[false,[\"echo\"]]}");
    raised_is(box, "tools.nope", "AttributeError", "there are: echo");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    assert_int_equal(t.calls, 3);
    assert_int_equal(t.released, 1);
}

static void python_without_tools_knows_of_none(void **state)
{
    (void)state;
    expect_error(eval_fresh(NULL, "tools"), "NameError");
    expect_error(eval_fresh(NULL, "from belljar_tools import tools; tools.x()"), "AttributeError");
    expect_error(eval_fresh(NULL, "import _belljar_host as h, json\n"
                                  "status, text = h.call('x', b'{}')\n"
                                  "assert status == 2, status\n"
                                  "raise KeyError(json.loads(text)['message'])"),
                 "KeyError");
}

static void python_gets_global_functions_where_that_is_asked_for(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("find", echo, &t);
    bj_policy_init(&policy);
    tool.global = true;
    tool.description = "Finds things.";
    tool.schema = "{\"properties\":{\"what\":{},\"where\":{}}}";
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "find('x', where=2)", "{\"where\":2,\"what\":\"x\"}");
    value_is(box, "find.__doc__", "\"Finds things.\"");
    value_is(box, "sorted(find.schema['properties'])", "[\"what\",\"where\"]");
    raised_is(box, "find(1, 2, 3)", "TypeError", "takes 2 arguments");
    raised_is(box, "find(1, what=3)", "TypeError", "two values");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void values_of_python_pass_both_ways(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box,
             "import datetime as d, decimal, dataclasses, collections\n"
             "@dataclasses.dataclass\n"
             "class Point: x: int; y: object\n"
             "named = collections.namedtuple('named', 'a b')\n"
             "x = [b'\\0\\xff', bytearray(b'a'), 2**70, -2**64, 1+2j, decimal.Decimal('1.50'), (1, "
             "(2,)), {3}, \n"
             "     frozenset([4]), d.datetime(2020, 1, 2, 3, 4, 5, 6, d.timezone.utc), "
             "d.date(2020, 1, 2), d.time(1, 2),\n"
             "     d.timedelta(1, 2, 3), {1: 2, '$x': 3}, {'$y': 1}, float('inf'), -0.0]\n"
             "y = tools.echo(x=x)['x']\n"
             "assert y == x, (x, y)\n"
             "assert [type(a) for a in y][2:] == [type(a) for a in x][2:]\n"
             "n = tools.echo(x=float('nan'))['x']\n"
             "assert n != n\n"
             "tools.echo(x=[Point(1, {2}), named(1, 2)])['x']",
             "[{\"x\":1,\"y\":{\"$set\":[2]}},{\"a\":1,\"b\":2}]");
    raised_is(box, "tools.echo(x=object())", "TypeError", "cannot leave the sandbox");
    raised_is(box, "a = []\na.append(a)\ntools.echo(x=a)", "ValueError", "nested too deeply");
    raised_is(box, "tools.echo(x='\\ud800')", "UnicodeEncodeError", "surrogates");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* Without `rich` a tool takes JSON and gives JSON, whatever the guest means by its own. */
static void plain_tools_know_json_alone(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("echo", echo, &t);
    bj_policy_init(&policy);
    tool.rich = false;
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box,
             "tools.echo(x=(1, [2**70]), **{'$set': {'$int': 'ff'}}) == "
             "{'x': [1, [2**70]], '$set': {'$int': 'ff'}}",
             "true");
    assert_string_equal(t.arguments,
                        "{\"x\":[1,[1180591620717411303424]],\"$set\":{\"$int\":\"ff\"}}");
    static const char *const none[][2] = {
        {"tools.echo(x=b'x')", "bytes is no JSON"},       {"tools.echo(x={1})", "a set is no JSON"},
        {"tools.echo(x=float('nan'))", "NaN is no JSON"}, {"tools.echo(x={1: 2})", "no strings"},
        {"tools.echo(x=1 << 1025)", "308 digits"},
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        raised_is(box, none[i][0], "belljar_tools.ToolRefused", none[i][1]);
    assert_int_equal(t.calls, 1);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void rich_values_of_python(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    value_is(box, "(1, [2, (3,)])", "{\"$tuple\":[1,[2,{\"$tuple\":[3]}]]}");
    value_is(box, "2**64", "{\"$int\":\"10000000000000000\"}");
    value_is(box, "float('-inf')", "{\"$float\":\"-inf\"}");
    value_is(box, "{'$bytes': 'x'}", "{\"$$bytes\":\"x\"}");
    value_is(box, "b'abc'", "{\"$bytes\":\"YWJj\"}");
    bj_error err;
    bj_receipt *receipt = bj_sandbox_eval_as(box, "object()", 8, BJ_EVAL_RICH, &err);
    assert_null(bj_receipt_value(receipt, NULL));
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "b'x' * 2_000_000");
    assert_null(bj_receipt_value(receipt, NULL));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
}

/* ---------------------------------------------------------------- schema and limits */

/* A thousand calls of 64 KiB of message each: a receipt keeps 16 MiB of them, and counts the others. */
static void what_a_receipt_keeps_of_tools_is_bounded(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("fail", raises_at_length, &t);
    bj_policy_init(&policy);
    policy.wall_ms = 250000;
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = must_eval(box, "for i in range(900):\n"
                                         "    try: tools.fail(i=i)\n"
                                         "    except Exception: pass");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    const size_t told = bj_receipt_tool_use_count(receipt);
    size_t bytes = 0;
    for (size_t i = 0; i < told; i++)
        bytes += strlen(use_of(receipt, i).message) + strlen(use_of(receipt, i).arguments);
    assert_in_range(bytes, 15 << 20, (16 << 20) + (128 << 10));
    assert_int_equal(told + bj_receipt_more_tool_uses(receipt), 900);
    char *described = bj_receipt_describe(receipt);
    assert_in_range(strlen(described), 32 << 20, 65 << 20);
    check_json(described);
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* A union that holds itself, as Pydantic makes them: as many branches of branches as two to the depth. A check of all of them
 * would not end. */
static void a_check_of_a_recursive_union_ends(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("query", echo, &t);
    bj_policy_init(&policy);
    tool.schema = "{\"properties\":{\"e\":{\"$ref\":\"#/$defs/E\"}},\"$defs\":{"
                  "\"And\":{\"type\":\"object\",\"properties\":{\"arg\":{\"$ref\":\"#/$defs/E\"},"
                  "\"kind\":{\"const\":\"and\"}},\"required\":[\"arg\",\"kind\"]},"
                  "\"Or\":{\"type\":\"object\",\"properties\":{\"arg\":{\"$ref\":\"#/$defs/E\"},"
                  "\"kind\":{\"const\":\"or\"}},\"required\":[\"arg\",\"kind\"]},"
                  "\"Leaf\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"number\"}},"
                  "\"required\":[\"v\"]},"
                  "\"E\":{\"anyOf\":[{\"$ref\":\"#/$defs/And\"},{\"$ref\":\"#/$defs/"
                  "Or\"},{\"$ref\":\"#/$defs/Leaf\"}]}}}";
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    raised_is(box,
              "e = {'v': 'bad'}\n"
              "for _ in range(55): e = {'arg': e, 'kind': 'or'}\n"
              "tools.query(e=e)",
              "belljar_tools.ToolRefused", "TypeError: query: /e: ");
    raised_is(box,
              "e = {'v': 1}\n"
              "for _ in range(55): e = {'arg': e, 'kind': 'or'}\n"
              "tools.query(e=e)\nraise KeyError('it fits')",
              "KeyError", "it fits");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void arguments_that_do_not_fit_never_reach_the_tool(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("search", echo, &t);
    bj_policy_init(&policy);
    tool.schema =
        "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"maxLength\":5,"
        "\"pattern\":\"^(a+)+$\"},\"n\":{\"type\":\"integer\",\"maximum\":10}},"
        "\"required\":[\"query\"],\"additionalProperties\":false}";
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    static const struct {
        const char *call, *message;
    } cases[] = {
        {"tools.search()", "required"},
        {"tools.search(query=1)", "string"},
        {"tools.search(query=b'a')", "/query: \"<bytes>\""},
        {"tools.search(query='a', n=11)", "maximum"},
        {"tools.search(query='a', n=True)", "integer"},
        {"tools.search(query='a', n=2**80)", "maximum"},
        {"tools.search(query='a', other=1)", "other"},
        {"tools.search(query='aaaaaaaaaaaa')", "5 characters"},
        {"tools.search(query='b')", "match"},
        {"import _belljar_host as h, belljar_tools as b\nb._raise('x', *h.call('search', b'[1]'))",
         "object"},
        {"import _belljar_host as h, belljar_tools as b\nb._raise('x', *h.call('search', b'{'))",
         "EOF"},
        {"import _belljar_host as h, belljar_tools as b\nb._raise('x', *h.call('search', b''))",
         "EOF"},
        {"import _belljar_host as h, belljar_tools as b\n"
         "b._raise('x', *h.call('search', b'{\"query\":\"\\xff\"}'))",
         "unicode"},
        {"import _belljar_host as h, belljar_tools as b\n"
         "b._raise('x', *h.call('search', b'[' * 100000))",
         "recursion"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        raised_is(box, cases[i].call, "belljar_tools.ToolRefused", cases[i].message);
    assert_int_equal(t.calls, 0);
    bj_receipt *receipt = must_eval(box, "tools.search(query='b' + 'a' * 100000 + 'b')");
    assert_string_equal(use_of(receipt, 0).outcome, "refused");
    assert_int_equal(use_of(receipt, 0).arguments_bytes, 100014);
    assert_int_equal(strlen(use_of(receipt, 0).arguments), 4096);
    bj_receipt_delete(receipt);
    value_is(box, "tools.search(query='aaa', n=3)['n']", "3");
    assert_int_equal(t.calls, 1);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void a_tool_that_is_not_granted_is_a_denial(void **state)
{
    (void)state;
    trial t = {0};
    bj_denial denial = {.size = sizeof denial};
    bj_policy policy = granting("echo", echo, &t);
    bj_receipt *receipt = eval_fresh(&policy, "import _belljar_host as h\n"
                                              "h.call('shell', b'{}')\n"
                                              "h.call('a' * 100000, b'{}')\n"
                                              "h.call('', b'{}')\n"
                                              "h.call('echo\\0', b'{}')[0]");
    assert_string_equal(bj_receipt_value(receipt, NULL), "2");
    assert_true(bj_receipt_denial(receipt, 0, &denial));
    assert_string_equal(denial.call, "tool_call");
    assert_string_equal(denial.path, "shell");
    assert_int_equal(bj_receipt_tool_use_count(receipt), 4);
    assert_int_equal(strlen(use_of(receipt, 1).name), 67); /* with an ellipsis */
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    bj_policy_clear(&policy);
    assert_int_equal(t.calls, 0);
}

static void limits_of_a_tool(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("echo", echo, &t);
    bj_policy_init(&policy);
    tool.most_calls = 3;
    tool.most_bytes = 100;
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    raised_is(box, "for i in range(9): tools.echo(i=i)", "belljar_tools.ToolRefused", "3 times");
    assert_int_equal(t.calls, 3);
    raised_is(box, "tools.echo(x='x' * 100)", "belljar_tools.ToolRefused", "bytes");
    value_is(box, "tools.echo(x=1)", "{\"x\":1}");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void a_tool_that_is_too_slow_is_given_up(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("slow", keeps, &t);
    bj_policy_init(&policy);
    tool.most_ms = 20;
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    raised_is(box, "tools.slow()", "belljar_tools.ToolTimeout", "20 ms");
    value_is(box, "1", "1");
    assert_false(bj_tool_call_is_wanted(t.kept));
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    assert_int_equal(t.released, 0);
    answer(t.kept, "1"); /* too late, and harmless */
    assert_int_equal(t.released, 1);
}

/* A guest that gives up calls leaves no more of them behind than it may, whatever it does in between. */
static void calls_that_are_given_up_are_counted_until_they_are_answered(void **state)
{
    (void)state;
    trial t = {0};
    bj_tool_call *kept[3];
    bj_policy policy;
    bj_tool slow = tool_of("slow", keeps, &t), quick = tool_of("quick", echo, &t);
    bj_policy_init(&policy);
    policy.open_calls = 3;
    slow.most_ms = 1;
    must_grant(&policy, &slow);
    must_grant(&policy, &quick);
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_snapshot *before = bj_sandbox_snapshot(box, NULL);
    value_is(box, "for i in range(100): tools.quick()\n1", "1");
    for (unsigned i = 0; i < 3; i++) {
        raised_is(box, "tools.slow()", "belljar_tools.ToolTimeout", "1 ms");
        kept[i] = t.kept;
    }
    raised_is(box, "tools.quick()", "belljar_tools.ToolRefused", "open-calls");
    assert_int_equal(bj_sandbox_rewind(box, before, NULL), 0);
    raised_is(box, "tools.slow()", "belljar_tools.ToolRefused", "3 calls of tools are unanswered");
    bj_sandbox *twin = bj_sandbox_fork(box, NULL);
    value_is(twin, "tools.quick()", "{}"); /* which has called nothing */
    answer(kept[1], "1");
    value_is(box, "tools.quick()", "{}");
    bj_snapshot_delete(before);
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    assert_int_equal(t.released, 1); /* `quick` */
    answer(kept[0], "1");
    answer(kept[2], "1");
    assert_int_equal(t.released, 2);
}

/* On the thread that asks, which waits where the guest does: for a tool, for a sleep. */
static void what_was_begun_in_steps_can_be_finished(void **state)
{
    (void)state;
    static const char source[] = "import time\ntime.sleep(0.01)\n[tools.later() for _ in range(3)]";
    trial t = {0};
    bj_error err = {0};
    bj_policy policy = granting("later", answers_from_a_thread, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    assert_null(bj_sandbox_finish(box, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    for (unsigned steps = 0; steps < 3; steps++) {
        bj_receipt *receipt = NULL;
        assert_int_equal(bj_sandbox_begin_eval(box, source, strlen(source), 0, NULL, NULL, &err),
                         0);
        for (unsigned i = 0; i < steps; i++)
            assert_int_not_equal(bj_sandbox_step_us(box, 10, &receipt, NULL, &err), BJ_STEP_FAILED);
        receipt = bj_sandbox_finish(box, &err);
        assert_non_null(receipt);
        assert_string_equal(bj_receipt_value(receipt, NULL), "[\"late\",\"late\",\"late\"]");
        bj_receipt_delete(receipt);
    }
    assert_int_equal(bj_sandbox_begin_eval(box, "while True: pass", 16, 0, NULL, NULL, &err), 0);
    bj_sandbox_interrupt(box);
    bj_receipt *receipt = bj_sandbox_finish(box, &err);
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    assert_null(bj_sandbox_finish(box, &err)); /* it is over */
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void notes_the_tag(void *user, bj_tool_call *call)
{
    char told[24];
    note(user, call);
    snprintf(told, sizeof told, "%llu", (unsigned long long)bj_tool_call_tag(call));
    answer(call, told);
}

static void a_tool_knows_who_calls_it(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("who", notes_the_tag, &t);
    tool.rich = false;
    bj_policy_init(&policy);
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "tools.who()", "0");
    bj_sandbox_set_tag(box, UINT64_C(1) << 62);
    value_is(box, "tools.who()", "{\"$int\":\"4000000000000000\"}");
    bj_sandbox *twin = bj_sandbox_fork(box, NULL);
    value_is(twin, "tools.who()", "0");
    bj_sandbox_delete(twin);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void the_deadline_holds_while_a_tool_runs(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("slow", keeps, &t);
    policy.wall_ms = 50;
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = must_eval(box, "tools.slow()");
    assert_string_equal(use_of(receipt, 0).outcome, "timed out");
    expect_limit(receipt, "timeout");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    bj_tool_call_raise(t.kept, "Late", "too late");
    assert_int_equal(t.released, 1);
}

static void *interrupt_soon(void *box)
{
    const struct timespec while_ = {.tv_nsec = 20000000};
    nanosleep(&while_, NULL);
    bj_sandbox_interrupt(box);
    return NULL;
}

static void an_interrupt_ends_what_waits_for_a_tool(void **state)
{
    (void)state;
    trial t = {0};
    pthread_t thread;
    bj_policy policy = granting("slow", keeps, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, box), 0);
    bj_receipt *receipt = must_eval(box, "tools.slow()");
    pthread_join(thread, NULL);
    assert_string_equal(use_of(receipt, 0).outcome, "interrupted");
    expect_outcome(receipt, BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    answer(t.kept, "1");
}

static void tools_count_as_host_calls_and_cost_fuel(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    policy.host_calls = 100;
    expect_limit(eval_fresh(&policy, "while True: tools.echo()"), "host-calls");
    policy.host_calls = 1000000;
    policy.fuel = 50000000;
    expect_limit(eval_fresh(&policy, "while True: tools.echo(x='x' * 1000)"), "fuel");
    bj_policy_clear(&policy);
}

static void more_calls_than_a_receipt_tells_of_are_counted(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    bj_receipt *receipt = eval_fresh(&policy, "for i in range(1234): tools.echo(i=i)");
    assert_int_equal(bj_receipt_tool_use_count(receipt), 1000);
    assert_int_equal(bj_receipt_more_tool_uses(receipt), 234);
    assert_string_equal(use_of(receipt, 999).arguments, "{\"i\":999}");
    check_json(bj_receipt_describe(receipt));
    expect_outcome(receipt, BJ_OUTCOME_OK);
    bj_policy_clear(&policy);
}

/* ---------------------------------------------------------------- answers */

static void what_a_tool_raises_is_raised_in_the_guest(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("weather", raises, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    raised_is(box, "tools.weather()", "belljar_tools.ToolError",
              "KeyError: no such city: \xef\xbf\xbd");
    value_is(box,
             "from belljar_tools import ToolError\n"
             "try: tools.weather()\n"
             "except ToolError as e: x = [e.tool, e.type, e.message[:7]]\n"
             "x",
             "[\"weather\",\"KeyError\",\"no such\"]");
    bj_receipt *receipt = must_eval(box, "try: tools.weather()\nexcept Exception: pass");
    assert_string_equal(use_of(receipt, 0).outcome, "raised");
    assert_string_equal(use_of(receipt, 0).message,
                        "KeyError: no such city: \xef\xbf\xbd\xef\xbf\xbd");
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void a_result_that_is_no_json_is_an_error(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("broken", says_nonsense, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    raised_is(box, "tools.broken()", "belljar_tools.ToolError", "no JSON");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void an_answer_may_come_from_another_thread(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("later", answers_from_a_thread, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    for (int i = 0; i < 5; i++)
        value_is(box, "tools.later()", "\"late\"");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void a_tool_cannot_enter_the_sandbox_that_waits_for_it(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("again", enters_again, &t);
    t.box = must_make(interpreter, &policy);
    value_is(t.box, "tools.again()", "null");
    assert_int_equal(t.found, BJ_ERROR_BUSY);
    value_is(t.box, "1 + 1", "2");
    bj_sandbox_delete(t.box);
    bj_policy_clear(&policy);
}

/* Runs in another thread while the guest waits for this tool. */
static void *eval_in_vain(void *user)
{
    trial *t = user;
    bj_error err = {.code = BJ_ERROR_NONE};
    bj_receipt *receipt = bj_sandbox_eval(t->box, "1", 1, &err);
    t->found = receipt ? BJ_ERROR_NONE : err.code;
    bj_receipt_delete(receipt);
    answer(t->kept, "null");
    return NULL;
}

static void starts_a_thread_that_evals(void *user, bj_tool_call *call)
{
    trial *t = user;
    pthread_t thread;
    note(t, call);
    t->kept = call;
    assert_int_equal(pthread_create(&thread, NULL, eval_in_vain, t), 0);
    pthread_detach(thread);
}

static void two_threads_cannot_be_in_one_sandbox(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("race", starts_a_thread_that_evals, &t);
    t.box = must_make(interpreter, &policy);
    value_is(t.box, "tools.race()", "null");
    assert_int_equal(t.found, BJ_ERROR_BUSY);
    bj_sandbox_delete(t.box);
    bj_policy_clear(&policy);
}

/* ---------------------------------------------------------------- granting */

static void tools_come_and_go_between_evals(void **state)
{
    (void)state;
    trial t = {0}, u = {0};
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_tool first = tool_of("first", echo, &t), second = tool_of("second", raises, &u);
    second.global = true;
    raised_is(box, "tools", "NameError", "tools");
    assert_int_equal(bj_sandbox_grant_tool(box, &first, &err), 0);
    value_is(box, "list(tools)", "[\"first\"]");
    assert_int_equal(bj_sandbox_grant_tool(box, &second, &err), 0);
    value_is(box, "old = tools.first; list(tools), callable(second)",
             "{\"$tuple\":[[\"first\",\"second\"],true]}");
    assert_int_equal(bj_sandbox_revoke_tool(box, "first", &err), 0);
    raised_is(box, "old()", "belljar_tools.ToolRefused", "granted");
    second.call = echo;
    assert_int_equal(bj_sandbox_grant_tool(box, &second, &err), 0);
    assert_int_equal(u.released, 1);
    value_is(box, "second(a=1)", "{\"a\":1}");
    assert_int_equal(bj_sandbox_revoke_tool(box, "second", &err), 0);
    raised_is(box, "second", "NameError", "second");
    value_is(box, "list(tools)", "[]");
    assert_int_equal(bj_sandbox_revoke_tool(box, "second", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    bj_sandbox_delete(box);
    assert_int_equal(t.released, 1);
    assert_int_equal(u.released, 2);
}

static void a_snapshot_takes_the_tools_of_its_policy(void **state)
{
    (void)state;
    trial t = {0}, u = {0};
    bj_error err;
    bj_policy policy = granting("echo", echo, &t), other = granting("other", echo, &u), none;
    bj_policy_init(&none);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "x = tools.echo(a=5)['a']; x", "5");
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &err);
    assert_non_null(snapshot);
    bj_sandbox_delete(box);
    box = bj_snapshot_spawn(snapshot, NULL, &err);
    value_is(box, "tools.echo(a=x)['a']", "5");
    bj_sandbox_delete(box);
    box = bj_snapshot_spawn(snapshot, &other, &err);
    value_is(box, "tools.other(a=x)['a'], list(tools)", "{\"$tuple\":[5,[\"other\"]]}");
    assert_int_equal(bj_sandbox_rewind(box, snapshot, &err), 0);
    value_is(box, "list(tools)", "[\"other\"]");
    bj_sandbox_delete(box);
    box = bj_snapshot_spawn(snapshot, &none, &err);
    value_is(box, "list(tools)", "[]");
    bj_sandbox_delete(box);
    bj_snapshot_delete(snapshot);
    bj_policy_clear(&policy);
    bj_policy_clear(&other);
    assert_int_equal(t.released, 1);
    assert_int_equal(u.released, 1);
}

static void what_cannot_be_a_tool_is_refused(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_policy_init(&policy);
    const char *const names[] = {
        "",
        "1a",
        "a-b",
        "a b",
        "ü",
        NULL,
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bj_error err;
        bj_tool tool = tool_of(names[i], echo, &t);
        assert_int_equal(bj_policy_grant_tool(&policy, &tool, &err), -1);
        assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
        check_error(&err);
    }
    const char *const schemas[] = {"",
                                   "{",
                                   "5",
                                   "{\"type\":\"nothing\"}",
                                   "{\"$ref\":\"https://example.com/x\"}",
                                   "{\"pattern\":\"(?=a)\"}",
                                   "{\"pattern\":\"(\"}"};
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        bj_error err;
        bj_tool tool = tool_of("x", echo, &t);
        tool.schema = schemas[i];
        if (bj_policy_grant_tool(&policy, &tool, &err) == 0)
            fail_msg("taken for a schema: %s", schemas[i]);
        check_error(&err);
    }
    bj_policy_clear(&policy);
    assert_int_equal(t.released, 0);
}

static void deterministic_runs_with_tools_are_the_same(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    policy.deterministic = true;
    bj_receipt *first = eval_fresh(&policy, "tools.echo(a=1)"),
               *second = eval_fresh(&policy, "tools.echo(a=1)");
    assert_string_equal(bj_receipt_digest(first), bj_receipt_digest(second));
    char *one = bj_receipt_describe(first), *two = bj_receipt_describe(second);
    assert_string_equal(one, two);
    bj_free(one);
    bj_free(two);
    bj_receipt_delete(first);
    bj_receipt_delete(second);
    bj_policy_clear(&policy);
}

static bj_receipt *echo_file(const bj_policy *policy, char last)
{
    static char bytes[5000];
    bj_error err;
    bj_sandbox *box = must_make(interpreter, policy);
    memset(bytes, 'x', sizeof bytes);
    bytes[sizeof bytes - 1] = last;
    assert_int_equal(bj_sandbox_write_file(box, "/work/in", bytes, sizeof bytes, &err), 0);
    bj_receipt *receipt = must_eval(box, "_ = tools.echo(a=open('in').read())");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
    return receipt;
}

/* Calls whose arguments differ behind what a receipt tells of them have other digests. */
static void a_digest_is_of_all_arguments(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("echo", echo, &t);
    policy.deterministic = true;
    bj_receipt *first = echo_file(&policy, 'a'), *same = echo_file(&policy, 'a'),
               *other = echo_file(&policy, 'b');
    assert_string_equal(use_of(first, 0).arguments, use_of(other, 0).arguments);
    assert_string_equal(bj_receipt_digest(first), bj_receipt_digest(same));
    assert_string_not_equal(bj_receipt_digest(first), bj_receipt_digest(other));
    bj_receipt_delete(first);
    bj_receipt_delete(same);
    bj_receipt_delete(other);
    bj_policy_clear(&policy);
}

/* What the guest calls that is not granted never looks like what is. */
static void a_name_that_is_cut_looks_like_no_other(void **state)
{
    static const char *const calls[] = {
        "import _belljar_host as h\nh.call('n' * 64, b'{}')",
        "import _belljar_host as h\nh.call('n' * 65, b'{}')",
        "import _belljar_host as h\nh.call('n' * 64 + chr(0), b'{}')",
        "import _belljar_host as h\nh.call('n' * 64 + chr(0x2026), b'{}')",
    };
    (void)state;
    trial t = {0};
    char granted[65] = {0};
    memset(granted, 'n', 64);
    bj_policy policy = granting(granted, echo, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        bj_receipt *receipt = must_eval(box, calls[i]);
        if (bj_receipt_tool_use_count(receipt) > 0)
            assert_true((strcmp(use_of(receipt, 0).name, granted) == 0) == (i == 0));
        else
            assert_true(i > 0);
        bj_receipt_delete(receipt);
    }
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* ---------------------------------------------------------------- JavaScript */

static int begin_javascript(void **state)
{
    return session_begin(state, "javascript");
}

static void javascript_calls_a_tool_by_its_name(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy;
    bj_tool tool = tool_of("echo", echo, &t);
    bj_policy_init(&policy);
    tool.global = true;
    tool.description = "Says it again.";
    tool.schema = "{\"properties\":{\"a\":{\"type\":\"integer\"}}}";
    must_grant(&policy, &tool);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(box, "tools.echo({a: 1, b: 'x'})", "{\"a\":1,\"b\":\"x\"}");
    value_is(box, "await tools.echo({a: 2})", "{\"a\":2}");
    value_is(box, "echo()", "{}");
    value_is(box, "[echo.name, echo.description, echo.schema.properties.a.type]",
             "[\"echo\",\"Says it again.\",\"integer\"]");
    value_is(box, "Object.keys(tools)", "[\"echo\"]");
    raised_is(box, "tools.echo({a: 'x'})", "ToolRefused", "integer");
    raised_is(box, "tools.echo(5)", "ToolRefused", "object");
    raised_is(box, "tools.nope()", "TypeError", "not a function");
    raised_is(box, "const a = {}; a.a = a; tools.echo(a)", "RangeError", "nested too deep");
    bj_error err;
    assert_int_equal(bj_sandbox_revoke_tool(box, "echo", &err), 0);
    raised_is(box, "echo()", "ReferenceError", "echo");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

static void what_a_tool_raises_is_thrown_in_javascript(void **state)
{
    (void)state;
    trial t = {0};
    bj_policy policy = granting("weather", raises, &t);
    bj_sandbox *box = must_make(interpreter, &policy);
    value_is(
        box,
        "try { await tools.weather() } catch (e) { [e.name, e.tool, e.type, e instanceof Error] }",
        "[\"ToolError\",\"weather\",\"KeyError\",true]");
    raised_is(box, "tools.weather()", "ToolError", "KeyError: no such city");
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* ---------------------------------------------------------------- modules */

#define IMPORTS                                                                                    \
    "(import \"belljar\" \"tools\" (func $tools (result i32)))"                                    \
    "(import \"belljar\" \"tool_call\" (func $call (param i32 i32 i32 i32) (result i32)))"         \
    "(import \"belljar\" \"tool_take\" (func $take (param i32 i32) (result i32)))"                 \
    "(import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"                   \
    "(memory (export \"memory\") 1)"                                                               \
    "(data (i32.const 0) \"echo\") (data (i32.const 8) \"{}\")"

/* Runs a command whose exit code is the value of `body`. */
static void command_exits(const char *body, int code)
{
    trial t = {0};
    autotext wat = {0};
    text_add(&wat, "(module " IMPORTS " (func (export \"_start\") (call $exit %s)))", body);
    bj_policy policy = granting("echo", echo, &t);
    bj_receipt *receipt = must_run(wat.bytes, &policy);
    if (bj_receipt_exit_code(receipt) != code)
        fail_msg("%s: %d, not %d", body, bj_receipt_exit_code(receipt), code);
    check_json(bj_receipt_describe(receipt));
    bj_receipt_delete(receipt);
    bj_policy_clear(&policy);
}

static void any_module_may_call_tools(void **state)
{
    (void)state;
#define CALL "(call $call (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 2))"
    command_exits(CALL, 0);
    command_exits("(i32.add " CALL "(call $take (i32.const 100) (i32.const 50)))", 2);
    command_exits("(i32.add " CALL "(i32.shr_u (i32.load16_u (i32.const 8)) (i32.const 8)))", '}');
}

static void pointers_outside_the_memory_are_refused(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "(call $call (i32.const 65535) (i32.const 4) (i32.const 8) (i32.const 2))",
        "(call $call (i32.const 0) (i32.const -1) (i32.const 8) (i32.const 2))",
        "(call $call (i32.const 0) (i32.const 4) (i32.const -1) (i32.const 2))",
        "(call $call (i32.const 0) (i32.const 4) (i32.const 8) (i32.const -1))",
        "(call $call (i32.const -1) (i32.const -1) (i32.const -1) (i32.const -1))",
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        command_exits(calls[i], 2);
    command_exits("(i32.and (i32.const 255) (i32.add " CALL
                  "(call $take (i32.const 65535) (i32.const 9))))",
                  255);
    command_exits(
        "(i32.add (i32.shl " CALL "(i32.const 4)) (call $take (i32.const -1) (i32.const 0)))", -1);
    /* Nothing waits any more once it was taken. */
    command_exits("(i32.add (i32.add " CALL "(call $take (i32.const 100) (i32.const 50)))"
                  " (call $take (i32.const 100) (i32.const 50)))",
                  2);
    command_exits("(i32.and (i32.const 127) (i32.add " CALL "(call $tools)))", 65);
}

int main(void)
{
    const struct CMUnitTest python[] = {
        cmocka_unit_test(python_calls_a_tool_by_its_name),
        cmocka_unit_test(python_without_tools_knows_of_none),
        cmocka_unit_test(python_gets_global_functions_where_that_is_asked_for),
        cmocka_unit_test(values_of_python_pass_both_ways),
        cmocka_unit_test(plain_tools_know_json_alone),
        cmocka_unit_test(rich_values_of_python),
        cmocka_unit_test(what_a_receipt_keeps_of_tools_is_bounded),
        cmocka_unit_test(a_check_of_a_recursive_union_ends),
        cmocka_unit_test(arguments_that_do_not_fit_never_reach_the_tool),
        cmocka_unit_test(a_tool_that_is_not_granted_is_a_denial),
        cmocka_unit_test(limits_of_a_tool),
        cmocka_unit_test(a_tool_that_is_too_slow_is_given_up),
        cmocka_unit_test(calls_that_are_given_up_are_counted_until_they_are_answered),
        cmocka_unit_test(a_tool_knows_who_calls_it),
        cmocka_unit_test(what_was_begun_in_steps_can_be_finished),
        cmocka_unit_test(the_deadline_holds_while_a_tool_runs),
        cmocka_unit_test(an_interrupt_ends_what_waits_for_a_tool),
        cmocka_unit_test(tools_count_as_host_calls_and_cost_fuel),
        cmocka_unit_test(more_calls_than_a_receipt_tells_of_are_counted),
        cmocka_unit_test(what_a_tool_raises_is_raised_in_the_guest),
        cmocka_unit_test(a_result_that_is_no_json_is_an_error),
        cmocka_unit_test(an_answer_may_come_from_another_thread),
        cmocka_unit_test(a_tool_cannot_enter_the_sandbox_that_waits_for_it),
        cmocka_unit_test(two_threads_cannot_be_in_one_sandbox),
        cmocka_unit_test(tools_come_and_go_between_evals),
        cmocka_unit_test(a_snapshot_takes_the_tools_of_its_policy),
        cmocka_unit_test(what_cannot_be_a_tool_is_refused),
        cmocka_unit_test(deterministic_runs_with_tools_are_the_same),
        cmocka_unit_test(a_digest_is_of_all_arguments),
        cmocka_unit_test(a_name_that_is_cut_looks_like_no_other),
    };
    const struct CMUnitTest javascript[] = {
        cmocka_unit_test(javascript_calls_a_tool_by_its_name),
        cmocka_unit_test(what_a_tool_raises_is_thrown_in_javascript),
        cmocka_unit_test(any_module_may_call_tools),
        cmocka_unit_test(pointers_outside_the_memory_are_refused),
    };
    return cmocka_run_group_tests_name("tools of Python", python, begin_python, session_end) +
           cmocka_run_group_tests_name("tools of JavaScript and modules", javascript,
                                       begin_javascript, session_end);
}
