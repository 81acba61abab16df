/*
 * layout.c: no struct that says its size has padding at its end, where a later field would not change the size.
 */
#include "belljar.h"

#define ENDS_WITH(type, last)                                                                      \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == sizeof(type),               \
                   #type " ends with padding, or with another field than " #last)

ENDS_WITH(bj_engine_options, compiled_dir);
ENDS_WITH(bj_policy, grants);
ENDS_WITH(bj_tool, user);
ENDS_WITH(bj_snapshot_file_options, user);
ENDS_WITH(bj_usage, queued_ns);
ENDS_WITH(bj_denial, times);
ENDS_WITH(bj_tool_use, result_blobs);
ENDS_WITH(bj_display, metadata);
ENDS_WITH(bj_display_form, bytes);
ENDS_WITH(bj_file_change, sha256);
ENDS_WITH(bj_scheduler_options, name);
ENDS_WITH(bj_scheduler_counters, spares);
ENDS_WITH(bj_work, user);
ENDS_WITH(bj_pool_options, aside);

/* These two say no size: they never change. */
_Static_assert(sizeof(bj_error) == 264, "bj_error has changed");
_Static_assert(sizeof(bj_blob) == 2 * sizeof(size_t), "bj_blob has changed");

/* Every limit of the table has its field, and every field of a limit its row. */
#define ROW(field, name, unit, default_, least, most, help)                                        \
    _Static_assert(sizeof(((bj_policy *)0)->field) == sizeof(uint64_t), name);                     \
    _Static_assert((least) <= (most) && (default_) <= (most), name);
BJ_LIMITS(ROW)
#define COUNT(field, name, unit, default_, least, most, help) +1
_Static_assert(offsetof(bj_policy, deterministic) ==
                   sizeof(size_t) + (BJ_LIMITS(COUNT)) * sizeof(uint64_t),
               "a limit of bj_policy has no row in BJ_LIMITS, or the other way round");
