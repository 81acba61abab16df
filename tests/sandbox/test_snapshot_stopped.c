/*
 * test_snapshot_stopped.c: saving and loading a snapshot can be ended at any moment, by whoever asked for it or by time: there is
 * nothing then, or what was there before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshots.h"

#define MIB ((uint64_t)1 << 20)

static char folder[64], path[128];
static const char key[33] = "0123456789abcdef0123456789abcdef";

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/belljar-stopped-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/session.bj", folder);
    return session_begin(state, "python");
}

static int end(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return session_end(state) | system(command);
}

/* Who asks for it: says stop when it is asked for the n-th time. */
typedef struct asker {
    uint64_t asked, last; /* 0: it never does */
} asker;

static bool stops(void *user)
{
    asker *a = user;
    return ++a->asked == a->last;
}

static bj_snapshot_file_options options_of(asker *a, bool sealed)
{
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.stops = stops;
    options.user = a;
    options.key = sealed ? key : NULL;
    options.key_size = sealed ? 32 : 0;
    return options;
}

/* What compresses to nothing, what does not compress, and many small files: each is much work. */
static bj_snapshot *large(void)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "import os\na = b'x' * (48 << 20); b = os.urandom(8 << 20)\n"
             "for i in range(3000): open(f'f{i}', 'w').write(str(i))");
    bj_snapshot *snapshot = must_snapshot(box);
    bj_sandbox_delete(box);
    return snapshot;
}

static void is_stopped(const bj_error *err, const char *what)
{
    assert_int_equal(err->code, BJ_ERROR_STOPPED);
    check_error(err);
    if (!strstr(err->message, what))
        fail_msg("wanted \"%s\", got \"%s\"", what, err->message);
}

/* The old file, and nothing beside it. */
static void nothing_happened(off_t size)
{
    char command[256];
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, size);
    snprintf(command, sizeof command, "test \"$(ls '%s')\" = session.bj", folder);
    assert_int_equal(system(command), 0);
}

static uint64_t save_all(const bj_snapshot *snapshot, bool sealed)
{
    bj_error err;
    asker a = {0};
    const bj_snapshot_file_options options = options_of(&a, sealed);
    if (bj_snapshot_save_with(snapshot, path, &options, &err) < 0)
        fail_msg("%s", err.message);
    return a.asked;
}

static uint64_t load_all(bool sealed)
{
    bj_error err;
    asker a = {0};
    const bj_snapshot_file_options options = options_of(&a, sealed);
    bj_snapshot *loaded = bj_snapshot_load_with(interpreter, path, &options, &err);
    if (!loaded)
        fail_msg("%s", err.message);
    bj_snapshot_delete(loaded);
    return a.asked;
}

static void a_save_ends_at_any_moment(const bj_snapshot *snapshot, bool sealed, uint64_t all)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    const uint64_t at[] = {1, 2, 3, all / 4, all / 2, all - 1, all};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        bj_error err;
        asker a = {.last = at[i]};
        const bj_snapshot_file_options options = options_of(&a, sealed);
        assert_int_equal(bj_snapshot_save_with(snapshot, path, &options, &err), -1);
        is_stopped(&err, "was not saved: it was stopped");
        assert_int_equal(a.asked, at[i]); /* who has said no is not asked again */
        nothing_happened(st.st_size);
    }
}

static void a_load_ends_at_any_moment(bool sealed, uint64_t all)
{
    const uint64_t at[] = {1, 2, 3, all / 8, all / 4, all / 2, all - 1, all};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        bj_error err;
        asker a = {.last = at[i]};
        const bj_snapshot_file_options options = options_of(&a, sealed);
        assert_null(bj_snapshot_load_with(interpreter, path, &options, &err));
        is_stopped(&err, "was not loaded: it was stopped");
        assert_int_equal(a.asked, at[i]);
    }
}

/* Looks are at most some 64 KiB of work apart. */
static void saves_and_loads_can_be_stopped(void **state)
{
    (void)state;
    bj_snapshot *snapshot = large();
    for (int sealed = 0; sealed < 2; sealed++) {
        const uint64_t saving = save_all(snapshot, sealed), loading = load_all(sealed);
        assert_in_range(saving, 56 * MIB / 65536, UINT64_MAX);
        assert_in_range(loading, 56 * MIB / 65536, UINT64_MAX);
        a_save_ends_at_any_moment(snapshot, sealed, saving);
        a_load_ends_at_any_moment(sealed, loading);
        unlink(path);
    }
    bj_snapshot_delete(snapshot);
}

static void they_end_by_time(void **state)
{
    (void)state;
    bj_error err;
    bj_snapshot *snapshot = large();
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.timeout_ms = 1;
    assert_int_equal(bj_snapshot_save_with(snapshot, path, &options, &err), -1);
    is_stopped(&err, "in the 1 ms that it may take");
    assert_int_equal(access(path, F_OK), -1);
    save_all(snapshot, false);
    assert_null(bj_snapshot_load_with(interpreter, path, &options, &err));
    is_stopped(&err, "in the 1 ms that it may take");
    static const uint64_t enough[] = {600000, UINT64_MAX / 1000000, UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        options.timeout_ms = enough[i];
        assert_int_equal(bj_snapshot_save_with(snapshot, path, &options, &err), 0);
    }
    bj_snapshot *loaded = bj_snapshot_load_with(interpreter, path, &options, &err);
    assert_non_null(loaded);
    bj_snapshot_delete(loaded);
    bj_snapshot_delete(snapshot);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saves_and_loads_can_be_stopped),
        cmocka_unit_test(they_end_by_time),
    };
    return cmocka_run_group_tests_name("saves and loads that are stopped", tests, begin, end);
}
