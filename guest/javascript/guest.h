/*
 * guest.h: what the files of the JavaScript guest share.
 *
 * One reactor holds one runtime with one context, so the guest's state is one static structure (in
 * shim.c) rather than a parameter of everything; memory is copied as a whole when a sandbox is frozen,
 * snapshot or forked, and so is this. JavaScript values in it are owned by it.
 *
 * Functions that return int return 0, or -1 with a JavaScript exception pending, unless they say other.
 */
#ifndef JAVASCRIPT_GUEST_H
#define JAVASCRIPT_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cutils.h"
#include "quickjs.h"

struct guest {
    JSRuntime *runtime;
    JSContext *context;
    bool ending;       /* no further JavaScript may run in this eval: see loop_abandon */
    bool exited;       /* std.exit was called … */
    int32_t exit_code; /* … with this code */
    JSValue tools;     /* that the program was told of last, or null */
    char *script_name; /* names the source of the first eval in stack traces */
    uint32_t evals;
};

extern struct guest guest;

/* ---- heap.c: QuickJS's memory, and what is done when there is no more ---- */

JSRuntime *heap_new_runtime(void);
void heap_refill(void);  /* at the start of an eval: keep some room for the next shortage */
bool heap_ran_out(void); /* whether an allocation failed since heap_refill */

/* ---- loop.c: promise jobs, timers, unhandled rejections ---- */

int loop_install(JSContext *context);

/* Runs what is pending until nothing is. Returns -1 when something was thrown and not caught (the
 * exception is pending), or when guest.exited was set. */
int loop_run(JSContext *context);

/* Whoever asked for this promise has taken its rejection, or takes no notice of it. */
void loop_handled(JSContext *context, JSValueConst promise);

/* At the end of an eval: the program's handlers of its end, which are told `code`; guest.exit_code is what they leave. */
int loop_end(JSContext *context, int32_t code);

/* Whether the program has a handler for the exception that is pending, which then has taken it. */
bool loop_continues(JSContext *context);

/* Drops all that is pending without running any of it. */
void loop_abandon(JSContext *context);

/* Ends the running program with nothing of it run any more, not even a finally: throws. */
JSValue loop_exit(JSContext *context, int32_t code);

JSValue loop_set_timeout(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv);
JSValue loop_clear_timeout(JSContext *context, JSValueConst this_value, int argc,
                           JSValueConst *argv);
JSValue loop_sleep_async(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv);

/* Nanoseconds of the monotonic clock. */
uint64_t loop_now(void);
void loop_sleep(uint64_t nanoseconds);

/* performance.now() counts from here. */
void loop_set_origin(void);

/* ---- modules.c: import ---- */

int modules_install(JSContext *context);

/* Gives import.meta of a compiled module its properties. */
int modules_set_meta(JSContext *context, JSValueConst module, const char *path, bool is_main);

/* Registers `object` as the module "qjs:name" and the global `name`: its properties are the exports, itself is the default. */
int modules_add_native(JSContext *context, const char *name, JSValueConst object);

/* Declares the enumerable properties of `object`, and itself as the default, as exports of a module; and fills them. */
int modules_add_exports(JSContext *context, JSModuleDef *module, JSValueConst object);
int modules_set_exports(JSContext *context, JSModuleDef *module, JSValueConst object);

/* A path without "." and "..", from the root: to be freed with js_free; NULL with an exception pending. */
char *modules_absolute_path(JSContext *context, const char *path);

/* The whole of a file, with a NUL after its `*size` bytes; NULL with errno set, no exception. To be
 * freed with js_free. */
char *modules_read_file(JSContext *context, const char *path, size_t *size);

/* ---- inspect.c: values as text for people ---- */

