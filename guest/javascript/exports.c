/*
 * exports.c: what a CommonJS source exports, by its look: `import {a} from` it must be linked before it runs.
 *
 * Owns nothing. Finds the forms that Node documents for its own search (the package cjs-module-lexer): exports.a =,
 * exports['a'] =, module.exports = {a, b: c}, module.exports = require('x'), Object.defineProperty(exports, 'a', …),
 * and what TypeScript and Babel make of `export * from`. It is a search, no parser: what it takes for a name is one, what is
 * missed is undefined for who imports it by name, and still there on the default export.
 *
 * Invariant: it never reads outside of the source, whatever that is, and calls nothing that reads another one meanwhile.
 */
#include <string.h>

#include "modules.h"

#define NESTING_MAX 4096

/* What a token before a slash says of it. */
enum before { OPERAND, OPERATOR };

struct scan {
    const char *at, *end;
    const struct exports_found *found;
    bool is_module;
    bool after_dot;
    enum before before;
    /* Brackets that are open: '{', '(', '[', 'i' ("(" of if, while, for), '$' (of a template's "${"). */
    char open[NESTING_MAX];
    size_t depth;
    /* The variable that is being declared or assigned, and those that hold a required module. */
    const char *variable;
    size_t variable_size;
    struct {
        const char *name, *module;
        size_t name_size, module_size;
    } required[64];
    size_t required_count;
};

/* ---- Characters and tokens. ---- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *skip_line(const char *at, const char *end)
{
    while (at < end && *at != '\n')
        at++;
    return at;
}

/* Past spaces and comments. */
static const char *skip_space(const char *at, const char *end)
{
    for (;;) {
        while (at < end && is_space(*at))
            at++;
        if (end - at < 2 || at[0] != '/')
            return at;
        if (at[1] == '/') {
            at = skip_line(at, end);
        } else if (at[1] == '*') {
            const char *close = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);

            at = close ? close + 2 : end;
        } else {
            return at;
        }
    }
}

/* Past a string that begins at `at`. */
static const char *skip_string(const char *at, const char *end)
{
    char quote = *at++;

    while (at < end && *at != quote && *at != '\n')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    return at < end ? at + 1 : end;
}

/* Past a regular expression that begins at `at`; at + 1 where it is none after all. */
static const char *skip_regexp(const char *at, const char *end)
{
    bool in_class = false;

    for (const char *to = at + 1; to < end && *to != '\n'; to++) {
        if (*to == '\\')
            to++;
        else if (*to == '[')
            in_class = true;
        else if (*to == ']')
            in_class = false;
        else if (*to == '/' && !in_class)
            return to + 1;
    }
    return at + 1;
}

/* Past the text of a template up to its end, or into the next "${". */
static const char *skip_template(struct scan *scan, const char *at)
{
    while (at < scan->end && *at != '`') {
        if (*at == '$' && scan->end - at > 1 && at[1] == '{' && scan->depth < NESTING_MAX) {
            scan->open[scan->depth++] = '$';
            scan->before = OPERATOR;
            return at + 2;
        }
        at += *at == '\\' && scan->end - at > 1 ? 2 : 1;
    }
    scan->before = OPERAND;
    return at < scan->end ? at + 1 : at;
}

/* ---- Small parsers. They move *at past what they take, or leave it where it was. ---- */

static bool take_char(const struct scan *scan, const char **at, char wanted)
{
    const char *here = skip_space(*at, scan->end);

    if (here >= scan->end || *here != wanted)
        return false;
    *at = here + 1;
    return true;
}

static bool take_name(const struct scan *scan, const char **at, const char **name, size_t *size)
{
    const char *here = skip_space(*at, scan->end);

    *name = here;
    if (here >= scan->end || (*here >= '0' && *here <= '9'))
        return false;
    while (here < scan->end && is_name(*here))
        here++;
    *size = (size_t)(here - *name);
    if (*size > 0)
        *at = here;
    return *size > 0;
}

