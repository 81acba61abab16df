/*
 * audit.c: calls of the guest as lines of JSON.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/calls/calls.h"
#include "sandbox/values/json.h"
#include "wasi/rights.h"

static json_t *json_text(const char *text)
{
    return text ? bj_json_text(bj_span_of(text)) : json_null();
}

/* By the names of preview 1: ["FD_READ", …]. */
static json_t *json_rights(uint64_t rights)
{
    static const char *const names[] = {
#define RIGHT_NAME(name) #name,
        WASI_RIGHTS(RIGHT_NAME)
#undef RIGHT_NAME
    };
    json_t *list = json_array();
    for (size_t i = 0; list && i < sizeof names / sizeof *names; i++)
        if (rights >> i & 1)
            json_array_append_new(list, json_string(names[i]));
    return list;
}

void audit_event(void *user, const wasi_event *event)
{
    const sandbox_instance *self = user;
    const bj_grants *grants = self->box->grants;
    const bool fuel_known = engine_instance_counts_fuel(self->engine);
    json_t *line =
        json_pack("{ss so so so ss? ss? so ss so}", "call", event->call, "path",
                  json_text(event->path), "other_path", json_text(event->other_path), "descriptor",
                  event->has_descriptor ? json_integer(event->descriptor) : json_null(), "mount",
                  event->mount, "layer", event->layer, "rights", json_rights(event->rights),
                  "result", vfs_errno_name(event->result), "fuel",
                  fuel_known ? json_integer((json_int_t)engine_instance_fuel_used(self->engine))
                             : json_null());
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (text)
        grants->on_audit(grants->on_audit_user, text, strlen(text));
    free(text);
}
