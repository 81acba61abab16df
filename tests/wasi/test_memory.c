/*
 * test_memory.c: every pointer of every implemented call, at the very end of memory, a byte beyond it,
 * and where pointer and length together overflow.
 */
#include "world.h"

#define NONE 0xffu

/* A call that works, and one of its pointers: what it points to has `size` bytes, or as many as
 * argument `length` says. */
typedef struct pointer_case {
    const char *name;
    uint64_t args[WASI_CALL_ARGS_MAX];
    uint8_t pointer; /* which argument */
    uint8_t size;
    uint8_t length; /* which argument; NONE: `size` says it */
    bool spoils; /* it works once only, or changes what others need: only the failures are tried */
} pointer_case;

#define PATH_AT   16u
#define PATH_SIZE 4u
#define VECTOR_AT 64u

/* Descriptor 5 is the file work/file, open for all; 6 is the directory /data. */
static const pointer_case cases[] = {
    {"args_get", {1000, 2000}, 0, 8, NONE, false},
    {"args_get", {1000, 2000}, 1, 20, NONE, false},
    {"args_sizes_get", {1000, 2000}, 0, 4, NONE, false},
    {"args_sizes_get", {1000, 2000}, 1, 4, NONE, false},
    {"environ_get", {1000, 2000}, 0, 4, NONE, false},
    {"environ_get", {1000, 2000}, 1, 4, NONE, false},
    {"environ_sizes_get", {1000, 2000}, 0, 4, NONE, false},
    {"environ_sizes_get", {1000, 2000}, 1, 4, NONE, false},
    {"clock_res_get", {0, 1000}, 1, 8, NONE, false},
    {"clock_time_get", {0, 0, 1000}, 2, 8, NONE, false},
    {"clock_time_get", {1, 0, 1000}, 2, 8, NONE, false},
    {"clock_time_get", {2, 0, 1000}, 2, 8, NONE, false},
    {"clock_time_get", {3, 0, 1000}, 2, 8, NONE, false},
    {"fd_fdstat_get", {5, 1000}, 1, 24, NONE, false},
    {"fd_filestat_get", {5, 1000}, 1, 64, NONE, false},
    {"fd_pread", {5, VECTOR_AT, 1, 0, 1000}, 1, 8, NONE, false},
    {"fd_pread", {5, VECTOR_AT, 1, 0, 1000}, 4, 4, NONE, false},
    {"fd_prestat_get", {3, 1000}, 1, 8, NONE, false},
    {"fd_prestat_dir_name", {4, 1000, 5}, 1, 5, NONE, false},
    {"fd_pwrite", {5, VECTOR_AT, 1, 0, 1000}, 1, 8, NONE, false},
    {"fd_pwrite", {5, VECTOR_AT, 1, 0, 1000}, 4, 4, NONE, false},
    {"fd_read", {5, VECTOR_AT, 1, 1000}, 1, 8, NONE, false},
    {"fd_read", {5, VECTOR_AT, 1, 1000}, 3, 4, NONE, false},
    {"fd_readdir", {4, 1000, 100, 0, 2000}, 1, 0, 2, false},
    {"fd_readdir", {4, 1000, 100, 0, 2000}, 4, 4, NONE, false},
    {"fd_seek", {5, 0, 0, 1000}, 3, 8, NONE, false},
    {"fd_tell", {5, 1000}, 1, 8, NONE, false},
    {"fd_write", {5, VECTOR_AT, 1, 1000}, 1, 8, NONE, false},
    {"fd_write", {5, VECTOR_AT, 1, 1000}, 3, 4, NONE, false},
    {"path_create_directory", {4, PATH_AT, PATH_SIZE}, 1, 0, 2, true},
    {"path_filestat_get", {4, 0, PATH_AT, PATH_SIZE, 1000}, 2, 0, 3, false},
    {"path_filestat_get", {4, 0, PATH_AT, PATH_SIZE, 1000}, 4, 64, NONE, false},
    {"path_filestat_set_times", {4, 0, PATH_AT, PATH_SIZE, 0, 0, 10}, 2, 0, 3, false},
    {"path_open", {4, 0, PATH_AT, PATH_SIZE, 0, 0, 0, 0, 1000}, 2, 0, 3, false},
    {"path_open", {4, 0, PATH_AT, PATH_SIZE, 0, 0, 0, 0, 1000}, 8, 4, NONE, false},
    {"path_readlink", {6, 32, 4, 1000, 4, 2000}, 1, 0, 2, false},
    {"path_readlink", {6, 32, 4, 1000, 4, 2000}, 3, 0, 4, false},
    {"path_readlink", {6, 32, 4, 1000, 4, 2000}, 5, 4, NONE, false},
    {"path_remove_directory", {4, PATH_AT, PATH_SIZE}, 1, 0, 2, true},
    {"path_rename", {4, PATH_AT, PATH_SIZE, 4, PATH_AT, PATH_SIZE}, 1, 0, 2, false},
    {"path_rename", {4, PATH_AT, PATH_SIZE, 4, PATH_AT, PATH_SIZE}, 4, 0, 5, false},
    {"path_unlink_file", {4, PATH_AT, PATH_SIZE}, 1, 0, 2, true},
    {"poll_oneoff", {256, 512, 1, 1000}, 0, 48, NONE, false},
    {"poll_oneoff", {256, 512, 1, 1000}, 1, 32, NONE, false},
    {"poll_oneoff", {256, 512, 1, 1000}, 3, 4, NONE, false},
    {"random_get", {1000, 10}, 0, 0, 1, false},
};

