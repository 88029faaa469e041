#include "ledger/origin.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "ledger/block.h"

/* Frames as rows. How many. */
static size_t rows_of(const uint64_t frame[static BLOCK_PAGES], struct frame_row ret[static BLOCK_PAGES])
{
	size_t n = 0;

	for (size_t i = 0; i < BLOCK_PAGES; n++) {
		size_t from = i++;
		uint64_t step = i < BLOCK_PAGES ? frame[i] - frame[from] : 0;

		if (step + 1 > 2)
			step = 0;
		while (i < BLOCK_PAGES && frame[i] - frame[i - 1] == step)
			i++;
		ret[n] = (struct frame_row){ frame[from], (int64_t)step, i - from - 1 };
	}
	return n;
}

static void enlist(struct open_origins *open, struct origin *o)
{
	o->next_open = open->first;
	open->first = origin_ref(o);
}

void origin_open(struct origin *o, struct open_origins *open)
{
	const struct frame_row *row;

	if (!o || o->frame)
		return;
	enlist(open, o);
	o->frame = xreallocarray(NULL, BLOCK_PAGES, sizeof(*o->frame));
	row = o->rows;
	for (size_t i = 0; i < BLOCK_PAGES; row++) {
		uint64_t frame = row->first, step = (uint64_t)(int64_t)row->step;
		size_t end = i + row->more + 1;

		for (; i < end; i++, frame += step)
			o->frame[i] = frame;
	}
}

static void close_one(struct origin *o)
{
	struct frame_row rows[BLOCK_PAGES];

	if (o->changed) {
		size_t n = rows_of(o->frame, rows);

		o->rows = xreallocarray(o->rows, n, sizeof(*rows));
		memcpy(o->rows, rows, n * sizeof(*rows));
		o->changed = false;
	}
	free(o->frame);
	o->frame = NULL;
}

void origins_close(struct open_origins *open)
{
	struct origin *o;

	while ((o = open->first)) {
		open->first = o->next_open;
		if (o->refs > 1)
			close_one(o);
		origin_unref(o);
	}
}

struct origin *origin_ref(struct origin *o)
{
	if (o)
		o->refs++;
	return o;
}

void origin_unref(struct origin *o)
{
	if (!o || --o->refs)
		return;
	free(o->frame);
	free(o->rows);
	free(o);
}

void origin_carry_over(struct origin *to, const struct origin *from)
{
	for (size_t i = 0; to && from && i < BLOCK_PAGES; i++)
		if (!to->frame[i] && from->frame[i]) {
			to->frame[i] = from->frame[i];
			to->changed = true;
		}
}

/* Does every inherited page find its frame, or a free slot, in `o`? */
static bool agrees(const struct origin *o, const uint8_t *states, const uint64_t *entries)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (state_inherited(states[i]) && o->frame[i] && o->frame[i] != entry_frame(entries[i]))
			return false;
	return true;
}

static void fill(struct origin *o, const uint8_t *states, const uint64_t *entries)
{
	uint64_t changes = 0;

	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (state_inherited(states[i])) {
			changes |= o->frame[i] ^ entry_frame(entries[i]);
			o->frame[i] = entry_frame(entries[i]);
		}
	o->changed |= changes != 0;
}

static struct origin *new_origin(struct open_origins *open)
{
	struct origin *o = xcalloc(1, sizeof(*o));

	o->frame = xcalloc(BLOCK_PAGES, sizeof(*o->frame));
	o->changed = true;
	enlist(open, o);
	return o;
}

struct origin *origin_intern(struct origin *const *candidates, size_t n,
			     const uint8_t states[static BLOCK_PAGES],
			     const uint64_t entries[static BLOCK_PAGES], struct open_origins *open)
{
	struct origin *o = NULL;
	bool any = false;

	for (size_t i = 0; i < BLOCK_PAGES && !any; i++)
		any = state_inherited(states[i]);
	if (!any)
		return NULL;
	for (size_t i = 0; i < n && !o; i++)
		if (agrees(candidates[i], states, entries))
			o = candidates[i];
	if (!o)
		o = new_origin(open);
	fill(o, states, entries);
	o->refs++;
	return o;
}