static bool take_word(const struct scan *scan, const char **at, const char *word)
{
    const char *here = *at, *name;
    size_t size;

    if (!take_name(scan, &here, &name, &size) || size != strlen(word) || memcmp(name, word, size))
        return false;
    *at = here;
    return true;
}

/* A string without escapes. */
static bool take_string(const struct scan *scan, const char **at, const char **text, size_t *size)
{
    const char *here = skip_space(*at, scan->end), *end;

    if (here >= scan->end || (*here != '\'' && *here != '"'))
        return false;
    end = skip_string(here, scan->end);
    *text = here + 1;
    *size = (size_t)(end - here) - (end > here + 1 ? 2 : 1);
    if (end[-1] != *here || memchr(*text, '\\', *size))
        return false;
    *at = end;
    return true;
}

/* exports, or module.exports. */
static bool take_exports(const struct scan *scan, const char **at)
{
    const char *here = *at;

    if (take_word(scan, at, "exports"))
        return true;
    if (take_word(scan, &here, "module") && take_char(scan, &here, '.') &&
        take_word(scan, &here, "exports")) {
        *at = here;
        return true;
    }
    return false;
}

/* require('x') */
static bool take_require(const struct scan *scan, const char **at, const char **text, size_t *size)
{
    const char *here = *at;

    if (!take_word(scan, &here, "require") || !take_char(scan, &here, '(') ||
        !take_string(scan, &here, text, size) || !take_char(scan, &here, ')'))
        return false;
    *at = here;
    return true;
}

/* "=" that assigns */
static bool take_assignment(const struct scan *scan, const char **at)
{
    const char *here = *at;

    if (!take_char(scan, &here, '=') || (here < scan->end && (*here == '=' || *here == '>')))
        return false;
    *at = here;
    return true;
}

/* ---- What is looked for. ---- */

static void tell_name(const struct scan *scan, const char *name, size_t size)
{
    scan->found->name(scan->found->user, name, size);
}

/* After `module.exports = {`. */
static void read_literal(const struct scan *scan, const char *at)
{
    const char *name, *text;
    size_t size, length;

    for (;;) {
        if (take_name(scan, &at, &name, &size)) {
            if (take_char(scan, &at, ':')) {
                tell_name(scan, name, size);
                if (!take_name(scan, &at, &name, &size) && !take_string(scan, &at, &name, &size))
                    return;
            } else {
                const char *next = skip_space(at, scan->end);

                if (next < scan->end && (*next == ',' || *next == '}'))
                    tell_name(scan, name, size);
            }
        } else if (take_string(scan, &at, &text, &length)) {
            if (!take_char(scan, &at, ':'))
                return;
            tell_name(scan, text, length);
            if (!take_name(scan, &at, &name, &size) && !take_string(scan, &at, &name, &size))
                return;
        } else {
            at = skip_space(at, scan->end);
            if (scan->end - at < 3 || memcmp(at, "...", 3))
                return;
            at += 3;
            if (!take_require(scan, &at, &text, &length))
                return;
            scan->found->again(scan->found->user, text, length);
        }
        if (!take_char(scan, &at, ','))
            return;
    }
}

/* After `exports` or, with `is_whole`, `module.exports`. */
static void read_exports(const struct scan *scan, const char *at, bool is_whole)
{
    const char *name;
    size_t size;

    if (take_char(scan, &at, '.')) {
        if (take_name(scan, &at, &name, &size) && take_assignment(scan, &at))
            tell_name(scan, name, size);
    } else if (take_char(scan, &at, '[')) {
        if (take_string(scan, &at, &name, &size) && take_char(scan, &at, ']') &&
            take_assignment(scan, &at))
            tell_name(scan, name, size);
    } else if (is_whole && take_assignment(scan, &at)) {
        if (take_char(scan, &at, '{'))
            read_literal(scan, at);
        else if (take_require(scan, &at, &name, &size))
            scan->found->again(scan->found->user, name, size);
    }
}

