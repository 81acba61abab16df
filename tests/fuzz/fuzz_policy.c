/*
 * fuzz_policy.c: policies of any bytes, as TOML and as JSON. A policy that is read is one that is valid and can be told; one that
 * is refused is as it was, and its error names a line.
 */
#include <stdlib.h>

#include "belljar.h"
#include "fuzz.h"

static void read_as(const uint8_t *data, size_t size, bj_policy_format format)
{
    bj_policy policy;
    bj_error err = {0};
    bj_policy_init(&policy);
    if (bj_policy_read(&policy, data, size, format, "p", "/folder", &err) < 0) {
        HOLD(policy.grants == NULL &&
             (err.code != BJ_ERROR_ARGUMENT || strncmp(err.message, "p:", 2) == 0));
        return;
    }
    HOLD(bj_policy_check(&policy, &err) == 0);
    char *text = bj_policy_explain(&policy);
    HOLD(text != NULL);
    bj_free(text);
    bj_policy_clear(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as(data, size, BJ_POLICY_TOML);
    read_as(data, size, BJ_POLICY_JSON);
    return 0;
}
