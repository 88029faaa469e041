#ifndef COWTOP_TESTS_ERODING_POOL_H
#define COWTOP_TESTS_ERODING_POOL_H

/*
 * Recordings made by hand, with known truth: a pool whose workers lose what they share with a known
 * half-life towards a known rest, and get new memory at a known pace.
 */
#include "lib/fixture.h"
#include "analysis/analysis.h"
#include "analysis/story.h"

struct eroding_pool {
	int workers;
	double seconds, interval;
	fact inherited, rest; /* pages: what a worker shares at its birth, and what it would keep */
	double half_life;     /* seconds; 0: it loses nothing */
	double new_per_s;     /* pages */
	double born;          /* when the workers were born, seconds */
	bool collect;         /* gc on in worker 3 from the middle on, with a full collection there */
	fact collection;      /* pages copied by it */
	fact writes;          /* pages that the master rewrites, evenly over the second half */
	fact offset;          /* pages that worker N has more of, times N: a spread */
};

static inline fact eroding_pool_shared(const struct eroding_pool *g, double age)
{
	if (!g->half_life)
		return g->inherited;
	return g->rest + (fact)round((double)(g->inherited - g->rest) * exp2(-age / g->half_life));
}

static inline void eroding_pool_sample(const struct eroding_pool *g, double second, struct sample *s)
{
	double half = g->seconds / 2;
	fact written = second > half ? (fact)((double)g->writes * (second - half) / half) : 0;
	fact master[6] = { 20000 - written, 500, 300 + written, 0, 1200, 3000 };
	bool late = g->collect && second >= g->seconds / 2;
	struct proc_sample *p;
	struct gc_state *gc;
	fact shared, copied, new;
	int i;

	fixture_begin(s, second);
	s->footprint_pages = 45000 + (fact)(second * g->new_per_s) * g->workers + written;
	s->walked = g->workers + 1;
	fixture_add(s, 100, -86400, master);
	s->procs[0].growth = (struct growth_facts){ .cow = written };
	s->procs[0].minflt = 90000 + written;
	gc = fixture_gc(&s->procs[0], 0, 700, 0);
	for (i = 1; i <= g->workers; i++) {
		shared = eroding_pool_shared(g, second - g->born);
		copied = g->inherited - shared;
		new = 500 + (fact)round((second - g->born) * g->new_per_s) + i * g->offset;
		if (late && i == 3) {
			fact taken = g->collection < shared ? g->collection : shared;

			shared -= taken;
			copied += taken;
		}
		p = fixture_add(s, 100 + i, g->born, (const fact[6]){ shared, 0, copied, 20, new, 1500 });
		p->growth = (struct growth_facts){ copied + 20, new, 40, ABSENT, ABSENT, ABSENT };
		p->minflt = copied + 20 + new + 40 + (fact)(second - g->born);
		gc = fixture_gc(p, late && i == 3, 700, 0);
		gc->collections[2] = late && i == 3 ? 3 : 2;
	}
}

/* Tries to get out of a page. */
static const char hostile_text[]
	__attribute__((unused)) = "</title></style><script>document.title='hit'</script>"
				  "<img src=x onerror=\"document.title='hit'\">'\x1b[31m\xff\xe2\x80\xae";

/* Every string of it is hostile. */
static inline void eroding_pool_make_hostile(struct sample *s)
{
	snprintf(s->host.name, sizeof(s->host.name), "%.64s", hostile_text);
	snprintf(s->host.kernel, sizeof(s->host.kernel), "%.64s", hostile_text + 32);
	fixture_name(&s->procs[0], hostile_text, hostile_text);
	proc_sample_gap(&s->procs[1], hostile_text, EACCES, hostile_text + 25);
	snprintf(s->procs[2].gc.version, sizeof(s->procs[2].gc.version), "%.23s", hostile_text);
}

/* Of worker 3, in the end. */
static inline void eroding_pool_space(struct address_space *to)
{
	static const struct page_stretch stretches[] = {
		{ 0x55000, 3000, PAGE_CLASS_FILE },   { 0x56000, 400, PAGE_CLASS_COW_FILE },
		{ 0x60000, 9000, PAGE_CLASS_SHARED }, { 0x62400, 5200, PAGE_CLASS_COW_BROKEN },
		{ 0x64000, 3000, PAGE_CLASS_SHARED }, { 0x70000, 6000, PAGE_CLASS_COW_BROKEN },
		{ 0x7f000, 2600, PAGE_CLASS_NEW },    { 0x80000, 300, PAGE_CLASS_SWAPPED },
	};
	static const char *const names[] = { "/usr/bin/<python>&3", "[heap]", "" };
	static const enum region_kind kinds[] = { REGION_FILE, REGION_HEAP, REGION_ANON };
	static const uint64_t starts[] = { 0x55000, 0x60000, 0x7f000, 0x90000 };
	size_t i;

	*to = (struct address_space){ .pid = 103, .start_ticks = 100000000 };
	to->nstretches = sizeof(stretches) / sizeof(*stretches);
	to->stretches = xcalloc(to->nstretches, sizeof(*stretches));
	memcpy(to->stretches, stretches, sizeof(stretches));
	to->nregions = 3;
	to->regions = xcalloc(3, sizeof(*to->regions));
	for (i = 0; i < 3; i++)
		to->regions[i] = (struct region){
			.start = starts[i] * FIXTURE_PAGE,
			.end = starts[i + 1] * FIXTURE_PAGE,
			.kind = kinds[i],
			.name = xstrdup(names[i]),
			.pages = { 9000 / (fact)(i + 1), 0, 5200, 20, 300 * (fact)i, i ? 0 : 3000, 0 },
		};
}

/* The next sample, which is released. */
static inline void eroding_pool_next(struct storyteller *t, struct analysis *a, struct sample *sample)
{
	struct snapshot snap;

	analysis_next(a, sample, &snap);
	story_add(t, &snap);
	snapshot_release(&snap);
	sample_release(sample);
}

/* The whole of it told; `mark_at` < 0: no mark. */
static inline void eroding_pool_story(const struct eroding_pool *g, double mark_at, struct story *ret)
{
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	double second;

	for (second = 0; second <= g->seconds + 1e-9; second += g->interval) {
		struct sample s;

		if (mark_at >= 0 && second >= mark_at) {
			story_mark(t, FIXTURE_BEGIN + (int64_t)(mark_at * FIXTURE_SECOND), "deploy");
			mark_at = -1;
		}
		eroding_pool_sample(g, second, &s);
		eroding_pool_next(t, a, &s);
	}
	analysis_free(a);
	story_end(t, ret);
}

/* clang-format off */
static const struct eroding_pool eroding_pool_ordinary = {
	.workers = 4, .seconds = 5400, .interval = 5, .inherited = 28000, .rest = 9000,
	.half_life = 900, .new_per_s = 1.5, .born = 0, .collect = true, .collection = 4200,
	.offset = 60,
};
/* clang-format on */

#endif
