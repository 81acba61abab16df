/*
 * test_snapshot_sealed.c: snapshot files with a key: they hold nothing that can be read, and load with that key and as
 * they were written, or not at all. Files that cannot be written leave everything as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "snapshots.h"

static const uint8_t key[32] = "0123456789abcdef0123456789abcde";
static char folder[64], path[96];
static bj_snapshot *snapshot; /* with a text in it that can be found */

#define FOUND "needle-in-the-memory-of-the-guest"

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/belljar-sealed-XXXXXX");
    if (!mkdtemp(folder) || session_begin(state, "javascript") != 0)
        return -1;
    snprintf(path, sizeof path, "%s/s.bj", folder);
    bj_sandbox *box = must_make(interpreter, NULL);
    /* Some of it packs badly, so that there are several segments. */
    run(box, "let x = '" FOUND "'; let y = []\n"
             "for (let i = 0; i < 40000; i++) y.push(Math.random())");
    snapshot = must_snapshot(box);
    bj_sandbox_delete(box);
    return 0;
}

static int end(void **state)
{
    char command[96];
    bj_snapshot_delete(snapshot);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return session_end(state) | system(command);
}

static bj_snapshot_file_options with_key(const void *bytes, size_t size)
{
    bj_snapshot_file_options options;
    bj_snapshot_file_options_init(&options);
    options.key = bytes;
    options.key_size = size;
    return options;
}

static void save(const void *bytes)
{
    bj_error err;
    const bj_snapshot_file_options options = with_key(bytes, 32);
    if (bj_snapshot_save_with(snapshot, path, &options, &err) < 0)
        fail_msg("%s", err.message);
}

static void refused(const void *bytes, bj_error_code code, const char *why)
{
    bj_error err = {0};
    const bj_snapshot_file_options options = with_key(bytes, 32);
    if (bj_snapshot_load_with(interpreter, path, &options, &err))
        fail_msg("it was loaded: wanted \"%s\"", why);
    if (err.code != code || !strstr(err.message, why))
        fail_msg("wanted \"%s\", got \"%s\"", why, err.message);
}

static bj_sandbox *load(const void *bytes)
{
    bj_error err;
    bj_policy none;
    bj_policy_init(&none);
    const bj_snapshot_file_options options = with_key(bytes, 32);
    bj_snapshot *loaded = bj_snapshot_load_with(interpreter, path, &options, &err);
    if (!loaded)
        fail_msg("%s", err.message);
    bj_sandbox *box = must_spawn(loaded, &none);
    bj_snapshot_delete(loaded);
    return box;
}

static char *read_saved(size_t *size)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *bytes = malloc(8 << 20);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 8 << 20, in);
    fclose(in);
    return bytes;
}

static void write_saved(const char *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(out);
}

static void what_was_sealed_goes_on(void **state)
{
    (void)state;
    size_t size;
    save(key);
    bj_sandbox *box = load(key);
    value_is(box, "[x, y.length]", "[\"" FOUND "\",40000]");
    bj_sandbox_delete(box);
    char *bytes = read_saved(&size);
    assert_true(size > 3 * 65552);
    assert_null(memmem(bytes, size, "\x28\xb5\x2f\xfd", 4)); /* where a zstd frame begins */
    free(bytes);
}

static void the_same_snapshot_is_never_the_same_file(void **state)
{
    (void)state;
    size_t size, other_size;
    save(key);
    char *bytes = read_saved(&size);
    save(key);
    char *other = read_saved(&other_size);
    assert_int_equal(size, other_size);
    size_t equal = 0;
    for (size_t i = 84; i < size; i++)
        equal += bytes[i] == other[i];
    assert_true(equal < size / 64);
    free(bytes);
    free(other);
}

