/*
 * belljar.h: run code that nobody has read, under glass.
 *
 * The whole public interface of libbelljar. It compiles alone, as C99 and as C++.
 *
 *     bj_error err;
 *     bj_engine *engine = bj_engine_new(NULL, &err);
 *     bj_runtime *python = bj_runtime_open(engine, "python", &err);
 *     bj_policy policy;
 *     bj_policy_init(&policy);
 *     bj_sandbox *box = bj_sandbox_new(python, &policy, &err);
 *     bj_receipt *receipt = bj_sandbox_eval(box, "print(6 * 7)", 12, &err);
 *     puts(bj_receipt_stdout(receipt, NULL));
 *
 * Two kinds of failure. What goes wrong because of the *guest* (an exception, a limit, a trap) is an
 * outcome in a receipt. What goes wrong because of the *host or the caller* (no memory, a bad
 * argument, a module that is not valid) is an error: the function returns NULL or a negative number
 * and fills the caller's bj_error.
 *
 * Threads. Engines and runtimes are shared freely. A policy, a sandbox and a receipt are used by one
 * thread at a time; only bj_sandbox_interrupt may be called from any thread and from a signal handler. Running
 * a sandbox that another thread runs, or a tool of its own, is refused (BJ_ERROR_BUSY).
 *
 * Ownership. What a `_new` or `_open` or an eval returned is the caller's, to be given to the matching
 * `_delete`, in any order that deletes sandboxes before their runtime and runtimes before their engine.
 * Every `_delete(NULL)` does nothing. Strings that an accessor returns belong to the object and live
 * until it is deleted.
 */
#ifndef BELLJAR_H
#define BELLJAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BJ_API     __attribute__((visibility("default")))
#define BJ_CHECKED __attribute__((warn_unused_result))
#else
#define BJ_API
#define BJ_CHECKED
#endif

#define BJ_VERSION "0.1.0"

/* The version of the library that is linked, as opposed to BJ_VERSION of the header. Static. */
BJ_API const char *bj_version(void);

/* ------------------------------------------------------------------ errors */

typedef enum bj_error_code {
    BJ_ERROR_NONE = 0,
    BJ_ERROR_ARGUMENT,    /* the caller passed something that cannot be right */
    BJ_ERROR_MEMORY,      /* the host is out of memory or address space */
    BJ_ERROR_IO,          /* a system call failed; sys_errno says how */
    BJ_ERROR_MODULE,      /* not a WebAssembly module that can be compiled */
    BJ_ERROR_IMPORT,      /* the module imports something that nobody grants */
    BJ_ERROR_UNSUPPORTED, /* valid, but not something that this build or this kind of runtime does */
    BJ_ERROR_ENDED,  /* the sandbox has ended: a limit, a trap or an exit was its last outcome */
    BJ_ERROR_GUEST,  /* an interpreter guest broke the interface of belljar_guest.h */
    BJ_ERROR_ENGINE, /* the engine failed in a way that it should not */
    BJ_ERROR_BUSY, /* not now: the queue is full, the job is not done, the sandbox is in use elsewhere */
    BJ_ERROR_STOPPED /* bj_sandbox_interrupt has ended it on the way */
} bj_error_code;

/* Owned by the caller, nothing to free. Functions that take one accept NULL, and write it only when
 * they fail. */
typedef struct bj_error {
    bj_error_code code;
    int sys_errno; /* errno of the system call, or of the guest's file operation, that failed; or 0 */
    char message[256]; /* one line, NUL-terminated: what is wrong and what to do about it */
} bj_error;

/* ------------------------------------------------------------------ engine */

/* Process-wide: compiler, cache of compiled modules, warm slots, clock. One per process is right. */
typedef struct bj_engine bj_engine;

typedef struct bj_engine_options {
    size_t size; /* sizeof(bj_engine_options), set by bj_engine_options_init */
    /* Sandboxes that may be alive at once, 1 to 30,000; each reserves address space, not memory.
     * Default 1,000. */
    uint32_t max_sandboxes;
    /* Largest module that is accepted, in bytes. Default 256 MiB. */
    uint64_t max_module_bytes;
    /* Folder of compiled modules: NULL for $BELLJAR_CACHE, else $XDG_CACHE_HOME/belljar, else
     * ~/.cache/belljar; "" for none. It must be ours alone (mode 0700), or it is not used. */
    const char *cache_dir;
    /* Folder of the guests (python.wasm, …), or several with colons between, of which the first that has a guest gives it: NULL
     * for $BELLJAR_GUESTS, else where they were installed. */
    const char *guest_dir;
    /* Told what takes long ("compiling python.wasm") or is worth knowing; NULL for silence. */
    void (*log)(void *user, const char *line);
    void *log_user;
    /* Descriptors of the host that the guests of all sandboxes may hold together: files and directories of what was
     * granted. The directories that are granted themselves, archives and what the engine needs come besides. 0, the
     * default, is half of what RLIMIT_NOFILE allows when the engine is made. The library never changes that limit:
     * raise it before, where many sandboxes are to read files. */
    uint32_t host_descriptors;
    /* What compiling a module may take, in a process of its own: milliseconds of the processor's time, all threads together, and bytes
     * of memory. 0, the default, goes with the module's size: 3 s and 384 MiB, and for each MiB of code 3 s and 64 MiB more. Guests of
     * the installation have no limit. docs/limits.md */
    uint64_t compile_ms;
    uint64_t compile_bytes;
    /* Folder of compiled guests (bj_runtime_precompile), or several with colons between, besides those that were installed
     * with this library; NULL for none. What is in it runs as the host's own code. */
    const char *compiled_dir;
} bj_engine_options;

BJ_API void bj_engine_options_init(bj_engine_options *options);

/* `options` may be NULL for the defaults. NULL on failure: BJ_ERROR_MEMORY, _ARGUMENT, _ENGINE. */
BJ_API BJ_CHECKED bj_engine *bj_engine_new(const bj_engine_options *options, bj_error *err);
BJ_API void bj_engine_delete(bj_engine *engine);

/* What this machine supports and what was chosen, as a JSON object:
 * {"version", "wasmtime", "allocation": "pooling"|"on demand", "allocation_reason", "pagemap_scan",
 *  "keep_resident_bytes", "max_sandboxes", "host_descriptors", "cache": {"dir", "usable", "reason", "entries", "bytes"},
 *  "guests": {"dir", "python": bool, "javascript": bool, "typescript": bool, "packages": {name: version, …}}, "cpu", "kernel"}.
 * "packages" are those that are linked into Python; "dir" is one folder or several, with colons between.
 * NULL when out of memory; else the caller frees it with bj_string_free. */
BJ_API BJ_CHECKED char *bj_engine_describe(bj_engine *engine);

/* Frees a string that a `_describe` function returned. */
BJ_API void bj_string_free(char *text);

/* ------------------------------------------------------------------ runtime */

/* A guest program, compiled and ready to be started. */
typedef struct bj_runtime bj_runtime;

typedef enum bj_runtime_kind {
    BJ_RUNTIME_COMMAND,     /* a WASI command: start it with bj_sandbox_run */
    BJ_RUNTIME_INTERPRETER, /* speaks belljar_guest.h: give it source with bj_sandbox_eval */
    BJ_RUNTIME_LIBRARY      /* neither: it can be described, not run */
} bj_runtime_kind;

/* `name` is "python", "javascript", "typescript", or the path of a .wasm or .wat file. Compiles at the first use
 * and takes the compiled form from the cache after that. The same name and file (by identity, size and times), opened twice, is the same
 * runtime: each is to be deleted, and the engine keeps those that were used last, 32 at most and 256 MiB of modules. Several threads
 * that open the same at once: one does, the others wait. A guest's frozen image is taken where there is one
 * (python.image.wasm); an interpreter's library is the archive beside it (python-lib.zip).
 * NULL on failure: BJ_ERROR_IO (no such file, …), _MODULE, _UNSUPPORTED, _MEMORY. */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_open(bj_engine *engine, const char *name, bj_error *err);

/* The same for a module in memory, binary or text; `name` is for messages. The bytes are copied. */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_from_bytes(bj_engine *engine, const void *bytes,
                                                    size_t size, const char *name, bj_error *err);
BJ_API void bj_runtime_delete(bj_runtime *runtime);

/* The same, but nobody waits: where another thread is opening the very thing, NULL and BJ_ERROR_BUSY, and `wake` is called once when that is over,
 * to try again. For the turns of a scheduler's works, with bj_task_wake. */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_try_open(bj_engine *engine, const char *name,
                                                  void (*wake)(void *user), void *user,
                                                  bj_error *err);
BJ_API BJ_CHECKED bj_runtime *bj_runtime_try_from_bytes(bj_engine *engine, const void *bytes,
                                                        size_t size, const char *name,
                                                        void (*wake)(void *user), void *user,
                                                        bj_error *err);
