/*
 * tools.c: a guest that calls a function of its host.
 *
 *     cc tools.c -o tools $(pkg-config --cflags --libs belljar) && ./tools
 */
#include <belljar.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *city;
    int degrees;
} known[] = {{"Oslo", 4}, {"Lima", 19}};

/* The arguments fit the schema below, so that there is little left to check. */
static void weather(void *user, bj_tool_call *call)
{
    char answer[64];
    (void)user;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(bj_tool_call_arguments(call, NULL), known[i].city)) {
            snprintf(answer, sizeof answer, "{\"degrees\": %d}", known[i].degrees);
            bj_tool_call_return(call, answer, strlen(answer));
            return;
        }
    bj_tool_call_raise(call, "LookupError", "no weather is known of this city");
}

static const char source[] = "from belljar_tools import ToolError\n"
                             "for city in ['Oslo', 'Lima', 'Atlantis']:\n"
                             "    try:\n"
                             "        print(city, tools.weather(city)['degrees'])\n"
                             "    except ToolError as error:\n"
                             "        print(city, error)\n";

int main(void)
{
    int status = 1;
    bj_error err = {0};
    bj_policy policy;
    bj_tool tool;
    bj_sandbox *box = NULL;
    bj_receipt *receipt = NULL;
    bj_engine *engine = bj_engine_new(NULL, &err);
    bj_runtime *python = engine ? bj_runtime_open(engine, "python", &err) : NULL;

    bj_policy_init(&policy);
    bj_tool_init(&tool);
    tool.name = "weather";
    tool.description = "Degrees Celsius in a city.";
    tool.schema = "{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\", "
                  "\"maxLength\": 50}},"
                  " \"required\": [\"city\"], \"additionalProperties\": false}";
    tool.call = weather;
    if (python && bj_policy_grant_tool(&policy, &tool, &err) == 0)
        box = bj_sandbox_new(python, &policy, &err);
    if (box)
        receipt = bj_sandbox_eval(box, source, strlen(source), &err);
    if (receipt) {
        fputs(bj_receipt_stdout(receipt, NULL), stdout);
        printf("%zu calls\n", bj_receipt_tool_use_count(receipt));
        status = bj_receipt_outcome(receipt) != BJ_OUTCOME_OK;
    } else {
        fprintf(stderr, "%s\n", err.message);
    }
    bj_receipt_delete(receipt);
    bj_sandbox_delete(box);
    bj_policy_clear(&policy);
    bj_runtime_delete(python);
    bj_engine_delete(engine);
    return status;
}
