/*
 * natively.c: the whole guest, engine, natives and library, for this machine, where sanitizers see what a sandbox's memory would let
 * happen unseen: runs scripts one after the other, in one heap, as the evals of a session.
 *
 *   natively SCRIPT...    each prints what it prints; the first that fails ends it with 1
 *
 * It takes the host's part with less than a host has: no tools, no displays, no arguments. Linked without -pie, so that the guest's static
 * objects have addresses of 32 bits, as its interface wants them. Built and run by guest/javascript/sanitize.sh.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../belljar_guest.h"
#include "guest.h"

int32_t guest_init(void);
int32_t guest_thaw(void);
char *guest_alloc(uint32_t size);
uint32_t guest_eval(char *text, uint32_t size, uint32_t flags);

/* ---- What the host gives. ---- */

int32_t host_tools(void);
int32_t host_call(const char *name, uint32_t name_size, const char *arguments,
                  uint32_t arguments_size);
int32_t host_take(char *buffer, uint32_t size);
int32_t host_display(const void *parts, uint32_t count, const char *metadata,
                     uint32_t metadata_size);
int32_t host_give(const void *parts, uint32_t count);
int32_t host_blob(uint32_t from, uint32_t number, void *buffer, uint32_t size);

int32_t host_tools(void)
{
    return 0;
}

int32_t host_call(const char *name, uint32_t name_size, const char *arguments,
                  uint32_t arguments_size)
{
    (void)name, (void)name_size, (void)arguments, (void)arguments_size;
    return -1;
}

int32_t host_take(char *buffer, uint32_t size)
{
    (void)buffer, (void)size;
    return -1;
}

int32_t host_display(const void *parts, uint32_t count, const char *metadata,
                     uint32_t metadata_size)
{
    (void)parts, (void)count, (void)metadata, (void)metadata_size;
    return -1;
}

int32_t host_give(const void *parts, uint32_t count)
{
    (void)parts, (void)count;
    return 0;
}

int32_t host_blob(uint32_t from, uint32_t number, void *buffer, uint32_t size)
{
    (void)from, (void)number, (void)buffer, (void)size;
    return -1;
}

/* ---- Scripts. ---- */

static char *read_script(const char *path, uint32_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text;

    if (!file || fseek(file, 0, SEEK_END) || ftell(file) < 0)
        return NULL;
    *size = (uint32_t)ftell(file);
    rewind(file);
    text = guest_alloc(*size);
    if (text && fread(text, 1, *size, file) != *size)
        text = NULL;
    fclose(file);
    return text;
}

static int run(const char *path)
{
    size_t length = strlen(path);
    uint32_t size, flags = 0, status;
    char *text = read_script(path, &size);

    if (!text) {
        fprintf(stderr, "natively: %s cannot be read\n", path);
        return 1;
    }
    if (length > 4 && !strcmp(path + length - 4, ".mjs"))
        flags |= BELLJAR_EVAL_MODULE;
    status = *(const uint32_t *)(uintptr_t)guest_eval(text, size, flags);
    if (status == BELLJAR_STATUS_OK)
        return 0;
    fprintf(stderr, "natively: %s ended with status %u\n", path, status);
    return 1;
}

/* What an exception that is pending says. */
static void complain(JSContext *context)
{
    JSValue error = JS_GetException(context), stack = JS_GetPropertyStr(context, error, "stack");
    const char *text = JS_ToCString(context, error), *where = JS_ToCString(context, stack);

    fprintf(stderr, "natively: %s\n%s\n", text ? text : "an error without words",
            where ? where : "");
    JS_FreeCString(context, text);
    JS_FreeCString(context, where);
    JS_FreeValue(context, stack);
    JS_FreeValue(context, error);
}

int main(int argc, char **argv)
{
    int failed = guest_init() || guest_thaw();

    if (failed && guest.context)
        complain(guest.context);
    for (int i = 1; i < argc && !failed; i++)
        failed = run(argv[i]);
    return failed;
}