/* The same where it is open already; else NULL: nothing is read or compiled. For the thread of an event loop. */
BJ_API BJ_CHECKED bj_runtime *bj_runtime_find(bj_engine *engine, const char *name);
BJ_API BJ_CHECKED bj_runtime *bj_runtime_find_bytes(bj_engine *engine, const void *bytes,
                                                    size_t size, const char *name);
/* Whoever waits with this `user` is not called any more, once this has returned. */
BJ_API void bj_runtime_stop_waiting(bj_engine *engine, const void *user);

/* Starts an interpreter and gives it back as a module that has been started: a frozen image, from which a
 * fresh sandbox is made without starting it again. Freezing twice gives the same bytes. `*size` bytes, which the
 * caller frees with bj_string_free; write them to a .wasm file, or hand them to bj_runtime_from_bytes.
 * NULL on failure: BJ_ERROR_UNSUPPORTED (no interpreter, an image already, or state that a module cannot
 * hold), _GUEST (it did not start), _MEMORY. */
BJ_API BJ_CHECKED char *bj_runtime_freeze(bj_runtime *runtime, size_t *size, bj_error *err);

/* Compiles the runtime for any x86-64-v3 machine (AVX2, BMI2, FMA), and writes the result into the folder `dir`, which is made. A folder
 * `compiled` among the guests that lie beside this library is looked into before anything is compiled: so an
 * installation's first sandbox need not wait. Taken only where it belongs to root or the user, and nobody else may
 * write to it. `level`, 1 to 19, packs it by zstd: it is unpacked once, into the cache of compiled modules, when it is first
 * wanted; 0: it is mapped where it lies. 0, or -1: BJ_ERROR_ARGUMENT, _IO, _MODULE, _UNSUPPORTED, _MEMORY. */
BJ_API BJ_CHECKED int bj_runtime_precompile(bj_runtime *runtime, const char *dir, int level,
                                            bj_error *err);

BJ_API bj_runtime_kind bj_runtime_get_kind(const bj_runtime *runtime);

/* Imports, exports and memory of the module, and what it would be denied, as a JSON object:
 * {"name", "kind": "command"|"interpreter"|"library", "bytes", "sha256",
 *  "refused": why it would not be compiled, unless compile_ms is set, or null,
 *  "imports": [{"module", "name", "kind", "type", "granted": bool}],
 *  "exports": [{"name", "kind", "type"}],
 *  "memory": {"min_bytes", "max_bytes" or null} or null}.
 * Where it is a library that is not valid, "error" says why and imports, exports and memory are missing. NULL when out of memory;
 * else the caller frees it with bj_string_free. */
BJ_API BJ_CHECKED char *bj_runtime_describe(const bj_runtime *runtime);

/* The same of a module in memory, binary or text, which is read and checked but not compiled: in time and memory that go with its size.
 * `name` is for messages. NULL: BJ_ERROR_MODULE (it is not even the beginning of a module), _MEMORY. From any thread. */
BJ_API BJ_CHECKED char *bj_module_describe(bj_engine *engine, const void *bytes, size_t size,
                                           const char *name, bj_error *err);

/* ------------------------------------------------------------------ policy */

/*
 * The limits, in one table: field, name in receipts and on the command line, unit, default, least,
 * most, help. The fields of bj_policy, the options of `belljar run` and their help come from it.
 *
 * Time is the guest's own: `timeout` counts while it runs, sleeps, or waits for tools or input, not while it could go on
 * and has no thread (see bj_sandbox_step); `cpu` counts the processor time of the threads that run it, the host's work in
 * calls that it makes included.
 *
 * Time, fuel, stack, output and host calls end the run when they are crossed: outcome `limit`, which
 * names the limit. Memory, table, files, file bytes and descriptors are refused to the guest as the
 * ordinary error that its language knows (MemoryError, ENOSPC, EMFILE), and the guest may go on. So is a
 * call of a tool while as many as `open-calls` are unanswered.
 *
 * Bytes that a value has beside its text beyond `value_bytes` stay in the text, where 1 MiB is all there is.
 *
 * What is shown beyond `displays` and `display-bytes` is left out of the receipt, which counts it; the run goes on.
 *
 * host_descriptors counts files and directories of the host that the guest has open, besides those that were granted.
 * Where all guests of the engine hold so many that it would be more than an eighth of what is left
 * (bj_engine_options.host_descriptors), the guest is refused with ENFILE before that.
 */
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

typedef enum bj_unit { BJ_UNIT_COUNT, BJ_UNIT_BYTES, BJ_UNIT_MILLISECONDS } bj_unit;

/* Reads all of `text`, NUL-terminated, as a number with a unit, without rounding, into milliseconds, bytes or a count:
 *     time    10s 500ms 2m 1h 1.5s 1d; a plain number is seconds, as with timeout(1)
 *     size    256M 256MiB 64K 1G (powers of 1024), 256MB (powers of 1000); a plain number is bytes
 *     count   1000 1_000_000 500k 1e9 (k, M, G: powers of 1000)
 * Case does not count. 0, or -1 and BJ_ERROR_ARGUMENT, whose sys_errno is EINVAL (no such number or unit), EDOM (finer than the unit)
 * or ERANGE (more than 64 bits hold); *value is what it was then. From any thread. */
BJ_API BJ_CHECKED int bj_quantity_read(bj_unit unit, const char *text, uint64_t *value,
                                       bj_error *err);
/* "64K, 256M or 1G": for messages. Static. */
BJ_API const char *bj_quantity_examples(bj_unit unit);

typedef struct bj_grants bj_grants; /* private */

/* What a sandbox may use. A plain value with room for growth at the end: bj_policy_init, then set
 * the limits directly and add grants with the functions below, then bj_policy_clear. */
typedef struct bj_policy {
    size_t size; /* sizeof(bj_policy), set by bj_policy_init */
#define BJ_LIMIT_FIELD(field, name, unit, default_, least, most, help) uint64_t field;
    BJ_LIMITS(BJ_LIMIT_FIELD)
#undef BJ_LIMIT_FIELD
    /* Two runs of the same code give the same: a clock and a randomness of its own, from `seed`, instructions that are counted,
     * directories in order; receipts have a digest (docs/receipt.md). Default false. */
    bool deterministic;
    uint64_t seed;
    bj_grants *grants; /* private */
} bj_policy;

typedef enum bj_mode {
    BJ_READ_ONLY,
    BJ_READ_WRITE, /* the guest changes the host's files; it may make the directory grow by `files` and
                      `file_bytes` */
    BJ_OVERLAY /* the guest sees its changes, the host's files stay as they are: see bj_changes */
} bj_mode;

typedef enum bj_stream { BJ_STDOUT = 1, BJ_STDERR = 2 } bj_stream;

/* Every limit at its default, nothing granted: no files, no variables, no arguments, empty stdin. */
BJ_API void bj_policy_init(bj_policy *policy);

/* Frees what the grants hold. The policy is as after bj_policy_init then. */
BJ_API void bj_policy_clear(bj_policy *policy);

/* 0 when every limit lies in its range, else -1 and a message that names limit and range. */
BJ_API BJ_CHECKED int bj_policy_check(const bj_policy *policy, bj_error *err);

/* The functions below copy their arguments. 0, or -1 and BJ_ERROR_ARGUMENT or _MEMORY. */

/* Shows the host directory `host` to the guest at the absolute path `guest`. What lies below another grant is
 * granted after it. "/work" takes the place of the directory in memory; "/" is the root, which everything else
 * lies over, whatever the order (docs/wasi.md). */
BJ_API BJ_CHECKED int bj_policy_grant_dir(bj_policy *policy, const char *host, const char *guest,
                                          bj_mode mode, bj_error *err);

/* Gives the guest an empty directory in memory at the absolute path `guest`, which holds up to `bytes`: these are
 * not of the limit file_bytes. (/work is there in any case.) */
BJ_API BJ_CHECKED int bj_policy_grant_tmp(bj_policy *policy, const char *guest, uint64_t bytes,
                                          bj_error *err);

/* Shows the zip file `file` of the host (a wheel, say) to the guest as a directory at the absolute path
 * `guest`, read-only. */
BJ_API BJ_CHECKED int bj_policy_grant_archive(bj_policy *policy, const char *file,
                                              const char *guest, bj_error *err);

/* Shows a command the directory /dev with null, zero and urandom. Interpreters see it in any case,
 * unless something else is granted there. */
BJ_API BJ_CHECKED int bj_policy_grant_devices(bj_policy *policy, bj_error *err);

/* Lets a module throw and catch (the proposal exception-handling, in its final form), which is refused otherwise: what does that for it, in
 * Wasmtime, is younger than the rest (docs/threat-model.md). Belljar's own guests may in any case. */
