#include "parse/cpython_state.h"

#include <stdlib.h>

/* A state that is being written may look wrong for a moment. */
#define READ_TRIES 3

struct interpreter {
	int64_t id;
	uint64_t address;
};

static int by_id(const void *a, const void *b)
{
	const struct interpreter *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static bool is_known(const struct interpreter *items, size_t n, const struct interpreter *new)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].address == new->address || items[i].id == new->id)
			return true;
	return false;
}

/*
 * The main interpreter has id 0 and stands at the end of the list, the pointer to it behind the list's
 * head. It comes first here, then the others as far as there is room and the list makes sense.
 */
static size_t list_interpreters(const struct reader *r, const struct cpython *c,
				struct interpreter ret[CPYTHON_INTERPRETERS])
{
	uint64_t at[2];
	size_t n = 0;
	struct interpreter i;

	if (!reader_read(r, c->list, at, sizeof(at)))
		return 0;
	i.address = at[1];
	if (i.address && i.address % 8 == 0 && i.address <= UINT64_MAX - c->id &&
	    reader_u64(r, i.address + c->id, (uint64_t *)&i.id) && i.id == 0)
		ret[n++] = i;
	for (int steps = 0; at[0] && steps <= CPYTHON_INTERPRETERS; steps++) {
		i.address = at[0];
		if (i.address % 8 || i.address > UINT64_MAX - (1U << 24) ||
		    !reader_u64(r, i.address + c->id, (uint64_t *)&i.id) || i.id < 0 ||
		    !reader_u64(r, i.address + c->next, &at[0]))
			break;
		if (n < CPYTHON_INTERPRETERS && !is_known(ret, n, &i))
			ret[n++] = i;
	}
	qsort(ret, n, sizeof(*ret), by_id);
	return n;
}

/* All interpreters, or the one that stands for a process whose collector is not an interpreter's. */
static size_t find_interpreters(const struct reader *r, const struct cpython *c,
				struct interpreter ret[CPYTHON_INTERPRETERS])
{
	ret[0] = (struct interpreter){ 0, c->state };
	return c->list ? list_interpreters(r, c, ret) : 1;
}

static uint64_t state_of(const struct cpython *c, const struct interpreter *i)
{
	return c->list ? i->address + c->gc : c->state;
}

size_t cpython_states(const struct reader *r, const struct cpython *c, uint64_t ret[CPYTHON_INTERPRETERS])
{
	struct interpreter all[CPYTHON_INTERPRETERS];
	size_t n = find_interpreters(r, c, all);

	for (size_t i = 0; i < n; i++)
		ret[i] = state_of(c, &all[i]);
	return n;
}

static bool read_one(const struct reader *r, const struct cpython *c, uint64_t address, bool count,
		     struct cpython_frozen *frozen, struct gc_state *ret)
{
	struct cpython_block b;

	for (int i = 0; i < READ_TRIES; i++) {
		if (cpython_block_read(r, c->layout, address, &b)) {
			cpython_block_facts(r, c, &b, ret);
			cpython_frozen_facts(r, c, &b, count, frozen, ret);
			return true;
		}
		reader_forget(r);
	}
	return false;
}

int cpython_read(const struct reader *r, const struct cpython *c, bool count, struct cpython_frozen *frozen,
		 struct gc_state ret[CPYTHON_INTERPRETERS])
{
	struct interpreter all[CPYTHON_INTERPRETERS];
	size_t n = find_interpreters(r, c, all);

	for (size_t i = 0; i < n; i++) {
		gc_state_init(&ret[i]);
		ret[i].id = all[i].id;
		if (!read_one(r, c, state_of(c, &all[i]), count, &frozen[i], &ret[i]) && i == 0)
			return -1;
		if (c->list)
			ret[i].lazy_imports = cpython_lazy_imports(r, c, all[i].address);
	}
	return n ? (int)n : -1;
}
