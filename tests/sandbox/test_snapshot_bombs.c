/*
 * test_snapshot_bombs.c: files that are small and want to become large: what a loader allocates is bounded by what it was
 * told to accept, whatever a file says of itself. Each load runs in a process of its own, whose memory is measured.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "base/buffer.h"
#include "base/pack.h"
#include "base/sha256.h"
#include "snapshots.h"

#define HEADER_BYTES 84u
#define MIB          ((uint64_t)1 << 20)

static char path[64];
static char head[44]; /* of a file of this runtime, up to the bytes of the body */
static char *body;    /* unpacked */
static size_t body_size;
static size_t at_descriptors, at_memory, at_files; /* where these parts begin */

/* ---- A snapshot that was taken, and where its parts are. ---- */

static uint64_t number_at(size_t *at, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (uint64_t)(uint8_t)body[*at + i] << 8 * i;
    *at += bytes;
    return number;
}

static void skip_text(size_t *at)
{
    *at += number_at(at, 4);
}

static void skip_descriptor(size_t *at)
{
    const uint64_t kind = number_at(at, 1);
    if (kind == 0)
        return;
    *at += 8 + 8 + 8 + 2 + 1;
    if (kind < 4)
        return;
    if (number_at(at, 1) == 1)
        *at += 12;
    else
        skip_text(at);
}

static void find_parts(void)
{
    size_t at = 0;
    for (uint64_t left = number_at(&at, 4); left > 0; left--) {
        at += 10;
        skip_text(&at);
    }
    at += 1 + 8 + 8 + 1 + 8 + 8;
    at_descriptors = at;
    for (uint64_t left = number_at(&at, 4); left > 0; left--)
        skip_descriptor(&at);
    at_memory = at;
    at += 8;
    for (uint64_t left = number_at(&at, 4); left > 0; left--) {
        skip_text(&at);
        at += 4;
    }
    uint64_t pages = 0;
    for (uint64_t left = number_at(&at, 4); left > 0; left--) {
        at += 4;
        pages += number_at(&at, 4);
    }
    at_files = at + pages * 4096;
}

static int begin(void **state)
{
    bj_error err;
    if (session_begin(state, "javascript") != 0)
        return -1;
    snprintf(path, sizeof path, "/tmp/belljar-bomb-XXXXXX");
    const int fd = mkstemp(path);
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "let x = 1");
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox_delete(box);
    if (fd < 0 || bj_snapshot_save(snapshot, path, &err) < 0)
        return -1;
    bj_snapshot_delete(snapshot);
    static char file[4 << 20];
    const ssize_t got = read(fd, file, sizeof file);
    const int reread = open(path, O_RDONLY);
    const ssize_t size = read(reread, file, sizeof file);
    close(fd);
    close(reread);
    if (got < 0 || size <= (ssize_t)HEADER_BYTES)
        return -1;
    memcpy(head, file, sizeof head);
    body_size = ZSTD_getFrameContentSize(file + HEADER_BYTES, (size_t)size - HEADER_BYTES);
    if (body_size > 64 * MIB)
        body_size = 64 * MIB; /* it is not told */
    body = malloc(body_size);
    body_size = ZSTD_decompress(body, body_size, file + HEADER_BYTES, (size_t)size - HEADER_BYTES);
    if (ZSTD_isError(body_size))
        return -1;
    find_parts();
    return 0;
}

static int end(void **state)
{
    unlink(path);
    free(body);
    return session_end(state);
}

/* ---- Another one. ---- */

static int put_buffer(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

/* Up to a part of the real one. */
static bj_sink begin_body(bj_buffer *buffer, size_t upto)
{
    bj_sink sink = {put_buffer, buffer, false};
    bj_put(&sink, body, upto);
    return sink;
}

/* As a file with a right digest. `claimed`: what it says that it unpacks to. */
static void write_bomb(const bj_buffer *unpacked, uint64_t claimed, int window_bits)
{
    bj_autobuffer bj_buffer out = {0};
    bj_sink sink = {put_buffer, &out, false};
    const size_t room = ZSTD_compressBound(unpacked->size);
    char *packed = malloc(room);
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (window_bits)
        ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_bits);
    ZSTD_inBuffer in = {unpacked->data, unpacked->size, 0};
    ZSTD_outBuffer to = {packed, room, 0};
    /* The frame's header is written before its size is known, so that it names the window. */
    assert_false(ZSTD_isError(ZSTD_compressStream2(zstd, &to, &in, ZSTD_e_flush)));
    assert_int_equal(ZSTD_compressStream2(zstd, &to, &in, ZSTD_e_end), 0);
    const bj_sha256 digest = bj_sha256_of(packed, to.pos);
    bj_put(&sink, head, sizeof head);
    bj_put_number(&sink, claimed, 8);
    bj_put(&sink, digest.bytes, sizeof digest.bytes);
    bj_put(&sink, packed, to.pos);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(out.data, 1, out.size, file), out.size);
    fclose(file);
    ZSTD_freeCCtx(zstd);
    free(packed);
}