BJ_API BJ_CHECKED int bj_policy_grant_exceptions(bj_policy *policy, bj_error *err);

/* Sets the guest's environment variable `name`; the last one set counts. */
BJ_API BJ_CHECKED int bj_policy_grant_env(bj_policy *policy, const char *name, const char *value,
                                          bj_error *err);

/* Adds an argument. The first is the program's own name (argv[0]). */
BJ_API BJ_CHECKED int bj_policy_grant_arg(bj_policy *policy, const char *arg, bj_error *err);

/* What the guest reads from stdin: the bytes given, or the host's descriptor `fd` from where it stands
 * (not closed by Belljar; it must outlive the sandboxes). The last of the two that was set counts. */
BJ_API BJ_CHECKED int bj_policy_grant_stdin(bj_policy *policy, const void *bytes, size_t size,
                                            bj_error *err);
BJ_API BJ_CHECKED int bj_policy_grant_stdin_fd(bj_policy *policy, int fd, bj_error *err);

/* Hands out output as it comes, on the thread that runs the guest, besides keeping it for the receipt. The
 * function runs on what is left of the guest's stack, 200 KiB at least, and counts against its time. */
typedef void (*bj_output_fn)(void *user, bj_stream stream, const char *bytes, size_t size);
BJ_API BJ_CHECKED int bj_policy_on_output(bj_policy *policy, bj_output_fn fn, void *user,
                                          bj_error *err);

/* Tells of every call to the host that names a resource, after it was made: a JSON object on one line, without a
 * newline, NUL-terminated after `size` bytes (docs/receipt.md). On the thread that runs the guest, as on_output. */
typedef void (*bj_audit_fn)(void *user, const char *line, size_t size);
BJ_API BJ_CHECKED int bj_policy_on_audit(bj_policy *policy, bj_audit_fn fn, void *user,
                                         bj_error *err);

/* ------------------------------------------------------------------ tool */

/* Bytes beside the text of a value, of any content: `bytes` of them at `data`, which may be NULL where there are none. */
typedef struct bj_blob {
    const void *data;
    size_t bytes;
} bj_blob;

/* A call of a tool that waits for its answer. */
typedef struct bj_tool_call bj_tool_call;

/* Called on the thread that runs the guest, which is put aside meanwhile. Answers the call once, with one of the two
 * functions below: before it returns, or later and from any thread. The guest waits, at most until its deadline or an
 * interrupt; an answer that comes after that is dropped. */
typedef void (*bj_tool_fn)(void *user, bj_tool_call *call);

/* A host function that the guest may call by its name, JSON in and JSON out. */
typedef struct bj_tool {
    size_t size;             /* sizeof(bj_tool), set by bj_tool_init */
    const char *name;        /* a letter or '_', then letters, digits and '_'; at most 64 bytes */
    const char *description; /* for who calls it; NULL: none */
    /* JSON Schema (draft 2020-12, or what "$schema" says) of the arguments, which are an object; NULL: any. Arguments that
     * do not fit never reach `call`. References lead nowhere but into the schema. */
    const char *schema;
    bool global;         /* interpreters: also a global function of this name */
    uint64_t most_calls; /* in one run or eval; default UINT64_MAX */
    uint64_t
        most_bytes; /* of the arguments, and of the result, of one call; default 1 MiB, most 64 MiB */
    uint64_t most_ms; /* one call; default UINT64_MAX: what the guest has left */
    bj_tool_fn call;
    void (*release)(void *user); /* when nothing can call it any more, on any thread; may be NULL */
    void *user;
    /* Arguments and result are tagged JSON (docs/values.md), by which values pass that JSON does not hold. Else they are
     * JSON, and what it does not hold never reaches `call`; its schema judges the same value either way. Default false. */
    bool rich;
    /* Arguments and result may have bytes beside their tagged JSON, as values of evals may (bj_receipt_blob), which count against `most_bytes`
     * with it: see bj_tool_call_blob, bj_tool_call_return_with. Implies `rich`. Default false. */
    bool blobs;
} bj_tool;

BJ_API void bj_tool_init(bj_tool *tool);

/* Lets the guest call the tool, which is copied; it takes the place of one of the same name. On success `release` is called once,
 * after the policy, its copies in sandboxes and snapshots, and calls that are still unanswered are gone.
 * 0, or -1: BJ_ERROR_ARGUMENT (a name or a schema that is none), _MEMORY; `release` is not called then. */
BJ_API BJ_CHECKED int bj_policy_grant_tool(bj_policy *policy, const bj_tool *tool, bj_error *err);

/* Those of the call; the arguments are an object, in JSON or tagged JSON, that fits the schema. Until it is answered. */
BJ_API const char *bj_tool_call_name(const bj_tool_call *call);
BJ_API const char *bj_tool_call_arguments(const bj_tool_call *call, size_t *size);
/* The bytes beside the arguments, which name each of them exactly once. Of a tool with `blobs`, until it is answered. */
BJ_API size_t bj_tool_call_blob_count(const bj_tool_call *call);
BJ_API bool bj_tool_call_blob(const bj_tool_call *call, size_t number, bj_blob *blob);
/* What bj_sandbox_set_tag said of the sandbox that calls, when it called; else 0. Until it is answered. */
BJ_API uint64_t bj_tool_call_tag(const bj_tool_call *call);
/* False once the guest no longer waits for the answer. From any thread. */
BJ_API bool bj_tool_call_is_wanted(const bj_tool_call *call);

/* Answers with a result: JSON or tagged JSON, copied. What is none, or longer than the tool may answer, is an error in the guest. */
BJ_API void bj_tool_call_return(bj_tool_call *call, const char *json, size_t size);
/* The same of a tool with `blobs`, with `count` blobs beside the result, 65,536 at most, which are copied; its text names each exactly once. */
BJ_API void bj_tool_call_return_with(bj_tool_call *call, const char *json, size_t size,
                                     const bj_blob *blobs, size_t count);
/* Answers with an error, which the guest raises: Python as belljar_tools.ToolError. Texts are UTF-8, cut at 64 KiB. */
BJ_API void bj_tool_call_raise(bj_tool_call *call, const char *type, const char *message);

/* ------------------------------------------------------------------ sandbox */

/* One isolated instance: memory, files, descriptors, counters. */
typedef struct bj_sandbox bj_sandbox;

/* The policy is copied. NULL on failure: BJ_ERROR_ARGUMENT (a limit out of range), _IMPORT (an import
 * that nobody grants, by name), _IO (a granted directory that cannot be opened), _MODULE (the module
 * wants more than any policy can give), _MEMORY. The guest does not run yet. */
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_new(bj_runtime *runtime, const bj_policy *policy,
                                             bj_error *err);
BJ_API void bj_sandbox_delete(bj_sandbox *box);

typedef struct bj_receipt bj_receipt;

/* Runs `source` (UTF-8, `size` bytes) in an interpreter runtime; globals persist to the next eval.
 * NULL on failure: BJ_ERROR_UNSUPPORTED (not an interpreter), _ENDED, _BUSY, _GUEST, _MEMORY. */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_eval(bj_sandbox *box, const char *source, size_t size,
                                              bj_error *err);

/* Flags of bj_sandbox_eval_as. */
#define BJ_EVAL_INTERACTIVE 1u /* as at a prompt: print values; may find the source incomplete */
#define BJ_EVAL_MODULE      2u /* JavaScript: the source is a module */
#define BJ_EVAL_RICH        4u /* the value is told in tagged JSON (docs/values.md), which holds more */

/* The value may have bytes beside its text: see bj_receipt_blob. Implies BJ_EVAL_RICH. */
#define BJ_EVAL_BLOBS 8u

BJ_API BJ_CHECKED bj_receipt *bj_sandbox_eval_as(bj_sandbox *box, const char *source, size_t size,
                                                 unsigned flags, bj_error *err);

/* Has `count` blobs (65,536 at most) wait for the sandbox's next run or eval, however that is made, in place of those that waited: its guest copies those
 * that it wants by their numbers, from 0 on. So a value comes in that is long: its text, tagged JSON in the source, has {"$blob": [number, "bytes"]} in
 * the place of each, and Python's belljar_values.unpack, JavaScript's globalThis[Symbol.for("belljar.unpack")] put them there (docs/values.md).
 *
 * The list is copied, the bytes are not: they are the caller's, and stay as they are until that run or eval has ended, or failed to begin, or the
 * sandbox is deleted. Then none waits any more; `count` 0 has none wait before. Snapshots and forks have none. While the guest runs they count
 * against `value_bytes`. 0, or -1: BJ_ERROR_ARGUMENT (too many, or more bytes than that limit), _BUSY, _MEMORY. */
BJ_API BJ_CHECKED int bj_sandbox_attach(bj_sandbox *box, const bj_blob *blobs, size_t count,
                                        bj_error *err);