static void no_key_and_other_keys(void **state)
{
    (void)state;
    bj_error err;
    uint8_t wrong[32];
    memcpy(wrong, key, sizeof wrong);
    wrong[31] ^= 1;
    save(key);
    refused(wrong, BJ_ERROR_ARGUMENT, "another key");
    refused(NULL, BJ_ERROR_ARGUMENT, "is encrypted");
    save(NULL);
    refused(key, BJ_ERROR_MODULE, "is not encrypted");
    bj_snapshot_file_options options = with_key(key, 16);
    assert_int_equal(bj_snapshot_save_with(snapshot, path, &options, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    assert_null(bj_snapshot_load_with(interpreter, path, &options, &err));
    assert_int_equal(err.code, BJ_ERROR_ARGUMENT);
    options.size = 1;
    assert_int_equal(bj_snapshot_save_with(snapshot, path, &options, &err), -1);
    bj_sandbox_delete(load(NULL));
}

static void edited_or_cut_off_anywhere(void **state)
{
    (void)state;
    size_t size;
    save(key);
    char *bytes = read_saved(&size);
    for (size_t at = 0; at < size; at += at < 130 ? 1 : size / 40) {
        bytes[at] ^= 1;
        write_saved(bytes, size);
        bytes[at] ^= 1;
        bj_error err = {0};
        const bj_snapshot_file_options options = with_key(key, 32);
        if (bj_snapshot_load_with(interpreter, path, &options, &err))
            fail_msg("byte %zu was edited, and nobody noticed", at);
        check_error(&err);
        write_saved(bytes, at);
        if (bj_snapshot_load_with(interpreter, path, &options, &err))
            fail_msg("it was cut off after %zu, and nobody noticed", at);
    }
    /* Whole segments that are left out, or come twice. */
    static const size_t header = 116, segment = 65552;
    write_saved(bytes, header + segment);
    refused(key, BJ_ERROR_MODULE, "damaged");
    char *longer = malloc(size + segment);
    memcpy(longer, bytes, header + segment);
    memcpy(longer + header + segment, bytes + header, size - header);
    write_saved(longer, size + segment);
    refused(key, BJ_ERROR_MODULE, "damaged");
    memcpy(longer, bytes, size);
    memcpy(longer + header, bytes + header + segment, segment);
    memcpy(longer + header + segment, bytes + header, segment);
    write_saved(longer, size);
    refused(key, BJ_ERROR_MODULE, "damaged");
    memcpy(longer, bytes, size);
    longer[size] = 0;
    write_saved(longer, size + 1);
    refused(key, BJ_ERROR_MODULE, "damaged");
    write_saved(bytes, header);
    refused(key, BJ_ERROR_MODULE, "damaged");
    free(longer);
    free(bytes);
}

/* What a file says of its size counts before its last segment has been seen. */
static void limits_hold(void **state)
{
    (void)state;
    bj_error err;
    save(key);
    bj_snapshot_file_options options = with_key(key, 32);
    options.most_bytes = 1000;
    assert_null(bj_snapshot_load_with(interpreter, path, &options, &err));
    assert_non_null(strstr(err.message, "more than the 1000"));
}

/* ---- Saving what was loaded. ---- */

static void what_was_loaded_can_be_saved(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_tmp(&policy, "/tmp", 1 << 20, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box,
        "let std, f; import('std').then(m => { std = m; f = std.open('/tmp/a', 'w+')\n"
        "f.puts('kept open'); f.flush(); let g = std.open('b', 'w'); g.puts('b'); g.close() })");
    bj_snapshot *taken = must_snapshot(box);
    bj_sandbox_delete(box);
    assert_int_equal(bj_snapshot_save(taken, path, &err), 0);
    bj_snapshot_delete(taken);
    for (int round = 0; round < 3; round++) {
        bj_snapshot *loaded = bj_snapshot_load(interpreter, path, 0, &err);
        if (!loaded)
            fail_msg("%s", err.message);
        box = must_spawn(loaded, &policy);
        value_is(box, "f.seek(0, 0); [f.getline(), std.loadFile('b')]", "[\"kept open\",\"b\"]");
        bj_sandbox_delete(box);
        assert_int_equal(bj_snapshot_save(loaded, path, &err), 0);
        bj_snapshot_delete(loaded);
    }
    bj_policy_clear(&policy);
}

/* ---- Files that cannot be written. ---- */

/* How many files there are beside the one that is saved. */
static bool folder_holds(const char *names)
{
    char command[160];
    snprintf(command, sizeof command, "test \"$(ls '%s' | tr '\\n' ' ')\" = '%s'", folder, names);
    return system(command) == 0;
}

/* In a child: the limit of file sizes, which comes with a signal that would end the process. */
static int save_beyond_the_limit(void)
{
    const struct rlimit limit = {100000, 100000};
    bj_error err = {0};
    signal(SIGXFSZ, SIG_DFL);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0 || bj_snapshot_save(snapshot, path, &err) == 0)
        return 1;
    sigset_t waiting, blocked;
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    return err.code == BJ_ERROR_IO && err.sys_errno == EFBIG && !sigismember(&waiting, SIGXFSZ) &&
                   !sigismember(&blocked, SIGXFSZ)
               ? 0
               : 2;
}

static void beyond_the_limit_of_file_sizes(void **state)
{
    (void)state;
    write_saved("what was there before", 21);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(save_beyond_the_limit());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    size_t size;
    char *bytes = read_saved(&size);
    assert_int_equal(size, 21);
    free(bytes);
    assert_true(folder_holds("s.bj "));
}

static void into_a_full_disk(void **state)
{
    (void)state;
    bj_error err;
    char full[128], at[160];
    snprintf(full, sizeof full, "%s/full", folder);
    snprintf(at, sizeof at, "mount -t tmpfs -o size=64k none '%s' 2>/dev/null", full);
    assert_int_equal(mkdir(full, 0700), 0);
    if (system(at) != 0) {
        rmdir(full);
        skip(); /* may not mount */
    }
    snprintf(at, sizeof at, "%s/s.bj", full);
    assert_int_equal(bj_snapshot_save(snapshot, at, &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    snprintf(at, sizeof at, "ls '%s' | wc -l | grep -qx 0", full);
    const int empty = system(at);
    snprintf(at, sizeof at, "umount '%s'", full);
    assert_int_equal(system(at), 0);
    rmdir(full);
    assert_int_equal(empty, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_goes_on),
        cmocka_unit_test(the_same_snapshot_is_never_the_same_file),
        cmocka_unit_test(no_key_and_other_keys),
        cmocka_unit_test(edited_or_cut_off_anywhere),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(what_was_loaded_can_be_saved),
        cmocka_unit_test(beyond_the_limit_of_file_sizes),
        cmocka_unit_test(into_a_full_disk),
    };
    return cmocka_run_group_tests_name("sealed snapshot files", tests, begin, end);
}
