/*
 * failing.h: an allocator that fails when it is told to. What a test links through bj_failing_objects() (CMakeLists.txt)
 * calls it in the place of malloc and its like; the test itself and all libraries call their own.
 */
#ifndef BJ_TESTS_FAILING_H
#define BJ_TESTS_FAILING_H

#include <stdbool.h>

/* From here on the allocation number `n` fails, counted from 1, on whatever thread; with `and_all_after` the later ones too. */
void failing_begin(unsigned n, bool and_all_after);

/* None fails any more. Whether one has failed since. */
bool failing_end(void);

/* How many there were since failing_begin. */
unsigned failing_count(void);

#endif
