/*
 * unfinished.h: why something that the host tells of a guest is incomplete. A closed list, since it is told by these
 * names (docs/receipt.md); which parts of a receipt can be incomplete is the sandbox layer's table (sandbox/receipt/receipt.h).
 */
#ifndef BJ_POLICY_UNFINISHED_H
#define BJ_POLICY_UNFINISHED_H

#include "policy/work.h"

/* X(name): POLICY_UNFINISHED_name, "name" */
#define POLICY_UNFINISHED_REASONS(X)                                                               \
    X(deadline)  /* its time was over */                                                           \
    X(interrupt) /* somebody ended it */                                                           \
    X(count)     /* there are more than are told of */                                             \
    X(bytes)     /* they take more bytes than are told */                                          \
    X(memory)    /* the host ran out of it */                                                      \
    X(links)     /* a file was changed that has other names, which nobody knows */                 \
    X(host)      /* the host could not tell: a file that it may not read, no descriptors left */

typedef enum policy_unfinished {
    POLICY_FINISHED, /* nothing is missing */
#define POLICY_UNFINISHED_ENUM(name) POLICY_UNFINISHED_##name,
    POLICY_UNFINISHED_REASONS(POLICY_UNFINISHED_ENUM)
#undef POLICY_UNFINISHED_ENUM
        POLICY_UNFINISHED_COUNT
} policy_unfinished;

/* NULL for POLICY_FINISHED. Static. */
const char *policy_unfinished_name(policy_unfinished reason);

/* Remembers why; the first reason counts. */
static inline void policy_unfinished_set(policy_unfinished *part, policy_unfinished reason)
{
    if (*part == POLICY_FINISHED)
        *part = reason;
}

/* What the end of a piece of work was; POLICY_FINISHED while it goes on. */
static inline policy_unfinished policy_unfinished_by(const policy_work *work)
{
    switch (work->end) {
    case POLICY_WORK_LATE:
        return POLICY_UNFINISHED_deadline;
    case POLICY_WORK_INTERRUPTED:
        return POLICY_UNFINISHED_interrupt;
    case POLICY_WORK_GOES_ON:
        break;
    }
    return POLICY_FINISHED;
}

#endif
