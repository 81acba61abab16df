/*
 * recall.c: the history file, in libedit's own form and readable by its owner alone.
 *
 * Lines are appended as they come. What has grown beyond FILE_MOST is cut to the lines that are remembered,
 * when the next session begins.
 */
#include "recall.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "cli.h"

enum { LINES_MOST = 1000, FILE_MOST = 1 << 20 };

/* Makes the folders that lead to `path`. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* what is missing then shows when the file is opened */
        *slash = '/';
    }
}

/* The file's path, to be freed, or NULL. A relative $XDG_STATE_HOME does not count, says its specification. */
static char *find_path(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int status = -1;
    if (state != NULL && state[0] == '/')
        status = asprintf(&path, "%s/belljar/history", state);
    else if (home != NULL && home[0] == '/')
        status = asprintf(&path, "%s/.local/state/belljar/history", home);
    return status < 0 ? NULL : path;
}

static FILE *open_private(const char *path)
{
    struct stat info;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    bool usable = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                  ((info.st_mode & 077) == 0 || fchmod(fd, 0600) == 0);
    FILE *file = usable ? fdopen(fd, "a") : NULL;
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

/* Writes what is remembered in place of the file. */
static void cut(recall *r, const char *path)
{
    cli_autofree char *beside = NULL;
    if (asprintf(&beside, "%s.new", path) < 0)
        return;
    unlink(beside);
    FILE *file = open_private(beside);
    if (file == NULL)
        return;
    HistEvent event;
    bool written = history(r->lines, &event, H_SAVE_FP, file) >= 0;
    if (fclose(file) != 0 || !written || rename(beside, path) != 0)
        unlink(beside);
}

/* Whether lines may be appended to it. A file of another form is left alone. */
static bool load(recall *r, const char *path)
{
    HistEvent event;
    struct stat info;
    if (stat(path, &info) < 0 || info.st_size == 0)
        return true;
    if (!S_ISREG(info.st_mode) || history(r->lines, &event, H_LOAD, path) < 0)
        return false;
    if (info.st_size > FILE_MOST)
        cut(r, path);
    return true;
}

int recall_open(recall *r)
{
    HistEvent event;
    *r = (recall){.lines = history_init()};
    if (r->lines == NULL)
        return -1;
    history(r->lines, &event, H_SETSIZE, LINES_MOST);
    history(r->lines, &event, H_SETUNIQUE, 1);
    cli_autofree char *path = find_path();
    if (path == NULL)
        return 0;
    make_folders(path);
    if (load(r, path))
        r->file = open_private(path);
    return 0;
}

void recall_add(recall *r, const char *line)
{
    HistEvent event;
    history(r->lines, &event, H_ENTER, line);
    if (r->file == NULL)
        return;
    fseek(r->file, 0,
          SEEK_END); /* libedit begins a file, at its beginning, with a line of its own */
    history(r->lines, &event, H_NSAVE_FP, (size_t)1, r->file);
    fflush(r->file);
}

void recall_close(recall *r)
{
    if (r->lines != NULL)
        history_end(r->lines);
    if (r->file != NULL)
        fclose(r->file);
    *r = (recall){.lines = NULL};
}
