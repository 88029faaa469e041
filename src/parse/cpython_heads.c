#include "parse/cpython_heads.h"

#include "parse/cpython_state.h"
#include "parse/cpython_version.h"

/* A collection takes the lists apart for as long as it lasts. */
#define WALK_TRIES 4

bool cpython_heads_known(const struct cpython *c, const char **why)
{
	if (c->free_threaded)
		*why = "a free-threaded build: its objects have no heads";
	else if (c->debug)
		*why = "a debug build: its allocator shifts every object";
	else if (CPYTHON_MINOR(c->version) < 0x0307)
		*why = "a CPython before 3.7";
	else if (!c->layout || c->layout->generation0 == NO_FIELD)
		*why = "a CPython with an incremental collector (3.14.0 to 3.14.4)";
	else
		return true;
	return false;
}

uint64_t cpython_head_size(const struct cpython *c)
{
	return c->layout->threshold; /* what follows the head of a list, which is one of an object */
}

static enum cpython_walk walk_state(const struct reader *r, const struct cpython *c, uint64_t state,
				    uint64_t *left, cpython_visit visit, void *ctx, uint64_t *n)
{
	struct cpython_list list = { r, 0, state, c->layout->size };
	struct cpython_block b;

	if (!cpython_block_read(r, c->layout, state, &b))
		return CPYTHON_WALK_UNREAD;
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		fact found;

		list.head = state + c->layout->generations + g * c->layout->stride;
		found = cpython_list_walk(&list, left, visit, ctx);
		if (found == ABSENT)
			return *left ? CPYTHON_WALK_CHANGED : CPYTHON_WALK_LONG;
		*n += (uint64_t)found;
	}
	return CPYTHON_WALK_DONE;
}

enum cpython_walk cpython_heads_walk(const struct reader *r, const struct cpython *c, uint64_t most,
				     cpython_visit visit, void *ctx, uint64_t *ret_n)
{
	uint64_t states[CPYTHON_INTERPRETERS], left = most;
	size_t n = cpython_states(r, c, states);

	*ret_n = 0;
	if (!n)
		return CPYTHON_WALK_UNREAD;
	for (size_t i = 0; i < n; i++) {
		enum cpython_walk walk = CPYTHON_WALK_CHANGED;

		for (int try = 0; try < WALK_TRIES && walk == CPYTHON_WALK_CHANGED; try++) {
			uint64_t found = 0;

			if (try)
				reader_forget(r);
			walk = walk_state(r, c, states[i], &left, visit, ctx, &found);
			if (walk == CPYTHON_WALK_DONE)
				*ret_n += found;
		}
		/* one that comes or goes right now is none of the master's when it forked */
		if (walk != CPYTHON_WALK_DONE && (i == 0 || walk != CPYTHON_WALK_UNREAD))
			return walk;
	}
	return CPYTHON_WALK_DONE;
}
