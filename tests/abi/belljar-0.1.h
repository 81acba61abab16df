/** @file belljar.h
 * @brief The whole public interface of libbelljar. It compiles alone, as C99 and as C++.
 *
 * Belljar runs code that nobody has read, in a WebAssembly sandbox. A program that does:
 *
 * @code{.c}
 * #include <belljar.h>
 * #include <stdio.h>
 * #include <string.h>
 *
 * int main(void)
 * {
 *     const char *source = "print(6 * 7)";
 *     bj_error err = {BJ_ERROR_NONE, 0, ""};
 *     bj_policy policy;
 *     bj_policy_init(&policy);
 *     policy.wall_ms = 2000;
 *     bj_engine *engine = bj_engine_new(NULL, &err);
 *     bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;
 *     bj_sandbox *box = python ? bj_sandbox_new(python, &policy, &err) : NULL;
 *     bj_receipt *receipt = box ? bj_sandbox_eval(box, source, strlen(source), &err) : NULL;
 *     if (receipt)
 *         printf("%s: %s", bj_outcome_name(bj_receipt_outcome(receipt)),
 *                bj_receipt_stdout(receipt, NULL));
 *     else
 *         fprintf(stderr, "%s\n", err.message);
 *     bj_receipt_delete(receipt);
 *     bj_sandbox_delete(box);
 *     bj_runtime_delete(python);
 *     bj_engine_delete(engine);
 *     bj_policy_clear(&policy);
 *     return receipt ? 0 : 1;
 * }
 * @endcode
 *
 * **Failure.** There are two kinds. What goes wrong because of the *guest* (an exception, a limit,
 * a trap) is an outcome in a receipt. What goes wrong because of the *host or the caller* (no
 * memory, a bad argument, an invalid module) is an error: the function returns NULL or a negative
 * number and fills the caller's bj_error. "Errors" below lists the codes that are to be expected.
 * BJ_ERROR_MEMORY can come from every function that takes a bj_error.
 *
 * **Threads.** Each function names its class:
 * - *any*: from any thread, also while other threads call functions on the same object;
 * - *one*: from any thread, but by one at a time for each object. Sandboxes detect the violation
 *   (BJ_ERROR_BUSY); for policies, receipts and changes it is the caller's duty;
 * - *signal*: as *any*, and from a signal handler;
 * - *callback*: only inside the callback, or only until the call is answered.
 *
 * **Lifetime.** What a function returns belongs to the caller, who gives it to the matching
 * `_delete`, or to bj_free where it is memory. Sandboxes, snapshots and pools are deleted before
 * their runtime, runtimes before their engine, a scheduler before the sandboxes of tasks that are
 * not done. Every `_delete(NULL)` does nothing. Strings that an accessor returns belong to the
 * object, and live until it is deleted, unless the function says otherwise.
 *
 * **Callbacks** run on the thread that is named with them, must return, and must not leave by
 * longjmp or by a C++ exception. Where nothing else is said they may call every function of class
 * *signal*, and functions of class *any* and *one* on other objects than the one that calls.
 *
 * **Growth.** A program that was built against this header runs with every later library of the
 * same SONAME. A struct that begins with `size_t size` says how large the caller's header knows
 * it: bj_policy_init(), bj_engine_options_init() and the like set it, elsewhere set it to
 * `sizeof`. Fields are only ever added at its end. A field that the caller does not know has its
 * default. A field that the *library* does not know is refused if it is not zero
 * (BJ_ERROR_UNSUPPORTED), and filled with zero where the library fills the struct. bj_error and
 * bj_blob never change. New values may appear in every enum that a function returns: treat an
 * unknown one as a failure, or show its name.
 *
 * Copyright and licence: see LICENSE.
 */
