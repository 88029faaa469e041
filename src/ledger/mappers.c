#include "ledger/mappers.h"

#include <string.h>
#include "ledger/walk_state.h"

/* So many blocks in which the kernel counts otherwise may be chance: pages that came or went meanwhile. */
#define WRONG_BLOCKS 3
/* So many parts of a block are tried: others may map a row of it and not the rest. */
#define PARTS 4
/* Frames in a row that one read of a few words tries. */
#define TRIED_IN_A_ROW 8
/* In so many walks each block has its turn to be asked for as a whole. */
#define TURNS 16

void mappers_clear(struct mappers *m)
{
	memset(m->frame, 0, m->ways * sizeof(*m->frame));
	m->ways = 0;
}

bool mappers_missed_some(const struct mappers *m)
{
	return m->seed == 1 && m->wrong;
}

void mappers_begin(struct mappers *m)
{
	mappers_clear(m);
	m->others = m->wrong >= WRONG_BLOCKS || mappers_missed_some(m);
	m->wrong = 0;
	m->seed++;
}

/* What two entries have in common where they are one page: not 0 of any. */
static uint64_t name_of(uint64_t e)
{
	return e & (PM_FRAME | PM_SWAP | PM_PRESENT);
}

bool mappers_add(struct mappers *m, size_t i, uint64_t e, uint32_t n, bool told)
{
	for (unsigned w = 0; w < MAPPERS_WAYS; w++) {
		if (m->frame[w][i] == name_of(e)) {
			m->count[w][i] += n;
			m->told[w][i] |= told;
			return true;
		}
		if (m->frame[w][i])
			continue;
		if (w == m->ways)
			m->ways++;
		m->frame[w][i] = name_of(e);
		m->count[w][i] = n;
		m->told[w][i] = told;
		m->averaged[w][i] = false;
		return true;
	}
	return false;
}

int64_t mappers_of(const struct mappers *m, size_t i, uint64_t e, bool *ret_averaged)
{
	*ret_averaged = false;
	for (unsigned w = 0; w < m->ways; w++)
		if (m->frame[w][i] == name_of(e)) {
			*ret_averaged = m->averaged[w][i];
			return m->count[w][i];
		}
	return -1;
}

bool mappers_are_average(const struct ledger *l, uint64_t flags)
{
	return kernel_lacks(l->oracle->kernel, KERNEL_MAP_COUNT_EACH) &&
	       (flags & KPF_THP || in_large_folio(flags));
}

/* Frames to ask for, and where they are. */
struct tries {
	size_t n;
	uint64_t frames[BLOCK_PAGES];
	uint16_t at[BLOCK_PAGES];
	uint8_t way[BLOCK_PAGES];
};

static bool is_frame(const struct mappers *m, unsigned w, size_t i)
{
	return m->frame[w][i] & PM_PRESENT;
}

static void try_one(struct tries *t, const struct mappers *m, unsigned w, size_t i)
{
	t->frames[t->n] = entry_frame(m->frame[w][i]);
	t->at[t->n] = (uint16_t)i;
	t->way[t->n++] = (uint8_t)w;
}

/* How many of them the kernel counts otherwise, and so do we then; -1: it does not say. A frame that nobody
 * maps any more has gone since it was seen. */
static int correct(const struct ledger *l, struct mappers *m, const struct tries *t)
{
	const struct ledger_oracle *o = l->oracle;
	bool averages = kernel_lacks(o->kernel, KERNEL_MAP_COUNT_EACH);
	uint64_t counts[BLOCK_PAGES], flags[BLOCK_PAGES];
	int wrong = 0;

	if (!t->n)
		return 0;
	if (!o->mappers || !o->mappers(o->ctx, t->frames, t->n, counts, averages ? flags : NULL))
		return -1;
	for (size_t k = 0; k < t->n; k++) {
		uint32_t *count = &m->count[t->way[k]][t->at[k]];

		wrong += counts[k] != *count;
		*count = (uint32_t)counts[k];
		m->averaged[t->way[k]][t->at[k]] = averages && mappers_are_average(l, flags[k]);
	}
	return wrong;
}

/* Shared, but with nobody here: with how many? */
static bool is_lonely(const struct mappers *m, unsigned w, size_t i)
{
	return m->told[w][i] && m->count[w][i] == 1;
}

