/*
 * test_allocations.c: every allocation of policies, contexts and calls fails once: an error, or all as it should be;
 * nothing is leaked, and the next time it works. (Operations on files: tests/vfs/test_allocations.c.)
 */
#include "failing.h"
#include "policy/grants.h"
#include "wasi/saved.h"
#include "world.h"

/* Whether it succeeded. */
typedef bool (*operation)(world *w);

static bool op_grants(world *w)
{
    (void)w;
    bj_error err;
    bj_policy policy;
    bj_policy_init(&policy);
    bool ok = bj_policy_grant_dir(&policy, "/tmp", "/a", BJ_READ_ONLY, &err) == 0 &&
              bj_policy_grant_tmp(&policy, "/b", 1000, &err) == 0 &&
              bj_policy_grant_archive(&policy, "x.zip", "/c", &err) == 0 &&
              bj_policy_grant_env(&policy, "A", "b", &err) == 0 &&
              bj_policy_grant_env(&policy, "A", "c", &err) == 0 &&
              bj_policy_grant_arg(&policy, "arg", &err) == 0 &&
              bj_policy_grant_devices(&policy, &err) == 0 &&
              bj_policy_grant_stdin(&policy, "in", 2, &err) == 0;
    bj_grants *copy = ok ? policy_grants_copy(policy.grants) : NULL;
    ok &= copy != NULL;
    if (copy) {
        assert_int_equal(copy->mount_count, 3);
        assert_string_equal(copy->env.items[0], "A=c");
        assert_int_equal(copy->stdin_bytes.size, 2);
    }
    policy_grants_delete(copy);
    bj_policy_clear(&policy);
    return ok;
}

static bool op_context(world *w)
{
    bj_error err;
    const struct wasi_preopen preopens[] = {{"/", "/"},     {"/work", "/work"}, {"/dev", "/dev"},
                                            {"/work", "."}, {"/work", "a"},     {"/work", "b"}};
    const wasi_setup setup = {.budget = &w->budget,
                              .tree = w->tree,
                              .stdin_fd = -1,
                              .preopens = preopens,
                              .preopen_count = 6};
    const uint64_t before = w->budget.used[POLICY_descriptors];
    wasi_context *context = wasi_context_new(&setup, &err);
    wasi_context_delete(context);
    assert_int_equal(w->budget.used[POLICY_descriptors], before);
    return context != NULL;
}

/* More than fit in the table at first. */
static bool op_open(world *w)
{
    uint32_t fds[20];
    unsigned count = 0;
    vfs_errno error = VFS_OK;
    for (; count < 20 && error == VFS_OK; count += error == VFS_OK)
        error = open_with(w, WORK, "file", CREAT, ALL_RIGHTS, 0, &fds[count]);
    for (unsigned i = 0; i < count; i++)
        assert_ok(CALL(w, "fd_close", fds[i]));
    return error == VFS_OK;
}

static bool op_output(world *w)
{
    put_text(w, 1000, "some output");
    put_vector(w, 2000, 1000, 11);
    const uint32_t before = get32(w, RESULT);
    (void)before;
    return CALL(w, "fd_write", 1, 2000, 1, RESULT) == VFS_OK && get32(w, RESULT) == 11;
}

/* A denial that finds no memory is counted. */
static bool op_denial(world *w)
{
    uint32_t fd;
    assert_errno(open_with(w, ROOT, "etc/passwd", 0, ALL_RIGHTS, 0, &fd), VFS_ENOENT);
    wasi_denials denials = wasi_take_denials(w->context);
    assert_int_equal(denials.count + denials.more, 1);
    wasi_denials_clear(&denials);
    return true;
}

static bool op_list(world *w)
{
    return CALL(w, "fd_readdir", WORK, 1000, 4000, 0, RESULT) == VFS_OK;
}

static bool op_fork(world *w)
{
    bj_error err;
    policy_budget budget;
    world_limits(&budget);
    vfs_tree *tree = vfs_tree_fork(w->tree, VFS_NOW, &budget, &err);
    const wasi_setup setup = {.budget = &budget, .tree = tree, .stdin_fd = -1};
    wasi_context *context = tree ? wasi_context_new(&setup, &err) : NULL;
    bool ok = context && wasi_context_resume(context, w->context, tree, &budget, true, &err) == 0;
    wasi_context_delete(context);
    vfs_tree_release(tree);
    assert_int_equal(budget.used[POLICY_descriptors], 0);
    assert_int_equal(budget.host_bytes, 0);
    return ok;
}

static int put_bytes(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

static int get_bytes(void *user, void *bytes, size_t size)
{
    bj_span *left = user;
    if (size > left->size)
        return -1;
    memcpy(bytes, left->data, size);
    *left = (bj_span){left->data + size, left->size - size};
    return 0;
}

static bool op_save(world *w)
{
    bj_error err;
    bj_autobuffer bj_buffer bytes = {0};
    bj_sink sink = {.put = put_bytes, .user = &bytes};
    wasi_context_save(w->context, &sink);
    if (sink.failed)
        return false;
    bj_span left = {bytes.data, bytes.size};
    bj_source source = {.get = get_bytes, .user = &left, .left = left.size, .room = UINT64_MAX};
    wasi_saved *saved = wasi_saved_read(&source);
    policy_budget budget = w->budget; /* the context gives back to its own */
    budget.used[POLICY_descriptors] = 0;
    const wasi_setup setup = {.budget = &budget, .tree = w->tree, .stdin_fd = -1};
    wasi_context *context = saved ? wasi_context_new(&setup, &err) : NULL;
    bool ok = context && wasi_context_assume(context, saved, w->tree, &budget, &err) == 0;
    wasi_context_delete(context);
    wasi_saved_delete(saved);
    assert_int_equal(budget.used[POLICY_descriptors], 0);
    return ok;
}

static const struct {
    const char *name;
    operation run;
} operations[] = {{"grants", op_grants}, {"context", op_context}, {"open", op_open},
                  {"output", op_output}, {"denial", op_denial},   {"list", op_list},
                  {"fork", op_fork},     {"save", op_save}};

static void everything_survives_every_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        for (int all_after = 0; all_after < 2; all_after++)
            for (unsigned n = 1, failed = 1; failed; n++) {
                world w;
                world_open(&w, NULL, NULL);
                for (int j = 0; j < 10; j++)
                    (void)open_file(&w, WORK, "file", CREAT);
                failing_begin(n, all_after);
                const bool ok = operations[i].run(&w);
                failed = failing_end();
                if (!ok && !failed)
                    fail_msg("%s does not work", operations[i].name);
                if (!operations[i].run(&w))
                    fail_msg("%s does not work after allocation %u failed", operations[i].name, n);
                world_close(&w);
                assert_true(n < 2000);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
