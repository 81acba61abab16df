/*
 * test_error.c: messages are one line that fits, whatever is put into them.
 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static void a_message_is_formatted_and_the_answer_is_minus_one(void **state)
{
    (void)state;
    bj_error err;
    assert_int_equal(bj_fail(&err, BJ_ERROR_ARGUMENT, "%s is %d", "x", 3), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(err.sys_errno, 0);
    assert_string_equal(err.message, "x is 3");
    assert_int_equal(bj_fail(NULL, BJ_ERROR_ARGUMENT, "nobody listens"), -1);
}

static void a_message_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    bj_error err;
    char name[1000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    bj_fail(&err, BJ_ERROR_IO, "%s", name);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    errno = ENOENT;
    bj_fail_errno(&err, "%s", name);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void a_message_is_not_cut_within_a_character(void **state)
{
    (void)state;
    for (size_t before = 0; before < 4; before++) {
        bj_error err;
        char name[400] = "xxxx";
        for (size_t at = before; at + 4 < sizeof name; at += 3)
            memcpy(name + at, "\xe2\x82\xac", 4);
        bj_fail(&err, BJ_ERROR_IO, "%s", name);
        size_t size = strlen(err.message);
        assert_in_range(size, sizeof err.message - 4, sizeof err.message - 1);
        assert_int_equal((size - before) % 3, 0);
    }
}

static void a_name_cannot_forge_a_second_line(void **state)
{
    (void)state;
    bj_error err;
    bj_fail(&err, BJ_ERROR_IO, "%s", "a\nerror: forged\x1b[31m");
    assert_string_equal(err.message, "a?error: forged?[31m");
}

static void errno_decides_the_code_and_is_told_in_words(void **state)
{
    (void)state;
    bj_error err;
    errno = ENOMEM;
    bj_fail_errno(&err, "mapping");
    assert_int_equal(err.code, BJ_ERROR_MEMORY);
    errno = EACCES;
    bj_fail_errno(&err, "opening");
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(err.sys_errno, EACCES);
    assert_string_equal(err.message, "opening: Permission denied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_formatted_and_the_answer_is_minus_one),
        cmocka_unit_test(a_message_that_does_not_fit_is_cut),
        cmocka_unit_test(a_message_is_not_cut_within_a_character),
        cmocka_unit_test(a_name_cannot_forge_a_second_line),
        cmocka_unit_test(errno_decides_the_code_and_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
