/*
 * describe.c: engines and runtimes as JSON text.
 */
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "sandbox/runtime/runtime.h"
#include "sandbox/values/json.h"

/* ---- Engine. ---- */

static bool has_guest(const bj_engine *engine, const char *guest)
{
    bj_autofree char *image = sandbox_guest_file(engine, guest, ".image.wasm");
    bj_autofree char *module = sandbox_guest_file(engine, guest, ".wasm");
    return (image && access(image, R_OK) == 0) || (module && access(module, R_OK) == 0);
}

/* {"numpy": "2.4.6", …}: what is linked into Python, as the file beside it says; empty where there is none. */
static json_t *describe_packages(const bj_engine *engine)
{
    bj_autofree char *path = sandbox_guest_file(engine, "python", "-packages.json");
    json_t *listed = path ? json_load_file(path, 0, NULL) : NULL, *versions = json_object(), *facts;
    const char *name;
    json_object_foreach(listed, name, facts)
    {
        json_t *version = json_object_get(facts, "version");
        if (json_is_string(version) && json_object_set(versions, name, version) < 0)
            break;
    }
    json_decref(listed);
    return versions;
}

BJ_API char *bj_engine_describe(bj_engine *engine)
{
    struct utsname host;
    json_t *object = json_pack(
        "{ss ss sI s{ss? sb sb sb so}}", "version", bj_version(), "kernel",
        uname(&host) == 0 ? host.release : "unknown", "host_descriptors",
        (json_int_t)engine->descriptors.most, "guests", "dir", engine->guest_dir, "python",
        has_guest(engine, "python"), "javascript", has_guest(engine, "javascript"), "typescript",
        has_guest(engine, "typescript"), "packages", describe_packages(engine));
    return bj_json_dump(object, object ? engine_describe(engine->engine, object) : -1);
}

/* ---- Runtime. ---- */

static const char *kind_name(bj_runtime_kind kind)
{
    switch (kind) {
    case BJ_RUNTIME_COMMAND:
        return "command";
    case BJ_RUNTIME_INTERPRETER:
        return "interpreter";
    case BJ_RUNTIME_LIBRARY:
        return "library";
    }
    return "unknown";
}

BJ_API char *bj_runtime_describe(const bj_runtime *runtime)
{
    json_t *object = json_pack("{so ss}", "name", bj_json_text(bj_span_of(runtime->name)), "kind",
                               kind_name(runtime->kind));
    return bj_json_dump(object, object ? engine_module_describe(runtime->module, object) : -1);
}

BJ_API char *bj_module_describe(bj_engine *engine, const void *bytes, size_t size, const char *name,
                                bj_error *err)
{
    bj_runtime *runtime = runtime_to_describe(engine, (bj_span){bytes, size}, name, err);
    if (!runtime)
        return NULL;
    char *text = bj_runtime_describe(runtime);
    runtime_release(runtime);
    if (!text)
        (void)bj_fail_memory(err);
    return text;
}
