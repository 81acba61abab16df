/*
 * runtime.h: the objects behind bj_engine and bj_runtime: what sandboxes share, and what outlives them.
 */
#ifndef BJ_SANDBOX_RUNTIME_H
#define BJ_SANDBOX_RUNTIME_H

#include <stdatomic.h>

#include "belljar.h"
#include "engine/engine.h"
#include "policy/descriptors.h"
#include "vfs/archive/archive.h"

struct bj_engine {
    engine_core *engine;
    char *guest_dir; /* one folder or several, with colons between */
    struct programs *programs;
    policy_descriptors descriptors; /* that guests hold of the host */
};

struct bj_runtime {
    atomic_uint references; /* of whoever opened it, and of programs.c */
    bj_engine *engine;
    engine_module *module;
    char *name;
    bj_runtime_kind kind;
    bool has_initialize;  /* a reactor's constructor */
    bool is_image;        /* an interpreter that has been started and frozen */
    bool is_guest;        /* one of Belljar's own, from the folder of the guests */
    bool renews;          /* an interpreter with belljar_renew */
    vfs_archive *library; /* mounted at BELLJAR_GUEST_LIB, or NULL */
};

/* ---- guests.c: where guests and cache lie. ---- */

/* The folders of the guests, with colons between, to be freed; NULL when out of memory. */
char *sandbox_guest_dir(const char *asked) BJ_CHECK_RESULT;
/* The folder of compiled modules that came with this library, to be freed; NULL: there is none. Where guests are named
 * by who uses the library makes no difference. */
char *sandbox_shipped_dirs(const char *asked) BJ_CHECK_RESULT;
/* The folder of the cache of compiled modules, to be freed; "" for none, NULL when out of memory. */
char *sandbox_cache_dir(const char *asked) BJ_CHECK_RESULT;
/* The path of a guest's file, to be freed: "python", ".wasm". NULL when out of memory. */
char *sandbox_guest_file(const bj_engine *engine, const char *guest,
                         const char *suffix) BJ_CHECK_RESULT;
/* Whether `name` is a guest's name rather than a path. */
bool sandbox_is_guest(const char *name);

/* ---- runtime.c ---- */

/* Opened anew, for one caller. NULL: as bj_runtime_open. */
bj_runtime *runtime_of_bytes(bj_engine *engine, bj_span bytes, const char *name,
                             bj_error *err) BJ_CHECK_RESULT;
/* Only to be described: it is not compiled. */
bj_runtime *runtime_to_describe(bj_engine *engine, bj_span bytes, const char *name,
                                bj_error *err) BJ_CHECK_RESULT;
bj_runtime *runtime_of_file(bj_engine *engine, const char *path, const char *name,
                            bj_error *err) BJ_CHECK_RESULT;
void runtime_release(bj_runtime *runtime);
/* The file of a guest, or of what is no guest's name, to be freed. NULL: BJ_ERROR_IO (it is missing), _MEMORY. */
char *runtime_path(const bj_engine *engine, const char *name, bj_error *err) BJ_CHECK_RESULT;
/* An interpreter's library: NAME-lib.zip for NAME.wasm and NAME.image.wasm, to be freed. NULL when out of memory. */
char *runtime_library(const char *path) BJ_CHECK_RESULT;

/* ---- programs.c: what is open already. ---- */

typedef struct programs programs;
programs *programs_new(void) BJ_CHECK_RESULT;
/* Lets go of what it keeps. Nobody is opening anything. */
void programs_delete(programs *all);

#endif
