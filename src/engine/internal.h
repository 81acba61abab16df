/*
 * internal.h: what the files of src/engine share. Nobody else includes it, or Wasmtime's headers.
 */
#ifndef BJ_ENGINE_INTERNAL_H
#define BJ_ENGINE_INTERNAL_H

#include <belljar_wasmtime.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <wasm.h>
#include <wasmtime.h>

#include "base/sha256.h"
#include "engine/engine.h"

#define WASM_PAGE_BYTES ((uint64_t)65536)

/* ---- machine.c: what this machine supports. ---- */

typedef struct engine_machine {
    bool pooling;         /* whether slots are reserved ahead */
    const char *reason;   /* why, for doctor */
    bool pagemap_scan;    /* whether the kernel has PAGEMAP_SCAN */
    size_t keep_resident; /* bytes of a slot that stay resident between two sandboxes */
    char isa[64];         /* features of the processor that compiled code depends on */
} engine_machine;

void engine_machine_probe(engine_machine *machine, uint32_t max_sandboxes, uint64_t stack_bytes);

/* ---- room.c: whether there is memory for what Wasmtime is about to make. ---- */

/* Whether `bytes` can be had now, as address space. */
bool engine_has_room(uint64_t bytes);

typedef struct engine_room {
    uint64_t shortages;
} engine_room;

/* Around what has Wasmtime make something: 0, or -1 and BJ_ERROR_MEMORY. Where the end says so, the caller gives back what was
 * made. */
int engine_room_begin(engine_room *room, bj_error *err) BJ_CHECK_RESULT;
int engine_room_end(const engine_room *room, bj_error *err) BJ_CHECK_RESULT;

/* ---- config.c: one Wasmtime engine. ---- */

/* What tells variants apart. */
typedef struct engine_kind {
    bool fuel; /* whether instructions are counted */
    bool
        exceptions; /* whether its modules may throw, for those that have tags; the others do without what that costs */
    uint64_t stack_bytes; /* variants have powers of two */
} engine_kind;

/* All that decides about compiled code: part of the cache's key. */
typedef char engine_description[192];

/* How code is compiled and run. Made when first wanted, kept until the engine goes. */
typedef struct engine_variant {
    struct engine_variant *next;
    engine_kind kind;
    bool pooled; /* it has slots for its sandboxes */
    wasm_engine_t *wasmtime;
    engine_description description;
    engine_description portable; /* the same of code for any x86-64-v3 machine */
} engine_variant;

/* `portable`: it compiles for any x86-64-v3 machine. NULL: BJ_ERROR_MEMORY, _ENGINE. */
engine_variant *engine_variant_new(const engine_machine *machine, uint32_t max_sandboxes,
                                   engine_kind kind, bool portable, bj_error *err) BJ_CHECK_RESULT;
void engine_variant_delete(engine_variant *variant);
/* Of the code that a variant of that kind would have. */
void engine_describe_code(const engine_machine *machine, const engine_kind *kind,
                          engine_description own, engine_description portable);

/* ---- faults.c: Wasmtime's signal handlers stay in front. ---- */

/* Around the making of every engine of Wasmtime; engine_faults_keep is for whoever enters guests. */
void engine_faults_before(void);
void engine_faults_after(void);

/* ---- ticker.c: the clock that makes running guests look up. ---- */

#define ENGINE_MOMENTS 64u

typedef struct engine_ticker {
    struct engine_ticker *next; /* of all in the process */
    void (*tick)(void *user);
    void *user;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool started; /* under lock */
    atomic_bool quit;
    atomic_uint running; /* guests that run now */
    atomic_bool asleep;  /* whether the thread waits for `wake`, with no guest to tick for */
    _Atomic(uint64_t)
        moments[ENGINE_MOMENTS]; /* when guests that run want a tick; 0: a free place */
    atomic_bool asked;           /* a moment has been put down since the thread looked last */
    _Atomic(uint64_t)
        looks_ns; /* when the thread, which sleeps, will look at the moments; 0: it is about to */
} engine_ticker;

void engine_ticker_init(engine_ticker *ticker, void (*tick)(void *user), void *user);
void engine_ticker_destroy(engine_ticker *ticker);
/* Around every stretch in which a guest may run. `moment_ns`, of the monotonic clock: it wants a tick then, not only the
 * next one of every millisecond; 0: it doesn't. enter: 0, or -1 when no thread can be started. */
int engine_ticker_enter(engine_ticker *ticker, uint64_t moment_ns, unsigned *place) BJ_CHECK_RESULT;
void engine_ticker_leave(engine_ticker *ticker, unsigned place);

/* ---- cache.c: compiled modules on disk. ---- */

