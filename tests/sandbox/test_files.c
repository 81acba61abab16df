/*
 * test_files.c: the files of a sandbox, written and read by its embedder.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "sandbox/object/sandbox.h"
#include "session.h"

static int begin(void **state)
{
    return session_begin(state, "python");
}

static void write_text(bj_sandbox *box, const char *path, const char *text_)
{
    bj_error err;
    if (bj_sandbox_write_file(box, path, text_, strlen(text_), &err) < 0)
        fail_msg("%s: %s", path, err.message);
}

static void write_fails(bj_sandbox *box, const char *path, const char *why)
{
    bj_error err;
    assert_int_equal(bj_sandbox_write_file(box, path, "x", 1, &err), -1);
    if (err.code != BJ_ERROR_IO || !strstr(err.message, why))
        fail_msg("%s: %s, not %s", path, err.message, why);
}

static void read_is(bj_sandbox *box, const char *path, const char *bytes, size_t size)
{
    bj_error err;
    size_t got = 0;
    char *read = bj_sandbox_read_file(box, path, 1000, &got, &err);
    if (!read)
        fail_msg("%s: %s", path, err.message);
    assert_int_equal(got, size);
    assert_memory_equal(read, bytes, size);
    assert_int_equal(read[size], 0);
    bj_free(read);
}

static void read_fails(bj_sandbox *box, const char *path, bj_error_code code, const char *why)
{
    bj_error err;
    size_t size;
    assert_null(bj_sandbox_read_file(box, path, 1000, &size, &err));
    if (err.code != code || !strstr(err.message, why))
        fail_msg("%s: %s, not %s", path, err.message, why);
    if (strcmp(why, "ENOENT") == 0)
        assert_int_equal(err.sys_errno, ENOENT);
    if (strcmp(why, "EISDIR") == 0)
        assert_int_equal(err.sys_errno, EISDIR);
}

static void list_is(bj_sandbox *box, const char *path, const char *json)
{
    bj_error err;
    char *list = bj_sandbox_list_files(box, path, &err);
    if (!list)
        fail_msg("%s: %s", path, err.message);
    assert_string_equal(list, json);
    bj_free(list);
}

static void files_go_in_and_come_out(void **state)
{
    (void)state;
    bj_error err;
    bj_sandbox *box = must_make(interpreter, NULL);
    write_text(box, "/work/deep/er/in.csv", "a,b\n1,2\n"); /* before anything ran */
    expect_output(must_eval(box, "print(open('deep/er/in.csv').read(), end='')"), "a,b\n1,2\n");
    expect_outcome(
        must_eval(box, "open('out.bin', 'wb').write(b'\\0\\1\\xff'); open('empty', 'w').close()"),
        BJ_OUTCOME_OK);
    read_is(box, "/work/out.bin", "\0\1\xff", 3);
    read_is(box, "/work/empty", "", 0);
    list_is(box, "/work",
            "[{\"name\":\"deep\",\"type\":\"directory\",\"bytes\":0},"
            "{\"name\":\"empty\",\"type\":\"file\",\"bytes\":0},"
            "{\"name\":\"out.bin\",\"type\":\"file\",\"bytes\":3}]");
    write_text(box, "/work/out.bin", "new");
    read_is(box, "/work/out.bin", "new", 3);
    assert_int_equal(bj_sandbox_remove_file(box, "/work/out.bin", &err), 0);
    assert_int_equal(bj_sandbox_remove_file(box, "/work/deep", &err), -1);
    assert_non_null(strstr(err.message, "ENOTEMPTY"));
    assert_int_equal(bj_sandbox_remove_file(box, "/work/deep/er/in.csv", &err), 0);
    assert_int_equal(bj_sandbox_remove_file(box, "/work/deep/er", &err), 0);
    list_is(box, "/work/deep", "[]");
    bj_sandbox_delete(box);
}

static void after_the_sandbox_has_ended_too(void **state)
{
    (void)state;
    bj_policy policy = tight_policy();
    policy.memory_bytes = 64 << 20;
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt_delete(must_eval(box, "open('a', 'w').write('kept')\nwhile True: pass"));
    assert_true(bj_sandbox_has_ended(box));
    read_is(box, "/work/a", "kept", 4);
    write_text(box, "/work/b", "x");
    bj_sandbox_delete(box);
}

