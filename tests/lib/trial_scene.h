#ifndef COWTOP_TESTS_TRIAL_SCENE_H
#define COWTOP_TESTS_TRIAL_SCENE_H

/*
 * Trials made by hand: pools that lose what they share, each variant with a pace of its own, the same load for all.
 * A scene owns its stories, which its trial borrows.
 */
#include "lib/eroding_pool.h"
#include "analysis/trial.h"

#define SCENE_RUNS 3
#define SCENE_MOST 200

/* How a variant behaves. */
struct scene_variant {
	const char *name, *evidence, *error;
	enum trial_applied applied;
	double half_life, new_per_s, load_s;
	fact rest; /* pages that stay shared */
	size_t runs;
	fact less; /* pages that its pool is smaller by than the others */
};

struct scene {
	struct story stories[SCENE_MOST][SCENE_RUNS];
	const struct story *borrowed[SCENE_MOST][SCENE_RUNS];
	struct trial trial;
};

/* clang-format off */
static const struct scene_variant scene_five[] = {
	{ "baseline", "", NULL, TRIAL_UNKNOWN, 25, 20, 62, 9000, 3, 0 },
	{ "gc.freeze", "objects are frozen in 4 of 4 workers", NULL, TRIAL_APPLIED, 60, 20, 60, 19000, 3, 0 },
	{ "gc.disable", "the collector is off in 4 of 4 workers", NULL, TRIAL_APPLIED, 60, 65, 58, 18600, 3, 0 },
	{ "pymalloc=off", "no pools of pymalloc in 5 of 5 processes", NULL, TRIAL_APPLIED, 20, 26, 66, 2000, 3, 0 },
	{ "malloc.arenas=1", "MALLOC_ARENA_MAX=1 in the environment of 5 of 5 processes", NULL, TRIAL_APPLIED, 25, 20.2,
	  62, 9050, 3, 0 },
	{ "gc.threshold=0", "the collector has thresholds 700,10,10 in 4 of 4 workers", NULL, TRIAL_NOT_APPLIED, 25, 20, 62,
	  9000, 3, 0 },
	{ "malloc=jemalloc", "", "libjemalloc.so.2 is not there: apt install libjemalloc2", TRIAL_UNKNOWN, 0, 0, 0, 0, 0, 0 },
	{ "thp=never", "", "the load ended with exit status 9", TRIAL_UNKNOWN, 25, 21, 63, 9100, 2, 0 },
};
/* clang-format on */

/* One run; `number` moves it a little. */
static inline void scene_run(const struct scene_variant *v, int number, bool hidden, bool hostile,
			     struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	double second;
	size_t i;

	g.seconds = v->load_s + number;
	g.half_life = v->half_life * (1 + 0.02 * number);
	g.rest = v->rest + 40 * (fact)number;
	g.new_per_s = v->new_per_s;
	g.collect = false;
	for (second = 0; second <= g.seconds; second++) {
		struct sample s;

		eroding_pool_sample(&g, second, &s);
		s.footprint_pages = 32000 - v->less;
		for (i = 1; i < s.nprocs; i++)
			s.footprint_pages += s.procs[i].pages.cow_broken + s.procs[i].pages.new;
		for (i = 0; hidden && i < s.nprocs; i++)
			fixture_hide_pages(&s.procs[i], LEVEL_NONE);
		if (hidden)
			s.footprint_pages = ABSENT;
		if (hostile)
			eroding_pool_make_hostile(&s);
		eroding_pool_next(t, a, &s);
	}
	analysis_free(a);
	story_end(t, ret);
	ret->load_s = g.seconds;
}

/* `runs` of each at the most; `hidden`: no memory can be read. Judged. */
static inline void scene_make(struct scene *scene, const struct scene_variant *variants, size_t n,
			      size_t runs, bool hidden, bool hostile)
{
	struct trial *t = &scene->trial;

	*t = (struct trial){ .runs = runs, .n = n, .best = -1 };
	t->command = xstrdup(hostile ? hostile_text :
				       "gunicorn --preload -w 4 -b 127.0.0.1:8000 shop.app:app");
	t->load = xstrdup(hostile ? hostile_text : "ab -q -n 600 -c 4 http://127.0.0.1:8000/");
	t->variants = xcalloc(n, sizeof(*t->variants));
	for (size_t i = 0; i < n; i++) {
		struct trial_variant *to = &t->variants[i];
		const struct scene_variant *v = &variants[i];

		to->name = xstrdup(hostile && i ? hostile_text : v->name);
		to->evidence = xstrdup(hostile && i ? hostile_text : v->evidence);
		to->error = v->error ? xstrdup(v->error) : NULL;
		to->applied = v->applied;
		to->runs = v->runs < runs ? v->runs : runs;
		to->stories = scene->borrowed[i];
		for (size_t k = 0; k < to->runs; k++) {
			scene_run(v, (int)((k + i) % SCENE_RUNS), hidden, hostile, &scene->stories[i][k]);
			scene->borrowed[i][k] = &scene->stories[i][k];
		}
	}
	trial_judge(t);
}

static inline void scene_release(struct scene *scene)
{
	trial_release(&scene->trial);
	for (size_t i = 0; i < SCENE_MOST; i++) {
		for (size_t k = 0; k < SCENE_RUNS; k++)
			story_release(&scene->stories[i][k]);
	}
}

/* By its name: "five" "one" "single" (one run of each) "unknown" "hostile" "many". False: there is none. */
static inline bool scene_named(struct scene *scene, const char *name)
{
	static struct scene_variant many[SCENE_MOST];
	size_t all = sizeof(scene_five) / sizeof(*scene_five);

	if (!strcmp(name, "five"))
		scene_make(scene, scene_five, all, 3, false, false);
	else if (!strcmp(name, "one"))
		scene_make(scene, scene_five, 2, 3, false, false);
	else if (!strcmp(name, "single"))
		scene_make(scene, scene_five, all, 1, false, false);
	else if (!strcmp(name, "unknown"))
		scene_make(scene, scene_five, all, 3, true, false);
	else if (!strcmp(name, "hostile"))
		scene_make(scene, scene_five, 5, 3, false, true);
	else if (strcmp(name, "many") != 0)
		return false;
	if (!strcmp(name, "many")) {
		for (size_t i = 0; i < SCENE_MOST; i++)
			many[i] = scene_five[i ? 1 + i % 4 : 0];
		scene_make(scene, many, SCENE_MOST, 1, false, true);
	}
	return true;
}

#endif