typedef struct engine_cache {
    int dir;          /* descriptor of the folder, or -1: there is no cache */
    char *path;       /* NULL only when none was asked for */
    char reason[256]; /* why there is none, "" where there is one */
} engine_cache;

void engine_cache_open(engine_cache *cache, const char *path);
void engine_cache_close(engine_cache *cache);

/* The compiled form of a module, or NULL when it isn't there or isn't whole. `portable`: the form for any x86-64-v3 machine, which
 * was shipped compressed. */
wasmtime_module_t *engine_cache_load(engine_cache *cache, const engine_variant *variant,
                                     const bj_sha256 *module, bool portable);
/* Whether there is an entry of that name. */
bool engine_cache_has(const engine_cache *cache, const char *description, const bj_sha256 *module);
/* The digest of a module's file that has not changed since it was remembered. */
bool engine_cache_recall(engine_cache *cache, const struct stat *file, bj_sha256 *digest);
void engine_cache_remember(engine_cache *cache, const struct stat *file, const bj_sha256 *digest);
/* An entry's file, of a form with this description. */
typedef char engine_entry_name[BJ_SHA256_HEX + 8];
void engine_name_entry(const char *description, const bj_sha256 *module, engine_entry_name name);
/* Whether the file is as long as its end says. */
bool engine_entry_is_whole(int fd);
/* Whether there is memory for its module; the module, or an error where it is none of this variant, or asks for what it cannot have. */
bool engine_has_room_to_map(int fd);
wasmtime_error_t *engine_map_entry(int fd, const engine_variant *variant,
                                   wasmtime_module_t **compiled);
/* The same where one that is none is made anew. */
wasmtime_module_t *engine_try_entry(int fd, const engine_variant *variant);
/* Writes all that belongs into an entry's empty file. False, and errno, when it cannot. */
bool engine_entry_write(int fd, const wasm_byte_vec_t *code);

/* Copies a whole entry into an empty file, and has it written to the disk. */
bool engine_entry_copy(int from, int to);
/* What is compiled in a whole entry, mapped; NULL where it cannot be. The caller unmaps it. */
void *engine_entry_map(int fd, size_t *size);

/* Keeps a copy of the whole entry that the file `fd` holds, and returns its descriptor; -1 where it cannot be kept, which is no error,
 * only slower next time. */
int engine_cache_keep(engine_cache *cache, const engine_variant *variant, const bj_sha256 *module,
                      int fd);
/* Makes an entry of a module's portable form from what is packed in `fd`. Its descriptor, of a file in memory where there is no
 * cache or no room in it; -1: it is no whole form, or nothing can hold it. */
int engine_cache_unpack(engine_cache *cache, const engine_variant *variant,
                        const engine_module *module, int fd);

/* How many entries there are, and their bytes. */
void engine_cache_measure(engine_cache *cache, uint64_t *entries, uint64_t *bytes);

/* ---- shipped.c: compiled modules that came with the installation. ---- */

/* Eight that a caller names (bj_engine_new sees to that), and where installations have them. */
#define ENGINE_SHIPPED_MOST 16

/* Folders that are there and to be trusted. */
typedef struct engine_shipped {
    int dirs[ENGINE_SHIPPED_MOST];
    size_t count;
} engine_shipped;

/* A form's file where it is packed. */
typedef char engine_packed_name[sizeof(engine_entry_name) + sizeof ".zst"];
void engine_name_packed(const engine_entry_name name, engine_packed_name packed);

/* `paths`: with colons between, or NULL. */
void engine_shipped_open(engine_shipped *shipped, const char *paths);
void engine_shipped_close(engine_shipped *shipped);
/* As engine_cache_load and engine_cache_has. A form that is packed is unpacked into the cache. */
wasmtime_module_t *engine_shipped_load(const engine_module *module, const engine_variant *variant);
bool engine_shipped_has(const engine_shipped *shipped, const char *portable,
                        const bj_sha256 *module);

/* ---- packed.c: compiled forms in less room. ---- */

/* Writes bytes as a file of zstd's, of what differs from those they come `after`; level 1 to 19. */
bool engine_pack(int to, bj_span bytes, bj_span after, int level);
/* Writes what is packed in `from`, after the module's bytes, to `to`. False: it is not whole, not of that module, larger than a form can
 * be, or cannot be written. */
bool engine_unpack(int from, int to, const engine_module *module);

/* ---- engine.c ---- */

struct engine_core {
    engine_machine machine;
    uint32_t max_sandboxes;
    uint64_t max_module_bytes;
    uint64_t compile_ms, compile_bytes; /* 0: by the module's size */
    void (*log)(void *user, const char *line);
    void *log_user;
    engine_cache cache;
    engine_shipped shipped; /* compiled modules that came with the installation */
    engine_ticker ticker;
    pthread_mutex_t lock;               /* for growing `variants` */
    _Atomic(engine_variant *) variants; /* only ever grows, at its head */
    atomic_uint live;                   /* instances that exist */
    atomic_ullong image_bytes;          /* in files of delta_image.c */
};

