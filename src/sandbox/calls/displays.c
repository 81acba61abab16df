/*
 * displays.c: the call by which a guest shows something (guest/belljar_guest.h). Nothing that it says is believed: types are
 * MIME types, texts are UTF-8, metadata is a JSON object.
 *
 * A display is kept whole or not at all. Its bytes count against the limit display-bytes, each form with 64 more, so that a guest cannot
 * have the host keep much by showing nothing often; what does not fit is counted.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/belljar_guest.h"
#include "base/mime.h"
#include "base/utf8.h"
#include "sandbox/calls/calls.h"
#include "wasi/memory.h"

/* What a form costs besides its bytes: what the host keeps to find them. */
#define FORM_BYTES 64u
/* Readers of JSON have stacks. */
#define METADATA_LEVELS 64u

const char displays_call;

/* ---------------------------------------------------------------- types */

/* As guests tell them apart (guest/python/lib/belljar_display.py, guest/javascript/display.c). */
static bool is_text(const char *type)
{
    static const char *const texts[] = {"application/json", "application/xml",
                                        "application/javascript", "application/ecmascript",
                                        "application/x-latex"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(type, texts[i]) == 0)
            return true;
    return strncmp(type, "text/", 5) == 0 || bj_ends_with(type, "+json") ||
           bj_ends_with(type, "+xml");
}

/* ---------------------------------------------------------------- what the guest says */

/* A display on its way from the guest. */
typedef struct arrival {
    wasi_memory memory;
    const uint8_t *parts;
    size_t count;
    bj_span metadata;
} arrival;

static uint32_t field(const arrival *in, size_t number, size_t offset)
{
    return wasi_load32(in->parts + number * BELLJAR_DISPLAY_BYTES + offset);
}

/* False: it lies outside the memory. */
static bool load_span(const arrival *in, size_t number, size_t offset, bj_span *span)
{
    const uint32_t size = field(in, number, offset + 4);
    const uint8_t *bytes = wasi_bytes(in->memory, field(in, number, offset), size);
    *span = (bj_span){(const char *)bytes, bytes ? size : 0};
    return bytes != NULL;
}

static bool load_arrival(arrival *in, wasi_memory memory, const uint64_t *args)
{
    *in = (arrival){.memory = memory, .count = args[1]};
    if (in->count == 0 || in->count > BELLJAR_DISPLAY_PARTS_MOST ||
        args[3] > BELLJAR_DISPLAY_METADATA_MOST)
        return false;
    in->parts = wasi_bytes(memory, args[0], in->count * BELLJAR_DISPLAY_BYTES);
    const uint8_t *metadata = wasi_bytes(memory, args[2], args[3]);
    if (!in->parts || !metadata)
        return false;
    in->metadata = args[3] ? (bj_span){(const char *)metadata, args[3]} : bj_span_of("{}");
    return true;
}

/* The sum of its bytes; false where some lie outside the memory. */
static bool measure(const arrival *in, uint64_t *bytes)
{
    *bytes = in->metadata.size;
    for (size_t i = 0; i < in->count; i++) {
        bj_span type, data;
        if (!load_span(in, i, BELLJAR_DISPLAY_TYPE, &type) || type.size == 0 ||
            type.size > BELLJAR_DISPLAY_TYPE_MOST || !load_span(in, i, BELLJAR_DISPLAY_DATA, &data))
            return false;
        *bytes += type.size + data.size + FORM_BYTES;
    }
    return true;
}

static bool is_shallow(json_t *value, unsigned levels)
{
    const char *key;
    size_t index;
    json_t *inner;
    if (levels == 0)
        return false;
    json_object_foreach(value, key, inner) if (!is_shallow(inner, levels - 1)) return false;
    json_array_foreach(value, index, inner) if (!is_shallow(inner, levels - 1)) return false;
    return true;
}

static bool is_metadata(bj_span text)
{
    json_t *value = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const bool is = json_is_object(value) && is_shallow(value, METADATA_LEVELS);
    json_decref(value);
    return is;
}

/* ---------------------------------------------------------------- keeping it */

static int append_with_nul(bj_buffer *to, bj_span bytes)
{
    return bj_buffer_append(to, bytes.data, bytes.size) < 0 ? -1 : bj_buffer_append(to, "", 1);
}

