/*
 * starve.c: the engine, for this machine, when memory ends. Each program runs as often as it makes allocations, and each time another
 * one fails: alone, with the two that follow, and with all that follow. A failure must be an exception, and what is
 * left must be sound: the collector walks over all of it, and the program runs once more with memory.
 *
 *   starve FILE [EVERY]    programs are parts of the file, with lines of "----" between them; EVERY: only each
 *                          so-manieth allocation
 *
 * Built and run by guest/javascript/sanitize.sh, under ASan and UBSan. What fails may leave memory that nobody frees, so runtimes are not
 * ended; their blocks are given back one by one.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs.h"

#define FOR_EVER (1L << 40)

/* Every block of the runtime. */
struct block {
    struct block *next, *previous;
};

static struct block blocks = {&blocks, &blocks};
/* Allocations that still succeed, and how many fail then. */
static long left, failing;
static JSRuntime *running;

static int fails(void)
{
    if (left-- > 0 || failing == 0)
        return 0;
    failing--;
    /* As heap.c of the guest does. */
    if (running)
        JS_SetGCThreshold(running, 0);
    return 1;
}

static void *link_in(struct block *block)
{
    block->next = blocks.next;
    block->previous = &blocks;
    blocks.next = block->next->previous = block;
    return block + 1;
}

static void *starve_malloc(void *opaque, size_t size)
{
    struct block *block = fails() ? NULL : malloc(sizeof *block + size);

    (void)opaque;
    return block ? link_in(block) : NULL;
}

static void *starve_calloc(void *opaque, size_t count, size_t size)
{
    void *memory = starve_malloc(opaque, count * size);

    return memory ? memset(memory, 0, count * size) : NULL;
}

static void starve_free(void *opaque, void *memory)
{
    struct block *block = memory;

    (void)opaque;
    if (!memory)
        return;
    block--;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    free(block);
}

static size_t starve_usable(const void *memory)
{
    return memory ? malloc_usable_size((struct block *)memory - 1) - sizeof(struct block) : 0;
}

/* Always to another place. */
static void *starve_realloc(void *opaque, void *memory, size_t size)
{
    size_t before = starve_usable(memory);
    void *moved = starve_malloc(opaque, size);

    if (!moved)
        return NULL;
    if (memory)
        memcpy(moved, memory, before < size ? before : size);
    starve_free(opaque, memory);
    return moved;
}

static void feed(void)
{
    left = FOR_EVER;
    failing = 0;
}

/* Runs a program and its jobs; the last exception, or undefined. */
static JSValue run(JSContext *context, JSValue compiled)
{
    JSValue value = JS_IsException(compiled) ? compiled : JS_EvalFunction(context, compiled);
    JSValue error = JS_IsException(value) ? JS_GetException(context) : JS_UNDEFINED;
    JSContext *other;
    int more;

    JS_FreeValue(context, value);
    while ((more = JS_ExecutePendingJob(running, &other)) != 0)
        if (more < 0) {
            JS_FreeValue(context, error);
            error = JS_GetException(context);
        }
    return error;
}

static JSValue compile(JSContext *context, const char *source)
{
    return JS_Eval(context, source, strlen(source), "program",
                   JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
}

static void give_back_all(void)
{
    while (blocks.next != &blocks)
        starve_free(NULL, blocks.next + 1);
}

/* Whether the allocation of that number was reached. */
static bool starve(const char *source, bool while_compiling, long number, long in_a_row)
{
    static const JSMallocFunctions functions = {starve_calloc, starve_malloc, starve_free,
                                                starve_realloc, starve_usable};
    JSContext *context;
    JSValue compiled = JS_UNDEFINED, error;
    bool reached;

    feed();
    running = JS_NewRuntime2(&functions, NULL);
    context = JS_NewContext(running);
    JS_SetMaxStackSize(running, 1 << 20);
    if (!while_compiling)
        compiled = compile(context, source);
    left = number;
    failing = in_a_row;
    if (while_compiling)
        compiled = compile(context, source);
    error = run(context, compiled);
    reached = left < 0;
    feed();
    if (JS_IsUninitialized(error)) {
        fprintf(stderr, "failed without an exception, at %ld: %s\n", number, source);
        abort();
    }
    JS_FreeValue(context, error);
    JS_RunGC(running);
    JS_FreeValue(context, run(context, compile(context, source)));
    JS_RunGC(running);
    running = NULL;
    give_back_all();
    return reached;
}

static void sweep(const char *source, bool while_compiling, long every)
{
    long number = 0;

    while (starve(source, while_compiling, number, 1)) {
        starve(source, while_compiling, number, 3);
        starve(source, while_compiling, number, FOR_EVER);
        number += every;
    }
    printf("%5ld allocations%s: %.60s\n", number, while_compiling ? ", compiling" : "", source);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char text[1 << 20];
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    long every = argc > 2 ? atol(argv[2]) : 1;
    char *program, *next;

    if (!file || every < 1)
        return 2;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (program = text; program; program = next) {
        next = strstr(program, "----\n");
        if (next) {
            *next = '\0';
            next += 5;
        }
        sweep(program, false, every);
        sweep(program, true, every);
    }
    return 0;
}
