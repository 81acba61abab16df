/*
 * reader.c: a place in a WebAssembly module.
 */
#include "engine/compile/reader.h"

uint8_t reader_take_byte(reader *r)
{
    if (r->at == r->end) {
        r->bad = true;
        return 0;
    }
    return *r->at++;
}

uint64_t reader_take_number(reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        const uint8_t byte = reader_take_byte(r);
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return number;
    }
    r->bad = true;
    return 0;
}

int64_t reader_take_heap_type(reader *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const uint8_t byte = reader_take_byte(r);
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        return (int64_t)(byte & 0x40 ? number | UINT64_MAX << (shift + 7) : number);
    }
    r->bad = true;
    return 0;
}

bj_span reader_take_bytes(reader *r)
{
    const uint64_t size = reader_take_number(r);
    const uint8_t *at = r->at;
    reader_skip(r, size);
    return r->bad ? (bj_span){"", 0} : (bj_span){(const char *)at, (size_t)size};
}

reader reader_of(bj_span bytes)
{
    return (reader){(const uint8_t *)bytes.data, (const uint8_t *)bytes.data + bytes.size, false};
}

void reader_skip(reader *r, uint64_t bytes)
{
    if (r->bad || bytes > (uint64_t)(r->end - r->at))
        r->bad = true;
    else
        r->at += bytes;
}
