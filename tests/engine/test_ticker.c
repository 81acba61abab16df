/*
 * test_ticker.c: the clock's thread by itself: it ticks while somebody is in, also at moments of their own, as many as there
 * are places and beyond, on many threads, and in a child that was forked meanwhile.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/internal.h"
#include "unit.h"

#define US UINT64_C(1000)

static engine_ticker ticker;
static atomic_uint ticks;
static _Atomic(uint64_t) ticked_ns;

static void tick(void *user)
{
    (void)user;
    atomic_store(&ticked_ns, bj_clock_monotonic_ns());
    atomic_fetch_add(&ticks, 1);
}

static int open_ticker(void **state)
{
    (void)state;
    engine_ticker_init(&ticker, tick, NULL);
    return 0;
}

static int close_ticker(void **state)
{
    (void)state;
    engine_ticker_destroy(&ticker);
    return 0;
}

/* It must come, however slow the machine is. */
static bool is_ticked_at(uint64_t moment_ns)
{
    for (int i = 0; i < 60000; i++) {
        if (atomic_load(&ticked_ns) >= moment_ns)
            return true;
        usleep(500);
    }
    return false;
}

static void a_moment_is_ticked_for(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        unsigned place;
        const uint64_t moment_ns = bj_clock_monotonic_ns() + 200 * US;
        assert_int_equal(engine_ticker_enter(&ticker, moment_ns, &place), 0);
        assert_true(place < ENGINE_MOMENTS);
        assert_true(is_ticked_at(moment_ns));
        assert_true(is_ticked_at(bj_clock_monotonic_ns())); /* and again, as it is still in */
        engine_ticker_leave(&ticker, place);
        if (i % 10 == 0)
            usleep(100000); /* it falls asleep */
    }
}

static void beyond_the_places_the_ticks_for_all_must_do(void **state)
{
    (void)state;
    unsigned places[ENGINE_MOMENTS + 6];
    const unsigned count = sizeof places / sizeof *places;
    bool taken[ENGINE_MOMENTS + 1] = {false};
    const uint64_t moment_ns = bj_clock_monotonic_ns() + 300 * US;
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(engine_ticker_enter(&ticker, moment_ns, &places[i]), 0);
        assert_true(places[i] <= ENGINE_MOMENTS);
        assert_true(places[i] == ENGINE_MOMENTS || !taken[places[i]]);
        taken[places[i]] = true;
    }
    for (unsigned i = ENGINE_MOMENTS; i < count; i++)
        assert_int_equal(places[i], ENGINE_MOMENTS);
    assert_true(is_ticked_at(moment_ns));
    for (unsigned i = 0; i < count; i++)
        engine_ticker_leave(&ticker, places[i]);
    for (unsigned i = 0; i < ENGINE_MOMENTS; i++)
        assert_int_equal(ticker.moments[i], 0);
    assert_int_equal(ticker.running, 0);
    for (int i = 0; i < 60000 && !ticker.asleep; i++)
        usleep(1000); /* nobody is in: it ticks a while longer, and then no more */
    assert_true(ticker.asleep);
    const unsigned after = ticks;
    usleep(50000);
    assert_int_equal(ticks, after);
}

static void *come_and_go(void *user)
{
    const unsigned which = *(unsigned *)user;
    for (unsigned i = 0; i < 2000; i++) {
        unsigned place;
        const uint64_t moment_ns = (i + which) % 3 ? bj_clock_monotonic_ns() + i % 500 * US : 0;
        if (engine_ticker_enter(&ticker, moment_ns, &place) == 0)
            engine_ticker_leave(&ticker, place);
    }
    return NULL;
}

static void threads_come_and_go(void **state)
{
    (void)state;
    enum { MANY = 6 };
    pthread_t threads[MANY];
    unsigned numbers[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(ticker.running, 0);
    for (unsigned i = 0; i < ENGINE_MOMENTS; i++)
        assert_int_equal(ticker.moments[i], 0);
}

static void a_child_has_a_clock_of_its_own(void **state)
{
    (void)state;
    unsigned place;
    assert_int_equal(engine_ticker_enter(&ticker, bj_clock_monotonic_ns() + 200 * US, &place), 0);
    const pid_t child = fork();
    if (child == 0) {
        unsigned own;
        const uint64_t moment_ns = bj_clock_monotonic_ns() + 200 * US;
        const bool entered = engine_ticker_enter(&ticker, moment_ns, &own) == 0;
        /* The parent's other threads are not here to take their moments away. */
        _exit(entered && own == 0 && is_ticked_at(moment_ns) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    engine_ticker_leave(&ticker, place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_is_ticked_for),
        cmocka_unit_test(beyond_the_places_the_ticks_for_all_must_do),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(a_child_has_a_clock_of_its_own),
    };
    return cmocka_run_group_tests_name("ticker", tests, open_ticker, close_ticker);
}
