/*
 * describe.c: engines and modules in words: JSON for `belljar doctor` and `belljar inspect`, and the
 * types of exports as the sandbox layer asks for them.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "engine/internal.h"

/* ---- Functions by name and type. ---- */

void engine_type_text(char *text, size_t size, const char *params, const char *results)
{
    size_t used = 0;
    const char *const lists[] = {params, results};
    for (size_t l = 0; l < 2; l++) {
        used += (size_t)snprintf(text + used, size - used, l == 0 ? "(" : ") -> (");
        for (const char *letter = lists[l]; *letter; letter++)
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     letter == lists[l] ? "" : " ", *letter == 'l' ? "i64" : "i32");
    }
    snprintf(text + used, size - used, ")");
}

typedef struct search {
    const char *name, *type;
    bool found;
} search;

static bool text_is(const bj_wasmtime_text *text, const char *other)
{
    return bj_span_is((bj_span){text->data, text->size}, other);
}

static void look_at_export(void *user, const bj_wasmtime_item *item)
{
    search *wanted = user;
    wanted->found |= item->kind == BJ_WASMTIME_FUNCTION && text_is(&item->name, wanted->name) &&
                     text_is(&item->type, wanted->type);
}

bool engine_module_exports(const engine_module *module, const char *name, const char *type)
{
    if (module->has_no_entry)
        return false;
    char params[16] = "", text[128];
    const char *arrow = strchr(type, '>');
    snprintf(params, sizeof params, "%.*s", (int)(arrow - type), type);
    engine_type_text(text, sizeof text, params, arrow + 1);
    search wanted = {.name = name, .type = text};
    bj_wasmtime_each_export(engine_module_any_form(module)->compiled, look_at_export, &wanted);
    return wanted.found;
}

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
    json_t *list;
    bool is_imports;
} listing;

static void add_item(void *user, const bj_wasmtime_item *item)
{
    static const char *const kinds[] = {"function", "global", "table", "memory", "tag"};
    const listing *self = user;
    json_t *object = json_pack("{so ss so}", "name", json_text(&item->name), "kind",
                               kinds[item->kind], "type", json_text(&item->type));
    if (self->is_imports) {
        const engine_host_function *function = engine_host_find(self->module->host, item);
        json_object_set_new(object, "module", json_text(&item->module));
        json_object_set_new(object, "granted",
                            json_boolean(function && engine_host_fits(function, item)));
    }
    json_array_append_new(self->list, object);
}

static json_t *describe_items(const engine_module *module, bool is_imports)
{
    const wasmtime_module_t *compiled = engine_module_any_form(module)->compiled;
    listing self = {module, json_array(), is_imports};
    if (is_imports)
        bj_wasmtime_each_import(compiled, add_item, &self);
    else
        bj_wasmtime_each_export(compiled, add_item, &self);
    return self.list;
}

int engine_module_describe(engine_module *module, void *json)
{
    bj_span bytes;
    bj_error err = {0};
    if (engine_module_get_bytes(module, &bytes, NULL) < 0)
        return -1;
    if (engine_module_compile(module, &err) < 0)
        return json_object_set_new(json, "error", json_string(err.message));
    json_t *memory = json_null();
    if (module->has_memory) {
        json_t *max = module->memory_max == UINT64_MAX
                          ? json_null()
                          : json_integer((json_int_t)module->memory_max);
        memory =
            json_pack("{sI so}", "min_bytes", (json_int_t)module->memory_min, "max_bytes", max);
    }
    char hex[BJ_SHA256_HEX];
    bj_sha256_hex(&module->digest, hex);
    int status = json_object_set_new(json, "bytes", json_integer((json_int_t)bytes.size));
    status |= json_object_set_new(json, "sha256", json_string(hex));
    status |= json_object_set_new(json, "imports", describe_items(module, true));
    status |= json_object_set_new(json, "exports", describe_items(module, false));
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
