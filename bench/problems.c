/*
 * problems.c: lines of JSON in, Python programs out.
 *
 * A program is put together as the benchmark's own harness does it: the prompt, the solution, the tests,
 * and a call of check. It ends with a line that it prints, so that an early exit does not count as passed.
 */
#include "problems.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "guests.h"

#define READ_BUFFER (1u << 16)

typedef struct line {
    char *text;
    size_t size, room;
} line;

static void grow(line *l)
{
    l->room = l->room ? l->room * 2 : READ_BUFFER;
    l->text = realloc(l->text, l->room);
    if (!l->text)
        bench_die("out of memory");
}

/* The next line, however long. False at the end of the file. */
static bool next_line(gzFile file, const char *path, line *l)
{
    l->size = 0;
    do {
        if (l->room - l->size < READ_BUFFER / 2)
            grow(l);
        if (!gzgets(file, l->text + l->size, (int)(l->room - l->size)))
            break;
        l->size += strlen(l->text + l->size);
    } while (l->text[l->size - 1] != '\n');
    int status;
    const char *message = gzerror(file, &status);
    if (status != Z_OK && status != Z_STREAM_END)
        bench_die("%s cannot be read: %s", path, status == Z_ERRNO ? strerror(errno) : message);
    return l->size > 0;
}

static problem make_problem(const line *l, const char *path, size_t number)
{
    json_error_t error;
    const char *id, *prompt, *solution, *test, *entry;
    json_t *object = json_loadb(l->text, l->size, 0, &error);
    if (!object)
        bench_die("%s:%zu: %s", path, number, error.text);
    if (json_unpack_ex(object, &error, 0, "{ss ss ss ss ss}", "task_id", &id, "prompt", &prompt,
                       "canonical_solution", &solution, "test", &test, "entry_point", &entry) < 0)
        bench_die("%s:%zu: %s", path, number, error.text);
    problem result = {.id = strdup(id)};
    int size = asprintf(&result.source, "%s%s\n%s\ncheck(%s)\nprint('" PROBLEM_PASSED "')\n",
                        prompt, solution, test, entry);
    if (size < 0 || !result.id)
        bench_die("out of memory");
    result.size = (size_t)size;
    result.solved = strlen(prompt) + strlen(solution);
    json_decref(object);
    return result;
}

static void keep(problems *all, problem one)
{
    problem *grown = realloc(all->items, (all->count + 1) * sizeof *grown);
    if (!grown)
        bench_die("out of memory");
    all->items = grown;
    all->items[all->count++] = one;
}

static void free_problem(problem *one)
{
    free(one->id);
    free(one->source);
}

problems problems_read(const char *path, const char *only, size_t most)
{
    problems all = {0};
    line l = {0};
    size_t number = 0;
    errno = 0;
    gzFile file = gzopen(path, "re");
    if (!file)
        bench_die("%s cannot be opened: %s", path, strerror(errno ? errno : ENOMEM));
    while (all.count < most && next_line(file, path, &l)) {
        number++;
        if (l.text[strspn(l.text, " \t\r\n")] == 0)
            continue;
        problem one = make_problem(&l, path, number);
        if (!only || strcmp(one.id, only) == 0)
            keep(&all, one);
        else
            free_problem(&one);
    }
    gzclose(file);
    free(l.text);
    if (all.count == 0)
        bench_die(only ? "%s: there is no problem %s" : "%s has no problems", path, only);
    return all;
}

void problems_free(problems *all)
{
    for (size_t i = 0; i < all->count; i++)
        free_problem(&all->items[i]);
    free(all->items);
    *all = (problems){0};
}
