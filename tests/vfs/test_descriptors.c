/*
 * test_descriptors.c: what a guest can make the host hold of descriptors: by opening, by paths, by forks, and together
 * with others; and that memory for files is charged for what it is.
 */
#include <dirent.h>
#include <malloc.h>

#include "grove.h"
#include "vfs/tree/path.h"

#define DEEP 400u

static unsigned open_now(void)
{
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 3; /* ".", "..", the listing itself */
}

/* A directory with files 0 to 99, and below it d/d/d/…, DEEP of them. */
static void make_deep_host(grove *g)
{
    char name[16];
    grove_make_host(g);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        host_write(g, name, name);
    }
    int at = open(g->host, O_PATH | O_DIRECTORY);
    for (unsigned i = 0; i < DEEP; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        int below = openat(at, "d", O_PATH | O_DIRECTORY);
        close(at);
        at = below;
    }
    close(at);
}

static void mount(grove *g, int kind)
{
    bj_error err = {0};
    int status = 0;
    if (kind == 2)
        status = vfs_tree_mount_overlay(g->tree, g->host, "/data", 0, &err);
    else
        status = vfs_tree_mount_host(g->tree, g->host, "/data", kind ? VFS_HOST_WRITABLE : 0, &err);
    if (status < 0)
        fail_msg("%s", err.message);
}

/* Read-only, read-write, overlay. */
#define FOR_EACH_KIND(kind) for (int kind = 0; kind < 3; kind++)

static unsigned open_all(grove *g, vfs_node *nodes, unsigned flags, vfs_errno *error)
{
    char path[32];
    unsigned count = 0;
    *error = VFS_OK;
    for (; count < 100 && *error == VFS_OK; count += *error == VFS_OK) {
        snprintf(path, sizeof path, "data/%u", count);
        *error = open_path(g, path, flags, VFS_READ, &nodes[count]);
    }
    return count;
}

static void a_sandbox_has_no_more_open_than_its_limit(void **state)
{
    (void)state;
    FOR_EACH_KIND(kind)
    {
        grove g;
        vfs_node nodes[100];
        vfs_errno error;
        grove_open(&g);
        make_deep_host(&g);
        mount(&g, kind);
        const unsigned before = open_now();
        g.budget.allowed[POLICY_host_descriptors] = 20;
        assert_int_equal(open_all(&g, nodes, 0, &error), 20);
        assert_errno(error, VFS_EMFILE);
        assert_true(open_now() <= before + 20 + 16); /* an overlay keeps some on the way */
        assert_errno(try_open(&g, "data/d/d", VFS_DIRECTORY_ONLY, VFS_READ),
                     kind == 2 ? VFS_OK : VFS_EMFILE);
        assert_ok(look(&g, "data/d/d/../d"));
        vfs_node_drop(nodes[3]);
        assert_ok(open_path(&g, "data/99", 0, VFS_READ, &nodes[3]));
        for (int i = 0; i < 20; i++)
            vfs_node_drop(nodes[i]);
        assert_int_equal(g.budget.used[POLICY_host_descriptors], 0);
        assert_true(open_now() <= before + (kind == 2 ? 16 : 0));
        grove_close(&g);
    }
}

static void no_file_is_made_that_cannot_be_given_out(void **state)
{
    (void)state;
    grove g;
    vfs_node nodes[100];
    vfs_errno error;
    grove_open(&g);
    make_deep_host(&g);
    mount(&g, 1);
    policy_descriptors all = {.most = 1000};
    g.budget.descriptors = &all;
    g.budget.allowed[POLICY_host_descriptors] = 5;
    assert_int_equal(open_all(&g, nodes, 0, &error), 5);
    assert_errno(try_open(&g, "data/new", VFS_CREATE, VFS_WRITE), VFS_EMFILE);
    assert_int_equal(access(host_path(&g, "new"), F_OK), -1);
    g.budget.allowed[POLICY_host_descriptors] = 64;
    vfs_autonode vfs_node top = node_at(&g, "/data");
    all.most = all.used; /* the others have the rest */
    vfs_node made;
    assert_errno(vfs_node_create(top, bj_span_of("new"), VFS_REGULAR_FILE, &made), VFS_ENFILE);
    assert_errno(vfs_node_create(top, bj_span_of("new"), VFS_DIRECTORY, &made), VFS_ENFILE);
    assert_int_equal(access(host_path(&g, "new"), F_OK), -1);
    assert_int_equal(g.budget.used[POLICY_files], 0);
    for (int i = 0; i < 5; i++)
        vfs_node_drop(nodes[i]);
    vfs_node_drop(vfs_node_steal(&top));
    grove_close(&g);
    assert_int_equal(all.used, 0);
}