/* All frames, or the lonely ones; as correct() says it. */
static int ask(const struct ledger *l, struct mappers *m, bool lonely)
{
	int wrong = 0;
	struct tries t;

	for (unsigned w = 0; w < m->ways; w++) {
		int more;

		t.n = 0;
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			if (is_frame(m, w, i) && (!lonely || is_lonely(m, w, i)))
				try_one(&t, m, w, i);
		more = correct(l, m, &t);
		if (more < 0)
			return -1;
		wrong += more;
	}
	return wrong;
}

/* The first frame of a way from page `from` on that has another count than `not`; BLOCK_PAGES: none. */
static size_t find_from(const struct mappers *m, unsigned w, size_t from, uint32_t not )
{
	for (size_t k = 0; k < BLOCK_PAGES; k++) {
		size_t i = (from + k) % BLOCK_PAGES;

		if (is_frame(m, w, i) && m->count[w][i] != not )
			return i;
	}
	return BLOCK_PAGES;
}

/* Some neighbours of the page at i, which one read gives. */
static void try_row(struct tries *t, const struct mappers *m, unsigned w, size_t i)
{
	size_t end = i + TRIED_IN_A_ROW < BLOCK_PAGES ? i + TRIED_IN_A_ROW : BLOCK_PAGES;
	uint64_t frame = m->frame[w][i];

	for (; i < end && m->frame[w][i] == frame; i++, frame++)
		try_one(t, m, w, i);
}

/* Some of each part of a way, and some that are counted otherwise than the first of them. */
static void try_way(struct tries *t, const struct mappers *m, unsigned w, size_t chance)
{
	size_t first = BLOCK_PAGES;

	for (size_t part = 0; part < PARTS; part++) {
		size_t i = find_from(m, w, (chance + part * (BLOCK_PAGES / PARTS)) % BLOCK_PAGES, 0);

		if (i == BLOCK_PAGES)
			return;
		try_row(t, m, w, i);
		first = part ? first : i;
	}
	first = find_from(m, w, chance, m->count[w][first]);
	if (first != BLOCK_PAGES)
		try_row(t, m, w, first);
}

static int ask_some(const struct ledger *l, struct mappers *m, uint64_t block)
{
	uint64_t chance = (block + m->seed * 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL >> 32;
	struct tries t = { .n = 0 };

	for (unsigned w = 0; w < m->ways; w++)
		try_way(&t, m, w, chance % BLOCK_PAGES);
	return correct(l, m, &t);
}

/* The bit of block `block`, which it has in common with some that lie far away. */
static uint8_t *strange_of(struct mappers *m, uint64_t block, uint8_t *ret_bit)
{
	*ret_bit = (uint8_t)(1 << block % 8);
	return &m->strange[block / 8 % sizeof(m->strange)];
}

static bool is_strange(struct mappers *m, uint64_t block)
{
	uint8_t bit, *bits = strange_of(m, block, &bit);

	return *bits & bit;
}

static void set_strange(struct mappers *m, uint64_t block, bool strange)
{
	uint8_t bit, *bits = strange_of(m, block, &bit);

	*bits = (uint8_t)(strange ? *bits | bit : *bits & ~bit);
	m->wrong += strange;
}

/* Some frames cannot tell of a few that others map: every walk asks for all of the blocks that are known to have
 * such, and of those whose turn it is. */
static bool wants_all(struct mappers *m, uint64_t block)
{
	return m->others || m->wrong >= WRONG_BLOCKS || is_strange(m, block) ||
	       (block + m->seed) % TURNS == 0;
}

bool mappers_verify(struct ledger *l, struct mappers *m, uint64_t block, bool all)
{
	int wrong, lonely;

	if (all || wants_all(m, block)) {
		wrong = ask(l, m, false);
		set_strange(m, block, wrong > 0);
		return wrong >= 0;
	}
	wrong = ask_some(l, m, block);
	lonely = wrong ? 0 : ask(l, m, true);
	if (wrong > 0 || lonely > 0)
		set_strange(m, block, true);
	return wrong >= 0 && lonely >= 0 && (!wrong || ask(l, m, false) >= 0);
}
