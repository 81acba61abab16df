/*
 * zip.c: reading zip files that nobody vouches for.
 *
 * Every number is checked before it is used: the end record must end the file, the directory must end
 * where the end record begins and hold as many entries as it says, each entry's header and data must lie
 * before the next entry's header (so none overlap, and what all of them unpack to is bounded by what was
 * packed), names are checked paths. Sizes are checked again when the data is unpacked.
 *
 * No state, any thread.
 */
#include "vfs/archive/zip.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/error.h"
#include "vfs/node/layer.h"
#include "vfs/node/text.h"

#define END_BYTES      22u
#define COMMENT_MAX    65535u
#define CENTRAL_BYTES  46u
#define LOCAL_BYTES    30u
#define END_MAGIC      0x06054b50u
#define CENTRAL_MAGIC  0x02014b50u
#define LOCAL_MAGIC    0x04034b50u
#define FLAG_ENCRYPTED 0x0001u
#define DEFLATE_RATIO  1032u /* the most that deflate can do, from its format */
#define PIECE          65536u

static uint32_t load16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t load32(const uint8_t *at)
{
    return load16(at) | load16(at + 2) << 16;
}

/* ---------------------------------------------------------------- the end record */

typedef struct end_record {
    uint32_t count;
    uint64_t directory, directory_size;
} end_record;

static int parse_end(const uint8_t *at, uint64_t position, end_record *end, const char *path,
                     bj_error *err)
{
    *end = (end_record){load16(at + 10), load32(at + 16), load32(at + 12)};
    if (end->count == 0xffff || end->directory == 0xffffffff || end->directory_size == 0xffffffff)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED,
                       "%s is a zip64 file: pack fewer than 65,535 files and 4 GiB", path);
    if (load16(at + 4) != 0 || load16(at + 6) != 0 || load16(at + 8) != end->count)
        return bj_fail(err, BJ_ERROR_UNSUPPORTED, "%s is one part of a split zip file", path);
    if (end->directory + end->directory_size != position ||
        end->directory_size < (uint64_t)end->count * CENTRAL_BYTES)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is damaged: its directory is not where it says",
                       path);
    return 0;
}

/* Looks for the end record in the last `size` bytes: its comment must end where the file ends.
 * 1 if it is there, 0 if not. */
static int search_end(const vfs_host_file *file, size_t size, end_record *end, const char *path,
                      bj_error *err)
{
    bj_autofree uint8_t *tail = malloc(size + 1);
    if (!tail)
        return bj_fail_memory(err);
    if (vfs_host_file_read(file, file->size - size, tail, size) < 0)
        return bj_fail_errno(err, "cannot read %s", path);
    for (size_t left = END_BYTES; left <= size; left++) {
        const uint8_t *at = tail + size - left;
        if (load32(at) == END_MAGIC && load16(at + 20) == left - END_BYTES)
            return parse_end(at, file->size - left, end, path, err) < 0 ? -1 : 1;
    }
    return 0;
}

/* Most files have no comment, so that the end record is all that has to be read. */
static int find_end(const vfs_host_file *file, end_record *end, const char *path, bj_error *err)
{
    uint64_t most = END_BYTES + COMMENT_MAX;
    size_t size = (size_t)(file->size < most ? file->size : most);
    int found = size < END_BYTES ? 0 : search_end(file, END_BYTES, end, path, err);
    if (found == 0)
        found = search_end(file, size, end, path, err);
    if (found == 0)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is not a zip file, or is cut off", path);
    return found < 0 ? -1 : 0;
}

/* ---------------------------------------------------------------- entries */

/* 4.4.6: MS-DOS date and time, taken as UTC. Days by the civil calendar, counted from March so that the
 * leap day is the last of its year. */