/* Starts a command module (`_start`) and runs it to its end; a sandbox runs once.
 * NULL on failure: BJ_ERROR_UNSUPPORTED (not a command), _ENDED, _MEMORY. */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_run(bj_sandbox *box, bj_error *err);

/*
 * Evals and runs in steps, for a host with many sandboxes and few threads: what is begun holds a thread only while its
 * guest runs, not while it waits for a tool or sleeps, and gives the thread back after a slice of time. Whatever thread
 * is free takes the next step, one at a time.
 *
 *     bj_sandbox_begin_eval(box, source, size, 0, wake, user, &err);
 *     switch (bj_sandbox_step(box, 10, &receipt, &wait_ms, &err)) {
 *     case BJ_STEP_DONE:    …                               the receipt
 *     case BJ_STEP_WAITS:   …                               step again when `wake` is called, or after wait_ms
 *     case BJ_STEP_YIELDED: …                               step again when it is its turn
 *     case BJ_STEP_FAILED:  …                               err says why
 *     }
 */

/* Wakes whoever steps a sandbox: the guest may go on. Called at most once for each step that said BJ_STEP_WAITS, maybe
 * before that step has returned: take the next one after it (two at once are BJ_ERROR_BUSY). Never for a wait that a
 * later step has ended, nor after bj_sandbox_delete has returned. On the thread that answers the tool's call, inside bj_tool_call_return or
 * bj_tool_call_raise: it hands the news on, and uses neither the sandbox nor the call itself. */
typedef void (*bj_wake_fn)(void *user);

/* Begin an eval or a run: see bj_sandbox_eval_as and bj_sandbox_run. Nothing of the guest runs yet, and its time neither:
 * that goes on while a step is made, and while it waits for a tool or sleeps, until the tool has answered or the sleep is
 * over. What then passes until the next step is bj_usage.queued_ns.
 * The source is copied. The sandbox is busy until a step ends it, or bj_sandbox_delete. `wake` may be NULL.
 * 0, or -1 on failure: as those. */
BJ_API BJ_CHECKED int bj_sandbox_begin_eval(bj_sandbox *box, const char *source, size_t size,
                                            unsigned flags, bj_wake_fn wake, void *user,
                                            bj_error *err);
BJ_API BJ_CHECKED int bj_sandbox_begin_run(bj_sandbox *box, bj_wake_fn wake, void *user,
                                           bj_error *err);

typedef enum bj_step {
    BJ_STEP_FAILED = -1, /* *err says why; nothing goes on, unless that is BJ_ERROR_BUSY */
    BJ_STEP_DONE,        /* *receipt is the caller's */
    BJ_STEP_WAITS,       /* for a tool that has not answered, or it sleeps */
    BJ_STEP_YIELDED      /* its slice is over */
} bj_step;

/* Goes on with what was begun, on the calling thread, which may be another one each time: until it is done, until the
 * guest waits for a tool that has not answered or sleeps, or until `slice_ms` have passed, give or take a millisecond
 * (0: for as long as it takes). Tools' functions run in it. A guest that reads from bj_policy_grant_stdin_fd waits in it.
 * After BJ_STEP_WAITS: step again once `wake` was called, after bj_sandbox_interrupt, or when `*wait_ms` have passed (its
 * sleep is over then, or a limit of time has come); earlier does no harm. `wait_ms` may be NULL.
 * BJ_STEP_FAILED: as bj_sandbox_eval_as and bj_sandbox_run, BJ_ERROR_ARGUMENT (nothing was begun). */
BJ_API BJ_CHECKED bj_step bj_sandbox_step(bj_sandbox *box, uint64_t slice_ms, bj_receipt **receipt,
                                          uint64_t *wait_ms, bj_error *err);

/* The same for the thread of an event loop, which has other things to do: goes on for `slice_us` microseconds (0: for as long
 * as it takes), and what is not done then is handed to bj_sandbox_step on another thread, or stepped again. A slice below a
 * millisecond ends within 0.2 ms of its time where the machine has a processor to spare, and a row of them costs no more than
 * bj_sandbox_eval; longer ones end like those of bj_sandbox_step.
 * It never waits: a guest that sleeps says BJ_STEP_WAITS, however short its sleep, unless it is over within the slice; and one
 * whose policy lets it read from a descriptor of the host's that is no file (bj_policy_grant_stdin_fd) is not run at
 * all, BJ_STEP_YIELDED at once: bj_sandbox_step it is for that. What it cannot cut short is the first start of a guest that is
 * not made ahead, one call of the guest to the host, and what the embedder does in tools and output functions. A receipt that may
 * take long is not made in it: where the guest has ended and has changed files, or where much is to be hashed
 * (bj_receipt_digest), it says BJ_STEP_YIELDED too, and the next step of either kind makes the receipt. */
BJ_API BJ_CHECKED bj_step bj_sandbox_step_us(bj_sandbox *box, uint64_t slice_us,
                                             bj_receipt **receipt, uint64_t *wait_ms,
                                             bj_error *err);

/* Goes on with what was begun to its end, on the calling thread, which waits where the guest does. Nobody is woken any more.
 * NULL on failure: as BJ_STEP_FAILED. */
BJ_API BJ_CHECKED bj_receipt *bj_sandbox_finish(bj_sandbox *box, bj_error *err);

/* Lets the guest call one more tool from its next run or eval on, or another one of the same name: see
 * bj_policy_grant_tool. 0, or -1: BJ_ERROR_ARGUMENT, _BUSY, _MEMORY. */
BJ_API BJ_CHECKED int bj_sandbox_grant_tool(bj_sandbox *box, const bj_tool *tool, bj_error *err);
/* A number of the embedder's by which a tool's function knows who calls it: see bj_tool_call_tag. Nobody else looks at it;
 * forks and spawns begin with 0. Between two runs or evals, as all that uses a sandbox. */
BJ_API void bj_sandbox_set_tag(bj_sandbox *box, uint64_t tag);
/* Takes a tool away. 0, or -1: BJ_ERROR_ARGUMENT (there is none of that name), _BUSY. */
BJ_API BJ_CHECKED int bj_sandbox_revoke_tool(bj_sandbox *box, const char *name, bj_error *err);

/* Whether a limit, a trap, an interrupt or an exit has ended it: nothing can run in it any more. */
BJ_API bool bj_sandbox_has_ended(const bj_sandbox *box);

/* Ends what runs in `box` with outcome `interrupted`, or the next eval if nothing runs. What is done to its files from outside
 * meanwhile (bj_sandbox_copy_out, _commit, _list_files: BJ_ERROR_STOPPED; bj_sandbox_changes: what was found until then,
 * marked) is ended instead; nothing else ends that. From any thread, and from a signal handler. */
BJ_API void bj_sandbox_interrupt(bj_sandbox *box);

/* Copies the tree below the guest's directory `guest` (e.g. "/work") into the host directory `host`,
 * which is made if it is missing. Writes regular files and directories only, never outside `host`:
 * symbolic links, guest-made or found in `host`, are not followed. Existing files are replaced.
 * The number of files written, or -1: BJ_ERROR_IO, _ARGUMENT, _MEMORY, _STOPPED (the message says how many were written). */
BJ_API BJ_CHECKED int64_t bj_sandbox_copy_out(bj_sandbox *box, const char *guest, const char *host,
                                              bj_error *err);

/* The files of the guest, from outside, under the same rules as for the guest itself: paths are absolute and the guest's, what is
 * read-only for it stays so, and what is written counts against its limits. Also of a sandbox that has ended.
 * -1 or NULL on failure: BJ_ERROR_IO (the guest's error by name, and in sys_errno), _BUSY, _MEMORY. */

/* Writes a file, which is replaced if it is there; directories that lead to it are made. */
BJ_API BJ_CHECKED int bj_sandbox_write_file(bj_sandbox *box, const char *path, const void *bytes,
                                            size_t size, bj_error *err);
/* A file's bytes, NUL-terminated after `*size`; freed by bj_string_free. BJ_ERROR_ARGUMENT: longer than `most`. */
BJ_API BJ_CHECKED char *bj_sandbox_read_file(bj_sandbox *box, const char *path, size_t most,
                                             size_t *size, bj_error *err);
/* What lies in a directory: [{"name", "type": "file"|"directory"|"symlink"|"other", "bytes"}] in order of names, as
 * JSON; freed by bj_string_free. */
BJ_API BJ_CHECKED char *bj_sandbox_list_files(bj_sandbox *box, const char *path, bj_error *err);
/* Removes a file, a link or an empty directory. */
BJ_API BJ_CHECKED int bj_sandbox_remove_file(bj_sandbox *box, const char *path, bj_error *err);

