/*
 * prompt.c: libedit at a terminal, stdio elsewhere. Lines are UTF-8, whatever the locale says.
 */
#include "prompt.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <wchar.h>

#include "cli.h"
#include "signals.h"

enum { PIECE_MAX = 16 << 20 };

int piece_append(piece *p, const char *bytes, size_t size)
{
    if (size > PIECE_MAX - p->size) {
        cli_error("an input of more than 16 MiB; run it as a file");
        return -1;
    }
    if (size == 0)
        return 0;
    if (p->size + size > p->capacity) {
        size_t capacity = (p->size + size) * 2;
        char *larger = realloc(p->bytes, capacity);
        if (larger == NULL) {
            cli_error("out of memory");
            return -1;
        }
        p->bytes = larger;
        p->capacity = capacity;
    }
    memcpy(p->bytes + p->size, bytes, size);
    p->size += size;
    return 0;
}

/* ---- What libedit calls; the prompt is its client data. ---- */

static prompt *prompt_of(EditLine *editor)
{
    prompt *p = NULL;
    el_get(editor, EL_CLIENTDATA, &p);
    return p;
}

static char *show_prompt(EditLine *editor)
{
    return (char *)prompt_of(editor)->shown;
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

/* The words that go on from what was typed. */
typedef struct tab {
    const char *typed; /* the word that was begun */
    size_t size;
    const char *first; /* of those that fit */
    size_t common;     /* how far all that fit are the same */
    size_t count;
    FILE *out; /* where to list them; NULL: they are compared */
} tab;

static void take_offer(void *to, const char *word)
{
    tab *t = to;
    if (strncmp(word, t->typed, t->size) != 0)
        return;
    if (t->out != NULL) {
        fputs("  ", t->out);
        cli_put_text(t->out, word);
        return;
    }
    if (t->count++ == 0) {
        t->first = word;
        t->common = strlen(word);
    }
    size_t same = 0;
    while (same < t->common && word[same] == t->first[same])
        same++;
    t->common = same;
}

static void insert(EditLine *editor, const char *text, size_t size)
{
    cli_autofree char *copy = strndup(text, size);
    if (copy != NULL)
        el_insertstr(editor, copy);
}

static unsigned char complete_word(EditLine *editor, const char *typed, size_t size)
{
    prompt *p = prompt_of(editor);
    tab t = {.typed = typed + size};
    for (; t.typed > typed && t.typed[-1] != ' '; t.size++)
        t.typed--;
    p->words(p->user, typed, size, take_offer, &t);
    if (t.count == 0)
        return CC_REFRESH_BEEP;
    if (t.count > 1 && t.common == t.size) {
        t.out = stderr;
        fputc('\n', stderr);
        p->words(p->user, typed, size, take_offer, &t);
        fputc('\n', stderr);
        return CC_REDISPLAY;
    }
    insert(editor, t.first + t.size, t.common - t.size);
    if (t.count == 1)
        insert(editor, " ", 1);
    return CC_REFRESH;
}

static void ignore_offer(void *to, const char *word)
{
    (void)to;
    (void)word;
}

static unsigned char press_tab(EditLine *editor, wint_t character)
{
    prompt *p = prompt_of(editor);
    const LineInfo *line = el_line(editor);
    size_t size = (size_t)(line->cursor - line->buffer);
    cli_autofree char *typed = strndup(line->buffer, size);
    if (typed == NULL)
        return CC_REFRESH_BEEP;
    switch (p->words(p->user, typed, size, ignore_offer, NULL)) {
    case PROMPT_TAB_INDENTS:
        insert(editor, "    ", 4);
        return CC_REFRESH;
    case PROMPT_TAB_FILE:
        return _el_fn_complete(editor, (int)character);
    case PROMPT_TAB_WORD:
        break;
    }
    return complete_word(editor, typed, size);
}

/* ---- Opening and closing ---- */

int prompt_open(prompt *p, prompt_words *words, void *user)
{
    *p = (prompt){.words = words, .user = user, .shown = ""};
    if (!isatty(STDIN_FILENO))
        return CLI_OK;
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8"); /* source is UTF-8, whatever the terminal is said to be */
    p->editor = el_init("belljar", stdin, isatty(STDOUT_FILENO) ? stdout : stderr, stderr);
    if (p->editor == NULL || recall_open(&p->past) < 0)
        return cli_error("out of memory");
    el_set(p->editor, EL_CLIENTDATA, p);
    el_set(p->editor, EL_GETCFN, read_character);
    el_set(p->editor, EL_PROMPT, show_prompt);
    el_set(p->editor, EL_EDITOR, "emacs");
    el_set(p->editor, EL_HIST, history, p->past.lines);
    /* Wide, because el_set leaks copies of the names. */
    el_wset(p->editor, EL_ADDFN, L"belljar-tab", L"Complete or indent", press_tab);
    el_set(p->editor, EL_BIND, "^I", "belljar-tab", NULL);
    el_set(p->editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    /* Ctrl-D that was typed while something ran comes as NUL. */
    el_set(p->editor, EL_BIND, "^@", "em-delete-or-list", NULL);
    return CLI_OK;
}

void prompt_close(prompt *p)
{
    recall_close(&p->past);
    if (p->editor != NULL)
        el_end(p->editor);
    p->editor = NULL;
}

/* ---- Reading ---- */

/* Ctrl-C drops what was typed. */
static line_status read_edited(prompt *p, piece *to)
{
    int size = 0;
    signals_begin(NULL);
    el_set(p->editor, EL_PREP_TERM, 1); /* before the prompt: who sees it may type at once */
    const char *line = el_gets(p->editor, &size);
    p->signal = signals_caught();
    signals_end();
    if (p->signal != 0) {
        fputc('\n', stderr);
        el_reset(p->editor);
        return LINE_INTERRUPTED;
    }
    if (line == NULL || size <= 0) {
        fputc('\n', stderr);
        return LINE_END;
    }
    if (size > 1)
        recall_add(&p->past, line);
    size_t length = (size_t)size - (line[size - 1] == '\n');
    return piece_append(to, line, length) == 0 ? LINE_READ : LINE_FAILED;
}

static line_status read_plain(piece *to)
{
    char bytes[4096];
    size_t size = 0;
    int c;
    size_t before = to->size;
    while ((c = getc(stdin)) != EOF && c != '\n') {
        bytes[size++] = (char)c;
        if (size == sizeof bytes && piece_append(to, bytes, size) < 0)
            return LINE_FAILED;
        size %= sizeof bytes;
    }
    if (ferror(stdin)) {
        cli_error("cannot read stdin: %s", strerror(errno));
        return LINE_FAILED;
    }
    if (piece_append(to, bytes, size) < 0)
        return LINE_FAILED;
    return c == EOF && to->size == before ? LINE_END : LINE_READ;
}

line_status prompt_read(prompt *p, const char *shown, piece *to)
{
    p->shown = shown;
    return p->editor != NULL ? read_edited(p, to) : read_plain(to);
}
