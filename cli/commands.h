/*
 * commands.h: what a session understands at its prompt besides source: lines that begin with a colon.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "session.h"

typedef enum command_operand { OPERAND_NONE, OPERAND_NAME, OPERAND_FILE } command_operand;

/* `operand` is "" for none. CLI_OK, or an exit status after a message. */
typedef int command_run(session *s, const char *operand);

typedef struct prompt_command {
    const char *name;    /* with the colon */
    const char *operand; /* its placeholder, or NULL */
    command_operand kind;
    command_run *run;
    const char *help; /* one line, no full stop */
} prompt_command;

/* All of them, ended by one without a name. Help and manual list them. */
extern const prompt_command prompt_commands[];

/* Carries out `line` (which it cuts up). CLI_OK, or an exit status after a message. */
int commands_run(session *s, char *line);

/* A prompt_words; `user` is the session. */
prompt_words commands_complete;

#endif
