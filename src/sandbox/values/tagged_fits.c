/*
 * tagged_fits.c: whether tagged arguments fit a JSON Schema, which knows the types of JSON alone.
 *
 * What is judged is what will be delivered. A tuple is an array, and an integer of any size is an integer. A value of none
 * of JSON's types (bytes, a set, a date) is judged once as a value of each type: it fits where they all do, which is where the
 * schema takes anything. An infinity is judged as a number that is no integer and as one beyond all bounds, NaN as one on
 * either side of all bounds, so that no bound lets it pass. A schema that says "not" may so refuse what it would take, never
 * the other way round.
 */
#include <stdio.h>
#include <string.h>

#include "sandbox/values/number.h"
#include "sandbox/values/tagged.h"

/* The largest double that is no integer. */
#define FRACTION "4503599627370495.5"

static const tagged_stand_ins passes[] = {
    {NULL, FRACTION, "-" FRACTION, FRACTION},
    {"null", NUMBER_LARGEST, "-" NUMBER_LARGEST, "-" FRACTION},
    {"true", FRACTION, "-" FRACTION, FRACTION},
    {"0.5", FRACTION, "-" FRACTION, FRACTION},
    {"[]", FRACTION, "-" FRACTION, FRACTION},
    {"{}", FRACTION, "-" FRACTION, FRACTION},
};

static unsigned passes_for(tagged_met met)
{
    return met.others ? sizeof passes / sizeof *passes : met.specials ? 2 : 1;
}

/* What stands for a number that is not finite is no news to anybody. */
static void name_special(char *why, size_t room)
{
    static const char name[] = "a number that is not finite";
    char *at = strstr(why, FRACTION), rest[256];
    if (!at)
        return;
    at -= at > why && at[-1] == '-';
    snprintf(rest, sizeof rest, "%s", strstr(at, FRACTION) + sizeof FRACTION - 1);
    snprintf(at, room - (size_t)(at - why), "%s%s", name, rest);
}

/* One pass. The first one's words are the best: they name the kind. */
static bool fits_once(const bj_schema *schema, bj_span text, size_t blobs, unsigned pass,
                      tagged_met met, policy_work *work, char *why, size_t room)
{
    bj_autobuffer bj_buffer plain = {0};
    if (!tagged_read(text, blobs, &passes[pass], &plain, NULL, work, why, room))
        return false;
    if (bj_schema_check(schema, plain.data, plain.size, true, schema_ask, work, why, room))
        return true;
    if (met.specials)
        name_special(why, room);
    if (pass > 0 && work->end == POLICY_WORK_GOES_ON)
        snprintf(why, room,
                 met.others ? "a value of no type of JSON's, where the schema wants one"
                            : "a number that is not finite, where the schema has bounds");
    return false;
}

bool tagged_fits(const bj_schema *schema, bj_span text, size_t blobs, policy_work *work, char *why,
                 size_t room)
{
    tagged_met met = {0};
    if (!tagged_read(text, blobs, NULL, NULL, &met, work, why, room))
        return false;
    if (!met.object) {
        snprintf(why, room, "arguments are an object");
        return false;
    }
    for (unsigned pass = 0; schema && pass < passes_for(met); pass++)
        if (!fits_once(schema, text, blobs, pass, met, work, why, room))
            return false;
    return true;
}
