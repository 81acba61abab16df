/*
 * displays.h: what a guest has shown in a run or eval, as MIME bundles, and as the receipt keeps it.
 */
#ifndef BJ_SANDBOX_DISPLAYS_H
#define BJ_SANDBOX_DISPLAYS_H

#include "base/buffer.h"
#include "policy/unfinished.h"

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

void display_clear(display *each);
void displays_clear(displays *all);

#endif
