/*
 * typescript.h: TypeScript as JavaScript, in the guest that has the compiler.
 */
#ifndef JAVASCRIPT_TYPESCRIPT_H
#define JAVASCRIPT_TYPESCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "quickjs.h"

/* Loads the compiler, where this guest has it. 0, or -1. Before an image is made. */
int typescript_install(void);

/* Whether this guest has it. */
bool typescript_is_there(void);

/* Whether a file is TypeScript by its name. */
bool typescript_is_name(const char *path);

struct typescript_result {
    char *text; /* JavaScript, with a NUL behind it: to be freed with js_free */
    size_t size;
    bool is_module; /* it has import or export */
};

/* Turns a source into JavaScript. Every line and column stays, or typescript_position tells where it was. 0; -1 with a
 * SyntaxError pending, and then `*at_end` tells whether more text could mend it. */
int typescript_strip(JSContext *context, const char *name, const char *source, size_t size,
                     struct typescript_result *result, bool *at_end);

/* Whether any source was compiled so that positions moved. */
bool typescript_has_maps(void);

/* Where a position of what was made of the source `name` was in it, each from 1. */
void typescript_position(const char *name, int *line, int *column);

#endif
