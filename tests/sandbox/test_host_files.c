/*
 * test_host_files.c: the process has no descriptor left, may write no further, or the disk is full. Whatever the library is asked
 * for then works or is an error in words; the process lives, no half file stays, and afterwards all goes on.
 *
 * Each case is a process of its own. The guest is compiled before: where its compiled form cannot be opened it would be
 * compiled anew.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "belljar.h"
#include "unit.h"

static char folder[64], cache[96], granted[96], out[96], saved[96];

/* In a child, whose end says all: 0, or the line that was not as it should be. */
#define HELLO "(module (memory 1) (func (export \"_start\")))"

#define HOLD(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, last.message);     \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static bj_error last;

/* Whether it worked; if not, the error must say something. */
static bool went_well(bool ok)
{
    HOLD(ok || (last.code != BJ_ERROR_NONE && last.message[0] && !strchr(last.message, '\n')));
    return ok;
}

static bool eval(bj_sandbox *box, const char *source)
{
    last = (bj_error){0};
    bj_receipt *receipt = bj_sandbox_eval(box, source, strlen(source), &last);
    if (!went_well(receipt != NULL))
        return false;
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    HOLD(outcome == BJ_OUTCOME_OK || outcome == BJ_OUTCOME_ERROR);
    char *json = bj_receipt_describe(receipt);
    HOLD(json);
    bj_free(json);
    bj_receipt_delete(receipt);
    return outcome == BJ_OUTCOME_OK;
}

static bool no_half_files(const char *path)
{
    DIR *directory = opendir(path);
    bool clean = true;
    if (!directory)
        return true;
    for (const struct dirent *entry; (entry = readdir(directory));)
        clean &= !strstr(entry->d_name, "tmp");
    closedir(directory);
    return clean;
}

static bool use_snapshot(bj_runtime *python, bj_sandbox *box, const bj_policy *policy)
{
    bj_snapshot *snapshot = bj_sandbox_snapshot(box, &last);
    if (!went_well(snapshot != NULL))
        return false;
    bool ok = true;
    for (int i = 0; i < 4; i++) { /* with images from the second on */
        bj_sandbox *twin = bj_snapshot_spawn(snapshot, policy, &last);
        ok &= went_well(twin != NULL) && eval(twin, "assert x == 6");
        bj_sandbox_delete(twin);
    }
    if (went_well(bj_snapshot_save(snapshot, saved, &last) == 0)) {
        bj_snapshot *loaded = bj_snapshot_load(python, saved, 0, &last);
        ok &= went_well(loaded != NULL);
        bj_snapshot_delete(loaded);
    } else {
        ok = false;
        HOLD(access(saved, F_OK) < 0);
    }
    bj_snapshot_delete(snapshot);
    return ok;
}

static bool use_pool(bj_runtime *python, const bj_policy *policy)
{
    bj_pool_options options;
    bj_pool_options_init(&options);
    options.threads = options.warm = 1;
    bj_pool *pool = bj_pool_new(python, policy, &options, &last);
    if (!went_well(pool != NULL))
        return false;
    bj_job *job = bj_pool_submit(pool, 1, "print(1)", 8, UINT64_MAX, &last);
    bj_receipt *receipt = job ? bj_job_wait(job, UINT64_MAX, &last) : NULL;
    const bool ok = went_well(receipt != NULL);
    bj_receipt_delete(receipt);
    bj_job_delete(job);
    bj_pool_delete(pool);
    return ok;
}

