/*
 * source.h: what is to be run: its language and its bytes.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli.h"

typedef struct cli_language {
    const char *name;         /* of --lang */
    const char *runtime;      /* of bj_runtime_open; NULL: the bytes are the module */
    const char *prompt;       /* where a new input begins */
    const char *continuation; /* where the input goes on */
} cli_language;

/* The names of all languages, by spaces: what --lang may be. */
#define SOURCE_LANGUAGES "python python-lean javascript typescript wasm"

/* NULL when there is none of that name. */
const cli_language *source_find_language(const char *name);

typedef struct cli_source {
    const cli_language *language;
    const char *name; /* for messages and the guest's argv[0]: the file as given, "-", "-e", "-m" */
    bool is_file;     /* `name` is a path on the host */
    char *bytes;      /* owned; NULL when there is no source (a prompt alone) */
    size_t size;
    unsigned flags; /* of bj_sandbox_eval_as */
} cli_source;

/* Reads FILE, or stdin for "-". `language` is what --lang said, or NULL: then the file's ending says it.
 * Reads regular files and stdin only, and never more than a program or module may have. CLI_OK, or an exit
 * status after a message. */
int source_read(cli_source *source, const char *path, const cli_language *language);

/* Takes the text of an option, by whose name the program calls itself. CLI_OK, or an exit status after a message. */
int source_take_code(cli_source *source, const char *name, const char *code,
                     const cli_language *language);

/* Takes what runs a module of Python as a program. CLI_OK, or an exit status after a message. */
int source_take_module(cli_source *source, const char *module, const cli_language *language);

/* Takes no program: a prompt alone. */
void source_take_nothing(cli_source *source, const cli_language *language);

void source_clear(cli_source *source);

#endif
