/*
 * module.c: the compiled forms of a guest program: one for each variant of the engine
 * that a sandbox has asked for, found in the cache or compiled, then linked to the host's functions.
 *
 * A module that imports what nobody grants compiles (it can be inspected), but has no linked form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/internal.h"

#define WASM_PAGE_BYTES ((uint64_t)65536)

/* ---- Compiling. ---- */

static wasmtime_module_t *compile(engine_module *module, engine_variant *variant, bj_error *err)
{
    engine_core *self = module->engine;
    wasmtime_module_t *compiled = engine_cache_load(&self->cache, variant, &module->digest);
    if (compiled)
        return compiled;
    if (engine_source_load(module, err) < 0)
        return NULL;
    engine_log(self, "compiling %s (%zu bytes, %s); the cache keeps the result", module->name,
               module->size, variant->fuel ? "with fuel" : "without fuel");
    wasmtime_error_t *error = wasmtime_module_new(variant->wasmtime, (const uint8_t *)module->bytes,
                                                  module->size, &compiled);
    if (error) {
        char text[200];
        engine_error_text(error, text, sizeof text);
        bj_fail(err, BJ_ERROR_MODULE, "%s is not valid: %s", module->name, text);
        return NULL;
    }
    engine_cache_store(&self->cache, variant, &module->digest, compiled);
    /* The file on disk is a better form than the one in memory: its data is mapped on demand. */
    wasmtime_module_t *mapped = engine_cache_load(&self->cache, variant, &module->digest);
    if (mapped) {
        wasmtime_module_delete(compiled);
        compiled = mapped;
    }
    engine_log(self, "compiled %s", module->name);
    return compiled;
}

/* ---- Linking. ---- */

static bool name_is(const wasm_name_t *name, const char *text)
{
    return bj_span_is((bj_span){name->data, name->size}, text);
}

