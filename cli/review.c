/*
 * review.c: showing and applying what the guest changed in overlays.
 */
#include "review.h"

#include <string.h>

#include "diff.h"

/* Of one file: what is longer is not shown line by line. */
#define TEXT_MOST ((size_t)16 << 20)

/* Of the target of a link. */
#define LINK_MOST ((size_t)4096)

/* Of all files together: what comes after is named, with what it has in bytes. */
#define SHOWN_MOST ((uint64_t)64 << 20)

/* What --diff may still do, for all overlays together. */
typedef struct budget {
    uint64_t bytes, work;
} budget;

/* One side of a change; {NULL} when there is no file on it, or none that can be shown. */
static char *read_side(bj_changes *changes, size_t number, bool now, bool exists, diff_text *text)
{
    bj_error err;
    size_t size = 0;
    char *bytes = exists ? bj_changes_read(changes, number, now, TEXT_MOST, &size, &err) : NULL;
    *text = (diff_text){bytes, size};
    return bytes;
}

static void name_change(const bj_file_change *change, const char *what)
{
    printf("%s %s ", bj_change_kind_name(change->kind), what);
    diff_put_name(stdout, "", change->path);
    putchar('\n');
}

/* Both sides of a file, or that they are not shown. */
static int show_file(bj_changes *changes, size_t number, const bj_file_change *change, bool visible,
                     budget *left)
{
    const bool was = change->kind != BJ_CREATED, is = change->kind != BJ_DELETED;
    diff_text before, after;
    if (left->bytes == 0) { /* nor read: a file of 16 MiB may have any number of names */
        name_change(change, "file, whose diff is not shown,");
        return CLI_OK;
    }
    cli_autofree char *old = read_side(changes, number, false, was, &before);
    cli_autofree char *new = read_side(changes, number, true, is, &after);
    if ((was && old == NULL) || (is && new == NULL)) {
        name_change(change, change->bytes > TEXT_MOST ? "file, too large to show,"
                                                      : "file, which cannot be shown,");
        return CLI_OK;
    }
    const size_t size = before.size + after.size;
    left->bytes -= size < left->bytes ? size : left->bytes;
    if (left->bytes == 0) {
        char what[64];
        snprintf(what, sizeof what, "file, whose diff of %zu bytes is not shown,", size);
        name_change(change, what);
    } else if (before.size == 0 && after.size == 0) {
        name_change(change, "empty file");
    } else if (was && is && before.size == after.size &&
               memcmp(before.bytes, after.bytes, before.size) == 0) {
        name_change(change, "file, of the same bytes,");
    } else {
        const int status = diff_write(stdout, change->path, before, after, visible, &left->work);
        if (status < 0)
            return cli_error("out of memory");
        if (status > 0)
            name_change(change, "file, of too many lines to show,");
    }
    return CLI_OK;
}

/* With where it leads: whoever applies it should see that. */
static void show_link(bj_changes *changes, size_t number, const bj_file_change *change)
{
    bj_error err;
    size_t size;
    cli_autofree char *target =
        change->kind == BJ_DELETED ? NULL
                                   : bj_changes_read(changes, number, true, LINK_MOST, &size, &err);
    printf("%s link ", bj_change_kind_name(change->kind));
    diff_put_name(stdout, "", change->path);
    if (target != NULL) {
        fputs(" -> ", stdout);
        diff_put_name(stdout, "", target);
    }
    putchar('\n');
}

static int show_change(bj_changes *changes, size_t number, const bj_file_change *change,
                       bool visible, budget *left)
{
    if (change->type == BJ_FILE)
        return show_file(changes, number, change, visible, left);
    if (change->type == BJ_SYMLINK)
        show_link(changes, number, change);
    else
        name_change(change, change->type == BJ_DIRECTORY ? "directory" : "special file");
    return CLI_OK;
}

static int show_overlay(bj_sandbox *box, const char *guest, bool visible, budget *left)
{
    bj_error err;
    bj_changes *changes = bj_sandbox_changes(box, guest, &err);
    if (changes == NULL)
        return cli_library_error(&err);
    int status = CLI_OK;
    bj_file_change change = {.size = sizeof change};
    for (size_t i = 0; status == CLI_OK && bj_changes_get(changes, i, &change); i++)
        status = show_change(changes, i, &change, visible, left);
    const char *part, *why;
    if (bj_changes_has_more(changes) && bj_changes_unfinished(changes, 0, &part, &why))
        cli_note("there may be more changes in %s than are shown (%s)", guest, why);
    bj_changes_delete(changes);
    return status;
}

int review_show(bj_sandbox *box, const cli_grants *grants, bool raw)
{
    const bool visible = !raw && isatty(STDOUT_FILENO);
    budget left = {SHOWN_MOST, DIFF_WORK_MOST};
    int status = CLI_OK;
    for (size_t i = 0; i < grants->overlay_count && status == CLI_OK; i++)
        status = show_overlay(box, grants->overlays[i].guest, visible, &left);
    if (left.work == 0)
        cli_note("not all lines were compared: what is shown as replaced may have more in common");
    /* Before anybody is asked: what could not be shown is not applied. */
    return status == CLI_OK ? cli_flush() : status;
}

/* Without a terminal there is nobody to ask: --commit has said it. */
static bool may_apply(size_t count, const char *host)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    fprintf(stderr, "Apply %zu %s to ", count, count == 1 ? "change" : "changes");
    cli_put_text(stderr, host);
    fputs("? [y/N] ", stderr);
    fflush(stderr); /* which is written line by line */
    char answer[16];
    return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int commit_overlay(bj_sandbox *box, const cli_overlay *overlay)
{
    bj_error err;
    bj_changes *changes = bj_sandbox_changes(box, overlay->guest, &err);
    if (changes == NULL)
        return cli_library_error(&err);
    size_t count = bj_changes_count(changes);
    bj_changes_delete(changes);
    if (count == 0)
        return CLI_OK;
    if (!may_apply(count, overlay->host)) {
        cli_note("nothing was applied to %s", overlay->host);
        return CLI_OK;
    }
    int64_t applied = bj_sandbox_commit(box, overlay->guest, &err);
    if (applied < 0) {
        cli_library_error(&err);
        return CLI_FAILED;
    }
    cli_note("%lld %s applied to %s", (long long)applied, applied == 1 ? "change" : "changes",
             overlay->host);
    return CLI_OK;
}

int review_commit(bj_sandbox *box, const cli_grants *grants)
{
    int status = CLI_OK;
    for (size_t i = 0; i < grants->overlay_count && status == CLI_OK; i++)
        status = commit_overlay(box, &grants->overlays[i]);
    return status;
}
