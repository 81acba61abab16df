/*
 * level1.h: what the loops over vectors share. The compiler makes SIMD of a loop whose elements lie side by
 * side, if that case is a loop of its own; a sum may be added up in another order only where it is said.
 */
#include "common.h"

#define ANY_ORDER _Pragma("clang fp reassociate(on)")
/* Two vectors at once: the latency of one addition hides behind the others'. */
#define VECTORS _Pragma("clang loop vectorize(enable) interleave_count(4)")