/* Applies what the guest changed in the directory that was granted as BJ_OVERLAY at `guest` to the host's
 * directory: each file is replaced whole, no link is followed, links that lead up are refused. Stops at the first
 * failure, or between two files at an interrupt: the message says how many changes were applied then. Nothing is applied where
 * not all changes could be listed, or where hard links and holes would make more of files than file_bytes. The last thing to do with a sandbox: what the guest would see there afterwards is old and new mixed.
 * The number of changes applied, or -1: BJ_ERROR_IO, _ARGUMENT (no overlay there), _MEMORY, _UNSUPPORTED, _STOPPED. */
BJ_API BJ_CHECKED int64_t bj_sandbox_commit(bj_sandbox *box, const char *guest, bj_error *err);

/* What has become of files since the sandbox was made: see bj_receipt_change, which tells of one run or eval. Where it goes on
 * from a snapshot, from the very first one on: what an overlay changed before is still to be applied. */
typedef struct bj_changes bj_changes;

/* In the guest's directory `guest`, "/" for all; delete them before the sandbox is deleted or taken back. NULL: BJ_ERROR_MEMORY, _IO. */
BJ_API BJ_CHECKED bj_changes *bj_sandbox_changes(bj_sandbox *box, const char *guest, bj_error *err);
BJ_API void bj_changes_delete(bj_changes *changes);

/* ------------------------------------------------------------------ snapshot */

/*
 * The whole state of an interpreter's sandbox between two evals, as a value: memory, globals, files, open descriptors
 * with their offsets, the clock's zero, the state of a deterministic sandbox's randomness, counters. What it costs
 * grows with what differs from a fresh sandbox, not with the size of memory.
 *
 * A snapshot never changes, and any thread may use it, several at once; only its deletion must come last.
 */
typedef struct bj_snapshot bj_snapshot;

/* The sandbox goes on as if nothing had happened. NULL on failure: BJ_ERROR_UNSUPPORTED (not an interpreter, or state
 * that cannot be told apart), _ENDED, _MEMORY. A sandbox that nothing ran in yet is started for it. */
BJ_API BJ_CHECKED bj_snapshot *bj_sandbox_snapshot(bj_sandbox *box, bj_error *err);
BJ_API void bj_snapshot_delete(bj_snapshot *snapshot);

/* A new sandbox that goes on from there; as many as are wanted, on any thread. `policy` gives it its limits and what
 * it may use: each directory and archive that the snapshot was taken with must be granted in it again, at the same
 * path and in the same way, or the spawn is refused with the path in the message; what is granted besides is added.
 * Standard input is the policy's, from its beginning; arguments and variables are the policy's, too: those that the
 * snapshot was taken with are gone from where programs find them (docs/threat-model.md says what may be left in memory), and variables that the program
 * set under other names stay. NULL for `policy`: all as in the sandbox that the snapshot was taken of (not of one that was
 * loaded).
 *
 * Randomness is the new sandbox's own, unless it is deterministic: generators that the guest's system seeded are
 * seeded anew (Python's random, every random.Random(), tempfile; JavaScript's Math.random); those that the program seeded
 * itself go on with their sequence.
 * NULL on failure: BJ_ERROR_ARGUMENT (a grant is missing or a limit is below what is in use), _IO, _MEMORY. */
BJ_API BJ_CHECKED bj_sandbox *bj_snapshot_spawn(bj_snapshot *snapshot, const bj_policy *policy,
                                                bj_error *err);

/* Flags of bj_snapshot_spawn_as, bj_sandbox_fork_as and bj_sandbox_rewind_as. */
#define BJ_SPAWN_TWIN 1u /* the guest's generators go on with the numbers of the snapshot */
#define BJ_SPAWN_KEEP_ENVIRONMENT                                                                  \
    2u /* arguments and variables are what they were, not the policy's */

BJ_API BJ_CHECKED bj_sandbox *bj_snapshot_spawn_as(bj_snapshot *snapshot, const bj_policy *policy,
                                                   unsigned flags, bj_error *err);

/* Snapshot and spawn in one. */
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_fork(bj_sandbox *box, bj_error *err);
BJ_API BJ_CHECKED bj_sandbox *bj_sandbox_fork_as(bj_sandbox *box, unsigned flags, bj_error *err);

/* Takes a sandbox back to a snapshot of it, or of a twin; also one that has ended. It keeps its policy, with its arguments and
 * variables; randomness is as in bj_snapshot_spawn. 0, or -1 with the sandbox as it was: as bj_snapshot_spawn. */
BJ_API BJ_CHECKED int bj_sandbox_rewind(bj_sandbox *box, bj_snapshot *snapshot, bj_error *err);
BJ_API BJ_CHECKED int bj_sandbox_rewind_as(bj_sandbox *box, bj_snapshot *snapshot, unsigned flags,
                                           bj_error *err);

/* Writes the snapshot, which may have been loaded itself, to the file `path`, which is replaced whole or not at all: where it
 * fails (a full disk, a limit of file sizes) the old file is there as it was, and nothing beside it. It takes as long as there is
 * to write: bj_snapshot_save_with can be ended. Nothing of the host is in
 * it: no path of the host, no file of a granted directory; but all that the guest held, variables and arguments
 * among it: treat it as you treat its data. 0, or -1: BJ_ERROR_IO, _MEMORY. */
BJ_API BJ_CHECKED int bj_snapshot_save(const bj_snapshot *snapshot, const char *path,
                                       bj_error *err);

/* Reads a snapshot for the runtime that it was taken with: the same image, by its digest. The file may come from
 * anybody: it is checked whole, and what it holds can do no more than a guest. It may unpack to `most_bytes`, and take as
 * much of the host's memory, 0 for 1 GiB; the time that it takes grows with these, nothing else.
 * NULL on failure: BJ_ERROR_IO, _MODULE (no snapshot, cut off, edited, of another version or runtime, beyond most_bytes), _MEMORY. */
BJ_API BJ_CHECKED bj_snapshot *bj_snapshot_load(bj_runtime *runtime, const char *path,
                                                uint64_t most_bytes, bj_error *err);

typedef struct bj_snapshot_file_options {
    size_t size; /* sizeof(bj_snapshot_file_options), set by bj_snapshot_file_options_init */
    /* Encrypts and authenticates the file (docs/snapshot-format.md): 32 bytes from a random source, the caller's; of a password
     * derive one first. Files may share a key. NULL, the default: none. Belljar keeps no copy of it. */
    const void *key;
    size_t key_size;
    uint64_t most_bytes; /* of loading; 0, the default: 1 GiB */
    /* How long it may take, BJ_ERROR_STOPPED after that; 0, the default: as long as it takes. */
    uint64_t timeout_ms;
    /* Asked on the calling thread, every 0.1 ms or so while there is something to pack or to unpack: true ends it, with
     * BJ_ERROR_STOPPED. It may look at a flag that a signal handler or another thread sets. NULL, the default: nobody ends it. */
    bool (*stops)(void *user);
    void *user;
} bj_snapshot_file_options;

BJ_API void bj_snapshot_file_options_init(bj_snapshot_file_options *options);

/* The two above with more to say. With a key nothing of the file is unpacked, or believed, before all of it was found to be what was
 * saved with that key. A file that was saved without one is refused then (_MODULE), one that was saved with one is refused
 * without it (BJ_ERROR_ARGUMENT) and with another one (_ARGUMENT). Where it is ended (`timeout_ms`, `stops`) nothing is loaded, or the
 * old file is there as it was, and nothing beside it; only the system's own writing to the disk, at the end of a save, goes on to its
 * end. `options` of a save may be NULL. */
BJ_API BJ_CHECKED int bj_snapshot_save_with(const bj_snapshot *snapshot, const char *path,
                                            const bj_snapshot_file_options *options, bj_error *err);
BJ_API BJ_CHECKED bj_snapshot *bj_snapshot_load_with(bj_runtime *runtime, const char *path,
                                                     const bj_snapshot_file_options *options,
                                                     bj_error *err);

/* {"runtime", "memory_bytes", "changed_bytes": of memory, "files", "file_bytes", "descriptors",
 *  "mounts": [{"path", "kind"}]}: what must be granted again is in "mounts". NULL when out of memory; else the caller
 * frees it with bj_string_free. */
BJ_API BJ_CHECKED char *bj_snapshot_describe(const bj_snapshot *snapshot);

/* ------------------------------------------------------------------ receipt */

typedef enum bj_outcome {
    BJ_OUTCOME_OK,          /* it ran to its end */
    BJ_OUTCOME_EXIT,        /* it asked to end with a code other than 0 */
    BJ_OUTCOME_ERROR,       /* an uncaught exception */
    BJ_OUTCOME_LIMIT,       /* a limit stopped it */
    BJ_OUTCOME_TRAP,        /* WebAssembly trapped: unreachable, out of bounds, … */
    BJ_OUTCOME_INTERRUPTED, /* bj_sandbox_interrupt */
    BJ_OUTCOME_INCOMPLETE   /* BJ_EVAL_INTERACTIVE: the source goes on; nothing ran */
} bj_outcome;

