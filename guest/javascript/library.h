/*
 * library.h: the modules that come with the guest (library.c), and what they need of C (native.c and its like).
 */
#ifndef JAVASCRIPT_LIBRARY_H
#define JAVASCRIPT_LIBRARY_H

#include <stdbool.h>

#include "quickjs.h"

/* The full name ("node:fs") of a module that programs may ask for as "node:fs" or "fs"; NULL where there is none. It
 * lives as long as the guest. */
const char *library_name(const char *name);

/* The names of all modules in order, those that are only for the library among them; NULL after the last. */
const char *library_nth(size_t index);

/* What require(name) gives for such a module. */
JSValue library_require(JSContext *context, const char *name);

/* The same as a module: its properties are the exports, itself is the default. NULL with an exception pending. `name`
 * is a full one. */
JSModuleDef *library_module(JSContext *context, const char *name);

/* The first line of a file of lines that begins with `start`; undefined where there is none. */
JSValue library_line(JSContext *context, const char *name, const char *start);

/* The function of web:inspect that asks an object how it looks: (its function, the object, depth left, options). */
JSValue library_inspect(JSContext *context);

/* What a program gave as options of inspect, with all that is left out. */
JSValue library_inspect_options(JSContext *context, JSValueConst given);

/* What reads text in the encoding of this label: [name, function of (bytes, whether more comes)]; undefined for UTF-8. A RangeError where
 * there is no such encoding. */
JSValue library_decoder(JSContext *context, JSValueConst label, bool fatal, bool keep_mark);

/* Compiles all and defines the globals; before an image is made. */
int library_install(JSContext *context);

/* Fills the object `native` that every module of the library is given. */
int native_install(JSContext *context, JSValueConst native);
void bytes_install(JSContext *context, JSValueConst native);
void hash_install(JSContext *context, JSValueConst native);
void loop_install_natives(JSContext *context, JSValueConst native);
void async_install(JSContext *context, JSValueConst native);
void clone_install(JSContext *context, JSValueConst native);
void files_install(JSContext *context, JSValueConst native);
void commonjs_install_natives(JSContext *context, JSValueConst native);

#endif
