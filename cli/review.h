/*
 * review.h: --diff and --commit: what the guest changed in overlays, shown and applied.
 */
#ifndef CLI_REVIEW_H
#define CLI_REVIEW_H

#include "grants.h"

/* Writes the changes in all overlays to stdout, as a unified diff; at a terminal lines are shown as in screen.h, unless
 * `raw`. CLI_OK, or CLI_FAILED after a message. */
int review_show(bj_sandbox *box, const cli_grants *grants, bool raw);

/* Applies them to the host's directories; asks first when stdin and stderr are a terminal. */
int review_commit(bj_sandbox *box, const cli_grants *grants);

#endif
