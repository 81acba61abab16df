/*
 * utf8.c: RFC 3629, section 4, byte by byte.
 */
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t bj_utf8_sequence(bj_span bytes)
{
    const uint8_t *b = (const uint8_t *)bytes.data;
    if (bytes.size == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] >= 0xc2 && b[0] <= 0xdf)
        return bytes.size >= 2 && is_tail(b[1]) ? 2 : 0;
    if (b[0] >= 0xe0 && b[0] <= 0xef) {
        if (bytes.size < 3 || !is_tail(b[1]) || !is_tail(b[2]))
            return 0;
        bool overlong = b[0] == 0xe0 && b[1] < 0xa0;
        bool surrogate = b[0] == 0xed && b[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (b[0] >= 0xf0 && b[0] <= 0xf4) {
        if (bytes.size < 4 || !is_tail(b[1]) || !is_tail(b[2]) || !is_tail(b[3]))
            return 0;
        bool overlong = b[0] == 0xf0 && b[1] < 0x90;
        bool too_high = b[0] == 0xf4 && b[1] >= 0x90;
        return overlong || too_high ? 0 : 4;
    }
    return 0;
}

int bj_utf8_sanitize(bj_buffer *out, bj_span bytes)
{
    size_t start = 0, at = 0;
    while (at < bytes.size) {
        size_t length = bj_utf8_sequence((bj_span){bytes.data + at, bytes.size - at});
        if (length > 0) {
            at += length;
            continue;
        }
        if (bj_buffer_append(out, bytes.data + start, at - start) < 0 ||
            bj_buffer_append(out, "\xef\xbf\xbd", 3) < 0)
            return -1;
        start = ++at;
    }
    return bj_buffer_append(out, bytes.data + start, at - start);
}
