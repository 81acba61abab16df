/*
 * shim_value.c: the value of a last expression as JSON (RFC 8259), for the host.
 *
 * What JSON holds exactly has a form: None, bool, int of 64 bits, finite float, str without lone
 * surrogates, list and tuple, dict with keys that are str; so have instances of their subclasses, by what
 * they hold. Everything else, and whatever contains it, has none: no value is better than one that has
 * lost something. It is also bounded in size and depth, which ends cycles too.
 *
 * Only what an object holds is read. None of the program's methods is called, so that asking for a value
 * never changes the program's state.
 */
#include "shim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MOST 64
#define SAFE       ((1ll << 53) - 1)

struct text {
    char *data;
    size_t size, room;
    bool
        tagged; /* tuples and integers beyond 53 bits have no form, keys that begin with '$' get another one */
};

/* Every step below returns whether the value has a form so far. */

static bool put(struct text *text, const char *bytes, size_t size)
{
    if (size > BELLJAR_VALUE_BYTES - text->size)
        return false;
    if (size > text->room - text->size) {
        size_t room = 2 * (text->size + size) + 64;
        char *grown = realloc(text->data, room);
        if (!grown)
            return false;
        text->data = grown;
        text->room = room;
    }
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    return true;
}

static bool put_word(struct text *text, const char *word)
{
    return put(text, word, strlen(word));
}

static bool put_int(struct text *text, PyObject *value)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    char digits[24];

    if (overflow || (text->tagged && (number > SAFE || number < -SAFE)))
        return false;
    return put(text, digits, (size_t)snprintf(digits, sizeof digits, "%lld", number));
}

static bool put_float(struct text *text, PyObject *value)
{
    double number = PyFloat_AS_DOUBLE(value);
    char *digits;
    bool fits;

    if (!isfinite(number))
        return false;
    digits = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    fits = digits && put_word(text, digits);
    PyMem_Free(digits);
    return fits;
}

static bool put_escaped(struct text *text, unsigned char byte)
{
    char escape[8];

    switch (byte) {
    case '"':
        return put_word(text, "\\\"");
    case '\\':
        return put_word(text, "\\\\");
    case '\n':
        return put_word(text, "\\n");
    default:
        snprintf(escape, sizeof escape, "\\u%04x", byte);
        return put(text, escape, 6);
    }
}

/* Of a str, and the quotation mark at its end. */
static bool put_characters(struct text *text, PyObject *value)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(value, &size), *end;
    const char *run = bytes;

    if (!bytes)
        return false;
    end = bytes + size;
    for (const char *at = bytes; at < end; at++) {
        if ((unsigned char)*at >= 0x20 && *at != '"' && *at != '\\')
            continue;
        if (!put(text, run, (size_t)(at - run)) || !put_escaped(text, (unsigned char)*at))
            return false;
        run = at + 1;
    }
    return put(text, run, (size_t)(end - run)) && put(text, "\"", 1);
}

static bool put_str(struct text *text, PyObject *value)
{
    return put(text, "\"", 1) && put_characters(text, value);
}

static bool put_value(struct text *text, PyObject *value, int depth);

static bool put_sequence(struct text *text, PyObject *const *items, Py_ssize_t count, int depth)
{
    if (!put(text, "[", 1))
        return false;
    for (Py_ssize_t i = 0; i < count; i++)
        if ((i > 0 && !put(text, ",", 1)) || !put_value(text, items[i], depth))
            return false;
    return put(text, "]", 1);
}

/* Whether it is one, quoted. */
static bool put_key(struct text *text, PyObject *key)
{
    if (!PyUnicode_Check(key) || !put(text, "\"", 1))
        return false;
    if (text->tagged && PyUnicode_GET_LENGTH(key) > 0 && PyUnicode_READ_CHAR(key, 0) == '$' &&
        !put(text, "$", 1))
        return false;
    return put_characters(text, key);
}

static bool put_dict(struct text *text, PyObject *value, int depth)
{
    PyObject *key, *item;
    Py_ssize_t position = 0;
    bool first = true;

    if (!put(text, "{", 1))
        return false;
    for (; PyDict_Next(value, &position, &key, &item); first = false)
        if ((!first && !put(text, ",", 1)) || !put_key(text, key) || !put(text, ":", 1) ||
            !put_value(text, item, depth))
            return false;
    return put(text, "}", 1);
}

static bool put_value(struct text *text, PyObject *value, int depth)
{
    if (value == Py_None)
        return put_word(text, "null");
    if (PyBool_Check(value))
        return put_word(text, value == Py_True ? "true" : "false");
    if (PyLong_Check(value))
        return put_int(text, value);
    if (PyFloat_Check(value))
        return put_float(text, value);
    if (PyUnicode_Check(value))
        return put_str(text, value);
    if (depth == DEPTH_MOST)
        return false;
    if (PyList_Check(value))
        return put_sequence(text, ((PyListObject *)value)->ob_item, PyList_GET_SIZE(value),
                            depth + 1);
    if (PyTuple_Check(value) && !text->tagged)
        return put_sequence(text, ((PyTupleObject *)value)->ob_item, PyTuple_GET_SIZE(value),
                            depth + 1);
    return PyDict_Check(value) && put_dict(text, value, depth + 1);
}

PyObject *value_to_json(PyObject *value, bool tagged)
{
    struct text text = {.tagged = tagged};
    PyObject *json = NULL;

    if (put_value(&text, value, 0))
        json = PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.size);
    free(text.data);
    PyErr_Clear();
    return json;
}
