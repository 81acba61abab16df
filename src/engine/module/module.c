/*
 * module.c: the compiled forms of a guest program: one for each variant of the engine
 * that a sandbox has asked for, found in the cache or compiled, then linked to the host's functions.
 *
 * A module that imports what nobody grants compiles (it can be inspected), but has no linked form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/internal.h"

/* ---- Compiling. ---- */

/* -1 where it needs what is not there. */
static int look_at(engine_module *module, bj_error *err)
{
    const engine_outline outline =
        engine_outline_of((bj_span){module->bytes, module->size}, module->host->entries);
    if (outline.wants)
        return bj_fail(err, BJ_ERROR_MODULE, "%s cannot be run here: it needs %s", module->name,
                       outline.wants);
    module->has_no_entry = !outline.has_entry;
    return 0;
}

/* Whether compiling is worth its time: what it needs is there, and there is something to call. */
static int look_before(engine_module *module, bool may_be_left, bj_error *err)
{
    return look_at(module, err) < 0 || (module->has_no_entry && may_be_left) ? -1 : 0;
}

/* Whether there is code of the module for that kind already, as usual. */
static bool has_code(const engine_module *module, bool exceptions)
{
    const engine_core *self = module->engine;
    const engine_kind kind = {.exceptions = exceptions};
    engine_description own, portable;
    engine_describe_code(&self->machine, &kind, own, portable);
    return engine_cache_has(&self->cache, own, &module->digest) ||
           engine_cache_has(&self->cache, portable, &module->digest) ||
           engine_shipped_has(&self->shipped, portable, &module->digest);
}

/* Finds out whether it throws: by what it was compiled to, so that it need not be read, else by its sections. */
static int find_out(engine_module *module, bj_error *err)
{
    if (has_code(module, false))
        return 0;
    module->throws = has_code(module, true);
    if (module->throws)
        return 0;
    if (engine_source_load(module, err) < 0)
        return -1;
    module->throws =
        engine_outline_of((bj_span){module->bytes, module->size}, module->host->entries).throws;
    return 0;
}

/* Compiles the module's bytes to the file, within its limits. Who says what compiling may take is not asked what for. */
static int compile_to(const engine_module *module, const engine_variant *variant, int fd,
                      bj_error *err)
{
    const engine_core *self = module->engine;
    engine_compilation task = {variant, module->name, {module->bytes, module->size}, fd, {0}};
    if (!module->is_trusted && self->compile_ms == 0 &&
        engine_bounds_check(task.bytes, module->name, err) < 0)
        return -1;
    if (!module->is_trusted)
        task.limits = engine_compile_limits_of(self, engine_bulk_of(task.bytes));
    return engine_compile(&task, err);
}

/* Loads what was compiled, from the cache where that takes it: what lies on disk takes no memory before it is used. */
static wasmtime_module_t *keep_and_load(engine_module *module, const engine_variant *variant,
                                        int fd, bj_error *err)
{
    wasmtime_module_t *compiled = NULL;
    bj_autoclose int kept = engine_cache_keep(&module->engine->cache, variant, &module->digest, fd);
    const int best = kept >= 0 ? kept : fd;
    if (!engine_has_room_to_map(best)) {
        (void)bj_fail(err, BJ_ERROR_MEMORY, "there is too little memory to load %s", module->name);
        return NULL;
    }
    wasmtime_error_t *error = engine_map_entry(best, variant, &compiled);
    if (error) {
        char text[200];
        engine_error_text(error, text, sizeof text);
        (void)engine_refuse(module->name, text, err);
    }
    return compiled;
}

static wasmtime_module_t *compile_anew(engine_module *module, const engine_variant *variant,
                                       bj_error *err)
{
    bj_autoclose int fd = memfd_create("belljar-compiled", MFD_CLOEXEC);
    if (fd < 0) {
        (void)bj_fail_errno(err, "there is no place for the compiled form of %s", module->name);
        return NULL;
    }
    if (compile_to(module, variant, fd, err) < 0)
        return NULL;
    if (engine_entry_is_whole(fd))
        return keep_and_load(module, variant, fd, err);
    (void)bj_fail(err, BJ_ERROR_ENGINE, "the compiled form of %s is not whole", module->name);
    return NULL;
}