static uint64_t status_kib(const char *what)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, what, strlen(what)) == 0)
            sscanf(line + strlen(what), " %llu", &kib);
    if (file)
        fclose(file);
    return kib;
}

/* In the child: 0, 1 it was loaded, 2 another message, 3 it took more memory. */
static int load_here(uint64_t most, const char *why, uint64_t growth)
{
    bj_error err = {0};
    const uint64_t before = status_kib("VmRSS:");
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, most, &err);
    const uint64_t peak = status_kib("VmHWM:");
    if (snapshot)
        return 1;
    if (!strstr(err.message, why)) {
        fprintf(stderr, "wanted \"%s\", got \"%s\"\n", why, err.message);
        return 2;
    }
    if (peak > before + growth / 1024) {
        fprintf(stderr, "%s: it took %llu KiB\n", why, (unsigned long long)(peak - before));
        return 3;
    }
    return 0;
}

/* It is refused for a reason, and takes no more than `growth` of memory on the way. */
static void refused(uint64_t most, const char *why, uint64_t growth)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(load_here(most, why, growth));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- Bombs. ---- */

/* Up to the first inode of a table of `count`. */
static void begin_files(bj_sink *sink, uint64_t next, uint64_t count)
{
    bj_put_number(sink, 1, 4);
    bj_put_span(sink, bj_span_of("/work"));
    bj_put_number(sink, 1, 1);
    bj_put_number(sink, 0, 8);
    bj_put_number(sink, next, 8);
    bj_put_number(sink, count, 8);
}

/* A file without a name, up to its chunks. */
static void put_file(bj_sink *sink, uint64_t number, uint64_t size)
{
    bj_put_number(sink, number, 8);
    bj_put_number(sink, 4, 1);
    bj_put_number(sink, 0, 4);
    for (int i = 0; i < 6; i++)
        bj_put_number(sink, i == 2 ? number + 1 : 0, 8);
    bj_put_number(sink, 0, 1);
    bj_put_number(sink, size, 8);
    bj_put_number(sink, 0, 8);
}

static void chunks_of_a_byte(void **state)
{
    (void)state;
    bj_autobuffer bj_buffer bomb = {0};
    const uint64_t count = 20000;
    bj_sink sink = begin_body(&bomb, at_files);
    begin_files(&sink, 2, 2);
    put_file(&sink, 1, (count + 1) * 65536);
    for (uint64_t i = 1; i <= count; i++) {
        bj_put_number(&sink, 1, 1);
        bj_put_number(&sink, i, 8);
        bj_put_span(&sink, bj_span_of("x"));
    }
    bj_put_number(&sink, 0, 1);
    write_bomb(&bomb, bomb.size, 0);
    refused(0, "could have been taken", 64 * MIB);
}

/* The root, which is empty, and a file without a name whose first chunk is there so many times. */
static void write_chunks(int times)
{
    bj_autobuffer bj_buffer bomb = {0};
    bj_sink sink = begin_body(&bomb, at_files);
    begin_files(&sink, 2, 2);
    bj_put_number(&sink, 0, 8);
    bj_put_number(&sink, 3, 1);
    bj_put_number(&sink, 1, 4);
    for (int i = 0; i < 6; i++)
        bj_put_number(&sink, 0, 8);
    bj_put_number(&sink, 0, 1);
    bj_put_number(&sink, 0, 4);
    put_file(&sink, 1, 65536);
    for (int i = 0; i < times; i++) {
        bj_put_number(&sink, 1, 1);
        bj_put_number(&sink, 0, 8);
        bj_put_span(&sink, bj_span_of("x"));
    }
    bj_put_number(&sink, 0, 1);
    bj_put_number(&sink, 0x444e4521, 4);
    write_bomb(&bomb, bomb.size, 0);
}

