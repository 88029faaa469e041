#include "parse/cpython_state.h"

#include "base/hash.h"
#include "parse/cpython_list.h"
#include "parse/cpython_version.h"

/* Objects in all tries of a walk. 16 million: a third of a second. */
#define FROZEN_MAX (16U << 20)
/* A list that changes under the walk is walked again, unless that has cost this many objects already. */
#define RETRY_MAX (1U << 20)
#define WALK_TRIES 4
/* 3.12 begins with about 375 immortal objects in the list. */
#define IMMORTALS_MAX 4096

#define OBJECT_AFTER_HEAD 16
/* The low word of an immortal object's reference count (3.12 and later) has this bit. */
#define IMMORTAL 0x80000000U

static fact count_objects(const struct cpython_list *list)
{
	uint64_t left = FROZEN_MAX;
	fact n = ABSENT;

	for (int i = 0; i < WALK_TRIES && n == ABSENT && left >= FROZEN_MAX - RETRY_MAX; i++) {
		reader_forget(list->r);
		n = cpython_list_walk(list, &left, NULL, NULL);
	}
	return n;
}

/* 1, 0, or ABSENT. */
static fact is_mortal(const struct reader *r, uint64_t head)
{
	uint32_t low;

	if (head > UINT64_MAX - OBJECT_AFTER_HEAD || !reader_u32(r, head + OBJECT_AFTER_HEAD, &low))
		return ABSENT;
	return !(low & IMMORTAL);
}

/* 3.12 keeps immortal objects in the list: only a mortal one tells of gc.freeze(). It puts what it
 * freezes at the end, so mostly the last one answers. */
static fact any_mortal(const struct cpython_list *list, uint64_t first, uint64_t last)
{
	uint64_t from = list->head, at = first;
	struct cpython_links l;
	fact mortal = is_mortal(list->r, last);

	for (int i = 0; i < IMMORTALS_MAX && mortal == 0; i++) {
		if (at == list->head)
			return 0;
		mortal = cpython_list_step(list, at, from, &l) ? is_mortal(list->r, at) : ABSENT;
		from = at;
		at = l.next;
	}
	return mortal == 1 ? 1 : ABSENT;
}

void cpython_frozen_facts(const struct reader *r, const struct cpython *c, const struct cpython_block *b,
			  bool count, struct cpython_frozen *memo, struct gc_state *ret)
{
	const size_t offset = c->layout->permanent;
	const struct cpython_list list = { r, b->address + offset, b->address, c->layout->size };
	uint64_t first, last, print;

	if (offset == NO_FIELD) {
		ret->any_frozen = ret->frozen = 0; /* 2.7 and 3.6 have no gc.freeze() */
		return;
	}
	if (c->layout->free_threaded) {
		ret->any_frozen = cpython_block_flag(b, c->layout->freeze);
		ret->frozen = ret->any_frozen == 0 ? 0 : ABSENT; /* a bit in each object, no list */
		return;
	}
	first = block_word(b, offset) & CPYTHON_LINK;
	last = block_word(b, offset + 8) & CPYTHON_LINK;
	if (first == list.head) {
		ret->any_frozen = ret->frozen = 0;
		return;
	}
	if (memo->first != first || memo->last != last)
		*memo = (struct cpython_frozen){ first, last, 0, ABSENT, ABSENT };
	if (memo->any == ABSENT)
		memo->any = CPYTHON_MINOR(c->version) == 0x030c ? any_mortal(&list, first, last) : 1;
	/* Tells whether anything of a state moved; the count of new objects hardly ever stands still. */
	print = hash_bytes(0, b->bytes, c->layout->size);
	if (memo->print != print)
		memo->count = ABSENT;
	if (count && memo->count == ABSENT)
		memo->count = count_objects(&list);
	memo->print = print;
	/* unfrozen by the time of the walk */
	ret->any_frozen = memo->count == 0 ? 0 : memo->any;
	ret->frozen = memo->count;
}
