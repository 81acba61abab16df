/*
 * outcome.h: what became of a run, as an exit status and in words.
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "guest.h"

/* The exit status for a receipt: the guest's own, or what stopped it. */
int outcome_status(const guest *g, const bj_receipt *receipt);

/* One line on stderr when the guest was stopped: by a limit, a trap or a signal. What else ends a guest,
 * it says itself. */
void outcome_report(const guest *g, const bj_receipt *receipt);

/* One line on stderr about what the run used. */
void outcome_report_usage(const bj_receipt *receipt);

#endif
