/*
 * policy.h: a caller's policy, of whatever version of belljar.h, as this library's.
 */
#ifndef BJ_POLICY_POLICY_H
#define BJ_POLICY_POLICY_H

#include "base/attributes.h"
#include "belljar.h"

/* Copies what the caller has set, in whatever range; limits that the caller's header does not know are at their defaults. Its grants
 * stay the caller's. 0, or -1: BJ_ERROR_ARGUMENT (it was never set up), _UNSUPPORTED (it uses a field that is not known here). */
int policy_take(bj_policy *own, const bj_policy *callers, bj_error *err) BJ_CHECK_RESULT;

/* The same of one whose limits are in their ranges. 0, or -1: as bj_policy_check. */
int policy_read(bj_policy *own, const bj_policy *callers, bj_error *err) BJ_CHECK_RESULT;

/* Hands back what policy_take took: all but the size, as far as the caller's header goes. */
void policy_write(bj_policy *callers, const bj_policy *own);

/* Whether there is a preset of that name. */
bool policy_is_preset(const char *name);

#endif