struct inspect_options {
    int depth;          /* how many levels of nesting are shown; INSPECT_NO_LIMIT for all */
    bool hidden;        /* non-enumerable properties too */
    int indentation;    /* columns that the text will be moved right by */
    bool thrown;        /* an error without a stack gets no brackets */
    bool plain;         /* objects have no say in how they look */
    bool sorted;        /* members by their text */
    int width;          /* of a line */
    int join_levels;    /* an object of more levels inside it takes several lines; 0: each does */
    int64_t max_items;  /* of an array, Map or Set */
    int64_t max_string; /* characters of a string inside an object */
    JSValue user;       /* what objects that have a say are given; undefined for the usual */
};

#define INSPECT_NO_LIMIT 1000

/* The usual ones, to begin an initializer with. */
#define INSPECT_USUAL                                                                              \
    .depth = 2, .width = 80, .join_levels = 3, .max_items = 100, .max_string = 10000,              \
    .user = JS_UNDEFINED

/* An object with a function under Symbol.for("nodejs.util.inspect.custom") says itself how it looks, as in Node: -1
 * with an exception pending when that function throws; nothing else does. */
int inspect_value(JSContext *context, DynBuf *out, JSValueConst value,
                  const struct inspect_options *options);

/* The options that a program gives as an object (all of them there, and of the right types). */
struct inspect_options inspect_options_of(JSContext *context, JSValueConst object);

int inspect_install(JSContext *context);

/* An error as for an uncaught one: header, stack, then what it carries besides. */
void inspect_thrown(JSContext *context, DynBuf *out, JSValueConst thrown);

/* Name of the error's class or type, and its message. */
void inspect_error_parts(JSContext *context, JSValueConst error, DynBuf *type, DynBuf *message);

/* ---- layout.c: bracketed lists on one line or several ---- */

/* The members of a list, one after the other in `text`; `ends` holds the end of each (uint32_t). */
struct layout_list {
    DynBuf text;
    DynBuf ends;
    bool of_numbers; /* align right */
};

void layout_init(JSContext *context, struct layout_list *list);
void layout_free(struct layout_list *list);
void layout_end_member(struct layout_list *list);
uint32_t layout_count(const struct layout_list *list);

/* How a list is written. */
struct layout_form {
    const char *open, *close;
    int indentation;     /* columns from the left */
    int width;           /* of a line */
    size_t prefix_width; /* of what stands before `open` */
    bool may_join;       /* on one line, when all fit; else a line each … */
    bool grouped;        /* … or in columns */
    bool has_rest;       /* the last member says how many more there are */
};

void layout_write(DynBuf *out, struct layout_list *list, const struct layout_form *form);

/* Sorts the members from the one at `first` on by their text. */
void layout_sort(struct layout_list *list, uint32_t first);

/* ---- text.c: strings and bytes ---- */

int text_install(JSContext *context);

void text_init(JSContext *context, DynBuf *text);

/* Appends a value's string form; false with an exception pending when it has none. */
bool text_put_value(JSContext *context, DynBuf *text, JSValueConst value);

/* A path as the C library wants it: to be given to JS_FreeCString. NULL with an exception pending when it has a NUL inside, where it
 * would be cut to another path. */
const char *text_path(JSContext *context, JSValueConst value);

/* Replaces what is not UTF-8 in a text (lone surrogates of a JavaScript string) in place. */
void text_make_valid(DynBuf *text, size_t from);

/* Columns that UTF-8 text takes, about. */
size_t text_width(const uint8_t *text, size_t size);

/* Text as a string; out of memory is thrown when an append had failed. Frees the text. */
JSValue text_to_string(JSContext *context, DynBuf *text);

/* Base64 to bytes as the "forgiving" decoding of the Infra standard has it; -1 when it is malformed, without an exception. */
int text_from_base64(const DynBuf *in, DynBuf *out);

/* A new Uint8Array. */
JSValue text_new_bytes(JSContext *context, const uint8_t *bytes, size_t size);

/* The bytes of an ArrayBuffer, typed array or DataView (borrowed); NULL with a TypeError pending. */
uint8_t *text_bytes_of(JSContext *context, JSValueConst value, size_t *size);

/* ---- console.c, std.c, os.c: globals ---- */

