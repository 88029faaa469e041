#include "tui/timeline_pack.h"

#include <string.h>
#include "base/alloc.h"

#define NO_SIZE UINT32_MAX
#define NO_COUNT INT32_MIN

/* How a figure is kept in 32 bits. */
enum packing {
	PACK_KIB,   /* bytes, never below zero */
	PACK_TOTAL, /* a count that is never below zero */
	PACK_COUNT, /* pages: some are differences */
	PACK_FLOAT, /* rates, ratios, seconds */
};

struct packed_figure {
	size_t member; /* of struct figures */
	enum packing packing;
};

#define KEEP(member, packing) \
	{ \
		offsetof(struct figures, member), packing \
	}

/* The figures of a process that are kept: what the columns and the panes show of the past. */
static const struct packed_figure kept[] = {
	KEEP(memory.rss, PACK_KIB),
	KEEP(memory.pss, PACK_KIB),
	KEEP(memory.uss, PACK_KIB),
	KEEP(memory.swap, PACK_KIB),
	KEEP(pages.shared, PACK_COUNT),
	KEEP(pages.orphaned, PACK_COUNT),
	KEEP(pages.cow_broken, PACK_COUNT),
	KEEP(pages.cow_file, PACK_COUNT),
	KEEP(pages.new, PACK_COUNT),
	KEEP(pages.file, PACK_COUNT),
	KEEP(pages.swapped, PACK_COUNT),
	KEEP(pages.unaccounted, PACK_COUNT),
	KEEP(pages.collapsed, PACK_COUNT),
	KEEP(pages_age_s, PACK_FLOAT),
	KEEP(shared_bytes, PACK_KIB),
	KEEP(private_bytes, PACK_KIB),
	KEEP(cow_broken_ratio, PACK_FLOAT),
	KEEP(faults.minor, PACK_TOTAL),
	KEEP(faults.major, PACK_TOTAL),
	KEEP(faults.minor_per_s, PACK_FLOAT),
	KEEP(faults.major_per_s, PACK_FLOAT),
	KEEP(faults.span_minor_per_s, PACK_FLOAT),
	KEEP(faults.span_major_per_s, PACK_FLOAT),
	KEEP(faults.cow_per_s, PACK_FLOAT),
	KEEP(faults.new_per_s, PACK_FLOAT),
	KEEP(faults.file_per_s, PACK_FLOAT),
	KEEP(faults.other_per_s, PACK_FLOAT),
	KEEP(faults.collapsed_per_s, PACK_FLOAT),
	KEEP(faults.filled_per_s, PACK_FLOAT),
	KEEP(faults.cow_fraction, PACK_FLOAT),
	KEEP(faults.correlation, PACK_FLOAT),
};

/* Those of them whose lower bound does not follow from the pages in doubt. */
static const struct packed_figure kept_least[] = {
	KEEP(shared_bytes, PACK_KIB),
	KEEP(private_bytes, PACK_KIB),
	KEEP(pages.collapsed, PACK_COUNT),
	KEEP(faults.cow_per_s, PACK_FLOAT),
};

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

_Static_assert(ROWS(kept) == PACKED_FIGURES && ROWS(kept_least) == PACKED_LEAST, "a place for each row");

/* As round() and fmin() do it, which are no instructions here: thousands of figures go through this when a
 * recording is entered. `f` is not negative. */
static uint32_t rounded(figure f, uint32_t most)
{
	uint32_t whole;

	if (f >= most)
		return most;
	whole = (uint32_t)f;
	return whole + (f - whole >= 0.5);
}

static uint32_t pack_size(figure f, figure unit)
{
	if (!known(f))
		return NO_SIZE;
	return f > 0 ? rounded(f / unit, NO_SIZE - 1) : 0;
}

static figure unpack_size(uint32_t n, figure unit)
{
	return n == NO_SIZE ? UNKNOWN : n * unit;
}

static int32_t pack_count(figure f)
{
	if (!known(f))
		return NO_COUNT;
	return f < 0 ? -(int32_t)rounded(-f, INT32_MAX) : (int32_t)rounded(f, INT32_MAX);
}

static figure unpack_count(int32_t n)
{
	return n == NO_COUNT ? UNKNOWN : n;
}

static uint32_t pack(figure f, enum packing packing)
{
	float real = (float)f;
	uint32_t bits;

	switch (packing) {
	case PACK_KIB:
		return pack_size(f, 1024);
	case PACK_TOTAL:
		return pack_size(f, 1);
	case PACK_COUNT:
		return (uint32_t)pack_count(f);
	case PACK_FLOAT:
		break;
	}
	memcpy(&bits, &real, sizeof(bits));
	return bits;
}

static figure unpack(uint32_t bits, enum packing packing)
{
	float real;

	switch (packing) {
	case PACK_KIB:
		return unpack_size(bits, 1024);
	case PACK_TOTAL:
		return unpack_size(bits, 1);
	case PACK_COUNT:
		return unpack_count((int32_t)bits);
	case PACK_FLOAT:
		break;
	}
	memcpy(&real, &bits, sizeof(real));
	return real;
}

