#ifndef COWTOP_ANALYSIS_DID_YOU_MEAN_H
#define COWTOP_ANALYSIS_DID_YOU_MEAN_H

/*
 * For a word that does not exist: those that were probably meant. A part of a word means it ("rss" is
 * memory.rss_bytes), and so does one with a slip of the finger in it.
 */
#include <stdbool.h>
#include <stddef.h>
#include "analysis/rule_parts.h"

#define DID_YOU_MEAN_MAX 5

/* Up to DID_YOU_MEAN_MAX keys of a scope, the nearest first; returns how many. */
size_t did_you_mean(const char *key, enum rule_scope scope, const char *ret[DID_YOU_MEAN_MAX]);

/* Of words up to a NULL the one that was meant, with at most two slips, or at most one in so many as four letters;
 * NULL: none of them was. */
const char *did_you_mean_word(const char *typed, const char *const *words);

#endif
