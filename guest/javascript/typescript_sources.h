/*
 * typescript_sources.h: the compiler's sources, which build.sh puts into the guest of TypeScript.
 */
#ifndef JAVASCRIPT_TYPESCRIPT_SOURCES_H
#define JAVASCRIPT_TYPESCRIPT_SOURCES_H

#include <stddef.h>
#include <stdint.h>

struct typescript_source {
    const char *name;
    const uint8_t *text; /* a NUL follows */
    size_t size;
};

extern const struct typescript_source typescript_sources[];
extern const size_t typescript_source_count;

#endif
