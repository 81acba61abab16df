/*
 * console.c: `console` and `print`.
 *
 * Owns the group indentation, the counters and the timers by label. log, info, debug and what belongs to
 * them go to stdout, warn, error, assert and trace to stderr. Each call is one write of whole lines.
 */
#include <string.h>

#include "engine.h"
#include "guest.h"
#include "library.h"

#define GROUP_WIDTH 2

static int group_indentation;
static JSValue counters, timers; /* objects without prototype: label to number */

/* ---- Writing. ---- */

/* Writes text and a newline, every line indented by the open groups. Frees the text. */
static JSValue write_lines(JSContext *context, FILE *file, DynBuf *text)
{
    DynBuf indented;

    dbuf_putc(text, '\n');
    text_make_valid(text, 0);
    if (dbuf_error(text)) {
        dbuf_free(text);
        return JS_ThrowOutOfMemory(context);
    }
    if (group_indentation == 0) {
        fwrite(text->buf, 1, text->size, file);
        dbuf_free(text);
        return JS_UNDEFINED;
    }
    text_init(context, &indented);
    for (size_t i = 0; i < text->size; i++) {
        if (i == 0 || text->buf[i - 1] == '\n')
            dbuf_printf(&indented, "%*s", group_indentation, "");
        dbuf_putc(&indented, text->buf[i]);
    }
    dbuf_free(text);
    if (dbuf_error(&indented)) {
        dbuf_free(&indented);
        return JS_ThrowOutOfMemory(context);
    }
    fwrite(indented.buf, 1, indented.size, file);
    dbuf_free(&indented);
    return JS_UNDEFINED;
}

/* ---- The arguments of console.log as text. ---- */

static int put_argument(JSContext *context, DynBuf *out, JSValueConst value)
{
    const struct inspect_options options = {INSPECT_USUAL};

    if (JS_IsString(value))
        return text_put_value(context, out, value) ? 0 : -1;
    return inspect_value(context, out, value, &options);
}

static void put_number(JSContext *context, DynBuf *out, JSValueConst value, bool integer)
{
    double number;

    if (JS_IsBigInt(value)) {
        text_put_value(context, out, value);
        dbuf_putc(out, 'n');
    } else if (JS_IsObject(value) || JS_IsSymbol(value) || JS_ToFloat64(context, &number, value)) {
        dbuf_putstr(out, "NaN");
    } else {
        JSValue shown =
            JS_NewFloat64(context, integer && number == number && number < 9e15 && number > -9e15
                                       ? (double)(int64_t)number
                                       : number);

        text_put_value(context, out, shown);
        JS_FreeValue(context, shown);
    }
}

static int put_string_argument(JSContext *context, DynBuf *out, JSValueConst value)
{
    struct inspect_options flat = {INSPECT_USUAL};

    if (JS_IsObject(value) && engine_kind(value) != ENGINE_ERROR) {
        flat.depth = 0;
        return inspect_value(context, out, value, &flat);
    }
    return put_argument(context, out, value);
}

/* One directive of a format (%s and its like); true when it took the argument. */
static bool put_directive(JSContext *context, DynBuf *out, char directive, JSValueConst value,
                          int *status)
{
    struct inspect_options options = {INSPECT_USUAL};
    JSValue json;

    options.depth = 4;

    switch (directive) {
    case 's':
        *status = put_string_argument(context, out, value);
        return true;
    case 'd':
    case 'f':
        put_number(context, out, value, false);
        return true;
    case 'i':
        put_number(context, out, value, true);
        return true;
    case 'j':
        json = JS_JSONStringify(context, value, JS_UNDEFINED, JS_UNDEFINED);
        *status = JS_IsException(json) || !text_put_value(context, out, json) ? -1 : 0;
        JS_FreeValue(context, json);
        return true;
    case 'o':
        options.hidden = true;
        *status = inspect_value(context, out, value, &options);
        return true;
    case 'O':
        *status = inspect_value(context, out, value, &options);
        return true;
    case 'c':
        return true;
    default:
        return false;
    }
}

/* Replaces the directives in argv[0]; returns how many arguments are used up, or -1. */
static int put_format(JSContext *context, DynBuf *out, int argc, JSValueConst *argv)
{
    size_t size;
    const char *format = JS_ToCStringLen(context, &size, argv[0]);
    int used = 1, status = 0;

    if (!format)
        return -1;
    for (size_t i = 0; i < size && status == 0; i++) {
        if (format[i] == '%' && i + 1 < size) {
            if (format[i + 1] == '%') {
                dbuf_putc(out, '%');
                i++;
                continue;
            }
            if (used < argc && put_directive(context, out, format[i + 1], argv[used], &status)) {
                used++;
                i++;
                continue;
            }
        }
        dbuf_putc(out, (uint8_t)format[i]);
    }
    JS_FreeCString(context, format);
    return status ? -1 : used;
}

