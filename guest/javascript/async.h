/*
 * async.h: on whose behalf something runs (async.c).
 */
#ifndef JAVASCRIPT_ASYNC_H
#define JAVASCRIPT_ASYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "quickjs.h"

/* Who made something that runs later: the stores of that moment, its own number, and the number of what ran then. */
struct async_origin {
    JSValue stores;
    uint32_t id, trigger;
};

/* A number that nothing else has. */
uint32_t async_new_id(void);

/* Fills an origin with what is now; to be given to async_forget. */
void async_note(JSContext *context, struct async_origin *origin, uint32_t id);
void async_forget(JSContext *context, struct async_origin *origin);

/* Calls a function from the loop on behalf of `origin`. */
JSValue async_call(JSContext *context, const struct async_origin *origin, JSValueConst function,
                   int argc, JSValueConst *argv);

/* An eval begins; it ends, and nothing of it remains. */
void async_begin(bool is_script);
void async_end(JSContext *context);

#endif
