/*
 * test_lanes.c: whose turn it is, without threads or clocks: turns are counted, and what they take is said.
 *
 * Whoever plays the threads picks a task, says what its turn took, and puts it back or ends it.
 */
#include <stdlib.h>
#include <string.h>

#include "schedule/schedule.h"
#include "unit.h"

#define MS         UINT64_C(1000000)
#define SLICE      (5 * MS)
#define MANY_LANES 10000

static lanes all;

static void start_with(uint32_t lane_running, uint32_t begun_most, uint32_t reserved)
{
    lanes_init(&all, SLICE, lane_running, begun_most, reserved);
}

static bj_task *new_task(uint64_t lane_id)
{
    bj_task *task = calloc(1, sizeof *task);
    assert_non_null(task);
    task->lane_id = lane_id;
    task->own = (lane){.id = BJ_LANE_OWN, .place = LANE_OUT};
    return task;
}

static bj_task *submit(uint64_t lane_id)
{
    bj_task *task = new_task(lane_id);
    assert_int_equal(lanes_join(&all, task), 0);
    lanes_add_fresh(&all, task);
    return task;
}

static bj_task *pick(void)
{
    bj_task *task = lanes_pick(&all);
    if (task)
        lanes_begin_turn(&all, task);
    return task;
}

static bj_task *must_pick(void)
{
    bj_task *task = pick();
    assert_non_null(task);
    return task;
}

static void yields(bj_task *task, uint64_t used_ns)
{
    lanes_end_turn(&all, task, used_ns);
    lanes_add_ready(&all, task, true);
}

static void ends(bj_task *task, uint64_t used_ns)
{
    lanes_end_turn(&all, task, used_ns);
    lanes_leave(&all, task);
}

static void waits(bj_task *task, uint64_t used_ns)
{
    lanes_end_turn(&all, task, used_ns);
    lanes_park(&all, task);
}

static void goes_on(bj_task *task)
{
    lanes_unpark(&all, task);
    lanes_add_ready(&all, task, false);
}

/* Picks tasks, each of which takes a whole slice and wants more, until it is `wanted`'s turn. How many others were before. */
static unsigned turns_before(const bj_task *wanted)
{
    for (unsigned before = 0;; before++) {
        bj_task *task = must_pick();
        if (task == wanted)
            return before;
        assert_true(before < 10 * MANY_LANES);
        yields(task, SLICE);
    }
}

static void take_turns(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        yields(must_pick(), SLICE);
}

static void take_out(bj_task *task)
{
    lanes_take_out(&all, task);
    lanes_leave(&all, task);
    free(task);
}

static void end_all(void)
{
    for (bj_task *task; (task = pick());) {
        ends(task, 0);
        free(task);
    }
    assert_int_equal(all.count, 0);
    assert_int_equal(all.begun, 0);
    assert_int_equal(all.running, 0);
    assert_int_equal(all.fresh + all.ready, 0);
    lanes_clear(&all);
}

/* ---------------------------------------------------------------- between lanes */

static void a_new_lane_waits_for_a_turn_or_two_however_many_loops_there_are(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    for (uint64_t i = 0; i < MANY_LANES; i++)
        submit(i % 2 ? BJ_LANE_OWN : i);
    for (unsigned round = 0; round < 50; round++) {
        take_turns(997 * round % 20011);
        /* What a session does: made, evaluated, evaluated: each short. */
        for (unsigned i = 0; i < 5; i++) {
            bj_task *task = submit(MANY_LANES + round);
            assert_in_range(turns_before(task), 0, 2);
            ends(task, MS / 2);
            free(task);
        }
    }
    end_all();
}

