#ifndef COWTOP_LEDGER_STATES_H
#define COWTOP_LEDGER_STATES_H

/*
 * What the pages of a block are, a byte each (enum page_state), packed: where a process has written some of
 * many pages nearly all are the same, and only the others are kept. Never changed, and shared by all processes
 * that have the same ones there. Internal to ledger/.
 */
#include <stddef.h>
#include <stdint.h>
#include "model/page_entry.h"

struct states;

/* Those that processes of the current block have, for others to share; borrowed, so n is 0 when a block
 * begins. */
struct known_states {
	struct states *items[8];
	uint8_t of[8][BLOCK_PAGES]; /* the same, unpacked: most are found again by them */
	size_t n;                   /* so many were met; the oldest make room */
};

/* With a reference for the caller: those of `known`, or new ones, which it then has. States are less than 128. */
struct states *states_intern(struct known_states *known, const uint8_t of[static BLOCK_PAGES]);
void states_unref(struct states *s); /* NULL is fine */
uint8_t states_at(const struct states *s, size_t i);
/* All of them: as they are kept where that is a byte each, else in `room`. */
const uint8_t *states_all(const struct states *s, uint8_t room[static BLOCK_PAGES]);
/* All of them, each as `map` has it. */
void states_map(const struct states *s, const uint8_t *map, uint8_t ret[static BLOCK_PAGES]);

#endif
