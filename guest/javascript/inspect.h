/*
 * inspect.h: what the files of inspect.c share. Each asks only those before it: peek.c (properties, without running anything),
 * literals.c (primitives and keys), headings.c (names of objects), members.c (what they hold), inspect.c (objects as a whole).
 *
 * An append that fails for want of memory leaves its mark in the text (dbuf_error), which the caller checks once.
 */
#ifndef JAVASCRIPT_INSPECT_H
#define JAVASCRIPT_INSPECT_H

#include "engine.h"
#include "guest.h"

/* The objects around the present one, from the inside out. */
struct level {
    const struct level *outer;
    void *object;
};

struct inspection {
    JSContext *context;
    const struct inspect_options *options;
    int indentation;
    int deepest;     /* level of the object that was opened last */
    DynBuf circular; /* objects (void *) that are referred to from inside themselves */
    bool failed;     /* an object's own function threw: the exception is kept … */
    JSValue thrown;  /* … here */
    /* A value inside another: inspect.c's, which all come back to. */
    void (*put_value)(struct inspection *in, DynBuf *out, JSValueConst value, int level,
                      const struct level *around);
};

/* What may be coloured, in the order that web:inspect gives the colours in. */
enum style {
    STYLE_SPECIAL,
    STYLE_NUMBER,
    STYLE_BIGINT,
    STYLE_BOOLEAN,
    STYLE_UNDEFINED,
    STYLE_NULL,
    STYLE_STRING,
    STYLE_SYMBOL,
    STYLE_DATE,
    STYLE_REGEXP,
    STYLE_NAME,
    STYLE_NONE,
};

/* ---- peek.c ---- */

void peek_forget_exception(JSContext *context);

/* A data property of an object or of its prototypes; undefined where there is none, or an accessor. Frees the object. */
JSValue peek_from(JSContext *context, JSValue object, JSAtom name);
JSValue peek(JSContext *context, JSValueConst object, const char *name);

/* Appends a primitive's string form; false where there is no memory, which the text is marked with. */
bool peek_put_text(JSContext *context, DynBuf *out, JSValueConst value);

/* Appends a string value; true when there was one, and not empty. */
bool peek_put_string(JSContext *context, DynBuf *out, JSValueConst string);
bool peek_put(JSContext *context, DynBuf *out, JSValueConst object, const char *name);

/* Appends the name of the class that an object's prototypes belong to; false when there is none. */
bool peek_put_constructor(JSContext *context, DynBuf *out, JSValueConst object);

/* Appends Symbol.toStringTag, unless it is listed among the object's own properties. */
void peek_put_tag(JSContext *context, DynBuf *out, JSValueConst object);

/* ---- literals.c ---- */

/* What goes before and behind coloured text; nothing where there are no colours. */
void literal_open(struct inspection *in, DynBuf *out, enum style style);
void literal_close(struct inspection *in, DynBuf *out, enum style style);
void literal_put_styled(struct inspection *in, DynBuf *out, enum style style, const char *text);

void literal_put(struct inspection *in, DynBuf *out, JSValueConst value, int level);
enum style literal_style(JSValueConst value);
void literal_put_key(struct inspection *in, DynBuf *out, JSAtom key, bool enumerable);

/* ---- headings.c ---- */

/* "TypeError", or the class's name where the class did not set a name of its own. */
void heading_put_error_name(JSContext *context, DynBuf *out, JSValueConst error);

/* Text of which each further line is moved right as the inspection is. */
void heading_put_indented(struct inspection *in, DynBuf *out, const uint8_t *text, size_t size);

/* Text that stands for an object as a whole (a function, an error, a date); false when it has none. */
bool heading_put_base(struct inspection *in, DynBuf *out, JSValueConst object,
                      enum engine_kind kind);

/* The colour of that text where it stands alone. */
enum style heading_style(JSValueConst object, enum engine_kind kind);

/* "Name(size) [Tag] " of an object without a base; nothing for plain objects and plain arrays. */
void heading_put(struct inspection *in, DynBuf *out, JSValueConst object, enum engine_kind kind,
                 int64_t length);

/* ---- members.c ---- */

struct names {
    JSPropertyEnum *names;
    uint32_t count;
};

/* The listed property names of an object: to be freed with members_free_names. */
struct names members_names(struct inspection *in, JSValueConst object, enum engine_kind kind);
void members_free_names(JSContext *context, struct names *all);

/* How many elements or entries an object has. */
int64_t members_size(struct inspection *in, JSValueConst object, enum engine_kind kind);

/* Adds what is inside an object of this kind, its properties aside; true when it was cut. */
bool members_add_contents(struct inspection *in, struct layout_list *list, JSValueConst object,
                          enum engine_kind kind, int64_t length, int level,
                          const struct level *around);

void members_add_property(struct inspection *in, struct layout_list *list, JSValueConst object,
                          JSAtom name, int level, const struct level *around);

#endif