static void pack_figures(uint32_t *to, const struct packed_figure *table, size_t n,
			 const struct figures *from)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = pack(*(const figure *)((const char *)from + table[i].member), table[i].packing);
}

static void unpack_figures(const uint32_t *from, const struct packed_figure *table, size_t n,
			   struct figures *to)
{
	size_t i;

	for (i = 0; i < n; i++)
		*(figure *)((char *)to + table[i].member) = unpack(from[i], table[i].packing);
}

figure process_packed(const struct packed_process *from, size_t member)
{
	size_t i;

	for (i = 0; i < ROWS(kept); i++) {
		if (kept[i].member == member)
			return unpack(from->figures[i], kept[i].packing);
	}
	return UNKNOWN;
}

static fact unpack_fact(int32_t n)
{
	return n == NO_COUNT ? ABSENT : n;
}

static void pack_gc(struct packed_process *to, const struct gc_facts *gc)
{
	const struct gc_state *state = gc->interpreters;
	int g;

	to->runtime = (uint8_t)gc->runtime;
	to->has_gc = gc->ninterpreters > 0;
	if (!to->has_gc)
		return;
	to->enabled = (int8_t)state->enabled;
	to->any_frozen = (int8_t)state->any_frozen;
	to->frozen = pack_count(figure_of(state->frozen));
	for (g = 0; g < GC_GENERATIONS; g++) {
		to->thresholds[g] = pack_count(figure_of(state->thresholds[g]));
		to->collections[g] = pack_count(figure_of(state->collections[g]));
	}
}

static void unpack_gc(const struct packed_process *from, struct gc_facts *gc)
{
	struct gc_state *state;
	int g;

	gc->runtime = from->runtime;
	if (!from->has_gc)
		return;
	state = gc->interpreters = xcalloc(1, sizeof(*state));
	gc->ninterpreters = 1;
	gc_state_init(state);
	state->enabled = from->enabled;
	state->any_frozen = from->any_frozen;
	state->frozen = unpack_fact(from->frozen);
	for (g = 0; g < GC_GENERATIONS; g++) {
		state->thresholds[g] = unpack_fact(from->thresholds[g]);
		state->collections[g] = unpack_fact(from->collections[g]);
	}
}

void process_pack(struct packed_process *to, const struct proc_snapshot *from)
{
	const struct figures *f = &from->figures, *least = process_least(from);
	const struct proc_sample *facts = from->facts;

	*to = (struct packed_process){
		.slot = from->slot,
		.role = (uint8_t)from->role,
		.level = (uint8_t)facts->level,
		.exactness = (uint8_t)facts->exactness,
		.estimated = from->estimated,
		.doubts = (uint8_t)from->doubts,
		.doubt = {
			pack_count(least->pages.new - f->pages.new),
			pack_count(least->pages.cow_file - f->pages.cow_file),
		},
		.forked = facts->forked,
		.threads = (uint16_t)(facts->threads < 0 ? UINT16_MAX :
				      facts->threads < UINT16_MAX ? facts->threads : UINT16_MAX - 1),
		.state = facts->state,
	};
	pack_figures(to->figures, kept, ROWS(kept), f);
	pack_figures(to->least, kept_least, ROWS(kept_least), least);
	pack_gc(to, &facts->gc);
}

/* All figures UNKNOWN: the struct holds nothing else. */
static void forget(struct figures *f)
{
	figure *each = (figure *)f;
	size_t i;

	for (i = 0; i < sizeof(*f) / sizeof(*each); i++)
		each[i] = UNKNOWN;
}

/* The figures that are kept, and those that follow from them. */
static void restore_figures(const struct packed_process *from, figure page_size, struct figures *f)
{
	forget(f);
	unpack_figures(from->figures, kept, ROWS(kept), f);
	f->cow_broken_bytes = f->pages.cow_broken * page_size;
	f->threads = from->threads == UINT16_MAX ? UNKNOWN : from->threads;
}

void process_unpack(const struct packed_process *from, figure page_size, struct proc_sample *facts,
		    struct proc_snapshot *to)
{
	facts->state = from->state;
	facts->level = from->level;
	facts->exactness = from->exactness;
	facts->forked = from->forked;
	facts->threads = from->threads == UINT16_MAX ? ABSENT : from->threads;
	unpack_gc(from, &facts->gc);
	to->facts = facts;
	to->role = from->role;
	to->slot = from->slot;
	to->bounded = true;
	restore_figures(from, page_size, &to->figures);
	figures_least(&to->figures, unpack_count(from->doubt[0]), unpack_count(from->doubt[1]),
		      from->estimated, page_size, &to->lower);
	unpack_figures(from->least, kept_least, ROWS(kept_least), &to->lower);
	to->estimated = from->estimated;
	to->doubts = from->doubts;
}
