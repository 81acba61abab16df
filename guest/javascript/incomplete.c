/*
 * incomplete.c: at a prompt, is this source wrong or only not finished?
 *
 * QuickJS's parser says where it stopped. It stops at the very end of a source exactly when it wanted
 * more; of the tokens that may go over several lines (template, comment, a string with a backslash at
 * its line's end) it names the beginning instead.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "guest.h"

/* Line and column of where the parser stopped: the end of an error's first frame, "    at FILE:LINE:COLUMN". */
static bool position_of(JSContext *context, JSValueConst error, int *line, int *column)
{
    const char *frames = JS_ToCString(context, engine_error_frames(error));
    const char *end = frames ? strchrnul(frames, '\n') : NULL, *at = end;
    bool found = false;

    for (int colons = 0; at && at > frames && colons < 2; colons += *at == ':')
        at--;
    if (at)
        found = sscanf(at, ":%d:%d", line, column) == 2;
    JS_FreeCString(context, frames);
    return found;
}

/* The byte that a line and column (both from 1, columns in characters) stand for. */
static size_t offset_of(const char *source, size_t size, int line, int column)
{
    size_t at = 0;

    for (; line > 1 && at < size; line--) {
        const char *newline = memchr(source + at, '\n', size - at);

        at = newline ? (size_t)(newline - source) + 1 : size;
    }
    for (; column > 1 && at < size; column--) {
        at++;
        while (at < size && ((unsigned char)source[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

static bool says(JSContext *context, JSValueConst error, const char *text)
{
    JSValue message = JS_GetPropertyStr(context, error, "message");
    const char *said = JS_ToCString(context, message);
    bool same = said && strstr(said, text);

    JS_FreeCString(context, said);
    JS_FreeValue(context, message);
    return same;
}

bool incomplete_source(JSContext *context, JSValueConst error, const char *source, size_t size)
{
    int line, column;
    size_t at;

    if (!JS_IsError(error) || !position_of(context, error, &line, &column))
        return false;
    at = offset_of(source, size, line, column);
    if (at >= size)
        return true;
    if (says(context, error, "unexpected end of comment"))
        return true;
    if (!says(context, error, "unexpected end of string"))
        return false;
    if (source[at] == '"' || source[at] == '\'')
        return size >= 2 && source[size - 1] == '\n' && source[size - 2] == '\\';
    return true;
}