static void being_alone_for_long_is_not_held_against_a_newcomer(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *loops[2] = {submit(1), submit(1)};
    for (unsigned i = 0; i < 2400; i++) { /* six seconds, on two threads */
        bj_task *one = must_pick(), *other = must_pick();
        assert_true(one != other);
        yields(one, SLICE);
        yields(other, SLICE);
    }
    for (int i = 0; i < 3; i++) {
        bj_task *victim = submit(2);
        assert_in_range(turns_before(victim), 0, 1);
        ends(victim, MS);
        free(victim);
    }
    (void)loops;
    end_all();
}

static void nor_is_it_for_the_loops_that_others_come_and_go(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *loop = submit(1);
    uint64_t loop_ns = 0, others_ns = 0;
    bj_task *serial = submit(2);
    for (int i = 0; i < 10000; i++) {
        bj_task *task = must_pick();
        if (task == loop) {
            yields(task, SLICE);
            loop_ns += SLICE;
        } else { /* just short of a slice, and again at once */
            ends(task, SLICE - 1);
            others_ns += SLICE - 1;
            free(task);
            serial = submit(2);
        }
    }
    assert_in_range(loop_ns / MS, others_ns / MS * 9 / 10, others_ns / MS * 11 / 10);
    (void)serial;
    end_all();
}

static void of_a_crowd_neither_the_first_nor_the_last_waits(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *first = submit(1);
    for (uint64_t i = 0; i < MANY_LANES; i++)
        submit(10 + i);
    bj_task *last = submit(2);
    for (int turns = 0; first || last; turns++) {
        assert_in_range(turns, 0, 2);
        bj_task *task = must_pick();
        first = task == first ? NULL : first;
        last = task == last ? NULL : last;
        yields(task, SLICE);
    }
    end_all();
}

/* They have had a little more than the loops; what is short of a slice is not held against them. */
static void nor_do_sessions_that_come_again(void **state)
{
    (void)state;
    enum { SESSIONS = 20 };
    start_with(2, UINT32_MAX, 0);
    for (uint64_t i = 0; i < 1000; i++)
        submit(1000 + i);
    take_turns(3500); /* half of them have had more */
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < SESSIONS; i++)
            submit(i);
        for (int turns = 0, left = SESSIONS; left > 0; turns++) {
            assert_in_range(turns, 0, SESSIONS + 1);
            bj_task *task = must_pick();
            if (task->lane_id < SESSIONS) {
                ends(task, MS / 2);
                free(task);
                left--;
            } else {
                yields(task, SLICE);
            }
        }
    }
    end_all();
}

static void a_flood_of_newcomers_keeps_none_waiting_for_ever(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    for (uint64_t i = 0; i < 100; i++)
        submit(1000 + i);
    bj_task *victim = submit(1);
    unsigned turns = 0;
    for (bj_task *task; (task = must_pick()) != victim; turns++) {
        yields(task, SLICE);
        for (unsigned i = 0; i < 3; i++)
            submit(BJ_LANE_OWN);
    }
    assert_in_range(turns, 0, 2 * 100 + 2);
    yields(victim, SLICE);
    end_all();
}

static void thousands_of_short_tasks_of_a_lane_do_not_keep_another_waiting(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    for (int i = 0; i < 5000; i++)
        submit(1);
    for (int i = 0; i < 300; i++) {
        bj_task *task = must_pick();
        ends(task, MS / 5);
        free(task);
    }
    bj_task *one = submit(2);
    assert_in_range(turns_before(one), 0, 2);
    yields(one, SLICE);
    end_all();
}