static void the_guests_rules_hold(void **state)
{
    (void)state;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.file_bytes = 100000;
    policy.files = 4;
    bj_sandbox *box = must_make(interpreter, &policy);
    write_fails(box, "/etc/passwd", "E");
    write_fails(box, "/x", "EROFS");
    write_fails(box, "/lib/belljar/os.pyc", "EROFS");
    write_fails(box, "relative", "EINVAL");
    write_fails(box, "", "EINVAL");
    write_fails(box, "/", "EISDIR");
    write_fails(box, "/work", "EISDIR");
    write_fails(box, "/work/../../../etc/x", "ENOTCAPABLE");
    write_fails(box, "/work/\xff", "EILSEQ");
    read_fails(box, "/etc/passwd", BJ_ERROR_IO, "ENOENT");
    read_fails(box, "/work", BJ_ERROR_IO, "EISDIR");
    read_fails(box, "/dev/zero", BJ_ERROR_IO, "EINVAL");
    read_fails(box, "/lib/belljar/os.pyc", BJ_ERROR_ARGUMENT, "1000 bytes");
    static char big[200000];
    bj_error err;
    memset(big, 'x', sizeof big);
    assert_int_equal(bj_sandbox_write_file(box, "/work/big", big, sizeof big, &err), -1);
    assert_non_null(strstr(err.message, "ENOSPC"));
    assert_int_equal(bj_sandbox_remove_file(box, "/work/big", &err), 0);
    write_text(box, "/work/a/b", "x");
    write_text(box, "/work/c/d", "x");
    write_fails(box, "/work/one-too-many", "ENOSPC");
    bj_sandbox_delete(box);
}

static void links_of_the_guest_lead_nowhere_else(void **state)
{
    (void)state;
    bj_sandbox *box = must_make(interpreter, NULL);
    expect_outcome(must_eval(box, "import os\n"
                                  "os.symlink('loop', 'loop')\n"
                                  "os.symlink('../../../../../../etc/passwd', 'up')\n"
                                  "open('there', 'w').write('yes')\n"
                                  "os.symlink('there', 'link')"),
                   BJ_OUTCOME_OK);
    read_fails(box, "/work/loop", BJ_ERROR_IO, "ELOOP");
    read_fails(box, "/work/up", BJ_ERROR_IO, "ENOTCAPABLE");
    write_fails(box, "/work/up", "ENOTCAPABLE");
    read_is(box, "/work/link", "yes", 3);
    bj_sandbox_delete(box);
}

static void what_was_granted_is_written_as_it_was_granted(void **state)
{
    (void)state;
    bj_error err;
    char folder[] = "/tmp/belljar-files-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    bj_policy policy;
    bj_policy_init(&policy);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/ro", BJ_READ_ONLY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/over", BJ_OVERLAY, &err), 0);
    assert_int_equal(bj_policy_grant_dir(&policy, folder, "/rw", BJ_READ_WRITE, &err), 0);
    bj_sandbox *box = must_make(interpreter, &policy);
    write_fails(box, "/ro/x", "EROFS");
    write_text(box, "/over/x", "over");
    list_is(box, "/ro", "[]");
    write_text(box, "/rw/y", "through");
    list_is(box, "/ro", "[{\"name\":\"y\",\"type\":\"file\",\"bytes\":7}]");
    snprintf(path, sizeof path, "%s/y", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
}

/* ---------------------------------------------------------------- work that ends */

