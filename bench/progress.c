/*
 * progress.c: a progress bar, or lines where there is no terminal.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "samples.h"

#define BAR_WIDTH     30
#define BAR_EVERY_NS  100000000u
#define LINE_EVERY_NS 5000000000u
#define CLEAR_LINE    "\r\033[K"
#define NS_PER_SECOND 1e9

progress progress_begin(const char *label, size_t total)
{
    uint64_t now = now_ns();
    return (progress){
        .label = label,
        .total = total,
        .began_ns = now,
        .shown_ns = now,
        .bar = isatty(STDERR_FILENO),
    };
}

static void show_bar(const progress *p, double seconds, const char *note)
{
    char bar[BAR_WIDTH + 1];
    size_t full = p->done * BAR_WIDTH / p->total;
    for (size_t i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    fprintf(stderr, CLEAR_LINE "%s [%s] %zu/%zu %.0f s %s", p->label, bar, p->done, p->total,
            seconds, note);
}

void progress_step(progress *p, const char *note)
{
    uint64_t now = now_ns();
    p->done++;
    if (now - p->shown_ns < (p->bar ? BAR_EVERY_NS : LINE_EVERY_NS))
        return;
    p->shown_ns = now;
    double seconds = (double)(now - p->began_ns) / NS_PER_SECOND;
    if (p->bar)
        show_bar(p, seconds, note);
    else
        fprintf(stderr, "%s %zu/%zu, %.0f s %s\n", p->label, p->done, p->total, seconds, note);
}

void progress_end(progress *p)
{
    if (p->bar)
        fputs(CLEAR_LINE, stderr);
}
