/*
 * test_running_out.c: a process that may have little address space, and allocations that fail one by one, on the whole way from
 * the engine to a snapshot that is loaded: what cannot be done is an error with a message, and nothing ends the process.
 *
 * Each attempt is a process of its own. The linker hands the allocations of the library, its Rust included, to the functions below. The
 * compiler is left out: what is run was compiled before.
 */
#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "belljar.h"

#include "base/attributes.h"
#include "unit.h"

#define MIB     UINT64_C(1048576)
#define HANGS_S 100

/* ---- Allocations that fail. ---- */

static atomic_ulong made;
static unsigned long failing_from, failing_to; /* none: 0, 0 */

static bool fails(void)
{
    const unsigned long number = atomic_fetch_add(&made, 1) + 1;
    return number >= failing_from && number < failing_to;
}

/* NOLINTBEGIN: the linker's names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
void *__real_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size)
{
    errno = ENOMEM;
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    errno = ENOMEM;
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    errno = ENOMEM;
    return fails() ? NULL : __real_realloc(old, size);
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
    return fails() ? ENOMEM : __real_posix_memalign(out, align, size);
}

/* What takes the place of a mapping that is there needs no more than was there. */
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd, off_t offset)
{
    if (!(flags & MAP_FIXED) && fails()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(at, size, access, flags, fd, offset);
}
/* NOLINTEND */

static void *allocate(size_t size)
{
    return __wrap_malloc(size);
}

/* ---- The whole way. ---- */

typedef struct journey {
    bj_engine *engine;
    bj_runtime *runtime;
    bj_policy policy;
    char file[64];
    bj_error err;
    const char *where; /* it was given up, or NULL */
} journey;

static bool did(journey *j, const char *where, bool worked)
{
    if (!worked && !j->where)
        j->where = where;
    return worked;
}

static void open_engine(journey *j, const char *name)
{
    bj_engine_options options;
    bj_engine_options_init(&options);
    options.max_sandboxes = 8;
    j->engine = bj_engine_new(&options, &j->err);
    if (did(j, "engine", j->engine))
        did(j, "open", (j->runtime = bj_runtime_open(j->engine, name, &j->err)));
}

static void evaluate(journey *j, bj_sandbox *box, const char *source)
{
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), &j->err);
    if (!did(j, "eval", receipt))
        return;
    char *text = bj_receipt_describe(receipt); /* which has no error but this one */
    if (!text && !j->where)
        j->err = (bj_error){.code = BJ_ERROR_MEMORY, .message = "no description"};
    did(j, "describe", text);
    bj_free(text);
    bj_receipt_delete(receipt);
}

static void save_and_load(journey *j, const bj_snapshot *snapshot)
{
    if (!did(j, "save", bj_snapshot_save(snapshot, j->file, &j->err) == 0))
        return;
    bj_snapshot *loaded = bj_snapshot_load(j->runtime, j->file, 0, &j->err);
    if (!did(j, "load", loaded))
        return;
    bj_sandbox *box = bj_snapshot_spawn(loaded, &j->policy, &j->err);
    if (did(j, "spawn what was loaded", box))
        evaluate(j, box, "1");
    bj_sandbox_delete(box);
    bj_snapshot_delete(loaded);
}

static void live(journey *j, const char *source)
{
    bj_sandbox *box = bj_sandbox_new(j->runtime, &j->policy, &j->err);
    if (!did(j, "sandbox", box))
        return;
    evaluate(j, box, source);
    if (bj_sandbox_has_ended(box)) {
        bj_sandbox_delete(box);
        return;
    }
    bj_sandbox *twin = bj_sandbox_fork(box, &j->err);
    if (did(j, "fork", twin))
        evaluate(j, twin, source);
    bj_sandbox_delete(twin);
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &j->err);
    for (int i = 0; i < 3 && did(j, "snapshot", snapshot); i++) {
        bj_sandbox *spawned = bj_snapshot_spawn(snapshot, &j->policy, &j->err);
        if (did(j, "spawn", spawned))
            evaluate(j, spawned, "1");
        bj_sandbox_delete(spawned);
    }
    if (snapshot)
        save_and_load(j, snapshot);
    bj_snapshot_delete(snapshot);
    bj_sandbox_delete(box);
}

