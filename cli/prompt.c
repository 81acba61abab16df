/*
 * prompt.c: reading source from a person or a pipe, a piece at a time.
 *
 * A piece is as many lines as the interpreter wants: lines are joined by newlines, without one at the end,
 * and tried after each. What ends a sandbox (a limit, a trap, Ctrl-C) ends the prompt when it is fed by
 * a pipe; at a terminal a new sandbox takes its place.
 */
#include "prompt.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <wchar.h>

#include "outcome.h"
#include "signals.h"

enum {
    PIECE_MAX = 16 << 20, /* bytes of one piece of source */
    HISTORY_LINES = 1000
};

typedef struct prompt {
    guest *guest;
    EditLine *editor; /* NULL when stdin is no terminal */
    History *history;
    char *piece; /* the lines so far, owned */
    size_t size;
    size_t capacity;
    bool continuing; /* the interpreter wants more lines */
    bool done;
    int status; /* of the process, when done */
} prompt;

typedef enum line_status { LINE_READ, LINE_END, LINE_INTERRUPTED, LINE_FAILED } line_status;

/* ---- The piece ---- */

static int piece_append(prompt *p, const char *bytes, size_t size)
{
    if (size > PIECE_MAX - p->size) {
        cli_error("an input of more than 16 MiB; run it as a file");
        return -1;
    }
    if (size == 0)
        return 0;
    if (p->size + size > p->capacity) {
        size_t capacity = (p->size + size) * 2;
        char *larger = realloc(p->piece, capacity);
        if (larger == NULL) {
            cli_error("out of memory");
            return -1;
        }
        p->piece = larger;
        p->capacity = capacity;
    }
    memcpy(p->piece + p->size, bytes, size);
    p->size += size;
    return 0;
}

static void piece_drop(prompt *p)
{
    p->size = 0;
    p->continuing = false;
}

/* ---- Reading lines ---- */

/* The prompt that libedit shows; the prompt is its client data. */
static char *show_prompt(EditLine *editor)
{
    prompt *p = NULL;
    el_get(editor, EL_CLIENTDATA, &p);
    const cli_language *language = p->guest->source->language;
    return (char *)(p->continuing ? language->continuation : language->prompt);
}

/* A character for libedit, which would miss a signal that comes when it is not yet reading. 1, 0 at the
 * end, -1 at a signal or an error. Bytes that are no character are passed over. */
static int read_character(EditLine *editor, wchar_t *character)
{
    (void)editor;
    mbstate_t state = {0};
    while (signals_caught() == 0) {
        char byte;
        if (!signals_wait(STDIN_FILENO, POLLIN, -1))
            continue;
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return (int)got;
        size_t used = mbrtowc(character, &byte, 1, &state);
        if (used == 0 || used == 1)
            return 1;
        if (used == (size_t)-1)
            state = (mbstate_t){0};
    }
    return -1;
}