typedef struct bj_usage {
    size_t size;      /* sizeof(bj_usage) of the caller's header */
    bool fuel_known;  /* whether fuel was counted */
    uint64_t fuel;    /* instructions and what host calls were charged */
    uint64_t wall_ns; /* from its beginning to its end */
    uint64_t cpu_ns;  /* of the threads that ran it */
    uint64_t memory_peak_bytes;
    uint64_t output_bytes;
    uint64_t host_calls;
    uint64_t file_bytes_written;
    uint64_t
        queued_ns; /* of wall_ns: how long it could have gone on, but no thread took it; 0 unless it went in steps */
} bj_usage;

BJ_API void bj_receipt_delete(bj_receipt *receipt);

BJ_API bj_outcome bj_receipt_outcome(const bj_receipt *receipt);
/* "ok", "exit", "error", "limit", "trap", "interrupted", "incomplete". Static. */
BJ_API const char *bj_outcome_name(bj_outcome outcome);
BJ_API int bj_receipt_exit_code(const bj_receipt *receipt);

/* Of an uncaught exception, or of a trap (type "trap"); NULL for other outcomes. */
BJ_API const char *bj_receipt_error_type(const bj_receipt *receipt);
BJ_API const char *bj_receipt_error_message(const bj_receipt *receipt);
BJ_API const char *bj_receipt_error_traceback(const bj_receipt *receipt);

/* The value of the last expression statement of an eval, where the last statement is one: as JSON text (`*size` bytes,
 * NUL-terminated; valid), NULL where there is none or JSON cannot hold it (docs/receipt.md says what can be). */
BJ_API const char *bj_receipt_value(const bj_receipt *receipt, size_t *size);
/* With BJ_EVAL_BLOBS: the bytes beside the value's text, which names each of them exactly once by its number: {"$blob": [number, type]}, where type is
 * "bytes", that of an array's elements as in "$array", or a media type. A guest's bytes: whether they are what their type says, nobody has looked. False:
 * there is no blob of that number. */
BJ_API size_t bj_receipt_blob_count(const bj_receipt *receipt);
BJ_API bool bj_receipt_blob(const bj_receipt *receipt, size_t number, bj_blob *blob);
/* The same as a person reads it: Python's repr(), JavaScript's inspection; valid UTF-8, at most 64 KiB. NULL: none. */
BJ_API const char *bj_receipt_repr(const bj_receipt *receipt, size_t *size);

/* The name of the limit that stopped it (as in BJ_LIMITS), or NULL; what it allowed and what was used. */
BJ_API const char *bj_receipt_limit_name(const bj_receipt *receipt);
BJ_API uint64_t bj_receipt_limit_allowed(const bj_receipt *receipt);
BJ_API uint64_t bj_receipt_limit_used(const bj_receipt *receipt);

/* What the guest wrote, NUL-terminated after `*size` bytes (which may contain NUL); never NULL. */
BJ_API const char *bj_receipt_stdout(const bj_receipt *receipt, size_t *size);
BJ_API const char *bj_receipt_stderr(const bj_receipt *receipt, size_t *size);

/* usage->size must be set; as much is filled as the caller's header knows. */
BJ_API void bj_receipt_usage(const bj_receipt *receipt, bj_usage *usage);

/* ---- What was denied. ---- */

typedef struct bj_denial {
    size_t size;        /* sizeof(bj_denial) of the caller's header */
    const char *call;   /* "path_open" */
    const char *path;   /* absolute, the guest's, any bytes; "" where the call names none */
    const char *reason; /* "no grant covers it" */
    uint64_t times;     /* how often it was tried */
} bj_denial;

/* Attempts in this run or eval at what was not granted; at most 64 different ones are told of. */
BJ_API size_t bj_receipt_denial_count(const bj_receipt *receipt);
/* denial->size must be set. False: there is no such number. */
BJ_API bool bj_receipt_denial(const bj_receipt *receipt, size_t number, bj_denial *denial);
/* How many attempts there were beyond those that are told of. */
BJ_API uint64_t bj_receipt_more_denials(const bj_receipt *receipt);

/* ---- Tools that were called. ---- */

typedef struct bj_tool_use {
    size_t size; /* sizeof(bj_tool_use) of the caller's header */
    const char *
        name; /* as the guest gave it: valid UTF-8; cut at 64 bytes, with an ellipsis behind them then */
    const char *
        outcome; /* "returned"; "raised" by the tool; "refused": no such tool, arguments that do not fit, a limit of
                            the tool; "timed out": the tool's time or the sandbox's; "interrupted" */
    const char *message;   /* of what was not returned; else "" */
    const char *arguments; /* as JSON, as far as it is no longer than 4 KiB; else cut */
    uint64_t arguments_bytes, result_bytes;
    uint64_t wall_ns; /* 0 in a deterministic sandbox */
    /* What stood beside the text, of a tool with `blobs`: a list of {"bytes", "sha256"} as JSON, of the first 16; sha256 is null where the guest's
     * time was up before it was found out. The sizes above count it. */
    const char *argument_blobs, *result_blobs;
} bj_tool_use;

/* The calls of this run or eval, in order; at most 1,000 are told of. */
BJ_API size_t bj_receipt_tool_use_count(const bj_receipt *receipt);
/* use->size must be set. False: there is no such number. */
BJ_API bool bj_receipt_tool_use(const bj_receipt *receipt, size_t number, bj_tool_use *use);
/* How many there were beyond those that are told of. */
BJ_API uint64_t bj_receipt_more_tool_uses(const bj_receipt *receipt);

/* ---- What was shown. ---- */

/* Something that the guest showed: a picture, a table, a last expression's value that has more to it than its text. A MIME bundle as
 * notebooks have them: one thing in several forms (docs/displays.md). */
typedef struct bj_display {
    size_t size;  /* sizeof(bj_display) of the caller's header */
    size_t forms; /* how many there are, 1 to 64 */
    const char *
        metadata; /* a JSON object: "{}" where there is none, else by MIME types {"image/png": {"width": 640}} */
} bj_display;

/* What it looks like in one of them. */
typedef struct bj_display_form {
    size_t size; /* sizeof(bj_display_form) of the caller's header */
    const char
        *type; /* "image/png": type/subtype of RFC 6838 in small letters, each once in a display */
    const void *
        data; /* NUL-terminated after `bytes` bytes. The guest's: whether it is what its type says, nobody has looked */
    size_t bytes;
    bool
        is_text; /* by its type: text/…, …+json, …+xml and the like; the data is valid UTF-8 then */
} bj_display_form;

/* What this run or eval showed, in order; the limits `displays` and `display-bytes` bound it. */
BJ_API size_t bj_receipt_display_count(const bj_receipt *receipt);
/* shown->size must be set. False: there is no such number. */
BJ_API bool bj_receipt_display(const bj_receipt *receipt, size_t number, bj_display *shown);
BJ_API bool bj_receipt_display_form(const bj_receipt *receipt, size_t number, size_t form,
                                    bj_display_form *shown);
/* How many there were beyond those that are told of; bj_receipt_unfinished says why. */
BJ_API uint64_t bj_receipt_more_displays(const bj_receipt *receipt);

/* ---- What has become of files. ---- */

typedef enum bj_change_kind { BJ_CREATED, BJ_MODIFIED, BJ_DELETED } bj_change_kind;
typedef enum bj_file_type { BJ_FILE, BJ_DIRECTORY, BJ_SYMLINK, BJ_OTHER } bj_file_type;
/* "created", "modified", "deleted". Static. */
BJ_API const char *bj_change_kind_name(bj_change_kind kind);

typedef struct bj_file_change {
    size_t size;      /* sizeof(bj_file_change) of the caller's header */
    const char *path; /* absolute, the guest's: "/work/out.csv" */
    bj_change_kind kind;
    bj_file_type type;
    uint64_t bytes; /* of the file now; 0 when it is deleted */
    const char
        *sha256; /* 64 hexadecimal digits: of the bytes of a file, of the target of a link; NULL for
                           what is deleted, for directories, and beyond 256 MiB in one receipt */
} bj_file_change;

/* What the guest created, modified or deleted in this run or eval, in order of the paths: in /work, in directories in
 * memory and in overlays. A file that was moved is deleted and created. At most 100,000 are told. */
BJ_API size_t bj_receipt_change_count(const bj_receipt *receipt);
/* change->size must be set; as much is filled as the caller's header knows. False: there is no such number. */
BJ_API bool bj_receipt_change(const bj_receipt *receipt, size_t number, bj_file_change *change);
/* Whether there may be more than are told; bj_receipt_unfinished says why. */
BJ_API bool bj_receipt_has_more_changes(const bj_receipt *receipt);

