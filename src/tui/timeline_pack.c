#include "tui/timeline_pack.h"

#include "base/alloc.h"

#define NO_SIZE UINT32_MAX
#define NO_COUNT INT32_MIN

/* From minor_per_s on, one after the other. */
_Static_assert(offsetof(struct fault_figures, correlation) -
		       offsetof(struct fault_figures, minor_per_s) ==
	       (PACKED_RATES - 2) * sizeof(figure), "ten rates in a row");

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
	const figure *pages = &f->pages.shared, *rates = &f->faults.minor_per_s;
	const struct proc_sample *facts = from->facts;
	size_t i;

	*to = (struct packed_process){
		.kib = {
			[SIZE_RSS] = pack_size(f->memory.rss, 1024),
			[SIZE_PSS] = pack_size(f->memory.pss, 1024),
			[SIZE_USS] = pack_size(f->memory.uss, 1024),
			[SIZE_SWAP] = pack_size(f->memory.swap, 1024),
			[SIZE_SHARED] = pack_size(f->shared_bytes, 1024),
			[SIZE_PRIVATE] = pack_size(f->private_bytes, 1024),
			[SIZE_SHARED_LEAST] = pack_size(least->shared_bytes, 1024),
			[SIZE_PRIVATE_LEAST] = pack_size(least->private_bytes, 1024),
		},
		.minor = pack_size(f->faults.minor, 1),
		.major = pack_size(f->faults.major, 1),
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
		.collapsed_least = pack_count(least->pages.collapsed),
		.cow_per_s_least = (float)least->faults.cow_per_s,
		.pages_age_s = (float)f->pages_age_s,
		.forked = facts->forked,
		.threads = (uint16_t)(facts->threads < 0 ? UINT16_MAX :
				      facts->threads < UINT16_MAX ? facts->threads : UINT16_MAX - 1),
		.state = facts->state,
	};
	for (i = 0; i < PACKED_PAGES; i++)
		to->pages[i] = pack_count(pages[i]);
	for (i = 0; i + 1 < PACKED_RATES; i++)
		to->rates[i] = (float)rates[i];
	to->rates[i] = (float)f->cow_broken_ratio;
	pack_gc(to, &facts->gc);
}

/* A struct of figures and nothing else, none of them known. */
static void forget(struct figures *f)
{
	figure *each = (figure *)f;
	size_t i;

	for (i = 0; i < sizeof(*f) / sizeof(*each); i++)
		each[i] = UNKNOWN;
}

static void unpack_figures(const struct packed_process *from, figure page_size, struct figures *f)
{
	figure *pages = &f->pages.shared, *rates = &f->faults.minor_per_s;
	size_t i;

	forget(f);
	f->memory.rss = unpack_size(from->kib[SIZE_RSS], 1024);
	f->memory.pss = unpack_size(from->kib[SIZE_PSS], 1024);
	f->memory.uss = unpack_size(from->kib[SIZE_USS], 1024);
	f->memory.swap = unpack_size(from->kib[SIZE_SWAP], 1024);
	f->shared_bytes = unpack_size(from->kib[SIZE_SHARED], 1024);
	f->private_bytes = unpack_size(from->kib[SIZE_PRIVATE], 1024);
	f->faults.minor = unpack_size(from->minor, 1);
	f->faults.major = unpack_size(from->major, 1);
	for (i = 0; i < PACKED_PAGES; i++)
		pages[i] = unpack_count(from->pages[i]);
	for (i = 0; i + 1 < PACKED_RATES; i++)
		rates[i] = from->rates[i];
	f->cow_broken_ratio = from->rates[i];
	f->cow_broken_bytes = f->pages.cow_broken * page_size;
	f->pages_age_s = from->pages_age_s;
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
	unpack_figures(from, page_size, &to->figures);
	figures_least(&to->figures, unpack_count(from->doubt[0]), unpack_count(from->doubt[1]), page_size,
		      &to->lower);
	to->lower.shared_bytes = unpack_size(from->kib[SIZE_SHARED_LEAST], 1024);
	to->lower.private_bytes = unpack_size(from->kib[SIZE_PRIVATE_LEAST], 1024);
	to->lower.faults.cow_per_s = from->cow_per_s_least;
	to->lower.pages.collapsed = unpack_count(from->collapsed_least);
	to->estimated = from->estimated;
	to->doubts = from->doubts;
}
