/*
 * json.c: texts of JSON, from what they say.
 */
#include "sandbox/values/json.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/utf8.h"

BJ_API void bj_free(void *memory)
{
    free(memory);
}

char *bj_json_dump(json_t *object, int status)
{
    char *text = object && status == 0 ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    return text;
}

json_t *bj_json_text(bj_span text)
{
    bj_autobuffer bj_buffer clean = {0};
    if (bj_utf8_sanitize(&clean, text) < 0)
        return NULL;
    return json_stringn(bj_buffer_text(&clean), clean.size);
}

/* As whoever reads a receipt reads it: an integer beyond 64 bits is none. */
bool bj_json_is_valid(bj_span text)
{
    json_t *value = json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_decref(value);
    return value != NULL;
}
