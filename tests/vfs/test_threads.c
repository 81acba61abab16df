/*
 * test_threads.c: a tree that nobody uses, forked by several threads at once: what a snapshot is for. Each changes its
 * own fork, and sees its own changes and nobody else's. Meant for ThreadSanitizer.
 */
#include <pthread.h>

#include "grove.h"

#define THREADS 4u
#define ROUNDS  150u
#define FILES   200u

typedef struct worker {
    vfs_tree *snapshot;
    unsigned number;
    unsigned wrong;
} worker;

static void write_text(grove *g, unsigned file, const char *text, unsigned *wrong)
{
    char path[64];
    size_t moved = 0;
    vfs_node node;
    snprintf(path, sizeof path, "work/dir/file-%u", file);
    if (open_path(g, path, VFS_CREATE | VFS_TRUNCATE, VFS_WRITE, &node) != VFS_OK) {
        ++*wrong;
        return;
    }
    *wrong += vfs_node_write(node, 0, text, strlen(text), &moved) != VFS_OK;
    vfs_node_drop(node);
}

static bool holds(grove *g, unsigned file, const char *text)
{
    char path[64], bytes[64] = "";
    size_t moved = 0;
    vfs_node node;
    snprintf(path, sizeof path, "work/dir/file-%u", file);
    if (open_path(g, path, 0, VFS_READ, &node) != VFS_OK)
        return false;
    (void)!vfs_node_read(node, 0, bytes, sizeof bytes - 1, &moved);
    vfs_node_drop(node);
    return strcmp(bytes, text) == 0;
}

static void *work(void *user)
{
    worker *w = user;
    char mine[32];
    for (unsigned round = 0; round < ROUNDS; round++) {
        bj_error err;
        grove g = {0};
        grove_limits(&g.budget);
        g.tree = vfs_tree_fork(w->snapshot, VFS_NOW, &g.budget, &err);
        if (!g.tree) {
            w->wrong++;
            continue;
        }
        snprintf(mine, sizeof mine, "thread %u round %u", w->number, round);
        const unsigned file = (round * 31 + w->number) % FILES;
        write_text(&g, file, mine, &w->wrong);
        write_text(&g, FILES + w->number, mine, &w->wrong);
        w->wrong += remove_file(&g, "work/dir/file-0") != VFS_OK;
        w->wrong += file != 0 && !holds(&g, file, mine);
        w->wrong += !holds(&g, (file + 1) % FILES == 0 ? 1 : (file + 1) % FILES, "original");
        w->wrong += holds(&g, FILES + (w->number + 1) % THREADS, "thread");
        vfs_tree_release(g.tree);
    }
    return NULL;
}

static void threads_fork_one_snapshot(void **state)
{
    (void)state;
    grove g;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    unsigned wrong = 0;
    grove_open(&g);
    assert_ok(make_directory(&g, "work/dir"));
    for (unsigned i = 0; i < FILES; i++)
        write_text(&g, i, "original", &wrong);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (worker){.snapshot = g.tree, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        wrong += workers[i].wrong;
    }
    assert_int_equal(wrong, 0);
    for (unsigned i = 0; i < FILES; i++)
        assert_true(holds(&g, i, "original"));
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_fork_one_snapshot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