/* After `Object`: .defineProperty(exports, 'a', {…}), .keys(x).forEach(…) of what was required. */
static void read_object(const struct scan *scan, const char *at)
{
    const char *name;
    size_t size;

    if (!take_char(scan, &at, '.'))
        return;
    if (take_word(scan, &at, "defineProperty")) {
        if (!take_char(scan, &at, '(') || !take_exports(scan, &at) || !take_char(scan, &at, ',') ||
            !take_string(scan, &at, &name, &size) || !take_char(scan, &at, ',') ||
            !take_char(scan, &at, '{'))
            return;
        if (take_word(scan, &at, "enumerable") &&
            (!take_char(scan, &at, ':') ||
             !(take_word(scan, &at, "true") ||
               (take_char(scan, &at, '!') && take_char(scan, &at, '0'))) ||
             !take_char(scan, &at, ',')))
            return;
        if (take_word(scan, &at, "value") || take_word(scan, &at, "get"))
            tell_name(scan, name, size);
    } else if (take_word(scan, &at, "keys")) {
        if (!take_char(scan, &at, '(') || !take_name(scan, &at, &name, &size) ||
            !take_char(scan, &at, ')') || !take_char(scan, &at, '.') ||
            !take_word(scan, &at, "forEach"))
            return;
        for (size_t i = 0; i < scan->required_count; i++)
            if (scan->required[i].name_size == size && !memcmp(scan->required[i].name, name, size))
                scan->found->again(scan->found->user, scan->required[i].module,
                                   scan->required[i].module_size);
    }
}

/* After __export, __exportStar and their like: (require('x')) */
static void read_star(const struct scan *scan, const char *at)
{
    const char *text, *name;
    size_t size, length;

    if (!take_char(scan, &at, '('))
        return;
    if (!take_require(scan, &at, &text, &size)) {
        /* __reExport(target, require('x'), module.exports) of esbuild */
        if (!take_name(scan, &at, &name, &length) || !take_char(scan, &at, ',') ||
            !take_require(scan, &at, &text, &size))
            return;
    }
    scan->found->again(scan->found->user, text, size);
}

/* `name = require('x')`, as it is or within a call of a helper. */
static void note_required(struct scan *scan, const char *at)
{
    const char *text;
    size_t size;

    if (!scan->variable || scan->required_count == countof(scan->required) ||
        !take_require(scan, &at, &text, &size))
        return;
    scan->required[scan->required_count].name = scan->variable;
    scan->required[scan->required_count].name_size = scan->variable_size;
    scan->required[scan->required_count].module = text;
    scan->required[scan->required_count++].module_size = size;
}

/* `import` and `export` are words of modules, but for import(…) and where they name a property. */
static bool is_of_module(const struct scan *scan, const char *word, size_t size, const char *after)
{
    const char *next = skip_space(after, scan->end);
    bool is_import = size == 6 && !memcmp(word, "import", 6);

    if (!is_import && !(size == 6 && !memcmp(word, "export", 6)))
        return false;
    if (next >= scan->end)
        return false;
    if (is_import)
        return *next == '{' || *next == '*' || *next == '.' || *next == '"' || *next == '\'' ||
               is_name(*next);
    return *next == '{' || *next == '*' || (is_name(*next) && next > after);
}

/* ---- The search. ---- */

static bool is_word(const char *word, size_t size, const char *wanted)
{
    return strlen(wanted) == size && !memcmp(word, wanted, size);
}

/* Whether an expression begins after this word. */
static bool is_prefix_word(const char *word, size_t size)
{
    static const char *const words[] = {
        "return",     "typeof", "case",  "delete", "do",    "else",  "in",
        "instanceof", "new",    "throw", "void",   "yield", "await", "of",
    };

    for (size_t i = 0; i < countof(words); i++)
        if (is_word(word, size, words[i]))
            return true;
    return false;
}

