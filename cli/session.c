/*
 * session.c: `belljar session`: reads pieces of source and evaluates them.
 *
 * A piece is as many lines as the interpreter wants: lines are joined by newlines, without one at the end,
 * and tried after each. A line that begins with a colon where a piece would is a command of the prompt
 * (commands.c). What ends a sandbox (a limit, a trap, Ctrl-C) leaves a session that evaluates nothing until it
 * is taken back to a snapshot; exit() ends the session itself.
 */
#include "session.h"

#include <signal.h>

#include "commands.h"
#include "outcome.h"
#include "signals.h"
#include "suggest.h"

/* One that goes on, and those that were forked. */
enum { SANDBOXES = 64 };

#define SESSION_LANGUAGES "python python-lean javascript typescript"

typedef struct session_options {
    job_options job;
    const char *undo;
} session_options;
_Static_assert(offsetof(session_options, job) == 0, "the options of a job count on it");

const cli_option session_option_table[] = {
    OPTION_HEADING("Session"),
    JOB_LANGUAGE_OPTION(SESSION_LANGUAGES, "python, python-lean, javascript or typescript"),
    JOB_FROM_OPTION,
    {.name = "undo",
     .value = "on|off",
     .help = "keep a snapshot 'last' before each input (default: at a terminal only)",
     .take = option_take_string,
     .words = "on off",
     .offset = offsetof(session_options, undo)},
    JOB_SANDBOX_OPTIONS,
    JOB_OUTPUT_OPTIONS,
    MACHINE_OPTIONS(session_options, job.machine),
    OPTION_HELP,
    OPTIONS_END,
};

/* ------------------------------------------------------------------ ends */

static bool has_ended(const session *s)
{
    return bj_sandbox_has_ended(s->job->guest.box);
}

/* To a person each time, since each time something was typed in vain. */
static void tell_ended(session *s)
{
    if (s->told_ended && !prompt_has_person(&s->prompt))
        return;
    s->told_ended = true;
    cli_note("the session has ended; ':rewind %s' brings it back", states_nearest(&s->states));
}

/* ------------------------------------------------------------------ evaluating */

static void drop_piece(session *s)
{
    s->piece.size = 0;
    s->continuing = false;
}

/* After an input that failed there is no new one: the state is not what anybody wants back. One costs 0.16 ms, 4 ms
 * where 10 MiB differ from a fresh start, 60 ms where 100 MiB do: nothing to who types, much to a pipe. */
static void keep_last(session *s)
{
    if (!s->undo || !s->well)
        return;
    bj_error err;
    s->well = false;
    if (states_keep(&s->states, STATES_LAST, &err) == 0)
        return;
    s->undo = false;
    cli_note("no snapshot is kept before inputs from here on: %s", err.message);
}

/* The same, and whether the input is still wanted: Ctrl-C may come before anything of it runs. */
static bool prepare(session *s)
{
    signals_begin(NULL);
    keep_last(s);
    const int signal = signals_caught();
    signals_end();
    if (signal == 0)
        return true;
    drop_piece(s);
    if (signal != SIGINT || !prompt_has_person(&s->prompt))
        session_end(s, CLI_SIGNAL + signal);
    return false;
}

static void settle(session *s, const bj_receipt *receipt)
{
    guest *g = &s->job->guest;
    const bj_outcome outcome = bj_receipt_outcome(receipt);
    if (outcome == BJ_OUTCOME_INCOMPLETE) {
        s->continuing = true;
        return;
    }
    if (job_show(s->job, receipt) != CLI_OK)
        s->status = CLI_FAILED;
    outcome_report(g, receipt);
    if (s->job->options->machine.verbose)
        outcome_report_usage(receipt);
    s->used.size = sizeof s->used;
    bj_receipt_usage(receipt, &s->used);
    s->has_used = true;
    s->well = outcome == BJ_OUTCOME_OK;
    if (outcome != BJ_OUTCOME_OK)
        s->status = outcome_status(g, receipt);
    drop_piece(s);
    if (outcome == BJ_OUTCOME_EXIT ||
        (outcome == BJ_OUTCOME_INTERRUPTED && !prompt_has_person(&s->prompt)))
        session_end(s, s->status);
    else if (has_ended(s) && (outcome == BJ_OUTCOME_OK || outcome == BJ_OUTCOME_ERROR))
        session_end(s, outcome_status(g, receipt)); /* it asked to exit with 0 */
    else if (has_ended(s))
        tell_ended(s);
}

static void evaluate(session *s, const char *source, size_t size, unsigned flags)
{
    if (has_ended(s)) {
        tell_ended(s);
        drop_piece(s);
        return;
    }
    guest *g = &s->job->guest;
    bj_error err;
    if (!prepare(s))
        return;
    bj_receipt *receipt = guest_eval(g, source, size, flags, &err);
    if (g->out.failure != 0)
        session_end(s, stream_status(&g->out));
    else if (receipt == NULL)
        session_end(s, cli_library_error(&err));
    else
        settle(s, receipt);
    if (g->signal == SIGTERM && !s->done)
        session_end(s, CLI_SIGNAL + SIGTERM);
    bj_receipt_delete(receipt);
}

static void evaluate_piece(session *s, unsigned flags)
{
    evaluate(s, s->piece.bytes, s->piece.size, flags);
}

/* At the end of the input: an unfinished piece is given once more as if a blank line had followed it, and
 * if that does not complete it, as a program, so that the interpreter says what is wrong with it. */
static void evaluate_rest(session *s)
{
    if (s->continuing && !s->done)
        evaluate_piece(s, BJ_EVAL_INTERACTIVE);
    if (s->continuing && !s->done)
        evaluate_piece(s, 0);
    if (!s->done)
        session_finish(s);
}

