/*
 * bytecode.c: a script as the engine's bytecode, without its source: run when the guest is built, on this machine. Bytecode is the same
 * on all of them.
 *
 *   bytecode FILE NAME > RESULT    NAME stands in stack traces
 */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long length;

    if (!file)
        return NULL;
    if (!fseek(file, 0, SEEK_END) && (length = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
        text = malloc((size_t)length + 1);
        *size = text ? fread(text, 1, (size_t)length, file) : 0;
        if (text)
            text[*size] = '\0';
    }
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    JSRuntime *runtime = JS_NewRuntime();
    JSContext *context = runtime ? JS_NewContext(runtime) : NULL;
    JSValue compiled;
    size_t size = 0, written;
    char *text = argc == 3 ? read_file(argv[1], &size) : NULL;
    uint8_t *bytes;

    if (!context || !text)
        return 2;
    JS_SetMaxStackSize(runtime, 0);
    compiled =
        JS_Eval(context, text, size, argv[2], JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(compiled)) {
        JSValue error = JS_GetException(context);

        fprintf(stderr, "bytecode: %s: %s\n", argv[1], JS_ToCString(context, error));
        return 1;
    }
    bytes = JS_WriteObject(context, &written, compiled,
                           JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    if (!bytes || fwrite(bytes, 1, written, stdout) != written || fflush(stdout))
        return 1;
    return 0;
}
