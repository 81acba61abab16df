/*
 * values.c: numbers with units, printed shortly.
 */
#include "values.h"

#include <stdio.h>

values_text values_format(bj_unit unit, uint64_t value)
{
    values_text out;
    bj_quantity_format(unit, value, out.text, sizeof out.text);
    return out;
}

values_text values_format_ns(uint64_t ns)
{
    values_text out;
    if (ns < 1000000)
        snprintf(out.text, sizeof out.text, "%.0f µs", (double)ns / 1e3);
    else if (ns < 1000000000)
        snprintf(out.text, sizeof out.text, "%.1f ms", (double)ns / 1e6);
    else
        snprintf(out.text, sizeof out.text, "%.2f s", (double)ns / 1e9);
    return out;
}
