#include "ledger/block.h"

#include <stdlib.h>
#include <string.h>

void block_store(struct block *b, const uint8_t before[static BLOCK_PAGES],
		 const uint8_t states[static BLOCK_PAGES], struct known_states *known)
{
	struct states *old = b->states;

	/* all equal to the first: equal to itself shifted by one */
	if (!memcmp(states, states + 1, BLOCK_PAGES - 1)) {
		b->states = NULL;
		b->uniform = states[0];
	} else if (!old || memcmp(before, states, BLOCK_PAGES)) {
		b->states = states_intern(known, states);
	} else {
		return;
	}
	states_unref(old);
}

void block_set_origin(struct block *b, struct origin *o)
{
	origin_unref(b->origin);
	b->origin = o;
}

void block_release(struct block *b)
{
	states_unref(b->states);
	free(b->counted);
	origin_unref(b->origin);
	*b = (struct block){ 0 };
}

void block_list_release(struct block_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		block_release(&list->items[i]);
	free(list->items);
	*list = (struct block_list){ 0 };
}
