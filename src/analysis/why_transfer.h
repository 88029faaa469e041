#ifndef COWTOP_ANALYSIS_WHY_TRANSFER_H
#define COWTOP_ANALYSIS_WHY_TRANSFER_H

/*
 * A worker whose first full collection nobody has seen, by one of the same pool that was watched from its fork on: how
 * fast references break pages is taken from that one, and how long they have been at it from what the old one's control
 * has lost. No clock and no history of the old one is needed; code and load are taken to be the same. Pure.
 */
#include "model/why.h"
#include "model/why_case.h"

/* `ret` is what why_estimate() made of the old one: basis, reason and causes become better. False: the young one does
 * not tell enough, or the old one is none, and nothing was changed. Both cases are of one inventory. */
bool why_transfer(const struct why_case *old, const struct why_case *young, struct why_worker *ret);

#endif