/* The parts of the receipt that are incomplete, by number: `*part` is "files", "digests" (of files) or "displays", `*why` is "deadline",
 * "interrupt", "count", "bytes", "memory", "links" or "host" (docs/receipt.md). Static. False: there are no more; usually
 * there are none. */
BJ_API bool bj_receipt_unfinished(const bj_receipt *receipt, size_t number, const char **part,
                                  const char **why);

/* The same of bj_changes. */
BJ_API size_t bj_changes_count(const bj_changes *changes);
BJ_API bool bj_changes_get(const bj_changes *changes, size_t number, bj_file_change *change);
BJ_API bool bj_changes_has_more(const bj_changes *changes);
BJ_API bool bj_changes_unfinished(const bj_changes *changes, size_t number, const char **part,
                                  const char **why);

/* The bytes of a file as it was before (`now` false) or is now: at most `most`, NUL-terminated after `*size`; of a
 * link its target. NULL: BJ_ERROR_ARGUMENT (there was none, or it is longer), _IO, _MEMORY; else the caller frees it
 * with bj_string_free. */
BJ_API BJ_CHECKED char *bj_changes_read(bj_changes *changes, size_t number, bool now, size_t most,
                                        size_t *size, bj_error *err);

/* Of a deterministic sandbox: "sha256:" and 64 hexadecimal digits over the program, what it was given in this run or
 * eval, and all that the receipt tells; NULL of others. */
BJ_API const char *bj_receipt_digest(const bj_receipt *receipt);

/* The receipt as a JSON object (docs/receipt.md), NUL-terminated; bytes of the output that are not
 * UTF-8 appear as U+FFFD. NULL when out of memory; else the caller frees it with bj_string_free. */
BJ_API BJ_CHECKED char *bj_receipt_describe(const bj_receipt *receipt);

/* ------------------------------------------------------------------ scheduler */

/*
 * Runs any number of sandboxes, made, taken, forked or spawned, on a few threads of its own, and calls back when something
 * is done:
 *
 *     bj_scheduler *scheduler = bj_scheduler_new(NULL, &err);
 *     bj_task *task = bj_scheduler_eval(scheduler, tenant, box, source, size, 0, on_done, user, &err);
 *
 * Work goes in turns. A turn is a slice of a few milliseconds; whose guest waits (for a tool, or it sleeps) leaves its
 * thread and is on none. Whatever thread is free takes the next turn.
 *
 * Lanes. Each task is in a lane: a tenant, a session, or one of its own. The threads are shared between lanes by time: the
 * next turn is that of the lane which has had least. One that comes, or comes back from waiting, starts where the others are, and
 * ahead of those that have as much: it has no credit for the time in which it wanted nothing. So a short job of a lane that is new
 * waits for a few slices of others, however many lanes there are and whatever they do. Of those that come at the same moment, the
 * one that came last and the one that came first have their first turns by turns: a crowd keeps neither waiting.
 * Within a lane tasks are begun in order, those that were begun take turns, and no more is begun than may run at once
 * (`lane_running`): what was begun and waits is not counted.
 *
 * Threads. One is there from the beginning, the others are started when there is work for them. They block all signals but those of
 * faults, and bear the name of the options. Where a turn takes longer than 25 ms (a guest that reads from a descriptor of the host's, a
 * program that is compiled), another thread stands in for it while others have work.
 *
 * Process. In a child of fork() a scheduler of the parent's is dead: what takes a bj_error fails with BJ_ERROR_ENDED, the rest does nothing, and no
 * function of its works is called there. When the process exits, no more turns are taken.
 *
 * All of these functions may be called from any thread, and from the functions of works, but where they say otherwise.
 */
typedef struct bj_scheduler bj_scheduler;

/* Something that is done in turns: a handle, which may be used again and again, for one work at a time. */
typedef struct bj_task bj_task;

/* A lane of the task's own. Any other number is the same lane for all tasks that give it. */
#define BJ_LANE_OWN UINT64_MAX

typedef struct bj_scheduler_options {
    size_t size;      /* sizeof(bj_scheduler_options), set by bj_scheduler_options_init */
    uint32_t threads; /* 1 to 1,024; default: one per processor */
    uint32_t
        spares; /* threads that may stand in for those whose turns take long, 0 to 1,024; default 64 */
    uint32_t slice_us; /* a turn, 100 to 1,000,000 microseconds; default 5,000 */
    /* The first turn of what is submitted with BJ_TURN_HERE, or 0: there is none. 0 to 1,000,000; default 200. */
    uint32_t first_slice_us;
    /* Tasks of one lane that may be begun and not wait, 1 to 1,000,000; default: as many as there are threads. */
    uint32_t lane_running;
    /* Tasks that may be begun and not done, waiting or not; 0, the default: any number. A quarter of those beyond `threads` is for lanes that
     * have nothing under way. */
    uint32_t most_begun;
    /* Tasks that may wait to be begun; what comes then is refused (BJ_ERROR_BUSY). 0, the default: any number. */
    uint32_t most_waiting;
    const char *name; /* of its threads, copied, at most 15 bytes; default "belljar" */
} bj_scheduler_options;

BJ_API void bj_scheduler_options_init(bj_scheduler_options *options);

/* `options` may be NULL for the defaults. NULL: BJ_ERROR_ARGUMENT, _MEMORY, _IO (no thread can be started). */
BJ_API BJ_CHECKED bj_scheduler *bj_scheduler_new(const bj_scheduler_options *options,
                                                 bj_error *err);

/* Ends it: what is submitted is cancelled, nothing more is taken (BJ_ERROR_ENDED), and when this returns all works are done, their
 * functions have returned and the threads are gone. Tasks are still to be deleted. Not from a function of a work. */
BJ_API void bj_scheduler_delete(bj_scheduler *scheduler);

/* What it does and has done. */
typedef struct bj_scheduler_counters {
    size_t size;        /* sizeof(bj_scheduler_counters) of the caller's header */
    uint64_t submitted; /* since it was made, as all up to longest_wait_us */
    uint64_t done;      /* of those, cancelled ones too */
    uint64_t cancelled;
    uint64_t done_here; /* of those done: in their first turn, on the thread that submitted them */
    uint64_t turns;
    uint64_t stuck_turns; /* that took longer than 25 ms while others had work */
    uint64_t turn_us;     /* of all turns together */
    uint64_t wait_us;     /* of tasks that wanted a turn until they had it, together */
    uint64_t longest_wait_us;
    uint32_t waiting; /* now, as all below: tasks that have not begun */
    uint32_t ready;   /* that were begun and want a turn */
    uint32_t running; /* in a turn */
    uint32_t parked;  /* that wait, on no thread */
    uint32_t lanes;
    uint32_t threads; /* all there are */
    uint32_t idle;    /* of the threads */
    uint32_t spares;  /* threads in turns that stick, which others stand in for */
} bj_scheduler_counters;

/* counters->size must be set; as much is filled as the caller's header knows. */
BJ_API void bj_scheduler_count(bj_scheduler *scheduler, bj_scheduler_counters *counters);

/* ---- Any work. ---- */

typedef enum bj_turn {
    BJ_TURN_DONE,
    BJ_TURN_AGAIN, /* it wants another turn, after others have had theirs */
    BJ_TURN_WAITS  /* it wants one when bj_task_wake was called, or after *wait_ms */
} bj_turn;

typedef struct bj_work {
    size_t size; /* sizeof(bj_work) */
    /* A turn, of about `slice_us`. One at a time; on any thread. It looks at bj_task_is_cancelled, and is soon done then.
     * *wait_ms is UINT64_MAX before: until it is woken. A wake that comes during the turn is not lost: it is not waited then. */
    bj_turn (*turn)(void *user, bj_task *task, uint64_t slice_us, uint64_t *wait_ms);
    /* Called once for what was accepted, on a thread of the scheduler's, after the last turn; also where it was cancelled before its first. The task
     * may be deleted in it, and given its next work. NULL: nobody is called. */
    void (*done)(void *user, bj_task *task);
    /* Makes a turn that runs, or one that comes, end soon: called at most once, inside bj_task_cancel, of what was begun and is not
     * done. Under the scheduler's lock: it may do no more than bj_sandbox_interrupt does, and calls none of these functions. May be NULL. */
    void (*cancel)(void *user, bj_task *task);
    void *user;
} bj_work;

/* A task that has nothing to do yet. NULL: BJ_ERROR_MEMORY. */
BJ_API BJ_CHECKED bj_task *bj_task_new(bj_scheduler *scheduler, uint64_t lane, bj_error *err);

