/*
 * test_sha256.c: the examples of FIPS 180-4 (NIST's "SHA-256 examples").
 */
#include "base/sha256.h"

#include <string.h>

#include "unit.h"

static void check(const char *text, const char *expected)
{
    char hex[BJ_SHA256_HEX];
    bj_sha256 digest = bj_sha256_of(text, strlen(text));
    bj_sha256_hex(&digest, hex);
    assert_string_equal(hex, expected);
}

static void the_published_examples_agree(void **state)
{
    (void)state;
    check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_published_examples_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
