/*
 * waiting.c: poll_oneoff, clock_time_get, clock_res_get, random_get, sched_yield, args, environment.
 */
#include "check.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void clocks(void)
{
    struct timespec resolution;
    uint64_t begin = now(CLOCK_MONOTONIC);
    CHECK(now(CLOCK_REALTIME) > 1700000000ull * 1000000000ull);
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec > 0);
    for (__wasi_clockid_t id = 0; id < 4; id++) {
        __wasi_timestamp_t time;
        CHECK(__wasi_clock_time_get(id, 0, &time) == 0 && __wasi_clock_res_get(id, &time) == 0);
    }
    __wasi_timestamp_t time;
    CHECK(__wasi_clock_time_get(99, 0, &time) == __WASI_ERRNO_INVAL);
    const struct timespec nap = {0, 20000000};
    CHECK(nanosleep(&nap, NULL) == 0 && now(CLOCK_MONOTONIC) - begin >= 20000000);
    const struct timespec past = {1, 0};
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL) == 0);
    CHECK(sched_yield() == 0);
}

static void polling(int dir)
{
    int fd = openat(dir, "seed", O_RDWR);
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN | POLLOUT}, {.fd = 1, .events = POLLOUT}};
    CHECK(fd >= 0 && poll(both, 2, 1000) == 2 && both[0].revents & POLLIN &&
          both[1].revents & POLLOUT);
    uint64_t begin = now(CLOCK_MONOTONIC);
    CHECK(poll(NULL, 0, 20) == 0 && now(CLOCK_MONOTONIC) - begin >= 20000000);
    __wasi_size_t count;
    __wasi_subscription_t none;
    __wasi_event_t event;
    CHECK(__wasi_poll_oneoff(&none, &event, 0, &count) == __WASI_ERRNO_INVAL);
    /* Of several clocks, the first to ring ends it. */
    __wasi_subscription_t clocks_[2] = {
        {.userdata = 1,
         .u = {.tag = __WASI_EVENTTYPE_CLOCK,
               .u.clock = {.id = __WASI_CLOCKID_MONOTONIC, .timeout = 3600000000000}}},
        {.userdata = 2,
         .u = {.tag = __WASI_EVENTTYPE_CLOCK,
               .u.clock = {.id = __WASI_CLOCKID_REALTIME, .timeout = 1000000}}}};
    __wasi_event_t events[2];
    CHECK(__wasi_poll_oneoff(clocks_, events, 2, &count) == 0 && count == 1);
    CHECK(events[0].userdata == 2 && close(fd) == 0);
}

static void entropy(void)
{
    uint8_t a[32] = {0}, b[32] = {0};
    CHECK(getentropy(a, 32) == 0 && getentropy(b, 32) == 0 && memcmp(a, b, 32) != 0);
}

int main(int argc, char **argv)
{
    int dir = begin(argc, argv);
    CHECK(strcmp(argv[1], "/data") == 0 && strcmp(getenv("NAME"), "value") == 0);
    clocks();
    polling(dir);
    entropy();
    return 0;
}
