/*
 * tagged.c: reading tagged JSON and writing it as plain JSON, or plain as tagged: one pass over the text, in order.
 *
 * Owns nothing but the names of the objects that are being read, by which it finds two of the same. Whitespace is
 * dropped, all else is copied as it is spelled.
 */
#include "sandbox/values/tagged.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/mime.h"
#include "base/utf8.h"
#include "policy/sort.h"
#include "sandbox/values/number.h"

typedef struct reader {
    const char *at, *end;
    bool from_plain; /* no tags are read, they are written */
    const tagged_stand_ins *stand_ins;
    bj_buffer *out;
    unsigned silent; /* > 0: what is read is not written, as something else stands for it */
    unsigned depth;
    bj_buffer names; /* of the objects around, without escapes, one after the other */
    bj_buffer ends;  /* where each name ends: size_t */
    size_t blobs, blobs_named;
    bool *blob_named; /* of each blob: whether it was */
    tagged_met met;
    policy_work *work;
    char *why;
    size_t room;
} reader;

BJ_PRINTF(2, 3) static bool fail(reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, r->room, format, args);
    va_end(args);
    return false;
}

static bool fail_memory(reader *r)
{
    return fail(r, "the host has no memory for it");
}

static bool fail_end(reader *r)
{
    return fail(r, "EOF: its JSON ends too early");
}

static bool pay(reader *r, uint64_t cost)
{
    return policy_work_step(r->work, cost) || fail(r, "it takes too long to check it");
}

static bool put(reader *r, const void *bytes, size_t size)
{
    if (!r->out || r->silent > 0)
        return true;
    return bj_buffer_append(r->out, bytes, size) == 0 || fail_memory(r);
}

static bool put_word(reader *r, const char *word)
{
    return put(r, word, strlen(word));
}

/* The next character that is no whitespace; 0 at the end. */
static char peek(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
    return r->at < r->end ? *r->at : 0;
}

static bool take(reader *r, char wanted)
{
    if (peek(r) != wanted)
        return r->at == r->end ? fail_end(r) : fail(r, "no JSON: '%c' is missing", wanted);
    r->at++;
    return true;
}

/* ---------------------------------------------------------------- strings */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits after \u. */
static bool read_unit(reader *r, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const int value = r->at < r->end ? hex_value(*r->at) : -1;
        if (value < 0)
            return fail(r, "no JSON: an escape that is none");
        *unit = *unit << 4 | (uint32_t)value;
    }
    return true;
}

