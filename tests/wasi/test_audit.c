/*
 * test_audit.c: events of calls, and denials, whatever the arguments are.
 */
#include "wasi/audit.h"
#include "world.h"

typedef struct heard {
    wasi_event last;
    char path[2 * VFS_PATH_MAX], other[2 * VFS_PATH_MAX];
    unsigned count;
} heard;

static heard ear;

static void listen(void *user, const wasi_event *event)
{
    heard *h = user;
    h->count++;
    h->last = *event;
    snprintf(h->path, sizeof h->path, "%s", event->path ? event->path : "");
    snprintf(h->other, sizeof h->other, "%s", event->other_path ? event->other_path : "");
}

static void open_world(world *w)
{
    ear = (heard){0};
    world_open(w, NULL, &(wasi_setup){.stdin_fd = -1, .on_event = listen, .on_event_user = &ear});
}

static void calls_on_paths_tell_the_whole_path(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    put_text(&w, 100, "dir");
    put_text(&w, 200, "dir/new");
    assert_ok(CALL(&w, "path_create_directory", WORK, 100, 3));
    assert_string_equal(ear.path, "/work/dir");
    assert_string_equal(ear.last.mount, "/work");
    assert_string_equal(ear.last.layer, "memory");
    assert_ok(CALL(&w, "path_rename", WORK, 100, 3, WORK, 200, 3));
    assert_string_equal(ear.last.call, "path_rename");
    assert_string_equal(ear.other, "/work/dir");
    assert_errno(CALL(&w, "path_unlink_file", WORK, 100, 3), VFS_EISDIR);
    assert_int_equal(ear.last.result, VFS_EISDIR);
    put_text(&w, 100, "/absolute");
    assert_errno(CALL(&w, "path_filestat_get", WORK, 0, 100, 9, 1000), VFS_ENOTCAPABLE);
    assert_string_equal(ear.path, "/absolute");
    world_close(&w);
}

static void calls_on_descriptors_tell_what_they_stand_for(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    put_text(&w, 100, "file");
    assert_ok(CALL(&w, "path_open", WORK, 0, 100, 4, 1, ALL_RIGHTS, 0, 0, RESULT));
    uint32_t fd = get32(&w, RESULT);
    assert_true(ear.last.rights & WASI_R(FD_WRITE));
    assert_ok(CALL(&w, "fd_sync", fd));
    assert_string_equal(ear.path, "/work/file");
    assert_true(ear.last.has_descriptor);
    assert_int_equal(ear.last.descriptor, fd);
    assert_ok(CALL(&w, "path_unlink_file", WORK, 100, 4));
    assert_ok(CALL(&w, "fd_sync", fd));
    assert_string_equal(ear.path, ""); /* it has no name any more */
    assert_ok(CALL(&w, "fd_close", fd));
    assert_errno(CALL(&w, "fd_close", fd), VFS_EBADF);
    assert_null(ear.last.path);
    assert_ok(CALL(&w, "fd_write", 1, 0, 0, RESULT));
    assert_string_equal(ear.path, "stdout");
    world_close(&w);
}

static void what_names_nothing_is_not_told(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    assert_ok(CALL(&w, "args_sizes_get", RESULT, RESULT + 4));
    assert_ok(CALL(&w, "sched_yield"));
    assert_int_equal(ear.count, 0);
    assert_ok(CALL(&w, "clock_time_get", 0, 0, RESULT));
    assert_ok(CALL(&w, "random_get", 0, 1));
    assert_int_equal(ear.count, 2);
    world_close(&w);
}

/* What a call writes over its own path is not what was asked for. */
static void a_path_is_told_as_it_was_asked_for(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    put_text(&w, 100, "file");
    assert_ok(CALL(&w, "path_open", WORK, 0, 100, 4, 1, ALL_RIGHTS, 0, 0, 100));
    assert_string_equal(ear.path, "/work/file");
    world_close(&w);
}

static void any_arguments_may_come(void **state)
{
    (void)state;
    static const uint64_t odd[] = {0, 3, 100, 255, 4096, 65535, 65536, UINT32_MAX};
    enum { ODD = sizeof odd / sizeof *odd };
    world w;
    open_world(&w);
    memset(w.memory.base, 'x', MEMORY_BYTES);
    for (unsigned c = 0; c < WASI_CALL_COUNT; c++) {
        const wasi_call *call = &wasi_calls[c];
        if (!call->returns_errno || strcmp(call->name, "poll_oneoff") == 0 ||
            strcmp(call->name, "proc_raise") == 0)
            continue;
        for (unsigned round = 0; round < 300; round++) {
            uint64_t args[WASI_CALL_ARGS_MAX];
            for (unsigned a = 0; a < WASI_CALL_ARGS_MAX; a++)
                args[a] = odd[(round * 7 + a * 13 + round / 8 * a) % ODD];
            (void)wasi_dispatch(w.context, call, w.memory, args);
            assert_true(strlen(ear.path) < sizeof ear.path - 1);
        }
    }
    world_close(&w);
}

static void denials_are_counted_and_bounded(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    put_text(&w, 100, "etc/passwd");
    for (int i = 0; i < 3; i++)
        assert_errno(CALL(&w, "path_filestat_get", ROOT, 0, 100, 10, 1000), VFS_ENOENT);
    put_text(&w, 100, "missing");
    assert_errno(CALL(&w, "path_filestat_get", WORK, 0, 100, 7, 1000), VFS_ENOENT);
    put_text(&w, 100, "..");
    assert_errno(CALL(&w, "path_filestat_get", WORK, 0, 100, 2, 1000), VFS_ENOTCAPABLE);
    wasi_denials denials = wasi_take_denials(w.context);
    assert_int_equal(denials.count, 2);
    assert_string_equal(denials.items[0].path, "/etc/passwd");
    assert_string_equal(denials.items[0].reason, "no grant covers it");
    assert_int_equal(denials.items[0].times, 3);
    assert_string_equal(denials.items[1].path, "/work/..");
    wasi_denials_clear(&denials);
    memset(w.memory.base + 100, 'y', 4000);
    for (uint32_t size = 1; size < 4000; size++)
        (void)!CALL(&w, "path_filestat_get", ROOT, 0, 100, size, 5000);
    denials = wasi_take_denials(w.context);
    assert_true(denials.count <= WASI_DENIALS_MOST && denials.bytes <= WASI_DENIALS_BYTES);
    assert_true(denials.more > 100);
    wasi_denials_clear(&denials);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_on_paths_tell_the_whole_path),
        cmocka_unit_test(calls_on_descriptors_tell_what_they_stand_for),
        cmocka_unit_test(what_names_nothing_is_not_told),
        cmocka_unit_test(a_path_is_told_as_it_was_asked_for),
        cmocka_unit_test(any_arguments_may_come),
        cmocka_unit_test(denials_are_counted_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