int console_format(JSContext *context, DynBuf *out, int argc, JSValueConst *argv)
{
    int used = 0;

    if (argc > 1 && JS_IsString(argv[0])) {
        used = put_format(context, out, argc, argv);
        if (used < 0)
            return -1;
    }
    for (; used < argc; used++) {
        if (used > 0)
            dbuf_putc(out, ' ');
        if (put_argument(context, out, argv[used]))
            return -1;
    }
    return 0;
}

static JSValue write_arguments(JSContext *context, FILE *file, const char *prefix, int argc,
                               JSValueConst *argv)
{
    DynBuf text;

    text_init(context, &text);
    dbuf_putstr(&text, prefix);
    if (console_format(context, &text, argc, argv)) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return write_lines(context, file, &text);
}

JSValue console_log(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    return write_arguments(context, stdout, "", argc, argv);
}

static JSValue console_error(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    (void)this_value;
    return write_arguments(context, stderr, "", argc, argv);
}

/* ---- assert, dir, trace. ---- */

static JSValue console_assert(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    (void)this_value;
    if (argc > 0 && JS_ToBool(context, argv[0]))
        return JS_UNDEFINED;
    if (argc < 2)
        return write_arguments(context, stderr, "Assertion failed", 0, argv);
    if (!JS_IsString(argv[1]))
        return write_arguments(context, stderr, "Assertion failed ", argc - 1, argv + 1);
    return write_arguments(context, stderr, "Assertion failed: ", argc - 1, argv + 1);
}

static JSValue console_dir(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    struct inspect_options options = {INSPECT_USUAL};
    JSValue object = JS_UNDEFINED;
    DynBuf text;
    int status;

    (void)this_value;
    if (argc > 1 && JS_IsObject(argv[1])) {
        object = library_inspect_options(context, argv[1]);
        if (JS_IsException(object))
            return object;
        options = inspect_options_of(context, object);
    }
    /* console.dir shows what is there. */
    options.plain = true;
    text_init(context, &text);
    status = inspect_value(context, &text, argc > 0 ? argv[0] : JS_UNDEFINED, &options);
    JS_FreeValue(context, object);
    if (status) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return write_lines(context, stdout, &text);
}

static JSValue console_trace(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    JSValue error, stack;
    DynBuf text;
    int status;

    (void)this_value;
    JS_ThrowInternalError(context, "trace");
    error = JS_GetException(context);
    stack = JS_GetPropertyStr(context, error, "stack");
    JS_FreeValue(context, error);
    text_init(context, &text);
    dbuf_putstr(&text, argc > 0 ? "Trace: " : "Trace");
    status = console_format(context, &text, argc, argv);
    dbuf_putc(&text, '\n');
    if (status == 0 && JS_IsString(stack))
        text_put_value(context, &text, stack);
    JS_FreeValue(context, stack);
    while (text.size > 0 && text.buf[text.size - 1] == '\n')
        text.size--;
    if (status) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return write_lines(context, stderr, &text);
}

/* ---- Groups, counters, timers. ---- */

static JSValue console_group(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    JSValue result = JS_UNDEFINED;

    if (argc > 0)
        result = console_log(context, this_value, argc, argv);
    group_indentation += GROUP_WIDTH;
    return result;
}

static JSValue console_group_end(JSContext *context, JSValueConst this_value, int argc,
                                 JSValueConst *argv)
{
    (void)context, (void)this_value, (void)argc, (void)argv;
    if (group_indentation > 0)
        group_indentation -= GROUP_WIDTH;
    return JS_UNDEFINED;
}

/* The property name that a label stands for; JS_ATOM_NULL with an exception pending. */
static JSAtom label_of(JSContext *context, int argc, JSValueConst *argv)
{
    JSValue text;
    JSAtom atom;

    if (argc < 1 || JS_IsUndefined(argv[0]))
        return JS_NewAtom(context, "default");
    text = JS_ToString(context, argv[0]);
    if (JS_IsException(text))
        return JS_ATOM_NULL;
    atom = JS_ValueToAtom(context, text);
    JS_FreeValue(context, text);
    return atom;
}

