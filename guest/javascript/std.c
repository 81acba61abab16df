/*
 * std.c: the module "std": files as C's stdio has them, the environment, printf, exit.
 *
 * Owns the FILE behind each file object: it is closed by close() or, at the latest, when the object is
 * collected. Follows QuickJS's own std module, so that its documentation holds: open, fdopen, loadFile
 * and tmpfile return null when the system refuses (and the errno in an object given for it), everything
 * that returns a status returns 0 or -errno. writeFile has no place for a status and throws.
 *
 * There are no processes here, so no popen, and no network, so no urlGet.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

extern char **environ;

static JSClassID file_class;

/* ---- File objects. ---- */

static void free_file(JSRuntime *runtime, JSValue value)
{
    FILE *file = JS_GetOpaque(value, file_class);

    (void)runtime;
    if (file && file != stdin && file != stdout && file != stderr)
        fclose(file);
}

static JSValue new_file(JSContext *context, FILE *file)
{
    JSValue object = JS_NewObjectClass(context, (int)file_class);

    if (JS_IsException(object)) {
        fclose(file);
        return object;
    }
    JS_SetOpaque(object, file);
    return object;
}

static FILE *file_of(JSContext *context, JSValueConst value)
{
    JSClassID class_id;
    FILE *file = JS_GetAnyOpaque(value, &class_id);

    if (class_id == file_class && file)
        return file;
    JS_ThrowTypeError(context, class_id == file_class ? "the file is closed" : "not a file");
    return NULL;
}

static int set_errno(JSContext *context, int argc, JSValueConst *argv, int index, int error)
{
    if (argc <= index || !JS_IsObject(argv[index]))
        return 0;
    return JS_SetPropertyStr(context, argv[index], "errno", JS_NewInt32(context, error)) < 0 ? -1
                                                                                             : 0;
}

/* A file that was to be opened, or null; argv[index] may be an object for the errno. */
static JSValue opened(JSContext *context, FILE *file, int argc, JSValueConst *argv, int index)
{
    if (set_errno(context, argc, argv, index, file ? 0 : errno)) {
        if (file)
            fclose(file);
        return JS_EXCEPTION;
    }
    return file ? new_file(context, file) : JS_NULL;
}

static bool is_mode(JSContext *context, const char *mode)
{
    if (mode[0] && strchr("rwa", mode[0]) && !mode[1 + strspn(mode + 1, "+bxe")])
        return true;
    JS_ThrowTypeError(context, "invalid file mode");
    return false;
}

static JSValue std_open(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    const char *mode = path ? JS_ToCString(context, argv[1]) : NULL;
    JSValue result = JS_EXCEPTION;

    (void)this_value;
    if (mode && is_mode(context, mode))
        result = opened(context, fopen(path, mode), argc, argv, 2);
    JS_FreeCString(context, path);
    JS_FreeCString(context, mode);
    return result;
}

static JSValue std_fdopen(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *mode;
    JSValue result = JS_EXCEPTION;
    int fd;

    (void)this_value;
    if (JS_ToInt32(context, &fd, argv[0]) || !(mode = JS_ToCString(context, argv[1])))
        return JS_EXCEPTION;
    if (is_mode(context, mode))
        result = opened(context, fdopen(fd, mode), argc, argv, 2);
    JS_FreeCString(context, mode);
    return result;
}

/* wasi-libc has no tmpfile: a new file in the working directory that loses its name at once would be
 * gone with it under WASI, so it keeps its name until the sandbox ends. */
