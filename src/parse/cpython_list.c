#include "parse/cpython_list.h"

#include "parse/cpython_state.h"

bool cpython_list_step(const struct cpython_list *l, uint64_t at, uint64_t from, struct cpython_links *ret)
{
	if (at % 4 || at - l->state < l->size || !reader_read(l->r, at, ret, sizeof(*ret)))
		return false;
	ret->next &= CPYTHON_LINK;
	ret->prev &= CPYTHON_LINK;
	return ret->prev == from;
}

fact cpython_list_walk(const struct cpython_list *l, uint64_t *left, cpython_visit visit, void *ctx)
{
	uint64_t from = l->head;
	struct cpython_links links;
	fact n = 0;

	if (!reader_u64(l->r, l->head, &links.next))
		return ABSENT;
	links.next &= CPYTHON_LINK;
	while (links.next != l->head) {
		uint64_t at = links.next;

		if (!*left || !cpython_list_step(l, at, from, &links))
			return ABSENT;
		(*left)--;
		if (visit)
			visit(ctx, at);
		from = at;
		n++;
	}
	return n;
}