static int editor_open(prompt *p)
{
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8"); /* source is UTF-8, whatever the terminal is said to be */
    p->editor = el_init("belljar", stdin, isatty(STDOUT_FILENO) ? stdout : stderr, stderr);
    p->history = history_init();
    if (p->editor == NULL || p->history == NULL)
        return cli_error("out of memory");
    HistEvent event;
    history(p->history, &event, H_SETSIZE, HISTORY_LINES);
    history(p->history, &event, H_SETUNIQUE, 1);
    el_set(p->editor, EL_CLIENTDATA, p);
    el_set(p->editor, EL_GETCFN, read_character);
    el_set(p->editor, EL_PROMPT, show_prompt);
    el_set(p->editor, EL_EDITOR, "emacs");
    el_set(p->editor, EL_HIST, history, p->history);
    el_set(p->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    /* Ctrl-D that was typed while something ran comes as NUL. */
    el_set(p->editor, EL_BIND, "^@", "em-delete-or-list", NULL);
    return CLI_OK;
}

static void editor_close(prompt *p)
{
    if (p->history != NULL)
        history_end(p->history);
    if (p->editor != NULL)
        el_end(p->editor);
}

/* A line with the editor, into the piece. Ctrl-C drops what was typed. */
static line_status read_edited(prompt *p)
{
    int size = 0;
    signals_begin(NULL);
    el_set(p->editor, EL_PREP_TERM, 1); /* before the prompt: who sees it may type at once */
    const char *line = el_gets(p->editor, &size);
    int signal = signals_caught();
    signals_end();
    if (signal != 0) {
        p->status = CLI_SIGNAL + signal;
        fputc('\n', stderr);
        el_reset(p->editor);
        return LINE_INTERRUPTED;
    }
    if (line == NULL || size <= 0)
        return LINE_END;
    HistEvent event;
    if (size > 1)
        history(p->history, &event, H_ENTER, line);
    size_t length = (size_t)size - (line[size - 1] == '\n');
    return piece_append(p, line, length) == 0 ? LINE_READ : LINE_FAILED;
}

/* A line from a pipe or file, into the piece. */
static line_status read_plain(prompt *p)
{
    char bytes[4096];
    size_t size = 0;
    int c;
    size_t before = p->size;
    while ((c = getc(stdin)) != EOF && c != '\n') {
        bytes[size++] = (char)c;
        if (size == sizeof bytes && piece_append(p, bytes, size) < 0)
            return LINE_FAILED;
        size %= sizeof bytes;
    }
    if (ferror(stdin)) {
        cli_error("cannot read stdin: %s", strerror(errno));
        return LINE_FAILED;
    }
    if (piece_append(p, bytes, size) < 0)
        return LINE_FAILED;
    return c == EOF && p->size == before ? LINE_END : LINE_READ;
}

static line_status read_line(prompt *p)
{
    if (p->continuing && piece_append(p, "\n", 1) < 0)
        return LINE_FAILED;
    return p->editor != NULL ? read_edited(p) : read_plain(p);
}

/* ---- Evaluating ---- */

static void finish(prompt *p, int status)
{
    p->done = true;
    p->status = status;
}

/* After an end of the sandbox: a new one for a person, the end of the prompt for a pipe. */
static void sandbox_ended(prompt *p, int status)
{
    if (p->editor == NULL) {
        finish(p, status);
        return;
    }
    cli_note("here is a new interpreter; what was defined is gone");
    status = guest_renew(p->guest);
    if (status != CLI_OK)
        finish(p, status);
}

static void settle(prompt *p, const bj_receipt *receipt)
{
    outcome_report(p->guest, receipt);
    switch (bj_receipt_outcome(receipt)) {
    case BJ_OUTCOME_INCOMPLETE:
        p->continuing = true;
        return;
    case BJ_OUTCOME_EXIT:
        finish(p, outcome_status(p->guest, receipt));
        break;
    case BJ_OUTCOME_LIMIT:
    case BJ_OUTCOME_TRAP:
    case BJ_OUTCOME_INTERRUPTED:
        sandbox_ended(p, outcome_status(p->guest, receipt));
        break;
    case BJ_OUTCOME_OK:
    case BJ_OUTCOME_ERROR:
        if (bj_sandbox_has_ended(p->guest->box)) /* it asked to exit with 0 */
            finish(p, outcome_status(p->guest, receipt));
        break;
    }
    piece_drop(p);
}

static void evaluate(prompt *p, unsigned flags)
{
    bj_error err;
    bj_receipt *receipt = guest_eval(p->guest, p->piece, p->size, flags, &err);
    if (p->guest->out.failure != 0)
        finish(p, stream_status(&p->guest->out));
    else if (receipt != NULL)
        settle(p, receipt);
    else
        finish(p, cli_library_error(&err));
    bj_receipt_delete(receipt);
}

/* At the end of the input: an unfinished piece is given once more as if a blank line had followed it, and
 * if that does not complete it, as a program, so that the interpreter says what is wrong with it. */
static void evaluate_rest(prompt *p)
{
    if (p->continuing && !p->done)
        evaluate(p, BJ_EVAL_INTERACTIVE);
    if (p->continuing && !p->done)
        evaluate(p, 0);
    if (!p->done)
        finish(p, CLI_OK);
}

static void step(prompt *p)
{
    switch (read_line(p)) {
    case LINE_READ:
        if (p->size > 0)
            evaluate(p, BJ_EVAL_INTERACTIVE);
        break;
    case LINE_END:
        if (p->editor != NULL)
            fputc('\n', stderr);
        evaluate_rest(p);
        break;
    case LINE_INTERRUPTED:
        piece_drop(p);
        p->done = p->status != CLI_SIGNAL + SIGINT;
        break;
    case LINE_FAILED:
        finish(p, CLI_FAILED);
        break;
    }
}

int prompt_run(guest *g)
{
    prompt p = {.guest = g};
    int status = CLI_OK;
    if (isatty(STDIN_FILENO)) {
        status = editor_open(&p);
        fprintf(stderr, "Belljar %s: %s in a sandbox. Ctrl-D ends it.\n", bj_version(),
                g->source->language->name);
    }
    while (status == CLI_OK && !p.done)
        step(&p);
    editor_close(&p);
    free(p.piece);
    return status == CLI_OK ? p.status : status;
}