static void use_pool(journey *j)
{
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.threads = 2;
    bj_pool *pool = bj_pool_new(j->runtime, &j->policy, &options, &j->err);
    if (!did(j, "pool", pool))
        return;
    bj_job *job = bj_pool_submit(pool, 0, "1+1", 3, 60000, &j->err);
    if (did(j, "submit", job)) {
        bj_receipt *receipt = bj_job_wait(job, 60000, &j->err);
        did(j, "job", receipt);
        bj_receipt_delete(receipt);
    }
    bj_job_delete(job);
    bj_pool_delete(pool);
}

static const char python[] = "import json\n"
                             "open('/work/f', 'wb').write(bytes(5_000_000))\n"
                             "try: a = [bytes(20_000_000) for _ in range(6)]\n"
                             "except MemoryError: a = None\n"
                             "print(json.dumps([1] * 1000))\n";
static const char javascript[] = "let a = 'x'.repeat(1000000); console.log(a.length)";

static void close_all(journey *j)
{
    bj_runtime_delete(j->runtime);
    bj_engine_delete(j->engine);
    bj_policy_clear(&j->policy);
    if (*j->file)
        unlink(j->file);
}

static journey begin(void)
{
    alarm(HANGS_S); /* whoever waits for ever ends by a signal */
    journey j = {.where = NULL};
    bj_policy_init(&j.policy);
    snprintf(j.file, sizeof j.file, "/tmp/running-out-%ld", (long)getpid());
    return j;
}

static void whole_way(journey *j, const char *name, const char *source)
{
    open_engine(j, name);
    if (j->runtime) {
        live(j, source);
        use_pool(j);
    }
}

/* ---- Processes. ---- */

enum { ALL_DONE = 0, GAVE_UP = 10, WITHOUT_A_MESSAGE = 11, FAILS_AGAIN = 12 };

static int status_of(const journey *j)
{
    if (!j->where)
        return ALL_DONE;
    return j->err.message[0] ? GAVE_UP : WITHOUT_A_MESSAGE;
}

/* Waits for the child; fails the test where it ended in any other way than one of its own. */
static int outcome_of(pid_t child, const char *what, unsigned long number)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        fail_msg("%s %lu: ended by signal %d", what, number, WTERMSIG(status));
    if (WEXITSTATUS(status) != ALL_DONE && WEXITSTATUS(status) != GAVE_UP)
        fail_msg("%s %lu: exit status %d", what, number, WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

static int with_address_space(uint64_t bytes, const char *name, const char *source)
{
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {bytes, bytes};
        setrlimit(RLIMIT_AS, &limit);
        journey j = begin();
        whole_way(&j, name, source);
        close_all(&j);
        if (j.where && bytes > 8192 * MIB)
            fprintf(stderr, "%s: %s: %s\n", name, j.where, j.err.message);
        _exit(status_of(&j));
    }
    return outcome_of(child, name, (unsigned long)(bytes / MIB));
}

static void sweep_address_space(const char *name, const char *source, uint64_t least)
{
    if (BJ_UNDER_ASAN || BJ_UNDER_TSAN)
        skip(); /* their shadows need more than can be limited */
    /* Compiled for memories that move, as they are where address space is limited. */
    assert_int_equal(with_address_space(32768 * MIB, name, source), ALL_DONE);
    unsigned worked = 0, gave_up = 0;
    for (uint64_t mib = least; mib < 1200; mib += mib < 600 ? 20 : 100) {
        if (with_address_space(mib * MIB, name, source) == ALL_DONE)
            worked++;
        else
            gave_up++;
    }
    assert_true(worked > 0);
    assert_true(gave_up > 0);
}

static void python_with_little_address_space_is_an_error_at_most(void **state)
{
    (void)state;
    sweep_address_space("python", python, 200);
}

static void javascript_with_little_address_space_is_an_error_at_most(void **state)
{
    (void)state;
    sweep_address_space("javascript", javascript, 40);
}

