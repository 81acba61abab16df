/*
 * environment.h: the variables that the host grants, in the C library's environment.
 *
 * The host may grant others when a sandbox goes on from a snapshot (belljar_renew): those take the place of the ones
 * that were granted before. What the program set under names of its own is the program's, and stays.
 */
#ifndef BELLJAR_ENVIRONMENT_H
#define BELLJAR_ENVIRONMENT_H

/* Told of each name that is no longer granted, before any that is; NULL: nobody. */
typedef void environment_gone(const char *name);
/* Told of each variable that is granted; 0, or -1 to stop; NULL: nobody. */
typedef int environment_granted(const char *name, const char *value);

/* Takes what the host grants now. 0, or -1: out of memory, `granted` stopped it, or the host refuses. */
int environment_take(environment_gone *gone, environment_granted *granted);

#endif
