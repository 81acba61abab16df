/*
 * test_dup.c: duplicates of descriptors: one position, one set of flags, a number and rights of their own.
 */
#include "wasi/saved.h"
#include "world.h"

#define LOWEST WASI_FD_LOWEST

static vfs_errno duplicate(world *w, uint64_t fd, uint64_t to)
{
    const uint64_t args[WASI_CALL_ARGS_MAX] = {fd, to, RESULT};
    return wasi_dispatch(w->context, &wasi_fd_dup, w->memory, args);
}

static uint32_t dup_of(world *w, uint64_t fd)
{
    assert_ok(duplicate(w, fd, LOWEST));
    return get32(w, RESULT);
}

static uint64_t position(world *w, uint64_t fd)
{
    assert_ok(CALL(w, "fd_tell", fd, RESULT));
    return get64(w, RESULT);
}

static void duplicates_share_position_and_flags(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT), b = dup_of(&w, a), c = dup_of(&w, b);
    assert_int_equal(b, a + 1);
    assert_int_equal(c, a + 2);
    write_text(&w, a, "0123");
    assert_int_equal(position(&w, b), 4);
    write_text(&w, c, "45");
    assert_int_equal(position(&w, a), 6);
    assert_ok(CALL(&w, "fd_seek", b, 1, 0, RESULT));
    expect_read(&w, a, "12345");
    assert_ok(CALL(&w, "fd_fdstat_set_flags", b, 1)); /* append */
    assert_ok(CALL(&w, "fd_fdstat_get", a, 1000));
    assert_int_equal(wasi_load16(w.memory.base + 1002), 1);
    uint32_t other = open_file(&w, WORK, "f", 0);
    assert_int_equal(position(&w, other), 0);
    world_close(&w);
}

static void a_duplicate_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT), b = dup_of(&w, a);
    write_text(&w, a, "abc");
    assert_ok(CALL(&w, "path_unlink_file", WORK, 50000, put_text(&w, 50000, "f")));
    assert_ok(CALL(&w, "fd_close", a));
    write_text(&w, b, "def");
    assert_ok(CALL(&w, "fd_seek", b, 0, 0, RESULT));
    expect_read(&w, b, "abcdef");
    assert_int_equal(open_file(&w, WORK, "g", CREAT), a);
    assert_int_equal(position(&w, a), 0); /* not the position that a was part of */
    world_close(&w);
}

static void each_duplicate_has_rights_of_its_own(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT), b = dup_of(&w, a);
    assert_ok(CALL(&w, "fd_fdstat_set_rights", b, WASI_R(FD_READ), 0));
    write_text(&w, a, "x");
    put_vector(&w, 100, 200, 1);
    assert_errno(CALL(&w, "fd_write", b, 100, 1, RESULT), VFS_ENOTCAPABLE);
    uint32_t c = dup_of(&w, b); /* no more than b has */
    assert_errno(CALL(&w, "fd_write", c, 100, 1, RESULT), VFS_ENOTCAPABLE);
    world_close(&w);
}

static void a_stream_can_be_put_aside_and_back(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t file = open_file(&w, WORK, "captured", CREAT), aside = dup_of(&w, 1);
    assert_ok(duplicate(&w, file, 1));
    assert_int_equal(get32(&w, RESULT), 1);
    write_text(&w, 1, "into the file");
    assert_ok(duplicate(&w, aside, 1));
    write_text(&w, 1, "out");
    bj_buffer output = wasi_take_output(w.context, BJ_STDOUT);
    assert_string_equal(bj_buffer_text(&output), "out");
    bj_buffer_free(&output);
    assert_ok(CALL(&w, "fd_seek", file, 0, 0, RESULT));
    expect_read(&w, file, "into the file");
    assert_errno(CALL(&w, "fd_tell", aside, RESULT), VFS_ESPIPE);
    world_close(&w);
}

static void a_number_far_away_leaves_the_ones_between_closed(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT);
    assert_ok(duplicate(&w, a, 200));
    assert_errno(CALL(&w, "fd_tell", 199, RESULT), VFS_EBADF);
    assert_ok(CALL(&w, "fd_tell", 200, RESULT));
    assert_int_equal(open_file(&w, WORK, "g", CREAT), a + 1);
    assert_ok(duplicate(&w, a, a + 2));
    assert_int_equal(open_file(&w, WORK, "g", 0), a + 3);
    world_close(&w);
}

static void numbers_and_limits_are_held(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    const uint32_t allowed = (uint32_t)w.budget.allowed[POLICY_descriptors];
    uint32_t a = open_file(&w, WORK, "f", CREAT);
    assert_errno(duplicate(&w, 99, LOWEST), VFS_EBADF);
    assert_errno(duplicate(&w, 99, a), VFS_EBADF);
    assert_errno(duplicate(&w, a, allowed), VFS_EBADF);
    assert_errno(duplicate(&w, a, LOWEST - 1), VFS_EBADF);
    assert_ok(duplicate(&w, a, a));
    const uint64_t outside[WASI_CALL_ARGS_MAX] = {a, LOWEST, MEMORY_BYTES - 3};
    assert_errno(wasi_dispatch(w.context, &wasi_fd_dup, w.memory, outside), VFS_EFAULT);
    while (w.budget.used[POLICY_descriptors] < allowed)
        dup_of(&w, a);
    assert_errno(duplicate(&w, a, LOWEST), VFS_EMFILE);
    assert_ok(duplicate(&w, a, 1)); /* takes the place of one that is open */
    assert_ok(CALL(&w, "fd_close", 0));
    assert_ok(duplicate(&w, a, 0));
    assert_int_equal(w.budget.used[POLICY_descriptors], allowed);
    world_close(&w);
}

