/*
 * mime.c: what is a media type's name.
 */
#include "base/mime.h"

#include <string.h>

static bool is_token(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("!#$&-^_.+", byte));
}

bool bj_mime_is_type(const char *type)
{
    const char *slash = strchr(type, '/');
    if (!slash || slash == type || !slash[1])
        return false;
    for (const char *at = type; *at; at++)
        if (at != slash && !is_token(*at))
            return false;
    return true;
}
