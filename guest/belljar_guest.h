/*
 * belljar_guest.h: what an interpreter guest and Belljar's host agree on.
 *
 * A guest is a WASI preview 1 *reactor*: the host calls `_initialize` once, then the exports named
 * here, one at a time and never nested. Between two calls no guest frame is live, so that the whole
 * state of the guest is its memory, its exported globals and what the host holds for it.
 *
 *     _initialize ── belljar_init ── belljar_thaw ── belljar_eval ── belljar_eval ── …
 *                    (what may be    (what belongs
 *                    frozen into      to this one
 *                    an image)        sandbox)
 *
 * A sandbox that goes on from a snapshot of another one begins with belljar_renew instead.
 *
 * Both sides include this file: the host to know names and offsets, a guest to define the exports.
 * All numbers are little-endian 32-bit, all addresses are offsets in the exported `memory`. The host
 * trusts none of them.
 */
#ifndef BELLJAR_GUEST_H
#define BELLJAR_GUEST_H

/* Version of this interface; `belljar_guest_abi` returns it. It changes when anything below does, but for what a guest may
 * leave out. */
#define BELLJAR_GUEST_ABI 3

/* ---- Exports that every guest defines; `memory` and the mutable global `__stack_pointer` too. ---- */

/* (): the reactor's constructors, called first of all, where it is exported. */
#define BELLJAR_EXPORT_CONSTRUCTOR "_initialize"

/* () -> i32: BELLJAR_GUEST_ABI of the header that the guest was built with. */
#define BELLJAR_EXPORT_ABI "belljar_guest_abi"

/* () -> i32: starts the interpreter and imports what every eval wants; 0, or a negative number after
 * a message on stderr. Uses no arguments, no environment, no randomness that must differ between
 * sandboxes: all that it leaves in memory may be frozen into an image and shared. An image exports
 * neither this function nor the constructors. */
#define BELLJAR_EXPORT_INIT "belljar_init"

/* () -> i32: makes the interpreter this sandbox's own: takes arguments (WASI args_get: [0] is the
 * script's name), environment, entropy and working directory. Called once, after init, before the
 * first eval; 0, or a negative number after a message on stderr. */
#define BELLJAR_EXPORT_THAW "belljar_thaw"

/* (what) -> i32: called once in a sandbox that goes on from a snapshot, before its first eval, with what is to be its
 * own rather than that of the sandbox that the snapshot was taken of: BELLJAR_RENEW_…. 0, or a negative number after a
 * message on stderr. A guest may leave it out: its sandboxes go on with the same of both. */
#define BELLJAR_EXPORT_RENEW "belljar_renew"

/* Whatever gives random numbers is seeded anew, unless the program seeded it itself. */
#define BELLJAR_RENEW_RANDOM 1u
/* Arguments and variables are those that WASI has now (args_get, environ_get). */
#define BELLJAR_RENEW_IDENTITY 2u

/* (size) -> address: room for `size` bytes of source, or 0 when there is none. It stays valid until
 * the end of the eval that is given it; `belljar_eval` frees it. */
#define BELLJAR_EXPORT_ALLOC "belljar_alloc"

/* (source, source_size, flags) -> address of a result record (below), valid until the next call.
 * Source is UTF-8, not NUL-terminated, from `belljar_alloc`. Globals persist from eval to eval. */
#define BELLJAR_EXPORT_EVAL "belljar_eval"

/* ---- Flags of belljar_eval. ---- */

/* As at a prompt: print the value of an expression statement, and answer BELLJAR_STATUS_INCOMPLETE
 * instead of an error where more lines could complete the source. */
#define BELLJAR_EVAL_INTERACTIVE 1u

/* The source is a module (JavaScript: import and top-level await; Python: no meaning). */
#define BELLJAR_EVAL_MODULE 2u

/* The value is wanted in tagged JSON (docs/values.md): what JSON cannot hold is an object with one key that starts with
 * "$". Arguments and results of tools always are. */
