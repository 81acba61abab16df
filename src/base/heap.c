/*
 * heap.c: a pairing heap. The root comes first; a node's children are a list, each of which comes after it.
 */
#include "base/heap.h"

/* One of two roots becomes the other's first child. */
static bj_heap_node *meld(const bj_heap *heap, bj_heap_node *a, bj_heap_node *b)
{
    if (!a || !b)
        return a ? a : b;
    if (heap->comes_before(b, a)) {
        bj_heap_node *first = b;
        b = a;
        a = first;
    }
    b->before = a;
    b->next = a->child;
    if (b->next)
        b->next->before = b;
    a->child = b;
    a->next = a->before = NULL;
    return a;
}

/* Takes the next two of a list and makes one of them. */
static bj_heap_node *meld_two(const bj_heap *heap, bj_heap_node **list)
{
    bj_heap_node *a = *list, *b = a->next;
    *list = b ? b->next : NULL;
    return meld(heap, a, b);
}

/* Makes one of a list of siblings: in pairs, then of the pairs from the last to the first. */
static bj_heap_node *meld_all(const bj_heap *heap, bj_heap_node *list)
{
    bj_heap_node *pairs = NULL, *all = NULL;
    while (list) {
        bj_heap_node *pair = meld_two(heap, &list);
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        bj_heap_node *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        all = meld(heap, all, pair);
    }
    if (all)
        all->next = all->before = NULL;
    return all;
}

void bj_heap_add(bj_heap *heap, bj_heap_node *node)
{
    *node = (bj_heap_node){0};
    heap->first = meld(heap, heap->first, node);
}

void bj_heap_remove(bj_heap *heap, bj_heap_node *node)
{
    bj_heap_node *rest = meld_all(heap, node->child);
    if (node == heap->first) {
        heap->first = rest;
    } else {
        if (node->before->child == node)
            node->before->child = node->next;
        else
            node->before->next = node->next;
        if (node->next)
            node->next->before = node->before;
        heap->first = meld(heap, heap->first, rest);
    }
    *node = (bj_heap_node){0};
}
