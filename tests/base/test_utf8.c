/*
 * test_utf8.c: what RFC 3629 allows, at its edges, and what becomes of the rest.
 */
#include "base/utf8.h"

#include "unit.h"

static size_t sequence(const char *text, size_t size)
{
    return bj_utf8_sequence((bj_span){text, size});
}

static void sequences_of_all_lengths_are_recognised_at_their_edges(void **state)
{
    (void)state;
    assert_int_equal(sequence("a", 1), 1);
    assert_int_equal(sequence("\0", 1), 1);
    assert_int_equal(sequence("\xc2\x80", 2), 2);
    assert_int_equal(sequence("\xdf\xbf", 2), 2);
    assert_int_equal(sequence("\xe0\xa0\x80", 3), 3);
    assert_int_equal(sequence("\xed\x9f\xbf", 3), 3);
    assert_int_equal(sequence("\xf0\x90\x80\x80", 4), 4);
    assert_int_equal(sequence("\xf4\x8f\xbf\xbf", 4), 4);
}

static void overlong_surrogate_too_high_and_cut_sequences_are_refused(void **state)
{
    (void)state;
    assert_int_equal(sequence("", 0), 0);
    assert_int_equal(sequence("\x80", 1), 0);
    assert_int_equal(sequence("\xc0\x80", 2), 0);
    assert_int_equal(sequence("\xc1\xbf", 2), 0);
    assert_int_equal(sequence("\xe0\x9f\xbf", 3), 0);
    assert_int_equal(sequence("\xed\xa0\x80", 3), 0);
    assert_int_equal(sequence("\xf0\x8f\xbf\xbf", 4), 0);
    assert_int_equal(sequence("\xf4\x90\x80\x80", 4), 0);
    assert_int_equal(sequence("\xf5\x80\x80\x80", 4), 0);
    assert_int_equal(sequence("\xe2\x82", 2), 0);
    assert_int_equal(sequence("\xc3(", 2), 0);
}

static void sanitizing_replaces_bad_bytes_and_nothing_else(void **state)
{
    (void)state;
    bj_buffer out = {0};
    assert_int_equal(bj_utf8_sanitize(&out, (bj_span){"a\xff\xc3\xa9\xe2\x82z\x80", 8}), 0);
    assert_string_equal(bj_buffer_text(&out),
                        "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd");
    bj_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_of_all_lengths_are_recognised_at_their_edges),
        cmocka_unit_test(overlong_surrogate_too_high_and_cut_sequences_are_refused),
        cmocka_unit_test(sanitizing_replaces_bad_bytes_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