#define BELLJAR_EVAL_RICH 4u

/* The value may name bytes that stand beside its text (docs/values.md, "$blob"): those that were given last, by BELLJAR_IMPORT_GIVE. Only with
 * BELLJAR_EVAL_RICH. */
#define BELLJAR_EVAL_BLOBS 8u

/* Set by the host alone: which tools there are has changed since the last eval, or they are told of for the first
 * time. The guest asks for them (below) and lets its programs find them. */
#define BELLJAR_EVAL_TOOLS 0x100u

/* ---- Imports by which any module may call the host's tools, of module "belljar". ---- */

#define BELLJAR_IMPORT_MODULE "belljar"

/* () -> size: makes the list of tools the text to take, as JSON:
 * [{"name", "description": text or null, "schema": object or null, "global": bool, "blobs": true where the tool takes and answers with bytes beside the
 * text (below)}]. */
#define BELLJAR_IMPORT_TOOLS "tools"

/* (name, name_size, arguments, arguments_size) -> one of BELLJAR_TOOL_…: calls a tool with an object in tagged
 * JSON and waits for it. The text to take is the result in tagged JSON, or of an error {"type", "message"}. */
#define BELLJAR_IMPORT_CALL "tool_call"

#define BELLJAR_TOOL_RETURNED 0
#define BELLJAR_TOOL_RAISED   1 /* by the tool */
#define BELLJAR_TOOL_REFUSED                                                                       \
    2 /* no such tool, arguments that do not fit, a limit of the tool: it was not called */
#define BELLJAR_TOOL_TIMEOUT 3 /* it took longer than it may */

/* (buffer, size) -> size of the text to take, of which at most `size` bytes are copied; what is copied whole is gone. */
#define BELLJAR_IMPORT_TAKE "tool_take"

/* ---- Import by which any module may show something, of module "belljar". ---- */

/* (parts, count, metadata, metadata_size) -> one of BELLJAR_DISPLAY_…: shows one thing, in `count` forms: a MIME bundle as notebooks
 * have them (docs/displays.md). `parts` is the address of as many records as laid out below; metadata is a JSON object, or of size 0.
 * All of it is copied during the call; nothing of it is kept unless all of it is right and fits. */
#define BELLJAR_IMPORT_DISPLAY "display"

#define BELLJAR_DISPLAY_TAKEN 0
#define BELLJAR_DISPLAY_LEFT_OUT                                                                   \
    1 /* beyond a limit of the sandbox: it is counted, nothing of it is kept */
#define BELLJAR_DISPLAY_INVALID                                                                    \
    (-1) /* no form or too many, addresses outside the memory, a type that is none or is there twice, no JSON object */

/* A form: its MIME type (type/subtype of RFC 6838, without parameters; capitals count as small letters) and its bytes.
 * Byte offsets of the 32-bit fields. */
#define BELLJAR_DISPLAY_TYPE      0 /* (address, size) */
#define BELLJAR_DISPLAY_TYPE_SIZE 4
#define BELLJAR_DISPLAY_DATA      8 /* (address, size) */
#define BELLJAR_DISPLAY_DATA_SIZE 12
#define BELLJAR_DISPLAY_BYTES     16

/* Of one display. */
#define BELLJAR_DISPLAY_PARTS_MOST    64
#define BELLJAR_DISPLAY_METADATA_MOST 65536
#define BELLJAR_DISPLAY_TYPE_MOST     127

/* ---- Imports by which bytes pass beside the text of a value, of module "belljar". ---- */

/* (parts, count) -> one of BELLJAR_BLOBS_…: the bytes that the value of this eval, or the arguments of the next call of a tool, name, {"$blob": [number, type]} of tagged JSON, by their place from 0
 * on. They are copied during the call, and take the place of those given before; what comes later names each of them exactly once, or is no value.
 * `parts` is the address of as many records as laid out below. Nothing is taken unless all is. */
