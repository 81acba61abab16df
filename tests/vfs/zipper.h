/*
 * zipper.h: writes zip files, sound ones and others: each field of an entry can be made to lie.
 */
#ifndef BJ_TESTS_VFS_ZIPPER_H
#define BJ_TESTS_VFS_ZIPPER_H

#include <zlib.h>

#include "base/buffer.h"
#include "grove.h"

typedef struct zip_member {
    const char *name;
    const char *content; /* NULL: none */
    size_t name_size;    /* 0: strlen(name) */
    size_t content_size; /* 0: strlen(content) */
    bool deflated;
    /* What to write instead of the truth, where not 0. */
    uint32_t lie_size, lie_packed, lie_crc, lie_header, lie_flags, lie_method;
    const char *lie_local_name;
} zip_member;

typedef struct zipper {
    bj_buffer file, central;
    uint32_t count;
} zipper;

static inline void zip_bytes(bj_buffer *to, const void *bytes, size_t size)
{
    assert_int_equal(bj_buffer_append(to, bytes, size), 0);
}

static inline void zip16(bj_buffer *to, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8)};
    zip_bytes(to, bytes, 2);
}

static inline void zip32(bj_buffer *to, uint32_t value)
{
    zip16(to, value);
    zip16(to, value >> 16);
}

static inline uint32_t zip_or(uint32_t lie, uint32_t truth)
{
    return lie ? lie : truth;
}

static inline size_t zip_pack(const zip_member *m, const uint8_t *from, size_t size, uint8_t *to,
                              size_t room)
{
    if (!m->deflated) {
        memcpy(to, from, size);
        return size;
    }
    z_stream stream = {.next_in = (uint8_t *)from, .avail_in = (uInt)size, .next_out = to};
    stream.avail_out = (uInt)room;
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed = room - stream.avail_out;
    deflateEnd(&stream);
    return packed;
}

static inline void zip_add(zipper *z, const zip_member *m)
{
    size_t name_size = m->name_size ? m->name_size : strlen(m->name);
    const char *content = m->content ? m->content : "";
    size_t size = m->content_size ? m->content_size : strlen(content);
    size_t room = size + size / 100 + 1000;
    bj_autofree uint8_t *packed = malloc(room);
    size_t packed_size = zip_pack(m, (const uint8_t *)content, size, packed, room);
    uint32_t crc = zip_or(m->lie_crc, (uint32_t)crc32(0, (const uint8_t *)content, (uInt)size));
    uint32_t header = (uint32_t)z->file.size;
    uint32_t method = zip_or(m->lie_method, m->deflated ? 8 : 0);
    const char *local_name = m->lie_local_name ? m->lie_local_name : m->name;
    zip32(&z->file, 0x04034b50);
    zip16(&z->file, 20);
    zip16(&z->file, m->lie_flags);
    zip16(&z->file, method);
    zip32(&z->file, 0x5a215c00);
    zip32(&z->file, crc);
    zip32(&z->file, (uint32_t)packed_size);
    zip32(&z->file, (uint32_t)size);
    zip16(&z->file, (uint32_t)name_size);
    zip16(&z->file, 0);
    zip_bytes(&z->file, local_name, name_size);
    zip_bytes(&z->file, packed, packed_size);
    zip32(&z->central, 0x02014b50);
    zip16(&z->central, 20);
    zip16(&z->central, 20);
    zip16(&z->central, m->lie_flags);
    zip16(&z->central, method);
    zip32(&z->central, 0x5a215c00); /* 2025-01-01 11:32:00 */
    zip32(&z->central, crc);
    zip32(&z->central, zip_or(m->lie_packed, (uint32_t)packed_size));
    zip32(&z->central, zip_or(m->lie_size, (uint32_t)size));
    zip16(&z->central, (uint32_t)name_size);
    for (int i = 0; i < 4; i++)
        zip16(&z->central, 0);
    zip32(&z->central, 0);
    zip32(&z->central, m->lie_header ? m->lie_header - 1 : header);
    zip_bytes(&z->central, m->name, name_size);
    z->count++;
}

/* Puts directory and end record behind the members. */
static inline void zip_finish(zipper *z)
{
    uint32_t offset = (uint32_t)z->file.size;
    if (z->central.size > 0)
        zip_bytes(&z->file, z->central.data, z->central.size);
    zip32(&z->file, 0x06054b50);
    zip16(&z->file, 0);
    zip16(&z->file, 0);
    zip16(&z->file, z->count);
    zip16(&z->file, z->count);
    zip32(&z->file, (uint32_t)z->central.size);
    zip32(&z->file, offset);
    zip16(&z->file, 0);
    bj_buffer_free(&z->central);
}

/* Writes it to "host/name" and frees it. */
static inline void zip_save(const grove *g, zipper *z, const char *name)
{
    FILE *file = fopen(host_path(g, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(z->file.data, 1, z->file.size, file), z->file.size);
    fclose(file);
    bj_buffer_free(&z->file);
}

#endif
