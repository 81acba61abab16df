/*
 * shim_modules.c: which modules of packages are linked in: none. The full Python (guest/data) has its own table.
 */
#include "shim.h"

struct _inittab linked_modules[] = {{NULL, NULL}};

void linked_modules_renew(void)
{
}
