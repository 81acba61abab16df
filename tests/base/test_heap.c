/*
 * test_heap.c: whatever is put in and taken out in whatever order, the first is the least.
 */
#include "base/heap.h"
#include "unit.h"

enum { THINGS = 200, STEPS = 200000 };

typedef struct thing {
    int key;
    bool is_in;
    bj_heap_node node;
} thing;

static thing things[THINGS];

static const thing *thing_of(const bj_heap_node *node)
{
    return (const thing *)((const char *)node - offsetof(thing, node));
}

static bool is_less(const bj_heap_node *a, const bj_heap_node *b)
{
    return thing_of(a)->key < thing_of(b)->key;
}

static unsigned any(unsigned below)
{
    static unsigned seed = 1;
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static const thing *least(void)
{
    const thing *found = NULL;
    for (int i = 0; i < THINGS; i++)
        if (things[i].is_in && (!found || things[i].key < found->key))
            found = &things[i];
    return found;
}

static void the_first_is_the_least(void **state)
{
    (void)state;
    bj_heap heap = {.comes_before = is_less};
    for (int step = 0; step < STEPS; step++) {
        /* The first one often: that is what heaps are for. */
        thing *one = any(3) == 0 && heap.first ? (thing *)(uintptr_t)thing_of(heap.first)
                                               : &things[any(THINGS)];
        if (one->is_in) {
            bj_heap_remove(&heap, &one->node);
        } else {
            one->key = (int)any(50);
            bj_heap_add(&heap, &one->node);
        }
        one->is_in = !one->is_in;
        const thing *expected = least();
        assert_int_equal(heap.first == NULL, expected == NULL);
        if (expected)
            assert_int_equal(thing_of(heap.first)->key, expected->key);
    }
    while (heap.first)
        bj_heap_remove(&heap, heap.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_the_least),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
