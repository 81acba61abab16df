/*
 * test_dispatch.c: the table, and every call of it with arguments that nobody would write.
 */
#include "base/clock.h"
#include "world.h"

static void the_table_has_each_call_once_with_a_signature_that_can_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < WASI_CALL_COUNT; i++) {
        assert_non_null(wasi_calls[i].handler);
        assert_true(strlen(wasi_calls[i].signature) <= WASI_CALL_ARGS_MAX);
        assert_int_equal(strspn(wasi_calls[i].signature, "il"), strlen(wasi_calls[i].signature));
        assert_int_equal(wasi_calls[i].returns_errno, strcmp(wasi_calls[i].name, "proc_exit") != 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(wasi_calls[i].name, wasi_calls[j].name);
    }
}

static void every_call_is_there(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    for (size_t i = 0; i < WASI_CALL_COUNT; i++) {
        assert_true(CALL(&w, wasi_calls[i].name, 99) != VFS_ENOSYS);
        wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    }
    world_close(&w);
}

static void too_many_host_calls_cross_their_limit(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    w.budget.allowed[POLICY_host_calls] = 2;
    assert_ok(CALL(&w, "sched_yield", 0));
    assert_ok(CALL(&w, "sched_yield", 0));
    assert_errno(CALL(&w, "sched_yield", 0), VFS_EINTR);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_LIMIT);
    assert_true(w.budget.crossed);
    assert_int_equal(w.budget.culprit, POLICY_host_calls);
    world_close(&w);
}

static void after_a_stop_no_call_does_anything(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    (void)CALL(&w, "proc_exit", 3);
    assert_int_equal(wasi_stopped(w.context), WASI_STOP_EXIT);
    assert_int_equal(wasi_exit_code(w.context), 3);
    assert_errno(CALL(&w, "fd_close", 0), VFS_EINTR);
    wasi_begin(w.context, UINT64_MAX, bj_clock_thread_cpu_ns());
    assert_ok(CALL(&w, "fd_close", 0));
    world_close(&w);
}

/* ---------------------------------------------------------------- hostile arguments */

static uint64_t random_state;
static unsigned successes[WASI_CALL_COUNT];

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next_random(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Mostly small numbers and edges, so that many calls get past their first check. */
static uint64_t random_value(char letter, uint64_t memory_size)
{
    static const uint64_t edges[] = {0,          1,          2,          3,
                                     4,          5,          0x7fffffff, 0x80000000,
                                     0xffffffff, UINT64_MAX, INT64_MAX,  (uint64_t)INT64_MAX + 1};
    uint64_t value;
    switch (next_random() % 8) {
    case 0:
        value = next_random();
        break;
    case 1:
        value = edges[next_random() % (sizeof edges / sizeof edges[0])];
        break;
    case 2:
        value = memory_size - next_random() % 80;
        break;
    case 3:
    case 4:
        value = next_random() % 16;
        break;
    default:
        value = next_random() % (memory_size + 1);
        break;
    }
    return letter == 'i' ? (uint32_t)value : value;
}

/* Paths, vectors and subscriptions that mean something, at random places. */
static void salt_memory(world *w)
{
    static const char *const paths[] = {"work/a",         "a",         "b/c",   "..",
                                        "work/../work/b", "/",         "work/", "data/file",
                                        "data/l",         "data/../x", "b",     "b/",
                                        "data/out/x",     ".",         "a/",    "data/fi",
                                        "work/b",         "\xff",      "work",  "data/sub/..",
                                        "dev/null",       "dev/zero",  "dev"};
    for (int i = 0; i < 8; i++) {
        const char *path = paths[next_random() % (sizeof paths / sizeof paths[0])];
        size_t size = strlen(path) + 1;
        uint64_t at = next_random() % (w->memory.size - size);
        memcpy(w->memory.base + at, path, size);
    }
    for (uint64_t i = next_random() % 64; i-- > 0;)
        w->memory.base[next_random() % w->memory.size] = (uint8_t)(next_random() % 6);
}

/* A call whose path is a real one, so that the file system sees work. */
static void aim_at_a_path(uint64_t *args, const wasi_call *call, world *w)
{
    static const char *const paths[] = {"work/a",    "a",        "b",          "b/c",  "data/file",
                                        "data/link", "work/b",   "file",       "link", "work",
                                        "dev/null",  "dev/zero", "dev/urandom"};
    if (strncmp(call->name, "path_", 5) != 0 || next_random() % 4 == 0)
        return;
    if (strcmp(call->name, "path_symlink") == 0) {
        args[0] = 16;
        args[1] = put_text(w, 16, paths[next_random() % (sizeof paths / sizeof paths[0])]);
        args[2] = 3 + next_random() % 3;
        args[3] = 64;
        args[4] = put_text(w, 64, paths[next_random() % (sizeof paths / sizeof paths[0])]);
        return;
    }
    bool with_flags = strcmp(call->name, "path_open") == 0 ||
                      strcmp(call->name, "path_link") == 0 ||
                      strncmp(call->name, "path_filestat", 13) == 0;
    size_t at = with_flags ? 2 : 1;
    const char *path = paths[next_random() % (sizeof paths / sizeof paths[0])];
    args[0] = 3 + next_random() % 3;
    if (with_flags)
        args[1] &= 1;
    args[at] = 16;
    args[at + 1] = put_text(w, 16, path);
    if (strcmp(call->name, "path_readlink") == 0 && next_random() % 2) {
        args[3] = 2048;
        args[4] = next_random() % 64;
        args[5] = 1024;
    }
    if (strcmp(call->name, "path_rename") == 0 || strcmp(call->name, "path_link") == 0) {
        args[at + 2] = 3 + next_random() % 3;
        args[at + 3] = 64;
        args[at + 4] = put_text(w, 64, paths[next_random() % (sizeof paths / sizeof paths[0])]);
    }
    if (strcmp(call->name, "path_open") == 0) {
        args[4] = next_random() % 3 ? next_random() % 2 : next_random() % 16;
        args[5] = args[6] = next_random() % 2 ? WASI_RIGHTS_FILE : next_random() & ALL_RIGHTS;
        if (next_random() % 4 == 0)
            args[5] = args[6] = WASI_R(FD_READ) | WASI_R(FD_SEEK);
        args[7] &= 31;
        args[8] = next_random() % 4 ? 1024 : args[8];
    }
}

/* Descriptors are mostly ones that are open, and those that the guest began with mostly stay. */
static void aim_at_a_descriptor(uint64_t *args, const wasi_call *call)
{
    bool closes = strcmp(call->name, "fd_close") == 0;
    if (strcmp(call->name, "fd_renumber") == 0 && next_random() % 64 != 0)
        args[1] = 6 + next_random() % 10, closes = true;
    if (strncmp(call->name, "fd_", 3) == 0 && next_random() % 4 != 0)
        args[0] = closes ? 6 + next_random() % 40 : 3 + next_random() % 16;
    closes |= strcmp(call->name, "fd_fdstat_set_rights") == 0;
    if (closes && args[0] < 6 && next_random() % 64 != 0)
        args[0] += 6;
}

/* Vectors that point inside, so that bytes move. */
static void aim_at_bytes(uint64_t *args, const wasi_call *call, world *w)
{
    static const char *const names[] = {"fd_read", "fd_write", "fd_pread", "fd_pwrite"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(call->name, names[i]) != 0 || next_random() % 4 == 0)
            continue;
        args[1] = 512;
        args[2] = next_random() % 4;
        for (uint64_t j = 0; j < args[2]; j++)
            put_vector(w, 512 + j * 8, (uint32_t)(next_random() % 4096),
                       (uint32_t)(next_random() % 4096));
        if (i >= 2)
            args[3] = next_random() % 4 ? next_random() % 200000 : args[3];
        args[i >= 2 ? 4 : 3] = 1024;
    }
}