/* "data", then `down` times "d", then `up` times "..", and so on, until 0. */
static const char *zigzag(const unsigned *turns)
{
    static char path[1 << 16];
    size_t at = (size_t)sprintf(path, "data");
    for (bool down = true; *turns; turns++, down = !down)
        for (unsigned i = 0; i < *turns; i++)
            at += (size_t)sprintf(path + at, down ? "/d" : "/..");
    return path;
}

/* How many descriptors one path needs at most, besides what is open. */
static bool resolves_with(grove *g, const char *path, uint64_t descriptors)
{
    policy_descriptors all = {.most = descriptors};
    g->budget.descriptors = &all;
    vfs_errno error = look(g, path);
    g->budget.descriptors = NULL;
    assert_true(error == VFS_OK || error == VFS_ENFILE);
    assert_int_equal(all.used, 0);
    return error == VFS_OK;
}

static void a_path_holds_few_descriptors_however_deep_it_goes(void **state)
{
    (void)state;
    FOR_EACH_KIND(kind)
    {
        grove g;
        const unsigned before = open_now();
        grove_open(&g);
        make_deep_host(&g);
        mount(&g, kind);
        const char *deep = zigzag((const unsigned[]){DEEP, DEEP, 0});
        if (kind < 2) {
            assert_true(resolves_with(&g, deep, 24));
            assert_false(resolves_with(&g, deep, 2));
            assert_true(resolves_with(&g, zigzag((const unsigned[]){400, 7, 7, 380, 3, 0}), 24));
        }
        assert_ok(look(&g, deep));
        assert_true(open_now() <= before + 1 + 16);
        grove_close(&g);
        assert_int_equal(open_now(), before);
    }
}

/* What lookups cost in all: a layer between that counts them. */
static uint64_t lookups;
static const vfs_ops *counted_ops;

static vfs_errno count_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    lookups++;
    return counted_ops->lookup(directory, name, child);
}

static uint64_t lookups_of(grove *g, const char *path)
{
    vfs_node top = node_at(g, "/data");
    vfs_ops counting = *top.layer->ops;
    counted_ops = top.layer->ops;
    counting.lookup = count_lookup;
    counting.walk = NULL;
    top.layer->ops = &counting;
    lookups = 0;
    assert_ok(look(g, path));
    top.layer->ops = counted_ops;
    vfs_node_drop(top);
    return lookups;
}

static void going_back_and_forth_costs_no_more_than_the_path_is_long(void **state)
{
    (void)state;
    static const unsigned periods[] = {1, 2, 4, 5, 6, 9, 17, 33, 70, 150};
    grove g;
    grove_open(&g);
    make_deep_host(&g);
    mount(&g, 0);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        unsigned turns[1000] = {DEEP}, count = 1, components = DEEP;
        for (; components + 2 * periods[i] < 1000 && count < 998; components += 2 * periods[i])
            turns[count++] = periods[i], turns[count++] = periods[i];
        assert_true(lookups_of(&g, zigzag(turns)) <= 3 * components);
    }
    assert_true(lookups_of(&g, zigzag((const unsigned[]){DEEP, DEEP - 1, 0})) <= 4 * DEEP);
    grove_close(&g);
}

/* When the deepest directory was looked up, the host puts a link in the place of one that was let go. */
static grove *swapped;

static vfs_errno swap_lookup(vfs_node directory, bj_span name, vfs_node *child)
{
    vfs_errno error = counted_ops->lookup(directory, name, child);
    if (++lookups == DEEP) {
        char inside[128];
        snprintf(inside, sizeof inside, "%s", host_path(swapped, "d/d/d/gone"));
        assert_int_equal(rename(host_path(swapped, "d/d/d/d"), inside), 0);
        host_link(swapped, "/", "d/d/d/d");
    }
    return error;
}