/* `may_be_left`: without an error where there is nothing in it to call. */
static wasmtime_module_t *compile(engine_module *module, engine_variant *variant, bool may_be_left,
                                  bj_error *err)
{
    engine_core *self = module->engine;
    wasmtime_module_t *compiled = engine_cache_load(&self->cache, variant, &module->digest, false);
    if (!compiled)
        compiled = engine_shipped_load(module, variant);
    if (compiled)
        return compiled;
    if (engine_source_load(module, err) < 0 || look_before(module, may_be_left, err) < 0)
        return NULL;
    engine_log(self, "compiling %s (%zu bytes, %s); the cache keeps the result", module->name,
               module->size, variant->kind.fuel ? "with fuel" : "without fuel");
    compiled = compile_anew(module, variant, err);
    if (compiled)
        engine_log(self, "compiled %s", module->name);
    return compiled;
}

static wasmtime_module_t *compile_in_room(engine_module *module, engine_variant *variant,
                                          bool may_be_left, bj_error *err)
{
    engine_room room;
    if (engine_room_begin(&room, err) < 0)
        return NULL;
    wasmtime_module_t *compiled = compile(module, variant, may_be_left, err);
    if (!compiled || engine_room_end(&room, err) == 0)
        return compiled;
    wasmtime_module_delete(compiled);
    return NULL;
}

/* ---- Linking. ---- */

static bool text_is(const bj_wasmtime_text *text, const char *other)
{
    return bj_span_is((bj_span){text->data, text->size}, other);
}

const engine_host_function *engine_host_find(const engine_host *host,
                                             const bj_wasmtime_item *import)
{
    if (import->kind != BJ_WASMTIME_FUNCTION)
        return NULL;
    for (size_t i = 0; i < host->count; i++)
        if (text_is(&import->name, host->functions[i].name) &&
            text_is(&import->module, host->functions[i].module))
            return &host->functions[i];
    return NULL;
}

bool engine_host_fits(const engine_host_function *function, const bj_wasmtime_item *import)
{
    char type[128];
    engine_type_text(type, sizeof type, function->signature, function->returns ? "i" : "");
    return text_is(&import->type, type);
}

static wasm_functype_t *type_of(const engine_host_function *function)
{
    wasm_valtype_t *params[16], *results[1];
    size_t count = strlen(function->signature);
    for (size_t i = 0; i < count; i++)
        params[i] = wasm_valtype_new(function->signature[i] == 'l' ? WASM_I64 : WASM_I32);
    results[0] = function->returns ? wasm_valtype_new(WASM_I32) : NULL;
    wasm_valtype_vec_t params_vec, results_vec;
    wasm_valtype_vec_new(&params_vec, count, params);
    wasm_valtype_vec_new(&results_vec, function->returns ? 1 : 0, results);
    return wasm_functype_new(&params_vec, &results_vec);
}

static int define(wasmtime_linker_t *linker, const engine_host_function *function, bj_error *err)
{
    wasm_functype_t *type = type_of(function);
    const size_t module_size = strlen(function->module), name_size = strlen(function->name);
    wasmtime_error_t *error =
        function->waits
            ? wasmtime_linker_define_async_func(linker, function->module, module_size,
                                                function->name, name_size, type,
                                                engine_trampoline_waiting, (void *)function, NULL)
            : wasmtime_linker_define_func_unchecked(linker, function->module, module_size,
                                                    function->name, name_size, type,
                                                    engine_trampoline, (void *)function, NULL);
    wasm_functype_delete(type);
    if (!error)
        return 0;
    wasmtime_error_delete(error);
    return bj_fail(err, BJ_ERROR_ENGINE, "%s cannot be defined", function->name);
}

