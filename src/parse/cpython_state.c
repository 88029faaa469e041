#include "parse/cpython_state.h"

#include <string.h>
#include "parse/cpython_stats.h"

/* A collection takes rings apart for moments; one of these tries meets them whole. */
#define RING_TRIES 20

static int32_t block_int(const struct cpython_block *b, size_t offset)
{
	int32_t v;

	memcpy(&v, b->bytes + offset, sizeof(v));
	return v;
}

uint64_t block_word(const struct cpython_block *b, size_t offset)
{
	uint64_t v;

	memcpy(&v, b->bytes + offset, sizeof(v));
	return v;
}

fact cpython_block_flag(const struct cpython_block *b, uint16_t offset)
{
	uint32_t v = offset == NO_FIELD ? UINT32_MAX : (uint32_t)block_int(b, offset);

	return v <= 1 ? (fact)v : ABSENT;
}

static bool is_flag(const struct cpython_block *b, uint16_t offset)
{
	return offset == NO_FIELD || (uint32_t)block_int(b, offset) <= 1;
}

bool cpython_block_read(const struct reader *r, const struct cpython_layout *l, uint64_t address,
			struct cpython_block *ret)
{
	ret->address = address;
	if (address % 4 || !reader_read(r, address, ret->bytes, l->size))
		return false;
	if (l->generation0 != NO_FIELD && block_word(ret, l->generation0) != address + l->generations)
		return false;
	if (!is_flag(ret, l->enabled) || !is_flag(ret, l->collecting) || !is_flag(ret, l->visited))
		return false;
	for (size_t g = 0; g < GC_GENERATIONS; g++)
		if (block_int(ret, l->generations + g * l->stride + l->threshold) < 0)
			return false;
	return true;
}

static bool is_ring(const struct reader *r, const struct cpython_block *b, size_t offset)
{
	uint64_t head = b->address + offset;
	uint64_t next = block_word(b, offset) & CPYTHON_LINK;
	uint64_t prev = block_word(b, offset + 8) & CPYTHON_LINK;
	uint64_t back, forth;

	if (next == head || prev == head)
		return next == prev;
	return next <= UINT64_MAX - 8 && reader_u64(r, next + 8, &back) && (back & CPYTHON_LINK) == head &&
	       reader_u64(r, prev, &forth) && (forth & CPYTHON_LINK) == head;
}

/* No list has members: a head is not used, or leads to itself. */
static bool has_no_lists(const struct cpython_block *b, const struct cpython_layout *l)
{
	const size_t heads[] = { l->generations, l->generations + l->stride, l->generations + 2U * l->stride,
				 l->permanent };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		uint64_t next = block_word(b, heads[i]), prev = block_word(b, heads[i] + 8);

		if (next != prev || (next && next != b->address + heads[i]))
			return false;
	}
	return true;
}

bool cpython_block_check(const struct reader *r, const struct cpython_layout *l, uint64_t address)
{
	struct cpython_block b = { 0 };

	for (int i = 0; i < RING_TRIES; i++) {
		if (cpython_block_read(r, l, address, &b)) {
			if (l->free_threaded)
				return has_no_lists(&b, l);
			if (l->permanent != NO_FIELD && is_ring(r, &b, l->permanent))
				return true;
			if (is_ring(r, &b, l->generations + l->stride) ||
			    is_ring(r, &b, l->generations + 2 * l->stride))
				return true;
		} else if (l->generation0 != NO_FIELD &&
			   block_word(&b, l->generation0) != address + l->generations) {
			return false; /* that pointer never moves */
		}
		reader_forget(r);
	}
	return false;
}

static fact not_negative(int64_t v)
{
	return v < 0 ? ABSENT : v;
}

static void stats(const struct reader *r, const struct cpython *c, const struct cpython_block *b,
		  struct gc_state *ret)
{
	const struct cpython_layout *l = c->layout;
	unsigned char bytes[GC_GENERATIONS * 24];

	if (l->stats_ring) {
		cpython_stats_rings(r, block_word(b, l->stats), l->free_threaded, ret);
		return;
	}
	if (l->stats != NO_FIELD)
		memcpy(bytes, b->bytes + l->stats, sizeof(bytes));
	else if (!c->stats || !reader_read(r, c->stats, bytes, sizeof(bytes)))
		return;
	for (size_t g = 0; g < GC_GENERATIONS; g++)
		cpython_stats_totals(bytes + g * 24, ret, g);
}

/* A field of the state, or a variable of its own. */
static fact flag(const struct reader *r, const struct cpython_block *b, uint16_t offset, uint64_t address)
{
	uint32_t v;

	if (offset != NO_FIELD)
		return cpython_block_flag(b, offset);
	if (!address || !reader_u32(r, address, &v))
		return ABSENT;
	return v <= 1 ? (fact)v : ABSENT;
}

void cpython_block_facts(const struct reader *r, const struct cpython *c, const struct cpython_block *b,
			 struct gc_state *ret)
{
	const struct cpython_layout *l = c->layout;
	size_t generation[GC_GENERATIONS] = { 0, 1, 2 };

	ret->enabled = flag(r, b, l->enabled, c->enabled);
	ret->collecting = flag(r, b, l->collecting, c->collecting);
	ret->generational = !l->free_threaded;
	stats(r, c, b, ret);
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		size_t at = l->generations + g * l->stride + l->threshold;

		ret->thresholds[g] = block_int(b, at);
	}
	if (l->visited != NO_FIELD) {
		/* as gc.get_threshold() and gc.get_count() of 3.14.0 have it */
		ret->thresholds[2] = 0;
		generation[1] = 1 + (size_t)block_int(b, l->visited);
		generation[2] = 3 - generation[1];
	}
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		size_t at = l->generations + generation[g] * l->stride + l->threshold + 4;

		ret->counts[g] = not_negative(block_int(b, at));
	}
}