/* ---- The n-th allocation. ---- */

/* `count` allocations fail, from number `from` on. */
static int opening_with_failures(const char *name, unsigned long from, unsigned long count,
                                 unsigned long *all)
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        atomic_store(&made, 0);
        failing_from = from;
        failing_to = from + count;
        journey j = begin();
        open_engine(&j, name);
        const unsigned long number = atomic_load(&made);
        failing_to = 0;
        close_all(&j);
        _exit(write(pipe_ends[1], &number, sizeof number) == sizeof number ? status_of(&j) : 99);
    }
    const int outcome = outcome_of(child, name, from);
    assert_int_equal(read(pipe_ends[0], all, sizeof *all), sizeof *all);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return outcome;
}

static int living_with_failures(journey *j, const char *source, unsigned long from,
                                unsigned long count, unsigned long *all)
{
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        alarm(HANGS_S);
        atomic_store(&made, 0);
        failing_from = from;
        failing_to = from + count;
        live(j, source);
        const unsigned long number = atomic_load(&made);
        failing_to = 0;
        /* Memory is there again: so is everything else. */
        if (j->where) {
            journey again = *j;
            again.where = NULL;
            live(&again, source);
            if (again.where) {
                fprintf(stderr, "%s, and again %s: %s\n", j->where, again.where, again.err.message);
                _exit(FAILS_AGAIN);
            }
        }
        _exit(write(pipe_ends[1], &number, sizeof number) == sizeof number ? status_of(j) : 99);
    }
    const int outcome = outcome_of(child, "allocation", from);
    assert_int_equal(read(pipe_ends[0], all, sizeof *all), sizeof *all);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return outcome;
}

/* Every number at first, then ever fewer. */
static unsigned long next_after(unsigned long number)
{
    return number + 1 + number / 20;
}

static void a_failing_allocation_while_opening_is_an_error_at_most(void **state)
{
    (void)state;
    unsigned long all;
    assert_int_equal(opening_with_failures("javascript", 0, 0, &all), ALL_DONE);
    assert_true(all > 100);
    unsigned gave_up = 0;
    for (unsigned long n = 1; n <= all; n = next_after(n)) {
        unsigned long ignored;
        gave_up += opening_with_failures("javascript", n, 1, &ignored) == GAVE_UP;
        gave_up += opening_with_failures("javascript", n, 1000000, &ignored) == GAVE_UP;
    }
    assert_true(gave_up > 0);
}

static void sweep_living(const char *name, const char *source)
{
    unsigned long all;
    journey j = begin();
    alarm(0);
    open_engine(&j, name);
    assert_null(j.where);
    assert_int_equal(living_with_failures(&j, source, 0, 0, &all), ALL_DONE);
    assert_true(all > 100);
    unsigned gave_up = 0;
    for (unsigned long n = 1; n <= all; n = next_after(n)) {
        unsigned long ignored;
        gave_up += living_with_failures(&j, source, n, 1, &ignored) == GAVE_UP;
        gave_up += living_with_failures(&j, source, n, 1000000, &ignored) == GAVE_UP;
    }
    assert_true(gave_up > 0);
    close_all(&j);
}

static void a_failing_allocation_in_a_sandbox_of_python_is_an_error_at_most(void **state)
{
    (void)state;
    sweep_living("python", "x = 1\nopen('/work/f', 'w').write('x')\nx + 1");
}

static void a_failing_allocation_in_a_sandbox_of_javascript_is_an_error_at_most(void **state)
{
    (void)state;
    sweep_living("javascript", "globalThis.x = 1; x + 1");
}

/* With the pattern of some tests' names, those only. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_with_little_address_space_is_an_error_at_most),
        cmocka_unit_test(javascript_with_little_address_space_is_an_error_at_most),
        cmocka_unit_test(a_failing_allocation_while_opening_is_an_error_at_most),
        cmocka_unit_test(a_failing_allocation_in_a_sandbox_of_python_is_an_error_at_most),
        cmocka_unit_test(a_failing_allocation_in_a_sandbox_of_javascript_is_an_error_at_most),
    };
    json_set_alloc_funcs(allocate, free);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