/* `function` is what is granted by that name, or NULL. */
static int refuse_import(const engine_module *module, const bj_wasmtime_item *import,
                         const engine_host_function *function, bj_error *err)
{
    if (!function)
        return bj_fail(err, BJ_ERROR_IMPORT,
                       "%s imports %.*s.%.*s, which nobody grants: `belljar inspect` lists what it "
                       "wants",
                       module->name, (int)import->module.size, import->module.data,
                       (int)import->name.size, import->name.data);
    char granted[128];
    engine_type_text(granted, sizeof granted, function->signature, function->returns ? "i" : "");
    return bj_fail(err, BJ_ERROR_IMPORT, "%s imports %s.%s as %.*s, but it is %s", module->name,
                   function->module, function->name, (int)import->type.size, import->type.data,
                   granted);
}

typedef struct linking {
    const engine_module *module;
    wasmtime_linker_t *linker;
    int status;
    bj_error *err;
} linking;

static void define_import(void *user, const bj_wasmtime_item *import)
{
    linking *self = user;
    if (self->status < 0)
        return;
    const engine_host_function *function = engine_host_find(self->module->host, import);
    if (function && engine_host_fits(function, import))
        self->status = define(self->linker, function, self->err);
    else
        self->status = refuse_import(self->module, import, function, self->err);
}

/* Defines what the module imports; refuses by name what nobody grants. */
static int define_imports(const engine_module *module, const engine_form *form,
                          wasmtime_linker_t *linker, bj_error *err)
{
    linking self = {module, linker, 0, err};
    wasmtime_linker_allow_shadowing(linker, true); /* a module may import a function twice */
    bj_wasmtime_each_import(form->compiled, define_import, &self);
    return self.status;
}

static int link_form(const engine_module *module, engine_form *form, bj_error *err)
{
    wasmtime_linker_t *linker = wasmtime_linker_new(form->variant->wasmtime);
    int status = define_imports(module, form, linker, err);
    if (status == 0) {
        wasmtime_error_t *error =
            wasmtime_linker_instantiate_pre(linker, form->compiled, &form->linked);
        if (error) {
            char text[200];
            engine_error_text(error, text, sizeof text);
            status = bj_fail(err, BJ_ERROR_IMPORT, "%s cannot be linked: %s", module->name, text);
        }
    }
    wasmtime_linker_delete(linker);
    return status;
}

int engine_form_link(const engine_module *module, engine_form *form, bj_error *err)
{
    engine_room room;
    if (engine_room_begin(&room, err) < 0 || link_form(module, form, err) < 0)
        return -1;
    if (engine_room_end(&room, err) == 0)
        return 0;
    wasmtime_instance_pre_delete(form->linked);
    form->linked = NULL;
    return -1;
}

/* ---- Forms. ---- */

void engine_form_delete(engine_form *form)
{
    if (form->linked)
        wasmtime_instance_pre_delete(form->linked);
    wasmtime_module_delete(form->compiled);
    free(form);
}

static engine_form *find_form(const engine_module *module, const engine_variant *variant)
{
    for (engine_form *form = module->forms; form; form = form->next)
        if (form->variant == variant)
            return form;
    return NULL;
}

static engine_form *add_form(engine_module *module, engine_variant *variant, bool may_be_left,
                             bj_error *err)
{
    engine_form *form = calloc(1, sizeof *form);
    if (!form) {
        bj_fail_memory(err);
        return NULL;
    }
    form->variant = variant;
    form->compiled = compile_in_room(module, variant, may_be_left, err);
    if (!form->compiled) {
        free(form);
        return NULL;
    }
    form->next = module->forms;
    module->forms = form;
    return form;
}

engine_form *engine_module_get_form(engine_module *module, bool fuel, uint64_t stack_bytes,
                                    bj_error *err)
{
    const engine_kind kind = {fuel, module->throws, stack_bytes};
    engine_variant *variant = engine_get_variant(module->engine, kind, err);
    if (!variant)
        return NULL;
    pthread_mutex_lock(&module->lock);
    engine_form *form = find_form(module, variant);
    if (!form)
        form = add_form(module, variant, false, err);
    if (form && !form->linked && engine_form_link(module, form, err) < 0)
        form = NULL;
    pthread_mutex_unlock(&module->lock);
    return form;
}