/* Writes "label: " and a text; frees the label. */
static JSValue write_labelled(JSContext *context, FILE *file, JSAtom label, const char *value,
                              int argc, JSValueConst *argv)
{
    const char *name = JS_AtomToCString(context, label);
    DynBuf text;
    int status = 0;

    JS_FreeAtom(context, label);
    if (!name)
        return JS_EXCEPTION;
    text_init(context, &text);
    dbuf_putstr(&text, name);
    dbuf_putstr(&text, ": ");
    dbuf_putstr(&text, value);
    JS_FreeCString(context, name);
    for (int i = 1; i < argc && status == 0; i++) {
        dbuf_putc(&text, ' ');
        status = put_argument(context, &text, argv[i]);
    }
    if (status) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return write_lines(context, file, &text);
}

static JSValue console_count(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv, int reset)
{
    JSAtom label = label_of(context, argc, argv);
    JSValue value;
    int64_t count = 0;
    char text[32];

    (void)this_value;
    if (label == JS_ATOM_NULL)
        return JS_EXCEPTION;
    value = JS_GetProperty(context, counters, label);
    if (!reset && JS_IsNumber(value))
        JS_ToInt64(context, &count, value);
    JS_FreeValue(context, value);
    count += !reset;
    JS_SetProperty(context, counters, label, JS_NewInt64(context, count));
    if (reset) {
        JS_FreeAtom(context, label);
        return JS_UNDEFINED;
    }
    snprintf(text, sizeof text, "%lld", (long long)count);
    return write_labelled(context, stdout, label, text, 0, NULL);
}

static JSValue console_time(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    JSAtom label = label_of(context, argc, argv);

    (void)this_value;
    if (label == JS_ATOM_NULL)
        return JS_EXCEPTION;
    JS_SetProperty(context, timers, label, JS_NewFloat64(context, (double)loop_now()));
    JS_FreeAtom(context, label);
    return JS_UNDEFINED;
}

static JSValue console_time_end(JSContext *context, JSValueConst this_value, int argc,
                                JSValueConst *argv, int end)
{
    JSAtom label = label_of(context, argc, argv);
    JSValue value;
    double began = 0;
    char text[48];

    (void)this_value;
    if (label == JS_ATOM_NULL)
        return JS_EXCEPTION;
    value = JS_GetProperty(context, timers, label);
    if (!JS_IsNumber(value)) {
        JS_FreeValue(context, value);
        return write_labelled(context, stderr, label, "there is no timer of this name", 0, NULL);
    }
    JS_ToFloat64(context, &began, value);
    JS_FreeValue(context, value);
    if (end)
        JS_DeleteProperty(context, timers, label, 0);
    snprintf(text, sizeof text, "%.3fms", ((double)loop_now() - began) / 1e6);
    return write_labelled(context, stdout, label, text, end ? 0 : argc, argv);
}

/* ---- table. ---- */

/* The cells of a table, row by row; row 0 holds the headings. */
struct table {
    DynBuf text, ends; /* as in a layout_list */
    JSValue columns;   /* an array of property names */
    uint32_t column_count;
    bool has_values; /* some row is no object: it has a column of its own */
};

static void put_cell(JSContext *context, struct layout_list *cells, JSValueConst value)
{
    struct inspect_options options = {INSPECT_USUAL};

    options.depth = 0;
    options.plain = true;
    if (!JS_IsUninitialized(value))
        inspect_value(context, &cells->text, value, &options);
    layout_end_member(cells);
}

static void put_text_cell(JSContext *context, struct layout_list *cells, JSValueConst text)
{
    text_put_value(context, &cells->text, text);
    layout_end_member(cells);
}

static int array_length(JSContext *context, JSValueConst array, uint32_t *length)
{
    JSValue value = JS_GetPropertyStr(context, array, "length");
    int64_t number = 0;
    int status = JS_ToInt64(context, &number, value);

    JS_FreeValue(context, value);
    *length = (uint32_t)number;
    return status;
}

/* Own enumerable string keys of an object as an array. */
static JSValue keys_of(JSContext *context, JSValueConst object)
{
    JSPropertyEnum *names;
    uint32_t count;
    JSValue array = JS_NewArray(context);

    if (JS_IsException(array) || JS_GetOwnPropertyNames(context, &names, &count, object,
                                                        JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY)) {
        JS_FreeValue(context, array);
        return JS_EXCEPTION;
    }
    for (uint32_t i = 0; i < count; i++) {
        JS_DefinePropertyValueUint32(context, array, i, JS_AtomToString(context, names[i].atom),
                                     JS_PROP_C_W_E);
        JS_FreeAtom(context, names[i].atom);
    }
    js_free(context, names);
    return array;
}

