/*
 * message.c: what the command says on stderr.
 *
 * Every message is one line, whatever names are in it: a file, a module's import or an argument may hold
 * newlines and escape sequences, which are shown and not sent.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"

static void say(const char *format, va_list arguments)
{
    char line[4096];
    vsnprintf(line, sizeof line, format, arguments);
    fputs("belljar: ", stderr);
    cli_put_text(stderr, line);
    fputc('\n', stderr);
    fflush(stderr);
}

int cli_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return CLI_FAILED;
}

void cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int cli_library_error(const bj_error *err)
{
    cli_error("%s", err->message);
    switch (err->code) {
    case BJ_ERROR_MODULE:
    case BJ_ERROR_IMPORT:
    case BJ_ERROR_UNSUPPORTED:
        return CLI_NOT_RUNNABLE;
    default:
        return CLI_FAILED;
    }
}

int cli_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CLI_OK;
    if (errno == EPIPE)
        return CLI_SIGNAL + SIGPIPE;
    return cli_error("cannot write to stdout: %s",
                     errno != 0 ? strerror(errno) : "output was lost");
}