/* All that makes or opens files; true when nothing failed. */
static bool use_everything(bj_runtime *python)
{
    bj_policy policy;
    bj_policy_init(&policy);
    HOLD(bj_policy_grant_dir(&policy, granted, "/over", BJ_OVERLAY, &last) == 0);
    HOLD(bj_policy_grant_dir(&policy, granted, "/data", BJ_READ_WRITE, &last) == 0);
    bj_sandbox *box = bj_sandbox_new(python, &policy, &last);
    bool ok = went_well(box != NULL);
    if (box) {
        ok &= eval(box, "x = 6");
        const bool wrote = eval(box, "open('/over/file', 'a').write('y' * 300000)");
        ok &= wrote && eval(box, "open('/work/large', 'w').write('z' * 300000)\nx");
        ok &= eval(box, "open('/data/large', 'w').write('w' * 300000)");
        ok &= use_snapshot(python, box, &policy);
        ok &= went_well(bj_sandbox_copy_out(box, "/work", out, &last) >= 0);
        HOLD(no_half_files(out));
        const bool committed = went_well(bj_sandbox_commit(box, "/over", &last) >= 0);
        struct stat st;
        char path[128];
        snprintf(path, sizeof path, "%s/file", granted);
        HOLD(stat(path, &st) == 0 && st.st_size == (wrote && committed ? 300007 : 7));
        HOLD(no_half_files(granted));
        ok &= committed;
        bj_sandbox_delete(box);
    }
    ok &= use_pool(python, &policy);
    bj_policy_clear(&policy);
    return ok;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static void make_folders(const char *parent)
{
    snprintf(folder, sizeof folder, "%s/belljar-out-XXXXXX", parent);
    if (!mkdtemp(folder))
        _exit(2);
    snprintf(cache, sizeof cache, "%s/cache", folder);
    snprintf(granted, sizeof granted, "%s/granted", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    snprintf(saved, sizeof saved, "%s/saved.bj", folder);
    mkdir(granted, 0755);
    char path[128];
    snprintf(path, sizeof path, "%s/file", granted);
    FILE *file = fopen(path, "w");
    fputs("content", file);
    fclose(file);
}

static void limit(int resource, rlim_t value)
{
    struct rlimit both;
    getrlimit(resource, &both);
    both.rlim_cur = value < both.rlim_max ? value : both.rlim_max;
    HOLD(setrlimit(resource, &both) == 0);
}

/* Engines and modules are made, or not. */
static bool make_engine(void)
{
    bj_engine_options options;
    bj_engine_options_init(&options);
    options.cache_dir = cache;
    bj_engine *engine = bj_engine_new(&options, &last);
    if (!went_well(engine != NULL))
        return false;
    bj_runtime *hello = bj_runtime_from_bytes(engine, HELLO, strlen(HELLO), "hello", &last);
    const bool ok = went_well(hello != NULL);
    bj_runtime_delete(hello);
    bj_engine_delete(engine);
    HOLD(no_half_files(cache));
    return ok;
}

static void start_again(void)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    make_folders("/tmp");
}

/* A child that uses everything under a limit, and again without. True: the limit was no hindrance. */
static bool survives(int resource, rlim_t value)
{
    pid_t child = fork();
    if (child == 0) {
        make_folders("/tmp");
        bj_engine *engine = bj_engine_new(NULL, &last);
        bj_runtime *python = engine ? bj_runtime_open(engine, "python", &last) : NULL;
        HOLD(python);
        limit(resource, value);
        bool well = use_everything(python);
        well &= make_engine();
        limit(resource, RLIM_INFINITY);
        start_again();
        HOLD(use_everything(python) && make_engine());
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        bj_runtime_delete(python);
        bj_engine_delete(engine);
        _exit(well ? 0 : 3);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3))
        fail_msg("with a limit of %llu the process ended by %s %d", (unsigned long long)value,
                 WIFSIGNALED(status) ? "signal" : "exit",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return WEXITSTATUS(status) == 0;
}

static void without_descriptors_there_are_errors(void **state)
{
    (void)state;
    const bool all = getenv("BELLJAR_SWEEP"); /* every number, and not some */
    bool hindered = false;
    for (unsigned n = 4; n < 40; n += all ? 1 : 5)
        hindered |= !survives(RLIMIT_NOFILE, n);
    assert_true(hindered);
    assert_true(survives(RLIMIT_NOFILE, 256));
}

static void a_limit_on_files_is_an_error_and_no_signal(void **state)
{
    (void)state;
    static const rlim_t limits[] = {0, 1000, 150000};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        assert_false(survives(RLIMIT_FSIZE, limits[i]));
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        bj_engine *engine = bj_engine_new(NULL, &last);
        bj_runtime *python = engine ? bj_runtime_open(engine, "python", &last) : NULL;
        HOLD(python);
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("none", "/mnt", "tmpfs", 0, "size=256k") < 0)
            _exit(77);
        make_folders("/mnt");
        HOLD(!use_everything(python));
        HOLD(make_engine()); /* without a cache that takes anything */
        bj_runtime_delete(python);
        bj_engine_delete(engine);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_descriptors_there_are_errors),
        cmocka_unit_test(a_limit_on_files_is_an_error_and_no_signal),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
