/*
 * packages.c: wheels for Python, and packages of npm's for JavaScript, in the sandbox.
 *
 * packages.py, the file of that name in the Python package, does the work: it finds, checks and keeps them. It lies beside
 * the guests, and runs with the python3 that is found on $PATH. Nothing of a package runs here. Modules of wheels
 * are compiled in a sandbox: it is told how to start this command for that.
 *
 * A program in Python may say in comments what it needs (PEP 723). Here is only seen whether it might; packages.py reads it on its stdin, and lets it
 * name packages, but no files.
 */
#include "packages.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "packages.py"

int packages_take(const cli_option *option, void *target, const char *value)
{
    cli_packages *packages = (cli_packages *)((char *)target + option->offset);
    const char **items = realloc(packages->items, (packages->count + 1) * sizeof *packages->items);
    if (items == NULL) {
        cli_error("out of memory");
        return -1;
    }
    packages->items = items;
    items[packages->count++] = value;
    return 0;
}

void packages_clear(cli_packages *packages)
{
    free(packages->items);
}

/* ------------------------------------------------------------------ finding packages.py */

/* The file in `folder`/`below`; NULL where there is none. */
static char *look_in(const char *folder, const char *below)
{
    char *path;
    if (asprintf(&path, "%s/%s" PROGRAM, folder, below) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* In the first of several folders, with colons between, that has it. */
static char *look_in_all(const char *folders)
{
    cli_autofree char *copy = strdup(folders);
    char *rest = copy, *folder, *found = NULL;
    while (found == NULL && rest != NULL && (folder = strsep(&rest, ":")) != NULL)
        found = look_in(folder, "");
    return found;
}

static char *find_program(const machine_options *machine)
{
    static const char *const places[] = {"guests/", "../share/belljar-data/", "../share/belljar/"};
    const char *named = machine->guests != NULL ? machine->guests : getenv("BELLJAR_GUESTS");
    char *found = named != NULL ? look_in_all(named) : NULL;
    cli_autofree char *self = realpath("/proc/self/exe", NULL);
    const char *folder = self != NULL ? dirname(self) : ".";
    for (size_t i = 0; i < sizeof places / sizeof *places && found == NULL; i++)
        found = look_in(folder, places[i]);
    return found;
}

/* ------------------------------------------------------------------ what the program says */

static bool is_python(const cli_source *source)
{
    const char *runtime = source->language->runtime;
    return runtime != NULL && strncmp(runtime, "python", strlen("python")) == 0;
}

/* Whether a block of metadata may begin somewhere in a file or on stdin. */
static bool may_say(const cli_source *source)
{
    static const char beginning[] = "# /// script";
    const size_t length = sizeof beginning - 1;
    const char *at = source->bytes, *end = at != NULL ? at + source->size : NULL;
    if (at == NULL || !is_python(source) || !(source->is_file || cli_is_dash(source->name)))
        return false;
    while ((at = memmem(at, (size_t)(end - at), beginning, length)) != NULL) {
        if (at == source->bytes || at[-1] == '\n')
            return true;
        at += length;
    }
    return false;
}

/* The program as an open file, to be read from its beginning; -1: no memory. */
static int as_file(const cli_source *source)
{
    int fd = memfd_create("belljar-program", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < source->size;) {
        ssize_t put = write(fd, source->bytes + done, source->size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)put;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* ------------------------------------------------------------------ running it */

/* What packages.py is asked for. */
typedef struct question {
    const cli_packages *packages;
    const cli_source *source;
    const machine_options *machine;
    int program; /* the source as a file where it may say what it needs, or -1 */
} question;

/* What messages name. */
static const char *subject(const question *q)
{
    return q->program >= 0 ? "packages" : "--package";
}

/* Up to five arguments that say how to run this command on this machine; how many. */
static size_t name_command(const char **arguments, const machine_options *machine, const char *self)
{
    size_t count = 0;
    const char *const options[][2] = {{"--guests", machine->guests}, {"--cache", machine->cache}};
    arguments[count++] = self;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i][1] != NULL) {
            arguments[count++] = options[i][0];
            arguments[count++] = options[i][1];
        }
    return count;
}

static int start(const char *program, const question *q, int out, pid_t *child)
{
    const cli_packages *packages = q->packages;
    const char *command[5];
    cli_autofree char *self = realpath("/proc/self/exe", NULL);
    const size_t parts = self != NULL ? name_command(command, q->machine, self) : 0;
    cli_autofree const char **arguments =
        calloc(packages->count + 2 * parts + 9, sizeof *arguments);
    cli_autofree char *joined = calloc(parts + 1, 2 * PATH_MAX);
    size_t count = 0;
    posix_spawn_file_actions_t actions;
    if (arguments == NULL || joined == NULL)
        return ENOMEM;
    arguments[count++] = "python3";
    arguments[count++] = "-I";
    arguments[count++] = program;
    arguments[count++] = "resolve";
    arguments[count++] = "--json";
    if (strcmp(q->source->language->runtime, "python-lean") == 0)
        arguments[count++] = "--lean";
    if (q->program >= 0)
        arguments[count++] = "--script";
    for (size_t i = 0; i < parts;
         i++) { /* "--belljar=--cache" begins with a dash, as its value would */
        char *at = joined + i * 2 * PATH_MAX;
        snprintf(at, 2 * PATH_MAX, "--belljar=%s", command[i]);
        arguments[count++] = at;
    }
    arguments[count++] = "--";
    for (size_t i = 0; i < packages->count; i++)
        arguments[count++] = packages->items[i];
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (q->program >= 0)
        posix_spawn_file_actions_adddup2(&actions, q->program, STDIN_FILENO);
    int failed = posix_spawnp(child, "python3", &actions, NULL, (char **)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* What it answers, or NULL after a message, which is its own where it has one. */
static json_t *ask(const char *program, const question *q)
{
    int ends[2], status = -1;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        cli_error("%s: no pipe: %s", subject(q), strerror(errno));
        return NULL;
    }
    const int failed = start(program, q, ends[1], &child);
    close(ends[1]);
    FILE *answer = fdopen(ends[0], "r");
    json_t *found = failed == 0 && answer != NULL ? json_loadf(answer, 0, NULL) : NULL;
    if (failed == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    if (answer != NULL)
        fclose(answer);
    if (failed != 0)
        cli_error("%s: python3, which finds packages, cannot be run: %s", subject(q),
                  strerror(failed));
    else if (status != 0 || found == NULL)
        cli_error("%s: the packages cannot be had", subject(q));
    if (failed == 0 && status == 0)
        return found;
    json_decref(found);
    return NULL;
}

static int grant(json_t *found, bj_policy *policy)
{
    bj_error err;
    const char *name, *file, *path;
    json_t *variables, *value, *archives, *archive;
    size_t i;
    if (json_unpack(found, "{so so}", "variables", &variables, "archives", &archives) < 0)
        return cli_error("--package: " PROGRAM " is of another version than this command");
    json_array_foreach(archives, i, archive)
    {
        if (json_unpack(archive, "{ss ss}", "file", &file, "path", &path) < 0)
            return cli_error("--package: " PROGRAM " is of another version than this command");
        if (bj_policy_grant_archive(policy, file, path, &err) < 0)
            return cli_library_error(&err);
    }
    json_object_foreach(variables, name, value)
    {
        if (bj_policy_grant_env(policy, name, json_string_value(value), &err) < 0)
            return cli_library_error(&err);
    }
    return CLI_OK;
}

/* Whether all are packages for this interpreter. */
static int check_language(const cli_packages *packages, const char *runtime)
{
    bool is_javascript = runtime != NULL &&
                         (strcmp(runtime, "javascript") == 0 || strcmp(runtime, "typescript") == 0);
    if (runtime == NULL)
        return cli_error("--package: packages are for python and javascript");
    for (size_t i = 0; i < packages->count; i++) {
        const char *item = packages->items[i];
        bool is_npm = strncmp(item, "npm:", 4) == 0;
        if (is_npm && !is_javascript)
            return cli_error("--package: %s is a package for JavaScript", item);
        if (!is_npm && is_javascript)
            return cli_error("--package: %s is a package for Python; one of npm's is written "
                             "npm:%s",
                             item, item);
    }
    return CLI_OK;
}

static int find_and_grant(const question *q, bj_policy *policy)
{
    cli_autofree char *program = find_program(q->machine);
    if (program == NULL)
        return cli_error("%s: " PROGRAM " is missing; it lies beside the guests", subject(q));
    json_t *found = ask(program, q);
    int status = found != NULL ? grant(found, policy) : CLI_FAILED;
    json_decref(found);
    return status;
}

int packages_grant(const cli_packages *packages, const cli_source *source,
                   const machine_options *machine, bj_policy *policy)
{
    const bool says = !packages->named_only && may_say(source);
    if (packages->count == 0 && !says)
        return CLI_OK;
    if (check_language(packages, source->language->runtime) != CLI_OK)
        return CLI_FAILED;
    cli_autoclose int file = says ? as_file(source) : -1;
    if (says && file < 0)
        return cli_error("packages: no memory for what the program says it needs");
    const question q = {packages, source, machine, file};
    return find_and_grant(&q, policy);
}
