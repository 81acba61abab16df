/*
 * error.c: messages are one line; what does not fit is cut, control characters become '?', so that a
 * hostile name cannot forge a second line in somebody's log.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* A message that was cut ends with a whole character. */
static void cut_at_character(char *message)
{
    size_t size = strlen(message), start = size;
    if (size + 1 < sizeof((bj_error *)0)->message)
        return;
    while (start > 0 && ((unsigned char)message[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)message[start - 1] >= 0xc0 &&
        bj_utf8_sequence((bj_span){message + start - 1, size - start + 1}) == 0)
        message[start - 1] = 0;
}

static void fill(bj_error *err, bj_error_code code, int sys_errno, const char *format, va_list args)
{
    err->code = code;
    err->sys_errno = sys_errno;
    int used = vsnprintf(err->message, sizeof err->message, format, args);
    if (sys_errno != 0 && used >= 0 && (size_t)used < sizeof err->message) {
        char text[96];
        snprintf(err->message + used, sizeof err->message - (size_t)used, ": %s",
                 strerror_r(sys_errno, text, sizeof text));
    }
    cut_at_character(err->message);
    for (char *c = err->message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

int bj_fail(bj_error *err, bj_error_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, code, 0, format, args);
        va_end(args);
    }
    return -1;
}

int bj_fail_errno(bj_error *err, const char *format, ...)
{
    int sys_errno = errno;
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, sys_errno == ENOMEM ? BJ_ERROR_MEMORY : BJ_ERROR_IO, sys_errno, format, args);
        va_end(args);
    }
    return -1;
}

int bj_fail_memory(bj_error *err)
{
    return bj_fail(err, BJ_ERROR_MEMORY, "the host is out of memory");
}
