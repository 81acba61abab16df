/*
 * lanes.h: whose turn it is.
 *
 * A lane has tasks that are fresh (not begun) and ready (begun, want a turn). Those that run or are parked it only counts.
 *
 * Between lanes, time decides: `used_ns` is what a lane has had of the threads, and the lane that has had least is next. A lane
 * that comes has at least as much as the one whose turn was last (`now_ns`), so that nobody saves anything up; and what it has had
 * beyond that up to one slice is not held against it when it comes, so that a few short tasks one after the other are each
 * ahead of endless loops. It stays on the account: who comes all the time comes after the others.
 *
 * Newcomers are ahead of all that have been served. The oldest and the newest of them are next by turns.
 *
 * Everything is under the scheduler's lock, and nothing but lanes_join allocates.
 */
#ifndef BJ_SCHEDULE_LANES_H
#define BJ_SCHEDULE_LANES_H

#include "base/attributes.h"
#include "base/heap.h"
#include "belljar.h"

#define LANE_BUCKETS 1024u

typedef struct lane_queue {
    bj_task *first, *last;
} lane_queue;

typedef enum lane_place {
    LANE_BLOCKED_EMPTY,    /* nothing may be begun now; it has nothing under way */
    LANE_BLOCKED,          /* the same, and it has */
    LANE_LINGERS,          /* it has no tasks, but has had more than others */
    LANE_LISTS,            /* how many lists there are of lanes in such a place */
    LANE_OUT = LANE_LISTS, /* it wants no turn */
    LANE_IN                /* it wants one: in the heap */
} lane_place;

typedef struct lane {
    uint64_t id;
    struct lane *in_bucket;
    lane_place place;
    bj_heap_node node;           /* while it is in */
    struct lane *before, *after; /* in the list of its place, or, while it is in, of newcomers */
    uint64_t used_ns;
    uint64_t key_ns; /* of the heap */
    uint64_t order;  /* of those with the same key */
    bool is_newcomer;
    bool begins; /* where it could do either: whether a fresh task is next */
    lane_queue fresh, ready;
    uint32_t tasks;   /* all it has */
    uint32_t begun;   /* of those: begun and not done */
    uint32_t active;  /* of those begun: not parked */
    uint32_t running; /* of those active: in a turn */
} lane;

typedef struct lane_list {
    lane *first, *last;
    uint32_t count;
} lane_list;

typedef struct lanes {
    lane *buckets[LANE_BUCKETS];
    bj_heap in;
    lane_list newcomers; /* the last is the newest */
    lane_list lists[LANE_LISTS];
    bool newest_next;
    uint64_t now_ns;    /* what the lane had whose turn was last: never less than before */
    uint64_t latest_ns; /* the most that any lane has had */
    uint64_t orders;
    uint64_t slice_ns;
    uint32_t lane_running; /* most active ones of a lane at which another is begun */
    uint32_t begun_most;   /* UINT32_MAX: any number */
    uint32_t reserved;     /* of these, for lanes of which none is begun */
    uint32_t count;        /* of lanes with tasks */
    uint32_t fresh, ready, begun, running; /* of tasks */
} lanes;

void lanes_init(lanes *all, uint64_t slice_ns, uint32_t lane_running, uint32_t begun_most,
                uint32_t reserved);
/* Frees those that linger: there are no tasks. */
void lanes_clear(lanes *all);

/* Finds or makes the task's lane. -1: out of memory. */
int lanes_join(lanes *all, bj_task *task) BJ_CHECK_RESULT;
/* The task is done, or was never begun. */
void lanes_leave(lanes *all, bj_task *task);

void lanes_add_fresh(lanes *all, bj_task *task);
/* It was begun. `again`: its turn has just ended; else it comes back from waiting. */
void lanes_add_ready(lanes *all, bj_task *task, bool again);
/* Takes a fresh or ready task out of its queue. */
void lanes_take_out(lanes *all, bj_task *task);

/* Whether the first turn of a task may be taken at once, by whoever submits it: nothing is before it. */
bool lanes_can_begin(const lanes *all, const lane *in);

/* Counts: a fresh task is begun; a turn begins and ends, and has taken `used_ns`; the task waits, and no longer. */
void lanes_begin(lanes *all, bj_task *task);
void lanes_begin_turn(lanes *all, bj_task *task);
void lanes_end_turn(lanes *all, bj_task *task, uint64_t used_ns);
void lanes_park(lanes *all, bj_task *task);
void lanes_unpark(lanes *all, bj_task *task);

/* Takes the task whose turn it is out of its queue; NULL: there is none. A fresh one is begun. */
bj_task *lanes_pick(lanes *all);
/* Whether there is one. */
bool lanes_have_work(const lanes *all);

#endif
