/*
 * inspect.c: what a module says of itself: whether it is one, and its functions by name and type.
 */
#include <stdio.h>
#include <string.h>

#include "engine/internal.h"

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
    engine_export *wanted;
    size_t count;
} search;

static bool text_is(const bj_wasmtime_text *text, const char *other)
{
    return bj_span_is((bj_span){text->data, text->size}, other);
}

static bool has_type(const bj_wasmtime_item *item, const char *type)
{
    char params[16] = "", text[128];
    const char *arrow = strchr(type, '>');
    snprintf(params, sizeof params, "%.*s", (int)(arrow - type), type);
    engine_type_text(text, sizeof text, params, arrow + 1);
    return text_is(&item->type, text);
}

static void look_at_export(void *user, const bj_wasmtime_item *item)
{
    search *self = user;
    for (size_t i = 0; i < self->count; i++) {
        engine_export *wanted = &self->wanted[i];
        wanted->found |= item->kind == BJ_WASMTIME_FUNCTION && text_is(&item->name, wanted->name) &&
                         has_type(item, wanted->type);
    }
}

static void ignore(void *user, const bj_wasmtime_item *item)
{
    (void)user;
    (void)item;
}

void engine_module_find_exports(const engine_module *module, engine_export *wanted, size_t count)
{
    search self = {wanted, count};
    wasmtime_error_t *error = NULL;
    if (module->forms)
        bj_wasmtime_each_export(module->forms->compiled, look_at_export, &self);
    else if (!module->has_no_entry)
        error = bj_wasmtime_inspect((const uint8_t *)module->bytes, module->size, ignore,
                                    look_at_export, &self);
    if (error)
        wasmtime_error_delete(error);
}

bool engine_is_valid(const engine_module *module, bj_error *err)
{
    char text[200];
    wasmtime_error_t *error =
        bj_wasmtime_inspect((const uint8_t *)module->bytes, module->size, ignore, ignore, NULL);
    if (!error)
        return true;
    engine_error_text(error, text, sizeof text);
    (void)engine_refuse(module->name, text, err);
    return false;
}
