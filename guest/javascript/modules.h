/*
 * modules.h: what the files that find and load modules share.
 */
#ifndef JAVASCRIPT_MODULES_H
#define JAVASCRIPT_MODULES_H

#include "guest.h"

/* ---- resolve.c: names ---- */

/* The file (without links) or native module that `name` means in the file `base`: to be freed with js_free;
 * NULL with an exception. */
char *resolve_module(JSContext *context, const char *base, const char *name, bool require);

enum resolve_format {
    RESOLVE_MODULE,
    RESOLVE_COMMONJS,
    RESOLVE_JSON,
    RESOLVE_EITHER, /* the source tells: syntax_is_module */
};

/* What a file is by its ending and its package. */
enum resolve_format resolve_format(JSContext *context, const char *path);

/* Forgets what was read of packages. */
void resolve_forget(JSContext *context);

/* Whether Node has a module of this name. */
bool resolve_is_node_module(const char *name);

/* ---- modules.c: loading ---- */

/* The full name of a module that is no file, in which it lives as long as the guest; NULL for all others. */
const char *modules_builtin(const char *name);

/* What require gives for one of these, by its full name. */
JSValue modules_require_builtin(JSContext *context, const char *name);

/* Takes "." and ".." out of an absolute path, in place; a slash at the end stays. */
void modules_simplify(char *path);

/* A path as seen from the file `base`: to be freed with js_free. */
char *modules_path_from(JSContext *context, const char *base, const char *name);

/* Throws an Error with a code. */
void modules_throw(JSContext *context, const char *code, const char *message);

/* The source of a module, with a NUL after its `*size` bytes: JavaScript, whatever the file is written in. To be
 * freed with js_free; NULL with an exception. */
char *modules_source(JSContext *context, const char *path, size_t *size);

/* ---- commonjs.c: require ---- */

int commonjs_install(JSContext *context);

/* Tells the script of this name what `__filename` and `__dirname` are. */
int commonjs_name_script(JSContext *context, const char *name);

/* A CommonJS file as a module with exports of the names that its source shows; takes no ownership. */
JSModuleDef *commonjs_as_module(JSContext *context, const char *path, const char *source,
                                size_t size);

/* ---- exports.c: what a CommonJS source exports, by its look ---- */

struct exports_found {
    void (*name)(void *user, const char *text, size_t size);
    void (*again)(void *user, const char *text, size_t size); /* all of this module's */
    void *user;
};

/* Reads a source. Returns whether it is a module's, by import and export, rather than CommonJS. */
bool exports_read(const char *source, size_t size, const struct exports_found *found);

/* ---- syntax.c: modules and CommonJS told apart ---- */

bool syntax_is_module(JSContext *context, const char *source, size_t size);

/* Whether a script that did not compile, for this reason, is one that a module may be. */
bool syntax_is_failed_script(JSContext *context, JSValueConst error, const char *source,
                             size_t size);

#endif