/* ---- variants.c ---- */

/* The variant for these limits, made if need be. NULL: BJ_ERROR_MEMORY, _ENGINE. */
engine_variant *engine_get_variant(engine_core *self, engine_kind kind,
                                   bj_error *err) BJ_CHECK_RESULT;

void engine_log(engine_core *self, const char *format, ...) BJ_PRINTF(2, 3);

/* ---- source.c: the bytes of a module. 0, or -1 and BJ_ERROR_MODULE, _IO, _MEMORY. ---- */

/* Copies the bytes, text as binary, and takes their digest. */
int engine_source_take(engine_module *module, bj_span bytes, bj_error *err) BJ_CHECK_RESULT;
/* Opens the file and finds out its digest, by reading it only where that is not known. */
int engine_source_open(engine_module *module, const char *path, bj_error *err) BJ_CHECK_RESULT;
/* Reads the bytes if they have not been. */
int engine_source_load(engine_module *module, bj_error *err) BJ_CHECK_RESULT;

/* ---- compile.c ---- */

/* What compiling a module may take; 0: as much as it wants. */
typedef struct engine_compile_limits {
    uint64_t cpu_ms; /* of the processor's time, all threads together */
    uint64_t memory_bytes;
    uint64_t file_bytes; /* of the compiled form */
} engine_compile_limits;

/* How much there is to compile, as the sections say. */
typedef struct engine_bulk {
    uint64_t code_bytes, functions;
} engine_bulk;

engine_bulk engine_bulk_of(bj_span bytes);

/* What the engine was set up with, else what so much may take. */
engine_compile_limits engine_compile_limits_of(const engine_core *self, engine_bulk bulk);

typedef struct engine_compilation {
    const engine_variant *variant;
    const char *name; /* for messages */
    bj_span bytes;
    int fd; /* an empty file, for the entry that it becomes */
    engine_compile_limits limits;
} engine_compilation;

/* 0, or -1: BJ_ERROR_MODULE (the bytes are no module, or compiling them crosses a limit), _MEMORY, _IO, _ENGINE. */
int engine_compile(const engine_compilation *task, bj_error *err) BJ_CHECK_RESULT;

/* -1 and BJ_ERROR_MODULE, for bytes that are no module; `why` is the compiler's. */
int engine_refuse(const char *name, const char *why, bj_error *err);

/* ---- bounds.c ---- */

/* Refuses what no program needs and what takes a compiler minutes: 0, or -1 and BJ_ERROR_MODULE. */
int engine_bounds_check(bj_span bytes, const char *name, bj_error *err) BJ_CHECK_RESULT;

/* ---- module.c ---- */

typedef struct engine_form {
    struct engine_form *next;
    engine_variant *variant;
    wasmtime_module_t *compiled;
    wasmtime_instance_pre_t *linked;
} engine_form;

/* What can be told of a module without compiling it: outline.c. */
typedef struct engine_outline {
    const char
        *wants;  /* a proposal that the engine does not have, for a message; NULL: none was seen */
    bool throws; /* it has tags: it wants a variant with exceptions */
    bool has_entry; /* it exports a function that one of `entries` names, or nobody can tell */
    uint64_t memories;
} engine_outline;

/* `entries`: names, NULL at the end; NULL: anything will do. */
engine_outline engine_outline_of(bj_span bytes, const char *const *entries);

struct engine_module {
    engine_core *engine;
    char *name;
    int fd;      /* the file it is read from, or -1 */
    char *bytes; /* binary; NULL while nobody needed them. Under `lock` */
    size_t size;
    bj_sha256 digest; /* of the bytes */
    const engine_host *host;
    uint64_t memory_min;  /* bytes that its memory starts with */
    uint64_t memory_max;  /* bytes, or UINT64_MAX */
    bool has_memory;      /* a memory of its own */
    bool throws;          /* its variants are those with exceptions */
    bool has_no_entry;    /* nothing of it can be called: it is not compiled */
    bool is_trusted;      /* it came with the installation: compiling it has no limits */
    uint64_t table_min;   /* elements that its largest table starts with */
    pthread_mutex_t lock; /* for `forms` and `fresh` */
    engine_form *forms;
    struct engine_fresh *fresh; /* NULL while nobody asked */
};

engine_form *engine_module_get_form(engine_module *module, bool fuel, uint64_t stack_bytes,
                                    bj_error *err) BJ_CHECK_RESULT;
