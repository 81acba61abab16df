/*
 * engine.h: what the guest needs from QuickJS beyond quickjs.h.
 *
 * QuickJS's public interface cannot tell a Map from a Date, walk a Map without running code that the
 * program may have replaced, or seed Math.random. engine.c compiles QuickJS itself and adds these
 * few readers behind it. None of them runs any JavaScript.
 */
#ifndef JAVASCRIPT_ENGINE_H
#define JAVASCRIPT_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/* What an object is by its internal slots, whatever its prototype says. */
enum engine_kind {
    ENGINE_NOT_AN_OBJECT,
    ENGINE_PLAIN, /* an ordinary object, or a class that needs no care */
    ENGINE_ARRAY,
    ENGINE_ARGUMENTS,
    ENGINE_FUNCTION,
    ENGINE_ERROR,
    ENGINE_BOXED, /* new Number(1) and its like */
    ENGINE_DATE,
    ENGINE_REGEXP,
    ENGINE_ARRAY_BUFFER,
    ENGINE_SHARED_ARRAY_BUFFER,
    ENGINE_TYPED_ARRAY,
    ENGINE_DATA_VIEW,
    ENGINE_MAP,
    ENGINE_SET,
    ENGINE_WEAK_MAP,
    ENGINE_WEAK_SET,
    ENGINE_WEAK_REF,
    ENGINE_GENERATOR,
    ENGINE_ITERATOR,
    ENGINE_MODULE,
    ENGINE_PROXY,
    ENGINE_PROMISE,
};

enum engine_kind engine_kind(JSValueConst value);

/* How a function was written. */
enum engine_function {
    ENGINE_FUNCTION_NORMAL,
    ENGINE_FUNCTION_CLASS,
    ENGINE_FUNCTION_ASYNC,
    ENGINE_FUNCTION_GENERATOR,
    ENGINE_FUNCTION_ASYNC_GENERATOR,
};

enum engine_function engine_function(JSValueConst function);

/* The number of live entries of a Map or Set. */
uint32_t engine_collection_size(JSValueConst collection);

/* Steps through a Map or Set in insertion order: *cursor is NULL before the first call. Returns 0 after
 * the last entry. Key and value are borrowed; the collection must not change between calls. */
int engine_collection_next(JSValueConst collection, void **cursor, JSValueConst *key,
                           JSValueConst *value);

/* The primitive inside an ENGINE_BOXED, or the time value of an ENGINE_DATE: borrowed. */
JSValueConst engine_boxed_value(JSValueConst boxed);

/* The target of a proxy, or null when it was revoked: borrowed. */
JSValueConst engine_proxy_target(JSValueConst proxy);

/* Date in ISO form; "Invalid Date" where there is none. */
JSValue engine_date_string(JSContext *context, JSValueConst date);

/* Pattern of a regular expression as its `source` gives it, and its flags as text (at most 8 and NUL). */
JSValue engine_regexp_source(JSContext *context, JSValueConst regexp);
void engine_regexp_flags(JSValueConst regexp, char flags[static 16]);

/* The buffer of a typed array or DataView (borrowed), its first byte and its length in bytes. */
JSValueConst engine_view_buffer(JSValueConst view, size_t *offset, size_t *length);

/* Name of the class that an object was made as ("Uint8Array", "Map"): to be freed with JS_FreeAtom. */
JSAtom engine_class_name(JSContext *context, JSValueConst object);

/* The name of Symbol.toStringTag; it needs no freeing. */
JSAtom engine_to_string_tag(void);

/* The frames of an error, a line each, as they were when it was made: a string, not yet with its name, or undefined. */
JSValueConst engine_error_frames(JSValueConst error);

/* Whether an array or typed array has elements alone: no holes, no further properties. */
int engine_is_dense(JSValueConst array);

/* Whether a property name is an array index; then *index is it. */
int engine_atom_index(JSAtom atom, uint32_t *index);

/* Whether the stack is nearly used up: recursion should go no deeper. */
int engine_stack_is_low(JSContext *context);

/* What a script gives whose first line has this number. */
JSValue engine_eval_from_line(JSContext *context, const char *text, size_t size, const char *name,
                              int line);

/* Whether a linked module, or one that it imports, awaits at its top level; -1 with an exception pending. */
int engine_module_awaits(JSContext *context, JSModuleDef *module);

/* Math.random is seeded when it is used next. */
void engine_forget_random(JSContext *context);

/* What there is now is what the language has: of it the library sees what it was when the heap was frozen. -1 with an exception pending. */
int engine_mark_language(JSContext *context);

/* Calls a method on the library's behalf that is looked up as the program has it. Runs JavaScript. */
JSValue engine_invoke_as_program(JSContext *context, JSValueConst object, JSAtom name, int argc,
                                 JSValueConst *argv);

/* Collects garbage and makes all that is left permanent: no later collection reads or writes it. What a program makes first
 * lies close together then. Once, before an image is made. 0, or -1: out of memory. */
int engine_freeze(JSContext *context);

/* Makes the interrupt handler run at the next call or backward jump instead of some time soon. */
void engine_interrupt_now(JSContext *context);

/* Whether `error` would pass every catch and finally of the program. */
int engine_is_uncatchable(JSContext *context, JSValueConst error);

/* What jobs carry along from whoever asked for them: undefined at first. Borrowed; given away. */
JSValueConst engine_async_context(JSContext *context);
void engine_set_async_context(JSContext *context, JSValue value);

#endif