/* 0; -1 out of memory; 1: it is no type, or is there already. */
static int add_type(display *to, display_form *form, bj_span type)
{
    char name[BELLJAR_DISPLAY_TYPE_MOST + 1];
    for (size_t i = 0; i < type.size; i++)
        name[i] =
            type.data[i] >= 'A' && type.data[i] <= 'Z' ? (char)(type.data[i] | 0x20) : type.data[i];
    name[type.size] = '\0';
    if (strlen(name) != type.size || !bj_mime_is_type(name))
        return 1;
    for (size_t i = 0; i < to->count; i++)
        if (strcmp(to->bytes.data + to->forms[i].type, name) == 0)
            return 1;
    form->text = is_text(name);
    form->type = to->bytes.size;
    return append_with_nul(&to->bytes, (bj_span){name, type.size});
}

static int add_form(display *to, bj_span type, bj_span data)
{
    display_form *form = &to->forms[to->count];
    const int status = add_type(to, form, type);
    if (status != 0)
        return status;
    form->data = to->bytes.size;
    if (form->text ? bj_utf8_sanitize(&to->bytes, data) < 0
                   : bj_buffer_append(&to->bytes, data.data, data.size) < 0)
        return -1;
    form->size = to->bytes.size - form->data;
    to->count++;
    return bj_buffer_append(&to->bytes, "", 1);
}

/* As add_type. */
static int copy(display *to, const arrival *in, uint64_t bytes)
{
    to->forms = calloc(in->count, sizeof *to->forms);
    if (!to->forms || bj_buffer_reserve(&to->bytes, (size_t)bytes) < 0 ||
        append_with_nul(&to->bytes, in->metadata) < 0)
        return -1;
    int status = 0;
    for (size_t i = 0; i < in->count && status == 0; i++) {
        bj_span type, data;
        status = load_span(in, i, BELLJAR_DISPLAY_TYPE, &type) &&
                         load_span(in, i, BELLJAR_DISPLAY_DATA, &data)
                     ? add_form(to, type, data)
                     : 1;
    }
    return status;
}

static int32_t leave_out(displays *all, policy_unfinished why)
{
    all->more++;
    policy_unfinished_set(&all->why, why);
    return BELLJAR_DISPLAY_LEFT_OUT;
}

static bool make_room(displays *all)
{
    if (all->count % 16 != 0)
        return true;
    display *items = realloc(all->items, (all->count + 16) * sizeof *items);
    if (items)
        all->items = items;
    return items != NULL;
}

/* Takes it over, or clears it. Sanitised, texts may have become longer. */
static int32_t keep(displays *all, policy_budget *budget, display *made)
{
    const uint64_t bytes = made->bytes.size + made->count * FORM_BYTES;
    policy_unfinished why = POLICY_FINISHED;
    if (!make_room(all))
        why = POLICY_UNFINISHED_memory;
    else if (!policy_budget_take(budget, POLICY_display_bytes, bytes))
        why = POLICY_UNFINISHED_bytes;
    if (why != POLICY_FINISHED) {
        display_clear(made);
        return leave_out(all, why);
    }
    budget->used[POLICY_displays]++;
    all->items[all->count++] = *made;
    return BELLJAR_DISPLAY_TAKEN;
}

int32_t displays_show(displays *all, policy_budget *budget, wasi_memory memory,
                      const uint64_t *args, uint64_t *moved)
{
    arrival in;
    uint64_t bytes;
    display made = {0};
    *moved = 0;
    if (!load_arrival(&in, memory, args) || !measure(&in, &bytes))
        return BELLJAR_DISPLAY_INVALID;
    *moved = in.metadata.size;
    if (!is_metadata(in.metadata))
        return BELLJAR_DISPLAY_INVALID;
    if (policy_budget_left(budget, POLICY_displays) == 0)
        return leave_out(all, POLICY_UNFINISHED_count);
    if (bytes > policy_budget_left(budget, POLICY_display_bytes))
        return leave_out(all, POLICY_UNFINISHED_bytes);
    *moved = bytes;
    const int status = copy(&made, &in, bytes);
    if (status == 0)
        return keep(all, budget, &made);
    display_clear(&made);
    return status < 0 ? leave_out(all, POLICY_UNFINISHED_memory) : BELLJAR_DISPLAY_INVALID;
}