static void random_call(world *w)
{
    const wasi_call *call = &wasi_calls[next_random() % WASI_CALL_COUNT];
    uint64_t args[WASI_CALL_ARGS_MAX] = {0};
    for (size_t i = 0; call->signature[i]; i++)
        args[i] = random_value(call->signature[i], w->memory.size);
    aim_at_a_descriptor(args, call);
    aim_at_bytes(args, call, w);
    if (next_random() % 16 == 0)
        salt_memory(w);
    aim_at_a_path(args, call, w);
    wasi_begin(w->context, bj_clock_monotonic_ns() + 200000, bj_clock_thread_cpu_ns());
    w->budget.used[POLICY_output_bytes] = 0;
    vfs_errno error = wasi_dispatch(w->context, call, w->memory, args);
    successes[call - wasi_calls] += error == VFS_OK;
    assert_in_range(error, 0, VFS_ERRNO_COUNT - 1);
    assert_true(w->budget.used[POLICY_files] <= w->budget.allowed[POLICY_files]);
    assert_true(w->budget.used[POLICY_file_bytes] <= w->budget.allowed[POLICY_file_bytes]);
    assert_true(w->budget.used[POLICY_descriptors] <= w->budget.allowed[POLICY_descriptors]);
}

static void random_world(uint64_t seed, int calls)
{
    char host[] = "/tmp/belljar-dispatch-XXXXXX", path[64];
    assert_non_null(mkdtemp(host));
    snprintf(path, sizeof path, "%s/file", host);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("content", file);
    fclose(file);
    char link_path[64];
    snprintf(link_path, sizeof link_path, "%s/link", host);
    assert_int_equal(symlink("file", link_path), 0);
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    world w;
    static const char *const args[] = {"program", "an argument"}, *const env[] = {"A=1"};
    world_open(&w, host,
               &(wasi_setup){.stdin_fd = seed % 2 ? pipe_fds[0] : -1,
                             .stdin_bytes = bj_span_of("some input"),
                             .args = args,
                             .arg_count = 2,
                             .env = env,
                             .env_count = 1});
    random_state = seed;
    w.budget.allowed[POLICY_file_bytes] = 1 << 20;
    w.budget.allowed[POLICY_files] = 40;
    w.budget.allowed[POLICY_descriptors] = 64;
    w.budget.allowed[POLICY_output_bytes] = 100000;
    w.memory.base += 65536 - 8192; /* a small memory that ends where the mapping does */
    w.memory.size = 8192;
    for (int i = 0; i < calls; i++)
        random_call(&w);
    world_close(&w);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(rmdir(host), 0);
}

static void no_call_with_any_arguments_harms_the_host(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++)
        random_world(seed, 2000);
    /* The arguments are not so wild that they only ever meet the first check. */
    for (size_t i = 0; i < WASI_CALL_COUNT; i++)
        if (successes[i] == 0 && strncmp(wasi_calls[i].name, "sock_", 5) != 0)
            fail_msg("%s never succeeded", wasi_calls[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_each_call_once_with_a_signature_that_can_be),
        cmocka_unit_test(every_call_is_there),
        cmocka_unit_test(too_many_host_calls_cross_their_limit),
        cmocka_unit_test(after_a_stop_no_call_does_anything),
        cmocka_unit_test(no_call_with_any_arguments_harms_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