static void what_a_path_comes_back_to_is_no_link(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    make_deep_host(&g);
    mount(&g, 0);
    swapped = &g;
    vfs_node top = node_at(&g, "/data");
    vfs_ops swapping = *top.layer->ops;
    counted_ops = top.layer->ops;
    swapping.lookup = swap_lookup;
    swapping.walk = NULL;
    top.layer->ops = &swapping;
    lookups = 0;
    assert_errno(look(&g, zigzag((const unsigned[]){DEEP, DEEP - 5, 0})), VFS_ENOTDIR);
    assert_true(lookups > DEEP);
    top.layer->ops = counted_ops;
    vfs_node_drop(top);
    grove_close(&g);
}

static void greedy_guests_leave_enough_to_the_next_one(void **state)
{
    (void)state;
    enum { GUESTS = 20 };
    grove guests[GUESTS];
    vfs_node nodes[GUESTS][100];
    unsigned count[GUESTS];
    vfs_errno error;
    policy_descriptors all = {.most = 512};
    for (int i = 0; i < GUESTS; i++) {
        grove_open(&guests[i]);
        make_deep_host(&guests[i]);
        mount(&guests[i], 0);
        guests[i].budget.descriptors = &all;
        count[i] = open_all(&guests[i], nodes[i], 0, &error);
        assert_true(count[i] >= 5);
        assert_errno(error, VFS_ENFILE);
        assert_ok(look(&guests[i], "data/d/d/../d/d/../d/d/d/d/../../.."));
    }
    assert_true(count[0] > 50);
    assert_true(all.most - all.used > 40);
    for (int i = 0; i < GUESTS; i++) {
        for (unsigned j = 0; j < count[i]; j++)
            vfs_node_drop(nodes[i][j]);
        grove_close(&guests[i]);
    }
    assert_int_equal(all.used, 0);
}

static void forks_share_descriptors_and_count_them(void **state)
{
    (void)state;
    FOR_EACH_KIND(kind)
    {
        grove g;
        bj_error err = {0};
        vfs_node nodes[100], twin;
        vfs_errno error;
        vfs_tree *forks[10];
        policy_budget budgets[10];
        grove_open(&g);
        make_deep_host(&g);
        mount(&g, kind);
        g.budget.allowed[POLICY_host_descriptors] = 30;
        assert_int_equal(open_all(&g, nodes, 0, &error), 30);
        const unsigned before = open_now();
        for (int i = 0; i < 10; i++) {
            grove_limits(&budgets[i]);
            forks[i] = vfs_tree_fork(g.tree, VFS_NOW, &budgets[i], &err);
            assert_non_null(forks[i]);
            assert_int_equal(budgets[i].used[POLICY_host_descriptors], kind == 2 ? 0 : 30);
        }
        assert_int_equal(open_now(), before);
        if (kind < 2) {
            policy_budget little;
            grove_limits(&little);
            little.allowed[POLICY_host_descriptors] = 29;
            assert_null(vfs_tree_fork(g.tree, VFS_NOW, &little, &err));
            assert_non_null(strstr(err.message, "host-descriptors"));
        }
        assert_ok(vfs_tree_counterpart(g.tree, forks[3], nodes[7], &twin));
        for (int i = 0; i < 30; i++)
            vfs_node_drop(nodes[i]);
        char bytes[4];
        size_t moved;
        assert_ok(vfs_node_read(twin, 0, bytes, sizeof bytes, &moved));
        assert_int_equal(moved, 1);
        assert_int_equal(bytes[0], '7');
        vfs_node_drop(twin);
        for (int i = 0; i < 10; i++) {
            vfs_tree_release(forks[i]);
            assert_int_equal(budgets[i].used[POLICY_host_descriptors], 0);
        }
        assert_true(open_now() <= before - 30 + (kind == 2 ? 16 : 0));
        grove_close(&g);
    }
}

