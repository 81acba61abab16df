/*
 * describe.c: engines and modules in words: JSON for `belljar doctor` and `belljar inspect`, and the
 * types of exports as the sandbox layer asks for them.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "engine/internal.h"

/* ---- Types in words. ---- */

/* By wasmtime_valtype_new, which knows every type: wasm_valtype_kind aborts the process at a v128. */
static const char *valtype_name(const wasm_valtype_t *type)
{
    wasmtime_valtype_t known;
    wasmtime_valtype_new(type, &known);
    const char *name = "reference";
    switch (known.kind) {
    case WASMTIME_VALTYPE_KIND_I32:
        name = "i32";
        break;
    case WASMTIME_VALTYPE_KIND_I64:
        name = "i64";
        break;
    case WASMTIME_VALTYPE_KIND_F32:
        name = "f32";
        break;
    case WASMTIME_VALTYPE_KIND_F64:
        name = "f64";
        break;
    case WASMTIME_VALTYPE_KIND_V128:
        name = "v128";
        break;
    case WASMTIME_VALTYPE_KIND_REF:
        if (known.reftype.nullable && known.reftype.heaptype.kind == WASMTIME_HEAPTYPE_KIND_FUNC)
            name = "funcref";
        break;
    }
    wasmtime_valtype_delete(&known);
    return name;
}

static char valtype_letter(const wasm_valtype_t *type)
{
    const char *name = valtype_name(type);
    return strcmp(name, "i32") == 0 ? 'i' : strcmp(name, "i64") == 0 ? 'l' : '?';
}

static const char *kind_name(wasm_externkind_t kind)
{
    switch ((enum wasm_externkind_enum)kind) {
    case WASM_EXTERN_FUNC:
        return "function";
    case WASM_EXTERN_GLOBAL:
        return "global";
    case WASM_EXTERN_TABLE:
        return "table";
    case WASM_EXTERN_MEMORY:
        return "memory";
    default:
        return "tag";
    }
}

/* A list of types in parentheses, as far as it fits. */
static size_t write_types(char *text, size_t size, size_t used, const wasm_valtype_vec_t *types)
{
    used += (size_t)snprintf(text + used, size - used, "(");
    for (size_t i = 0; i < types->size && used + 24 < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "",
                                 valtype_name(types->data[i]));
    return used + (size_t)snprintf(text + used, size - used, ")");
}

void engine_type_text(char *text, size_t size, const wasm_externtype_t *type)
{
    if (wasm_externtype_kind(type) == WASM_EXTERN_FUNC) {
        const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
        size_t used = write_types(text, size - 64, 0, wasm_functype_params(function));
        used += (size_t)snprintf(text + used, size - used, " -> ");
        write_types(text, size, used, wasm_functype_results(function));
    } else if (wasm_externtype_kind(type) == WASM_EXTERN_GLOBAL) {
        const wasm_globaltype_t *global = wasm_externtype_as_globaltype_const(type);
        bool mutable = wasm_globaltype_mutability(global) == WASM_VAR;
        snprintf(text, size, "%s%s", mutable ? "mutable " : "",
                 valtype_name(wasm_globaltype_content(global)));
    } else {
        snprintf(text, size, "%s", kind_name(wasm_externtype_kind(type)));
    }
}

bool engine_module_exports(const engine_module *module, const char *name, const char *type)
{
    wasm_exporttype_vec_t exports;
    bool found = false;
    wasmtime_module_exports(engine_module_any_form(module)->compiled, &exports);
    for (size_t i = 0; i < exports.size && !found; i++) {
        const wasm_name_t *its_name = wasm_exporttype_name(exports.data[i]);
        const wasm_externtype_t *its_type = wasm_exporttype_type(exports.data[i]);
        if (!bj_span_is((bj_span){its_name->data, its_name->size}, name) ||
            wasm_externtype_kind(its_type) != WASM_EXTERN_FUNC)
            continue;
        const wasm_functype_t *function = wasm_externtype_as_functype_const(its_type);
        const wasm_valtype_vec_t *params = wasm_functype_params(function);
        const wasm_valtype_vec_t *results = wasm_functype_results(function);
        char letters[32];
        size_t used = 0;
        for (size_t p = 0; p < params->size && used < 14; p++)
            letters[used++] = valtype_letter(params->data[p]);
        letters[used++] = '>';
        for (size_t r = 0; r < results->size && used < 30; r++)
            letters[used++] = valtype_letter(results->data[r]);
        letters[used] = 0;
        found = strcmp(letters, type) == 0;
    }
    wasm_exporttype_vec_delete(&exports);
    return found;
}

