/*
 * displays.h: what a guest shows in a run or eval, as MIME bundles: the call by which it does (guest/belljar_guest.h), and what
 * the receipt keeps of it. Nothing that the guest says is believed: types are MIME types, texts are UTF-8, metadata is a JSON object.
 */
#ifndef BJ_SANDBOX_DISPLAYS_H
#define BJ_SANDBOX_DISPLAYS_H

#include "base/buffer.h"
#include "belljar.h"
#include "policy/budget.h"
#include "policy/unfinished.h"
#include "wasi/wasi.h"

/* One form: a type and its data, each with a NUL behind it. */
typedef struct display_form {
    size_t type, data, size; /* offsets in the display's bytes; of the data */
    bool text;
} display_form;

typedef struct display {
    bj_buffer bytes; /* its metadata ("{}" at least) with a NUL, then its forms */
    display_form *forms;
    size_t count;
} display;

typedef struct displays {
    display *items; /* made for the first one */
    size_t count;
    uint64_t more; /* that were left out */
    policy_unfinished why;
} displays;

void displays_clear(displays *all);

/* What link.c hands to the engine for the call; its address tells it apart. */
extern const char displays_call;

/* The guest shows something: BELLJAR_DISPLAY_…. *moved is what to charge for. */
int32_t displays_show(displays *all, policy_budget *budget, wasi_memory memory,
                      const uint64_t *args, uint64_t *moved);

#endif