/* Links `form->compiled`, which imports what the module imports. 0, or -1: BJ_ERROR_IMPORT, _ENGINE. */
int engine_form_link(const engine_module *module, engine_form *form, bj_error *err) BJ_CHECK_RESULT;
void engine_form_delete(engine_form *form);
/* The binary, which belongs to the module. -1 where its file is gone. */
int engine_module_get_bytes(engine_module *module, bj_span *bytes, bj_error *err) BJ_CHECK_RESULT;

/* ---- fresh.c ---- */

typedef struct engine_fresh engine_fresh;

/* What the memory of a fresh instance holds, to read; it lives as long as the module. `form` is one of the module's.
 * 0, or -1: BJ_ERROR_MEMORY, _UNSUPPORTED (it has a start function). */
int engine_module_get_fresh(engine_module *module, engine_form *form, engine_memory *memory,
                            bj_error *err) BJ_CHECK_RESULT;
void engine_fresh_delete(engine_fresh *fresh);

/* The function of the host that an import names, or NULL. */
const engine_host_function *engine_host_find(const engine_host *host,
                                             const bj_wasmtime_item *import);
/* Whether the import has the function's type. */
bool engine_host_fits(const engine_host_function *function, const bj_wasmtime_item *import);

/* ---- inspect.c ---- */

/* Whether the bytes, which have been read, are a module; nothing is compiled. False: BJ_ERROR_MODULE. */
bool engine_is_valid(const engine_module *module, bj_error *err) BJ_CHECK_RESULT;

/* A function's type in Wasmtime's words, from letters: "(i32 i64) -> (i32)". */
void engine_type_text(char *text, size_t size, const char *params, const char *results);

/* ---- call.c: the only place that knows Wasmtime's three ways to end a call. ---- */

/* What `error` or `trap` (both taken, at most one set) says about how a call ended. */
engine_result engine_result_of(engine_instance *instance, wasmtime_error_t *error,
                               wasm_trap_t *trap);

/* For errors outside a guest's run: the text in one line. Takes `error`. */
void engine_error_text(wasmtime_error_t *error, char *text, size_t size);

/* For linking: the trampoline from wasm to engine_host.call. */
wasm_trap_t *engine_trampoline(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values,
                               size_t count);

/* The same for functions that wait. */
void engine_trampoline_waiting(void *env, wasmtime_caller_t *caller, const wasmtime_val_t *values,
                               size_t count, wasmtime_val_t *results, size_t result_count,
                               wasm_trap_t **trap, wasmtime_async_continuation_t *continuation);
/* Goes on with the call that a guest has stopped at, if there is one, outside of it. Whether the guest can go on. */
bool engine_wait(engine_instance *instance);

/* ---- instance.c ---- */

/* An exported i32 global; false where there is none. */
bool engine_instance_get_global(engine_instance *instance, bj_span name,
                                int32_t *value) BJ_CHECK_RESULT;
bool engine_instance_set_global(engine_instance *instance, bj_span name,
                                int32_t value) BJ_CHECK_RESULT;

#define ENGINE_FOUND_MOST 4
#define ENGINE_ARGS_MOST  8

/* What was begun. Wasmtime's future writes into it, and reads the function from it, for as long as it lives. */
typedef struct engine_work {
    const char *name; /* of the export to call; NULL: the instance is to be started */
    uint32_t args[ENGINE_ARGS_MOST];
    size_t count;
    bool returns;
    wasmtime_call_future_t *future; /* NULL: it has not been set out with, or it has ended */
    wasmtime_func_t function;
    wasmtime_val_t returned;
    wasm_trap_t *trap;
    wasmtime_error_t *error;
    bool paused; /* on_tick has made it yield */
} engine_work;

struct engine_instance {
    engine_core *engine;
    engine_module *module;
    engine_form *form;
    policy_budget *budget;
    void *owner;
    bj_wasmtime_limits limits; /* obeyed by the store */
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_instance_t handle;
    wasmtime_memory_t memory;
    struct engine_found {
        const char *name; /* as the caller gave it: it lives as long as the program */
        wasmtime_func_t function;
    } found[ENGINE_FOUND_MOST]; /* exports that were called, so that they are looked up once */
    engine_work work;
    engine_delta *
        base; /* what it was restored from, or had when its written pages began to be marked; or NULL */
    unsigned taken;           /* how many deltas */
    engine_delta *unchanged;  /* what was taken of it and it still is, or NULL */
    const engine_form *image; /* of `base`, where it starts from that */
    uint64_t look_up_ns;      /* when go_on is to be asked at the latest; 0: with the next tick */
    bool started;
    bool memory_known;      /* whether `memory` is the exported one */
    bool unwinding;         /* whether the host asked for the unwinding that is under way */
    struct engine_waiting { /* a call of a function that waits; `function` is NULL otherwise */
        const engine_host_function *function;
        wasmtime_val_t *result;
        wasm_trap_t **trap;
    } waiting;
};

#endif
