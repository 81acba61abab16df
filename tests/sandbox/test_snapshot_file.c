/*
 * test_snapshot_file.c: snapshots in files: what was saved goes on elsewhere exactly where it was, and nothing else
 * than what was saved is ever loaded.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshots.h"

static char folder[64], path[128];

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/belljar-saved-XXXXXX");
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

/* Saves what a sandbox is now. */
static void save(bj_sandbox *box)
{
    bj_error err;
    bj_snapshot *snapshot = must_snapshot(box);
    if (bj_snapshot_save(snapshot, path, &err) < 0)
        fail_msg("%s", err.message);
    bj_snapshot_delete(snapshot);
}

static bj_sandbox *load(const bj_policy *policy)
{
    bj_error err;
    bj_policy none;
    bj_policy_init(&none);
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    if (!snapshot)
        fail_msg("%s", err.message);
    check_json(bj_snapshot_describe(snapshot));
    bj_sandbox *box = must_spawn(snapshot, policy ? policy : &none);
    bj_snapshot_delete(snapshot);
    return box;
}

/* It is refused, by a message that says `why`. */
static void refused(const char *why)
{
    bj_error err = {0};
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    if (snapshot)
        fail_msg("it was loaded: wanted \"%s\"", why);
    check_error(&err);
    if (!strstr(err.message, why))
        fail_msg("wanted \"%s\", got \"%s\"", why, err.message);
}

/* ---- What was saved goes on. ---- */

static void all_state_goes_on(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box,
        "import os, time, random, collections\n"
        "random.seed(7); data = [random.random() for _ in range(50000)]\n"
        "def f(n): return n * len(data)\n"
        "os.makedirs('a/b'); open('a/b/c', 'w').write('deep')\n"
        "os.link('a/b/c', 'hard'); os.symlink('a/b', 'soft')\n"
        "open('big', 'wb').write(bytes(range(256)) * 1000)\n"
        "s = open('sparse', 'wb'); s.seek(300000); s.write(b'end'); s.flush()\n"
        "with open('endless', 'wb') as e: e.truncate(1 << 62); e.seek(1 << 40); e.write(b'x')\n"
        "r = open('big', 'rb', 0); r.seek(255); gone = open('gone', 'w+'); gone.write('held')\n"
        "gone.flush(); os.remove('gone'); x = os.open('hard', os.O_RDONLY); y = os.open('big', "
        "os.O_RDONLY)\n"
        "os.close(x); t = time.monotonic(); q = collections.deque([1, 2])");
    save(box);
    run(box, "data.clear(); os.remove('big')");
    bj_sandbox_delete(box);
    bj_sandbox *again = load(NULL);
    value_is(again, "[f(2), list(q)]", "[100000,[1,2]]");
    value_is(again, "g = random.Random(7); [g.random() for _ in range(50000)] == data", "true");
    value_is(again, "random.random() == g.random()", "true");
    value_is(again, "sorted(os.listdir('.'))",
             "[\"a\",\"big\",\"endless\",\"hard\",\"soft\",\"sparse\"]");
    value_is(again,
             "e = open('endless', 'rb'); e.seek(2**40 - 1); [os.stat('endless').st_size == 2**62, "
             "list(e.read(3))]",
             "[true,[0,120,0]]");
    value_is(again, "[open('soft/c').read(), os.stat('hard').st_nlink, os.readlink('soft')]",
             "[\"deep\",2,\"a/b\"]");
    value_is(again,
             "b = open('sparse', 'rb').read(); [len(b), b[:300000].count(0), b[-3:].decode()]",
             "[300003,300000,\"end\"]");
    value_is(again, "[list(r.read(2)), gone.seek(0), gone.read(), os.read(y, 2).hex()]",
             "[[255,0],0,\"held\",\"0001\"]");
    value_is(again, "0 <= time.monotonic() - t < 60", "true");
    run(again, "open('a/b/new', 'w').write('x'); os.rename('a/b', 'moved'); os.remove('hard')");
    value_is(again, "[sorted(os.listdir('moved')), s.tell(), s.write(b'!')]",
             "[[\"c\",\"new\"],300003,1]");
    save(again);
    bj_sandbox_delete(again);
    bj_sandbox *third = load(NULL);
    value_is(third, "[sorted(os.listdir('moved')), f(1)]", "[[\"c\",\"new\"],50000]");
    bj_sandbox_delete(third);
}

