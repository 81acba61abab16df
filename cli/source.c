/*
 * source.c: finding out the language of a program and reading it, within bounds.
 *
 * FILE is opened without waiting and must be a regular file: a fifo, a terminal or /dev/zero would hang
 * or never end. Such input may come through stdin, which is read up to the same bound.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "values.h"

enum {
    PROGRAM_MAX = 16 << 20, /* bytes of a program in Python or JavaScript */
    MODULE_MAX = 256 << 20  /* bytes of a module, as bj_engine_options has it by default */
};

static const cli_language languages[] = {
    {"python", "python", ">>> ", "... "},
    {"python-lean", "python-lean", ">>> ", "... "},
    {"javascript", "javascript", "> ", "... "},
    {"typescript", "typescript", "> ", "... "},
    {"wasm", NULL, NULL, NULL},
};
enum { PYTHON, PYTHON_LEAN, JAVASCRIPT, TYPESCRIPT, WASM };

static const struct ending {
    const char *text;
    const cli_language *language;
    unsigned flags;
} endings[] = {
    {".py", &languages[PYTHON], 0},
    {".js", &languages[JAVASCRIPT], 0},
    {".mjs", &languages[JAVASCRIPT], BJ_EVAL_MODULE},
    {".ts", &languages[TYPESCRIPT], 0},
    {".mts", &languages[TYPESCRIPT], BJ_EVAL_MODULE},
    {".cts", &languages[TYPESCRIPT], 0},
    {".wasm", &languages[WASM], 0},
    {".wat", &languages[WASM], 0},
};

const cli_language *source_find_language(const char *name)
{
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
        if (strcmp(languages[i].name, name) == 0)
            return &languages[i];
    }
    return NULL;
}

/* What `-e`, `-` and `-i` take when --lang says nothing. */
static const cli_language *standard_language(void)
{
    return &languages[PYTHON];
}

static const struct ending *find_ending(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t size = strlen(endings[i].text);
        if (length > size && strcmp(path + length - size, endings[i].text) == 0)
            return &endings[i];
    }
    return NULL;
}

static uint64_t most_bytes(const cli_language *language)
{
    return language->runtime != NULL ? PROGRAM_MAX : MODULE_MAX;
}

/* What a message calls the source. */
static const char *shown_name(const cli_source *source)
{
    return strcmp(source->name, "-") == 0 ? "stdin" : source->name;
}

static int too_large(const cli_source *source, uint64_t most)
{
    values_text limit = values_format(BJ_UNIT_BYTES, most);
    return cli_error("%s is too large: a %s may have at most %s", shown_name(source),
                     source->language->runtime != NULL ? "program" : "module", limit.text);
}

/* Reads `fd` to its end into source->bytes; `expected` is a guess that saves copying. */
static int read_all(cli_source *source, int fd, size_t expected, uint64_t most)
{
    size_t capacity =
        expected + 1; /* one more shows the end, and that there is no more than `most` */
    source->bytes = malloc(capacity);
    while (source->bytes != NULL) {
        ssize_t got = read(fd, source->bytes + source->size, capacity - source->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cli_error("cannot read %s: %s", shown_name(source), strerror(errno));
        if (got == 0)
            return CLI_OK;
        source->size += (size_t)got;
        if (source->size > most)
            return too_large(source, most);
        if (source->size < capacity)
            continue;
        capacity *= 2;
        char *larger = realloc(source->bytes, capacity);
        if (larger == NULL)
            free(source->bytes);
        source->bytes = larger;
    }
    return cli_error("out of memory while reading %s", shown_name(source));
}

static int read_file(cli_source *source, const char *path, uint64_t most)
{
    cli_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;
    if (fd < 0 && errno == ENOENT)
        return cli_error("there is no file %s; check its path", path);
    if (fd < 0 || fstat(fd, &info) < 0)
        return cli_error("cannot open %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return cli_error("%s is a directory; name the file to run in it", path);
    if (!S_ISREG(info.st_mode))
        return cli_error(
            "%s is not a regular file; to run what comes from a pipe, give it to stdin and "
            "'-' as the file",
            path);
    if ((uint64_t)info.st_size > most)
        return too_large(source, most);
    return read_all(source, fd, (size_t)info.st_size, most);
}

/* What can be seen to be wrong before anything is compiled. */
static int check(const cli_source *source)
{
    static const char magic[] = {'\0', 'a', 's', 'm'};
    bool is_module =
        source->size >= sizeof magic && memcmp(source->bytes, magic, sizeof magic) == 0;
    if (source->language->runtime == NULL && source->size == 0) {
        cli_error("%s is empty; a WebAssembly module was expected", shown_name(source));
        return CLI_NOT_RUNNABLE;
    }
    if (source->language->runtime != NULL && is_module)
        return cli_error("%s is a WebAssembly module, not %s; add --lang wasm", shown_name(source),
                         source->language->name);
    return CLI_OK;
}

int source_read(cli_source *source, const char *path, const cli_language *language)
{
    bool from_stdin = strcmp(path, "-") == 0;
    const struct ending *ending = from_stdin ? NULL : find_ending(path);
    if (language == NULL && from_stdin)
        language = standard_language();
    if (language == NULL && ending != NULL)
        language = ending->language;

    source->language = language != NULL ? language : standard_language();
    source->name = path;
    source->is_file = !from_stdin;
    if (ending != NULL && ending->language == language)
        source->flags = ending->flags;
    uint64_t most = most_bytes(source->language);
    int status =
        from_stdin ? read_all(source, STDIN_FILENO, 65535, most) : read_file(source, path, most);
    if (status == CLI_OK && language == NULL)
        return cli_error(
            "%s: its name does not tell the language; add --lang python, --lang javascript, "
            "--lang typescript or --lang wasm",
            path);
    return status == CLI_OK ? check(source) : status;
}

int source_take_code(cli_source *source, const char *name, const char *code,
                     const cli_language *language)
{
    source->language = language != NULL ? language : standard_language();
    source->name = name;
    source->size = strlen(code);
    source->bytes = strdup(code);
    return source->bytes != NULL ? check(source) : cli_error("out of memory");
}

/* A module's name goes into the text that runs it: nothing but names with dots between does. */
static bool is_module_name(const char *name)
{
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        const bool may_stand = *at == '_' || *at == '.' || *at >= 0x80 ||
                               (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
                               (*at >= 'A' && *at <= 'Z');
        if (!may_stand)
            return false;
    }
    return name[0] != '\0';
}

int source_take_module(cli_source *source, const char *module, const cli_language *language)
{
    source->language = language != NULL ? language : standard_language();
    source->name = "-m";
    if (source->language != &languages[PYTHON])
        return cli_error("-m: modules that run as programs are Python's, not %s's",
                         source->language->name);
    if (!is_module_name(module))
        return cli_error("-m wants the name of a module, such as pytest, not '%s'", module);
    int size = asprintf(&source->bytes, "__import__('_belljar').run_module('%s')", module);
    source->size = size > 0 ? (size_t)size : 0;
    return size > 0 ? CLI_OK : cli_error("out of memory");
}

void source_take_nothing(cli_source *source, const cli_language *language)
{
    source->language = language != NULL ? language : standard_language();
    source->name = "<stdin>";
}

void source_clear(cli_source *source)
{
    free(source->bytes);
    *source = (cli_source){.bytes = NULL};
}