/* ---- Modules. ---- */

/* What the memory and the tables that it exports start with. */
static void measure_export(void *user, const bj_wasmtime_item *item)
{
    engine_module *module = user;
    if (item->kind == BJ_WASMTIME_MEMORY) {
        module->has_memory = true;
        module->memory_min = item->minimum * WASM_PAGE_BYTES;
        module->memory_max =
            item->maximum == UINT64_MAX ? UINT64_MAX : item->maximum * WASM_PAGE_BYTES;
    } else if (item->kind == BJ_WASMTIME_TABLE && item->minimum > module->table_min) {
        module->table_min = item->minimum;
    }
}

static engine_module *module_of(engine_core *self, const char *name, const engine_host *host,
                                bj_error *err)
{
    engine_module *module = calloc(1, sizeof *module);
    if (!module || !(module->name = strdup(name))) {
        free(module);
        bj_fail_memory(err);
        return NULL;
    }
    module->engine = self;
    module->host = host;
    module->fd = -1;
    pthread_mutex_init(&module->lock, NULL);
    return module;
}

static engine_variant *usual_variant(engine_module *module, bj_error *err)
{
    bj_policy usual;
    bj_policy_init(&usual);
    return engine_get_variant(module->engine,
                              (engine_kind){false, module->throws, usual.stack_bytes}, err);
}

/* Compiles the usual form of a module whose source is known, unless there is nothing in it to call. Takes the module; NULL
 * when it failed. */
static engine_module *finish(engine_module *module, int source_status, bj_error *err)
{
    if (source_status == 0)
        source_status = find_out(module, err);
    engine_variant *variant = source_status == 0 ? usual_variant(module, err) : NULL;
    engine_form *form = variant ? add_form(module, variant, true, err) : NULL;
    if (!form && !module->has_no_entry) {
        engine_module_delete(module);
        return NULL;
    }
    if (form)
        bj_wasmtime_each_export(form->compiled, measure_export, module);
    return module;
}

engine_module *engine_module_new(engine_core *self, bj_span bytes, const char *name,
                                 const engine_host *host, bj_error *err)
{
    engine_module *module = module_of(self, name, host, err);
    return module ? finish(module, engine_source_take(module, bytes, err), err) : NULL;
}

engine_module *engine_module_open(engine_core *self, const char *path, const char *name,
                                  bool is_trusted, const engine_host *host, bj_error *err)
{
    engine_module *module = module_of(self, name, host, err);
    if (!module)
        return NULL;
    module->is_trusted = is_trusted;
    return finish(module, engine_source_open(module, path, err), err);
}

engine_module *engine_module_read(engine_core *self, bj_span bytes, const char *name,
                                  const engine_host *host, bj_error *err)
{
    engine_module *module = module_of(self, name, host, err);
    if (!module || (engine_source_take(module, bytes, err) == 0 && look_at(module, err) == 0 &&
                    engine_is_valid(module, err)))
        return module;
    engine_module_delete(module);
    return NULL;
}

bool engine_module_throws(const engine_module *module)
{
    return module->throws;
}

int engine_module_get_bytes(engine_module *module, bj_span *bytes, bj_error *err)
{
    pthread_mutex_lock(&module->lock);
    int status = engine_source_load(module, err);
    *bytes = (bj_span){module->bytes, module->size};
    pthread_mutex_unlock(&module->lock);
    return status;
}

bj_sha256 engine_module_digest(const engine_module *module)
{
    return module->digest;
}

void engine_module_delete(engine_module *module)
{
    if (!module)
        return;
    engine_fresh_delete(module->fresh);
    for (engine_form *form = module->forms, *next; form; form = next) {
        next = form->next;
        engine_form_delete(form);
    }
    pthread_mutex_destroy(&module->lock);
    bj_cleanup_close(&module->fd);
    free(module->bytes);
    free(module->name);
    free(module);
}
