/*
 * module.c: the bytes of a guest program, and its compiled forms: one for each variant of the engine
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

/* ---- Bytes. ---- */

static bool is_text(bj_span bytes)
{
    /* A binary begins with NUL; text with white space, a comment or a parenthesis. */
    return bytes.size > 0 && memchr(" \t\r\n(;", bytes.data[0], 6) != NULL;
}

static int check_binary(bj_span bytes, const char *name, bj_error *err)
{
    static const char magic[4] = {0, 'a', 's', 'm'}, module[4] = {1, 0, 0, 0};
    if (bytes.size < 8 || memcmp(bytes.data, magic, 4) != 0)
        return bj_fail(
            err, BJ_ERROR_MODULE,
            "%s is not a WebAssembly module: it should begin with \"\\0asm\" and a version", name);
    if (memcmp(bytes.data + 4, module, 4) != 0)
        return bj_fail(err, BJ_ERROR_MODULE,
                       "%s is a WebAssembly component or of an unknown version: Belljar runs core "
                       "modules for WASI preview 1 (wasm32-wasip1)",
                       name);
    return 0;
}

/* Fills bytes and size with the binary form. */
static int take_bytes(engine_module *module, bj_span bytes, bj_error *err)
{
    if (bytes.size == 0)
        return bj_fail(err, BJ_ERROR_MODULE, "%s is empty", module->name);
    if (bytes.size > module->engine->max_module_bytes)
        return bj_fail(err, BJ_ERROR_MODULE, "%s has %zu bytes; modules of up to %llu are accepted",
                       module->name, bytes.size,
                       (unsigned long long)module->engine->max_module_bytes);
    wasm_byte_vec_t binary = {0};
    if (is_text(bytes)) {
        wasmtime_error_t *error = wasmtime_wat2wasm(bytes.data, bytes.size, &binary);
        if (error) {
            char text[200];
            engine_error_text(error, text, sizeof text);
            return bj_fail(err, BJ_ERROR_MODULE, "%s: %s", module->name, text);
        }
        bytes = (bj_span){binary.data, binary.size};
    }
    int status = check_binary(bytes, module->name, err);
    if (status == 0 && !(module->bytes = malloc(bytes.size)))
        status = bj_fail_memory(err);
    if (status == 0) {
        memcpy(module->bytes, bytes.data, bytes.size);
        module->size = bytes.size;
        module->digest = bj_sha256_of(bytes.data, bytes.size);
    }
    if (binary.data)
        wasm_byte_vec_delete(&binary);
    return status;
}

/* ---- Compiling. ---- */

static wasmtime_module_t *compile(engine_module *module, engine_variant *variant, bj_error *err)
{
    engine_core *self = module->engine;
    wasmtime_module_t *compiled = engine_cache_load(&self->cache, variant, &module->digest);
    if (compiled)
        return compiled;
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

static int refuse_import(const engine_module *module, const wasm_importtype_t *import,
                         bj_error *err)
{
    const wasm_name_t *from = wasm_importtype_module(import), *name = wasm_importtype_name(import);
    return bj_fail(
        err, BJ_ERROR_IMPORT,
        "%s imports %.*s.%.*s, which nobody grants: `belljar inspect` lists what it wants",
        module->name, (int)from->size, from->data, (int)name->size, name->data);
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
        if (!function)
            status = refuse_import(module, imports.data[i], err);
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

engine_module *engine_module_new(engine_core *self, bj_span bytes, const char *name,
                                 const engine_host *host, bj_error *err)
{
    engine_module *module = calloc(1, sizeof *module);
    if (!module || !(module->name = strdup(name))) {
        free(module);
        bj_fail_memory(err);
        return NULL;
    }
    module->engine = self;
    module->host = host;
    pthread_mutex_init(&module->lock, NULL);
    bj_policy usual;
    bj_policy_init(&usual);
    engine_variant *variant = engine_get_variant(self, false, usual.stack_bytes, err);
    if (!variant || take_bytes(module, bytes, err) < 0 || !add_form(module, variant, err)) {
        engine_module_delete(module);
        return NULL;
    }
    measure(module);
    return module;
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
    free(module->bytes);
    free(module->name);
    free(module);
}
