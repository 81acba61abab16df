/*
 * test_sock.c: sockets are refused, by what the descriptor is.
 */
#include "world.h"

static const char *const calls[] = {"sock_accept", "sock_recv", "sock_send", "sock_shutdown"};

static void no_descriptor_is_a_socket(void **state)
{
    (void)state;
    world w;
    world_open(&w, NULL, NULL);
    uint32_t file = open_file(&w, WORK, "a", CREAT);
    const uint64_t open[] = {0, 1, 2, ROOT, WORK, file};
    const uint64_t bad[] = {(uint64_t)file + 1, 99, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < sizeof open / sizeof open[0]; j++)
            assert_errno(CALL(&w, calls[i], open[j], 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
                              0xffffffff),
                         VFS_ENOTSOCK);
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++)
            assert_errno(CALL(&w, calls[i], bad[j]), VFS_EBADF);
    }
    assert_ok(CALL(&w, "fd_close", file));
    for (size_t i = 0; i < 4; i++)
        assert_errno(CALL(&w, calls[i], file), VFS_EBADF);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_descriptor_is_a_socket)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
