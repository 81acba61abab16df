/*
 * shim_clock.c: the processor time that the guest has used, for time.process_time() and os.times(), in place of the C library's, which
 * tells the time that has passed, and not in the unit that CPython takes it for.
 */
#define _WASI_EMULATED_PROCESS_CLOCKS /* has sys/times.h declare them */

#include <sys/times.h>
#include <time.h>
#include <wasi/api.h>

/* What CPython takes a tick of times() for: sysconf(_SC_CLK_TCK). */
#define TICK_NS UINT64_C(10000000)

_Static_assert(CLOCKS_PER_SEC == 1000000000, "clock() is in nanoseconds");

static __wasi_timestamp_t clock_ns(__wasi_clockid_t id)
{
    __wasi_timestamp_t ns = 0;

    return __wasi_clock_time_get(id, 0, &ns) == 0 ? ns : 0;
}

clock_t clock(void)
{
    return (clock_t)clock_ns(__WASI_CLOCKID_PROCESS_CPUTIME_ID);
}

clock_t times(struct tms *buffer)
{
    const clock_t user = (clock_t)(clock_ns(__WASI_CLOCKID_PROCESS_CPUTIME_ID) / TICK_NS);

    *buffer = (struct tms){.tms_utime = user};
    return (clock_t)(clock_ns(__WASI_CLOCKID_MONOTONIC) / TICK_NS);
}
