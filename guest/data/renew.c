/*
 * renew.c: what packages hold that must not be the same in all sandboxes of an image or in forks: numpy's global generator.
 */
#include "shim.h"

/* From patches/numpy-random.patch. */
void belljar_renew_numpy(void);

void linked_modules_renew(void)
{
    belljar_renew_numpy();
}
