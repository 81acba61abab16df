/*
 * shim.h: what the parts of the Python guest know of each other. See shim.c for the whole.
 */
#ifndef BELLJAR_PYTHON_SHIM_H
#define BELLJAR_PYTHON_SHIM_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#include "belljar_guest.h"

/* ---- shim_report.c: from a raised exception to a result record. ---- */

/* Prepares what reporting needs when memory has run out. 0, or -1 with an exception set. */
int report_init(void);

/* Lets the strings of the last record go. */
void report_clear(void);

/* Fills the record for an evaluation that ended well, or that wants more lines. */
uint32_t *report_status(uint32_t status);

/* Takes the raised exception, prints what CPython would print for it, and fills the record. `end` is called between: before
 * a program that ends itself runs its exit functions. It leaves no exception. */
uint32_t *report_exception(void (*end)(void));

/* Fills the record for an evaluation whose last expression had this value: as JSON, or as tagged JSON where `flags` (BELLJAR_EVAL_…) have it so. */
uint32_t *report_value(PyObject *value, uint32_t flags);

/* Prints the raised exception to stderr with a line that says what was being done, and clears it. */
void report_failure(const char *doing);

/* ---- shim_files.c: files that a program left open. ---- */

/* Has every file that is opened for writing remembered. 0, or -1 with an exception set. */
int files_init(void);

/* Writes out stdout, stderr and every remembered file that is still open. Leaves no exception. */
void files_flush(void);

/* ---- shim_source.c: evaluated source, compiled and kept for tracebacks. ---- */

/* As if nothing had been compiled yet. 0, or -1 with an exception set. */
int source_init(void);

/* The name that the first evaluation's code carries: the script's; NULL for none. Steals no reference. */
void source_name_script(PyObject *name);

/* What a source becomes: the code of its statements, then that of a last expression, whose value is
 * the evaluation's. Either may be NULL. */
struct source_code {
    PyObject *statements, *expression;
};

/* Compiles `size` bytes at `text` (text[size] is 0). 0; -1 with an exception set, or without one where
 * `interactive` and more lines are needed. */
int source_compile(const char *text, size_t size, int interactive, struct source_code *code);

/* ---- shim_thaw.c: from an image to a sandbox of its own. ---- */

/* Finds what thaw_make_own changes, and has the random module forget its numbers. 0, or -1 with an exception set. */
int thaw_init(PyObject *main_globals, PyObject *customise);

/* Arguments, variables and time are those of this sandbox from now on. 0, or -1 with an exception set. */
int thaw_make_own(void);

/* The same in a sandbox that goes on from a snapshot: BELLJAR_RENEW_… says what is to be its own. */
int thaw_renew(uint32_t what);

/* When thaw_make_own was, since 1970 in nanoseconds. */
int64_t thaw_started_ns(void);

/* ---- shim_nursery.c: where the first objects of a program lie. ---- */

/* Has small blocks of all sizes taken side by side from now on. 0, or -1 with an exception set. */
int nursery_make(void);

/* ---- shim_immortal.c: objects of the image. ---- */

/* Makes every object that there is now immortal. 0, or -1 when out of memory. */
int immortal_make_all(void);

/* ---- shim_value.c: values as JSON. ---- */

/* The value as JSON text (bytes), as far as JSON holds it exactly; else NULL. No code of the program runs,
 * and no exception is left. `tagged`: only as far as it is the same in tagged JSON, where tuples are not lists. */
PyObject *value_to_json(PyObject *value, bool tagged);

/* ---- shim_sqlite.c: SQLite's locks. ---- */

/* 0, or -1 with an exception set. */
int sqlite_init(void);

/* ---- shim_display.c: what programs show. ---- */

/* 0, or -1 with an exception set. */
int display_init(void);

/* At the end of an evaluation: shows its last expression's value (NULL: there is none) where that says how it looks, and open
 * figures. 0, or -1 with an exception set: one that ends programs. */
int display_finish(PyObject *value);

/* (((type, bytes), …), metadata) -> BELLJAR_DISPLAY_…: for _belljar_host. */
PyObject *display_show(PyObject *module, PyObject *args);

/* ---- shim_blobs.c: bytes that pass beside the text of values. ---- */

/* (buffers) -> BELLJAR_BLOBS_…, and (from, number) -> bytes: for _belljar_host. */
PyObject *blobs_give(PyObject *module, PyObject *buffers);
PyObject *blobs_take(PyObject *module, PyObject *args);

/* ---- shim_tools.c: the host's tools. ---- */

/* The builtin module _belljar_host. */
PyMODINIT_FUNC PyInit__belljar_host(void);

/* ---- shim_modules.c: modules of packages that are linked in. ---- */

/* Ends with a NULL name. */
extern struct _inittab linked_modules[];
/* Has their random numbers begin anew, when an image is made and in each fork. Touches nothing that nobody used. */
void linked_modules_renew(void);

#endif