static uint64_t time_of(uint32_t date, uint32_t time)
{
    uint64_t year = (date >> 9) + 1980, month = date >> 5 & 15, day = date & 31;
    uint64_t from_march = (month + 9) % 12;
    year -= month <= 2;
    uint64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (from_march * 153 + 2) / 5 +
                    day - 1 - 719468;
    uint64_t seconds = (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2;
    return (days * 86400 + seconds) * 1000000000u;
}

/* A path that stays below its root, of checked components. */
static bool is_sound_name(bj_span name)
{
    if (vfs_path_check(name) != VFS_OK)
        return false;
    for (size_t at = 0; at <= name.size;) {
        const char *slash = memchr(name.data + at, '/', name.size - at);
        size_t end = slash ? (size_t)(slash - name.data) : name.size;
        bj_span part = {name.data + at, end - at};
        if (part.size == 0 || part.size > VFS_NAME_MAX || bj_span_is(part, ".") ||
            bj_span_is(part, ".."))
            return false;
        at = end + 1;
    }
    return true;
}

static int refuse(bj_error *err, const char *path, bj_span name, const char *why)
{
    int shown = name.size < 80 ? (int)name.size : 80;
    return bj_fail(err, BJ_ERROR_ARGUMENT, "%s: refused for its entry '%.*s', %s", path, shown,
                   name.data, why);
}

static int check_entry(const vfs_zip_entry *entry, uint32_t flags, const char *path, bj_error *err)
{
    if (!is_sound_name(entry->name))
        return refuse(err, path, entry->name, "whose name is not a plain relative path in UTF-8");
    if (flags & FLAG_ENCRYPTED)
        return refuse(err, path, entry->name, "which is encrypted");
    if (entry->method != VFS_ZIP_STORED && entry->method != VFS_ZIP_DEFLATED)
        return refuse(err, path, entry->name, "which is neither stored nor deflated");
    if (entry->size > VFS_ZIP_ENTRY_MAX || entry->packed > VFS_ZIP_ENTRY_MAX)
        return refuse(err, path, entry->name, "which is larger than 64 MiB");
    bool lies = entry->method == VFS_ZIP_STORED
                    ? entry->size != entry->packed
                    : entry->size > (uint64_t)entry->packed * DEFLATE_RATIO;
    if (lies || (entry->directory && entry->size > 0))
        return refuse(err, path, entry->name, "whose sizes cannot be");
    return 0;
}

/* The entry at `*at` in the directory; *at moves on. */
static int parse_entry(vfs_zip_entry *entry, const uint8_t **at, const uint8_t *end,
                       const char *path, bj_error *err)
{
    const uint8_t *p = *at;
    if ((size_t)(end - p) < CENTRAL_BYTES || load32(p) != CENTRAL_MAGIC)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is damaged: its directory ends early", path);
    size_t name_size = load16(p + 28);
    size_t size = CENTRAL_BYTES + name_size + load16(p + 30) + load16(p + 32);
    if ((size_t)(end - p) < size)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is damaged: its directory ends early", path);
    bj_span name = {(const char *)p + CENTRAL_BYTES, name_size};
    bool directory = name.size > 0 && name.data[name.size - 1] == '/';
    if (directory)
        name.size--;
    *entry = (vfs_zip_entry){.name = name,
                             .directory = directory,
                             .method = (uint16_t)load16(p + 10),
                             .crc = load32(p + 16),
                             .packed = load32(p + 20),
                             .size = load32(p + 24),
                             .header = load32(p + 42),
                             .modified_ns = time_of(load16(p + 14), load16(p + 12))};
    *at = p + size;
    return check_entry(entry, load16(p + 8), path, err);
}

static int by_header(const void *a, const void *b)
{
    const vfs_zip_entry *const *left = a, *const *right = b;
    return ((*left)->header > (*right)->header) - ((*left)->header < (*right)->header);
}

/* Sets each entry's limit, and refuses those that reach into the next. */
static int check_overlaps(vfs_zip *zip, uint64_t directory, const char *path, bj_error *err)
{
    bj_autofree vfs_zip_entry **order = malloc((zip->count + 1) * sizeof(vfs_zip_entry *));
    if (!order)
        return bj_fail_memory(err);
    for (uint32_t i = 0; i < zip->count; i++)
        order[i] = &zip->entries[i];
    qsort(order, zip->count, sizeof(vfs_zip_entry *), by_header);
    for (uint32_t i = 0; i < zip->count; i++) {
        vfs_zip_entry *entry = order[i];
        entry->limit = i + 1 < zip->count ? order[i + 1]->header : directory;
        uint64_t least = LOCAL_BYTES + entry->name.size + entry->directory + entry->packed;
        if (entry->limit < entry->header || entry->limit - entry->header < least)
            return refuse(err, path, entry->name, "which overlaps another or the directory");
    }
    return 0;
}

static int parse_directory(vfs_zip *zip, const end_record *end, const vfs_host_file *file,
                           const char *path, bj_error *err)
{
    zip->bytes = malloc((size_t)end->directory_size + 1);
    zip->entries = calloc(end->count + 1, sizeof *zip->entries);
    if (!zip->bytes || !zip->entries)
        return bj_fail_memory(err);
    if (vfs_host_file_read(file, end->directory, zip->bytes, (size_t)end->directory_size) < 0)
        return bj_fail_errno(err, "cannot read %s", path);
    const uint8_t *at = zip->bytes, *stop = zip->bytes + end->directory_size;
    for (; zip->count < end->count; zip->count++)
        if (parse_entry(&zip->entries[zip->count], &at, stop, path, err) < 0)
            return -1;
    if (at != stop)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "%s is damaged: its directory has no end", path);
    return check_overlaps(zip, end->directory, path, err);
}

