/*
 * test_snapshot_model.c: random programs of evals, snapshots, forks, rewinds, saves and loads, beside a plain model of
 * what each sandbox must hold; and the evals that led to one of them, run natively from the beginning.
 *
 * A world is numbers, files and the state of a generator. Whatever happens to one sandbox must not be seen in
 * another one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snapshots.h"

#define NUMBERS   4
#define FILES     3
#define SANDBOXES 5
#define SNAPSHOTS 5
#define STEPS     250
#define PROGRAMS  6

typedef struct model {
    unsigned numbers[NUMBERS];
    unsigned sizes[FILES]; /* each file is its letter, so many times */
    unsigned seed, draws;
    size_t kept; /* items of a list that makes memory grow */
    char *history;
} model;

typedef struct sandbox_slot {
    bj_sandbox *box;
    model expected;
} sandbox_slot;

typedef struct snapshot_slot {
    bj_snapshot *snapshot;
    model expected;
} snapshot_slot;

static struct {
    sandbox_slot boxes[SANDBOXES];
    snapshot_slot snapshots[SNAPSHOTS];
    unsigned random;
    char path[64];
} world;

static unsigned pick(unsigned below)
{
    world.random = world.random * 1664525u + 1013904223u;
    return (world.random >> 10) % below;
}

/* ---- Models. ---- */

static model model_copy(const model *from)
{
    model copy = *from;
    copy.history = strdup(from->history);
    assert_non_null(copy.history);
    return copy;
}

static void remember(model *m, const char *source)
{
    char *longer = NULL;
    assert_true(asprintf(&longer, "%s%s\n", m->history, source) > 0);
    free(m->history);
    m->history = longer;
}

static const char beginning[] =
    "import random, os\nnumbers = [0] * 4\nkept = []\nrandom.seed(0)\n"
    "def touch(i, a): numbers[i] = (numbers[i] * 31 + a) % 1000003\n"
    "def content(i):\n    return open(f'f{i}').read() if os.path.exists(f'f{i}') else ''\n"
    "def drawn(seed, draws):\n    r = random.Random(seed)\n    for _ in range(draws): r.random()\n"
    "    return r.getstate()";

static void begin_world(sandbox_slot *slot)
{
    slot->box = must_make(interpreter, NULL);
    slot->expected = (model){.history = strdup("")};
    run(slot->box, beginning);
    remember(&slot->expected, beginning);
}

/* What the guest says of itself. */
#define STATE                                                                                      \
    "[numbers, [len(content(i)) for i in range(3)], "                                              \
    "all(content(i) == chr(97 + i) * len(content(i)) for i in range(3)), len(kept), sum(map(len, " \
    "kept))]"

static void expect(char *text_, size_t size, const model *m)
{
    snprintf(text_, size, "[[%u,%u,%u,%u],[%u,%u,%u],true,%zu,%zu]", m->numbers[0], m->numbers[1],
             m->numbers[2], m->numbers[3], m->sizes[0], m->sizes[1], m->sizes[2], m->kept,
             m->kept * 5000);
}

static void check(sandbox_slot *slot)
{
    char expected[256], draws[128];
    expect(expected, sizeof expected, &slot->expected);
    value_is(slot->box, STATE, expected);
    snprintf(draws, sizeof draws, "random.getstate() == drawn(%u, %u)", slot->expected.seed,
             slot->expected.draws);
    value_is(slot->box, draws, "true");
}

/* ---- Steps. ---- */

static void change(sandbox_slot *slot)
{
    model *m = &slot->expected;
    const unsigned i = pick(NUMBERS), a = pick(100000), f = pick(FILES), size = pick(9000);
    char source[160];
    switch (pick(6)) {
    case 0:
    case 1:
        snprintf(source, sizeof source, "touch(%u, %u)", i, a);
        m->numbers[i] = (unsigned)(((uint64_t)m->numbers[i] * 31 + a) % 1000003);
        break;
    case 2:
        snprintf(source, sizeof source, "with open('f%u', 'w') as f: f.write('%c' * %u)", f,
                 'a' + (int)f, size);
        m->sizes[f] = size;
        break;
    case 3:
        snprintf(source, sizeof source, "with open('f%u', 'a') as f: f.write('%c' * %u)", f,
                 'a' + (int)f, size % 100);
        m->sizes[f] += size % 100;
        break;
    case 4:
        snprintf(source, sizeof source, "random.seed(%u); random.random()", a);
        m->seed = a;
        m->draws = 1;
        break;
    default:
        snprintf(source, sizeof source, "kept.append(bytes(5000)); random.random()");
        m->kept++;
        m->draws++;
    }
    run(slot->box, source);
    remember(m, source);
}

static void drop_sandbox(sandbox_slot *slot)
{
    bj_sandbox_delete(slot->box);
    free(slot->expected.history);
    *slot = (sandbox_slot){0};
}

