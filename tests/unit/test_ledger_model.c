/*
 * The ledger against a model of the kernel: random forks, writes, frees, exits and migrations over
 * one block, a walk after each, and the ledger must say of every process what the model knows.
 */
#include "lib/ledger_world.h"

#define SEEDS 300
#define STEPS 80

/*
 * Where nobody but a child's child holds the original, and its own parent has it no more, the ledger
 * goes by what that parent had; compaction and mixed generations can hide it. Then the master's copy
 * may count as new or shared, and only the sum is compared.
 */
static bool only_traceable_by_memory(const struct world *w)
{
	for (int k = 1; k < PROCS; k++) {
		const struct task *t = &w->tasks[k];

		for (size_t i = 0; i < PAGES && t->alive && t->parent > 0; i++)
			if (t->fate[i] == INHERITED && t->frame[i] != w->tasks[t->parent].frame[i])
				return true;
	}
	return false;
}

/* Walk the pool and compare with the truth. */
static void walk_and_compare(struct ledger *l, struct world *w, unsigned int seed, int at)
{
	static uint64_t entries[PROCS][BLOCK_PAGES];
	struct ledger_proc procs[PROCS];
	struct ledger_view views[PROCS];
	const struct ledger_oracle oracle = { .ctx = w, .kernel = &w->kernel, .flags = model_flags };
	int index[PROCS], order[PROCS], n = 0;

	show(w, entries);
	for (uint64_t start = 0; start <= w->clock; start++) /* by age: parents come first */
		for (int k = 0; k < PROCS; k++)
			if (w->tasks[k].alive && !w->tasks[k].orphan && w->tasks[k].start == start) {
				index[k] = n;
				order[n] = k;
				procs[n] = (struct ledger_proc){
					.pid = k + 100,
					.start_ticks = start,
					.frames = true,
					.base = k ? index[w->tasks[k].parent] : -1,
				};
				views[n++] = (struct ledger_view){ .entries = entries[k], .kind = KIND_ANON };
			}
	ledger_begin(l, procs, (size_t)n, &oracle);
	ledger_block(l, 3, views);
	ledger_end(l);
	for (int i = 0; i < n; i++) {
		struct page_facts is = ledger_result(l, (size_t)i).pages, be = truth(w, order[i]);

		if (order[i] == 0 && only_traceable_by_memory(w)) {
			assert_int_equal(all_of(is), all_of(be));
			continue;
		}
		if (is.shared == be.shared && is.orphaned == be.orphaned && is.cow_broken == be.cow_broken &&
		    is.new == be.new)
			continue;
		fail_msg("seed %u step %d process %d: shared %d/%d orphaned %d/%d cow_broken %d/%d "
			 "new %d/%d (ledger/truth)",
			 seed, at, order[i], (int)is.shared, (int)be.shared, (int)is.orphaned,
			 (int)be.orphaned, (int)is.cow_broken, (int)be.cow_broken, (int)is.new, (int)be.new);
	}
}

static uint64_t frames_in_use(const struct world *w)
{
	uint64_t n = 0;

	for (uint32_t f = 1; f <= w->next_frame; f++) {
		bool used = false;

		for (int k = 0; k < PROCS && !used; k++)
			for (size_t i = 0; i < PAGES && !used; i++)
				used = w->tasks[k].alive && !w->tasks[k].orphan && w->tasks[k].frame[i] == f;
		n += used;
	}
	return n;
}

static void compare_with_model(bool flag)
{
	for (unsigned int seed = 1; seed <= SEEDS; seed++) {
		struct world *w = world_new(seed, flag);
		struct ledger *l = ledger_new(&(struct zero_frames){ 0 }, 4096);

		for (int at = 0; at < STEPS; at++) {
			walk_and_compare(l, w, seed, at);
			assert_int_equal(ledger_frames(l), frames_in_use(w));
			step(w);
		}
		ledger_free(l);
		free(w);
	}
}

static void test_ledger__agrees_with_a_model_of_the_kernel(void **state)
{
	compare_with_model(true);
}

/* Watched from the fork on, a kernel that does not tell exclusive pages is as good. */
static void test_ledger__agrees_without_the_exclusive_flag(void **state)
{
	compare_with_model(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ledger__agrees_with_a_model_of_the_kernel),
		cmocka_unit_test(test_ledger__agrees_without_the_exclusive_flag),
	};

	return cmocka_run_group_tests_name("ledger_model", tests, NULL, NULL);
}
