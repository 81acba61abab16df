/*
 * session.h: source line by line into an interpreter that lives on, can be forked and taken back.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "job.h"
#include "prompt.h"
#include "states.h"

/* Whether a snapshot `last` is kept before each input. */
typedef enum session_undo {
    SESSION_UNDO_AT_TERMINAL, /* where a person types */
    SESSION_UNDO_ON,
    SESSION_UNDO_OFF
} session_undo;

/* Opens the job, whose source is read or is a language alone, evaluates the source and then what comes from stdin,
 * and hands out. The exit status: at a terminal 0 unless the program exits with another, else as `belljar run` has
 * it for the last input that failed. */
int session_run(job *j, char **arguments, int count, session_undo undo);

/* What the commands of the prompt work on. */
typedef struct session {
    job *job;
    prompt prompt;
    states states;
    piece piece;     /* the lines that were not evaluated yet, joined by newlines */
    bool continuing; /* the interpreter wants more of them */
    bool undo;
    bool well; /* the last input ended well, or the state was chosen: worth keeping as `last` */
    bool told_ended; /* that it has ended */
    bool done;
    int status;    /* of the process, when done; before, of the last input that failed */
    bool has_used; /* something was evaluated */
    bj_usage used; /* by the last input */
} session;

static inline void session_end(session *s, int status)
{
    s->done = true;
    s->status = status;
}

/* Ends it with the status that it has earned. */
static inline void session_finish(session *s)
{
    session_end(s, prompt_has_person(&s->prompt) ? CLI_OK : s->status);
}

/* To be called when another state goes on. */
static inline void session_moved(session *s)
{
    s->well = true;
    s->told_ended = false;
}

#endif
