/*
 * policy_file.h: how large a policy file may be.
 */
#ifndef BJ_SETTINGS_POLICY_FILE_H
#define BJ_SETTINGS_POLICY_FILE_H

enum { POLICY_FILE_MAX = 256 << 10 };

#endif