int vfs_zip_read(vfs_zip *zip, const vfs_host_file *file, const char *path, bj_error *err)
{
    end_record end = {0};
    *zip = (vfs_zip){0};
    if (find_end(file, &end, path, err) < 0)
        return -1;
    if (parse_directory(zip, &end, file, path, err) < 0) {
        vfs_zip_clear(zip);
        return -1;
    }
    return 0;
}

void vfs_zip_clear(vfs_zip *zip)
{
    free(zip->bytes);
    free(zip->entries);
    *zip = (vfs_zip){0};
}

/* ---------------------------------------------------------------- data */

vfs_errno vfs_zip_locate(const vfs_zip_entry *entry, const vfs_host_file *file, uint64_t *offset)
{
    uint8_t local[LOCAL_BYTES];
    char name[VFS_PATH_MAX + 1];
    size_t name_size = entry->name.size + entry->directory;
    if (vfs_host_file_read(file, entry->header, local, sizeof local) < 0)
        return VFS_EIO;
    if (load32(local) != LOCAL_MAGIC || load16(local + 8) != entry->method ||
        load16(local + 6) & FLAG_ENCRYPTED || load16(local + 26) != name_size ||
        name_size > sizeof name)
        return VFS_EIO;
    if (vfs_host_file_read(file, entry->header + LOCAL_BYTES, name, name_size) < 0 ||
        memcmp(name, entry->name.data, name_size) != 0)
        return VFS_EIO;
    *offset = entry->header + LOCAL_BYTES + name_size + load16(local + 28);
    return *offset <= entry->limit && entry->limit - *offset >= entry->packed ? VFS_OK : VFS_EIO;
}

/* Feeds the packed bytes to the stream until it ends. */
static vfs_errno inflate_all(z_stream *stream, const vfs_zip_entry *entry,
                             const vfs_host_file *file, uint64_t offset)
{
    bj_autofree uint8_t *piece = malloc(PIECE);
    if (!piece)
        return VFS_ENOMEM;
    for (uint32_t left = entry->packed; left > 0;) {
        uint32_t size = left < PIECE ? left : PIECE;
        if (vfs_host_file_read(file, offset, piece, size) < 0)
            return VFS_EIO;
        offset += size;
        left -= size;
        stream->next_in = piece;
        stream->avail_in = size;
        int state = inflate(stream, Z_NO_FLUSH);
        if (state == Z_STREAM_END)
            return left == 0 && stream->avail_in == 0 ? VFS_OK : VFS_EIO;
        if (state == Z_MEM_ERROR)
            return VFS_ENOMEM;
        if (state != Z_OK || stream->avail_in > 0)
            return VFS_EIO;
    }
    return VFS_EIO;
}

vfs_errno vfs_zip_inflate(const vfs_zip_entry *entry, const vfs_host_file *file, uint64_t offset,
                          uint8_t *bytes)
{
    z_stream stream = {.next_out = bytes, .avail_out = entry->size};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return VFS_ENOMEM;
    vfs_errno error = inflate_all(&stream, entry, file, offset);
    inflateEnd(&stream);
    if (error == VFS_OK && (stream.avail_out > 0 || crc32(0, bytes, entry->size) != entry->crc))
        error = VFS_EIO;
    return error;
}

vfs_errno vfs_zip_verify(const vfs_zip_entry *entry, const vfs_host_file *file, uint64_t offset)
{
    bj_autofree uint8_t *piece = malloc(PIECE);
    if (!piece)
        return VFS_ENOMEM;
    uLong crc = 0;
    for (uint32_t left = entry->size; left > 0;) {
        uint32_t size = left < PIECE ? left : PIECE;
        if (vfs_host_file_read(file, offset, piece, size) < 0)
            return VFS_EIO;
        crc = crc32(crc, piece, size);
        offset += size;
        left -= size;
    }
    return crc == entry->crc ? VFS_OK : VFS_EIO;
}
