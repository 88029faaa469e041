#ifndef COWTOP_SINK_GAPS_H
#define COWTOP_SINK_GAPS_H

/*
 * What is missing in the figures of a pool: the gaps of the master and of everything forked from
 * it, each once.
 */
#include "model/snapshot.h"

/* Allocates `ret`, whose elements belong to the sample; returns how many there are. */
size_t gaps_of_pool(const struct snapshot *s, const struct gap ***ret);

/* "EPERM"; NULL when no system call failed. */
const char *gap_error_name(const struct gap *g);

#endif
