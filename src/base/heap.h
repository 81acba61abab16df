/*
 * heap.h: which of many things comes first, without memory of its own.
 *
 * A pairing heap (Fredman, Sedgewick, Sleator and Tarjan, 1986) of nodes that lie in the things themselves: nothing is allocated, so
 * that nothing can fail. Putting one in is O(1), taking one out O(log n) on average over what is done with it.
 */
#ifndef BJ_BASE_HEAP_H
#define BJ_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct bj_heap_node {
    struct bj_heap_node *child;  /* the first of those that come after it */
    struct bj_heap_node *next;   /* its next sibling */
    struct bj_heap_node *before; /* its last sibling, or, of a first child, its parent */
} bj_heap_node;

typedef struct bj_heap {
    bj_heap_node *first; /* NULL: it is empty */
    /* Whether `a` comes before `b`. */
    bool (*comes_before)(const bj_heap_node *a, const bj_heap_node *b);
} bj_heap;

void bj_heap_add(bj_heap *heap, bj_heap_node *node);
/* Takes out a node that is in it. */
void bj_heap_remove(bj_heap *heap, bj_heap_node *node);

#endif