/* ---- Modules. ---- */

/* A name of the module's own, which may be any bytes. NULL when out of memory. */
static json_t *json_name(const wasm_name_t *name)
{
    bj_autobuffer bj_buffer clean = {0};
    if (bj_utf8_sanitize(&clean, (bj_span){name->data, name->size}) < 0)
        return NULL;
    return json_stringn(bj_buffer_text(&clean), clean.size);
}

static json_t *describe_item(const wasm_name_t *name, const wasm_externtype_t *type)
{
    char text[512];
    engine_type_text(text, sizeof text, type);
    return json_pack("{so ss ss}", "name", json_name(name), "kind",
                     kind_name(wasm_externtype_kind(type)), "type", text);
}

static json_t *describe_imports(const engine_module *module)
{
    wasm_importtype_vec_t imports;
    json_t *list = json_array();
    wasmtime_module_imports(engine_module_any_form(module)->compiled, &imports);
    for (size_t i = 0; i < imports.size; i++) {
        json_t *item = describe_item(wasm_importtype_name(imports.data[i]),
                                     wasm_importtype_type(imports.data[i]));
        json_object_set_new(item, "module", json_name(wasm_importtype_module(imports.data[i])));
        const engine_host_function *function = engine_host_find(module->host, imports.data[i]);
        json_object_set_new(item, "granted",
                            json_boolean(function && engine_host_fits(function, imports.data[i])));
        json_array_append_new(list, item);
    }
    wasm_importtype_vec_delete(&imports);
    return list;
}

static json_t *describe_exports(const engine_module *module)
{
    wasm_exporttype_vec_t exports;
    json_t *list = json_array();
    wasmtime_module_exports(engine_module_any_form(module)->compiled, &exports);
    for (size_t i = 0; i < exports.size; i++)
        json_array_append_new(list, describe_item(wasm_exporttype_name(exports.data[i]),
                                                  wasm_exporttype_type(exports.data[i])));
    wasm_exporttype_vec_delete(&exports);
    return list;
}

int engine_module_describe(engine_module *module, void *json)
{
    bj_span bytes;
    if (engine_module_get_bytes(module, &bytes, NULL) < 0)
        return -1;
    json_t *memory = json_null();
    if (module->has_memory) {
        json_t *max = module->memory_max == UINT64_MAX
                          ? json_null()
                          : json_integer((json_int_t)module->memory_max);
        memory =
            json_pack("{sI so}", "min_bytes", (json_int_t)module->memory_min, "max_bytes", max);
    }
    int status = json_object_set_new(json, "bytes", json_integer((json_int_t)bytes.size));
    status |= json_object_set_new(json, "imports", describe_imports(module));
    status |= json_object_set_new(json, "exports", describe_exports(module));
    status |= json_object_set_new(json, "memory", memory);
    return status ? -1 : 0;
}

/* ---- Engines. ---- */

int engine_describe(engine_core *self, void *json)
{
    uint64_t entries, bytes;
    engine_cache_measure(&self->cache, &entries, &bytes);
    const engine_machine *machine = &self->machine;
    json_t *own = json_pack(
        "{ss ss ss sb sI sI ss s{ss? sb ss sI sI}}", "wasmtime", WASMTIME_VERSION, "allocation",
        machine->pooling ? "pooling" : "on demand", "allocation_reason", machine->reason,
        "pagemap_scan", machine->pagemap_scan, "keep_resident_bytes",
        (json_int_t)machine->keep_resident, "max_sandboxes", (json_int_t)self->max_sandboxes, "cpu",
        machine->isa, "cache", "dir", self->cache.path, "usable", self->cache.dir >= 0, "reason",
        self->cache.reason, "entries", (json_int_t)entries, "bytes", (json_int_t)bytes);
    int status = own ? json_object_update(json, own) : -1;
    json_decref(own);
    return status;
}