static void a_shared_directory_is_listed_from_anywhere(void **state)
{
    (void)state;
    grove g;
    bj_error err = {0};
    vfs_node twin, node;
    policy_budget budget;
    grove_open(&g);
    make_deep_host(&g);
    mount(&g, 0);
    grove_limits(&budget);
    assert_ok(open_path(&g, "data/.", VFS_DIRECTORY_ONLY, VFS_READ, &node));
    name_list first = {.left = 10}, second = {.left = 10}, rest = {.left = -1},
              twins = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &first));
    vfs_tree *fork = vfs_tree_fork(g.tree, VFS_NOW, &budget, &err);
    assert_ok(vfs_tree_counterpart(g.tree, fork, node, &twin));
    assert_ok(vfs_node_readdir(twin, 0, list_name, &second));
    assert_string_equal(first.text, second.text);
    assert_ok(vfs_node_readdir(node, first.last, list_name, &rest));
    assert_ok(vfs_node_readdir(twin, second.last, list_name, &twins));
    assert_string_equal(rest.text, twins.text);
    vfs_node_drop(twin);
    vfs_node_drop(node);
    vfs_tree_release(fork);
    grove_close(&g);
}

/* Deep below an overlay every directory on the way is held; none but a few by a descriptor. */
static void an_overlay_holds_few_directories_of_the_host(void **state)
{
    (void)state;
    grove g;
    vfs_node node;
    const unsigned before = open_now();
    grove_open(&g);
    make_deep_host(&g);
    mount(&g, 2);
    const char *deep = zigzag((const unsigned[]){DEEP, 0});
    assert_ok(open_path(&g, deep, VFS_DIRECTORY_ONLY, VFS_READ, &node));
    assert_true(open_now() <= before + 1 + 16);
    name_list list = {.left = -1};
    assert_ok(vfs_node_readdir(node, 0, list_name, &list));
    assert_ok(vfs_node_create(node, bj_span_of("new"), VFS_DIRECTORY, &node));
    grove_close(&g);
    assert_int_equal(open_now(), before);
}

/* ---------------------------------------------------------------- memory */

/* What the allocator has given out, with its own headers; 0 where it cannot say (sanitizers). */
static size_t held_now(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Of files, directories, small files, links, long names: 20,000 each. */
static void make_piece(grove *g, int kind, int i)
{
    char path[300];
    snprintf(path, sizeof path, kind == 4 ? "work/%d%0200d" : "work/%d%06d", kind, i);
    if (kind == 1)
        assert_ok(make_directory(g, path));
    else if (kind == 3)
        assert_ok(vfs_link(g->tree, vfs_tree_root(g->tree), bj_span_of("work/0000000"), 0,
                           vfs_tree_root(g->tree), bj_span_of(path)));
    else
        write_file(g, path, kind == 2 ? "x" : "");
}

static void what_is_charged_is_no_less_than_what_is_held(void **state)
{
    (void)state;
    grove g;
    grove_open(&g);
    if (held_now() == 0) {
        grove_close(&g);
        skip();
    }
    g.budget.allowed[POLICY_files] = 10000000;
    for (int kind = 0; kind < 5; kind++) {
        const size_t held = held_now();
        const uint64_t charged = g.budget.host_bytes;
        for (int i = 0; i < 20000; i++)
            make_piece(&g, kind, i);
        assert_true(held_now() - held <= g.budget.host_bytes - charged);
    }
    grove_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sandbox_has_no_more_open_than_its_limit),
        cmocka_unit_test(no_file_is_made_that_cannot_be_given_out),
        cmocka_unit_test(a_path_holds_few_descriptors_however_deep_it_goes),
        cmocka_unit_test(going_back_and_forth_costs_no_more_than_the_path_is_long),
        cmocka_unit_test(what_a_path_comes_back_to_is_no_link),
        cmocka_unit_test(greedy_guests_leave_enough_to_the_next_one),
        cmocka_unit_test(forks_share_descriptors_and_count_them),
        cmocka_unit_test(a_shared_directory_is_listed_from_anywhere),
        cmocka_unit_test(an_overlay_holds_few_directories_of_the_host),
        cmocka_unit_test(what_is_charged_is_no_less_than_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
