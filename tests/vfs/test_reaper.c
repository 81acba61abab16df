/*
 * test_reaper.c: what is large is freed by another thread than the one that lets go of it; all of it is, also in a child; and
 * what waits is bounded.
 */
#include "base/reaper.h"
#include "vfs/memory/reap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "grove.h"
#include "vfs/memory/inodes.h"

static pthread_t caller;
static atomic_uint freed, freed_here, handed_over;
static atomic_bool held;

static void count_free(vfs_item *item)
{
    while (atomic_load(&held) && !pthread_equal(pthread_self(), caller))
        usleep(1000);
    atomic_fetch_add(&freed, 1);
    atomic_fetch_add(&freed_here, pthread_equal(pthread_self(), caller) != 0);
    free(item);
}

static const vfs_item_kind counted = {NULL, count_free};

static vfs_map map_of(uint64_t count)
{
    vfs_map map = {0};
    for (uint64_t i = 0; i < count; i++) {
        vfs_item *item = calloc(1, sizeof *item);
        item->key = i;
        atomic_init(&item->references, 1);
        assert_int_equal(vfs_map_add(&map, &counted, item), 0);
    }
    return map;
}

static void begin(void)
{
    caller = pthread_self();
    atomic_store(&freed, 0);
    atomic_store(&freed_here, 0);
    atomic_store(&held, false);
}

/* Counts what is handed over: linked in front of the real one. */
void __real_vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes);
void __wrap_vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes);

void __wrap_vfs_reap(vfs_map *map, const vfs_item_kind *kind, uint64_t bytes)
{
    atomic_fetch_add(&handed_over, 1);
    __real_vfs_reap(map, kind, bytes);
}

static void another_thread_frees_all_of_it(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3; i++) {
        vfs_map map = map_of(10000);
        __real_vfs_reap(&map, &counted, 4096);
        assert_null(map.root);
    }
    bj_reaper_wait();
    assert_int_equal(atomic_load(&freed), 30000);
    assert_int_equal(atomic_load(&freed_here), 0);
    bj_reaper_wait();
}

static void what_waits_is_bounded(void **state)
{
    (void)state;
    begin();
    atomic_store(&held, true);
    for (unsigned i = 0; i < REAPER_MOST + 11; i++) {
        vfs_map map = map_of(1);
        __real_vfs_reap(&map, &counted, 4096);
    }
    assert_in_range(atomic_load(&freed_here), 10, 11); /* one may have been taken off the row */
    atomic_store(&held, false);
    bj_reaper_wait();
    assert_int_equal(atomic_load(&freed), REAPER_MOST + 11);
}

static void bytes_that_wait_are_bounded(void **state)
{
    (void)state;
    begin();
    atomic_store(&held, true);
    vfs_map maps[] = {map_of(1), map_of(1), map_of(1)};
    __real_vfs_reap(&maps[0], &counted, REAPER_MOST_BYTES + 1); /* one, however large */
    assert_int_equal(atomic_load(&freed_here), 0);
    __real_vfs_reap(&maps[1], &counted, 1);
    __real_vfs_reap(&maps[2], &counted, UINT64_MAX);
    assert_int_equal(atomic_load(&freed_here), 2);
    atomic_store(&held, false);
    bj_reaper_wait();
    assert_int_equal(atomic_load(&freed), 3);
}

static void a_child_has_a_thread_of_its_own(void **state)
{
    (void)state;
    if (BJ_UNDER_TSAN)
        skip(); /* it knows no threads that a child starts */
    begin();
    vfs_map map = map_of(1000);
    __real_vfs_reap(&map, &counted, 4096);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        begin();
        vfs_map own = map_of(1000);
        __real_vfs_reap(&own, &counted, 4096);
        bj_reaper_wait();
        _exit(atomic_load(&freed) >= 1000 && atomic_load(&freed_here) == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    bj_reaper_wait();
}

static atomic_int stage; /* of free_slowly: 1 begun, 2 done */

static void free_slowly(void *unused)
{
    (void)unused;
    atomic_store(&stage, 1);
    usleep(100000);
    atomic_store(&stage, 2);
}

static void a_fork_sees_all_of_it_or_nothing(void **state)
{
    (void)state;
    if (BJ_UNDER_TSAN)
        skip(); /* it knows no threads that a child starts */
    atomic_store(&stage, 0);
    bj_reap(free_slowly, NULL, 1, true);
    while (atomic_load(&stage) == 0)
        usleep(100);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(atomic_load(&stage));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 2);
    bj_reaper_wait();
}

static void make_files(grove *g, unsigned count)
{
    char path[32];
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof path, "work/f%u", i);
        write_file(g, path, "x");
    }
}

static unsigned handed_over_by(unsigned files, bool marked)
{
    grove g;
    grove_open(&g);
    make_files(&g, files);
    atomic_store(&handed_over, 0);
    if (marked) {
        vfs_tree_mark(g.tree);
        write_file(&g, "work/f0", "y");
        vfs_tree_unmark(g.tree);
        const unsigned by_mark = atomic_load(&handed_over);
        grove_close(&g);
        return by_mark;
    }
    grove_close(&g);
    return atomic_load(&handed_over);
}

static void trees_with_many_files_are_handed_over(void **state)
{
    (void)state;
    assert_int_equal(handed_over_by(100, false), 0);
    assert_int_equal(handed_over_by(100, true), 0);
    assert_in_range(handed_over_by(5000, false), 1, 3);
    assert_int_equal(handed_over_by(5000, true), 1);
    bj_reaper_wait();
}

static void marks_of_files_that_are_gone_are_handed_over(void **state)
{
    (void)state;
    grove g;
    char path[32];
    grove_open(&g);
    make_files(&g, 5000);
    vfs_tree_mark(g.tree);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(path, sizeof path, "work/f%u", i);
        assert_ok(vfs_remove_file(g.tree, vfs_tree_root(g.tree), bj_span_of(path)));
    }
    atomic_store(&handed_over, 0);
    vfs_tree_unmark(g.tree);
    assert_int_equal(atomic_load(&handed_over), 1);
    grove_close(&g);
    bj_reaper_wait();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_thread_frees_all_of_it),
        cmocka_unit_test(what_waits_is_bounded),
        cmocka_unit_test(bytes_that_wait_are_bounded),
        cmocka_unit_test(a_child_has_a_thread_of_its_own),
        cmocka_unit_test(a_fork_sees_all_of_it_or_nothing),
        cmocka_unit_test(trees_with_many_files_are_handed_over),
        cmocka_unit_test(marks_of_files_that_are_gone_are_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