const engine_host_function *engine_host_find(const engine_host *host,
                                             const wasm_importtype_t *import)
{
    if (wasm_externtype_kind(wasm_importtype_type(import)) != WASM_EXTERN_FUNC)
        return NULL;
    for (size_t i = 0; i < host->count; i++)
        if (name_is(wasm_importtype_name(import), host->functions[i].name) &&
            name_is(wasm_importtype_module(import), host->functions[i].module))
            return &host->functions[i];
    return NULL;
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

static bool has_kinds(const wasm_valtype_vec_t *types, const char *letters)
{
    if (types->size != strlen(letters))
        return false;
    for (size_t i = 0; i < types->size; i++)
        if (wasm_valtype_kind(types->data[i]) != (letters[i] == 'l' ? WASM_I64 : WASM_I32))
            return false;
    return true;
}

bool engine_host_fits(const engine_host_function *function, const wasm_importtype_t *import)
{
    const wasm_functype_t *type = wasm_externtype_as_functype_const(wasm_importtype_type(import));
    return type && has_kinds(wasm_functype_params(type), function->signature) &&
           has_kinds(wasm_functype_results(type), function->returns ? "i" : "");
}

static int define(wasmtime_linker_t *linker, const engine_host_function *function)
{
    wasm_functype_t *type = type_of(function);
    wasmtime_error_t *error = wasmtime_linker_define_func_unchecked(
        linker, function->module, strlen(function->module), function->name, strlen(function->name),
        type, engine_trampoline, (void *)function, NULL);
    wasm_functype_delete(type);
    if (error)
        wasmtime_error_delete(error);
    return error ? -1 : 0;
}

/* `function` is what is granted by that name, or NULL. */
static int refuse_import(const engine_module *module, const wasm_importtype_t *import,
                         const engine_host_function *function, bj_error *err)
{
    const wasm_name_t *from = wasm_importtype_module(import), *name = wasm_importtype_name(import);
    if (!function)
        return bj_fail(err, BJ_ERROR_IMPORT,
                       "%s imports %.*s.%.*s, which nobody grants: `belljar inspect` lists what it "
                       "wants",
                       module->name, (int)from->size, from->data, (int)name->size, name->data);
    char wanted[128], granted[128];
    wasm_functype_t *type = type_of(function);
    engine_type_text(wanted, sizeof wanted, wasm_importtype_type(import));
    engine_type_text(granted, sizeof granted, wasm_functype_as_externtype(type));
    wasm_functype_delete(type);
    return bj_fail(err, BJ_ERROR_IMPORT, "%s imports %s.%s as %s, but it is %s", module->name,
                   function->module, function->name, wanted, granted);
}

/* Defines what the module imports; refuses by name what nobody grants. */
static int define_imports(const engine_module *module, const engine_form *form,
                          wasmtime_linker_t *linker, bj_error *err)
{
    wasm_importtype_vec_t imports;
    int status = 0;
    wasmtime_linker_allow_shadowing(linker, true); /* a module may import a function twice */
    wasmtime_module_imports(form->compiled, &imports);
    for (size_t i = 0; i < imports.size && status == 0; i++) {
        const engine_host_function *function = engine_host_find(module->host, imports.data[i]);
        if (!function || !engine_host_fits(function, imports.data[i]))
            status = refuse_import(module, imports.data[i], function, err);
        else if (define(linker, function) < 0)
            status = bj_fail(err, BJ_ERROR_ENGINE, "%s cannot be defined", function->name);
    }
    wasm_importtype_vec_delete(&imports);
    return status;
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

/* ---- Forms. ---- */

static engine_form *find_form(const engine_module *module, const engine_variant *variant)
{
    for (engine_form *form = module->forms; form; form = form->next)
        if (form->variant == variant)
            return form;
    return NULL;
}

static engine_form *add_form(engine_module *module, engine_variant *variant, bj_error *err)
{
    engine_form *form = calloc(1, sizeof *form);
    if (!form) {
        bj_fail_memory(err);
        return NULL;
    }
    form->variant = variant;
    form->compiled = compile(module, variant, err);
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
    engine_variant *variant = engine_get_variant(module->engine, fuel, stack_bytes, err);
    if (!variant)
        return NULL;
    pthread_mutex_lock(&module->lock);
    engine_form *form = find_form(module, variant);
    if (!form)
        form = add_form(module, variant, err);
    if (form && !form->linked && link_form(module, form, err) < 0)
        form = NULL;
    pthread_mutex_unlock(&module->lock);
    return form;
}

const engine_form *engine_module_any_form(const engine_module *module)
{
    return module->forms;
}

/* ---- Modules. ---- */

/* What the module's memory and tables start with. */
static void measure(engine_module *module)
{
    wasm_exporttype_vec_t exports;
    wasmtime_module_exports(module->forms->compiled, &exports);
    for (size_t i = 0; i < exports.size; i++) {
        const wasm_externtype_t *type = wasm_exporttype_type(exports.data[i]);
        if (wasm_externtype_kind(type) == WASM_EXTERN_MEMORY) {
            const wasm_memorytype_t *memory = wasm_externtype_as_memorytype_const(type);
            uint64_t max;
            module->has_memory = true;
            module->memory_min = wasmtime_memorytype_minimum(memory) * WASM_PAGE_BYTES;
            module->memory_max =
                wasmtime_memorytype_maximum(memory, &max) ? max * WASM_PAGE_BYTES : UINT64_MAX;
        } else if (wasm_externtype_kind(type) == WASM_EXTERN_TABLE) {
            const wasm_tabletype_t *table = wasm_externtype_as_tabletype_const(type);
            uint64_t min = wasm_tabletype_limits(table)->min;
            module->table_min = min > module->table_min ? min : module->table_min;
        }
    }
    wasm_exporttype_vec_delete(&exports);
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

/* Compiles the usual form of a module whose source is known. Takes the module; NULL when it failed. */
static engine_module *finish(engine_module *module, int source_status, bj_error *err)
{
    bj_policy usual;
    bj_policy_init(&usual);
    engine_variant *variant = NULL;
    if (source_status == 0)
        variant = engine_get_variant(module->engine, false, usual.stack_bytes, err);
    if (!variant || !add_form(module, variant, err)) {
        engine_module_delete(module);
        return NULL;
    }
    measure(module);
    return module;
}

engine_module *engine_module_new(engine_core *self, bj_span bytes, const char *name,
                                 const engine_host *host, bj_error *err)
{
    engine_module *module = module_of(self, name, host, err);
    return module ? finish(module, engine_source_take(module, bytes, err), err) : NULL;
}

engine_module *engine_module_open(engine_core *self, const char *path, const char *name,
                                  const engine_host *host, bj_error *err)
{
    engine_module *module = module_of(self, name, host, err);
    return module ? finish(module, engine_source_open(module, path, err), err) : NULL;
}

int engine_module_get_bytes(engine_module *module, bj_span *bytes, bj_error *err)
{
    pthread_mutex_lock(&module->lock);
    int status = engine_source_load(module, err);
    *bytes = (bj_span){module->bytes, module->size};
    pthread_mutex_unlock(&module->lock);
    return status;
}

void engine_module_delete(engine_module *module)
{
    if (!module)
        return;
    for (engine_form *form = module->forms, *next; form; form = next) {
        next = form->next;
        if (form->linked)
            wasmtime_instance_pre_delete(form->linked);
        wasmtime_module_delete(form->compiled);
        free(form);
    }
    pthread_mutex_destroy(&module->lock);
    bj_cleanup_close(&module->fd);
    free(module->bytes);
    free(module->name);
    free(module);
}