static bool holds(JSContext *context, JSValueConst array, uint32_t length, JSValueConst wanted)
{
    for (uint32_t i = 0; i < length; i++) {
        JSValue item = JS_GetPropertyUint32(context, array, i);
        bool same = JS_IsStrictEqual(context, item, wanted);

        JS_FreeValue(context, item);
        if (same)
            return true;
    }
    return false;
}

/* Adds the keys of one row to the columns. */
static int add_columns(JSContext *context, struct table *table, JSValueConst row)
{
    uint32_t length;
    JSValue keys;

    if (!JS_IsObject(row) || JS_IsFunction(context, row)) {
        table->has_values = true;
        return 0;
    }
    keys = keys_of(context, row);
    if (JS_IsException(keys) || array_length(context, keys, &length)) {
        JS_FreeValue(context, keys);
        return -1;
    }
    for (uint32_t i = 0; i < length; i++) {
        JSValue key = JS_GetPropertyUint32(context, keys, i);

        if (!holds(context, table->columns, table->column_count, key))
            JS_DefinePropertyValueUint32(context, table->columns, table->column_count++,
                                         JS_DupValue(context, key), JS_PROP_C_W_E);
        JS_FreeValue(context, key);
    }
    JS_FreeValue(context, keys);
    return 0;
}

static int add_row(JSContext *context, struct table *table, struct layout_list *cells,
                   JSValueConst key, JSValueConst row)
{
    bool is_object = JS_IsObject(row) && !JS_IsFunction(context, row);

    put_text_cell(context, cells, key);
    for (uint32_t i = 0; i < table->column_count; i++) {
        JSValue name = JS_GetPropertyUint32(context, table->columns, i);
        JSAtom atom = JS_ValueToAtom(context, name);
        int has = is_object ? JS_HasProperty(context, row, atom) : 0;
        JSValue value = has > 0 ? JS_GetProperty(context, row, atom) : JS_UNINITIALIZED;

        JS_FreeAtom(context, atom);
        JS_FreeValue(context, name);
        if (has < 0 || JS_IsException(value))
            return -1;
        put_cell(context, cells, value);
        JS_FreeValue(context, value);
    }
    if (table->has_values)
        put_cell(context, cells, is_object ? JS_UNINITIALIZED : row);
    return 0;
}

static void put_rule(DynBuf *out, const size_t *widths, uint32_t columns, const char *left,
                     const char *middle, const char *right)
{
    dbuf_putstr(out, left);
    for (uint32_t i = 0; i < columns; i++) {
        for (size_t j = 0; j < widths[i] + 2; j++)
            dbuf_putstr(out, "─");
        dbuf_putstr(out, i + 1 < columns ? middle : right);
    }
}

static int draw(JSContext *context, DynBuf *out, struct layout_list *cells, uint32_t columns)
{
    uint32_t count = layout_count(cells), begin = 0;
    const uint32_t *ends = (const uint32_t *)(const void *)cells->ends.buf;
    size_t *widths = js_mallocz(context, columns * sizeof *widths);

    if (!widths)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        size_t width = text_width(cells->text.buf + begin, ends[i] - begin);

        begin = ends[i];
        widths[i % columns] = width > widths[i % columns] ? width : widths[i % columns];
    }
    put_rule(out, widths, columns, "┌", "┬", "┐\n");
    begin = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t size = ends[i] - begin, width = text_width(cells->text.buf + begin, size);

        dbuf_putstr(out, "│ ");
        dbuf_put(out, cells->text.buf + begin, size);
        dbuf_printf(out, "%*s", (int)(widths[i % columns] - width + 1), "");
        begin = ends[i];
        if (i % columns == columns - 1)
            dbuf_putstr(out, "│\n");
        if (i == columns - 1) {
            put_rule(out, widths, columns, "├", "┼", "┤\n");
        }
    }
    put_rule(out, widths, columns, "└", "┴", "┘");
    js_free(context, widths);
    return 0;
}

static int put_headings(JSContext *context, struct table *table, struct layout_list *cells)
{
    dbuf_putstr(&cells->text, "(index)");
    layout_end_member(cells);
    for (uint32_t i = 0; i < table->column_count; i++) {
        JSValue name = JS_GetPropertyUint32(context, table->columns, i);

        put_text_cell(context, cells, name);
        JS_FreeValue(context, name);
    }
    if (table->has_values) {
        dbuf_putstr(&cells->text, "Values");
        layout_end_member(cells);
    }
    return 0;
}

