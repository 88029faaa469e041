#ifndef COWTOP_PARSE_CPYTHON_STATS_H
#define COWTOP_PARSE_CPYTHON_STATS_H

/*
 * What CPython counts of its collections, a generation each, for parse/cpython_state.h. From 3.15 on it keeps a record
 * of each of the latest ones, with its times (struct gc_stats, Include/internal/pycore_interp_structs.h; add_stats()
 * in Python/gc.c): of the youngest generation 11, of the others 3 each; a free-threaded build one of
 * each.
 */
#include "parse/cpython.h"

/* collections, collected, uncollectable: three words. */
void cpython_stats_totals(const unsigned char *at, struct gc_state *ret, size_t generation);

/* 3.15: all of the totals and `full`, from the rings at this address; what makes no sense stays ABSENT. */
void cpython_stats_rings(const struct reader *r, uint64_t address, bool free_threaded, struct gc_state *ret);

#endif
