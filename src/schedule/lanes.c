/*
 * lanes.c: whose turn it is: see lanes.h.
 *
 * A lane is in one place: out (it wants no turn), in (the heap), or blocked (it has nothing but fresh tasks, and as many are
 * begun as may be). settle() puts it where it belongs after every change. Blocked lanes are let in one by one by whoever picks, when there
 * is room: how many there are costs nothing.
 */
#include <stdlib.h>

#include "schedule/schedule.h"

/* Lanes without tasks that are remembered because they have had more than others. */
#define LINGER_MOST 4096u

/* ---------------------------------------------------------------- lists */

static void add_last(lane_list *list, lane *one)
{
    one->after = NULL;
    one->before = list->last;
    *(list->last ? &list->last->after : &list->first) = one;
    list->last = one;
    list->count++;
}

static void remove_lane(lane_list *list, lane *one)
{
    *(one->before ? &one->before->after : &list->first) = one->after;
    *(one->after ? &one->after->before : &list->last) = one->before;
    one->before = one->after = NULL;
    list->count--;
}

static void add_task(lane_queue *queue, bj_task *task)
{
    task->after = NULL;
    task->before = queue->last;
    *(queue->last ? &queue->last->after : &queue->first) = task;
    queue->last = task;
}

static void remove_task(lane_queue *queue, bj_task *task)
{
    *(task->before ? &task->before->after : &queue->first) = task->after;
    *(task->after ? &task->after->before : &queue->last) = task->before;
    task->before = task->after = NULL;
}

/* ---------------------------------------------------------------- places */

static lane *lane_of(const bj_heap_node *node)
{
    return (lane *)((char *)(uintptr_t)node - offsetof(lane, node));
}

static bool comes_before(const bj_heap_node *a, const bj_heap_node *b)
{
    const lane *one = lane_of(a), *other = lane_of(b);
    if (one->key_ns != other->key_ns)
        return one->key_ns < other->key_ns;
    if (one->is_newcomer != other->is_newcomer)
        return one->is_newcomer;
    return one->order < other->order;
}

/* Whether one more may be begun, by a lane that has `begun` under way. */
static bool has_room(const lanes *all, uint32_t begun)
{
    const uint32_t most = begun > 0 ? all->begun_most - all->reserved : all->begun_most;
    return all->begun < most;
}

static bool wants_to_begin(const lanes *all, const lane *one)
{
    return one->fresh.first && one->active < all->lane_running;
}

static lane_place place_of(const lanes *all, const lane *one)
{
    if (one->ready.first)
        return LANE_IN;
    if (!wants_to_begin(all, one))
        return LANE_OUT;
    if (has_room(all, one->begun))
        return LANE_IN;
    return one->begun > 0 ? LANE_BLOCKED : LANE_BLOCKED_EMPTY;
}

static void go_out(lanes *all, lane *one)
{
    if (one->place == LANE_IN)
        bj_heap_remove(&all->in, &one->node);
    if (one->is_newcomer)
        remove_lane(&all->newcomers, one);
    else if (one->place < LANE_LISTS)
        remove_lane(&all->lists[one->place], one);
    one->is_newcomer = false;
    one->place = LANE_OUT;
}

/* What a lane that comes has had counts, but not what it has not. */
static void welcome(lanes *all, lane *one)
{
    if (one->used_ns < all->now_ns)
        one->used_ns = all->now_ns;
    if (one->used_ns - all->now_ns >= all->slice_ns)
        return;
    one->key_ns = all->now_ns;
    one->is_newcomer = true;
    add_last(&all->newcomers, one);
}

static void go_in(lanes *all, lane *one, bool comes)
{
    const bool alone = !all->in.first && all->running == 0;
    if (alone) /* there is nobody to be compared with */
        all->now_ns = all->latest_ns;
    one->key_ns = one->used_ns;
    if (comes)
        welcome(all, one);
    one->order = all->orders++;
    one->place = LANE_IN;
    bj_heap_add(&all->in, &one->node);
}

/* `comes`: it had nothing on the threads until now. */
static void settle(lanes *all, lane *one, bool comes)
{
    const lane_place place = place_of(all, one);
    if (place == one->place)
        return;
    go_out(all, one);
    if (place == LANE_IN) {
        go_in(all, one, comes && one->running == 0);
    } else if (place != LANE_OUT) {
        one->place = place;
        add_last(&all->lists[place], one);
    }
}

/* ---------------------------------------------------------------- joining and leaving */

void lanes_init(lanes *all, uint64_t slice_ns, uint32_t lane_running, uint32_t begun_most,
                uint32_t reserved)
{
    *all = (lanes){
        .in = {.comes_before = comes_before},
        .slice_ns = slice_ns,
        .lane_running = lane_running,
        .begun_most = begun_most,
        .reserved = reserved,
    };
}

