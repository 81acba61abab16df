/*
 * test_buffer.c: growth, the NUL behind the bytes, refusal of what cannot be.
 */
#include "base/buffer.h"

#include <string.h>

#include "unit.h"

static void an_empty_buffer_reads_as_an_empty_string(void **state)
{
    (void)state;
    bj_buffer buffer = {0};
    assert_string_equal(bj_buffer_text(&buffer), "");
    bj_buffer_free(&buffer);
}

static void appended_bytes_stand_in_order_with_a_nul_behind(void **state)
{
    (void)state;
    bj_buffer buffer = {0};
    for (int i = 0; i < 10000; i++)
        assert_int_equal(bj_buffer_append(&buffer, "0123456789", 10), 0);
    assert_int_equal(buffer.size, 100000);
    assert_int_equal(strlen(bj_buffer_text(&buffer)), 100000);
    assert_memory_equal(buffer.data + 99990, "0123456789", 10);
    bj_buffer_free(&buffer);
    assert_null(buffer.data);
}

static void a_size_that_overflows_is_refused_and_nothing_is_lost(void **state)
{
    (void)state;
    bj_buffer buffer = {0};
    assert_int_equal(bj_buffer_append(&buffer, "kept", 4), 0);
    assert_int_equal(bj_buffer_append(&buffer, "x", SIZE_MAX), -1);
    assert_int_equal(bj_buffer_append(&buffer, "x", SIZE_MAX - 4), -1);
    assert_string_equal(bj_buffer_text(&buffer), "kept");
    bj_buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_reads_as_an_empty_string),
        cmocka_unit_test(appended_bytes_stand_in_order_with_a_nul_behind),
        cmocka_unit_test(a_size_that_overflows_is_refused_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
