/*
 * host.c: runs one module of the official test suite, as its manifests want it run: with a directory
 * that can be written to as "/", and with nothing else that it was not given.
 *
 *     conformance_host [--root DIR] [--layer memory|overlay|rw] [--env NAME=VALUE]… MODULE [ARGUMENT…]
 *
 * DIR is copied into the layer that is tested, or lies below it (overlay); nothing is written back. `belljar run`
 * can't do this: its commands get /work as ".", and never a root of their own. So this program puts the
 * sandbox together itself, over the library's internal headers, and lets the library run it.
 *
 * Standard output and error are the guest's, the exit status is its exit code; 134 says that it trapped,
 * 125 that it crossed a limit, 2 that the host could not do its part.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/error.h"
#include "sandbox/object/sandbox.h"
#include "sandbox/runtime/runtime.h"
#include "vfs/tree/operations.h"

#define FIXTURE      "/fixture" /* where the tree has it; the guest calls it "/" */
#define EXIT_HOST    2
#define EXIT_LIMIT   125
#define EXIT_TRAPPED 134

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "conformance_host: %s: %s\n", what, why);
    return -1;
}

/* ---- The fixture: from the host into the memory layer. ---- */

static int copy_tree(vfs_tree *tree, const char *host, const char *guest);

static int write_guest(vfs_node node, FILE *file)
{
    char bytes[65536];
    size_t got, moved;
    for (uint64_t at = 0; (got = fread(bytes, 1, sizeof bytes, file)) > 0; at += got)
        if (vfs_node_write(node, at, bytes, got, &moved) != VFS_OK || moved < got)
            return -1;
    return ferror(file) ? -1 : 0;
}

static int copy_file(vfs_tree *tree, const char *host, const char *guest)
{
    FILE *file = fopen(host, "rb");
    if (!file)
        return complain(host, strerror(errno));
    vfs_autonode vfs_node node = VFS_NO_NODE;
    vfs_errno error =
        vfs_open(tree, vfs_tree_root(tree), bj_span_of(guest), VFS_CREATE, VFS_WRITE, &node);
    int status = error == VFS_OK ? write_guest(node, file) : -1;
    fclose(file);
    return status < 0 ? complain(host, "cannot be copied into the guest") : 0;
}

static int copy_entry(vfs_tree *tree, const char *host, const char *guest)
{
    struct stat st;
    if (lstat(host, &st) < 0)
        return complain(host, strerror(errno));
    if (S_ISREG(st.st_mode))
        return copy_file(tree, host, guest);
    if (!S_ISDIR(st.st_mode))
        return complain(host, "neither a file nor a directory");
    vfs_errno error = vfs_make_directory(tree, vfs_tree_root(tree), bj_span_of(guest));
    return error == VFS_OK ? copy_tree(tree, host, guest) : complain(guest, vfs_errno_name(error));
}

/* What earlier runs of other hosts may have left in it. */
static bool is_leftover(const char *name)
{
    size_t size = strlen(name), tail = strlen(".cleanup");
    return size >= tail && strcmp(name + size - tail, ".cleanup") == 0;
}

static int copy_tree(vfs_tree *tree, const char *host, const char *guest)
{
    DIR *directory = opendir(host);
    if (!directory)
        return complain(host, strerror(errno));
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(directory));) {
        char from[4096], to[4096];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            is_leftover(entry->d_name))
            continue;
        int size = snprintf(from, sizeof from, "%s/%s", host, entry->d_name);
        snprintf(to, sizeof to, "%s/%s", guest, entry->d_name);
        status = size < (int)sizeof from ? copy_entry(tree, from, to)
                                         : complain(host, "a path is too long");
    }
    closedir(directory);
    return status;
}

/* ---- The sandbox. ---- */

typedef struct fixture {
    const char *root;  /* NULL: the test has no directory */
    const char *layer; /* "memory", "overlay", "rw" */
    char scratch[32];  /* of rw: a directory that goes again; "" */
} fixture;

static int mount_fixture(bj_sandbox *box, fixture *f, bj_error *err)
{
    if (f->root && strcmp(f->layer, "overlay") == 0)
        return vfs_tree_mount_overlay(box->tree, f->root, FIXTURE, 0, err);
    if (strcmp(f->layer, "rw") == 0) {
        strcpy(f->scratch, "/tmp/belljar-fixture-XXXXXX");
        if (!mkdtemp(f->scratch))
            return bj_fail_errno(err, "no directory can be made in /tmp");
        if (vfs_tree_mount_host(box->tree, f->scratch, FIXTURE, VFS_HOST_WRITABLE, err) < 0)
            return -1;
    } else if (vfs_tree_mount_memory(box->tree, FIXTURE, err) < 0) {
        return -1;
    }
    if (f->root && copy_tree(box->tree, f->root, &FIXTURE[1]) < 0)
        return bj_fail(err, BJ_ERROR_IO, "the fixture %s could not be copied", f->root);
    return 0;
}