/* Calls for every row of the data: pass 0 gathers the columns, pass 1 the cells. */
static int for_rows(JSContext *context, struct table *table, struct layout_list *cells,
                    JSValueConst data, JSValueConst keys, bool fixed_columns, int pass)
{
    uint32_t length;
    int status = array_length(context, keys, &length);

    for (uint32_t i = 0; i < length && status == 0; i++) {
        JSValue key = JS_GetPropertyUint32(context, keys, i);
        JSAtom atom = JS_ValueToAtom(context, key);
        JSValue row = JS_GetProperty(context, data, atom);

        JS_FreeAtom(context, atom);
        if (JS_IsException(row))
            status = -1;
        else if (pass == 1)
            status = add_row(context, table, cells, key, row);
        else if (!fixed_columns)
            status = add_columns(context, table, row);
        JS_FreeValue(context, row);
        JS_FreeValue(context, key);
    }
    return status;
}

static JSValue console_table(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    struct table table = {.has_values = false};
    struct layout_list cells;
    bool fixed = argc > 1 && JS_IsArray(argv[1]);
    JSValue keys;
    DynBuf text;
    int status;

    if (argc < 1 || !JS_IsObject(argv[0]) || JS_IsFunction(context, argv[0]))
        return console_log(context, this_value, argc, argv);
    keys = keys_of(context, argv[0]);
    if (JS_IsException(keys))
        return keys;
    layout_init(context, &cells);
    text_init(context, &text);
    table.columns = fixed ? JS_DupValue(context, argv[1]) : JS_NewArray(context);
    status = fixed ? array_length(context, table.columns, &table.column_count) : 0;
    if (status == 0)
        status = for_rows(context, &table, &cells, argv[0], keys, fixed, 0);
    if (status == 0)
        status = put_headings(context, &table, &cells);
    if (status == 0)
        status = for_rows(context, &table, &cells, argv[0], keys, fixed, 1);
    if (status == 0 && (dbuf_error(&cells.text) || dbuf_error(&cells.ends))) {
        JS_ThrowOutOfMemory(context);
        status = -1;
    }
    if (status == 0)
        status = draw(context, &text, &cells, 1 + table.column_count + table.has_values);
    layout_free(&cells);
    JS_FreeValue(context, table.columns);
    JS_FreeValue(context, keys);
    if (status) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return write_lines(context, stdout, &text);
}

/* ---- Globals. ---- */

static const JSCFunctionListEntry members[] = {
    JS_CFUNC_DEF("log", 0, console_log),
    JS_CFUNC_DEF("info", 0, console_log),
    JS_CFUNC_DEF("debug", 0, console_log),
    JS_CFUNC_DEF("warn", 0, console_error),
    JS_CFUNC_DEF("error", 0, console_error),
    JS_CFUNC_DEF("trace", 0, console_trace),
    JS_CFUNC_DEF("assert", 0, console_assert),
    JS_CFUNC_DEF("dir", 0, console_dir),
    JS_CFUNC_DEF("table", 1, console_table),
    JS_CFUNC_DEF("group", 0, console_group),
    JS_CFUNC_DEF("groupCollapsed", 0, console_group),
    JS_CFUNC_DEF("groupEnd", 0, console_group_end),
    JS_CFUNC_MAGIC_DEF("count", 0, console_count, 0),
    JS_CFUNC_MAGIC_DEF("countReset", 0, console_count, 1),
    JS_CFUNC_DEF("time", 0, console_time),
    JS_CFUNC_MAGIC_DEF("timeLog", 0, console_time_end, 0),
    JS_CFUNC_MAGIC_DEF("timeEnd", 0, console_time_end, 1),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "console", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry functions[] = {
    JS_OBJECT_DEF("console", members, countof(members), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
    JS_CFUNC_DEF("print", 0, console_log),
};

int console_install(JSContext *context)
{
    JSValue global = JS_GetGlobalObject(context);

    counters = JS_NewObjectProto(context, JS_NULL);
    timers = JS_NewObjectProto(context, JS_NULL);
    JS_SetPropertyFunctionList(context, global, functions, countof(functions));
    JS_FreeValue(context, global);
    return JS_IsException(counters) || JS_IsException(timers) ? -1 : 0;
}
