/*
 * test_bulk.c: memory.fill, memory.copy and memory.init, which the engine does in pieces (src/engine/wasmtime/patches/bulk.patch): they write
 * what they should at every size and overlap, nothing where they trap, cost the same fuel, and end or pause in the middle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "harness.h"
#include "unit.h"

#define PIECE      ((uint32_t)1 << 20)
#define SMALL      ((uint32_t)16 << 20)
#define LARGE      ((uint32_t)512 << 20)
#define DATA_BYTES (3 * PIECE)
#define MUCH_FUEL  UINT64_C(1000000000000)
#define ATTEMPTS   50

static harness h;

/* A memory of `bytes`, and the three instructions as functions; a data segment of DATA_BYTES letters for the third. */
static char *text_of(uint32_t bytes)
{
    const size_t room = DATA_BYTES + 1024;
    char *text = malloc(room);
    assert_non_null(text);
    const int length = snprintf(text, room,
                                "(module (memory (export \"memory\") %u)"
                                "(func (export \"fill\") (param i32 i32 i32)"
                                " (memory.fill (local.get 0) (local.get 1) (local.get 2)))"
                                "(func (export \"copy\") (param i32 i32 i32)"
                                " (memory.copy (local.get 0) (local.get 1) (local.get 2)))"
                                "(func (export \"init\") (param i32 i32 i32)"
                                " (memory.init $d (local.get 0) (local.get 1) (local.get 2)))"
                                "(data $d \"",
                                bytes / 65536);
    for (uint32_t i = 0; i < DATA_BYTES; i++)
        text[(uint32_t)length + i] = (char)('a' + i % 23);
    snprintf(text + length + DATA_BYTES, room - (size_t)length - DATA_BYTES, "\"))");
    return text;
}

static engine_module *module;

static void begin_with(uint32_t bytes, uint64_t fuel)
{
    bj_error err = {0};
    harness_begin(&h, "");
    h.budget.allowed[POLICY_memory_bytes] = UINT64_C(1) << 30;
    h.budget.allowed[POLICY_fuel] = fuel;
    char *text = text_of(bytes);
    module = harness_module(&h, text, &err);
    free(text);
    if (!module)
        fail_msg("%s", err.message);
}

static void end(void)
{
    engine_module_delete(module);
    harness_end(&h);
}

static engine_instance *started(void)
{
    bj_error err = {0};
    engine_instance *instance = engine_instance_new(module, &h.budget, &h, &err);
    if (!instance)
        fail_msg("%s", err.message);
    h.deadline_ns = UINT64_MAX;
    assert_int_equal(engine_instance_start(instance).status, ENGINE_RETURNED);
    engine_instance_refuel(instance, 0);
    return instance;
}

static engine_result call(engine_instance *instance, const char *name, uint32_t to, uint32_t what,
                          uint32_t size)
{
    const uint32_t args[] = {to, what, size};
    return engine_instance_call(instance, name, args, 3, false);
}

/* ---- Beside a model. ---- */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static uint32_t draw_size(void)
{
    const uint32_t around[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE - 1, 2 * PIECE + 1};
    const uint32_t kind = draw(10);
    return kind < 7 ? around[kind] : draw(5 * PIECE);
}

/* Where to copy from: near `to`, so that the two overlap, or anywhere. */
static uint32_t draw_from(uint32_t to, uint32_t size)
{
    const uint32_t apart[] = {0, 1, 4095, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE};
    const uint32_t kind = draw(9);
    const uint32_t by = kind < 7 ? apart[kind] : draw(SMALL);
    const uint32_t from = draw(2) ? to + by : to - by;
    return from <= SMALL - size ? from : draw(SMALL - size + 1);
}

