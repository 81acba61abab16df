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
 * descriptors of the host or 0, compiler's milliseconds or 0, compiler's bytes or 0): of the process, whose first environment to say something counts against defaults. False: too late. */
static napi_value configure(napi_env js, napi_callback_info info)
{
    static atomic_bool configured;
    napi_value args[9];
    size_t count = 9;
    uint32_t threads, sandboxes, first_slice_us, descriptors, compile_ms;
    double compile_bytes;
    bool defaults;
    napi_get_cb_info(js, info, &count, args, NULL, NULL);
    if (!core_uint32(js, args[0], &threads) || !core_uint32(js, args[3], &sandboxes) ||
        !core_uint32(js, args[4], &first_slice_us) || !core_uint32(js, args[6], &descriptors) ||
        !core_uint32(js, args[7], &compile_ms) ||
        napi_get_value_double(js, args[8], &compile_bytes) != napi_ok ||
        napi_get_value_bool(js, args[5], &defaults) != napi_ok)
        return NULL;
    if (atomic_exchange(&configured, true) && defaults)
        return NULL;
    char *guests = text_or_null(js, args[1]), *cache = text_or_null(js, args[2]);
    bool in_time = core_engine_configure(&(core_engine_options){
        guests, cache, sandboxes, descriptors, compile_ms, (uint64_t)compile_bytes});
    if (in_time)
        core_scheduler_configure(threads, first_slice_us);
    free(guests);
    free(cache);
    return core_bool(js, in_time);
}

/* readQuantity("bytes", "milliseconds" or "count", text): a number, or what is wrong with it. */
static napi_value read_quantity(napi_env js, napi_callback_info info)
{
    napi_value args[2], result = NULL;
    size_t count = 2;
    uint64_t value = 0;
    bj_error err = {0};
    napi_get_cb_info(js, info, &count, args, NULL, NULL);
    char *name = text_or_null(js, args[0]), *text = text_or_null(js, args[1]);
    const bj_unit unit = name && *name == 'b'   ? BJ_UNIT_BYTES
                         : name && *name == 'm' ? BJ_UNIT_MILLISECONDS
                                                : BJ_UNIT_COUNT;
    if (name && text && bj_quantity_read(unit, text, &value, &err) == 0)
        napi_create_double(js, (double)value, &result);
    else
        result = core_string_or_null(js, err.message);
    free(name);
    free(text);
    return result;
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
    napi_create_function(env, "readQuantity", NAPI_AUTO_LENGTH, read_quantity, NULL, &function);
    napi_set_named_property(env, exports, "readQuantity", function);
    napi_set_named_property(env, exports, "limits", core_limits(env));
    napi_set_named_property(env, exports, "version", core_string_or_null(env, bj_version()));
    return exports;
}