#ifndef BELLJAR_H
#define BELLJAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup version Version and memory
 * What is linked, and giving memory back.
 * @{ */

#if defined(__GNUC__)
/** Marks what the shared library exports. */
#define BJ_API __attribute__((visibility("default")))
/** Marks functions whose result must be looked at. */
#define BJ_CHECKED __attribute__((warn_unused_result))
#else
#define BJ_API
#define BJ_CHECKED
#endif

/** The version of this header. The one place where it is written down: all else reads it here. */
#define BJ_VERSION "0.1.0"
/** The same as a number that grows: 10,000 × major + 100 × minor + patch. */
#define BJ_VERSION_NUMBER 100

/** The version of the library that is linked, as opposed to BJ_VERSION of the header.
 *
 * @thread any
 * @life static
 * @since 0.1 */
BJ_API const char *bj_version(void);

/** The version of the library that is linked, as BJ_VERSION_NUMBER counts.
 *
 * @thread any
 * @since 0.1 */
BJ_API unsigned bj_version_number(void);

/** Frees memory that this library has returned: a text of a `_describe` function, the bytes of a
 * file.
 *
 * NULL does nothing. It is the library's own free(), which need not be the program's.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_free(void *memory);

/** @} */

/** @defgroup error Errors
 * What goes wrong because of the host or the caller. See docs/errors.md.
 * @{ */

/** Why a function has failed. */
typedef enum bj_error_code {
    BJ_ERROR_NONE = 0,    /**< nothing has failed */
    BJ_ERROR_ARGUMENT,    /**< the caller passed something that cannot be right */
    BJ_ERROR_MEMORY,      /**< the host is out of memory or address space */
    BJ_ERROR_IO,          /**< a system call failed; `sys_errno` says how */
    BJ_ERROR_MODULE,      /**< not a WebAssembly module that can be compiled */
    BJ_ERROR_IMPORT,      /**< the module imports something that nobody grants */
    BJ_ERROR_UNSUPPORTED, /**< valid, but not something that this library or runtime does */
    BJ_ERROR_ENDED,       /**< the sandbox has ended: by a limit, a trap or an exit */
    BJ_ERROR_GUEST,       /**< an interpreter guest broke the interface of belljar_guest.h */
    BJ_ERROR_ENGINE,      /**< the engine failed in a way that it should not */
    BJ_ERROR_BUSY,        /**< not now: a queue is full, a job is not done, a sandbox is in use */
    BJ_ERROR_STOPPED      /**< an interrupt or a timeout of the caller's has ended it on the way */
} bj_error_code;

/** Why and how a function has failed. It belongs to the caller; there is nothing to free.
 *
 * Functions that take one accept NULL, and write it only when they fail. Its layout never changes.
 */
typedef struct bj_error {
    /** Which kind of failure. */
    bj_error_code code;
    /** errno of the system call, or of the guest's file operation, that has failed; or 0. */
    int sys_errno;
    /** One line, NUL-terminated: what is wrong, and what to do about it. */
    char message[256];
} bj_error;

/** @} */

/** @defgroup engine Engine
 * What is shared by a whole process: the compiler, the cache of compiled modules, prepared memory,
 * a clock. One for each process is right.
 * @{ */

/** An engine. */
typedef struct bj_engine bj_engine;

/** What an engine may use. Set up by bj_engine_options_init(). */
typedef struct bj_engine_options {
    /** Set by bj_engine_options_init(). */
    size_t size;
    /** Sandboxes that may be alive at once, 1 to 30,000. Each reserves address space, not memory.
     * Default 1,000. */
    uint32_t max_sandboxes;
    /** Largest module that is accepted, in bytes. Default 256 MiB. */
    uint64_t max_module_bytes;
    /** Folder of compiled modules. NULL: `$BELLJAR_CACHE`, else `$XDG_CACHE_HOME/belljar`, else
     * `~/.cache/belljar`. "": none. It is used only if it belongs to this user alone (mode 0700).
     */
    const char *cache_dir;
    /** Folder of the guests (python.wasm, …), or several with colons between: the first one that
     * has a guest provides it. NULL: `$BELLJAR_GUESTS`, else where they were installed. */
    const char *guest_dir;
    /** Called with what takes long ("compiling python.wasm") or is worth knowing; NULL: nobody is.
     * On the thread that opens a runtime. `line` lives until the function returns. */
    void (*log)(void *user, const char *line);
    /** Given to `log`. */
    void *log_user;
    /** Descriptors of the host that the guests of all sandboxes may hold together: files and
     * directories below what was granted. Granted directories themselves, archives, and what the
     * engine needs come on top. 0, the default: half of RLIMIT_NOFILE when the engine is made. The
     * library never changes that limit; raise it before, where many sandboxes are to read files. */
    uint32_t host_descriptors;
    /** Milliseconds of processor time, all threads together, that compiling one module may take. It
     * is compiled by a process of its own. 0, the default: 3 s, and 3 s more for each MiB of code.
     * Guests of the installation have no limit. See docs/limits.md. */
    uint64_t compile_ms;
    /** Bytes of memory that this process may take. 0, the default: 384 MiB, and 64 MiB more for
     * each MiB of code. */
    uint64_t compile_bytes;
    /** Folder of compiled guests (bj_runtime_precompile()), or up to 8 with colons between, besides
     * the one that was installed with this library. NULL: none. What is in it runs as the host's
     * own code. */
    const char *compiled_dir;
} bj_engine_options;

/** What bj_engine_options_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_engine_options_init_sized(bj_engine_options *options, size_t size);

/** Sets every option to its default.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_engine_options_init(bj_engine_options *options)
{
    bj_engine_options_init_sized(options, sizeof *options);
}

/** Makes an engine.
 *
 * `options` may be NULL: all defaults. What it points to is copied, strings too.
 *
 * @thread any
 * @life the caller's; after it all that was made of it: runtimes first
 * @errors NULL: BJ_ERROR_ARGUMENT, _ENGINE, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_engine *bj_engine_new(const bj_engine_options *options, bj_error *err);

/** Deletes an engine, whose runtimes have all been deleted.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_engine_delete(bj_engine *engine);

/** What this machine supports and what was chosen, as a JSON object.
 *
 * {"version", "wasmtime", "allocation": "pooling" | "on demand", "allocation_reason",
 * "pagemap_scan", "keep_resident_bytes", "max_sandboxes", "host_descriptors", "cache": {"dir",
 * "usable", "reason", "entries", "bytes"}, "guests": {"dir", "python": bool, "javascript": bool,
 * "typescript": bool, "packages": {name: version, …}}, "cpu", "kernel"}. "packages" are those that
 * are linked into Python; "dir" is one folder, or several with colons between.
 *
 * @thread any
 * @life the caller's, for bj_free()
 * @errors NULL: out of memory
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_engine_describe(bj_engine *engine);

/** @} */

/** @defgroup runtime Runtimes
 * A guest program, compiled and ready to be started.
 * @{ */

/** A runtime. It is shared by all sandboxes that are made of it. */
typedef struct bj_runtime bj_runtime;

/** What can be done with a runtime. */
typedef enum bj_runtime_kind {
    BJ_RUNTIME_COMMAND,     /**< a WASI command: for bj_sandbox_run() */
    BJ_RUNTIME_INTERPRETER, /**< it implements belljar_guest.h: for bj_sandbox_eval() */
    BJ_RUNTIME_LIBRARY      /**< neither: it can be described, not run */
} bj_runtime_kind;

/** Opens a guest or a module, and compiles it if the cache does not have it.
 *
 * `name` is "python", "javascript", "typescript", or the path of a .wasm or .wat file. Opening the
 * same name and file again (by identity, size and times) gives the same runtime; each is to be
 * deleted. The engine keeps those that were used last, at most 32 and 256 MiB of modules. Where
 * several threads open the same at once, one does it and the others wait. If there is a frozen
 * image of a guest (python.image.wasm) it is taken; an interpreter's library is the archive beside
 * it (python-lib.zip).
 *
 * @thread any
 * @life the caller's; the engine must outlive it, and it its sandboxes, snapshots and pools
 * @errors NULL: BJ_ERROR_IO (there is no such file, …), _MODULE, _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_open(bj_engine *engine, const char *name, bj_error *err);

/** The same as bj_runtime_open(), of a module in memory, binary or text.
 *
 * The bytes are copied. `name` is for messages.
 *
 * @thread any
 * @life as bj_runtime_open()
 * @errors NULL: BJ_ERROR_MODULE, _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_from_bytes(bj_engine *engine, const void *bytes,
                                                    size_t size, const char *name, bj_error *err);

/** Gives a runtime back, whose sandboxes, snapshots and pools have been deleted.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_runtime_delete(bj_runtime *runtime);

/** The same as bj_runtime_open(), but it does not wait for another thread that opens the same.
 *
 * In that case it fails with BJ_ERROR_BUSY, and `wake` is called once when the other has finished:
 * try again then. For a turn of a scheduler's work, with bj_task_wake().
 *
 * @thread any
 * @life as bj_runtime_open(); `user` until `wake` was called, or bj_runtime_stop_waiting()
 * @inside `wake` runs on the thread that has opened it; it hands the news on, and opens nothing
 * itself
 * @errors NULL: BJ_ERROR_BUSY; as bj_runtime_open()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_try_open(bj_engine *engine, const char *name,
                                                  void (*wake)(void *user), void *user,
                                                  bj_error *err);

/** The same as bj_runtime_from_bytes(), without waiting: see bj_runtime_try_open().
 *
 * @thread any
 * @life as bj_runtime_try_open()
 * @inside as bj_runtime_try_open()
 * @errors NULL: BJ_ERROR_BUSY; as bj_runtime_from_bytes()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_try_from_bytes(bj_engine *engine, const void *bytes,
                                                        size_t size, const char *name,
                                                        void (*wake)(void *user), void *user,
                                                        bj_error *err);

/** A runtime that is open already; else NULL. Nothing is read or compiled: for an event loop's
 * thread.
 *
 * @thread any
 * @life as bj_runtime_open()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_find(bj_engine *engine, const char *name);

/** The same as bj_runtime_find(), of a module in memory.
 *
 * @thread any
 * @life as bj_runtime_open()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_find_bytes(bj_engine *engine, const void *bytes,
                                                    size_t size, const char *name);

/** Forgets who waits with this `user`: no `wake` is called with it once this has returned.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_runtime_stop_waiting(bj_engine *engine, const void *user);

/** Starts an interpreter, and gives it back as a module that is started already: a frozen image.
 *
 * A sandbox of it begins at once. Freezing twice gives the same bytes. The result has `*size`
 * bytes: write them to a .wasm file, or give them to bj_runtime_from_bytes().
 *
 * @thread any
 * @life the caller's, for bj_free()
 * @errors NULL: BJ_ERROR_UNSUPPORTED (no interpreter, an image already, or state that a module
 * cannot hold), _GUEST (it did not start), _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_runtime_freeze(bj_runtime *runtime, size_t *size, bj_error *err);

/** Compiles a runtime for every x86-64-v3 machine (AVX2, BMI2, FMA) into the folder `dir`.
 *
 * The folder is made. A folder `compiled` among the guests beside this library is looked into
 * before anything is compiled, so that an installation's first sandbox need not wait. It is used
 * only if it belongs to root or this user, and nobody else may write to it. `level`, 1 to 19,
 * packs the result by zstd: it is unpacked into the cache when it is first wanted. 0: it is mapped
 * where it lies.
 *
 * @thread any
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _IO, _MODULE, _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_runtime_precompile(bj_runtime *runtime, const char *dir, int level,
                                            bj_error *err);

/** What can be done with a runtime.
 *
 * @thread any
 * @since 0.1 */
BJ_API bj_runtime_kind bj_runtime_get_kind(const bj_runtime *runtime);

/** Imports, exports and memory of a module, and what it would be denied, as a JSON object.
 *
 * {"name", "kind": "command" | "interpreter" | "library", "bytes", "sha256", "refused": why it
 * would not be compiled unless compile_ms is set, or null, "imports": [{"module", "name", "kind",
 * "type", "granted": bool}], "exports": [{"name", "kind", "type"}], "memory": {"min_bytes",
 * "max_bytes" or null} or null}. Of a library that is not valid, "error" says why, and imports,
 * exports and memory are missing.
 *
 * @thread any
 * @life the caller's, for bj_free()
 * @errors NULL: out of memory
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_runtime_describe(const bj_runtime *runtime);

/** The same as bj_runtime_describe(), of a module in memory, which is checked but not compiled.
 *
 * Time and memory grow with its size. `name` is for messages.
 *
 * @thread any
 * @life the caller's, for bj_free()
 * @errors NULL: BJ_ERROR_MODULE (it is not even the beginning of a module), _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_module_describe(bj_engine *engine, const void *bytes, size_t size,
                                           const char *name, bj_error *err);

/** @} */

/** @defgroup policy Policies
 * What a sandbox may use: limits and grants.
 * @{ */

/** The limits, in one table.
 *
 * X(field of bj_policy, name in receipts and on the command line, unit, default, least, most,
 * help). `belljar run` has its options from here, the bindings theirs. A row may be added
 * anywhere: the order of the fields in bj_policy is another one, which only grows at its end.
 *
 * Time is the guest's own. `timeout` counts while it runs, sleeps, or waits for tools or input;
 * not while it could run and has no thread (bj_sandbox_step()). `cpu` counts processor time of the
 * threads that run it, with the host's work in its calls.
 *
 * Time, fuel, stack, output and host calls end the run when they are crossed: outcome `limit`, and
 * the receipt names the limit. Memory, table, files, file bytes and descriptors are refused to the
 * guest as the ordinary error of its language (MemoryError, ENOSPC, EMFILE), and it continues. So
 * is a call of a tool while `open-calls` are unanswered. Bytes beside a value's text beyond
 * `value-bytes` stay in the text, where 1 MiB is all there is. Displays beyond `displays` and
 * `display-bytes` are left out of the receipt, which counts them.
 *
 * `host-descriptors` counts files and directories of the host that the guest has open, besides
 * those that were granted. Where the guests of the engine hold so many that one guest would have
 * more than an eighth of the rest (bj_engine_options.host_descriptors), it gets ENFILE before
 * that. */
#define BJ_LIMITS(X)                                                                               \
    X(wall_ms, "timeout", BJ_UNIT_MILLISECONDS, 30000, 1, 604800000,                               \
      "time in which one run or eval runs, sleeps and waits for tools or input")                   \
    X(cpu_ms, "cpu", BJ_UNIT_MILLISECONDS, 0, 0, 604800000,                                        \
      "processor time of one run or eval; 0 does not limit it")                                    \
    X(fuel, "fuel", BJ_UNIT_COUNT, 0, 0, 1000000000000000000,                                      \
      "WebAssembly instructions of one run or eval; 0 does not count them")                        \
    X(memory_bytes, "memory", BJ_UNIT_BYTES, 268435456, 65536, 8589934592,                         \
      "linear memory and files in memory together")                                                \
    X(stack_bytes, "stack", BJ_UNIT_BYTES, 8388608, 65536, 268435456, "call stack")                \
    X(table_elements, "table-elements", BJ_UNIT_COUNT, 100000, 0, 1000000,                         \
      "elements of a function table")                                                              \
    X(output_bytes, "output-limit", BJ_UNIT_BYTES, 10485760, 0, 1073741824,                        \
      "stdout and stderr together")                                                                \
    X(host_calls, "host-calls", BJ_UNIT_COUNT, 1000000000, 1, 1000000000000000000,                 \
      "calls from the guest to the host in one run or eval")                                       \
    X(files, "files", BJ_UNIT_COUNT, 10000, 1, 10000000,                                           \
      "files and directories that the guest makes")                                                \
    X(file_bytes, "file-bytes", BJ_UNIT_BYTES, 67108864, 0, 4294967296,                            \
      "bytes of the files that the guest makes")                                                   \
    X(descriptors, "descriptors", BJ_UNIT_COUNT, 256, 8, 65536, "open descriptors")                \
    X(open_calls, "open-calls", BJ_UNIT_COUNT, 16, 1, 1000000,                                     \
      "calls of tools that are unanswered, given up by the guest or not")                          \
    X(displays, "displays", BJ_UNIT_COUNT, 100, 0, 10000,                                          \
      "pictures and other rich results that one run or eval shows")                                \
    X(display_bytes, "display-bytes", BJ_UNIT_BYTES, 33554432, 0, 67108864,                        \
      "bytes of what one run or eval shows, and 64 for each form of it")                           \
    X(value_bytes, "value-bytes", BJ_UNIT_BYTES, 134217728, 0, 1073741824,                         \
      "bytes beside the text of values, as long as the host holds them")                           \
    X(host_descriptors, "host-descriptors", BJ_UNIT_COUNT, 64, 1, 65536,                           \
      "files and directories of the host that are open at once")

/** What a limit counts. */
typedef enum bj_unit {
    BJ_UNIT_COUNT,       /**< things */
    BJ_UNIT_BYTES,       /**< bytes */
    BJ_UNIT_MILLISECONDS /**< time */
} bj_unit;

/** Reads a number with a unit, without rounding, into milliseconds, bytes or a count.
 *
 * - time: 10s 500ms 2m 1h 1.5s 1d; a plain number is seconds, as with timeout(1)
 * - size: 256M 256MiB 64K 1G (powers of 1024), 256MB (powers of 1000); a plain number is bytes
 * - count: 1000 1_000_000 500k 1e9 (k, M, G: powers of 1000)
 *
 * All of `text`, NUL-terminated, is read; case does not matter. On failure `*value` is unchanged.
 *
 * @thread any
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, with `sys_errno` EINVAL (no such number or unit), EDOM
 * (finer than the unit) or ERANGE (more than 64 bits)
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_quantity_read(bj_unit unit, const char *text, uint64_t *value,
                                       bj_error *err);

/** Writes a number as people read it: "10 s", "256 MiB", "1,000,000".
 *
 * Exact where that is short, else with one decimal. At most `room` bytes are written, NUL-terminated;
 * 32 are enough.
 *
 * @thread any
 * @return `out`
 * @since 0.1 */
BJ_API char *bj_quantity_format(bj_unit unit, uint64_t value, char *out, size_t room);

/** Examples for messages: "64K, 256M or 1G".
 *
 * @thread any
 * @life static
 * @since 0.1 */
BJ_API const char *bj_quantity_examples(bj_unit unit);

/** What a policy grants; private. */
typedef struct bj_grants bj_grants;

/** What a sandbox may use.
 *
 * Set it up with bj_policy_init(), then set limits directly and add grants by the functions below,
 * then call bj_policy_clear(). The limits are those of BJ_LIMITS, where unit, default and range
 * stand. */
typedef struct bj_policy {
    size_t size;               /**< set by bj_policy_init() */
    uint64_t wall_ms;          /**< timeout */
    uint64_t cpu_ms;           /**< cpu */
    uint64_t fuel;             /**< fuel */
    uint64_t memory_bytes;     /**< memory */
    uint64_t stack_bytes;      /**< stack */
    uint64_t table_elements;   /**< table-elements */
    uint64_t output_bytes;     /**< output-limit */
    uint64_t host_calls;       /**< host-calls */
    uint64_t files;            /**< files */
    uint64_t file_bytes;       /**< file-bytes */
    uint64_t descriptors;      /**< descriptors */
    uint64_t open_calls;       /**< open-calls */
    uint64_t displays;         /**< displays */
    uint64_t display_bytes;    /**< display-bytes */
    uint64_t value_bytes;      /**< value-bytes */
    uint64_t host_descriptors; /**< host-descriptors */
    /** Two runs of the same code give the same: a clock and a randomness of its own, counted
     * instructions, directories in order; receipts have a digest (docs/receipt.md). Default false.
     */
    bool deterministic;
    uint64_t seed;     /**< of that clock and randomness */
    bj_grants *grants; /**< private */
} bj_policy;

/** What a guest may do in a directory of the host. */
typedef enum bj_mode {
    BJ_READ_ONLY, /**< it reads */
    /** It changes the host's files. The directory may grow by the limits `files`, `file-bytes`. */
    BJ_READ_WRITE,
    /** It sees its changes, the host's files stay as they are: see bj_changes and
     * bj_sandbox_commit(). */
    BJ_OVERLAY
} bj_mode;

/** Which stream a guest has written to. */
typedef enum bj_stream {
    BJ_STDOUT = 1, /**< standard output */
    BJ_STDERR = 2  /**< standard error */
} bj_stream;

/** What bj_policy_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_policy_init_sized(bj_policy *policy, size_t size);

/** Every limit at its default, nothing granted: no files, no variables, no arguments, empty stdin.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_policy_init(bj_policy *policy)
{
    bj_policy_init_sized(policy, sizeof *policy);
}

/** Frees what the grants hold. The policy is as after bj_policy_init() then.
 *
 * Sandboxes that were made under it have their copy.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_policy_clear(bj_policy *policy);

/** Whether every limit is in its range. Whoever takes a policy checks this too.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (the message names limit and range; or it was not set up),
 * _UNSUPPORTED (it uses a field that this library does not have)
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_check(const bj_policy *policy, bj_error *err);

/** Sets every limit to its value in a preset.
 *
 * "strict" is for a short program that nobody has read, "default" is what bj_policy_init() sets,
 * "roomy" is for long work with much data; docs/policy.md has them as a table. Grants stay.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (no preset of that name; or the policy was not set up),
 * _UNSUPPORTED
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_preset(bj_policy *policy, const char *name, bj_error *err);

/** In what a policy is written. */
typedef enum bj_policy_format {
    BJ_POLICY_TOML, /**< TOML 1.1 */
    BJ_POLICY_JSON  /**< JSON */
} bj_policy_format;

/** Reads a policy from text of at most 256 KiB: docs/policy.md.
 *
 * Its preset and its limits replace those of `policy`, its grants are added. `name` is the file's
 * name in messages. Relative paths of the host begin at `folder` (NULL: the working directory). On
 * failure the policy is unchanged.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (the message names line and key; or a limit of `policy` is
 * out of its range, or it was not set up), _MEMORY, _UNSUPPORTED
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_read(bj_policy *policy, const void *text, size_t size,
                                     bj_policy_format format, const char *name, const char *folder,
                                     bj_error *err);

/** Reads the preset of that name, or else the policy file.
 *
 * A file is JSON where its name ends with .json, else TOML; it is a regular file. Relative paths
 * begin at its folder.
 *
 * @thread one
 * @errors as bj_policy_read(); BJ_ERROR_IO
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_load(bj_policy *policy, const char *name, bj_error *err);

/** What is mounted somewhere. */
typedef enum bj_mount_kind {
    BJ_MOUNT_DIR,    /**< a directory of the host */
    BJ_MOUNT_TMP,    /**< an empty directory in memory */
    BJ_MOUNT_ARCHIVE /**< a zip file of the host */
} bj_mount_kind;

/** One mount of a policy. */
typedef struct bj_mount {
    size_t size;        /**< sizeof(bj_mount), set by the caller */
    const char *guest;  /**< the absolute path that the guest sees */
    const char *host;   /**< of a directory or an archive, else NULL */
    uint64_t bytes;     /**< what a directory in memory holds at most */
    bj_mount_kind kind; /**< what it is */
    bj_mode mode;       /**< of a directory of the host */
} bj_mount;

/** The mounts of a policy by number, in the order in which they were granted.
 *
 * @thread one
 * @life texts belong to the policy
 * @return false: there is no mount of that number
 * @since 0.1 */
BJ_API bool bj_policy_mount(const bj_policy *policy, size_t number, bj_mount *mount);

/** The variables of a policy by number, in the order in which they were granted.
 *
 * @thread one
 * @life the text belongs to the policy
 * @return "NAME=value"; NULL: there is no variable of that number
 * @since 0.1 */
BJ_API const char *bj_policy_env(const bj_policy *policy, size_t number);

/** What a policy allows, in lines of words.
 *
 * Paths and names are as they were given: escape them for a terminal.
 *
 * @thread one
 * @life free it by bj_free()
 * @return NULL when out of memory, or of a policy that was not set up
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_policy_explain(const bj_policy *policy);

/** The JSON Schema of policy files (docs/policy.schema.json).
 *
 * @thread any
 * @life free it by bj_free()
 * @return NULL when out of memory
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_policy_schema(void);

/** Shows the host directory `host` to the guest at the absolute path `guest`.
 *
 * What lies below another grant is granted after it. "/work" takes the place of the directory in
 * memory; "/" is the root, below everything else whatever the order (docs/wasi.md). Arguments are
 * copied. The directory is opened when a sandbox is made.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_dir(bj_policy *policy, const char *host, const char *guest,
                                          bj_mode mode, bj_error *err);

/** Gives the guest an empty directory in memory at the absolute path `guest`, which holds `bytes`.
 *
 * They do not count against the limit `file-bytes`. /work is there in any case.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_tmp(bj_policy *policy, const char *guest, uint64_t bytes,
                                          bj_error *err);

/** Shows the zip file `file` of the host (a wheel, say) as a read-only directory at `guest`.
 *
 * Arguments are copied; the file is opened when a sandbox is made.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_archive(bj_policy *policy, const char *file,
                                              const char *guest, bj_error *err);

/** Shows a command the directory /dev with null, zero and urandom.
 *
 * Interpreters see it in any case, unless something else is granted there.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_devices(bj_policy *policy, bj_error *err);

/** Lets a module throw and catch (the proposal exception-handling, in its final form).
 *
 * It is refused otherwise: that part of Wasmtime is younger than the rest (docs/threat-model.md).
 * Belljar's own guests may in any case.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_exceptions(bj_policy *policy, bj_error *err);

/** Sets the guest's environment variable `name`; the last value counts. Both are copied.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_env(bj_policy *policy, const char *name, const char *value,
                                          bj_error *err);

/** Adds an argument, which is copied. The first is the program's own name (argv[0]).
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_arg(bj_policy *policy, const char *arg, bj_error *err);

/** Gives the guest these bytes as stdin, which are copied. It replaces bj_policy_grant_stdin_fd().
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_stdin(bj_policy *policy, const void *bytes, size_t size,
                                            bj_error *err);

/** Lets the guest read the host's descriptor `fd` as stdin, from its present offset.
 *
 * It replaces bj_policy_grant_stdin().
 *
 * @thread one
 * @life `fd` must stay open as long as the sandboxes live; Belljar does not close it
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_stdin_fd(bj_policy *policy, int fd, bj_error *err);

/** Receives output as it comes: see bj_policy_on_output(). */
typedef void (*bj_output_fn)(void *user, bj_stream stream, const char *bytes, size_t size);

/** Hands out output as it comes, besides keeping it for the receipt.
 *
 * NULL for `fn`: nobody is called.
 *
 * @thread one
 * @life `user` must outlive every sandbox that is made under the policy, its forks and snapshots
 * @inside on the thread that runs the guest, on what is left of the guest's stack: 200 KiB at
 * least. It counts against the guest's time. The sandbox is busy: bj_sandbox_interrupt() and class
 * *any* only. A pool calls it from several threads at once. `bytes` lives until it returns.
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_on_output(bj_policy *policy, bj_output_fn fn, void *user,
                                          bj_error *err);

/** Receives an audit event: see bj_policy_on_audit(). */
typedef void (*bj_audit_fn)(void *user, const char *line, size_t size);

/** Reports every call to the host that names a resource, after it was made.
 *
 * A JSON object on one line, without a newline, NUL-terminated after `size` bytes
 * (docs/receipt.md).
 *
 * @thread one
 * @life as bj_policy_on_output()
 * @inside as bj_policy_on_output(); `line` lives until it returns
 * @errors -1, else 0: BJ_ERROR_MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_on_audit(bj_policy *policy, bj_audit_fn fn, void *user,
                                         bj_error *err);

/** @} */

/** @defgroup tool Tools
 * Functions of the host that a guest may call by name, JSON in and JSON out. See docs/tools.md.
 * @{ */

/** Bytes beside the text of a value. Its layout never changes. */
typedef struct bj_blob {
    const void *data; /**< may be NULL where there are none */
    size_t bytes;     /**< how many */
} bj_blob;

/** A call of a tool that waits for its answer. */
typedef struct bj_tool_call bj_tool_call;

/** The function of a tool: see bj_tool.call. */
typedef void (*bj_tool_fn)(void *user, bj_tool_call *call);

/** A host function that the guest may call. Set up by bj_tool_init(). */
typedef struct bj_tool {
    /** Set by bj_tool_init(). */
    size_t size;
    /** A letter or '_', then letters, digits and '_'; at most 64 bytes. */
    const char *name;
    /** For whoever calls it; NULL: none. */
    const char *description;
    /** JSON Schema (draft 2020-12, or what "$schema" says) of the arguments, which are an object.
     * NULL: any. Arguments that do not fit never reach `call`. References lead nowhere but into
     * the schema. */
    const char *schema;
    /** In interpreters it is also a global function of this name. Default false. */
    bool global;
    /** Arguments and result are tagged JSON (docs/values.md), which holds values that JSON does
     * not. Else they are JSON, and what it does not hold never reaches `call`; the schema judges
     * the same value either way. Default false. */
    bool rich;
    /** Arguments and result may have bytes beside their text, which count against `most_bytes`: see
     * bj_tool_call_blob() and bj_tool_call_return_with(). Implies `rich`. Default false. */
    bool blobs;
    /** Calls in one run or eval. Default UINT64_MAX. */
    uint64_t most_calls;
    /** Bytes of the arguments, and of the result, of one call. Default 1 MiB, most 64 MiB. */
    uint64_t most_bytes;
    /** Milliseconds of one call. Default UINT64_MAX: what the guest has left. */
    uint64_t most_ms;
    /** Called on the thread that runs the guest, which is parked meanwhile. It answers the call
     * once, by bj_tool_call_return(), bj_tool_call_return_with() or bj_tool_call_raise(): before
     * it returns, or later and from any thread. The guest waits at most until its deadline or an
     * interrupt; an answer that comes after that is dropped, but is due all the same. The sandbox
     * is busy meanwhile: of its functions only bj_sandbox_interrupt() may be called. */
    bj_tool_fn call;
    /** Called when nothing can call the tool any more, on any thread; may be NULL. */
    void (*release)(void *user);
    /** Given to `call` and `release`. */
    void *user;
} bj_tool;

/** What bj_tool_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_tool_init_sized(bj_tool *tool, size_t size);

/** A tool with every field at its default.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_tool_init(bj_tool *tool)
{
    bj_tool_init_sized(tool, sizeof *tool);
}

/** Lets the guest call the tool. It replaces one of the same name.
 *
 * The struct and its strings are copied.
 *
 * @thread one
 * @life on success `release` is called once: when the policy, its copies in sandboxes and
 * snapshots, and unanswered calls are gone. `user` must live until then. On failure it is not
 * called.
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (a bad name or schema), _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_policy_grant_tool(bj_policy *policy, const bj_tool *tool, bj_error *err);

/** The name of the tool that is called.
 *
 * @thread callback
 * @life until the call is answered
 * @since 0.1 */
BJ_API const char *bj_tool_call_name(const bj_tool_call *call);

/** The arguments: an object that fits the schema, in JSON or tagged JSON. `size` may be NULL.
 *
 * @thread callback
 * @life until the call is answered
 * @since 0.1 */
BJ_API const char *bj_tool_call_arguments(const bj_tool_call *call, size_t *size);

/** How many blobs lie beside the arguments, of a tool with `blobs`.
 *
 * @thread callback
 * @since 0.1 */
BJ_API size_t bj_tool_call_blob_count(const bj_tool_call *call);

/** One of the blobs beside the arguments, whose text names each of them exactly once.
 *
 * False: there is no such number.
 *
 * @thread callback
 * @life the bytes until the call is answered
 * @since 0.1 */
BJ_API bool bj_tool_call_blob(const bj_tool_call *call, size_t number, bj_blob *blob);

/** The tag of the sandbox that calls (bj_sandbox_set_tag()) when it called; else 0.
 *
 * @thread callback
 * @since 0.1 */
BJ_API uint64_t bj_tool_call_tag(const bj_tool_call *call);

/** False once the guest no longer waits for the answer, which is due all the same.
 *
 * @thread callback
 * @since 0.1 */
BJ_API bool bj_tool_call_is_wanted(const bj_tool_call *call);

/** Answers with a result: JSON or tagged JSON, which is copied.
 *
 * A text that is none, or is longer than the tool may answer, is an error in the guest.
 *
 * @thread callback, from any thread
 * @life the call is gone when this returns
 * @since 0.1 */
BJ_API void bj_tool_call_return(bj_tool_call *call, const char *json, size_t size);

/** Answers with a result and `count` blobs beside it, of a tool with `blobs`. All is copied.
 *
 * At most 65,536 blobs; the text names each exactly once.
 *
 * @thread callback, from any thread
 * @life the call is gone when this returns
 * @since 0.1 */
BJ_API void bj_tool_call_return_with(bj_tool_call *call, const char *json, size_t size,
                                     const bj_blob *blobs, size_t count);

/** Answers with an error, which the guest raises: Python as belljar_tools.ToolError.
 *
 * The texts are UTF-8, copied, and cut at 64 KiB.
 *
 * @thread callback, from any thread
 * @life the call is gone when this returns
 * @since 0.1 */
BJ_API void bj_tool_call_raise(bj_tool_call *call, const char *type, const char *message);

/** @} */

/** @defgroup sandbox Sandboxes
 * One isolated instance: memory, files, descriptors, counters.
 * @{ */

/** A sandbox. */
typedef struct bj_sandbox bj_sandbox;

/** What a run or an eval has done. */
typedef struct bj_receipt bj_receipt;

/** Makes a sandbox, in which nothing runs yet.
 *
 * The policy is copied; its callbacks and tools are shared.
 *
 * @thread any
 * @life the caller's; the runtime must outlive it
 * @errors NULL: BJ_ERROR_ARGUMENT (a limit out of range, too many alive), _IMPORT (an import that
 * nobody grants, by name), _IO (a granted directory that cannot be opened), _MODULE (the module
 * wants more than any policy can give), _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_new(bj_runtime *runtime, const bj_policy *policy,
                                             bj_error *err);

/** Deletes a sandbox, and ends what was begun in it. No other thread may be using it.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_sandbox_delete(bj_sandbox *box);

/** Runs `source` (UTF-8, `size` bytes) in an interpreter. Globals persist to the next eval.
 *
 * It returns when the guest has ended, on the calling thread.
 *
 * @thread one
 * @life the receipt is the caller's, and independent of the sandbox
 * @errors NULL: BJ_ERROR_UNSUPPORTED (not an interpreter), _ENDED, _BUSY, _GUEST, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_eval(bj_sandbox *box, const char *source, size_t size,
                                              bj_error *err);

/** Flag of evals: as at a prompt. Values are printed; the source may be found incomplete. */
#define BJ_EVAL_INTERACTIVE 1u
/** Flag of evals: the source is a module (JavaScript). */
#define BJ_EVAL_MODULE 2u
/** Flag of evals: the value is given in tagged JSON (docs/values.md), which holds more. */
#define BJ_EVAL_RICH 4u
/** Flag of evals: the value may have bytes beside its text (bj_receipt_blob()). Implies
 * BJ_EVAL_RICH. */
#define BJ_EVAL_BLOBS 8u

/** The same as bj_sandbox_eval(), with flags: BJ_EVAL_… or 0.
 *
 * @thread one
 * @life as bj_sandbox_eval()
 * @errors NULL: as bj_sandbox_eval(); BJ_ERROR_ARGUMENT (no such flag)
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_eval_as(bj_sandbox *box, const char *source, size_t size,
                                                 unsigned flags, bj_error *err);

/** Lets `count` blobs (at most 65,536) wait for the sandbox's next run or eval, however it is made.
 *
 * They replace those that waited; 0: none waits. The guest copies those that it wants by number,
 * from 0. So a long value comes in: its text, tagged JSON in the source, has {"$blob": [number,
 * "bytes"]} in the place of each, and Python's belljar_values.unpack or JavaScript's
 * globalThis[Symbol.for("belljar.unpack")] puts them there (docs/values.md). Snapshots and forks
 * have none. While the guest runs they count against the limit `value-bytes`.
 *
 * @thread one
 * @life the list is copied, the bytes are not: they must stay as they are until that run or eval
 * has ended or failed to begin, or the sandbox is deleted
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (too many, or more bytes than the limit), _BUSY, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_attach(bj_sandbox *box, const bj_blob *blobs, size_t count,
                                        bj_error *err);

/** Starts a command (`_start`) and runs it to its end, on the calling thread. A sandbox runs once.
 *
 * @thread one
 * @life as bj_sandbox_eval()
 * @errors NULL: BJ_ERROR_UNSUPPORTED (not a command), _ENDED, _BUSY, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_run(bj_sandbox *box, bj_error *err);

/** Tells whoever steps a sandbox that the guest can continue.
 *
 * Called at most once for each step that returned BJ_STEP_WAITS, perhaps before that step has
 * returned: take the next one after it (two at once are BJ_ERROR_BUSY). Never for a wait that a
 * later step has ended, nor after bj_sandbox_delete() has returned. On the thread that answers the
 * tool's call, inside bj_tool_call_return() or bj_tool_call_raise(): it passes the news on, and
 * uses neither the sandbox nor the call. bj_task_wake() is one. */
typedef void (*bj_wake_fn)(void *user);

/** Begins an eval that is made in steps. For a host with many sandboxes and few threads.
 *
 * What was begun holds a thread only while its guest runs, not while it waits for a tool or
 * sleeps, and gives the thread back after a slice of time. Whatever thread is free takes the next
 * step:
 *
 * @code{.c}
 * if (bj_sandbox_begin_eval(box, source, size, 0, wake, user, &err) < 0)
 *     return fail(&err);
 * switch (bj_sandbox_step(box, 10, &receipt, &wait_ms, &err)) {
 * case BJ_STEP_DONE:    // the receipt is the caller's
 * case BJ_STEP_WAITS:   // step again when `wake` is called, or after wait_ms
 * case BJ_STEP_YIELDED: // step again when it is its turn
 * case BJ_STEP_FAILED:  // err says why
 * }
 * @endcode
 *
 * Nothing of the guest runs yet, nor does its time. That runs during a step, and while the guest
 * waits for a tool or sleeps, until the tool has answered or the sleep is over. What passes from
 * then to the next step is bj_usage.queued_ns. The source is copied. The sandbox is busy until a
 * step has ended the eval. `wake` may be NULL.
 *
 * @thread one
 * @errors -1, else 0: as bj_sandbox_eval_as()
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_begin_eval(bj_sandbox *box, const char *source, size_t size,
                                            unsigned flags, bj_wake_fn wake, void *user,
                                            bj_error *err);

/** Begins the run of a command that is made in steps: see bj_sandbox_begin_eval().
 *
 * @thread one
 * @errors -1, else 0: as bj_sandbox_run()
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_begin_run(bj_sandbox *box, bj_wake_fn wake, void *user,
                                           bj_error *err);

/** How a step has ended. */
typedef enum bj_step {
    BJ_STEP_FAILED = -1, /**< the error says why; nothing continues, unless it is BJ_ERROR_BUSY */
    BJ_STEP_DONE,        /**< the receipt is the caller's */
    BJ_STEP_WAITS,       /**< for a tool that has not answered, or it sleeps */
    BJ_STEP_YIELDED      /**< its slice is over */
} bj_step;

/** Continues what was begun, on the calling thread, which may be another one each time.
 *
 * Until it is done, until the guest waits for a tool that has not answered or sleeps, or until
 * `slice_ms` have passed, give or take a millisecond (0: for as long as it takes). Tools are
 * called in it. A guest that reads from bj_policy_grant_stdin_fd() waits in it. After
 * BJ_STEP_WAITS, step again when `wake` was called, after bj_sandbox_interrupt(), or when
 * `*wait_ms` have passed (a sleep is over then, or a limit of time has come); earlier does no
 * harm. `wait_ms` may be NULL.
 *
 * @thread one
 * @errors BJ_STEP_FAILED: as bj_sandbox_eval_as() and bj_sandbox_run(); BJ_ERROR_ARGUMENT (nothing
 * was begun)
 * @since 0.1 */
BJ_API BJ_CHECKED bj_step bj_sandbox_step(bj_sandbox *box, uint64_t slice_ms, bj_receipt **receipt,
                                          uint64_t *wait_ms, bj_error *err);

/** The same as bj_sandbox_step(), for an event loop's thread, which has other things to do.
 *
 * It continues for `slice_us` microseconds (0: for as long as it takes). What is not done then is
 * stepped again, or given to bj_sandbox_step() on another thread. A slice below a millisecond ends
 * within 0.2 ms of its time where the machine has a processor to spare, and a row of them costs no
 * more than bj_sandbox_eval(); longer ones end like those of bj_sandbox_step().
 *
 * It never waits. A guest that sleeps gives BJ_STEP_WAITS, however short the sleep, unless it is
 * over within the slice. A guest whose policy lets it read from a descriptor that is no file
 * (bj_policy_grant_stdin_fd()) is not run: BJ_STEP_YIELDED at once, for bj_sandbox_step(). What it
 * cannot cut short: the first start of a guest that was not made ahead, one call of the guest to
 * the host, and what the embedder does in tools and output functions. A receipt that may take long
 * is not made in it: where the guest has ended and has changed files, or where much is to be
 * hashed (bj_receipt_digest()), it gives BJ_STEP_YIELDED too, and the next step of either kind
 * makes it.
 *
 * @thread one
 * @errors as bj_sandbox_step()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_step bj_sandbox_step_us(bj_sandbox *box, uint64_t slice_us,
                                             bj_receipt **receipt, uint64_t *wait_ms,
                                             bj_error *err);

/** Continues what was begun to its end, on the calling thread, which waits where the guest does.
 *
 * `wake` is not called any more.
 *
 * @thread one
 * @life as bj_sandbox_eval()
 * @errors NULL: as bj_sandbox_step()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_finish(bj_sandbox *box, bj_error *err);

/** Lets the guest call one more tool from its next run or eval on: see bj_policy_grant_tool().
 *
 * @thread one
 * @life as bj_policy_grant_tool(), with the sandbox in the policy's place
 * @errors -1, else 0: BJ_ERROR_ARGUMENT, _BUSY, _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_grant_tool(bj_sandbox *box, const bj_tool *tool, bj_error *err);

/** Sets a number by which a tool's function knows who calls: see bj_tool_call_tag().
 *
 * Nobody else looks at it. Forks and spawned sandboxes begin with 0. Between two runs or evals.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_sandbox_set_tag(bj_sandbox *box, uint64_t tag);

/** Takes a tool away.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_ARGUMENT (there is none of that name), _BUSY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_revoke_tool(bj_sandbox *box, const char *name, bj_error *err);

/** Whether a limit, a trap, an interrupt or an exit has ended the sandbox: nothing can run in it
 * any more.
 *
 * @thread one
 * @since 0.1 */
BJ_API bool bj_sandbox_has_ended(const bj_sandbox *box);

/** Ends what runs in `box` with outcome `interrupted`, or the next eval if nothing runs.
 *
 * Work on its files from outside is ended instead while it is done: bj_sandbox_copy_out(),
 * bj_sandbox_commit() and bj_sandbox_list_files() fail with BJ_ERROR_STOPPED, bj_sandbox_changes()
 * gives what was found until then, marked. Nothing else is ended then.
 *
 * @thread signal
 * @since 0.1 */
BJ_API void bj_sandbox_interrupt(bj_sandbox *box);

/** Copies the tree below the guest's directory `guest` (e.g. "/work") into the host directory
 * `host`.
 *
 * It is made if it is missing. Regular files and directories only are written, and never outside
 * `host`: symbolic links, made by the guest or found in `host`, are not followed. Files are
 * replaced.
 *
 * @thread one
 * @errors -1, else the number of files written: BJ_ERROR_IO, _ARGUMENT, _BUSY, _MEMORY, _STOPPED
 * (the message says how many were written)
 * @since 0.1 */
BJ_API BJ_CHECKED int64_t bj_sandbox_copy_out(bj_sandbox *box, const char *guest, const char *host,
                                              bj_error *err);

/** Writes a file of the guest, from outside.
 *
 * It is replaced if it is there; directories that lead to it are made. Paths are absolute and the
 * guest's. Its rules hold: what is read-only for it stays so, and what is written counts against
 * its limits. So it is for the three functions below. Also in a sandbox that has ended.
 *
 * @thread one
 * @errors -1, else 0: BJ_ERROR_IO (the guest's error by name, and in `sys_errno`), _BUSY, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_write_file(bj_sandbox *box, const char *path, const void *bytes,
                                            size_t size, bj_error *err);

/** The bytes of a file of the guest, NUL-terminated after `*size`.
 *
 * @thread one
 * @life the caller's, for bj_free()
 * @errors NULL: as bj_sandbox_write_file(); BJ_ERROR_ARGUMENT (longer than `most`)
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_sandbox_read_file(bj_sandbox *box, const char *path, size_t most,
                                             size_t *size, bj_error *err);

/** What lies in a directory of the guest, in order of names, as JSON.
 *
 * [{"name", "type": "file" | "directory" | "symlink" | "other", "bytes"}]
 *
 * @thread one
 * @life the caller's, for bj_free()
 * @errors NULL: as bj_sandbox_write_file(); BJ_ERROR_STOPPED
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_sandbox_list_files(bj_sandbox *box, const char *path, bj_error *err);

/** Removes a file, a link or an empty directory of the guest.
 *
 * @thread one
 * @errors -1, else 0: as bj_sandbox_write_file()
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_remove_file(bj_sandbox *box, const char *path, bj_error *err);

/** Applies what the guest changed in the directory granted as BJ_OVERLAY at `guest` to the host's.
 *
 * Each file is replaced whole, no link is followed, links that lead up are refused. It stops at
 * the first failure, or between two files at an interrupt; the message says how many changes were
 * applied. Nothing is applied where not all changes could be listed, or where hard links and holes
 * would make more of files than `file-bytes`. It is the last thing to do with a sandbox: what the
 * guest would see there afterwards is old and new mixed.
 *
 * @thread one
 * @errors -1, else the number of changes applied: BJ_ERROR_IO, _ARGUMENT (no overlay there),
 * _BUSY, _UNSUPPORTED, _MEMORY, _STOPPED
 * @since 0.1 */
BJ_API BJ_CHECKED int64_t bj_sandbox_commit(bj_sandbox *box, const char *guest, bj_error *err);

/** File changes since the sandbox was made. Those of one run or eval: bj_receipt_change(). */
typedef struct bj_changes bj_changes;

/** File changes in the guest's directory `guest`, "/" for all, since the sandbox was made.
 *
 * Where it was spawned from a snapshot, since the sandbox in which the first snapshot was taken
 * was made: what an overlay changed before that is still to be applied.
 *
 * @thread one
 * @life the caller's; to be deleted before the sandbox is deleted or rewound
 * @errors NULL: BJ_ERROR_IO, _BUSY, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_changes *bj_sandbox_changes(bj_sandbox *box, const char *guest, bj_error *err);

/** Deletes a list of changes.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_changes_delete(bj_changes *changes);

/** @} */

/** @defgroup snapshot Snapshots
 * The whole state of an interpreter's sandbox between two evals, as a value: memory, globals,
 * files, open descriptors with their offsets, the clock's zero, the randomness of a deterministic
 * sandbox, counters. What it costs grows with what differs from a new sandbox, not with the size
 * of memory.
 * @{ */

/** A snapshot. It never changes; several threads may use it at once. */
typedef struct bj_snapshot bj_snapshot;

/** Takes a snapshot. The sandbox continues as if nothing had happened.
 *
 * A sandbox in which nothing ran yet is started for it.
 *
 * @thread one
 * @life the caller's; the runtime must outlive it, the sandbox need not
 * @errors NULL: BJ_ERROR_UNSUPPORTED (not an interpreter, or state that cannot be told apart),
 * _ENDED, _BUSY, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_snapshot *bj_sandbox_snapshot(bj_sandbox *box, bj_error *err);

/** Deletes a snapshot. Sandboxes that were spawned from it live on.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_snapshot_delete(bj_snapshot *snapshot);

/** Makes a new sandbox that resumes from a snapshot; as many as are wanted.
 *
 * `policy` gives it its limits and what it may use. Each directory and archive that the snapshot
 * was taken with must be granted again, at the same path and in the same way; else the spawn is
 * refused, with the path in the message. What is granted besides is added. Standard input is the
 * policy's, from its beginning; arguments and variables are the policy's, too: those that the
 * snapshot was taken with are gone from where programs find them (docs/threat-model.md says what
 * may be left in memory), and variables that the program set under other names stay. NULL for
 * `policy`: all as in the sandbox that the snapshot was taken of (not for one that was loaded).
 *
 * Randomness is the new sandbox's own, unless it is deterministic: generators that the guest's
 * system seeded are seeded again (Python's random, every random.Random(), tempfile; JavaScript's
 * Math.random); those that the program seeded itself continue their sequence.
 *
 * @thread any
 * @life as bj_sandbox_new(); the snapshot need not outlive it
 * @errors NULL: BJ_ERROR_ARGUMENT (a grant is missing, or a limit is below what is in use), _IO,
 * _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_snapshot_spawn(bj_snapshot *snapshot, const bj_policy *policy,
                                                bj_error *err);

/** Flag of spawns: the guest's generators continue with the numbers of the snapshot. */
#define BJ_SPAWN_TWIN 1u
/** Flag of spawns: arguments and variables are what they were, not the policy's. */
#define BJ_SPAWN_KEEP_ENVIRONMENT 2u

/** The same as bj_snapshot_spawn(), with flags: BJ_SPAWN_… or 0.
 *
 * @thread any
 * @life as bj_snapshot_spawn()
 * @errors NULL: as bj_snapshot_spawn(); BJ_ERROR_ARGUMENT (no such flag)
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_snapshot_spawn_as(bj_snapshot *snapshot, const bj_policy *policy,
                                                   unsigned flags, bj_error *err);

/** Snapshot and spawn in one.
 *
 * @thread one
 * @life as bj_sandbox_new()
 * @errors NULL: as bj_sandbox_snapshot() and bj_snapshot_spawn()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_fork(bj_sandbox *box, bj_error *err);

/** The same as bj_sandbox_fork(), with flags: BJ_SPAWN_… or 0.
 *
 * @thread one
 * @life as bj_sandbox_new()
 * @errors NULL: as bj_sandbox_fork(); BJ_ERROR_ARGUMENT (no such flag)
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_fork_as(bj_sandbox *box, unsigned flags, bj_error *err);

/** Takes a sandbox back to a snapshot of it, or of a twin; also one that has ended.
 *
 * It keeps its policy, with arguments and variables; randomness is as with bj_snapshot_spawn().
 * Where it fails the sandbox is as it was.
 *
 * @thread one
 * @errors -1, else 0: as bj_snapshot_spawn(); BJ_ERROR_BUSY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_rewind(bj_sandbox *box, bj_snapshot *snapshot, bj_error *err);

/** The same as bj_sandbox_rewind(), with flags: BJ_SPAWN_… or 0.
 *
 * @thread one
 * @errors -1, else 0: as bj_sandbox_rewind(); BJ_ERROR_ARGUMENT (no such flag)
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_sandbox_rewind_as(bj_sandbox *box, bj_snapshot *snapshot, unsigned flags,
                                           bj_error *err);

/** Writes a snapshot to the file `path`, which is replaced whole or not at all.
 *
 * Where it fails (a full disk, a limit of file sizes) the old file is there as it was, and nothing
 * beside it. It takes as long as there is to write; bj_snapshot_save_with() can be stopped.
 * Nothing of the host is in it: no path of the host, no file of a granted directory; but all that
 * the guest held, variables and arguments among it. Treat it as you treat its data.
 *
 * @thread any
 * @errors -1, else 0: BJ_ERROR_IO, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_snapshot_save(const bj_snapshot *snapshot, const char *path,
                                       bj_error *err);

/** Reads a snapshot for the runtime that it was taken with: the same image, by its digest.
 *
 * The file may come from anybody: it is checked whole, and what it holds can do no more than a
 * guest. It may unpack to `most_bytes`, and take as much of the host's memory; 0: 1 GiB. The time
 * that it takes grows with these, nothing else.
 *
 * @thread any
 * @life as bj_sandbox_snapshot()
 * @errors NULL: BJ_ERROR_IO, _MODULE (no snapshot, cut off, edited, of another version or runtime,
 * beyond most_bytes), _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_snapshot *bj_snapshot_load(bj_runtime *runtime, const char *path,
                                                uint64_t most_bytes, bj_error *err);

/** How a snapshot is saved or loaded. Set up by bj_snapshot_file_options_init(). */
typedef struct bj_snapshot_file_options {
    /** Set by bj_snapshot_file_options_init(). */
    size_t size;
    /** Encrypts and authenticates the file (docs/snapshot-format.md): 32 bytes of a random source.
     * Of a password derive one first. Files may share a key. NULL, the default: none. It must live
     * until the call returns; Belljar keeps no copy. */
    const void *key;
    /** 32, or 0 without a key. */
    size_t key_size;
    /** Of loading: see bj_snapshot_load(). 0, the default: 1 GiB. */
    uint64_t most_bytes;
    /** Milliseconds that it may take, BJ_ERROR_STOPPED after that. 0, the default: no limit. */
    uint64_t timeout_ms;
    /** Asked on the calling thread, about every 0.1 ms while there is something to pack or unpack:
     * true ends it with BJ_ERROR_STOPPED. It may read a flag that a signal handler or another
     * thread sets, and calls nothing of Belljar. NULL, the default: nobody is asked. */
    bool (*stops)(void *user);
    /** Given to `stops`. */
    void *user;
} bj_snapshot_file_options;

/** What bj_snapshot_file_options_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_snapshot_file_options_init_sized(bj_snapshot_file_options *options, size_t size);

/** Sets every option to its default.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_snapshot_file_options_init(bj_snapshot_file_options *options)
{
    bj_snapshot_file_options_init_sized(options, sizeof *options);
}

/** The same as bj_snapshot_save(), with options, which may be NULL.
 *
 * Where it is stopped (`timeout_ms`, `stops`) the old file is there as it was, and nothing beside
 * it; only the system's own writing to the disk, at the end, continues to its end.
 *
 * @thread any
 * @errors -1, else 0: as bj_snapshot_save(); BJ_ERROR_ARGUMENT (a key of another size), _STOPPED
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_snapshot_save_with(const bj_snapshot *snapshot, const char *path,
                                            const bj_snapshot_file_options *options, bj_error *err);

/** The same as bj_snapshot_load(), with options, which may be NULL.
 *
 * With a key nothing of the file is unpacked, or believed, before all of it was found to be what
 * was saved with that key. A file that was saved without one is refused then.
 *
 * @thread any
 * @life as bj_sandbox_snapshot()
 * @errors NULL: as bj_snapshot_load(); BJ_ERROR_ARGUMENT (it was saved with a key, and none or
 * another one is given), _MODULE (it was saved without one), _STOPPED
 * @since 0.1 */
BJ_API BJ_CHECKED bj_snapshot *bj_snapshot_load_with(bj_runtime *runtime, const char *path,
                                                     const bj_snapshot_file_options *options,
                                                     bj_error *err);

/** What a snapshot holds, and what must be granted again ("mounts"), as a JSON object.
 *
 * {"runtime", "memory_bytes", "changed_bytes": of memory, "files", "file_bytes", "descriptors",
 * "mounts": [{"path", "kind"}]}
 *
 * @thread any
 * @life the caller's, for bj_free()
 * @errors NULL: out of memory
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_snapshot_describe(const bj_snapshot *snapshot);

/** @} */

/** @defgroup receipt Receipts
 * What a run or an eval has done: outcome, output, value, usage, denials, tool calls, displays,
 * file changes. See docs/receipt.md.
 *
 * Structs that the functions fill begin with `size`, which the caller sets to `sizeof`. It is the
 * number of bytes that were filled afterwards; what this library does not know is zero. Strings in
 * them belong to the receipt.
 * @{ */

/** How a run or an eval has ended. */
typedef enum bj_outcome {
    BJ_OUTCOME_OK,          /**< it ran to its end */
    BJ_OUTCOME_EXIT,        /**< it asked to end with a code other than 0 */
    BJ_OUTCOME_ERROR,       /**< an uncaught exception */
    BJ_OUTCOME_LIMIT,       /**< a limit stopped it */
    BJ_OUTCOME_TRAP,        /**< WebAssembly trapped: unreachable, out of bounds, … */
    BJ_OUTCOME_INTERRUPTED, /**< bj_sandbox_interrupt() */
    BJ_OUTCOME_INCOMPLETE   /**< BJ_EVAL_INTERACTIVE: the source is incomplete; nothing ran */
} bj_outcome;

/** What a run or an eval has used. */
typedef struct bj_usage {
    size_t size;                 /**< set to sizeof(bj_usage) */
    bool fuel_known;             /**< whether fuel was counted */
    uint64_t fuel;               /**< instructions, and what host calls were charged */
    uint64_t wall_ns;            /**< from its beginning to its end */
    uint64_t cpu_ns;             /**< of the threads that ran it */
    uint64_t memory_peak_bytes;  /**< linear memory and files in memory */
    uint64_t output_bytes;       /**< stdout and stderr */
    uint64_t host_calls;         /**< calls to the host */
    uint64_t file_bytes_written; /**< to files of any kind */
    /** Of wall_ns: how long it could have run, but no thread took it. 0 unless it went in steps. */
    uint64_t queued_ns;
} bj_usage;

/** Deletes a receipt, with all strings that it gave out.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_receipt_delete(bj_receipt *receipt);

/** How it has ended.
 *
 * @thread one
 * @since 0.1 */
BJ_API bj_outcome bj_receipt_outcome(const bj_receipt *receipt);

/** "ok", "exit", "error", "limit", "trap", "interrupted", "incomplete".
 *
 * @thread any
 * @life static
 * @since 0.1 */
BJ_API const char *bj_outcome_name(bj_outcome outcome);

/** The exit code: what it asked to end with; 1 after an uncaught exception.
 *
 * @thread one
 * @since 0.1 */
BJ_API int bj_receipt_exit_code(const bj_receipt *receipt);

/** The type of the uncaught exception, or "trap"; NULL for other outcomes.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_error_type(const bj_receipt *receipt);

/** The message of the uncaught exception or the trap; NULL for other outcomes.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_error_message(const bj_receipt *receipt);

/** The traceback of the uncaught exception or the trap; NULL for other outcomes.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_error_traceback(const bj_receipt *receipt);

/** The value of an eval's last statement, where that is an expression, as JSON text.
 *
 * Valid, `*size` bytes, NUL-terminated. NULL: there is none, or JSON cannot hold it
 * (docs/receipt.md). `size` may be NULL.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_value(const bj_receipt *receipt, size_t *size);

/** How many blobs lie beside the value's text, with BJ_EVAL_BLOBS.
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_receipt_blob_count(const bj_receipt *receipt);

/** One of the blobs beside the value's text, which names each exactly once by its number.
 *
 * {"$blob": [number, type]}, where type is "bytes", that of an array's elements as in "$array", or
 * a media type. The bytes are the guest's: nobody has checked that they are what their type says.
 * False: there is no such number.
 *
 * @thread one
 * @life the bytes are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_blob(const bj_receipt *receipt, size_t number, bj_blob *blob);

/** The value as a person reads it: Python's repr(), JavaScript's inspection.
 *
 * Valid UTF-8, at most 64 KiB. NULL: there is none. `size` may be NULL.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_repr(const bj_receipt *receipt, size_t *size);

/** The name of the limit that stopped it, as in BJ_LIMITS; or NULL.
 *
 * @thread one
 * @life static
 * @since 0.1 */
BJ_API const char *bj_receipt_limit_name(const bj_receipt *receipt);

/** What that limit allowed.
 *
 * @thread one
 * @since 0.1 */
BJ_API uint64_t bj_receipt_limit_allowed(const bj_receipt *receipt);

/** What was used of that limit.
 *
 * @thread one
 * @since 0.1 */
BJ_API uint64_t bj_receipt_limit_used(const bj_receipt *receipt);

/** What the guest wrote to stdout: any bytes, NUL-terminated after `*size`; never NULL.
 *
 * `size` may be NULL.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_stdout(const bj_receipt *receipt, size_t *size);

/** What the guest wrote to stderr: see bj_receipt_stdout().
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_stderr(const bj_receipt *receipt, size_t *size);

/** What it has used. `usage->size` must be set.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_receipt_usage(const bj_receipt *receipt, bj_usage *usage);

/** An attempt at what was not granted. */
typedef struct bj_denial {
    size_t size;        /**< set to sizeof(bj_denial) */
    const char *call;   /**< "path_open" */
    const char *path;   /**< absolute, the guest's, any bytes; "" where the call names none */
    const char *reason; /**< "no grant covers it" */
    uint64_t times;     /**< how often it was tried */
} bj_denial;

/** How many different attempts at what was not granted are listed: at most 64.
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_receipt_denial_count(const bj_receipt *receipt);

/** One of them. `denial->size` must be set. False: there is no such number.
 *
 * @thread one
 * @life strings are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_denial(const bj_receipt *receipt, size_t number, bj_denial *denial);

/** How many attempts there were beyond those that are listed.
 *
 * @thread one
 * @since 0.1 */
BJ_API uint64_t bj_receipt_more_denials(const bj_receipt *receipt);

/** A call of a tool. */
typedef struct bj_tool_use {
    /** Set to sizeof(bj_tool_use). */
    size_t size;
    /** As the guest gave it: valid UTF-8, cut at 64 bytes with an ellipsis behind. */
    const char *name;
    /** "returned"; "raised" by the tool; "refused": no such tool, arguments that do not fit, a
     * limit of the tool; "timed out": the tool's time or the sandbox's; "interrupted". */
    const char *outcome;
    /** Why it was not returned; else "". */
    const char *message;
    /** As JSON, cut at 4 KiB. */
    const char *arguments;
    uint64_t arguments_bytes; /**< whole, with blobs */
    uint64_t result_bytes;    /**< whole, with blobs */
    uint64_t wall_ns;         /**< 0 in a deterministic sandbox */
    /** What stood beside the arguments' text, of a tool with `blobs`: a list of {"bytes", "sha256"}
     * as JSON, of the first 16. sha256 is null where the guest's time was up before it was
     * computed. */
    const char *argument_blobs;
    /** The same of the result. */
    const char *result_blobs;
} bj_tool_use;

/** How many calls of tools are listed, in order: at most 1,000.
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_receipt_tool_use_count(const bj_receipt *receipt);

/** One of them. `use->size` must be set. False: there is no such number.
 *
 * @thread one
 * @life strings are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_tool_use(const bj_receipt *receipt, size_t number, bj_tool_use *use);

/** How many calls there were beyond those that are listed.
 *
 * @thread one
 * @since 0.1 */
BJ_API uint64_t bj_receipt_more_tool_uses(const bj_receipt *receipt);

/** Something that the guest showed: a picture, a table, a value that has more to it than its text.
 *
 * A MIME bundle as notebooks have them: one thing in several forms (docs/displays.md). */
typedef struct bj_display {
    size_t size;  /**< set to sizeof(bj_display) */
    size_t forms; /**< how many there are, 1 to 64 */
    /** A JSON object by MIME types: {"image/png": {"width": 640}}; "{}" where there is none. */
    const char *metadata;
} bj_display;

/** What a display looks like in one of its forms. */
typedef struct bj_display_form {
    size_t size;  /**< set to sizeof(bj_display_form) */
    bool is_text; /**< by its type: text/…, …+json, …+xml and the like; then it is valid UTF-8 */
    /** "image/png": type/subtype of RFC 6838 in small letters, each once in a display. */
    const char *type;
    /** NUL-terminated after `bytes`. The guest's: nobody has checked that it fits its type. */
    const void *data;
    size_t bytes; /**< of the data */
} bj_display_form;

/** How many displays this run or eval showed, in order. `displays` and `display-bytes` bound them.
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_receipt_display_count(const bj_receipt *receipt);

/** One of them. `shown->size` must be set. False: there is no such number.
 *
 * @thread one
 * @life strings are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_display(const bj_receipt *receipt, size_t number, bj_display *shown);

/** One form of one of them. `shown->size` must be set. False: there is no such number or form.
 *
 * @thread one
 * @life strings and data are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_display_form(const bj_receipt *receipt, size_t number, size_t form,
                                    bj_display_form *shown);

/** How many displays there were beyond those; bj_receipt_unfinished() says why.
 *
 * @thread one
 * @since 0.1 */
BJ_API uint64_t bj_receipt_more_displays(const bj_receipt *receipt);

/** How a file has changed. */
typedef enum bj_change_kind {
    BJ_CREATED,  /**< it was not there before */
    BJ_MODIFIED, /**< its bytes, or a link's target, are others */
    BJ_DELETED   /**< it is not there any more */
} bj_change_kind;

/** What a path names. */
typedef enum bj_file_type {
    BJ_FILE,      /**< a regular file */
    BJ_DIRECTORY, /**< a directory */
    BJ_SYMLINK,   /**< a symbolic link */
    BJ_OTHER      /**< something else */
} bj_file_type;

/** "created", "modified", "deleted".
 *
 * @thread any
 * @life static
 * @since 0.1 */
BJ_API const char *bj_change_kind_name(bj_change_kind kind);

/** A file that has changed. */
typedef struct bj_file_change {
    size_t size;         /**< set to sizeof(bj_file_change) */
    const char *path;    /**< absolute, the guest's: "/work/out.csv" */
    bj_change_kind kind; /**< how */
    bj_file_type type;   /**< what it is now, or was */
    uint64_t bytes;      /**< of the file now; 0 when it is deleted */
    /** 64 hexadecimal digits: of the bytes of a file, of the target of a link. NULL for what is
     * deleted, for directories, and beyond 256 MiB in one receipt. */
    const char *sha256;
} bj_file_change;

/** How many file changes of this run or eval are listed, in order of paths: at most 100,000.
 *
 * In /work, in directories in memory and in overlays. A file that was moved is deleted and
 * created.
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_receipt_change_count(const bj_receipt *receipt);

/** One of them. `change->size` must be set. False: there is no such number.
 *
 * @thread one
 * @life strings are the receipt's
 * @since 0.1 */
BJ_API bool bj_receipt_change(const bj_receipt *receipt, size_t number, bj_file_change *change);

/** Whether there may be more file changes than are listed; bj_receipt_unfinished() says why.
 *
 * @thread one
 * @since 0.1 */
BJ_API bool bj_receipt_has_more_changes(const bj_receipt *receipt);

/** The parts of the receipt that are incomplete, by number; usually there are none.
 *
 * `*part` is "files", "digests" (of files), "displays" or "value", `*why` is "deadline",
 * "interrupt", "count", "bytes", "memory", "links" or "host" (docs/receipt.md). False: there is no
 * such number.
 *
 * @thread one
 * @life static
 * @since 0.1 */
BJ_API bool bj_receipt_unfinished(const bj_receipt *receipt, size_t number, const char **part,
                                  const char **why);

/** How many changes are listed: see bj_sandbox_changes().
 *
 * @thread one
 * @since 0.1 */
BJ_API size_t bj_changes_count(const bj_changes *changes);

/** One of them: see bj_receipt_change().
 *
 * @thread one
 * @life strings are those of `changes`
 * @since 0.1 */
BJ_API bool bj_changes_get(const bj_changes *changes, size_t number, bj_file_change *change);

/** Whether there may be more than are listed.
 *
 * @thread one
 * @since 0.1 */
BJ_API bool bj_changes_has_more(const bj_changes *changes);

/** What is incomplete: see bj_receipt_unfinished().
 *
 * @thread one
 * @life static
 * @since 0.1 */
BJ_API bool bj_changes_unfinished(const bj_changes *changes, size_t number, const char **part,
                                  const char **why);

/** The bytes of a file as it was before (`now` false) or is now, NUL-terminated after `*size`.
 *
 * At most `most`; of a link its target.
 *
 * @thread one
 * @life the caller's, for bj_free()
 * @errors NULL: BJ_ERROR_ARGUMENT (there was none, or it is longer), _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_changes_read(bj_changes *changes, size_t number, bool now, size_t most,
                                        size_t *size, bj_error *err);

/** Of a deterministic sandbox: "sha256:" and 64 hexadecimal digits; NULL of others.
 *
 * Over the program, what it was given in this run or eval, and all that the receipt reports.
 *
 * @thread one
 * @life the receipt's
 * @since 0.1 */
BJ_API const char *bj_receipt_digest(const bj_receipt *receipt);

/** The receipt as a JSON object (docs/receipt.md), NUL-terminated.
 *
 * Bytes of the output that are not UTF-8 appear as U+FFFD.
 *
 * @thread one
 * @life the caller's, for bj_free()
 * @errors NULL: out of memory
 * @since 0.1 */
BJ_API BJ_CHECKED char *bj_receipt_describe(const bj_receipt *receipt);

/** @} */

/** @defgroup scheduler Scheduler
 * Runs any number of sandboxes on a few threads of its own, and calls back when something is done.
 *
 * @code{.c}
 * bj_scheduler *scheduler = bj_scheduler_new(NULL, &err);
 * if (!scheduler ||
 *     !bj_scheduler_eval(scheduler, tenant, box, source, size, 0, on_done, user, &err))
 *     return fail(&err);
 * @endcode
 *
 * Work goes in turns. A turn is a slice of a few milliseconds. A guest that waits (for a tool, or
 * it sleeps) leaves its thread and is on none. Whatever thread is free takes the next turn.
 *
 * **Lanes.** Each task is in a lane: a tenant, a session, or one of its own. Lanes share the
 * threads by time: the next turn is that of the lane that has had least. One that comes, or comes
 * back from waiting, starts where the others are, and ahead of those that have as much: it has no
 * credit for the time in which it wanted nothing. So a short job of a new lane waits for a few
 * slices of others, however many lanes there are and whatever they do. Of lanes that come at the
 * same moment, the last and the first have their first turns alternately: a crowd keeps neither
 * waiting. Within a lane tasks are begun in order, those that were begun take turns, and no more
 * is begun than may run at once (`lane_running`); what was begun and waits does not count.
 *
 * **Threads.** One is there from the beginning, the others are started when there is work for
 * them. They block all signals but those of faults, and bear the name of the options. Where a turn
 * takes longer than 25 ms (a guest that reads from a descriptor of the host's, a program that is
 * compiled), another thread takes its place while others have work.
 *
 * **Process.** In a child of fork() the parent's schedulers are dead: what takes a bj_error fails
 * with BJ_ERROR_ENDED, the rest does nothing, and no function of its works is called there. When
 * the process exits, no more turns are taken.
 * @{ */

/** A scheduler. */
typedef struct bj_scheduler bj_scheduler;

/** Something that is done in turns: a handle, used again and again, for one work at a time. */
typedef struct bj_task bj_task;

/** A lane of the task's own. Any other number is the same lane for all tasks that give it. */
#define BJ_LANE_OWN UINT64_MAX

/** How a scheduler works. Set up by bj_scheduler_options_init(). */
typedef struct bj_scheduler_options {
    /** Set by bj_scheduler_options_init(). */
    size_t size;
    /** 1 to 1,024; default: one for each processor. */
    uint32_t threads;
    /** Threads that may replace those whose turns take long, 0 to 1,024; default 64. */
    uint32_t spares;
    /** A turn, 100 to 1,000,000 microseconds; default 5,000. */
    uint32_t slice_us;
    /** The first turn of what is submitted with BJ_TURN_HERE, up to 1,000,000 microseconds; 0:
     * there is none. Default 200. */
    uint32_t first_slice_us;
    /** Tasks of one lane that may be begun and not wait, 1 to 1,000,000; 0, the default: as many as
     * there are threads. */
    uint32_t lane_running;
    /** Tasks that may be begun and not done, waiting or not; 0, the default: any number. A quarter
     * of those beyond `threads` is for lanes that have nothing under way. */
    uint32_t most_begun;
    /** Tasks that may wait to be begun; what comes then is refused (BJ_ERROR_BUSY). 0, the default:
     * any number. */
    uint32_t most_waiting;
    /** Of its threads, copied, at most 15 bytes; default "belljar". */
    const char *name;
} bj_scheduler_options;

/** What bj_scheduler_options_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_scheduler_options_init_sized(bj_scheduler_options *options, size_t size);

/** Sets every option to its default.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_scheduler_options_init(bj_scheduler_options *options)
{
    bj_scheduler_options_init_sized(options, sizeof *options);
}

/** Makes a scheduler. `options` may be NULL: all defaults.
 *
 * @thread any
 * @life the caller's; sandboxes of its tasks must live until those are done
 * @errors NULL: BJ_ERROR_ARGUMENT, _IO (no thread can be started), _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_scheduler *bj_scheduler_new(const bj_scheduler_options *options,
                                                 bj_error *err);

/** Ends a scheduler: what is submitted is cancelled, nothing more is accepted (BJ_ERROR_ENDED).
 *
 * When it returns all works are done, their functions have returned and the threads are gone.
 * Tasks are still to be deleted. Not from a function of a work.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_scheduler_delete(bj_scheduler *scheduler);

/** What a scheduler does and has done. */
typedef struct bj_scheduler_counters {
    size_t size;              /**< set to sizeof(bj_scheduler_counters) */
    uint64_t submitted;       /**< since it was made, as all up to longest_wait_us */
    uint64_t done;            /**< of those, with cancelled ones */
    uint64_t cancelled;       /**< of those done */
    uint64_t done_here;       /**< of those done: in their first turn, by the submitting thread */
    uint64_t turns;           /**< that were taken */
    uint64_t stuck_turns;     /**< that took longer than 25 ms while others had work */
    uint64_t turn_us;         /**< of all turns together */
    uint64_t wait_us;         /**< of tasks, from wanting a turn until having it, together */
    uint64_t longest_wait_us; /**< the longest of these */
    uint32_t waiting;         /**< now, as all below: tasks that have not begun */
    uint32_t ready;           /**< that were begun and want a turn */
    uint32_t running;         /**< in a turn */
    uint32_t parked;          /**< that wait, on no thread */
    uint32_t lanes;           /**< that have tasks */
    uint32_t threads;         /**< all there are */
    uint32_t idle;            /**< of the threads */
    uint32_t spares;          /**< threads in turns that take long, which others have replaced */
} bj_scheduler_counters;

/** Reads the counters. `counters->size` must be set.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_scheduler_count(bj_scheduler *scheduler, bj_scheduler_counters *counters);

/** How a turn has ended. */
typedef enum bj_turn {
    BJ_TURN_DONE,  /**< there is nothing more to do */
    BJ_TURN_AGAIN, /**< it wants another turn, after others have had theirs */
    BJ_TURN_WAITS  /**< it wants one when bj_task_wake() was called, or after *wait_ms */
} bj_turn;

/** What a task does. Copied when it is submitted. */
typedef struct bj_work {
    /** Set to sizeof(bj_work). */
    size_t size;
    /** Takes a turn of about `slice_us`. One at a time, on any thread. It looks at
     * bj_task_is_cancelled(), and is soon done then. `*wait_ms` is UINT64_MAX before: until it is
     * woken. A wake that comes during the turn is not lost: it does not wait then. Every function
     * of class *any* may be called. */
    bj_turn (*turn)(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms);
    /** Called once for what was accepted, on a thread of the scheduler's, after the last turn; also
     * where it was cancelled before its first. The task may be deleted in it, or given its next
     * work. NULL: nobody is called. */
    void (*done)(void *user, bj_task *task);
    /** Makes a turn that runs, or the next one, end soon. Called at most once, inside
     * bj_task_cancel(), of what was begun and is not done. Under the scheduler's lock: it may do
     * no more than bj_sandbox_interrupt() does, and calls none of the scheduler's functions. May
     * be NULL. */
    void (*cancel)(void *user, bj_task *task);
    /** Given to all of them; must live until `done`. */
    void *user;
} bj_work;

/** Makes a task that has nothing to do yet.
 *
 * @thread any
 * @life the caller's
 * @errors NULL: BJ_ERROR_ENDED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_task *bj_task_new(bj_scheduler *scheduler, uint64_t lane, bj_error *err);

/** Flag of submissions: takes the first turn on the calling thread, of `first_slice_us`.
 *
 * Only where nothing of its lane waits to be begun. It moves to the threads only if it is not done
 * then. */
#define BJ_TURN_HERE 1u

/** Gives a task its work, which is copied. `flags` are BJ_TURN_HERE or 0.
 *
 * 1: it is under way, `done` will be called. 0: it was done in its first turn, here; `done` is not
 * called.
 *
 * @thread any
 * @errors -1: BJ_ERROR_BUSY (it has work, or too many wait), _ENDED (the scheduler), _ARGUMENT,
 * _UNSUPPORTED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_task_submit(bj_task *task, const bj_work *work, unsigned flags,
                                     bj_error *err);

/** Makes a task and gives it its work: bj_task_new() and bj_task_submit() in one.
 *
 * @thread any
 * @life the caller's; `done` may delete it before this returns
 * @errors NULL: as those
 * @since 0.1 */
BJ_API BJ_CHECKED bj_task *bj_scheduler_submit(bj_scheduler *scheduler, uint64_t lane,
                                               const bj_work *work, bj_error *err);

/** Tells a task that what it waits for has come: a bj_wake_fn, with the task as its user.
 *
 * Also while the caller holds locks of its own.
 *
 * @thread any
 * @life not after the work that waits is done and its task deleted
 * @since 0.1 */
BJ_API void bj_task_wake(void *task);

/** Ends what a task does, in whatever state it is. It does not wait; `done` is called as always.
 *
 * What has not begun never begins, what waits continues and sees it, what runs is told by the
 * work's `cancel`. Nothing happens where it has no work.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_task_cancel(bj_task *task);

/** Whether the work that a task has, or had last, was cancelled.
 *
 * @thread any
 * @since 0.1 */
BJ_API bool bj_task_is_cancelled(const bj_task *task);

/** Whether the turn that calls this is its first one, on the thread that submitted it: it must not
 * wait.
 *
 * @thread callback: bj_work.turn
 * @since 0.1 */
BJ_API bool bj_task_is_here(const bj_task *task);

/** Whether a task has nothing to do.
 *
 * @thread any
 * @since 0.1 */
BJ_API bool bj_task_is_done(bj_task *task);

/** Waits until a task has nothing to do; `done` may still be running on its thread then.
 *
 * `timeout_ms` UINT64_MAX: as long as it takes. Not from a function of a work.
 *
 * @thread any
 * @errors -1, else 0: BJ_ERROR_BUSY (not within the time), _ENDED
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_task_wait(bj_task *task, uint64_t timeout_ms, bj_error *err);

/** Cancels a task that is not done, and gives it back. It does not wait.
 *
 * `done` is called as always, the last time that anything is heard of the task.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_task_delete(bj_task *task);

/** Receives what an eval or a run has come to.
 *
 * The receipt belongs to the function; NULL: `err` says why there is none. Where it was cancelled
 * before it began, the receipt is `interrupted` and has used nothing, and its sandbox is as it
 * was. It runs on a thread of the scheduler's, and may do what bj_work.done may: the sandbox is
 * free, so its next eval may be submitted here. */
typedef void (*bj_receipt_fn)(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err);

/** Gives a task an eval as its work: see bj_sandbox_eval_as(). The source is copied.
 *
 * Where `receipt` is given, the first turn is taken here (BJ_TURN_HERE). 0: it was done in that,
 * `*receipt` is the caller's, and `on_done` is not called. 1: it is under way. With NULL for
 * `on_done`, use bj_task_wait() and bj_task_receipt().
 *
 * @thread any
 * @life the sandbox must live until it is done
 * @errors -1: as bj_task_submit(), and those of bj_sandbox_eval_as() that were found out here
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_task_eval(bj_task *task, bj_sandbox *box, const char *source, size_t size,
                                   unsigned flags, bj_receipt_fn on_done, void *user,
                                   bj_receipt **receipt, bj_error *err);

/** Gives a task the run of a command as its work: see bj_sandbox_run() and bj_task_eval().
 *
 * @thread any
 * @life as bj_task_eval()
 * @errors -1: as bj_task_submit(), and those of bj_sandbox_run() that were found out here
 * @since 0.1 */
BJ_API BJ_CHECKED int bj_task_run(bj_task *task, bj_sandbox *box, bj_receipt_fn on_done, void *user,
                                  bj_receipt **receipt, bj_error *err);

/** Takes the receipt of the last eval or run that had no `on_done`, once.
 *
 * @thread any
 * @life the caller's
 * @errors NULL: BJ_ERROR_BUSY (not done), _ARGUMENT (there is none, or it was taken), or why there
 * is none
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_task_receipt(bj_task *task, bj_error *err);

/** Makes a task and gives it an eval: bj_task_new() and bj_task_eval() in one.
 *
 * @thread any
 * @life as bj_scheduler_submit()
 * @errors NULL: as those
 * @since 0.1 */
BJ_API BJ_CHECKED bj_task *bj_scheduler_eval(bj_scheduler *scheduler, uint64_t lane,
                                             bj_sandbox *box, const char *source, size_t size,
                                             unsigned flags, bj_receipt_fn on_done, void *user,
                                             bj_error *err);

/** Makes a task and gives it a run: bj_task_new() and bj_task_run() in one.
 *
 * @thread any
 * @life as bj_scheduler_submit()
 * @errors NULL: as those
 * @since 0.1 */
BJ_API BJ_CHECKED bj_task *bj_scheduler_run(bj_scheduler *scheduler, uint64_t lane, bj_sandbox *box,
                                            bj_receipt_fn on_done, void *user, bj_error *err);

/** @} */

/** @defgroup pool Pool
 * A scheduler for jobs, each in a new sandbox that is deleted after it.
 *
 * Sandboxes are made ahead, started up to their first eval, so that a job waits for nothing but
 * its turn. They can be taken out, too: bj_pool_take(). In a child of fork() a pool of the
 * parent's is dead, as a scheduler is.
 * @{ */

/** A pool. */
typedef struct bj_pool bj_pool;

/** A job of a pool. */
typedef struct bj_job bj_job;

/** How a pool works. Set up by bj_pool_options_init(). */
typedef struct bj_pool_options {
    /** Set by bj_pool_options_init(). */
    size_t size;
    /** 1 to 1,024; default: one for each processor. */
    uint32_t threads;
    /** Sandboxes that are kept ready; default: two for each thread. They count as alive. */
    uint32_t warm;
    /** Jobs that may wait; default: 64 for each thread. */
    uint32_t queue;
    /** Called when a job that ran is done, on the thread that ran it, which waits for it. It may
     * call every function of class *any*, and take and delete the job. NULL: nobody is called. */
    void (*on_done)(void *user, bj_job *job);
    /** Given to `on_done`. */
    void *on_done_user;
    /** BJ_EVAL_… of every job; default 0. */
    unsigned eval_flags;
    /** Jobs that may be under way besides those on threads: their guests wait for tools or sleep,
     * or they have run for longer than 5 ms and another lane wants the thread. Their sandboxes
     * count as alive, as many as the engine's max_sandboxes leave. A quarter is for lanes that
     * have nothing under way; when there is no more room, no more jobs are begun. Default 256,
     * most 30,000. */
    uint32_t aside;
} bj_pool_options;

/** What bj_pool_options_init() calls. For callers that have no sizeof: other languages.
 *
 * Sets up `size` bytes, no more.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_pool_options_init_sized(bj_pool_options *options, size_t size);

/** Sets every option to its default.
 *
 * @thread one
 * @since 0.1 */
static inline void bj_pool_options_init(bj_pool_options *options)
{
    bj_pool_options_init_sized(options, sizeof *options);
}

/** Makes a pool. All jobs run under the policy, which is copied; `options` may be NULL: all
 * defaults.
 *
 * The policy's output and audit functions are called by several threads.
 *
 * @thread any
 * @life the caller's; the runtime must outlive it
 * @errors NULL: as bj_sandbox_new(), found out now; BJ_ERROR_IO (no threads)
 * @since 0.1 */
BJ_API BJ_CHECKED bj_pool *bj_pool_new(bj_runtime *runtime, const bj_policy *policy,
                                       const bj_pool_options *options, bj_error *err);

/** The pool's own scheduler: for its counters, and for evals in sandboxes that were taken.
 *
 * @thread any
 * @life the pool's
 * @since 0.1 */
BJ_API bj_scheduler *bj_pool_scheduler(bj_pool *pool);

/** Ends a pool: what waits or runs ends as interrupted, and its jobs are done when this returns.
 *
 * They are still to be deleted. No other thread may be submitting.
 *
 * @thread one
 * @since 0.1 */
BJ_API void bj_pool_delete(bj_pool *pool);

/** Takes a new sandbox under the pool's policy: one that was made ahead, if there is one.
 *
 * @thread any
 * @life the caller's; it may outlive the pool
 * @errors NULL: as bj_sandbox_new()
 * @since 0.1 */
BJ_API BJ_CHECKED bj_sandbox *bj_pool_take(bj_pool *pool, bj_error *err);

/** Lets a thread of the pool delete a sandbox that was taken from it, so that the caller does not
 * wait.
 *
 * Nobody uses it again. NULL does nothing.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_pool_give(bj_pool *pool, bj_sandbox *box);

/** Submits a job: `size` bytes of source for an interpreter, which are copied; none for a command.
 *
 * Lanes (tenants, say) share the threads as those of a bj_scheduler do, however many jobs each of
 * them has. Within a lane jobs are begun in order, and no more than there are threads, but for
 * those whose guests wait. Waits up to `timeout_ms` for room in the queue; UINT64_MAX: as long as
 * it takes.
 *
 * @thread any
 * @life the caller's, for bj_job_delete()
 * @errors NULL: BJ_ERROR_BUSY, _ENDED, _MEMORY
 * @since 0.1 */
BJ_API BJ_CHECKED bj_job *bj_pool_submit(bj_pool *pool, uint64_t lane, const char *source,
                                         size_t size, uint64_t timeout_ms, bj_error *err);

/** Waits for a job, and takes its receipt, once.
 *
 * A job that was cancelled before it ran has outcome `interrupted` and has used nothing.
 *
 * @thread any
 * @life the receipt is the caller's
 * @errors NULL: BJ_ERROR_BUSY (not done within `timeout_ms`), _ARGUMENT (taken already), or what
 * kept the sandbox from being made
 * @since 0.1 */
BJ_API BJ_CHECKED bj_receipt *bj_job_wait(bj_job *job, uint64_t timeout_ms, bj_error *err);

/** Whether a job is done.
 *
 * @thread any
 * @since 0.1 */
BJ_API bool bj_job_is_done(bj_job *job);

/** Ends a job that waits or runs, with outcome `interrupted`. It does not wait.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_job_cancel(bj_job *job);

/** Cancels a job that is not done, and gives it back. It does not wait.
 *
 * @thread any
 * @since 0.1 */
BJ_API void bj_job_delete(bj_job *job);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
