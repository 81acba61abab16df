/*
 * mime.h: names of media types: type/subtype, as RFC 6838, section 4.2, restricts them, in small letters and without parameters.
 */
#ifndef BJ_BASE_MIME_H
#define BJ_BASE_MIME_H

#include <stdbool.h>

bool bj_mime_is_type(const char *type);

#endif
