/*
 * A newcomer's ledger against a model of the kernel (tests/lib/ledger_world.h): pools within pools, workers
 * whose children or parents are gone, a master that copies as well. Who comes late cannot know all of it. But
 * no process has more copies than it had faults, and what is off has a label.
 */
#include "lib/between.h"
#include "lib/ledger_world.h"
#include "ledger/first_walk_doubt.h"

#define SEEDS 300
#define STEPS 80
#define LOOK_EVERY 8

/* Somebody who sees the pool for the first time. */
struct newcomer {
	struct world *world;
	bool tells; /* waited-for children have left their faults */
	uint64_t entries[PROCS][BLOCK_PAGES];
	struct ledger_proc procs[PROCS];
	struct ledger_view views[PROCS];
	int order[PROCS], n;
};

/* Many blocks alike, so that what goes without a label is little. */
#define ALIKE 50

static int model_likeness(void *ctx, size_t a, size_t b, uint64_t page)
{
	const struct newcomer *n = ctx;
	const struct task *t = &n->world->tasks[n->order[a]];

	return t->fate[page % BLOCK_PAGES / 7] == FRESH ? 3 : 98;
}

static bool newcomer_flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	const struct newcomer *c = ctx;

	return model_flags(c->world, frames, n, ret);
}

/* The processes of the pool by age, as they are told by their parents or by what a walk before said. */
static void set_out(struct newcomer *c)
{
	int index[PROCS];

	c->n = 0;
	for (uint64_t start = 0; start <= c->world->clock; start++)
		for (int k = 0; k < PROCS; k++) {
			const struct task *t = &c->world->tasks[k];

			if (!t->alive || t->orphan || t->start != start)
				continue;
			index[k] = c->n;
			c->order[c->n] = k;
			c->procs[c->n] = (struct ledger_proc){
				.pid = k + 100,
				.start_ticks = start * 300,
				.frames = true,
				.execed = k == 0,
				.base = k ? index[t->parent] : -1,
				.has_forked = t->waited && c->tells,
				.minflt = t->faults * ALIKE,
				.minflt_after = t->faults * ALIKE,
			};
			c->views[c->n] = (struct ledger_view){ .entries = c->entries[k], .kind = KIND_ANON };
			c->n++;
		}
}

static bool revise(struct ledger *l, struct newcomer *c)
{
	bool again = false;

	for (int i = 1; i < c->n; i++) {
		struct ledger_kin kin = ledger_kin(l, (size_t)i);

		again |= kin.base != c->procs[i].base || kin.revised != c->procs[i].revised;
		c->procs[i].base = kin.base;
		c->procs[i].presumed = kin.presumed;
		c->procs[i].revised = kin.revised;
	}
	return again;
}

static struct ledger *come_late(struct newcomer *c)
{
	const struct ledger_oracle oracle = {
		.ctx = c, .kernel = &c->world->kernel, .flags = newcomer_flags, .likeness = model_likeness
	};
	struct ledger *l = NULL;

	show(c->world, c->entries);
	set_out(c);
	for (int walks = 0; walks < 8; walks++) {
		ledger_free(l);
		l = ledger_new(&(struct zero_frames){ 0 }, 4096);
		ledger_begin(l, c->procs, (size_t)c->n, &oracle);
		for (uint64_t b = 0; b < ALIKE; b++)
			ledger_block(l, b, c->views);
		ledger_end(l);
		if (!revise(l, c))
			break;
	}
	return l;
}

/*
 * Pages that their last owner wrote in place, after all others had left them, look like its own copies (the
 * case "reuse" of tests/pool): nothing tells.
 */
static int pages_reused(const struct world *w)
{
	int n = 0;

	for (size_t i = 0; i < PAGES; i++) {
		bool any = false;

		for (int k = 0; k < PROCS; k++)
			any |= w->tasks[k].alive && w->tasks[k].reused[i];
		n += any;
	}
	return n;
}

/* How often newcomers looked at a process, were off, and did not say so. */
struct score {
	long looks, off, unlabelled;
};

static void compare(const struct newcomer *c, const struct ledger *l, struct score *score)
{
	int allowed = FIRST_WALK_TOLERANCE + pages_reused(c->world) * ALIKE;

	for (int i = 0; i < c->n; i++) {
		struct ledger_result r = ledger_result(l, (size_t)i);
		struct page_facts be = truth(c->world, c->order[i]);

		assert_int_equal(all_of(r.pages), ALIKE * all_of(be));
		assert_between(r.pages.cow_broken, 0, c->procs[i].minflt);
		score->looks++;
		if (llabs(r.pages.cow_broken - ALIKE * be.cow_broken) <= allowed)
			continue;
		score->off++;
		score->unlabelled += r.exactness == EXACTNESS_EXACT;
	}
}

static struct score look_at_pools(bool tells)
{
	struct score score = { 0 };

	for (unsigned int seed = 1; seed <= SEEDS; seed++) {
		struct world *w = world_new(seed, true);

		for (int at = 0; at < STEPS; at++) {
			struct newcomer c = { .world = w, .tells = tells };

			step(w);
			if (at % LOOK_EVERY)
				continue;
			struct ledger *l = come_late(&c);

			compare(&c, l, &score);
			ledger_free(l);
		}
		free(w);
	}
	print_message("# %ld looks, %ld off by more than can go without a label, %ld without one\n",
		      score.looks, score.off, score.unlabelled);
	return score;
}

static void test_late__children_leave_their_faults(void **state)
{
	struct score score = look_at_pools(true);

	assert_true(score.off * 100 < score.looks);
	assert_true(score.unlabelled * 250 < score.looks);
}

/* Their parent ignores SIGCHLD: then nothing says that there were any. */
static void test_late__children_leave_no_trace(void **state)
{
	struct score score = look_at_pools(false);

	assert_true(score.off * 100 < score.looks);
	assert_true(score.unlabelled * 250 < score.looks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late__children_leave_their_faults),
		cmocka_unit_test(test_late__children_leave_no_trace),
	};

	return cmocka_run_group_tests_name("ledger_late", tests, NULL, NULL);
}