static void drop_snapshot(snapshot_slot *slot)
{
    bj_snapshot_delete(slot->snapshot);
    free(slot->expected.history);
    *slot = (snapshot_slot){0};
}

static void take_snapshot(sandbox_slot *from, snapshot_slot *to)
{
    bj_error err;
    drop_snapshot(to);
    to->snapshot = must_snapshot(from->box);
    to->expected = model_copy(&from->expected);
    if (pick(3) > 0)
        return;
    /* By way of a file. */
    if (bj_snapshot_save(to->snapshot, world.path, &err) < 0)
        fail_msg("%s", err.message);
    bj_snapshot_delete(to->snapshot);
    to->snapshot = bj_snapshot_load(interpreter, world.path, 0, &err);
    if (!to->snapshot)
        fail_msg("%s", err.message);
}

static void spawn(snapshot_slot *from, sandbox_slot *to)
{
    bj_policy policy;
    bj_policy_init(&policy);
    drop_sandbox(to);
    to->box = must_spawn(from->snapshot, &policy);
    to->expected = model_copy(&from->expected);
}

static void fork_sandbox(sandbox_slot *from, sandbox_slot *to)
{
    bj_error err;
    drop_sandbox(to);
    to->box = bj_sandbox_fork(from->box, &err);
    if (!to->box)
        fail_msg("%s", err.message);
    to->expected = model_copy(&from->expected);
}

static void rewind_sandbox(sandbox_slot *slot, snapshot_slot *to)
{
    if (pick(4) == 0) /* also one that has ended */
        bj_receipt_delete(must_eval(slot->box, "import sys; numbers.clear(); sys.exit(1)"));
    must_rewind(slot->box, to->snapshot);
    free(slot->expected.history);
    slot->expected = model_copy(&to->expected);
}

static void step(void)
{
    sandbox_slot *box = &world.boxes[pick(SANDBOXES)], *other = &world.boxes[pick(SANDBOXES)];
    snapshot_slot *snapshot = &world.snapshots[pick(SNAPSHOTS)];
    const unsigned what = pick(12);
    if (!box->box) {
        if (snapshot->snapshot)
            spawn(snapshot, box);
        else
            begin_world(box);
    } else if (what < 6) {
        change(box);
    } else if (what == 6 || !snapshot->snapshot) {
        take_snapshot(box, snapshot);
    } else if (what == 7 && other != box) {
        spawn(snapshot, other);
    } else if (what == 8 && other != box) {
        fork_sandbox(box, other);
    } else if (what == 9) {
        rewind_sandbox(box, snapshot);
    } else {
        check(box);
    }
}

/* ---- Beside native Python. ---- */

/* The evals that led to a sandbox, run natively: the same state. */
static void compare_natively(sandbox_slot *slot)
{
    char folder[] = "/tmp/belljar-model-XXXXXX", script[64], command[256], line[512] = "",
         expected[256];
    if (system("python3 -c ''") != 0)
        return;
    assert_non_null(mkdtemp(folder));
    snprintf(script, sizeof script, "%s/script.py", folder);
    FILE *out = fopen(script, "w");
    assert_non_null(out);
    fprintf(out,
            "%simport json\nprint(json.dumps(" STATE ", separators=(',', ':')))\n"
            "assert random.getstate() == drawn(%u, %u)\n",
            slot->expected.history, slot->expected.seed, slot->expected.draws);
    fclose(out);
    snprintf(command, sizeof command, "cd '%s' && python3 script.py", folder);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    assert_int_equal(pclose(in), 0);
    line[strcspn(line, "\n")] = 0;
    expect(expected, sizeof expected, &slot->expected);
    assert_string_equal(line, expected);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void random_programs_agree_with_the_model(void **state)
{
    (void)state;
    for (unsigned program = 1; program <= PROGRAMS; program++) {
        world.random = program;
        for (unsigned i = 0; i < STEPS; i++)
            step();
        for (unsigned i = 0; i < SANDBOXES; i++)
            if (world.boxes[i].box) {
                check(&world.boxes[i]);
                if (i == program % SANDBOXES)
                    compare_natively(&world.boxes[i]);
            }
        for (unsigned i = 0; i < SANDBOXES; i++)
            drop_sandbox(&world.boxes[i]);
        for (unsigned i = 0; i < SNAPSHOTS; i++)
            drop_snapshot(&world.snapshots[i]);
    }
}

static int begin(void **state)
{
    snprintf(world.path, sizeof world.path, "/tmp/belljar-model-XXXXXX");
    const int fd = mkstemp(world.path);
    if (fd < 0)
        return -1;
    close(fd);
    return session_begin(state, "python");
}

static int end(void **state)
{
    unlink(world.path);
    return session_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs_agree_with_the_model)};
    return cmocka_run_group_tests_name("snapshots beside a model", tests, begin, end);
}
