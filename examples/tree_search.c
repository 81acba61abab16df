/*
 * tree_search.c: a search in which every state is a snapshot of a running Python session.
 *
 * A state of the search is all that the session holds, and a move is a piece of code. Each move is tried in a sandbox of its own,
 * spawned from the state's snapshot: what it breaks is gone with that sandbox, and the state itself stays as it is. So an agent
 * tries several ways from one point. Here the way from 1 to 40 is wanted, breadth first; a move that raises leads nowhere.
 *
 *     cc tree_search.c -o tree_search $(pkg-config --cflags --libs belljar) && ./tree_search
 */
#include <belljar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GOAL = 40, MOST_STATES = 64 };

static const char beginning[] = "history = []\nx = 1\nx\n";
static const char *const moves[] = {
    "history.append('double')\nx *= 2\nx",
    "history.append('subtract 3')\nx -= 3\nassert x > 0, 'negative'\nx",
    "history.append('square')\nassert x < 8, 'too large'\nx *= x\nx",
};
enum { MOVES = sizeof moves / sizeof *moves };

typedef struct search {
    bj_snapshot *states[MOST_STATES];
    long values[MOST_STATES]; /* of x there */
    size_t count;
    unsigned tried, failed;
} search;

static bool is_known(const search *s, long value)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->values[i] == value)
            return true;
    return false;
}

/* Keeps the state that the sandbox is in. */
static int keep(search *s, bj_sandbox *box, long value, bj_error *err)
{
    if (is_known(s, value) || s->count == MOST_STATES)
        return 0;
    s->states[s->count] = bj_sandbox_snapshot(box, err);
    if (!s->states[s->count])
        return -1;
    s->values[s->count++] = value;
    return 0;
}

/* Evaluates a move; 1 and the value of x where it is possible, 0 where it raised. */
static int try_move(search *s, bj_sandbox *box, const char *move, long *value, bj_error *err)
{
    bj_receipt *receipt = bj_sandbox_eval(box, move, strlen(move), err);
    if (!receipt)
        return -1;
    const bool possible =
        bj_receipt_outcome(receipt) == BJ_OUTCOME_OK && bj_receipt_value(receipt, NULL);
    if (possible)
        *value = strtol(bj_receipt_value(receipt, NULL), NULL, 10);
    s->tried++;
    s->failed += !possible;
    bj_receipt_delete(receipt);
    return possible;
}

static int print_way(bj_sandbox *box, bj_error *err)
{
    static const char source[] = "print(', '.join(history))";
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), err);
    if (!receipt)
        return -1;
    fputs(bj_receipt_stdout(receipt, NULL), stdout);
    bj_receipt_delete(receipt);
    return 0;
}

/* All moves from one state. 1: the goal was reached. */
static int expand(search *s, size_t state, bj_error *err)
{
    for (size_t i = 0; i < MOVES; i++) {
        long value = 0;
        bj_sandbox *box = bj_snapshot_spawn(s->states[state], NULL, err);
        int status = box ? try_move(s, box, moves[i], &value, err) : -1;
        const bool found = status == 1 && value == GOAL;
        if (found)
            status = print_way(box, err);
        else if (status == 1)
            status = keep(s, box, value, err);
        bj_sandbox_delete(box);
        if (status < 0 || found)
            return status < 0 ? -1 : 1;
    }
    return 0;
}

static int run(search *s, bj_runtime *python, const bj_policy *policy, bj_error *err)
{
    long value = 0;
    bj_sandbox *box = bj_sandbox_new(python, policy, err);
    int status = box ? try_move(s, box, beginning, &value, err) : -1;
    if (status == 1)
        status = keep(s, box, value, err);
    bj_sandbox_delete(box);
    for (size_t i = 0; status == 0 && i < s->count; i++)
        status = expand(s, i, err);
    return status;
}

int main(void)
{
    search s = {.count = 0};
    bj_error err = {0};
    bj_policy policy;
    bj_policy_init(&policy);
    policy.wall_ms = 1000; /* of each move */
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
    const int status = python ? run(&s, python, &policy, &err) : -1;
    if (status < 0)
        fprintf(stderr, "%s\n", err.message);
    else
        printf("%u moves tried, %u of them impossible, %zu states kept\n", s.tried, s.failed,
               s.count);
    for (size_t i = 0; i < s.count; i++)
        bj_snapshot_delete(s.states[i]);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    bj_policy_clear(&policy);
    return status == 1 ? 0 : 1;
}