static bool read_character(reader *r, uint32_t *character)
{
    uint32_t second;
    if (!read_unit(r, character))
        return false;
    if (*character < 0xd800 || *character > 0xdfff)
        return true;
    if (*character > 0xdbff || r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
        return fail(r, "a string with a lone surrogate is no unicode");
    r->at += 2;
    if (!read_unit(r, &second))
        return false;
    if (second < 0xdc00 || second > 0xdfff)
        return fail(r, "a string with a lone surrogate is no unicode");
    *character = 0x10000 + ((*character & 0x3ff) << 10) + (second & 0x3ff);
    return true;
}

static size_t encode(char bytes[static 4], uint32_t character)
{
    static const struct {
        uint32_t below;
        unsigned char first;
    } sizes[] = {{0x80, 0}, {0x800, 0xc0}, {0x10000, 0xe0}, {UINT32_MAX, 0xf0}};
    size_t size = 1;
    while (character >= sizes[size - 1].below)
        size++;
    for (size_t i = size; i-- > 1; character >>= 6)
        bytes[i] = (char)(0x80 | (character & 0x3f));
    bytes[0] = (char)(sizes[size - 1].first | character);
    return size;
}

/* At the character after a backslash. */
static bool read_escape(reader *r, bj_buffer *name)
{
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char bytes[4];
    uint32_t character;
    const char escape = r->at < r->end ? *r->at : 0;
    const char *known = escape ? strchr(escapes, escape) : NULL;
    r->at++;
    if (known)
        character = (unsigned char)meant[known - escapes];
    else if (escape != 'u')
        return fail(r, "no JSON: an escape that is none");
    else if (!read_character(r, &character))
        return false;
    return !name || bj_buffer_append(name, bytes, encode(bytes, character)) == 0 || fail_memory(r);
}

static bool keep(reader *r, bj_buffer *name, const char *from)
{
    return !name || r->at == from || bj_buffer_append(name, from, (size_t)(r->at - from)) == 0 ||
           fail_memory(r);
}

/* Reads a string, and appends what it means to *name, if that is not NULL. */
static bool read_string(reader *r, bj_buffer *name)
{
    if (!take(r, '"'))
        return false;
    const char *const begin = r->at;
    const char *from = begin;
    while (r->at < r->end && *r->at != '"') {
        const unsigned char c = (unsigned char)*r->at;
        const size_t size =
            c < 0x80 ? c >= 0x20 : bj_utf8_sequence((bj_span){r->at, (size_t)(r->end - r->at)});
        if (size == 0)
            return fail(r, c < 0x20 ? "no JSON: a control character in a string"
                                    : "no JSON: a string that is no unicode");
        if (c != '\\') {
            r->at += size;
            continue;
        }
        if (!keep(r, name, from))
            return false;
        r->at++;
        if (!read_escape(r, name))
            return false;
        from = r->at;
    }
    if (r->at >= r->end)
        return fail_end(r);
    if (!keep(r, name, from) || !pay(r, (uint64_t)(r->at - begin)))
        return false;
    r->at++;
    return true;
}

/* ---------------------------------------------------------------- the rest of JSON */

static bool read_value(reader *r);

static bool put_tagged_integer(reader *r, bj_span number)
{
    if (!put_word(r, "{\"$int\":\"") || (r->out && number_to_hex(number, r->out) < 0))
        return fail_memory(r);
    return put_word(r, "\"}");
}

static bool read_number(reader *r)
{
    bool is_integer;
    bj_span number = {r->at, (size_t)(r->end - r->at)};
    number.size = number_length(number, &is_integer);
    if (number.size == 0)
        return r->at == r->end ? fail_end(r) : fail(r, "no JSON: expected a value");
    if (!number_is_finite(number))
        return fail(r, "a number beyond the largest double");
    r->at += number.size;
    if (!pay(r, number.size))
        return false;
    if (!is_integer || number_is_safe(number))
        return put(r, number.data, number.size);
    return r->from_plain ? put_tagged_integer(r, number)
                         : fail(r, "an integer of more than 53 bits that is not tagged");
}

static bool read_word(reader *r, const char *word)
{
    const size_t size = strlen(word);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
        return fail(r, "no JSON: expected a value");
    r->at += size;
    return put(r, word, size);
}

/* Items of a list, read by `item`; `wanted` of them where that is not 0. */
static bool read_list(reader *r, bool (*item)(reader *r), unsigned wanted)
{
    unsigned count = 0;
    if (!take(r, '[') || !put(r, "[", 1))
        return false;
    while (count > 0 || peek(r) != ']') {
        if ((count > 0 && !put(r, ",", 1)) || !item(r))
            return false;
        count++;
        if (peek(r) != ',')
            break;
        r->at++;
    }
    if (wanted > 0 && count != wanted)
        return fail(r, "a tag whose list has not %u items", wanted);
    return take(r, ']') && put(r, "]", 1);
}

/* ---------------------------------------------------------------- names */

static size_t name_count(const reader *r)
{
    return r->ends.size / sizeof(size_t);
}

static bj_span name_at(const reader *r, size_t number)
{
    const size_t *ends = (const size_t *)(const void *)r->ends.data;
    const size_t begin = number > 0 ? ends[number - 1] : 0;
    return (bj_span){bj_buffer_text(&r->names) + begin, ends[number] - begin};
}

/* Reads a name and the colon; it stays among the names until its object has ended. */
static bool read_name(reader *r, bj_span *spelled)
{
    if (peek(r) != '"')
        return r->at == r->end ? fail_end(r) : fail(r, "no JSON: a name is a string");
    spelled->data = r->at;
    if (!read_string(r, &r->names))
        return false;
    spelled->size = (size_t)(r->at - spelled->data);
    if (bj_buffer_append(&r->ends, &r->names.size, sizeof r->names.size) < 0)
        return fail_memory(r);
    return take(r, ':');
}

static void drop_names(reader *r, size_t count)
{
    const size_t *ends = (const size_t *)(const void *)r->ends.data;
    r->ends.size = count * sizeof(size_t);
    r->names.size = count > 0 ? ends[count - 1] : 0;
}

static int compare_names(const void *one, const void *other)
{
    const bj_span *a = one, *b = other;
    const size_t size = a->size < b->size ? a->size : b->size;
    const int order = size > 0 ? memcmp(a->data, b->data, size) : 0;
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static bool fail_twice(reader *r, bj_span name)
{
    return fail(r, "two members of one name: '%.*s'", name.size < 40 ? (int)name.size : 40,
                name.data);
}

#define FEW 12u

static bool differ_few(reader *r, size_t from, size_t count)
{
    for (size_t i = from + 1; i < count; i++)
        for (size_t j = from; j < i; j++)
            if (bj_span_equal(name_at(r, i), name_at(r, j)))
                return fail_twice(r, name_at(r, i));
    return true;
}

/* Whether all names from this one on differ. */
static bool names_differ(reader *r, size_t from)
{
    const size_t all = name_count(r), count = all - from;
    if (count <= FEW)
        return differ_few(r, from, all);
    bj_autofree bj_span *names = calloc(count, sizeof *names);
    bj_autofree const void **order = calloc(count, sizeof *order);
    if (!names || !order)
        return fail_memory(r);
    for (size_t i = 0; i < count; i++) {
        names[i] = name_at(r, from + i);
        order[i] = &names[i];
    }
    const policy_unfinished end = policy_sort(order, count, compare_names, r->work);
    if (end != POLICY_FINISHED)
        return end == POLICY_UNFINISHED_memory ? fail_memory(r)
                                               : fail(r, "it takes too long to check it");
    for (size_t i = 1; i < count; i++)
        if (compare_names(order[i - 1], order[i]) == 0)
            return fail_twice(r, *(const bj_span *)order[i]);
    return true;
}

/* A name of the text as one of the output: without the first of two '$', or with one more. */
static bool put_name(reader *r, bj_span name, bj_span spelled)
{
    if (name.size == 0 || name.data[0] != '$')
        return put(r, spelled.data, spelled.size) && put(r, ":", 1);
    /* The '$' may be spelled as an escape. */
    const size_t dollar = spelled.data[1] == '$' ? 1 : 6;
    const char *rest = spelled.data + 1 + (r->from_plain ? 0 : dollar);
    return put_word(r, r->from_plain ? "\"$" : "\"") &&
           put(r, rest, (size_t)(spelled.data + spelled.size - rest)) && put(r, ":", 1);
}

/* ---------------------------------------------------------------- tags */

enum form { INTEGER, REAL, TEXT, SEQUENCE, LIST, PAIRS, THREE, TWO, TEXTS, BLOB, NOTHING };

static const struct tag {
    const char *name;
    enum form form;
    const char *noun;
} tags[] = {
    {"$int", INTEGER, "an integer"},
    {"$float", REAL, "a number"},
    {"$tuple", SEQUENCE, "a tuple"},
    {"$undefined", NOTHING, "undefined"},
    {"$bytes", TEXT, "bytes"},
    {"$set", LIST, "a set"},
    {"$frozenset", LIST, "a frozenset"},
    {"$dict", PAIRS, "a dict whose keys are no strings, or a Map"},
    {"$datetime", TEXT, "a datetime"},
    {"$date", TEXT, "a date"},
    {"$time", TEXT, "a time"},
    {"$timedelta", THREE, "a timedelta"},
    {"$decimal", TEXT, "a Decimal"},
    {"$complex", TWO, "a complex number"},
    {"$array", TEXTS, "an array of numbers"},
    {"$blob", BLOB, "bytes"},
};

static const struct tag *find_tag(bj_span name)
{
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (bj_span_is(name, tags[i].name))
            return &tags[i];
    return NULL;
}

static bool is_tag(bj_span name)
{
    return name.size > 0 && name.data[0] == '$' && (name.size == 1 || name.data[1] != '$');
}

/* What is read of it is not written: this is. */
static bool put_other(reader *r, const char *noun)
{
    r->met.others = true;
    if (!r->out || r->silent > 0)
        return true;
    if (!r->stand_ins)
        return fail(r, "%s is no JSON", noun);
    if (r->stand_ins->other)
        return put_word(r, r->stand_ins->other);
    return put_word(r, "\"<") && put_word(r, noun) && put_word(r, ">\"");
}

static bool read_integer(reader *r)
{
    bj_autobuffer bj_buffer hex = {0};
    if (!read_string(r, &hex))
        return false;
    const bj_span digits = {bj_buffer_text(&hex), hex.size};
    if (!number_is_hex(digits))
        return fail(r, "an integer that is not hexadecimal");
    if (!r->out || r->silent > 0)
        return true;
    const int status = number_from_hex(digits, r->out);
    if (status < 0)
        return fail_memory(r);
    if (status == 0)
        return true;
    if (!r->stand_ins)
        return fail(r, "an integer of more than 308 digits is no JSON");
    return put_word(r, digits.data[0] == '-' ? "-" NUMBER_LARGEST : NUMBER_LARGEST);
}

static bool read_real(reader *r)
{
    bj_autobuffer bj_buffer text = {0};
    if (!read_string(r, &text))
        return false;
    const char *name = bj_buffer_text(&text);
    if (strcmp(name, "-0") == 0)
        return put_word(r, "-0.0");
    const bool positive = strcmp(name, "inf") == 0, negative = strcmp(name, "-inf") == 0;
    if (!positive && !negative && strcmp(name, "nan") != 0)
        return fail(r, "no such number");
    r->met.specials = true;
    if (!r->out || r->silent > 0)
        return true;
    if (!r->stand_ins)
        return fail(r, "%s is no JSON", positive || negative ? "an infinity" : "NaN");
    return put_word(r, positive   ? r->stand_ins->positive
                       : negative ? r->stand_ins->negative
                                  : r->stand_ins->nan);
}

/* null for a schema: Python's None. */
static bool read_nothing(reader *r)
{
    peek(r);
    if (r->out && r->silent == 0 && !r->stand_ins)
        return fail(r, "undefined is no JSON");
    return read_word(r, "null");
}

static bool read_text(reader *r)
{
    return read_string(r, NULL);
}

static bool read_small(reader *r)
{
    bool is_integer;
    peek(r);
    (void)number_length((bj_span){r->at, (size_t)(r->end - r->at)}, &is_integer);
    return is_integer ? read_number(r) : fail(r, "a part of a timedelta that is no integer");
}

static bool read_pair(reader *r)
{
    return read_list(r, read_value, 2);
}

/* The number of a blob, which nothing else in this text names. */
static bool read_blob_number(reader *r)
{
    size_t number = 0;
    bool is_integer;
    peek(r);
    const size_t digits = number_length((bj_span){r->at, (size_t)(r->end - r->at)}, &is_integer);
    if (digits == 0 || digits > 7 || !is_integer || *r->at == '-')
        return r->at == r->end ? fail_end(r) : fail(r, "a blob without its number");
    for (const char *const end = r->at + digits; r->at < end; r->at++)
        number = number * 10 + (size_t)(*r->at - '0');
    if (number >= r->blobs)
        return fail(r, "a blob that is not there");
    if (r->blob_named[number])
        return fail(r, "a blob that is named twice");
    r->blob_named[number] = true;
    r->blobs_named++;
    return true;
}

/* What it holds: bytes, the elements of an array as "$array" has them, or what a media type says. */
static bool read_blob_type(reader *r)
{
    static const char *const types[] = {"bytes", "i8",  "u8",  "u8c", "i16", "u16",
                                        "i32",   "u32", "i64", "u64", "f32", "f64"};
    bj_autobuffer bj_buffer name = {0};
    if (!read_string(r, &name))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(bj_buffer_text(&name), types[i]) == 0)
            return true;
    return (name.size <= BELLJAR_DISPLAY_TYPE_MOST && strlen(bj_buffer_text(&name)) == name.size &&
            bj_mime_is_type(bj_buffer_text(&name))) ||
           fail(r, "a blob of no type");
}

static bool read_blob(reader *r)
{
    return take(r, '[') && read_blob_number(r) && take(r, ',') && read_blob_type(r) && take(r, ']');
}

static bool read_held(reader *r, enum form as)
{
    switch (as) {
    case TEXT:
        return read_text(r);
    case LIST:
        return read_list(r, read_value, 0);
    case PAIRS:
        return read_list(r, read_pair, 0);
    case THREE:
        return read_list(r, read_small, 3);
    case TWO:
        return read_list(r, read_value, 2);
    case BLOB:
        return read_blob(r);
    default:
        return read_list(r, read_text, 2);
    }
}

static bool read_tag(reader *r, bj_span name)
{
    const struct tag *tag = find_tag(name);
    bool read;
    if (!tag)
        return fail(r, "no value has the tag '%.*s'", name.size < 20 ? (int)name.size : 20,
                    name.data);
    switch (tag->form) {
    case INTEGER:
        read = read_integer(r);
        break;
    case REAL:
        read = read_real(r);
        break;
    case SEQUENCE:
        read = read_list(r, read_value, 0);
        break;
    case NOTHING:
        read = read_nothing(r);
        break;
    default:
        if (!put_other(r, tag->noun))
            return false;
        r->silent++;
        read = read_held(r, tag->form);
        r->silent--;
    }
    return read && (peek(r) == '}' || fail(r, "a tag beside other members"));
}

/* ---------------------------------------------------------------- objects, and all */

static bool read_member(reader *r, bool first)
{
    bj_span spelled = {0};
    if (!read_name(r, &spelled))
        return false;
    const bj_span name = name_at(r, name_count(r) - 1);
    if (!r->from_plain && is_tag(name))
        return first ? read_tag(r, name) : fail(r, "a tag beside other members");
    return put_word(r, first ? "{" : ",") && put_name(r, name, spelled) && read_value(r);
}

static bool read_object(reader *r)
{
    const size_t names = name_count(r);
    bool is_object = true;
    if (!take(r, '{'))
        return false;
    r->met.object |= r->depth == 1;
    if (peek(r) == '}')
        return take(r, '}') && put_word(r, "{}");
    for (bool first = true;; first = false) {
        if (!read_member(r, first))
            return false;
        is_object = r->from_plain || !is_tag(name_at(r, names));
        if (peek(r) != ',')
            break;
        r->at++;
    }
    if (!take(r, '}') || !names_differ(r, names))
        return false;
    drop_names(r, names);
    if (!is_object && r->depth == 1)
        r->met.object = false;
    return !is_object || put(r, "}", 1);
}

static bool read_nested(reader *r, bool is_list)
{
    if (++r->depth > TAGGED_NESTING)
        return fail(r, "nested too deep: the recursion limit of JSON is exceeded");
    const bool read = is_list ? read_list(r, read_value, 0) : read_object(r);
    r->depth--;
    return read;
}

static bool read_value(reader *r)
{
    if (!pay(r, 40))
        return false;
    switch (peek(r)) {
    case '{':
        return read_nested(r, false);
    case '[':
        return read_nested(r, true);
    case '"': {
        const char *const begin = r->at;
        return read_string(r, NULL) && put(r, begin, (size_t)(r->at - begin));
    }
    case 't':
        return read_word(r, "true");
    case 'f':
        return read_word(r, "false");
    case 'n':
        return read_word(r, "null");
    default:
        return read_number(r);
    }
}

static bool read_all(reader *r)
{
    r->blob_named = r->blobs > 0 ? calloc(r->blobs, sizeof *r->blob_named) : NULL;
    if (r->blobs > 0 && !r->blob_named)
        return fail_memory(r);
    const bool read =
        read_value(r) &&
        (peek(r) == 0 && r->at == r->end ? true : fail(r, "no JSON: trailing characters")) &&
        (r->blobs_named == r->blobs || fail(r, "a blob that nothing names"));
    free(r->blob_named);
    bj_buffer_free(&r->names);
    bj_buffer_free(&r->ends);
    return read;
}

bool tagged_read(bj_span text, size_t blobs, const tagged_stand_ins *stand_ins, bj_buffer *out,
                 tagged_met *met, policy_work *work, char *why, size_t room)
{
    reader r = {.at = text.data,
                .end = text.data + text.size,
                .blobs = blobs,
                .stand_ins = stand_ins,
                .out = out,
                .work = work,
                .why = why,
                .room = room};
    const bool read = read_all(&r);
    if (met)
        *met = r.met;
    return read;
}

bool tagged_write(bj_span json, bj_buffer *out, policy_work *work, char *why, size_t room)
{
    reader r = {.at = json.data,
                .end = json.data + json.size,
                .from_plain = true,
                .out = out,
                .work = work,
                .why = why,
                .room = room};
    return read_all(&r);
}
