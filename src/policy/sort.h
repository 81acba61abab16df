/*
 * sort.h: putting pointers in order, as work that can be ended (work.h): a guest says how many there are, and how long what
 * they are compared by.
 */
#ifndef BJ_POLICY_SORT_H
#define BJ_POLICY_SORT_H

#include <stddef.h>

#include "policy/unfinished.h"

/* Stable. POLICY_FINISHED: they are in order; else why they are not (deadline, interrupt, memory), and they are what they
 * were, in another order. */
policy_unfinished policy_sort(const void **items, size_t count,
                              int (*compare)(const void *one, const void *other),
                              policy_work *work);

#endif