/* ------------------------------------------------------------------ reading */

/* An empty line matters to a piece that goes on, and to nothing else. */
static void take_line(session *s)
{
    if (s->piece.size == 0)
        return;
    if (s->continuing || s->piece.bytes[0] != ':') {
        evaluate_piece(s, BJ_EVAL_INTERACTIVE);
        return;
    }
    int status = piece_append(&s->piece, "", 1) == 0 ? CLI_OK : CLI_FAILED;
    if (status == CLI_OK)
        status = commands_run(s, s->piece.bytes);
    if (status != CLI_OK)
        s->status = status;
    drop_piece(s);
}

static line_status read_line(session *s)
{
    const cli_language *language = s->job->source.language;
    char depth[32] = "", shown[64];
    if (s->continuing && piece_append(&s->piece, "\n", 1) < 0)
        return LINE_FAILED;
    if (s->states.depth > 0)
        snprintf(depth, sizeof depth, "[%zu] ", s->states.depth);
    snprintf(shown, sizeof shown, "%s%s%s", depth, has_ended(s) ? "(ended) " : "",
             s->continuing ? language->continuation : language->prompt);
    return prompt_read(&s->prompt, shown, &s->piece);
}

static void step(session *s)
{
    switch (read_line(s)) {
    case LINE_READ:
        take_line(s);
        break;
    case LINE_END:
        evaluate_rest(s);
        break;
    case LINE_INTERRUPTED:
        drop_piece(s);
        if (s->prompt.signal != SIGINT)
            session_end(s, CLI_SIGNAL + s->prompt.signal);
        break;
    case LINE_FAILED:
        session_end(s, CLI_FAILED);
        break;
    }
}

static int converse(session *s)
{
    const cli_source *source = &s->job->source;
    if (source->bytes != NULL)
        evaluate(s, source->bytes, source->size, source->flags);
    if (prompt_has_person(&s->prompt) && !s->done)
        fprintf(stderr, "Belljar %s: %s in a sandbox. :help lists commands, Ctrl-D ends it.\n",
                bj_version(), source->language->name);
    while (!s->done)
        step(s);
    return s->status;
}

int session_run(job *j, char **arguments, int count, session_undo undo)
{
    if (j->source.language->runtime == NULL)
        return cli_error("a session is for python, javascript and typescript; a module just runs");
    session s = {.job = j, .states.guest = &j->guest, .well = true};
    j->options->machine.sandboxes = SANDBOXES;
    int status = job_open(j, arguments, count, false);
    if (status == CLI_OK)
        status = prompt_open(&s.prompt, commands_complete, &s);
    s.undo = undo == SESSION_UNDO_ON ||
             (undo == SESSION_UNDO_AT_TERMINAL && prompt_has_person(&s.prompt));
    if (status == CLI_OK) {
        status = converse(&s);
        int handed = job_hand_out(j, status);
        status = handed != CLI_OK ? handed : status;
    }
    prompt_close(&s.prompt);
    states_clear(&s.states);
    free(s.piece.bytes);
    return status;
}

/* ------------------------------------------------------------------ the command */

static int check_usage(const session_options *options, const cli_operands *operands)
{
    const char *operand = operands->count > 0 ? operands->items[0] : NULL;
    if (operands->count > 1)
        return cli_error("'%s' is one too many; arguments of the program go after --: "
                         "belljar session %s -- %s",
                         operands->items[1], operand, operands->items[1]);
    if (cli_is_dash(operand) || cli_is_dash(options->job.input))
        return cli_error("a session reads stdin itself; name a file in place of -");
    return job_check_usage(&options->job);
}

/* "pyton", where there is no such file. */
static int check_operand(const char *operand)
{
    suggestion near = {.word = operand};
    suggest_offer(&near, "python");
    suggest_offer(&near, "python-lean");
    suggest_offer(&near, "javascript");
    suggest_offer(&near, "typescript");
    if (near.best != NULL && access(operand, F_OK) < 0)
        return cli_error("there is no file '%s'; did you mean '%s'?", operand, near.best);
    return CLI_OK;
}

/* The operand is a language, or a program to begin with. */
static int load_source(job *j, const char *operand)
{
    const char *name = j->options->language;
    const cli_language *language = name != NULL ? source_find_language(name) : NULL;
    const cli_language *named = operand != NULL ? source_find_language(operand) : language;
    if (operand != NULL && named != NULL && language != NULL && named != language)
        return cli_error("both %s and --lang %s; give one language", operand, name);
    if (operand == NULL || named != NULL) {
        source_take_nothing(&j->source, named);
        return CLI_OK;
    }
    int status = check_operand(operand);
    return status == CLI_OK ? source_read(&j->source, operand, language) : status;
}

static session_undo undo_of(const char *word)
{
    if (word == NULL)
        return SESSION_UNDO_AT_TERMINAL;
    return strcmp(word, "on") == 0 ? SESSION_UNDO_ON : SESSION_UNDO_OFF;
}

static int session_all(job *j, const session_options *options, const cli_operands *operands)
{
    int status = check_usage(options, operands);
    if (status == CLI_OK)
        status = load_source(j, operands->count > 0 ? operands->items[0] : NULL);
    if (status == CLI_OK)
        status = session_run(j, operands->rest, operands->rest_count, undo_of(options->undo));
    return status;
}

int session_command(const cli_command *self, int argc, char **argv)
{
    session_options options = {.undo = NULL};
    job j;
    job_init(&j, &options.job);
    cli_operands operands;
    int status;
    if (options_parse(self, argc, argv, &options, &operands, &status))
        status = session_all(&j, &options, &operands);
    job_close(&j);
    return status;
}
