/*
 * typescript_scripts.h: the compiler as bytecode, which build.sh puts into the guest of TypeScript.
 */
#ifndef JAVASCRIPT_TYPESCRIPT_SCRIPTS_H
#define JAVASCRIPT_TYPESCRIPT_SCRIPTS_H

#include <stddef.h>
#include <stdint.h>

struct typescript_script {
    const char *name;
    const uint8_t *bytecode;
    size_t size;
};

extern const struct typescript_script typescript_scripts[];
extern const size_t typescript_script_count;

#endif