/* Groups of duplicates come and go; no two that live at once may get the same position. */
static void positions_of_closed_groups_are_used_again(void **state)
{
    (void)state;
    world w;
    uint32_t fds[40], again[40];
    world_open(&w, NULL, NULL);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 40; i++) {
            fds[i] = open_file(&w, WORK, "f", CREAT);
            again[i] = dup_of(&w, fds[i]);
            assert_ok(CALL(&w, "fd_seek", again[i], 1000 * round + i, 0, RESULT));
        }
        for (uint32_t i = 0; i < 40; i++)
            assert_int_equal(position(&w, fds[i]), 1000 * round + i);
        for (uint32_t i = round; i < 40; i += 2) {
            assert_ok(CALL(&w, "fd_renumber", fds[i], again[i])); /* the last of its group */
            assert_int_equal(position(&w, again[i]), 1000 * round + i);
            assert_ok(CALL(&w, "fd_close", again[i]));
        }
        for (uint32_t i = 0; i < 40; i++) {
            (void)CALL(&w, "fd_close", fds[i]);
            (void)CALL(&w, "fd_close", again[i]);
        }
    }
    world_close(&w);
}

static void a_duplicate_of_a_preopen_is_none(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t fd = dup_of(&w, WORK);
    assert_errno(CALL(&w, "fd_prestat_get", fd, 1000), VFS_EBADF);
    assert_int_equal(open_file(&w, fd, "f", CREAT), fd + 1);
    world_close(&w);
}

/* `w` and `other`, which goes on from it, each with a file and two duplicates at 3. */
static void expect_apart(world *w, world *other, uint32_t a, uint32_t b)
{
    assert_int_equal(position(other, a), 3);
    assert_ok(CALL(other, "fd_seek", b, 7, 0, RESULT));
    assert_int_equal(position(other, a), 7);
    assert_int_equal(position(w, a), 3);
    assert_int_equal(position(w, b), 3);
}

static void a_fork_shares_among_its_own(void **state)
{
    (void)state;
    world w, other;
    bj_error err = {0};
    world_open(&w, NULL, NULL);
    world_open(&other, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT), b = dup_of(&w, a);
    write_text(&w, a, "abc");
    vfs_tree *tree = vfs_tree_fork(w.tree, VFS_NOW, &other.budget, &err);
    assert_non_null(tree);
    assert_int_equal(
        wasi_context_resume(other.context, w.context, tree, &other.budget, false, &err), 0);
    vfs_tree_release(other.tree);
    other.tree = tree;
    expect_apart(&w, &other, a, b);
    world_close(&other);
    world_close(&w);
}

static int append(void *user, const void *bytes, size_t size)
{
    return bj_buffer_append(user, bytes, size);
}

static int take(void *user, void *bytes, size_t size)
{
    bj_span *left = user;
    if (size > left->size)
        return -1;
    memcpy(bytes, left->data, size);
    *left = (bj_span){left->data + size, left->size - size};
    return 0;
}

static wasi_saved *read_back(const bj_buffer *bytes)
{
    bj_span left = {bytes->data, bytes->size};
    bj_source source = {.get = take, .user = &left, .left = left.size, .room = 1 << 20};
    return wasi_saved_read(&source);
}

static void what_is_saved_shares_when_it_is_read(void **state)
{
    (void)state;
    world w, other;
    bj_error err = {0};
    bj_buffer bytes = {0};
    world_open(&w, NULL, NULL);
    world_open(&other, NULL, NULL);
    uint32_t a = open_file(&w, WORK, "f", CREAT), b = dup_of(&w, a);
    write_text(&w, a, "abc");
    bj_sink sink = {.put = append, .user = &bytes};
    wasi_context_save(w.context, &sink);
    wasi_saved *saved = read_back(&bytes);
    assert_non_null(saved);
    vfs_tree *tree = vfs_tree_fork(w.tree, VFS_NOW, &other.budget, &err);
    assert_int_equal(wasi_context_assume(other.context, saved, tree, &other.budget, &err), 0);
    vfs_tree_release(other.tree);
    other.tree = tree;
    expect_apart(&w, &other, a, b);
    wasi_saved_delete(saved);
    bj_buffer_free(&bytes);
    world_close(&other);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duplicates_share_position_and_flags),
        cmocka_unit_test(a_duplicate_outlives_what_it_was_made_of),
        cmocka_unit_test(each_duplicate_has_rights_of_its_own),
        cmocka_unit_test(a_stream_can_be_put_aside_and_back),
        cmocka_unit_test(a_number_far_away_leaves_the_ones_between_closed),
        cmocka_unit_test(numbers_and_limits_are_held),
        cmocka_unit_test(positions_of_closed_groups_are_used_again),
        cmocka_unit_test(a_duplicate_of_a_preopen_is_none),
        cmocka_unit_test(a_fork_shares_among_its_own),
        cmocka_unit_test(what_is_saved_shares_when_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