static lane **bucket_of(lanes *all, uint64_t id)
{
    return &all->buckets[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

static void forget(lanes *all, lane *one)
{
    lane **at = bucket_of(all, one->id);
    while (*at != one)
        at = &(*at)->in_bucket;
    *at = one->in_bucket;
    free(one);
}

/* Forgets the first of those that linger, if it is no longer of interest. */
static bool forget_one(lanes *all)
{
    lane_list *list = &all->lists[LANE_LINGERS];
    lane *first = list->first;
    if (!first || (first->used_ns > all->now_ns && list->count <= LINGER_MOST))
        return false;
    go_out(all, first);
    forget(all, first);
    return true;
}

void lanes_clear(lanes *all)
{
    all->now_ns = UINT64_MAX;
    while (forget_one(all))
        ;
}

static lane *find(lanes *all, uint64_t id)
{
    lane **bucket = bucket_of(all, id), *found = *bucket;
    while (found && found->id != id)
        found = found->in_bucket;
    if (!found && (found = calloc(1, sizeof *found))) {
        found->id = id;
        found->place = LANE_OUT;
        found->in_bucket = *bucket;
        *bucket = found;
    }
    return found;
}

int lanes_join(lanes *all, bj_task *task)
{
    lane *joined = task->lane_id == BJ_LANE_OWN ? &task->own : find(all, task->lane_id);
    if (!joined)
        return -1;
    if (joined->place == LANE_LINGERS)
        go_out(all, joined);
    task->lane = joined;
    all->count += joined->tasks++ == 0;
    return 0;
}

void lanes_leave(lanes *all, bj_task *task)
{
    lane *left = task->lane;
    task->lane = NULL;
    if (task->begun) {
        all->begun--;
        left->begun--;
        left->active--;
    }
    left->tasks--;
    settle(all, left, false);
    if (left->tasks > 0)
        return;
    all->count--;
    if (left == &task->own)
        return;
    if (left->used_ns <= all->now_ns) {
        forget(all, left);
        return;
    }
    left->place = LANE_LINGERS;
    add_last(&all->lists[LANE_LINGERS], left);
    /* Two, so that there are fewer and fewer. */
    if (forget_one(all))
        (void)forget_one(all);
}

/* ---------------------------------------------------------------- queues */

void lanes_add_fresh(lanes *all, bj_task *task)
{
    add_task(&task->lane->fresh, task);
    all->fresh++;
    settle(all, task->lane, true);
}

void lanes_add_ready(lanes *all, bj_task *task, bool again)
{
    add_task(&task->lane->ready, task);
    all->ready++;
    settle(all, task->lane, !again);
}

void lanes_take_out(lanes *all, bj_task *task)
{
    lane *from = task->lane;
    remove_task(task->begun ? &from->ready : &from->fresh, task);
    *(task->begun ? &all->ready : &all->fresh) -= 1;
    settle(all, from, true);
}

bool lanes_can_begin(const lanes *all, const lane *in)
{
    return !in->fresh.first && in->active < all->lane_running && has_room(all, in->begun);
}

/* ---------------------------------------------------------------- counts */

void lanes_begin(lanes *all, bj_task *task)
{
    task->begun = true;
    all->begun++;
    task->lane->begun++;
    task->lane->active++;
}

void lanes_begin_turn(lanes *all, bj_task *task)
{
    all->running++;
    task->lane->running++;
}

void lanes_end_turn(lanes *all, bj_task *task, uint64_t used_ns)
{
    lane *one = task->lane;
    all->running--;
    one->running--;
    one->used_ns += used_ns;
    if (one->used_ns > all->latest_ns)
        all->latest_ns = one->used_ns;
    if (one->place == LANE_IN && !one->is_newcomer) {
        bj_heap_remove(&all->in, &one->node);
        one->key_ns = one->used_ns;
        bj_heap_add(&all->in, &one->node);
    }
}

void lanes_park(lanes *all, bj_task *task)
{
    task->lane->active--;
    settle(all, task->lane, false);
}

void lanes_unpark(lanes *all, bj_task *task)
{
    task->lane->active++;
    settle(all, task->lane, false);
}

/* ---------------------------------------------------------------- picking */

/* The list whose first lane may be let in, since there is room; NULL: none. */
static const lane_list *may_come_in(const lanes *all)
{
    if (has_room(all, 0) && all->lists[LANE_BLOCKED_EMPTY].first)
        return &all->lists[LANE_BLOCKED_EMPTY];
    if (has_room(all, 1) && all->lists[LANE_BLOCKED].first)
        return &all->lists[LANE_BLOCKED];
    return NULL;
}

bool lanes_have_work(const lanes *all)
{
    return all->in.first || may_come_in(all);
}

static lane *next_lane(lanes *all)
{
    all->newest_next = !all->newest_next;
    if (all->newest_next && all->newcomers.last)
        return all->newcomers.last;
    return all->in.first ? lane_of(all->in.first) : NULL;
}

/* The lane's next task: one that goes on, or a fresh one, by turns where there are both. NULL: there is no room for a fresh one. */
static bj_task *next_task(const lanes *all, lane *from)
{
    const bool can_begin = wants_to_begin(all, from) && has_room(all, from->begun);
    from->begins = can_begin && (!from->ready.first || !from->begins);
    return from->begins ? from->fresh.first : from->ready.first;
}

/* Takes the lane's turn. NULL: as next_task; it is no longer in then. */
static bj_task *take_turn(lanes *all, lane *from)
{
    if (from->key_ns > all->now_ns)
        all->now_ns = from->key_ns;
    go_out(all, from);
    bj_task *task = next_task(all, from);
    if (task) {
        remove_task(task->begun ? &from->ready : &from->fresh, task);
        *(task->begun ? &all->ready : &all->fresh) -= 1;
        if (!task->begun)
            lanes_begin(all, task);
    }
    settle(all, from, false);
    return task;
}

bj_task *lanes_pick(lanes *all)
{
    bj_task *task = NULL;
    const lane_list *waiting = may_come_in(all);
    if (waiting)
        settle(all, waiting->first, true);
    for (lane *next; !task && (next = next_lane(all));)
        task = take_turn(all, next);
    return task;
}
