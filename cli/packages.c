/*
 * packages.c: wheels for Python, and packages of npm's for JavaScript, in the sandbox.
 *
 * packages.py, the file of that name in the Python package, does the work: it finds, checks and keeps them. It lies beside
 * the guests, and runs with the python3 that is found on $PATH. Nothing of a package runs here. Modules of wheels
 * are compiled in a sandbox: it is told how to start this command for that.
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
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "packages.py"

int packages_take(const cli_option *option, void *target, const char *value)
{
    cli_packages *packages = (cli_packages *)((char *)target + option->offset);
    const char **items = realloc(packages->items, (packages->count + 1) * sizeof *packages->items);
    if (items == NULL)
        return cli_error("out of memory");
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

/* ------------------------------------------------------------------ running it */

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

static int start(const char *program, const cli_packages *packages, const char *runtime,
                 const machine_options *machine, int out, pid_t *child)
{
    const char *command[5];
    cli_autofree char *self = realpath("/proc/self/exe", NULL);
    const size_t parts = self != NULL ? name_command(command, machine, self) : 0;
    cli_autofree const char **arguments =
        calloc(packages->count + 2 * parts + 8, sizeof *arguments);
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
    if (strcmp(runtime, "python-lean") == 0)
        arguments[count++] = "--lean";
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
    int failed = posix_spawnp(child, "python3", &actions, NULL, (char **)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* What it answers, or NULL after a message, which is its own where it has one. */
static json_t *ask(const char *program, const cli_packages *packages, const char *runtime,
                   const machine_options *machine)
{
    int ends[2], status = -1;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        cli_error("--package: no pipe: %s", strerror(errno));
        return NULL;
    }
    const int failed = start(program, packages, runtime, machine, ends[1], &child);
    close(ends[1]);
    FILE *answer = fdopen(ends[0], "r");
    json_t *found = failed == 0 && answer != NULL ? json_loadf(answer, 0, NULL) : NULL;
    if (failed == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    if (answer != NULL)
        fclose(answer);
    if (failed != 0)
        cli_error("--package: python3, which finds packages, cannot be run: %s", strerror(failed));
    else if (status != 0 || found == NULL)
        cli_error("--package: the packages cannot be had");
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

int packages_grant(const cli_packages *packages, const char *runtime,
                   const machine_options *machine, bj_policy *policy)
{
    if (packages->count == 0)
        return CLI_OK;
    if (check_language(packages, runtime) != CLI_OK)
        return CLI_FAILED;
    cli_autofree char *program = find_program(machine);
    if (program == NULL)
        return cli_error("--package: " PROGRAM " is missing; it lies beside the guests");
    json_t *found = ask(program, packages, runtime, machine);
    int status = found != NULL ? grant(found, policy) : CLI_FAILED;
    json_decref(found);
    return status;
}