static void it_may_be_loaded_by_another_engine(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "x = {'a': [1, 2]}");
    save(box);
    bj_sandbox_delete(box);
    bj_engine *other = bj_engine_new(NULL, &err);
    bj_runtime *python = other ? bj_runtime_open(other, "python", &err) : NULL;
    bj_snapshot *snapshot = python ? bj_snapshot_load(python, path, 0, &err) : NULL;
    if (!snapshot)
        fail_msg("%s", err.message);
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *again = must_spawn(snapshot, &policy);
    value_is(again, "x", "{\"a\":[1,2]}");
    run(again, "x = 2");
    must_rewind(again, snapshot);
    value_is(again, "x", "{\"a\":[1,2]}");
    bj_sandbox_delete(again);
    assert_null(bj_snapshot_spawn(snapshot, NULL, &err));
    bj_snapshot_delete(snapshot);
    bj_runtime_delete(python);
    bj_engine_delete(other);
}

static void write_host(const char *name, const char *content)
{
    char file[256];
    snprintf(file, sizeof file, "%s/%s", folder, name);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(content, out);
    fclose(out);
}

static void nothing_is_granted_by_a_file(void **state)
{
    (void)state;
    char data[128], other[128];
    bj_error err;
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(mkdir(other, 0700), 0);
    write_host("data/a", "alpha beta");
    write_host("data/b", "below");
    write_host("other/a", "omega beta");
    bj_policy policy, none, elsewhere;
    bj_policy_init(&policy);
    bj_policy_init(&none);
    bj_policy_init(&elsewhere);
    assert_int_equal(bj_policy_grant_dir(&policy, data, "/over", BJ_OVERLAY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&policy, data, "/read", BJ_READ_ONLY, &err), 0);
    assert_int_equal(bj_policy_grant_tmp(&policy, "/tmp", 1 << 20, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box,
        "import os\nf = open('/read/a'); f.read(6); g = open('/over/b'); h = open('/tmp/t', 'w+')\n"
        "h.write('temporary'); h.flush(); open('/over/new', 'w').write('new')\n"
        "with open('/over/a', 'r+') as o: o.seek(5); o.write('_')\n"
        "os.mkdir('/over/d'); os.rename('/over/b', '/over/d/moved')");
    save(box);
    bj_sandbox_delete(box);

    /* Nothing of the host is in the file. */
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    assert_non_null(snapshot);
    char *description = bj_snapshot_describe(snapshot);
    assert_non_null(strstr(description, "/over"));
    assert_null(strstr(description, folder));
    bj_free(description);
    assert_null(bj_snapshot_spawn(snapshot, &none, &err));
    assert_non_null(strstr(err.message, "/over"));

    bj_sandbox *again = must_spawn(snapshot, &policy);
    value_is(again, "[f.read(), g.read(), h.seek(0), h.read()]",
             "[\"beta\",\"below\",0,\"temporary\"]");
    value_is(again,
             "[open('/over/a').read(), open('/over/d/moved').read(), sorted(os.listdir('/over'))]",
             "[\"alpha_beta\",\"below\",[\"a\",\"d\",\"new\"]]");
    bj_sandbox_delete(again);

    /* The same names, granted from another place of the host: what lies there is seen. */
    assert_int_equal(bj_policy_grant_dir(&elsewhere, other, "/over", BJ_OVERLAY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&elsewhere, other, "/read", BJ_READ_ONLY, &err), 0);
    assert_int_equal(bj_policy_grant_tmp(&elsewhere, "/tmp", 1 << 20, &err), 0);
    again = bj_snapshot_spawn(snapshot, &elsewhere, &err);
    if (again) {
        value_is(again, "f.read()", "\"beta\"");
        bj_sandbox_delete(again);
    } else {
        assert_non_null(strstr(err.message, "a file that was open is not there"));
    }
    bj_snapshot_delete(snapshot);
    bj_policy_clear(&policy);
    bj_policy_clear(&elsewhere);
}

static void limits_hold_for_what_is_loaded(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "x = bytearray(40_000_000); open('f', 'wb').write(bytes(100000))");
    save(box);
    bj_sandbox_delete(box);
    bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
    assert_non_null(snapshot);
    policy.memory_bytes = 50 << 20;
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    bj_policy_init(&policy);
    policy.file_bytes = 50000;
    assert_null(bj_snapshot_spawn(snapshot, &policy, &err));
    assert_non_null(strstr(err.message, "file-bytes"));
    bj_snapshot_delete(snapshot);
    assert_null(bj_snapshot_load(interpreter, path, 1000, &err));
    assert_non_null(strstr(err.message, "more than"));
}