int console_install(JSContext *context);
JSValue console_log(JSContext *context, JSValueConst this_value, int argc, JSValueConst *argv);
int console_format(JSContext *context, DynBuf *out, int argc, JSValueConst *argv); /* as log does */
int std_install(JSContext *context);
int os_install(JSContext *context);

/* ---- format.c: printf ---- */

/* C's printf over JavaScript values: argv[0] is the format. */
int format_values(JSContext *context, DynBuf *out, int argc, JSValueConst *argv);

/* ---- ext_json.c ---- */

/* JSON with what people add to it in files; a NUL is at the end of the text. */
JSValue ext_json_parse(JSContext *context, const char *text, size_t size);

/* ---- incomplete.c ---- */

/* Whether a SyntaxError of this source says that it was cut short. */
bool incomplete_source(JSContext *context, JSValueConst error, const char *source, size_t size);

/* ---- display.c ---- */

int display_install(JSContext *context);

/* At the end of an eval: shows its completion value where that says how it looks. What is thrown there is told on stderr. */
void display_value(JSContext *context, JSValueConst value);

/* ---- tools.c ---- */

/* Asks the host for its tools, and lets programs find them. */
int tools_tell(JSContext *context);

/* ---- pack.c, unpack.c: values between the program and the host ---- */

int values_install(JSContext *context);
int values_pack_install(JSContext *context);

/* Appends the value as JSON, tagged (docs/values.md) or plain. A TypeError or RangeError: it has no form, or one of
 * more than `most` bytes. Runs the program's toJSON and getters. */
int values_pack(JSContext *context, DynBuf *out, JSValueConst value, bool tagged, size_t most);

/* The same as tagged JSON, with many bytes beside the text where the host takes them. */
int values_pack_beside(JSContext *context, DynBuf *out, JSValueConst value, size_t most);

/* The value of tagged JSON, after which there is a NUL. */
JSValue values_unpack(JSContext *context, const char *text, size_t size);
/* The same of what a tool returned. */
JSValue values_unpack_result(JSContext *context, const char *text, size_t size);

/* What tagged JSON calls a typed array of this class ("f64"), or NULL. */
const char *values_kind_of_array(const char *name);

/* A time in milliseconds as ISO 8601; false where it is no date of the years 1 to 9999. */
bool values_date_text(double ms, char *text, size_t room);

/* Whether it stands for a value that JavaScript has no type for: its `tag` is one of those. */
bool values_is_foreign(JSContext *context, JSValueConst object);
bool values_is_foreign_tag(const char *name);

/* ---- blobs.c: bytes that pass beside the text of values ---- */

/* Views of buffers, in the order of their numbers. They are looked at again when they are given: a program may have changed their buffers. */
struct blobs {
    struct blob {
        JSValue buffer;
        size_t offset, size;
    } *items;
    uint32_t count;
};

/* Remembers a view. Its number; -1: it had better stand in the text, as it is short, or there are too many. */
int32_t blobs_add(JSContext *context, struct blobs *to, JSValueConst buffer, size_t offset,
                  size_t size);
/* Gives them to the host. False: it does not take them. */
bool blobs_give(JSContext *context, const struct blobs *blobs);
void blobs_clear(JSContext *context, struct blobs *blobs);
/* A new typed array, of elements of so many bytes, with what the host has under this number; or an exception. */
JSValue blobs_take(JSContext *context, uint32_t from, uint32_t number, int type, size_t element);

/* ---- report.c: how an eval ended, for the host ---- */

/* An eval that ended well, with its completion value, in tagged JSON where the `flags` of the eval have it so; undefined is none. Runs the program's
 * toJSON and getters. */
uint32_t report_value(JSContext *context, JSValueConst value, uint32_t flags);
uint32_t report_exit(int32_t code);
uint32_t report_incomplete(void);

/* Takes the pending exception, writes it to stderr and into the record. */
uint32_t report_thrown(JSContext *context);

#endif