/* An interrupt that comes while files are looked at from outside ends that, and nothing else. */
static void an_interrupt_ends_what_is_done_from_outside(void **state)
{
    (void)state;
    sandbox_work work;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt_delete(must_eval(box, "1"));
    sandbox_work_asked_for(&work, box);
    assert_true(policy_work_look(&work.work));
    bj_sandbox_interrupt(box);
    assert_false(policy_work_look(&work.work));
    assert_int_equal(policy_unfinished_by(&work.work), POLICY_UNFINISHED_interrupt);
    sandbox_work_done(&work);
    expect_outcome(must_eval(box, "2"), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

/* One that was there before is for the next eval. */
static void an_interrupt_for_the_next_eval_stays(void **state)
{
    (void)state;
    sandbox_work work;
    bj_sandbox *box = must_make(interpreter, NULL);
    write_text(box, "/work/a", "x");
    bj_sandbox_interrupt(box);
    list_is(box, "/work", "[{\"name\":\"a\",\"type\":\"file\",\"bytes\":1}]");
    sandbox_work_asked_for(&work, box);
    assert_true(policy_work_look(&work.work));
    bj_sandbox_interrupt(box);
    assert_false(policy_work_look(&work.work));
    sandbox_work_done(&work);
    expect_outcome(must_eval(box, "1"), BJ_OUTCOME_INTERRUPTED);
    bj_sandbox_delete(box);
}

/* The receipt of a run that is over by its deadline or an interrupt has the grace, and not more. */
static void a_receipt_has_its_grace(void **state)
{
    (void)state;
    sandbox_work work;
    bj_sandbox *box = must_make(interpreter, NULL);
    bj_receipt_delete(must_eval(box, "1"));
    box->first.deadline_ns = 0;
    const uint64_t before_ns = bj_clock_monotonic_ns();
    sandbox_work_on_receipt(&work, box);
    assert_true(work.work.until_ns >= before_ns + POLICY_WORK_GRACE_NS);
    assert_true(work.work.until_ns <= bj_clock_monotonic_ns() + POLICY_WORK_GRACE_NS);
    box->first.deadline_ns = UINT64_MAX;
    sandbox_work_on_receipt(&work, box);
    assert_int_equal(work.work.until_ns, UINT64_MAX);
    assert_true(policy_work_look(&work.work));
    bj_sandbox_interrupt(box);
    while (policy_work_look(&work.work))
        ;
    assert_int_equal(policy_unfinished_by(&work.work), POLICY_UNFINISHED_interrupt);
    assert_true(bj_clock_monotonic_ns() >= work.grace_ns);
    sandbox_work_done(&work);
    expect_outcome(must_eval(box, "2"), BJ_OUTCOME_OK);
    bj_sandbox_delete(box);
}

/* More is made than a receipt tells of: it says so, by name. */
static void a_receipt_says_what_it_leaves_out(void **state)
{
    (void)state;
    const char *part, *why;
    bj_policy policy;
    bj_policy_init(&policy);
    policy.files = 200000;
    policy.wall_ms = 300000;
    policy.memory_bytes = 512 << 20;
    policy.file_bytes = 128 << 20;
    bj_sandbox *box = must_make(interpreter, &policy);
    bj_receipt *receipt = must_eval(box, "open('a', 'w').close()");
    assert_false(bj_receipt_unfinished(receipt, 0, &part, &why));
    char *described = bj_receipt_describe(receipt);
    assert_non_null(strstr(described, "\"unfinished\": {}"));
    bj_free(described);
    bj_receipt_delete(receipt);
    receipt = must_eval(box, "import os\nfor i in range(100001): os.link('a', f'b{i}')");
    assert_int_equal(bj_receipt_outcome(receipt), BJ_OUTCOME_OK);
    assert_true(bj_receipt_has_more_changes(receipt));
    assert_true(bj_receipt_unfinished(receipt, 0, &part, &why));
    assert_string_equal(part, "files");
    assert_string_equal(why, "count");
    assert_int_equal(bj_receipt_change_count(receipt), 100000);
    assert_false(bj_receipt_unfinished(receipt, 1, &part, &why));
    bj_receipt_delete(receipt);
    bj_changes *changes = bj_sandbox_changes(box, "/", NULL);
    assert_non_null(changes);
    assert_true(bj_changes_unfinished(changes, 0, &part, &why));
    assert_string_equal(why, "count");
    bj_changes_delete(changes);
    bj_sandbox_delete(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_go_in_and_come_out),
        cmocka_unit_test(after_the_sandbox_has_ended_too),
        cmocka_unit_test(the_guests_rules_hold),
        cmocka_unit_test(links_of_the_guest_lead_nowhere_else),
        cmocka_unit_test(what_was_granted_is_written_as_it_was_granted),
        cmocka_unit_test(an_interrupt_ends_what_is_done_from_outside),
        cmocka_unit_test(an_interrupt_for_the_next_eval_stays),
        cmocka_unit_test(a_receipt_has_its_grace),
        cmocka_unit_test(a_receipt_says_what_it_leaves_out),
    };
    return cmocka_run_group_tests_name("files", tests, begin, session_end);
}