static void lanes_have_the_same_time_however_many_tasks_they_have(void **state)
{
    (void)state;
    uint64_t had_ns[3] = {0};
    start_with(100, UINT32_MAX, 0);
    for (int i = 0; i < 50; i++)
        submit(0);
    submit(1);
    for (int i = 0; i < 5; i++)
        submit(2);
    for (int i = 0; i < 9000; i++) {
        bj_task *task = must_pick();
        const uint64_t lane_id = task->lane_id, took_ns = lane_id == 1 ? MS / 3 : SLICE;
        yields(task, took_ns);
        had_ns[lane_id] += took_ns;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(had_ns[i] / SLICE, had_ns[0] / SLICE - 2, had_ns[0] / SLICE + 2);
    end_all();
}

static void what_slept_has_no_credit(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *sleeper = submit(1);
    assert_ptr_equal(must_pick(), sleeper);
    waits(sleeper, MS);
    bj_task *loop = submit(2);
    take_turns(2000);
    goes_on(sleeper);
    unsigned sleepers = 0;
    for (int i = 0; i < 100; i++) {
        bj_task *task = must_pick();
        sleepers += task == sleeper;
        yields(task, SLICE);
    }
    assert_in_range(sleepers, 48, 52);
    (void)loop;
    end_all();
}

/* ---------------------------------------------------------------- within a lane */

static void a_lane_begins_no_more_than_may_run(void **state)
{
    (void)state;
    start_with(1, UINT32_MAX, 0);
    bj_task *tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = submit(0);
    for (int i = 0; i < 20; i++) { /* forty turns each, one after the other */
        for (int turn = 0; turn < 40; turn++) {
            bj_task *task = must_pick();
            assert_ptr_equal(task, tasks[i]);
            assert_null(pick());
            assert_int_equal(all.begun, 1);
            yields(task, SLICE);
        }
        bj_task *task = must_pick();
        ends(task, SLICE);
        free(task);
    }
    end_all();
}

static void what_waits_is_not_counted(void **state)
{
    (void)state;
    start_with(1, UINT32_MAX, 0);
    bj_task *tasks[20];
    for (int i = 0; i < 20; i++)
        tasks[i] = submit(0);
    for (int i = 0; i < 20; i++) {
        assert_ptr_equal(must_pick(), tasks[i]);
        waits(tasks[i], MS);
    }
    assert_int_equal(all.begun, 20);
    bj_task *late = submit(0);
    for (int i = 0; i < 20; i++)
        goes_on(tasks[i]);
    for (int i = 0; i < 20; i++) {
        bj_task *task = must_pick();
        assert_ptr_not_equal(task, late);
        ends(task, MS);
        free(task);
    }
    assert_ptr_equal(must_pick(), late);
    ends(late, 0);
    free(late);
    end_all();
}

static void fresh_ones_do_not_keep_those_begun_waiting(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *loop = submit(0);
    assert_ptr_equal(must_pick(), loop);
    yields(loop, SLICE);
    unsigned loops = 0;
    for (int i = 0; i < 100; i++) {
        submit(0);
        bj_task *task = must_pick();
        loops += task == loop;
        if (task == loop)
            yields(task, SLICE);
        else
            ends(task, SLICE);
        if (task != loop)
            free(task);
    }
    assert_in_range(loops, 45, 55);
    end_all();
}

/* ---------------------------------------------------------------- room */

/* Picks one, which waits from then on. */
static bj_task *park_one(void)
{
    bj_task *task = must_pick();
    waits(task, MS);
    return task;
}

static void end_parked(bj_task *task)
{
    goes_on(task);
    assert_ptr_equal(must_pick(), task);
    ends(task, MS);
    free(task);
}

static void no_more_are_begun_than_there_is_room_for(void **state)
{
    (void)state;
    bj_task *parked[9];
    start_with(1, 9, 2);
    for (int i = 0; i < 20; i++)
        submit(1);
    for (int i = 0; i < 7; i++)
        parked[i] = park_one();
    assert_null(pick()); /* the rest is for others */
    assert_false(lanes_have_work(&all));
    for (uint64_t i = 0; i < 5; i++)
        submit(2 + i);
    for (int i = 7; i < 9; i++) {
        parked[i] = park_one();
        assert_int_not_equal(parked[i]->lane_id, 1);
    }
    assert_null(pick());
    assert_int_equal(all.begun, 9);
    /* One of the greedy lane's goes, and one of those that have nothing comes. */
    end_parked(parked[0]);
    parked[0] = park_one();
    assert_int_not_equal(parked[0]->lane_id, 1);
    assert_null(pick());
    /* Those that wait for room may be taken away. */
    take_out(all.lists[LANE_BLOCKED].first->fresh.first);
    take_out(all.lists[LANE_BLOCKED_EMPTY].first->fresh.first);
    for (int i = 0; i < 9; i++)
        goes_on(parked[i]);
    end_all();
}

/* ---------------------------------------------------------------- all of it */

static void what_has_been_used_is_remembered_within_bounds(void **state)
{
    (void)state;
    start_with(2, UINT32_MAX, 0);
    bj_task *loop = submit(0);
    for (uint64_t i = 1; i < 100000; i++) {
        bj_task *task = submit(i);
        for (bj_task *next; (next = must_pick()) != task;)
            yields(next, MS);
        ends(task, 100 * MS);
        free(task);
    }
    assert_in_range(all.lists[LANE_LINGERS].count, 1, 5000);
    assert_int_equal(all.count, 1);
    (void)loop;
    end_all();
}

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

enum { TASKS = 300 };

/* One step of somebody's: a task is submitted, picked, ended, parked, woken or taken out. */
static void anything(bj_task **tasks, int *states)
{
    const uint32_t i = any(TASKS);
    bj_task *task = tasks[i];
    if (!task) {
        tasks[i] = submit(any(4) ? any(20) : BJ_LANE_OWN);
        states[i] = TASK_FRESH;
    } else if (states[i] == TASK_PARKED) {
        goes_on(task);
        states[i] = TASK_READY;
    } else if (states[i] != TASK_RUNNING && any(10) == 0) {
        take_out(task);
        tasks[i] = NULL;
    }
    if (!(task = pick()))
        return;
    uint32_t picked = 0;
    while (tasks[picked] != task)
        picked++;
    assert_true(states[picked] == TASK_FRESH || states[picked] == TASK_READY);
    const uint64_t used_ns = any(10) * MS;
    states[picked] = any(3) == 0 ? TASK_PARKED : TASK_READY;
    if (any(5) == 0) {
        ends(task, used_ns);
        free(task);
        tasks[picked] = NULL;
    } else if (states[picked] == TASK_PARKED) {
        waits(task, used_ns);
    } else {
        yields(task, used_ns);
    }
}

static void nothing_is_lost(void **state)
{
    (void)state;
    bj_task *tasks[TASKS] = {0};
    int states[TASKS] = {0};
    start_with(2, 60, 10);
    for (int i = 0; i < 300000; i++)
        anything(tasks, states);
    for (int i = 0; i < TASKS; i++)
        if (tasks[i] && states[i] == TASK_PARKED)
            goes_on(tasks[i]);
    end_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_lane_waits_for_a_turn_or_two_however_many_loops_there_are),
        cmocka_unit_test(being_alone_for_long_is_not_held_against_a_newcomer),
        cmocka_unit_test(nor_is_it_for_the_loops_that_others_come_and_go),
        cmocka_unit_test(of_a_crowd_neither_the_first_nor_the_last_waits),
        cmocka_unit_test(nor_do_sessions_that_come_again),
        cmocka_unit_test(a_flood_of_newcomers_keeps_none_waiting_for_ever),
        cmocka_unit_test(thousands_of_short_tasks_of_a_lane_do_not_keep_another_waiting),
        cmocka_unit_test(lanes_have_the_same_time_however_many_tasks_they_have),
        cmocka_unit_test(what_slept_has_no_credit),
        cmocka_unit_test(a_lane_begins_no_more_than_may_run),
        cmocka_unit_test(what_waits_is_not_counted),
        cmocka_unit_test(fresh_ones_do_not_keep_those_begun_waiting),
        cmocka_unit_test(no_more_are_begun_than_there_is_room_for),
        cmocka_unit_test(what_has_been_used_is_remembered_within_bounds),
        cmocka_unit_test(nothing_is_lost),
    };
    return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