/* One that is there already would be written again and again. */
static void one_chunk_many_times(void **state)
{
    (void)state;
    bj_error err;
    write_chunks(1);
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    if (!snapshot)
        fail_msg("%s", err.message);
    bj_snapshot_delete(snapshot);
    write_chunks(2);
    refused(0, "could have been taken", 64 * MIB);
}

/* 79 bytes of body each, which pack to almost nothing. */
static void more_files_than_are_accepted(void **state)
{
    (void)state;
    bj_autobuffer bj_buffer bomb = {0};
    const uint64_t count = 400000;
    bj_sink sink = begin_body(&bomb, at_files);
    begin_files(&sink, count + 1, count);
    for (uint64_t i = 1; i <= count; i++) {
        put_file(&sink, i, 0);
        bj_put_number(&sink, 0, 1);
    }
    write_bomb(&bomb, bomb.size, 0);
    refused(40 * MIB, "takes more than the 41943040 bytes", 80 * MIB);
}

static void more_descriptors_than_are_accepted(void **state)
{
    (void)state;
    bj_autobuffer bj_buffer bomb = {0};
    bj_sink sink = begin_body(&bomb, at_descriptors);
    bj_put_number(&sink, 65536, 4);
    for (int i = 0; i < 65536; i++) {
        static const char fd[28] = {4};
        bj_put(&sink, fd, sizeof fd);
        bj_put_number(&sink, 0, 1);
        bj_put_span(&sink, bj_span_of("/"));
    }
    write_bomb(&bomb, bomb.size, 0);
    refused(4 * MIB, "takes more than", 64 * MIB);
}

/* Every count says more than there is. */
static void counts_that_lie(void **state)
{
    (void)state;
    static const struct {
        size_t *at, bytes;
        uint64_t count;
    } lies[] = {{&at_descriptors, 4, 65536},
                {&at_memory, 8, (uint64_t)4 << 30},
                {&at_files, 4, 4096},
                {&at_descriptors, 4, UINT32_MAX},
                {&at_files, 4, UINT32_MAX}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bj_autobuffer bj_buffer bomb = {0};
        bj_sink sink = begin_body(&bomb, *lies[i].at);
        bj_put_number(&sink, lies[i].count, lies[i].bytes);
        bj_put_number(&sink, 0, 4);              /* of the memory: no globals … */
        bj_put_number(&sink, 1, 4);              /* … and one run of pages … */
        bj_put_number(&sink, 0, 4);              /* … from the first … */
        bj_put_number(&sink, 0x0fffff, 4);       /* … to the last */
        write_bomb(&bomb, (uint64_t)1 << 30, 0); /* as the header says that all of it follows */
        refused(0, "could have been taken", 64 * MIB);
    }
}

/* A frame may say that it takes a window of 128 MiB to unpack. */
static void a_window_that_nobody_needs(void **state)
{
    (void)state;
    bj_autobuffer bj_buffer bomb = {0};
    (void)begin_body(&bomb, body_size);
    write_bomb(&bomb, bomb.size, 27);
    refused(0, "could have been taken", 64 * MIB);
}

static void more_than_it_says(void **state)
{
    (void)state;
    bj_autobuffer bj_buffer bomb = {0};
    (void)begin_body(&bomb, body_size);
    write_bomb(&bomb, bomb.size - 1, 0);
    refused(0, "could have been taken", 64 * MIB);
    write_bomb(&bomb, bomb.size + 1, 0);
    refused(0, "could have been taken", 64 * MIB);
    write_bomb(&bomb, UINT64_MAX, 0);
    refused(0, "more than the", 64 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_of_a_byte),
        cmocka_unit_test(one_chunk_many_times),
        cmocka_unit_test(more_files_than_are_accepted),
        cmocka_unit_test(more_descriptors_than_are_accepted),
        cmocka_unit_test(counts_that_lie),
        cmocka_unit_test(a_window_that_nobody_needs),
        cmocka_unit_test(more_than_it_says),
    };
    return cmocka_run_group_tests_name("snapshot bombs", tests, begin, end);
}
