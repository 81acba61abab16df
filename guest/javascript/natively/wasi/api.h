/*
 * wasi/api.h: as much of WASI preview 1 as the guest calls itself, by this machine's own calls; the rest of it the guest has from the C
 * library. For natively.c, in the place of wasi-libc's header of that name.
 */
#ifndef NATIVELY_WASI_API_H
#define NATIVELY_WASI_API_H

#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>

#define __WASI_CLOCKID_REALTIME  0
#define __WASI_CLOCKID_MONOTONIC 1
#define __WASI_EVENTTYPE_CLOCK   0

typedef uint64_t __wasi_timestamp_t;
typedef size_t __wasi_size_t;

typedef struct __wasi_subscription_t {
    struct {
        uint8_t tag;
        struct {
            struct {
                uint32_t id;
                __wasi_timestamp_t timeout;
            } clock;
        } u;
    } u;
} __wasi_subscription_t;

typedef struct __wasi_event_t {
    uint16_t error;
} __wasi_event_t;

static inline uint16_t __wasi_clock_time_get(uint32_t id, uint64_t precision, uint64_t *now)
{
    struct timespec time;

    (void)precision;
    clock_gettime(id == __WASI_CLOCKID_MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME, &time);
    *now = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
    return 0;
}

static inline uint16_t __wasi_random_get(uint8_t *bytes, size_t size)
{
    return getrandom(bytes, size, 0) == (ssize_t)size ? 0 : 29;
}

static inline uint16_t __wasi_poll_oneoff(const __wasi_subscription_t *asked, __wasi_event_t *event,
                                          size_t count, size_t *found)
{
    uint64_t rest = asked->u.u.clock.timeout;
    struct timespec time = {(time_t)(rest / 1000000000), (long)(rest % 1000000000)};

    event->error = 0;
    *found = count;
    nanosleep(&time, NULL);
    return 0;
}

/* No arguments and no variables. */
static inline uint16_t __wasi_args_sizes_get(size_t *count, size_t *bytes)
{
    *count = *bytes = 0;
    return 0;
}

static inline uint16_t __wasi_args_get(uint8_t **items, uint8_t *text)
{
    (void)items, (void)text;
    return 0;
}

static inline uint16_t __wasi_environ_sizes_get(size_t *count, size_t *bytes)
{
    return __wasi_args_sizes_get(count, bytes);
}

static inline uint16_t __wasi_environ_get(uint8_t **items, uint8_t *text)
{
    return __wasi_args_get(items, text);
}

#endif