#define BELLJAR_IMPORT_GIVE "blobs_give"

#define BELLJAR_BLOBS_TAKEN    0
#define BELLJAR_BLOBS_LEFT_OUT 1    /* beyond the limit value-bytes, or the host has no memory */
#define BELLJAR_BLOBS_INVALID  (-1) /* too many, or addresses outside the memory */

/* Byte offsets of the 32-bit fields of a record. */
#define BELLJAR_BLOB_ADDRESS 0
#define BELLJAR_BLOB_SIZE    4
#define BELLJAR_BLOB_BYTES   8

/* Beside one value. */
#define BELLJAR_BLOBS_MOST 65536

/* (from, number, buffer, size) -> the size of the bytes with that number, which are copied where they fit into `size`; -1: there are none, or the
 * buffer lies outside the memory. They stay where they are: until the end of the eval, or the next call of a tool. */
#define BELLJAR_IMPORT_BLOB "blob_take"

#define BELLJAR_BLOB_OF_EVAL 0 /* that the host has attached to this eval */
#define BELLJAR_BLOB_OF_TOOL 1 /* that the result of the last call of a tool names */

/* ---- What preview 1 lacks, which any module may import of module "belljar". ---- */

/* (fd, to, result) -> errno of preview 1: duplicates a descriptor, as POSIX does: as the lowest free number (`to` is
 * BELLJAR_FD_LOWEST) or as `to`, which is closed first if it is open. Both have one position and one set of flags.
 * The number goes to the four bytes at `result`. */
#define BELLJAR_IMPORT_FD_DUP "fd_dup"
#define BELLJAR_FD_LOWEST     0xffffffffu

/* ---- The result record: byte offsets of its 32-bit fields. ---- */

#define BELLJAR_RESULT_STATUS         0 /* one of BELLJAR_STATUS_… */
#define BELLJAR_RESULT_EXIT_CODE      4 /* BELLJAR_STATUS_EXIT: the code, as the guest gave it */
#define BELLJAR_RESULT_TYPE           8 /* BELLJAR_STATUS_ERROR: (address, size) of the exception's */
#define BELLJAR_RESULT_TYPE_SIZE      12 /* type name, e.g. "ZeroDivisionError" */
#define BELLJAR_RESULT_MESSAGE        16 /* … of str(exception) */
#define BELLJAR_RESULT_MESSAGE_SIZE   20
#define BELLJAR_RESULT_TRACEBACK      24 /* … of the text that was printed to stderr for it */
#define BELLJAR_RESULT_TRACEBACK_SIZE 28
#define BELLJAR_RESULT_VALUE          32 /* BELLJAR_STATUS_OK: (address, size) of the last expression's */
#define BELLJAR_RESULT_VALUE_SIZE                                                                  \
    36 /* value as JSON; address 0: JSON cannot hold it, or there is none */
#define BELLJAR_RESULT_REPR      40 /* … as text for people; address 0: there is no value */
#define BELLJAR_RESULT_REPR_SIZE 44
#define BELLJAR_RESULT_BYTES     48

/* A value that takes more than this as JSON has none. The host drops what is longer, or no JSON. */
#define BELLJAR_VALUE_BYTES 1048576

#define BELLJAR_STATUS_OK         0
#define BELLJAR_STATUS_ERROR      1 /* an uncaught exception; its traceback went to stderr */
#define BELLJAR_STATUS_EXIT       2 /* the program asked to end (sys.exit, std.exit) */
#define BELLJAR_STATUS_INCOMPLETE 3 /* BELLJAR_EVAL_INTERACTIVE: more input is needed */

/* ---- Where the host mounts things for every interpreter guest. ---- */

/* The working directory: scratch in memory, the guest's own. */
#define BELLJAR_GUEST_WORK "/work"

/* The guest's library (Python: the standard library's archive, unpacked as a tree), read-only. */
#define BELLJAR_GUEST_LIB "/lib/belljar"

#endif