/* Those of the fresh sandbox that it becomes do not count besides. */
static void all_descriptors_may_be_in_use(void **state)
{
    (void)state;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.descriptors = 8;
    bj_sandbox *box = must_make(interpreter, &policy);
    run(box, "held = []\ntry:\n    while True: held.append(open('f', 'w'))\nexcept OSError: pass");
    bj_sandbox *fork = bj_sandbox_fork(box, &err);
    if (!fork)
        fail_msg("%s", err.message);
    bj_sandbox_delete(fork);
    save(box);
    bj_sandbox_delete(box);
    box = load(&policy);
    value_is(box, "len(held) > 1 and held[0].write('x')", "1");
    bj_sandbox_delete(box);
}

/* ---- Nothing else is loaded. ---- */

static char *read_saved(size_t *size)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    *size = (size_t)ftell(in);
    rewind(in);
    char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, in), *size);
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

static void save_small(void)
{
    bj_sandbox *box = must_make(interpreter, NULL);
    run(box, "x = 1; open('f', 'w').write('x')");
    save(box);
    bj_sandbox_delete(box);
}

static void cut_off_anywhere(void **state)
{
    (void)state;
    size_t size;
    save_small();
    char *bytes = read_saved(&size);
    for (size_t length = 0; length < size; length += length < 100 ? 1 : size / 50) {
        write_saved(bytes, length);
        bj_error err = {0};
        assert_null(bj_snapshot_load(interpreter, path, 0, &err));
        check_error(&err);
    }
    write_saved(bytes, size - 1);
    refused("damaged");
    free(bytes);
}

static void edited_anywhere(void **state)
{
    (void)state;
    size_t size;
    save_small();
    char *bytes = read_saved(&size);
    for (size_t at = 0; at < size; at += at < 100 ? 1 : size / 100) {
        bytes[at] ^= 0x10;
        write_saved(bytes, size);
        bytes[at] ^= 0x10;
        bj_error err = {0};
        bj_snapshot *snapshot = bj_snapshot_load(interpreter, path, 0, &err);
        if (snapshot)
            fail_msg("byte %zu was edited, and nobody noticed", at);
        check_error(&err);
    }
    bytes[size] = 0;
    write_saved(bytes, size + 1);
    refused("damaged");
    free(bytes);
}

static void foreign_files(void **state)
{
    (void)state;
    bj_error err;
    write_saved("", 0);
    refused("is no snapshot");
    write_saved("PK\3\4 a zip file or so", 21);
    refused("is no snapshot");
    write_saved("BJSNAP\r\n\3\0\0\0 the next version", 29);
    refused("another version");
    save_small();
    bj_runtime *javascript = bj_runtime_open(engine, "javascript", &err);
    assert_non_null(javascript);
    assert_null(bj_snapshot_load(javascript, path, 0, &err));
    assert_non_null(strstr(err.message, "another runtime"));
    bj_runtime_delete(javascript);
    unlink(path);
    refused("cannot be opened");
    assert_int_equal(mkdir(path, 0700), 0);
    refused("not a regular file");
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused("not a regular file");
    unlink(path);
}

static void what_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_snapshot *snapshot = must_snapshot(box);
    assert_int_equal(bj_snapshot_save(snapshot, "/no/such/folder/x.bj", &err), -1);
    assert_int_equal(err.code, BJ_ERROR_IO);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(bj_snapshot_save(snapshot, path, &err), -1);
    rmdir(path);
    char command[160];
    snprintf(command, sizeof command, "test -z \"$(ls '%s' | grep session)\"", folder);
    assert_int_equal(system(command), 0);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_state_goes_on),
        cmocka_unit_test(it_may_be_loaded_by_another_engine),
        cmocka_unit_test(nothing_is_granted_by_a_file),
        cmocka_unit_test(limits_hold_for_what_is_loaded),
        cmocka_unit_test(all_descriptors_may_be_in_use),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(edited_anywhere),
        cmocka_unit_test(foreign_files),
        cmocka_unit_test(what_cannot_be_written_leaves_nothing),
    };
    return cmocka_run_group_tests_name("snapshots in files", tests, begin, end);
}