static void do_beside_model(engine_instance *instance, uint8_t *model)
{
    const uint32_t size = draw_size(), to = draw(SMALL - size + 1);
    engine_result r;
    switch (draw(4)) {
    case 0: {
        const uint32_t value = draw(1024); /* of which the low byte counts */
        memset(model + to, (int)(value & 255), size);
        r = call(instance, "fill", to, value, size);
        break;
    }
    case 1: {
        const uint32_t length = size < DATA_BYTES ? size : DATA_BYTES;
        const uint32_t from = draw(DATA_BYTES - length + 1);
        for (uint32_t i = 0; i < length; i++)
            model[to + i] = (uint8_t)('a' + (from + i) % 23);
        r = call(instance, "init", to, from, length);
        break;
    }
    default: {
        const uint32_t from = draw_from(to, size);
        memmove(model + to, model + from, size);
        r = call(instance, "copy", to, from, size);
        break;
    }
    }
    assert_int_equal(r.status, ENGINE_RETURNED);
    assert_memory_equal(engine_instance_memory(instance).base, model, SMALL);
}

static void they_do_what_memmove_does(uint64_t fuel)
{
    begin_with(SMALL, fuel);
    engine_instance *instance = started();
    engine_memory memory = engine_instance_memory(instance);
    uint8_t *model = malloc(SMALL);
    assert_non_null(model);
    for (uint32_t i = 0; i < SMALL; i++)
        model[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
    memcpy(memory.base, model, SMALL);
    seed = 1;
    for (int i = 0; i < 200; i++)
        do_beside_model(instance, model);
    free(model);
    engine_instance_delete(instance);
    end();
}

static void at_every_size_and_overlap_they_do_what_memmove_does(void **state)
{
    (void)state;
    they_do_what_memmove_does(0);
}

static void with_fuel_they_do_what_memmove_does(void **state)
{
    (void)state;
    they_do_what_memmove_does(MUCH_FUEL);
}

static void what_is_out_of_bounds_traps_before_anything_is_written(void **state)
{
    (void)state;
    const struct {
        const char *name;
        uint32_t to, what, size;
    } calls[] = {
        {"fill", SMALL - 3 * PIECE + 1, 7, 3 * PIECE},
        {"fill", UINT32_MAX, 7, 3 * PIECE},
        {"fill", 0, 7, UINT32_MAX},
        {"copy", SMALL - 3 * PIECE + 1, 0, 3 * PIECE},
        {"copy", 0, SMALL - 3 * PIECE + 1, 3 * PIECE},
        {"copy", 1, 0, SMALL},
        {"init", SMALL - 2 * PIECE + 1, 0, 2 * PIECE},
        {"init", 0, 1, DATA_BYTES},
    };
    begin_with(SMALL, 0);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        engine_instance *instance = started();
        engine_memory memory = engine_instance_memory(instance);
        memset(memory.base, 1, SMALL);
        engine_result r = call(instance, calls[i].name, calls[i].to, calls[i].what, calls[i].size);
        assert_int_equal(r.status, ENGINE_TRAPPED);
        assert_string_equal(r.message, "out of bounds memory access");
        for (uint32_t k = 0; k < SMALL; k++)
            if (memory.base[k] != 1)
                fail_msg("call %zu wrote at %u", i, k);
        engine_instance_delete(instance);
    }
    end();
}

static uint64_t fuel_of(const char *name, uint32_t to, uint32_t what, uint32_t size)
{
    engine_instance *instance = started();
    assert_int_equal(call(instance, name, to, what, size).status, ENGINE_RETURNED);
    const uint64_t used = engine_instance_fuel_used(instance);
    engine_instance_delete(instance);
    return used;
}

static void a_byte_costs_a_unit_of_fuel_in_pieces_too(void **state)
{
    (void)state;
    begin_with(SMALL, MUCH_FUEL);
    assert_true(fuel_of("fill", 0, 1, 9 * PIECE) - fuel_of("fill", 0, 1, 1000) == 9 * PIECE - 1000);
    assert_true(fuel_of("copy", 1, 0, 9 * PIECE) - fuel_of("copy", 1, 0, 1000) == 9 * PIECE - 1000);
    h.budget.allowed[POLICY_fuel] = 9 * PIECE;
    engine_instance *instance = started();
    engine_memory memory = engine_instance_memory(instance);
    assert_int_equal(call(instance, "fill", 0, 1, 9 * PIECE).status, ENGINE_LIMIT);
    assert_int_equal(h.budget.culprit, POLICY_fuel);
    assert_int_equal(memory.base[0], 0);
    engine_instance_delete(instance);
    end();
}

