/*
 * room.c: whether there is memory for what comes next, before Wasmtime is asked for it: it ends the process where it
 * gets none.
 *
 * Small pieces come from a reserve then (wasmtime/src/reserve.rs): whoever had Wasmtime make something looks whether the
 * reserve was needed for it, and gives back what was made. Large ones are asked for here. Guests that run go on, and
 * nothing is begun while the reserve is in use.
 */
#include <sys/mman.h>

#include "base/error.h"
#include "engine/internal.h"

/* Beside what is known to be needed: for what malloc takes at once, and other threads. */
#define ROOM_SPARE ((uint64_t)8 << 20)

bool engine_has_room(uint64_t bytes)
{
    void *room = mmap(NULL, (size_t)(bytes + ROOM_SPARE), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, (size_t)(bytes + ROOM_SPARE));
    return true;
}

int engine_room_begin(engine_room *room, bj_error *err)
{
    room->shortages = bj_wasmtime_shortages();
    return bj_wasmtime_is_short() ? bj_fail_memory(err) : 0;
}

int engine_room_end(const engine_room *room, bj_error *err)
{
    return bj_wasmtime_shortages() != room->shortages ? bj_fail_memory(err) : 0;
}
