/*
 * test_context.c: what a context cannot be made of.
 */
#include "world.h"

static void refused(vfs_tree *tree, policy_budget *budget, const char *path, const char *part)
{
    bj_error err = {0};
    const struct wasi_preopen preopens[] = {{path, "name"}};
    wasi_setup setup = {
        .budget = budget, .tree = tree, .preopens = preopens, .preopen_count = 1, .stdin_fd = -1};
    assert_null(wasi_context_new(&setup, &err));
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    assert_int_equal(budget->used[POLICY_descriptors], 0);
}

static void a_preopen_must_be_a_directory_of_the_tree(void **state)
{
    (void)state;
    policy_budget budget;
    bj_error err;
    world_limits(&budget);
    vfs_tree *tree = vfs_tree_new(&budget);
    assert_int_equal(vfs_tree_mount_memory(tree, "/work", &err), 0);
    refused(tree, &budget, "/none", "ENOENT");
    refused(tree, &budget, "work", "EINVAL");
    budget.allowed[POLICY_descriptors] = 3;
    refused(tree, &budget, "/work", "descriptors");
    budget.allowed[POLICY_descriptors] = 2;
    refused(tree, &budget, "/work", "descriptors");
    vfs_tree_release(tree);
}

static void the_tree_outlives_whoever_made_it(void **state)
{
    (void)state;
    policy_budget budget;
    bj_error err;
    world_limits(&budget);
    vfs_tree *tree = vfs_tree_new(&budget);
    assert_int_equal(vfs_tree_mount_memory(tree, "/work", &err), 0);
    const struct wasi_preopen preopens[] = {{"/work", "/work"}};
    wasi_setup setup = {
        .budget = &budget, .tree = tree, .preopens = preopens, .preopen_count = 1, .stdin_fd = -1};
    wasi_context *context = wasi_context_new(&setup, &err);
    assert_non_null(context);
    vfs_tree_release(tree);
    wasi_context_delete(context);
    wasi_context_delete(NULL);
    assert_int_equal(budget.used[POLICY_descriptors], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preopen_must_be_a_directory_of_the_tree),
        cmocka_unit_test(the_tree_outlives_whoever_made_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
