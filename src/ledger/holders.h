#ifndef COWTOP_LEDGER_HOLDERS_H
#define COWTOP_LEDGER_HOLDERS_H

/*
 * Who of the pool maps which frame at a page of the current block. Internal to ledger/.
 *
 * Most rules need nothing but the base's entry. Where one asks for all the others, the page is indexed: once a
 * block for all that ask, so that what a walk costs grows with the processes and not with their square.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* A frame at one page: who has it, oldest first, as a list from `first` to `last`. */
struct holders {
	uint32_t first, last;
};

/* A walk begins; another block does; the ledger is no more. */
void holders_begin(struct ledger *l);
void holders_forget(struct ledger *l);
void holders_release(struct ledger *l);
/* Who has the frame, or the place in swap, of entry `e` at page `i`, into *ret. False: no process that is
 * here. */
bool holders_of(const struct ledger *l, size_t i, uint64_t e, struct holders *ret);
/* The next younger one after `proc`, which is one of them; UINT32_MAX after the last. */
uint32_t holders_next(const struct ledger *l, size_t i, uint32_t proc);

/* Does another process than `proc` map the frame of entry `e` at page `i`? */
bool held_elsewhere(const struct ledger *l, size_t proc, size_t i, uint64_t e);
/* ... one that is no descendant of `proc`, and cannot be? */
bool held_outside(const struct ledger *l, size_t proc, size_t i, uint64_t e);

#endif
