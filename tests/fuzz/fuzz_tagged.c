/*
 * fuzz_tagged.c: tagged JSON of any bytes. What is taken for plain JSON is JSON for the validator, and comes back as itself; what
 * is refused says why in one line.
 */
#include "fuzz.h"
#include "sandbox/values/tagged.h"

static bool go_on(void *user, uint64_t cost)
{
    (void)user, (void)cost;
    return true;
}

static bool read_plain(bj_span text, bj_buffer *plain, char *why, size_t room)
{
    policy_work work = policy_work_unlimited();
    if (tagged_read(text, 0, NULL, plain, NULL, &work, why, room))
        return true;
    HOLD(memchr(why, 0, room) && *why);
    return false;
}

/* Plain JSON made tagged and plain again is what it was, integers in decimal and without whitespace. */
static void there_and_back(bj_span json)
{
    char why[160];
    bj_autobuffer bj_buffer tagged = {0}, plain = {0}, again = {0}, last = {0};
    policy_work work = policy_work_unlimited();
    HOLD(tagged_write(json, &tagged, &work, why, sizeof why));
    HOLD(read_plain((bj_span){tagged.data, tagged.size}, &plain, why, sizeof why));
    HOLD(tagged_write((bj_span){plain.data, plain.size}, &again, &work, why, sizeof why));
    HOLD(read_plain((bj_span){again.data, again.size}, &last, why, sizeof why));
    HOLD(plain.size == last.size && memcmp(plain.data, last.data, last.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[160];
    bj_autobuffer bj_buffer plain = {0}, checked = {0};
    policy_work work = policy_work_unlimited();
    const bj_span text = {(const char *)data, size};
    const bool is_tagged = tagged_read(text, 0, NULL, NULL, NULL, &work, why, sizeof why);
    const bool is_plain = read_plain(text, &plain, why, sizeof why);
    HOLD(!is_plain || is_tagged);
    if (is_plain && size < 100) { /* the validator's nesting is bounded lower */
        HOLD(bj_schema_check(NULL, plain.data, plain.size, false, go_on, NULL, why, sizeof why));
        there_and_back((bj_span){plain.data, plain.size});
    }
    return 0;
}
