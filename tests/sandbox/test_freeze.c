/*
 * test_freeze.c: interpreters that were started once and live on as images: what belongs to one sandbox
 * alone is never shared by them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static bj_runtime *python, *javascript;

/* The image of a guest, frozen here from the guest as it was built, with its library. */
static bj_runtime *open_image(const char *guest)
{
    char plain[512], image[512], from[512], to[512];
    bj_error err = {0};
    snprintf(plain, sizeof plain, "%s/%s.wasm", getenv("BELLJAR_GUESTS"), guest);
    bj_runtime *runtime = bj_runtime_open(engine, plain, &err);
    if (!runtime)
        fail_msg("%s", err.message);
    size_t size;
    char *bytes = bj_runtime_freeze(runtime, &size, &err);
    bj_runtime_delete(runtime);
    if (!bytes)
        fail_msg("%s", err.message);

    char folder[] = "/tmp/belljar-image-XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(image, sizeof image, "%s/%s.image.wasm", folder, guest);
    snprintf(from, sizeof from, "%s/%s-lib.zip", getenv("BELLJAR_GUESTS"), guest);
    snprintf(to, sizeof to, "%s/%s-lib.zip", folder, guest);
    FILE *file = fopen(image, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    bj_free(bytes);
    bool has_library = access(from, F_OK) == 0;
    if (has_library)
        assert_int_equal(symlink(from, to), 0);
    bj_runtime *frozen = bj_runtime_open(engine, image, &err);
    if (!frozen)
        fail_msg("%s", err.message);
    unlink(image);
    unlink(to);
    rmdir(folder);
    return frozen;
}

static int begin(void **state)
{
    engine_begin(state);
    python = open_image("python");
    javascript = open_image("javascript");
    return 0;
}

static int end(void **state)
{
    bj_runtime_delete(python);
    bj_runtime_delete(javascript);
    return engine_end(state);
}

/* What a fresh sandbox prints for `source`; to be freed. */
static char *fresh_output(bj_runtime *runtime, const char *source)
{
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = must_make(runtime, &policy);
    bj_receipt *receipt = must_eval(box, source);
    if (bj_receipt_outcome(receipt) != BJ_OUTCOME_OK)
        fail_msg("%s: %s", source, bj_receipt_stderr(receipt, NULL));
    char *output = strdup(bj_receipt_stdout(receipt, NULL));
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    return output;
}

static void an_image_answers_as_the_guest_does(void **state)
{
    (void)state;
    char *one =
        fresh_output(python, "import json, sqlite3, sys\nprint(json.dumps([6 * 7]), __name__)");
    char *two = fresh_output(javascript, "console.log([6 * 7])");
    assert_string_equal(one, "[42] __main__\n");
    assert_string_equal(two, "[ 42 ]\n");
    free(one);
    free(two);
}

static void two_sandboxes_of_an_image_differ_in_what_must_be_random(void **state)
{
    (void)state;
    static const struct {
        bj_runtime **runtime;
        const char *source;
    } cases[] = {
        {&python, "import random; print(random.random(), random.getrandbits(64))"},
        {&python, "import uuid; print(uuid.uuid4())"},
        {&python, "import secrets; print(secrets.token_hex())"},
        {&python, "import os; print(os.urandom(8))"},
        {&python, "import tempfile; print(tempfile.mkdtemp(dir='/work'))"},
        {&javascript, "console.log(Math.random())"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *one = fresh_output(*cases[i].runtime, cases[i].source);
        char *two = fresh_output(*cases[i].runtime, cases[i].source);
        if (strcmp(one, two) == 0)
            fail_msg("%s is the same twice: %s", cases[i].source, one);
        free(one);
        free(two);
    }
}

static void clocks_run_from_now(void **state)
{
    (void)state;
    char *now = fresh_output(python, "import time; print(time.time())");
    char *monotonic = fresh_output(python, "import time; print(time.monotonic())");
    char *milliseconds = fresh_output(javascript, "console.log(Date.now())");
    assert_true(llabs(atoll(now) - (long long)time(NULL)) < 60);
    assert_true(llabs(atoll(milliseconds) / 1000 - (long long)time(NULL)) < 60);
    assert_true(atof(monotonic) < 60);
    free(now);
    free(monotonic);
    free(milliseconds);
}

static void arguments_and_variables_are_the_sandbox_s_own(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        bj_policy policy;
        bj_error err;
        const char *value = i == 0 ? "first" : "second";
        bj_policy_init(&policy);
        assert_int_equal(bj_policy_grant_arg(&policy, "script.py", &err), 0);
        assert_int_equal(bj_policy_grant_arg(&policy, value, &err), 0);
        assert_int_equal(bj_policy_grant_env(&policy, "WHICH", value, &err), 0);
        bj_sandbox *box = must_make(python, &policy);
        bj_receipt *receipt =
            must_eval(box, "import os, sys; print(sys.argv, os.environ['WHICH'], os.getcwd())");
        char expected[100];
        snprintf(expected, sizeof expected, "['script.py', '%s'] %s /work\n", value, value);
        assert_string_equal(bj_receipt_stdout(receipt, NULL), expected);
        bj_receipt_delete(receipt);
        bj_sandbox_delete(box);
        bj_policy_clear(&policy);
    }
}

static void what_one_sandbox_wrote_the_next_one_does_not_find(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        char *before = fresh_output(
            python,
            "import gc, json\nprint('secret' in globals(), hasattr(json, 'mark'))\n"
            "secret = b'under glass' * 200000\njson.mark = 1\nopen('left', 'w').write('x')");
        char *files = fresh_output(python, "import os; print(os.listdir('/work'))");
        assert_string_equal(before, "False False\n");
        assert_string_equal(files, "[]\n");
        free(before);
        free(files);
    }
}

static void only_an_interpreter_that_has_not_been_started_can_be_frozen(void **state)
{
    (void)state;
    const char *wat = "(module (func (export \"_start\")))";
    bj_runtime *command = must_open(wat, strlen(wat));
    bj_error err = {0};
    size_t size;
    assert_null(bj_runtime_freeze(command, &size, &err));
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    assert_null(bj_runtime_freeze(python, &size, &err));
    assert_int_equal(err.code, BJ_ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "an image already"));
    bj_runtime_delete(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_answers_as_the_guest_does),
        cmocka_unit_test(two_sandboxes_of_an_image_differ_in_what_must_be_random),
        cmocka_unit_test(clocks_run_from_now),
        cmocka_unit_test(arguments_and_variables_are_the_sandbox_s_own),
        cmocka_unit_test(what_one_sandbox_wrote_the_next_one_does_not_find),
        cmocka_unit_test(only_an_interpreter_that_has_not_been_started_can_be_frozen),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
