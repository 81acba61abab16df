/*
 * test_quantity.c: numbers with units: exact, or refused with a reason.
 */
#include <errno.h>
#include <string.h>

#include "belljar.h"

#include "unit.h"

static void expect(bj_unit unit, const char *text, uint64_t value)
{
    uint64_t read = 0;
    bj_error err = {0};
    if (bj_quantity_read(unit, text, &read, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(read, value);
}

static void expect_refused(bj_unit unit, const char *text, int sys_errno)
{
    uint64_t read = 7;
    bj_error err = {0};
    assert_int_equal(bj_quantity_read(unit, text, &read, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_int_equal(err.sys_errno, sys_errno);
    assert_int_equal(read, 7);
    assert_int_equal(bj_quantity_read(unit, text, &read, NULL), -1);
}

static void sizes(void **state)
{
    (void)state;
    expect(BJ_UNIT_BYTES, "0", 0);
    expect(BJ_UNIT_BYTES, "65536", 65536);
    expect(BJ_UNIT_BYTES, "64K", 65536);
    expect(BJ_UNIT_BYTES, "64kib", 65536);
    expect(BJ_UNIT_BYTES, "64kB", 64000);
    expect(BJ_UNIT_BYTES, "1MB", 1000000);
    expect(BJ_UNIT_BYTES, "1M", 1048576);
    expect(BJ_UNIT_BYTES, "1.5G", 1610612736);
    expect(BJ_UNIT_BYTES, "0.5K", 512);
    expect(BJ_UNIT_BYTES, "18446744073709551615", UINT64_MAX);
    expect_refused(BJ_UNIT_BYTES, "18446744073709551616", ERANGE);
    expect_refused(BJ_UNIT_BYTES, "17179869184T", ERANGE);
    expect_refused(BJ_UNIT_BYTES, "0.5", EDOM);
    expect_refused(BJ_UNIT_BYTES, "0.0001K", EDOM);
}

static void times(void **state)
{
    (void)state;
    expect(BJ_UNIT_MILLISECONDS, "2", 2000);
    expect(BJ_UNIT_MILLISECONDS, "1.5s", 1500);
    expect(BJ_UNIT_MILLISECONDS, "500ms", 500);
    expect(BJ_UNIT_MILLISECONDS, "2m", 120000);
    expect(BJ_UNIT_MILLISECONDS, "1h", 3600000);
    expect_refused(BJ_UNIT_MILLISECONDS, "0.5ms", EDOM);
}

static void counts(void **state)
{
    (void)state;
    expect(BJ_UNIT_COUNT, "1_000_000", 1000000);
    expect(BJ_UNIT_COUNT, "1e9", 1000000000);
    expect(BJ_UNIT_COUNT, "500k", 500000);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"",      "K",   "-1",  "1 K", "1Kx",  "0x10",  "1__0",
                                       "_1",    "1_",  "1.",  ".5",  "1..2", "1e",    "1e+",
                                       "1e100", "inf", "nan", "1\n", "\xff", "1K\xff"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        expect_refused(BJ_UNIT_BYTES, none[i], EINVAL);
}

/* The text is a stranger's: it comes back in one clear line. */
static void the_message_is_one_line(void **state)
{
    (void)state;
    bj_error err = {0};
    uint64_t value;
    char text[1000];
    memset(text, '\x1b', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(bj_quantity_read(BJ_UNIT_BYTES, text, &value, &err), -1);
    assert_null(strchr(err.message, '\x1b'));
    assert_int_equal(bj_quantity_read(BJ_UNIT_BYTES, "much", &value, &err), -1);
    assert_string_equal(err.message, "'much' is no value such as 64K, 256M or 1G");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(times),
        cmocka_unit_test(counts),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(the_message_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
