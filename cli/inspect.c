/*
 * inspect.c: `belljar inspect`: what a module wants and offers, and whether it could run here.
 *
 * All names in it come from the module, so they go through cli_put_text.
 */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "limits.h"
#include "machine.h"
#include "source.h"
#include "values.h"

typedef struct inspect_options {
    machine_options machine;
    bool json;
} inspect_options;

const cli_option inspect_option_table[] = {
    OPTION_HEADING("Output"),
    {.name = "json",
     .help = "print one JSON object",
     .take = option_take_flag,
     .offset = offsetof(inspect_options, json)},
    MACHINE_OPTIONS(inspect_options, machine),
    OPTION_HELP,
    OPTIONS_END,
};

static void print_member(const json_t *object, const char *key)
{
    cli_put_text(stdout, json_string_at(object, key, "?"));
}

static void print_imports(const json_t *imports)
{
    printf("\nimports: %zu\n", json_array_size(imports));
    size_t index;
    json_t *import;
    json_array_foreach(imports, index, import)
    {
        printf("  %-8s ", json_bool_at(import, "granted", false) ? "granted" : "DENIED");
        print_member(import, "module");
        putchar('.');
        print_member(import, "name");
        printf("  ");
        print_member(import, "type");
        putchar('\n');
    }
}

static void print_exports(const json_t *exports)
{
    printf("\nexports: %zu\n", json_array_size(exports));
    size_t index;
    json_t *export;
    json_array_foreach(exports, index, export)
    {
        printf("  ");
        print_member(export, "name");
        printf("  ");
        print_member(export, "type");
        putchar('\n');
    }
}

static void print_memory(const json_t *memory)
{
    if (!json_is_object(memory)) {
        printf("memory: none\n");
        return;
    }
    uint64_t least = json_count_at(memory, "min_bytes");
    printf("memory: %s at the start", values_format(BJ_UNIT_BYTES, least).text);
    if (json_is_integer(json_object_get(memory, "max_bytes")))
        printf(", %s at most\n",
               values_format(BJ_UNIT_BYTES, json_count_at(memory, "max_bytes")).text);
    else
        printf(", no maximum of its own\n");
}

static size_t count_denied(const json_t *imports)
{
    size_t denied = 0;
    size_t index;
    json_t *import;
    json_array_foreach(imports, index, import)
    {
        denied += !json_bool_at(import, "granted", false);
    }
    return denied;
}

/* What `belljar run` would do with it. */
static void print_verdict(const json_t *module)
{
    const char *kind = json_string_at(module, "kind", "?");
    size_t denied = count_denied(json_object_get(module, "imports"));
    uint64_t memory = json_count_at(json_object_get(module, "memory"), "min_bytes");
    const cli_limit *limit = &cli_limits[CLI_LIMIT_memory_bytes];
    const char *refused = json_string_at(module, "refused", NULL);
    putchar('\n');
    if (refused != NULL) {
        printf("It would be refused unless --compile-ms is given: ");
        cli_put_text(stdout, refused);
        putchar('\n');
    } else if (denied > 0)
        printf("It would be refused before it runs: nobody grants %zu of its imports.\n", denied);
    else if (strcmp(kind, "library") == 0)
        printf("It would be refused: it exports no _start, so there is nothing to run.\n");
    else if (strcmp(kind, "interpreter") == 0)
        printf("It is an interpreter, which takes source: it does not run by itself.\n");
    else if (memory > limit->standard)
        printf("It would run with --%s %" PRIu64 " or more.\n", limit->name, memory);
    else
        printf("It would run: nothing that it imports is denied.\n");
}

static void print_module(const json_t *module)
{
    print_member(module, "name");
    printf(": %s of %s\n", json_string_at(module, "kind", "?"),
           values_format(BJ_UNIT_BYTES, json_count_at(module, "bytes")).text);
    print_memory(json_object_get(module, "memory"));
    print_imports(json_object_get(module, "imports"));
    print_exports(json_object_get(module, "exports"));
    print_verdict(module);
}

static int print_description(const inspect_options *options, const char *text)
{
    json_auto *module = json_read(text);
    if (module == NULL)
        return CLI_FAILED;
    if (json_object_get(module, "error") != NULL && !options->json)
        return cli_error("%s", json_string_at(module, "error", "?"));
    if (options->json)
        json_write(stdout, module, isatty(STDOUT_FILENO)); /* its errors: cli_flush */
    else
        print_module(module);
    return CLI_OK;
}

static int describe(const inspect_options *options, bj_engine *engine, const cli_source *source)
{
    bj_error err;
    char *text = bj_module_describe(engine, source->bytes, source->size, source->name, &err);
    if (text == NULL)
        return cli_library_error(&err);
    int status = print_description(options, text);
    bj_free(text);
    return status;
}

static int inspect_file(const inspect_options *options, const char *path)
{
    cli_source source = {.bytes = NULL};
    bj_error err;
    bj_engine *engine = NULL;
    int status = source_read(&source, path, source_find_language("wasm"));
    if (status == CLI_OK) {
        engine = machine_start(&options->machine, &err);
        status = engine != NULL ? describe(options, engine, &source) : cli_library_error(&err);
    }
    bj_engine_delete(engine);
    source_clear(&source);
    return status;
}

int inspect_command(const cli_command *self, int argc, char **argv)
{
    inspect_options options = {.json = false};
    cli_operands operands;
    int status;
    if (!options_parse(self, argc, argv, &options, &operands, &status))
        return status;
    if (operands.count != 1 || operands.rest_count != 0)
        return cli_error("inspect wants one module: belljar inspect FILE.wasm");
    return inspect_file(&options, operands.items[0]);
}
