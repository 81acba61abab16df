/*
 * test_map.c: maps against arrays of what they should hold, through changes, copies and differences.
 */
#include "grove.h"
#include "vfs/memory/map.h"

#define KEYS   600u
#define COPIES 6u

typedef struct thing {
    vfs_item item;
    unsigned value;
} thing;

static int alive; /* things that are not freed */

static vfs_item *thing_copy(const vfs_item *item)
{
    thing *copy = malloc(sizeof *copy);
    assert_non_null(copy);
    *copy = (thing){.item = {.key = item->key}, .value = ((const thing *)item)->value};
    atomic_init(&copy->item.references, 1);
    alive++;
    return &copy->item;
}

static void thing_free(vfs_item *item)
{
    alive--;
    free(item);
}

static const vfs_item_kind kind = {thing_copy, thing_free};

/* A map and what it should hold: value + 1 by number of the key, 0 for none. */
typedef struct pair {
    vfs_map map;
    unsigned model[KEYS];
} pair;

static uint64_t keys[KEYS];
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* Dense ones, hashes, and some that differ in their highest digit only. */
static void make_keys(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        keys[i] = i < 200 ? i
                  : i < 400
                      ? (uint64_t)i * 0x9e3779b97f4a7c15u
                      : 0x123456789abcdefu | (uint64_t)(i & 15) << 60 | (uint64_t)(i - 400) << 57;
    for (unsigned i = 400; i < KEYS; i++) /* make those distinct */
        for (unsigned j = 0; j < i; j++)
            if (keys[i] == keys[j]) {
                keys[i] += 0x1000000000000u * i;
                j = 0;
            }
}

static void change(pair *p, unsigned which)
{
    unsigned *slot = &p->model[which];
    unsigned value = (unsigned)draw(1000);
    if (*slot == 0) {
        thing *made = malloc(sizeof *made);
        assert_non_null(made);
        *made = (thing){.item = {.key = keys[which]}, .value = value};
        atomic_init(&made->item.references, 1);
        alive++;
        assert_int_equal(vfs_map_add(&p->map, &kind, &made->item), 0);
        *slot = value + 1;
    } else if (draw(2)) {
        thing *ours = (thing *)vfs_map_edit(&p->map, &kind, keys[which]);
        assert_non_null(ours);
        ours->value = value;
        *slot = value + 1;
    } else {
        assert_int_equal(vfs_map_remove(&p->map, &kind, keys[which]), 0);
        *slot = 0;
    }
}

static void check(const pair *p)
{
    unsigned count = 0, listed = 0;
    for (unsigned i = 0; i < KEYS; i++) {
        const thing *found = (const thing *)vfs_map_get(&p->map, keys[i]);
        assert_int_equal(found ? found->value + 1 : 0, p->model[i]);
        count += found != NULL;
    }
    for (const vfs_item *item = vfs_map_from(&p->map, 0); item;
         item = vfs_map_after(&p->map, item->key)) {
        assert_ptr_equal(vfs_map_from(&p->map, item->key), item);
        listed++;
    }
    assert_int_equal(listed, count);
}

static void many_maps_hold_what_they_should_through_copies(void **state)
{
    (void)state;
    static pair pairs[COPIES];
    make_keys();
    for (unsigned round = 0; round < 40000; round++) {
        pair *p = &pairs[draw(COPIES)];
        if (draw(200) == 0) {
            const pair *from = &pairs[draw(COPIES)];
            if (from == p)
                continue;
            vfs_map_clear(&p->map, &kind);
            p->map = vfs_map_share(&from->map);
            memcpy(p->model, from->model, sizeof p->model);
        } else {
            change(p, (unsigned)draw(KEYS));
        }
        if (round % 500 == 0)
            for (unsigned i = 0; i < COPIES; i++)
                check(&pairs[i]);
    }
    for (unsigned i = 0; i < COPIES; i++) {
        vfs_map_clear(&pairs[i].map, &kind);
        assert_null(vfs_map_from(&pairs[i].map, 0));
    }
    assert_int_equal(alive, 0);
}

typedef struct told {
    const pair *before, *after;
    unsigned count;
} told;

static bool tell(void *user, const vfs_item *before, const vfs_item *after)
{
    told *t = user;
    assert_true(before || after);
    assert_true(!before || !after || before->key == after->key);
    uint64_t key = before ? before->key : after->key;
    assert_ptr_equal(before, vfs_map_get(&t->before->map, key));
    assert_ptr_equal(after, vfs_map_get(&t->after->map, key));
    t->count++;
    return true;
}

static void a_difference_tells_each_change_once(void **state)
{
    (void)state;
    static pair before, after;
    make_keys();
    for (unsigned i = 0; i < 3000; i++)
        change(&before, (unsigned)draw(KEYS));
    for (unsigned changes = 0; changes < 200; changes++) {
        vfs_map_clear(&after.map, &kind);
        after.map = vfs_map_share(&before.map);
        memcpy(after.model, before.model, sizeof after.model);
        for (unsigned i = 0; i < changes; i++)
            change(&after, (unsigned)draw(KEYS));
        unsigned differ = 0;
        for (unsigned i = 0; i < KEYS; i++)
            differ += vfs_map_get(&before.map, keys[i]) != vfs_map_get(&after.map, keys[i]);
        told t = {&before, &after, 0};
        vfs_map_diff(&before.map, &after.map, tell, &t);
        assert_int_equal(t.count, differ);
    }
    vfs_map_clear(&before.map, &kind);
    vfs_map_clear(&after.map, &kind);
    assert_int_equal(alive, 0);
}

/* Whatever goes while a listing goes on, what stays is seen once. */
static void a_listing_survives_removals(void **state)
{
    (void)state;
    static pair p;
    unsigned seen[KEYS] = {0};
    make_keys();
    for (unsigned i = 0; i < KEYS; i++)
        if (p.model[i] == 0)
            change(&p, i);
    uint64_t key = 0;
    for (const vfs_item *item = vfs_map_from(&p.map, 0); item; item = vfs_map_after(&p.map, key)) {
        key = item->key;
        for (unsigned i = 0; i < KEYS; i++)
            seen[i] += keys[i] == key;
        unsigned victim = (unsigned)draw(KEYS);
        if (vfs_map_get(&p.map, keys[victim]))
            assert_int_equal(vfs_map_remove(&p.map, &kind, keys[victim]), 0);
    }
    for (unsigned i = 0; i < KEYS; i++) {
        assert_true(seen[i] <= 1);
        if (vfs_map_get(&p.map, keys[i]))
            assert_int_equal(seen[i], 1);
    }
    vfs_map_clear(&p.map, &kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_maps_hold_what_they_should_through_copies),
        cmocka_unit_test(a_difference_tells_each_change_once),
        cmocka_unit_test(a_listing_survives_removals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