static JSValue std_tmpfile(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    static unsigned int number;
    char path[32];
    int fd = -1;

    (void)this_value;
    for (int tries = 0; fd < 0 && tries < 1000; tries++) {
        snprintf(path, sizeof path, ".tmp-%u", number++);
        fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    return opened(context, fd < 0 ? NULL : fdopen(fd, "w+"), argc, argv, 0);
}

static JSValue status_of(JSContext *context, int result)
{
    return JS_NewInt32(context, result < 0 ? -errno : result);
}

static JSValue file_close(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    FILE *file = file_of(context, this_value);

    (void)argc, (void)argv;
    if (!file)
        return JS_EXCEPTION;
    if (file == stdin || file == stdout || file == stderr)
        return status_of(context, fflush(file));
    JS_SetOpaque(this_value, NULL);
    return status_of(context, fclose(file));
}

/* ---- Writing. ---- */

/* Writes the text to the file, and frees it: the count, or -1 with an exception pending. A file is looked up after all that may run
 * code, which may close it. */
static int64_t write_text(JSContext *context, JSValueConst object, int to_stdout, DynBuf *text)
{
    FILE *file = to_stdout ? stdout : file_of(context, object);
    int64_t written = -1;

    text_make_valid(text, 0);
    if (file && dbuf_error(text))
        JS_ThrowOutOfMemory(context);
    else if (file)
        written = (int64_t)fwrite(text->buf, 1, text->size, file);
    dbuf_free(text);
    return written;
}

static JSValue file_puts(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                         int to_stdout)
{
    for (int i = 0; i < argc; i++) {
        DynBuf text;

        text_init(context, &text);
        if (!text_put_value(context, &text, argv[i])) {
            dbuf_free(&text);
            return JS_EXCEPTION;
        }
        if (write_text(context, this_value, to_stdout, &text) < 0)
            return JS_EXCEPTION;
    }
    return JS_UNDEFINED;
}

static JSValue file_printf(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv, int to_stdout)
{
    DynBuf text;
    int64_t written;

    text_init(context, &text);
    if (format_values(context, &text, argc, argv)) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    written = write_text(context, this_value, to_stdout, &text);
    return written < 0 ? JS_EXCEPTION : JS_NewInt64(context, written);
}

static JSValue std_sprintf(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv)
{
    DynBuf text;

    (void)this_value;
    text_init(context, &text);
    if (format_values(context, &text, argc, argv)) {
        dbuf_free(&text);
        return JS_EXCEPTION;
    }
    return text_to_string(context, &text);
}

static JSValue file_flush(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    FILE *file = file_of(context, this_value);

    (void)argc, (void)argv;
    if (!file)
        return JS_EXCEPTION;
    return status_of(context, fflush(file));
}

static JSValue file_put_byte(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    FILE *file;
    int byte;

    (void)argc;
    if (JS_ToInt32(context, &byte, argv[0]) || !(file = file_of(context, this_value)))
        return JS_EXCEPTION;
    return JS_NewInt32(context, fputc(byte, file));
}

/* ---- Reading. ---- */

static JSValue file_read_write(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv, int writes)
{
    bool to_end = argc < 3 || JS_IsUndefined(argv[2]);
    uint64_t position = 0, length = 0;
    uint8_t *bytes;
    size_t size;
    FILE *file;

    /* File and bytes last: to be a number, an object may run code that lets go of them. */
    if ((argc > 1 && JS_ToIndex(context, &position, argv[1])) ||
        (!to_end && JS_ToIndex(context, &length, argv[2])) ||
        !(file = file_of(context, this_value)) || !(bytes = text_bytes_of(context, argv[0], &size)))
        return JS_EXCEPTION;
    if (to_end)
        length = position < size ? size - position : 0;
    if (position > size || length > size - position)
        return JS_ThrowRangeError(context, "read/write array buffer overflow");
    if (writes)
        return JS_NewInt64(context, (int64_t)fwrite(bytes + position, 1, (size_t)length, file));
    return JS_NewInt64(context, (int64_t)fread(bytes + position, 1, (size_t)length, file));
}

static JSValue file_getline(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    FILE *file = file_of(context, this_value);
    DynBuf line;
    int c;

    (void)argc, (void)argv;
    if (!file)
        return JS_EXCEPTION;
    text_init(context, &line);
    while ((c = getc(file)) != EOF && c != '\n')
        if (dbuf_putc(&line, (uint8_t)c))
            break;
    if (c == EOF && line.size == 0) {
        dbuf_free(&line);
        return JS_NULL;
    }
    return text_to_string(context, &line);
}

/* Reads up to `limit` bytes, or to the end. */
static int read_some(JSContext *context, FILE *file, uint64_t limit, DynBuf *out)
{
    uint8_t part[4096];

    text_init(context, out);
    while (limit > 0) {
        size_t got = fread(part, 1, limit < sizeof part ? (size_t)limit : sizeof part, file);

        if (got == 0)
            break;
        if (dbuf_put(out, part, got)) {
            dbuf_free(out);
            JS_ThrowOutOfMemory(context);
            return -1;
        }
        limit -= got;
    }
    return 0;
}

static JSValue file_read_all(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv, int as_buffer)
{
    FILE *file;
    uint64_t limit = UINT64_MAX;
    JSValue buffer;
    DynBuf out;

    if ((argc > 0 && !JS_IsUndefined(argv[0]) && JS_ToIndex(context, &limit, argv[0])) ||
        !(file = file_of(context, this_value)))
        return JS_EXCEPTION;
    if (read_some(context, file, limit, &out))
        return JS_EXCEPTION;
    if (!as_buffer)
        return text_to_string(context, &out);
    buffer = JS_NewArrayBufferCopy(context, out.buf, out.size);
    dbuf_free(&out);
    return buffer;
}

static JSValue file_get_byte(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    FILE *file = file_of(context, this_value);

    (void)argc, (void)argv;
    return file ? JS_NewInt32(context, getc(file)) : JS_EXCEPTION;
}

/* ---- Position and state. ---- */

static JSValue file_tell(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                         int as_bigint)
{
    FILE *file = file_of(context, this_value);
    int64_t position;

    (void)argc, (void)argv;
    if (!file)
        return JS_EXCEPTION;
    position = ftello(file);
    return as_bigint ? JS_NewBigInt64(context, position) : JS_NewInt64(context, position);
}

static JSValue file_seek(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    FILE *file;
    int64_t position;
    int whence = SEEK_SET;

    if (JS_ToInt64Ext(context, &position, argv[0]) ||
        (argc > 1 && JS_ToInt32(context, &whence, argv[1])) ||
        !(file = file_of(context, this_value)))
        return JS_EXCEPTION;
    return status_of(context, fseeko(file, position, whence));
}

enum { FILE_EOF, FILE_ERROR, FILE_CLEAR_ERROR, FILE_NUMBER };

static JSValue file_state(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                          int what)
{
    FILE *file = file_of(context, this_value);

    (void)argc, (void)argv;
    if (!file)
        return JS_EXCEPTION;
    switch (what) {
    case FILE_EOF:
        return JS_NewBool(context, feof(file));
    case FILE_ERROR:
        return JS_NewBool(context, ferror(file));
    case FILE_CLEAR_ERROR:
        clearerr(file);
        return JS_UNDEFINED;
    default:
        return JS_NewInt32(context, fileno(file));
    }
}

/* ---- Whole files. ---- */

/* An option of the object at argv[1]: -1 with an exception pending. */
static int option(JSContext *context, int argc, JSValueConst *argv, const char *name)
{
    JSValue value;
    int set;

    if (argc < 2 || !JS_IsObject(argv[1]))
        return 0;
    value = JS_GetPropertyStr(context, argv[1], name);
    set = JS_ToBool(context, value);
    JS_FreeValue(context, value);
    return set;
}

static JSValue std_load_file(JSContext *context, JSValueConst this_value, int argc,
                             JSValueConst *argv)
{
    int binary = option(context, argc, argv, "binary");
    const char *path = binary < 0 ? NULL : text_path(context, argv[0]);
    JSValue result;
    size_t size;
    char *bytes;

    (void)this_value;
    if (!path)
        return JS_EXCEPTION;
    bytes = modules_read_file(context, path, &size);
    JS_FreeCString(context, path);
    if (!bytes)
        return errno == ENOMEM ? JS_ThrowOutOfMemory(context) : JS_NULL;
    if (binary)
        result = text_new_bytes(context, (const uint8_t *)bytes, size);
    else
        result = JS_NewStringLen(context, bytes, size);
    js_free(context, bytes);
    return result;
}

static JSValue throw_errno(JSContext *context, const char *what, const char *path, int error)
{
    JSValue thrown;

    JS_ThrowInternalError(context, "%s '%s': %s", what, path, strerror(error));
    thrown = JS_GetException(context);
    if (JS_IsObject(thrown)) {
        JS_DefinePropertyValueStr(context, thrown, "name", JS_NewString(context, "Error"),
                                  JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
        JS_DefinePropertyValueStr(context, thrown, "errno", JS_NewInt32(context, error),
                                  JS_PROP_C_W_E);
    }
    return JS_Throw(context, thrown);
}

static int write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    bool whole;

    if (!file)
        return -1;
    whole = fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && whole ? 0 : -1;
}

static JSValue std_write_file(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    const char *path;
    const uint8_t *bytes;
    JSValue result = JS_EXCEPTION;
    size_t size;
    DynBuf text;

    (void)this_value, (void)argc;
    path = text_path(context, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    text_init(context, &text);
    if (JS_IsObject(argv[1])) {
        bytes = text_bytes_of(context, argv[1], &size);
    } else {
        bytes = NULL;
        if (text_put_value(context, &text, argv[1])) {
            text_make_valid(&text, 0);
            bytes = text.buf ? text.buf : (const uint8_t *)"";
            size = text.size;
            if (dbuf_error(&text)) {
                bytes = NULL;
                JS_ThrowOutOfMemory(context);
            }
        }
    }
    if (bytes)
        result = write_bytes(path, bytes, size) ? throw_errno(context, "cannot write", path, errno)
                                                : JS_UNDEFINED;
    dbuf_free(&text);
    JS_FreeCString(context, path);
    return result;
}

/* ---- Running scripts. ---- */

static JSValue std_load_script(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    const char *path = text_path(context, argv[0]);
    JSValue result;
    size_t size;
    char *text;

    (void)this_value, (void)argc;
    if (!path)
        return JS_EXCEPTION;
    text = modules_read_file(context, path, &size);
    if (text) {
        result = JS_Eval(context, text, size, path, JS_EVAL_TYPE_GLOBAL);
        js_free(context, text);
    } else {
        result = JS_ThrowReferenceError(context, "cannot load '%s': %s", path, strerror(errno));
    }
    JS_FreeCString(context, path);
    return result;
}

static JSValue std_eval_script(JSContext *context, JSValueConst this_value, int argc,
                               JSValueConst *argv)
{
    int is_async = option(context, argc, argv, "async"),
        barrier = is_async < 0 ? -1 : option(context, argc, argv, "backtrace_barrier");
    int flags = JS_EVAL_TYPE_GLOBAL | (is_async > 0 ? JS_EVAL_FLAG_ASYNC : 0) |
                (barrier > 0 ? JS_EVAL_FLAG_BACKTRACE_BARRIER : 0);
    const char *text;
    JSValue result;
    size_t size;

    (void)this_value;
    if (barrier < 0)
        return JS_EXCEPTION;
    text = JS_ToCStringLen(context, &size, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    result = JS_Eval(context, text, size, "<evalScript>", flags);
    JS_FreeCString(context, text);
    return result;
}

/* ---- Environment and the rest. ---- */

static JSValue std_getenv(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t size;
    const char *name = JS_ToCStringLen(context, &size, argv[0]), *value;

    (void)this_value, (void)argc;
    if (!name)
        return JS_EXCEPTION;
    value = strlen(name) == size ? getenv(name) : NULL;
    JS_FreeCString(context, name);
    return value ? JS_NewString(context, value) : JS_UNDEFINED;
}

static JSValue std_setenv(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv,
                          int unset)
{
    const char *name = text_path(context, argv[0]);
    const char *value = name && !unset ? text_path(context, argv[1]) : NULL;
    JSValue result = JS_EXCEPTION;

    (void)this_value, (void)argc;
    if (name && (value || unset)) {
        if (unset)
            unsetenv(name);
        else
            setenv(name, value, 1);
        result = JS_UNDEFINED;
    }
    JS_FreeCString(context, name);
    JS_FreeCString(context, value);
    return result;
}

static JSValue std_getenviron(JSContext *context, JSValueConst this_value, int argc,
                              JSValueConst *argv)
{
    JSValue object = JS_NewObject(context);

    (void)this_value, (void)argc, (void)argv;
    for (char **at = environ; !JS_IsException(object) && at && *at; at++) {
        const char *equals = strchr(*at, '=');
        JSAtom name;

        if (!equals)
            continue;
        name = JS_NewAtomLen(context, *at, (size_t)(equals - *at));
        if (name == JS_ATOM_NULL ||
            JS_DefinePropertyValue(context, object, name, JS_NewString(context, equals + 1),
                                   JS_PROP_C_W_E) < 0) {
            JS_FreeValue(context, object);
            object = JS_EXCEPTION;
        }
        JS_FreeAtom(context, name);
    }
    return object;
}

static JSValue std_exit(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int32_t code = 0;

    (void)this_value;
    if (argc > 0 && !JS_IsUndefined(argv[0]) && JS_ToInt32(context, &code, argv[0]))
        return JS_EXCEPTION;
    return loop_exit(context, code);
}

static JSValue std_gc(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value, (void)argc, (void)argv;
    JS_RunGC(JS_GetRuntime(context));
    return JS_UNDEFINED;
}

static JSValue std_strerror(JSContext *context, JSValueConst this_value, int argc,
                            JSValueConst *argv)
{
    int error;

    (void)this_value, (void)argc;
    if (JS_ToInt32(context, &error, argv[0]))
        return JS_EXCEPTION;
    return JS_NewString(context, strerror(error));
}

static JSValue std_parse_ext_json(JSContext *context, JSValueConst this_value, int argc,
                                  JSValueConst *argv)
{
    size_t size;
    const char *text = JS_ToCStringLen(context, &size, argv[0]);
    JSValue result;

    (void)this_value, (void)argc;
    if (!text)
        return JS_EXCEPTION;
    result = ext_json_parse(context, text, size);
    JS_FreeCString(context, text);
    return result;
}

/* ---- The module. ---- */

#define ERRNO(name) JS_PROP_INT32_DEF(#name, name, JS_PROP_CONFIGURABLE)

static const JSCFunctionListEntry errors[] = {
    ERRNO(EINVAL), ERRNO(EIO),          ERRNO(EACCES),  ERRNO(EEXIST), ERRNO(ENOSPC), ERRNO(ENOSYS),
    ERRNO(EBUSY),  ERRNO(ENOENT),       ERRNO(EPERM),   ERRNO(EPIPE),  ERRNO(EBADF),  ERRNO(EISDIR),
    ERRNO(EROFS),  ERRNO(ENOTEMPTY),    ERRNO(ENOTDIR), ERRNO(EDQUOT), ERRNO(EMFILE), ERRNO(EFBIG),
    ERRNO(ELOOP),  ERRNO(ENAMETOOLONG), ERRNO(ENOTSUP), ERRNO(EXDEV),
};

static const JSCFunctionListEntry members[] = {
    JS_CFUNC_DEF("exit", 1, std_exit),
    JS_CFUNC_DEF("gc", 0, std_gc),
    JS_CFUNC_DEF("evalScript", 1, std_eval_script),
    JS_CFUNC_DEF("loadScript", 1, std_load_script),
    JS_CFUNC_DEF("loadFile", 1, std_load_file),
    JS_CFUNC_DEF("writeFile", 2, std_write_file),
    JS_CFUNC_DEF("getenv", 1, std_getenv),
    JS_CFUNC_MAGIC_DEF("setenv", 2, std_setenv, 0),
    JS_CFUNC_MAGIC_DEF("unsetenv", 1, std_setenv, 1),
    JS_CFUNC_DEF("getenviron", 0, std_getenviron),
    JS_CFUNC_DEF("strerror", 1, std_strerror),
    JS_CFUNC_DEF("parseExtJSON", 1, std_parse_ext_json),
    JS_CFUNC_DEF("open", 2, std_open),
    JS_CFUNC_DEF("fdopen", 2, std_fdopen),
    JS_CFUNC_DEF("tmpfile", 0, std_tmpfile),
    JS_CFUNC_MAGIC_DEF("puts", 1, file_puts, 1),
    JS_CFUNC_MAGIC_DEF("printf", 1, file_printf, 1),
    JS_CFUNC_DEF("sprintf", 1, std_sprintf),
    JS_PROP_INT32_DEF("SEEK_SET", SEEK_SET, JS_PROP_CONFIGURABLE),
    JS_PROP_INT32_DEF("SEEK_CUR", SEEK_CUR, JS_PROP_CONFIGURABLE),
    JS_PROP_INT32_DEF("SEEK_END", SEEK_END, JS_PROP_CONFIGURABLE),
    JS_OBJECT_DEF("Error", errors, countof(errors), JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry file_members[] = {
    JS_CFUNC_DEF("close", 0, file_close),
    JS_CFUNC_MAGIC_DEF("puts", 1, file_puts, 0),
    JS_CFUNC_MAGIC_DEF("printf", 1, file_printf, 0),
    JS_CFUNC_DEF("flush", 0, file_flush),
    JS_CFUNC_MAGIC_DEF("tell", 0, file_tell, 0),
    JS_CFUNC_MAGIC_DEF("tello", 0, file_tell, 1),
    JS_CFUNC_DEF("seek", 2, file_seek),
    JS_CFUNC_MAGIC_DEF("eof", 0, file_state, FILE_EOF),
    JS_CFUNC_MAGIC_DEF("error", 0, file_state, FILE_ERROR),
    JS_CFUNC_MAGIC_DEF("clearerr", 0, file_state, FILE_CLEAR_ERROR),
    JS_CFUNC_MAGIC_DEF("fileno", 0, file_state, FILE_NUMBER),
    JS_CFUNC_MAGIC_DEF("read", 3, file_read_write, 0),
    JS_CFUNC_MAGIC_DEF("write", 3, file_read_write, 1),
    JS_CFUNC_DEF("getline", 0, file_getline),
    JS_CFUNC_MAGIC_DEF("readAsString", 0, file_read_all, 0),
    JS_CFUNC_MAGIC_DEF("readAsArrayBuffer", 0, file_read_all, 1),
    JS_CFUNC_DEF("getByte", 0, file_get_byte),
    JS_CFUNC_DEF("putByte", 1, file_put_byte),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "FILE", JS_PROP_CONFIGURABLE),
};

int std_install(JSContext *context)
{
    static const JSClassDef definition = {.class_name = "FILE", .finalizer = free_file};
    JSValue prototype, object;
    int status;

    JS_NewClassID(guest.runtime, &file_class);
    if (JS_NewClass(guest.runtime, file_class, &definition))
        return -1;
    prototype = JS_NewObject(context);
    JS_SetPropertyFunctionList(context, prototype, file_members, countof(file_members));
    JS_SetClassProto(context, file_class, prototype);
    object = JS_NewObject(context);
    if (JS_IsException(object))
        return -1;
    JS_SetPropertyFunctionList(context, object, members, countof(members));
    JS_SetPropertyStr(context, object, "in", new_file(context, stdin));
    JS_SetPropertyStr(context, object, "out", new_file(context, stdout));
    JS_SetPropertyStr(context, object, "err", new_file(context, stderr));
    status = modules_add_native(context, "std", object);
    JS_FreeValue(context, object);
    return status;
}