/* Takes the first turn on the calling thread, of `first_slice_us`, where nothing of its lane waits to be begun. It moves to the threads only if
 * it is not done then. */
#define BJ_TURN_HERE 1u

/* Gives the task its work, which is copied. 1: it is on its way, `done` will be called. 0: it was done in its first turn, here; `done` is
 * not called. -1: BJ_ERROR_BUSY (it has work, or too many wait), _ENDED (the scheduler), _ARGUMENT, _MEMORY. */
BJ_API BJ_CHECKED int bj_task_submit(bj_task *task, const bj_work *work, unsigned flags,
                                     bj_error *err);

/* A task with its work, on its way: both of the above in one. */
BJ_API BJ_CHECKED bj_task *bj_scheduler_submit(bj_scheduler *scheduler, uint64_t lane,
                                               const bj_work *work, bj_error *err);

/* What the task waits for has come: a bj_wake_fn, with the task as its user. Under any lock of others. No more once the work that waits is
 * done and its task deleted. */
BJ_API void bj_task_wake(void *task);

/* Ends what the task does, in whatever state it is: what has not begun never begins, what waits goes on and sees it, what runs is
 * told by the work's `cancel`. Waits for nothing; `done` is called as ever. Nothing where it has no work. */
BJ_API void bj_task_cancel(bj_task *task);
/* Of the work that it has, or had last. */
BJ_API bool bj_task_is_cancelled(const bj_task *task);

/* Whether the turn that calls this is its first one, on the thread that submitted it: one that must not wait. For the work's `turn` alone. */
BJ_API bool bj_task_is_here(const bj_task *task);

/* Whether it has nothing to do. */
BJ_API bool bj_task_is_done(bj_task *task);

/* Waits until it has nothing to do; `done` may still be running on its thread then. 0, or -1: BJ_ERROR_BUSY (not within `timeout_ms`;
 * UINT64_MAX: as long as it takes), _ENDED. */
BJ_API BJ_CHECKED int bj_task_wait(bj_task *task, uint64_t timeout_ms, bj_error *err);

/* Cancels it where it is not done, and waits for nothing: `done` is called as ever, the last time that anything hears of the task. */
BJ_API void bj_task_delete(bj_task *task);

/* ---- Evals and runs. ---- */

/* What came of it: a receipt, which is whose is called; NULL: `err` says why there is none. Of what was cancelled before it began the
 * receipt is `interrupted` and has used nothing, and its sandbox is as it was. On a thread of the scheduler's, as bj_work's `done`. */
typedef void (*bj_receipt_fn)(void *user, bj_task *task, bj_receipt *receipt, const bj_error *err);

/* Gives a task an eval, or the run of a command, as its work: see bj_sandbox_eval_as and bj_sandbox_run. The source is copied. The sandbox must
 * live until it is done; its next eval may be submitted in `on_done`. With NULL for `on_done`, bj_task_wait and bj_task_receipt do as well.
 *
 * Where `receipt` is given, the first turn is taken here (BJ_TURN_HERE). 0: it was done in that, and *receipt is the caller's; `on_done` is not called.
 * 1: it is on its way. -1: as bj_task_submit, and what bj_sandbox_eval_as fails with where that was found out here. */
BJ_API BJ_CHECKED int bj_task_eval(bj_task *task, bj_sandbox *box, const char *source, size_t size,
                                   unsigned flags, bj_receipt_fn on_done, void *user,
                                   bj_receipt **receipt, bj_error *err);
BJ_API BJ_CHECKED int bj_task_run(bj_task *task, bj_sandbox *box, bj_receipt_fn on_done, void *user,
                                  bj_receipt **receipt, bj_error *err);

/* The receipt of the last eval or run that was given no `on_done`: the caller's, once. NULL: BJ_ERROR_BUSY (not done), _ARGUMENT (there is none, or
 * it was taken), or why there is none. */
BJ_API BJ_CHECKED bj_receipt *bj_task_receipt(bj_task *task, bj_error *err);

/* A task with its eval or run, on its way. */
BJ_API BJ_CHECKED bj_task *bj_scheduler_eval(bj_scheduler *scheduler, uint64_t lane,
                                             bj_sandbox *box, const char *source, size_t size,
                                             unsigned flags, bj_receipt_fn on_done, void *user,
                                             bj_error *err);
BJ_API BJ_CHECKED bj_task *bj_scheduler_run(bj_scheduler *scheduler, uint64_t lane, bj_sandbox *box,
                                            bj_receipt_fn on_done, void *user, bj_error *err);

/* ------------------------------------------------------------------ pool */

/* A scheduler for jobs, each in a fresh sandbox that is deleted after it. Sandboxes are made ahead, started
 * up to their first eval, so that a job waits for nothing but its turn. Sandboxes can be taken out, too, by who wants to use them
 * himself: bj_pool_take. In a child of fork() a pool of the parent's is dead, as a scheduler is. */
typedef struct bj_pool bj_pool;
typedef struct bj_job bj_job;

typedef struct bj_pool_options {
    size_t size;      /* sizeof(bj_pool_options), set by bj_pool_options_init */
    uint32_t threads; /* 1 to 1,024; default: one per processor */
    uint32_t warm; /* sandboxes that are kept ready; default: two per thread. They count as alive */
    uint32_t queue; /* jobs that may wait; default: 64 per thread */
    /* Called when a job that ran is done, on the thread that ran it, which waits for it; NULL for nobody. */
    void (*on_done)(void *user, bj_job *job);
    void *on_done_user;
    unsigned eval_flags; /* BJ_EVAL_… of every job; default none */
    /* Jobs that may be under way besides those on threads: their guests wait for tools or sleep, or they have run for
     * longer than 5 ms and another lane wants the thread. Their sandboxes count as alive; as many as the engine's max_sandboxes
     * leave. A quarter is for lanes that have nothing under way; when there is no more room, no more jobs are begun.
     * Default 256, most 30,000. */
    uint32_t aside;
} bj_pool_options;

BJ_API void bj_pool_options_init(bj_pool_options *options);

/* All jobs run under the policy, which is copied; its output and audit functions are called by several threads. `options`
 * may be NULL for the defaults. NULL on failure: what bj_sandbox_new fails with, found out now; BJ_ERROR_IO (no threads). */
BJ_API BJ_CHECKED bj_pool *bj_pool_new(bj_runtime *runtime, const bj_policy *policy,
                                       const bj_pool_options *options, bj_error *err);

/* The pool's own scheduler, which ends with it: for its counters, and for evals in sandboxes that were taken. */
BJ_API bj_scheduler *bj_pool_scheduler(bj_pool *pool);

/* Ends it: what waits or runs ends as interrupted, and its jobs are done when this returns. They are still to be deleted.
 * No other thread may be submitting. */
BJ_API void bj_pool_delete(bj_pool *pool);

/* A fresh sandbox under the pool's policy, which is the caller's: one that was made ahead and has been started, where there is one;
 * else it is made now. It may outlive the pool. From any thread. NULL: what bj_sandbox_new fails with. */
BJ_API BJ_CHECKED bj_sandbox *bj_pool_take(bj_pool *pool, bj_error *err);

/* Has a thread of the pool delete a sandbox that was taken from it, so that the caller does not wait for that. It is not used
 * again by anybody. NULL does nothing. From any thread. */
BJ_API void bj_pool_give(bj_pool *pool, bj_sandbox *box);

/* A job: `size` bytes of source for an interpreter (copied), none for a command. Lanes (tenants, say) share the threads as those of a
 * bj_scheduler do, however many jobs each of them has; within a lane they are begun in order, and no more than there are threads, but for those whose
 * guests wait. Waits up to `timeout_ms` for room in the queue; UINT64_MAX: as
 * long as it takes. From any thread. The job is the caller's, to be given to bj_job_delete.
 * NULL: BJ_ERROR_BUSY, _MEMORY. */
BJ_API BJ_CHECKED bj_job *bj_pool_submit(bj_pool *pool, uint64_t lane, const char *source,
                                         size_t size, uint64_t timeout_ms, bj_error *err);

/* The job's receipt, which is the caller's, once it is done. A job that was cancelled before it ran has outcome
 * `interrupted` and has used nothing. NULL: BJ_ERROR_BUSY (not done within `timeout_ms`), _ARGUMENT (taken already), or what kept
 * the sandbox from being made. From any thread. */
BJ_API BJ_CHECKED bj_receipt *bj_job_wait(bj_job *job, uint64_t timeout_ms, bj_error *err);
BJ_API bool bj_job_is_done(bj_job *job);

/* Ends a job that waits or runs, with outcome `interrupted`. From any thread. */
BJ_API void bj_job_cancel(bj_job *job);

/* Cancels it where it is not done, and waits for nothing. */
BJ_API void bj_job_delete(bj_job *job);

#ifdef __cplusplus
}
#endif

#endif
