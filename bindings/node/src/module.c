/* module.c: the addon as Node loads it, once for each environment. */
#include <stdlib.h>

#include "core.h"

/* attach(tell): what happens in this environment is told to the function from now on. */
static napi_value attach(napi_env js, napi_callback_info info)
{
    napi_value tell;
    size_t count = 1;
    if (napi_get_cb_info(js, info, &count, &tell, NULL, NULL) != napi_ok || core_env_of(js) ||
        !core_env_new(js, tell))
        napi_throw_error(js, NULL, "belljar cannot start in this environment");
    return NULL;
}

static char *text_or_null(napi_env js, napi_value value)
{
    return core_is(js, value, napi_string) ? core_copy(js, value, NULL) : NULL;
}

/* configure(threads, guest folder or null, cache folder or null, most sandboxes or 0, first slice in microseconds, whether these are defaults,
 * descriptors of the host or 0, folder of compiled guests or null): of the process, whose first environment to say something counts against defaults. False: too late. */
static napi_value configure(napi_env js, napi_callback_info info)
{
    static atomic_bool configured;
    napi_value args[8];
    size_t count = 8;
    uint32_t threads, sandboxes, first_slice_us, descriptors;
    bool defaults;
    napi_get_cb_info(js, info, &count, args, NULL, NULL);
    if (!core_uint32(js, args[0], &threads) || !core_uint32(js, args[3], &sandboxes) ||
        !core_uint32(js, args[4], &first_slice_us) || !core_uint32(js, args[6], &descriptors) ||
        napi_get_value_bool(js, args[5], &defaults) != napi_ok)
        return NULL;
    if (atomic_exchange(&configured, true) && defaults)
        return NULL;
    char *guests = text_or_null(js, args[1]), *cache = text_or_null(js, args[2]),
         *compiled = text_or_null(js, args[7]);
    bool in_time = core_engine_configure(guests, cache, compiled, sandboxes, descriptors);
    if (in_time)
        core_scheduler_configure(threads, first_slice_us);
    free(guests);
    free(cache);
    free(compiled);
    return core_bool(js, in_time);
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */)
{
    napi_value function;
    if (core_tasks_export(env, exports) != napi_ok)
        return NULL;
    napi_create_function(env, "attach", NAPI_AUTO_LENGTH, attach, NULL, &function);
    napi_set_named_property(env, exports, "attach", function);
    napi_create_function(env, "configure", NAPI_AUTO_LENGTH, configure, NULL, &function);
    napi_set_named_property(env, exports, "configure", function);
    napi_set_named_property(env, exports, "limits", core_limits(env));
    napi_set_named_property(env, exports, "version", core_string_or_null(env, bj_version()));
    return exports;
}