static void remove_scratch(const fixture *f)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", f->scratch);
    if (f->scratch[0] && system(command) != 0)
        (void)complain(f->scratch, "cannot be removed");
}

/* As sandbox_make does it, but for the directory. */
static int set_up(bj_sandbox *box, const bj_policy *policy, fixture *f, bj_error *err)
{
    static const struct wasi_preopen preopen = {FIXTURE, "/"};
    box->first.box = box;
    box->budget = &box->budgets[0];
    policy_budget_init(box->budget, policy);
    box->grants = policy_grants_copy(policy->grants);
    box->tree = vfs_tree_new(box->budget);
    if (!box->grants || !box->tree)
        return bj_fail_memory(err);
    if (mount_fixture(box, f, err) < 0)
        return -1;
    wasi_setup setup = {
        .budget = box->budget,
        .tree = box->tree,
        .preopens = &preopen,
        .preopen_count = f->root ? 1 : 0,
        .args = (const char *const *)box->grants->args.items,
        .arg_count = box->grants->args.count,
        .env = (const char *const *)box->grants->env.items,
        .env_count = box->grants->env.count,
        .stdin_fd = -1,
    };
    box->first.wasi = wasi_context_new(&setup, err);
    if (!box->first.wasi)
        return -1;
    box->first.engine = engine_instance_new(box->runtime->module, box->budget, &box->first, err);
    if (!box->first.engine)
        return -1;
    box->first.waker = engine_instance_waker(box->first.engine);
    return 0;
}

static int report(const bj_receipt *receipt)
{
    size_t size;
    const char *text = bj_receipt_stdout(receipt, &size);
    fwrite(text, 1, size, stdout);
    text = bj_receipt_stderr(receipt, &size);
    fwrite(text, 1, size, stderr);
    switch (bj_receipt_outcome(receipt)) {
    case BJ_OUTCOME_OK:
    case BJ_OUTCOME_EXIT:
        return bj_receipt_exit_code(receipt);
    case BJ_OUTCOME_TRAP:
        complain("trap", bj_receipt_error_message(receipt));
        return EXIT_TRAPPED;
    default:
        complain("outcome", bj_outcome_name(bj_receipt_outcome(receipt)));
        return EXIT_LIMIT;
    }
}

static int run(bj_engine *engine, const char *module, const bj_policy *policy, fixture *f,
               bj_error *err)
{
    bj_runtime *runtime = bj_runtime_open(engine, module, err);
    if (!runtime)
        return -1;
    int status = -1;
    bj_sandbox *box = calloc(1, sizeof *box);
    if (box) {
        box->runtime = runtime;
        bj_receipt *receipt = set_up(box, policy, f, err) == 0 ? bj_sandbox_run(box, err) : NULL;
        if (receipt)
            status = report(receipt);
        bj_receipt_delete(receipt);
    } else {
        bj_fail_memory(err);
    }
    bj_sandbox_delete(box);
    remove_scratch(f);
    bj_runtime_delete(runtime);
    return status;
}

/* ---- The command line. ---- */

static int grant_env(bj_policy *policy, char *assignment, bj_error *err)
{
    char *equals = strchr(assignment, '=');
    if (!equals)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "--env wants NAME=VALUE, not '%s'", assignment);
    *equals = 0;
    return bj_policy_grant_env(policy, assignment, equals + 1, err);
}

static int parse(int argc, char **argv, bj_policy *policy, fixture *f, const char **module,
                 bj_error *err)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--root") == 0)
            f->root = argv[i + 1];
        else if (strcmp(argv[i], "--layer") == 0)
            f->layer = argv[i + 1];
        else if (strcmp(argv[i], "--env") != 0)
            return bj_fail(err, BJ_ERROR_ARGUMENT, "no such option: %s", argv[i]);
        else if (grant_env(policy, argv[i + 1], err) < 0)
            return -1;
    }
    if (i >= argc)
        return bj_fail(err, BJ_ERROR_ARGUMENT, "no module");
    *module = argv[i];
    const char *slash = strrchr(argv[i], '/');
    int status = bj_policy_grant_arg(policy, slash ? slash + 1 : argv[i], err);
    while (status == 0 && ++i < argc)
        status = bj_policy_grant_arg(policy, argv[i], err);
    return status;
}

int main(int argc, char **argv)
{
    bj_error err = {0};
    bj_policy policy;
    const char *module = NULL;
    fixture f = {.layer = "memory"};
    bj_policy_init(&policy);
    int status = parse(argc, argv, &policy, &f, &module, &err);
    if (status == 0) {
        bj_engine *engine = bj_engine_new(NULL, &err);
        status = engine ? run(engine, module, &policy, &f, &err) : -1;
        bj_engine_delete(engine);
    }
    bj_policy_clear(&policy);
    if (status >= 0)
        return status;
    complain(module ? module : "usage", err.message);
    return EXIT_HOST;
}
