/*
 * describe.c: engines and modules in words: JSON for `belljar doctor` and `belljar inspect`.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "engine/internal.h"

/* ---- Modules. ---- */

/* Names are the module's own: any valid UTF-8, and perhaps not even that. NULL when out of memory. */
static json_t *json_text(const bj_wasmtime_text *text)
{
    bj_autobuffer bj_buffer clean = {0};
    if (bj_utf8_sanitize(&clean, (bj_span){text->data, text->size}) < 0)
        return NULL;
    return json_stringn(bj_buffer_text(&clean), clean.size);
}

typedef struct listing {
    const engine_module *module;
    json_t *imports, *exports, *memory;
} listing;

static json_t *describe_item(const bj_wasmtime_item *item)
{
    static const char *const kinds[] = {"function", "global", "table", "memory", "tag"};
    return json_pack("{so ss so}", "name", json_text(&item->name), "kind", kinds[item->kind],
                     "type", json_text(&item->type));
}

static void add_import(void *user, const bj_wasmtime_item *item)
{
    const listing *self = user;
    json_t *object = describe_item(item);
    const engine_host_function *function = engine_host_find(self->module->host, item);
    json_object_set_new(object, "module", json_text(&item->module));
    json_object_set_new(object, "granted",
                        json_boolean(function && engine_host_fits(function, item)));
    json_array_append_new(self->imports, object);
}

static json_t *describe_memory(const bj_wasmtime_item *item)
{
    json_t *most = item->maximum == UINT64_MAX
                       ? json_null()
                       : json_integer((json_int_t)(item->maximum * WASM_PAGE_BYTES));
    return json_pack("{sI so}", "min_bytes", (json_int_t)(item->minimum * WASM_PAGE_BYTES),
                     "max_bytes", most);
}

static void add_export(void *user, const bj_wasmtime_item *item)
{
    listing *self = user;
    json_array_append_new(self->exports, describe_item(item));
    if (item->kind == BJ_WASMTIME_MEMORY && json_is_null(self->memory)) {
        json_decref(self->memory);
        self->memory = describe_memory(item);
    }
}

int engine_module_describe(engine_module *module, void *json)
{
    bj_span bytes;
    char hex[BJ_SHA256_HEX];
    if (engine_module_get_bytes(module, &bytes, NULL) < 0)
        return -1;
    listing self = {module, json_array(), json_array(), json_null()};
    bj_sha256_hex(&module->digest, hex);
    int status = json_object_set_new(json, "bytes", json_integer((json_int_t)bytes.size));
    status |= json_object_set_new(json, "sha256", json_string(hex));
    wasmtime_error_t *error =
        bj_wasmtime_inspect((const uint8_t *)bytes.data, bytes.size, add_import, add_export, &self);
    if (error) {
        char text[200];
        bj_error why = {0};
        engine_error_text(error, text, sizeof text);
        (void)engine_refuse(module->name, text, &why);
        json_decref(self.imports);
        json_decref(self.exports);
        json_decref(self.memory);
        status |= json_object_set_new(json, "refused", json_null());
        return status | json_object_set_new(json, "error", json_string(why.message));
    }
    bj_error refused = {0};
    json_t *why = engine_bounds_check(bytes, module->name, &refused) < 0
                      ? json_string(refused.message)
                      : json_null();
    status |= json_object_set_new(json, "refused", why);
    status |= json_object_set_new(json, "imports", self.imports);
    status |= json_object_set_new(json, "exports", self.exports);
    status |= json_object_set_new(json, "memory", self.memory);
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