/* ---- In the middle of one. ---- */

/* One instruction that takes long, and where one sees how far it got. */
typedef struct long_call {
    const char *name;
    uint32_t to, what, size;
    uint32_t first, last;  /* written first and last */
    uint8_t before, after; /* what stands there */
} long_call;

static const long_call long_calls[] = {
    {"fill", 0, 7, LARGE, 0, LARGE - 1, 0, 7},
    {"copy", 0, LARGE / 2, LARGE / 2, 0, LARGE / 2 - 1, 0, 7},
    {"copy", LARGE / 2, 0, LARGE / 2, LARGE - 1, LARGE / 2, 0, 7},
};

/* An instance about to make the call. */
static engine_instance *about_to(const long_call *l, engine_memory *memory)
{
    const uint32_t args[] = {l->to, l->what, l->size};
    engine_instance *instance = started();
    *memory = engine_instance_memory(instance);
    if (strcmp(l->name, "copy") == 0) {
        memory->base[l->what] = 7;
        memory->base[l->what + l->size - 1] = 7;
    }
    engine_instance_begin_call(instance, l->name, args, 3, false);
    return instance;
}

static bool is_in_the_middle(const long_call *l, engine_memory memory)
{
    return memory.base[l->first] == l->after && memory.base[l->last] == l->before;
}

/* Which tick the call sees is chance: until one comes in its middle. Without pieces none ever does. */
static void is_stopped_in_the_middle(const long_call *l)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        engine_memory memory;
        engine_result r;
        engine_instance *instance = about_to(l, &memory);
        h.deadline_ns = 0;
        assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
        const bool stopped = r.status == ENGINE_STOPPED && is_in_the_middle(l, memory);
        engine_instance_delete(instance);
        if (stopped)
            return;
    }
    fail_msg("%s was never stopped in its middle", l->name);
}

/* Pauses in the middle; then goes on to its end, or is deleted as it stands. */
static void pauses_in_the_middle(const long_call *l, bool goes_on)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        engine_memory memory;
        engine_result r;
        engine_instance *instance = about_to(l, &memory);
        h.pauses = 1;
        const bool paused =
            engine_instance_step(instance, &r) == ENGINE_YIELDED && is_in_the_middle(l, memory);
        if (paused && goes_on) {
            assert_int_equal(engine_instance_step(instance, &r), ENGINE_ENDED);
            assert_int_equal(r.status, ENGINE_RETURNED);
            assert_int_equal(memory.base[l->last], l->after);
        }
        h.pauses = 0;
        engine_instance_delete(instance);
        if (paused)
            return;
    }
    fail_msg("%s never paused in its middle", l->name);
}

static void each_long_call(uint64_t fuel)
{
    begin_with(LARGE, fuel);
    for (size_t i = 0; i < sizeof long_calls / sizeof *long_calls; i++) {
        is_stopped_in_the_middle(&long_calls[i]);
        pauses_in_the_middle(&long_calls[i], true);
        pauses_in_the_middle(&long_calls[i], false);
    }
    end();
}

static void a_long_one_ends_and_pauses_in_its_middle(void **state)
{
    (void)state;
    each_long_call(0);
}

static void with_fuel_a_long_one_ends_and_pauses_in_its_middle(void **state)
{
    (void)state;
    each_long_call(MUCH_FUEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_every_size_and_overlap_they_do_what_memmove_does),
        cmocka_unit_test(with_fuel_they_do_what_memmove_does),
        cmocka_unit_test(what_is_out_of_bounds_traps_before_anything_is_written),
        cmocka_unit_test(a_byte_costs_a_unit_of_fuel_in_pieces_too),
        cmocka_unit_test(a_long_one_ends_and_pauses_in_its_middle),
        cmocka_unit_test(with_fuel_a_long_one_ends_and_pauses_in_its_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
