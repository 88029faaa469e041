#include "ledger/walk_state.h"

bool is_below(const struct ledger *l, size_t proc, size_t of)
{
	int k = l->in[proc].base;

	while (k > (int)of)
		k = l->in[k].base;
	return k == (int)of;
}

bool may_be_above_absent(const struct ledger *l, size_t proc)
{
	return l->absent != SIZE_MAX && proc && proc < l->absent && !l->in[0].gone;
}

void use_origin(struct ledger *l, struct origin *o)
{
	for (size_t i = 0; i < l->norigins; i++)
		if (l->origins[i] == o)
			return;
	if (o && l->norigins < sizeof(l->origins) / sizeof(*l->origins))
		l->origins[l->norigins++] = o;
}
