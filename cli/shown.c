/*
 * shown.c: one file for each form of what was shown, "display-1.png", and a line or a picture on stdout.
 */
#include "shown.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "screen.h"
#include "values.h"

#define PLAIN "text/plain"

void shown_clear(shown_files *d)
{
    free(d->names);
    *d = (shown_files){0};
}

/* ------------------------------------------------------------------ forms */

static bool find_form(const bj_receipt *receipt, size_t number, const char *type,
                      bj_display_form *form)
{
    *form = (bj_display_form){.size = sizeof *form};
    for (size_t i = 0; bj_receipt_display_form(receipt, number, i, form); i++)
        if (strcmp(form->type, type) == 0)
            return true;
    return false;
}

/* The picture among the forms that is shown best. */
static bool find_picture(const bj_receipt *receipt, size_t number, bj_display_form *form)
{
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (find_form(receipt, number, types[i], form))
            return true;
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

static const char *ending_of(const bj_display_form *form)
{
    static const struct {
        const char *type, *ending;
    } known[] = {
        {"image/png", "png"},       {"image/jpeg", "jpg"},        {"image/gif", "gif"},
        {"image/webp", "webp"},     {"image/svg+xml", "svg"},     {"text/html", "html"},
        {"text/markdown", "md"},    {"text/latex", "tex"},        {"text/csv", "csv"},
        {"application/pdf", "pdf"}, {"application/json", "json"}, {"application/javascript", "js"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(form->type, known[i].type) == 0)
            return known[i].ending;
    if (ends_with(form->type, "+json"))
        return "json";
    if (ends_with(form->type, "+xml"))
        return "xml";
    return form->is_text ? "txt" : "bin";
}

/* ------------------------------------------------------------------ files */

/* What of a receipt goes where. */
typedef struct writing {
    const bj_receipt *receipt;
    size_t number; /* of the display */
    const char *out;
    char *guest; /* what lies in /work, as JSON; NULL: nobody knows */
} writing;

static bool is_in_guest(const char *listed, const char *name)
{
    char quoted[SHOWN_NAME_BYTES + 2];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    return listed != NULL && strstr(listed, quoted) != NULL;
}

/* What is longer than PATH_MAX no system call takes; a shortened one may be another file. 0; -1 with errno set. */
static int path_of(char *path, size_t room, const char *out, const char *name)
{
    const int size = snprintf(path, room, "%s/%s", out, name);
    if (size >= 0 && (size_t)size < room)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* 0; 1 where the name is taken; -1 with errno set. */
static int write_file(const writing *w, const char *name, const bj_display_form *form)
{
    char path[PATH_MAX];
    if (is_in_guest(w->guest, name))
        return 1;
    if (path_of(path, sizeof path, w->out, name) < 0)
        return -1;
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == EEXIST ? 1 : -1;
    FILE *file = fdopen(fd, "w");
    bool well = file != NULL && fwrite(form->data, 1, form->bytes, file) == form->bytes;
    if (file != NULL)
        well = fclose(file) == 0 && well;
    else
        close(fd);
    if (well)
        return 0;
    const int number = errno;
    unlink(path);
    errno = number;
    return -1;
}

static int remember(shown_files *d, const char *name)
{
    void *names = realloc(d->names, (d->count + 1) * sizeof *d->names);
    if (names == NULL)
        return -1;
    d->names = names;
    snprintf(d->names[d->count++], sizeof *d->names, "%s", name);
    return 0;
}

/* "display-3.png"; a form whose ending another one has: "display-3-2.json". */
static void name_form(char name[static SHOWN_NAME_BYTES], const writing *w, unsigned number,
                      size_t at, const char *ending)
{
    bj_display_form other = {.size = sizeof other};
    for (size_t i = 0; i < at && bj_receipt_display_form(w->receipt, w->number, i, &other); i++)
        if (strcmp(ending_of(&other), ending) == 0) {
            snprintf(name, SHOWN_NAME_BYTES, "display-%u-%zu.%s", number, at + 1, ending);
            return;
        }
    snprintf(name, SHOWN_NAME_BYTES, "display-%u.%s", number, ending);
}

/* Takes back what was written since. */
static void unwrite(shown_files *d, const char *out, size_t count)
{
    char path[PATH_MAX];
    while (d->count > count)
        if (path_of(path, sizeof path, out, d->names[--d->count]) == 0)
            unlink(path);
}

/* All forms of a display under one number, but for its text where there is more. As write_file. */
static int write_forms(shown_files *d, const writing *w, unsigned number, size_t forms)
{
    const size_t before = d->count;
    char name[SHOWN_NAME_BYTES];
    bj_display_form form = {.size = sizeof form};
    int status = 0;
    for (size_t i = 0; status == 0 && bj_receipt_display_form(w->receipt, w->number, i, &form);
         i++) {
        if (forms > 1 && strcmp(form.type, PLAIN) == 0)
            continue;
        name_form(name, w, number, i, ending_of(&form));
        status = write_file(w, name, &form);
        if (status == 0)
            status = remember(d, name);
    }
    if (status != 0)
        unwrite(d, w->out, before);
    return status;
}

/* No number is above: each that is tried is looked for among the guest's files, of which it may make very many. */
#define MOST_NUMBERS 4096u

static int write_display(shown_files *d, const writing *w, size_t forms)
{
    int status = 1;
    while (status == 1 && d->number < MOST_NUMBERS)
        status = write_forms(d, w, ++d->number, forms);
    if (status == 0)
        return CLI_OK;
    return cli_error(
        "--out: cannot write what was shown (%s) to %s",
        status == 1 ? "there are too many files of the name display-N" : strerror(errno), w->out);
}

/* ------------------------------------------------------------------ stdout */

static void put_text(const shown_options *options, const bj_display_form *form)
{
    if (options->raw || !isatty(STDOUT_FILENO))
        fwrite(form->data, 1, form->bytes, stdout);
    else
        screen_put(stdout, SCREEN_OUTPUT, form->data, form->bytes);
    putchar('\n');
}

/* "[image/png, 640×480, 12 kB: out/display-1.png]" */
static void put_outline(const bj_display_form *form, const char *out, const char *name)
{
    uint32_t width, height;
    printf("[%s", form->type);
    if (pictures_size(form->data, form->bytes, &width, &height))
        printf(", %" PRIu32 "\xc3\x97%" PRIu32, width, height);
    printf(", %s", values_format(BJ_UNIT_BYTES, form->bytes).text);
    if (name != NULL)
        printf(": %s/%s", out, name);
    puts("]");
}

static void show(const shown_options *options, const bj_receipt *receipt, size_t number,
                 const char *name)
{
    bj_display_form form;
    if (find_picture(receipt, number, &form)) {
        if (!pictures_show(options->way, form.data, form.bytes, stdout))
            put_outline(&form, options->out, name);
    } else if (find_form(receipt, number, PLAIN, &form)) {
        put_text(options, &form);
    } else {
        form = (bj_display_form){.size = sizeof form};
        if (bj_receipt_display_form(receipt, number, 0, &form))
            put_outline(&form, options->out, name);
    }
}

/* ------------------------------------------------------------------ all of it */

static char *list_guest(bj_sandbox *box)
{
    bj_error err;
    return bj_sandbox_list_files(box, "/work", &err);
}

int shown_hand_out(shown_files *d, const shown_options *options, bj_sandbox *box,
                   const bj_receipt *receipt)
{
    writing w = {.receipt = receipt, .out = options->out};
    bj_display each = {.size = sizeof each};
    int status = CLI_OK;
    if (options->out != NULL && bj_receipt_display_count(receipt) > 0)
        w.guest = list_guest(box);
    for (; bj_receipt_display(receipt, w.number, &each); w.number++) {
        const size_t before = d->count;
        if (options->out != NULL && status == CLI_OK)
            status = write_display(d, &w, each.forms);
        if (!options->quiet)
            show(options, receipt, w.number, d->count > before ? d->names[before] : NULL);
    }
    bj_free(w.guest);
    const uint64_t more = bj_receipt_more_displays(receipt);
    if (more > 0)
        cli_note("%" PRIu64 " more %s shown and left out (--displays and --display-bytes set how "
                 "much there may be)",
                 more, more == 1 ? "thing was" : "things were");
    return status;
}

/* 0; -1 with errno set. */
static int move_away(shown_files *d, const char *out, char *name, const char *listed)
{
    char from[PATH_MAX], to[PATH_MAX], next[SHOWN_NAME_BYTES];
    const char *ending = strrchr(name, '.');
    if (path_of(from, sizeof from, out, name) < 0)
        return -1;
    while (d->number < MOST_NUMBERS) {
        snprintf(next, sizeof next, "display-%u%s", ++d->number, ending);
        if (is_in_guest(listed, next))
            continue;
        if (path_of(to, sizeof to, out, next) < 0)
            return -1;
        if (link(from, to) == 0) {
            cli_note("--out: %s is the guest's own file now; what was shown is %s", name, next);
            snprintf(name, SHOWN_NAME_BYTES, "%s", next);
            return unlink(from);
        }
        if (errno != EEXIST)
            return -1;
    }
    errno = EMFILE;
    return -1;
}

int shown_make_way(shown_files *d, const shown_options *options, bj_sandbox *box)
{
    if (options->out == NULL || d->count == 0)
        return CLI_OK;
    char *listed = list_guest(box);
    int status = CLI_OK;
    for (size_t i = 0; i < d->count && status == CLI_OK; i++)
        if (is_in_guest(listed, d->names[i]) && move_away(d, options->out, d->names[i], listed) < 0)
            status = cli_error("--out: cannot rename %s/%s: %s", options->out, d->names[i],
                               strerror(errno));
    bj_free(listed);
    return status;
}