static void open_furnished(world *w, char *host)
{
    static const char *const args[] = {"program", "an argument"}, *const env[] = {"A=1"};
    char path[64];
    strcpy(host, "/tmp/belljar-memory-XXXXXX");
    assert_non_null(mkdtemp(host));
    snprintf(path, sizeof path, "%s/link", host);
    assert_int_equal(symlink("none", path), 0);
    world_open(
        w, host,
        &(wasi_setup){.stdin_fd = -1, .args = args, .arg_count = 2, .env = env, .env_count = 1});
    uint32_t file = open_file(w, WORK, "file", CREAT);
    assert_int_equal(file, 6);
    assert_ok(CALL(w, "fd_renumber", 5, 6)); /* closes the file: 6 is /data now */
    assert_int_equal(open_file(w, WORK, "file", 0), 5);
}

static void close_furnished(world *w, const char *host)
{
    char path[64];
    world_close(w);
    snprintf(path, sizeof path, "%s/link", host);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(host), 0);
}

/* What the pointers of the cases point to. */
static void furnish(world *w)
{
    put_text(w, PATH_AT, "file");
    put_text(w, 32, "link");
    put_vector(w, VECTOR_AT, 3000, 10);
    memset(w->memory.base + 256, 0, WASI_SUBSCRIPTION_BYTES);
    wasi_store64(w->memory.base + 256 + WASI_SUBSCRIPTION_CLOCK_TIMEOUT, 1);
}

static void expect(world *w, const pointer_case *c, const uint64_t *args, vfs_errno expected)
{
    vfs_errno error = world_call(w, c->name, args);
    if (error != expected)
        fail_msg("%s, argument %u = %#llx: %s and not %s", c->name, c->pointer,
                 (unsigned long long)args[c->pointer], vfs_errno_name(error),
                 vfs_errno_name(expected));
}

/* Moves what the pointer points to, so that it ends `beyond` bytes after the end of memory. */
static void try_at_end(world *w, const pointer_case *c, uint64_t beyond)
{
    uint64_t args[WASI_CALL_ARGS_MAX];
    memcpy(args, c->args, sizeof args);
    uint64_t size = c->length == NONE ? c->size : args[c->length];
    uint64_t at = MEMORY_BYTES - size + beyond;
    if (beyond == 0)
        memmove(w->memory.base + at, w->memory.base + args[c->pointer], size);
    args[c->pointer] = at;
    if (beyond > 0 || !c->spoils)
        expect(w, c, args, beyond == 0 ? VFS_OK : VFS_EFAULT);
}

static void pointers_may_reach_the_end_of_memory_and_no_further(void **state)
{
    (void)state;
    world w;
    char host[64];
    open_furnished(&w, host);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        furnish(&w);
        try_at_end(&w, &cases[i], 0);
        for (uint64_t beyond = 1; beyond <= 8; beyond++)
            try_at_end(&w, &cases[i], beyond);
    }
    close_furnished(&w, host);
}

static void pointers_anywhere_beyond_are_efault(void **state)
{
    (void)state;
    world w;
    char host[64];
    const uint64_t beyond[] = {MEMORY_BYTES, MEMORY_BYTES + 1, 0x7fffffff,
                               0x80000000,   0xfffffff0,       0xffffffff};
    open_furnished(&w, host);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < sizeof beyond / sizeof beyond[0]; j++) {
            uint64_t args[WASI_CALL_ARGS_MAX];
            memcpy(args, cases[i].args, sizeof args);
            args[cases[i].pointer] = beyond[j];
            furnish(&w);
            expect(&w, &cases[i], args, VFS_EFAULT);
        }
    close_furnished(&w, host);
}

static void lengths_that_overflow_are_efault(void **state)
{
    (void)state;
    world w;
    char host[64];
    const uint64_t lengths[] = {MEMORY_BYTES, 0x7fffffff, 0xfffffff0, 0xffffffff};
    open_furnished(&w, host);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; cases[i].length != NONE && j < sizeof lengths / sizeof lengths[0]; j++) {
            uint64_t args[WASI_CALL_ARGS_MAX];
            memcpy(args, cases[i].args, sizeof args);
            args[cases[i].length] = lengths[j];
            furnish(&w);
            expect(&w, &cases[i], args, VFS_EFAULT);
        }
    close_furnished(&w, host);
}

static void a_memory_of_no_bytes_is_efault_everywhere(void **state)
{
    (void)state;
    world w;
    char host[64];
    open_furnished(&w, host);
    w.memory.size = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(&w, &cases[i], cases[i].args, VFS_EFAULT);
    w.memory.size = MEMORY_BYTES;
    close_furnished(&w, host);
}

static void numbers_are_little_endian_at_any_alignment(void **state)
{
    (void)state;
    uint8_t bytes[9] = {0};
    wasi_store64(bytes + 1, 0x0807060504030201ull);
    for (uint8_t i = 1; i < 9; i++)
        assert_int_equal(bytes[i], i);
    assert_int_equal(wasi_load64(bytes + 1), 0x0807060504030201ull);
    assert_int_equal(wasi_load32(bytes + 3), 0x06050403);
    assert_int_equal(wasi_load16(bytes + 5), 0x0605);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_may_reach_the_end_of_memory_and_no_further),
        cmocka_unit_test(pointers_anywhere_beyond_are_efault),
        cmocka_unit_test(lengths_that_overflow_are_efault),
        cmocka_unit_test(a_memory_of_no_bytes_is_efault_everywhere),
        cmocka_unit_test(numbers_are_little_endian_at_any_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
