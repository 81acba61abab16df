/*
 * test_errno.c: the numbers are those of the specification.
 */
#include "grove.h"

static void numbers_are_those_of_preview_1(void **state)
{
    (void)state;
    assert_int_equal(VFS_OK, 0);
    assert_int_equal(VFS_E2BIG, 1);
    assert_int_equal(VFS_EACCES, 2);
    assert_int_equal(VFS_EBADF, 8);
    assert_int_equal(VFS_EEXIST, 20);
    assert_int_equal(VFS_EILSEQ, 25);
    assert_int_equal(VFS_EINVAL, 28);
    assert_int_equal(VFS_EISDIR, 31);
    assert_int_equal(VFS_ENOENT, 44);
    assert_int_equal(VFS_ENOSYS, 52);
    assert_int_equal(VFS_ENOTDIR, 54);
    assert_int_equal(VFS_EROFS, 69);
    assert_int_equal(VFS_EXDEV, 75);
    assert_int_equal(VFS_ENOTCAPABLE, 76);
    assert_int_equal(VFS_ERRNO_COUNT, 77);
}

static void names_are_known_and_others_are_not(void **state)
{
    (void)state;
    assert_string_equal(vfs_errno_name(VFS_OK), "OK");
    assert_string_equal(vfs_errno_name(VFS_ENOENT), "ENOENT");
    assert_string_equal(vfs_errno_name(VFS_ENOTCAPABLE), "ENOTCAPABLE");
    assert_string_equal(vfs_errno_name((vfs_errno)77), "?");
    assert_string_equal(vfs_errno_name((vfs_errno)-1), "?");
}

static void the_hosts_errno_is_translated_by_name(void **state)
{
    (void)state;
    assert_errno(vfs_errno_from_host(0), VFS_OK);
    assert_errno(vfs_errno_from_host(ENOENT), VFS_ENOENT);
    assert_errno(vfs_errno_from_host(ELOOP), VFS_ELOOP);
    assert_errno(vfs_errno_from_host(EXDEV), VFS_EXDEV);
    assert_errno(vfs_errno_from_host(EUCLEAN), VFS_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_preview_1),
        cmocka_unit_test(names_are_known_and_others_are_not),
        cmocka_unit_test(the_hosts_errno_is_translated_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
