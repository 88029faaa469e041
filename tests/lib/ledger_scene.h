#ifndef COWTOP_TESTS_LEDGER_SCENE_H
#define COWTOP_TESTS_LEDGER_SCENE_H

/*
 * A pool for tests of the ledger: what the kernel would say about one block of a master and its
 * workers, set by a test, walked, and compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/first_walk.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/ledger.h"

#define PROCS 4
#define FRAMES 8192
#define OWN KPF_ANON_EXCLUSIVE

/* What the kernel would say; a test sets it and walks. */
struct scene {
	struct ledger *ledger;
	struct ledger_proc procs[PROCS];
	size_t n;
	uint64_t entries[PROCS][BLOCK_PAGES];
	uint8_t kinds[PROCS][BLOCK_PAGES];
	uint64_t flags[FRAMES];
	uint64_t during[PROCS]; /* faults while the walk is under way */
	int likeness;
	size_t unlike;   /* so many pages at the beginning of the block are not alike at all */
	int huge[PROCS]; /* without frame numbers: its block is one huge page; -1: not known */
	bool no_flags;
	size_t refused; /* the so manieth question for flags has no answer; 0: all have */
	size_t questions;
	struct kernel_facts kernel;
	bool one_fault_each; /* of the master's pages */
	size_t flags_asked, contents_asked, faults_asked, newborn_asked;
	bool newborn[PROCS]; /* has a child that is in no walk yet */
	size_t unsteady;     /* pages of the block that were moved meanwhile */
	bool counts;         /* it is told how often a frame is mapped: */
	bool left;           /* ... no frame that is asked for, any more */
};

static inline bool scene_flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	struct scene *s = ctx;

	s->flags_asked += n;
	for (size_t i = 0; i < n; i++)
		ret[i] = s->flags[frames[i]];
	return !s->no_flags && ++s->questions != s->refused;
}

static inline int scene_likeness(void *ctx, size_t a, size_t b, uint64_t page)
{
	struct scene *s = ctx;

	assert_true(a < s->n && b < s->n && a != b);
	assert_true(page >= BLOCK_PAGES && page < 2 * BLOCK_PAGES); /* of block 1 */
	s->contents_asked++;
	return page % BLOCK_PAGES < s->unlike ? 0 : s->likeness;
}

static inline int scene_huge(void *ctx, size_t proc, uint64_t block)
{
	const struct scene *s = ctx;

	assert_true(proc < s->n && block == 1);
	return s->huge[proc];
}

static inline bool scene_one_fault_each(void *ctx)
{
	struct scene *s = ctx;

	s->faults_asked++;
	return s->one_fault_each;
}

static inline bool scene_newborn(void *ctx, size_t proc)
{
	struct scene *s = ctx;

	s->newborn_asked++;
	return s->newborn[proc];
}

static inline struct scene *scene_of(void **state)
{
	return *state;
}

static inline bool scene_mappers(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret,
				 uint64_t *ret_flags)
{
	const struct scene *s = ctx;

	for (size_t j = 0; j < n; j++) {
		ret[j] = 0;
		for (size_t k = 0; k < s->n && !s->left; k++)
			for (size_t i = 0; i < BLOCK_PAGES; i++)
				ret[j] += entry_anon(s->entries[k][i]) &&
					  entry_frame(s->entries[k][i]) == frames[j];
		if (ret_flags)
			ret_flags[j] = s->flags[frames[j]];
	}
	return true;
}

/* A master and two workers forked together, all with frame numbers. */
static inline int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->ledger = ledger_new(&(struct zero_frames){ .small = 7, .huge = 7168, .huge_pages = 512 }, 4096);
	s->n = 3;
	for (int p = 0; p < KERNEL_PROPERTIES; p++)
		kernel_set(&s->kernel, (enum kernel_property)p, p != KERNEL_EXCLUSIVE_EACH);
	for (size_t k = 0; k < PROCS; k++) {
		s->procs[k] = (struct ledger_proc){
			.pid = (pid_t)k + 10, .frames = true, .base = k ? 0 : -1, .start_ticks = 100 + k
		};
		memset(s->kinds[k], KIND_ANON, BLOCK_PAGES);
	}
	s->procs[0].minflt = 100000; /* what a program does before it forks */
	*state = s;
	return 0;
}

static inline int scene_teardown(void **state)
{
	struct scene *s = *state;

	ledger_free(s->ledger);
	free(s);
	return 0;
}

static inline void walk(struct scene *s)
{
	const struct ledger_oracle oracle = { s,
					      &s->kernel,
					      scene_flags,
					      scene_likeness,
					      scene_huge,
					      s->counts ? scene_mappers : NULL,
					      scene_one_fault_each,
					      scene_newborn };
	struct ledger_view views[PROCS] = { 0 };

	for (size_t k = 0; k < s->n; k++)
		views[k] = (struct ledger_view){ .entries = s->procs[k].skip || s->procs[k].unread ?
								    NULL :
								    s->entries[k],
						 .kinds = s->kinds[k],
						 .unsteady = s->unsteady };
	ledger_begin(s->ledger, s->procs, s->n, &oracle);
	ledger_block(s->ledger, 1, views);
	for (size_t k = 0; k < s->n; k++)
		s->procs[k].minflt_after = s->procs[k].minflt + s->during[k];
	ledger_end(s->ledger);
}

/* A private page, mapped by others as well or not. */
static inline uint64_t shared_page(uint64_t frame)
{
	return PM_PRESENT | frame;
}

static inline uint64_t own_page(uint64_t frame)
{
	return PM_PRESENT | PM_EXCLUSIVE | frame;
}

static inline struct page_facts pages(const struct scene *s, size_t proc)
{
	return ledger_result(s->ledger, proc).pages;
}

static inline enum exactness exactness(const struct scene *s, size_t proc)
{
	return ledger_result(s->ledger, proc).exactness;
}

/* shared, orphaned, cow_broken, cow_file, new, file, swapped */
#define assert_pages(s, proc, ...) \
	do { \
		const struct page_facts is_ = pages(s, proc), be_ = { __VA_ARGS__ }; \
		assert_int_equal(is_.shared, be_.shared); \
		assert_int_equal(is_.orphaned, be_.orphaned); \
		assert_int_equal(is_.cow_broken, be_.cow_broken); \
		assert_int_equal(is_.cow_file, be_.cow_file); \
		assert_int_equal(is_.new, be_.new); \
		assert_int_equal(is_.file, be_.file); \
		assert_int_equal(is_.swapped, be_.swapped); \
	} while (0)

#define rule(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

#endif