static bool takes_condition(const char *word, size_t size)
{
    return is_word(word, size, "if") || is_word(word, size, "while") ||
           is_word(word, size, "for") || is_word(word, size, "with");
}

/* A word that is no property's name. */
static void read_word(struct scan *scan, const char *word, size_t size)
{
    const char *after = word + size, *at = word;

    if (is_of_module(scan, word, size, after))
        scan->is_module = true;
    if (is_word(word, size, "exports"))
        read_exports(scan, after, false);
    else if (is_word(word, size, "module") && take_exports(scan, &at))
        read_exports(scan, at, true);
    else if (is_word(word, size, "Object"))
        read_object(scan, after);
    else if (is_word(word, size, "require"))
        note_required(scan, word);
    else if (size >= 8 && word[0] == '_' && memmem(word, size, "xport", 5))
        read_star(scan, after);
    if (take_assignment(scan, &after)) {
        scan->variable = word;
        scan->variable_size = size;
    }
}

static const char *read_name(struct scan *scan, const char *at)
{
    const char *word = at;
    size_t size;

    while (at < scan->end && is_name(*at))
        at++;
    size = (size_t)(at - word);
    if (!scan->after_dot)
        read_word(scan, word, size);
    else if (is_word(word, size, "__exportStar"))
        read_star(scan, at);
    scan->before = !scan->after_dot && is_prefix_word(word, size) ? OPERATOR : OPERAND;
    if (!scan->after_dot && takes_condition(word, size)) {
        const char *next = skip_space(at, scan->end);

        if (next < scan->end && *next == '(' && scan->depth < NESTING_MAX) {
            scan->open[scan->depth++] = 'i';
            scan->before = OPERATOR;
            return next + 1;
        }
    }
    return at;
}

/* A closing bracket; a template goes on behind that of its "${". */
static const char *close_bracket(struct scan *scan, const char *at)
{
    char opened = scan->depth > 0 ? scan->open[--scan->depth] : '\0';

    if (*at == '}' && opened == '$')
        return skip_template(scan, at + 1);
    /* After a block or a condition a statement begins; after a value a slash divides. */
    scan->before = *at == '}' || opened == 'i' ? OPERATOR : OPERAND;
    return at + 1;
}

static const char *read_sign(struct scan *scan, const char *at)
{
    switch (*at) {
    case '(':
    case '[':
    case '{':
        if (scan->depth < NESTING_MAX)
            scan->open[scan->depth++] = *at;
        scan->before = OPERATOR;
        return at + 1;
    case ')':
    case ']':
    case '}':
        return close_bracket(scan, at);
    case ';':
        scan->variable = NULL;
        scan->before = OPERATOR;
        return at + 1;
    default:
        scan->before = OPERATOR;
        return at + 1;
    }
}

bool exports_read(const char *source, size_t size, const struct exports_found *found)
{
    static struct scan scan;
    const char *at = source;

    memset(&scan, 0, sizeof scan);
    scan.end = source + size;
    scan.found = found;
    scan.before = OPERATOR;
    if (size > 1 && at[0] == '#' && at[1] == '!')
        at = skip_line(at, scan.end);
    while ((at = skip_space(at, scan.end)) < scan.end) {
        bool dot = false;

        if (*at == '\'' || *at == '"') {
            at = skip_string(at, scan.end);
            scan.before = OPERAND;
        } else if (*at == '`') {
            at = skip_template(&scan, at + 1);
        } else if (*at == '/') {
            at = scan.before == OPERATOR ? skip_regexp(at, scan.end) : at + 1;
            scan.before = at[-1] == '/' && scan.before == OPERATOR ? OPERAND : OPERATOR;
        } else if (is_name(*at)) {
            at = read_name(&scan, at);
        } else {
            dot = *at == '.' && !(scan.end - at > 2 && at[1] == '.' && at[2] == '.');
            if (*at == '.' && !dot)
                at += 2;
            at = read_sign(&scan, at);
        }
        scan.after_dot = dot;
    }
    return scan.is_module;
}
