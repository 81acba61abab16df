/*
 * suggest.h: "did you mean …?"
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

/* The best candidate so far for what was meant by `word`. */
typedef struct suggestion {
    const char *word;
    const char *best; /* NULL while nothing is near enough */
    unsigned distance;
} suggestion;

/* Offers `candidate`; it must live as long as the suggestion. */
void suggest_offer(suggestion *s, const char *candidate);

#endif
