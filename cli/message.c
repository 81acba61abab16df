/*
 * message.c: what the command says on stderr, and text from strangers made harmless.
 *
 * Every message is one line, whatever names are in it: a file, a module's import or an argument may hold
 * newlines and escape sequences, which are shown and not sent.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"

/* What the first byte of a UTF-8 character says of its length; 0 when none begins so. */
static size_t utf8_announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2)
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

/* Bytes of the UTF-8 character that begins `text`, or 0 if none does (RFC 3629: shortest form only, no
 * surrogates, nothing above U+10FFFF). `text` is NUL-terminated, so no byte after its end is read. */
static size_t utf8_length(const unsigned char *text)
{
    size_t length = utf8_announced(text[0]);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    bool too_long = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool surrogate = text[0] == 0xed && text[1] >= 0xa0;
    bool too_large = text[0] == 0xf4 && text[1] >= 0x90;
    return too_long || surrogate || too_large ? 0 : length;
}

/* C0, DEL, and C1 (U+0080 to U+009F), which some terminals obey as well. */
static bool is_control(const unsigned char *text)
{
    return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

void cli_put_text(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        size_t length = utf8_length(at);
        if (length == 0 || is_control(at)) {
            fprintf(out, "\\x%02x", *at);
            length = 1;
        } else {
            fwrite(at, 1, length, out);
        }
        at += length;
    }
}

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
