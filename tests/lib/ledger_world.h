#ifndef COWTOP_TESTS_LEDGER_WORLD_H
#define COWTOP_TESTS_LEDGER_WORLD_H

/*
 * A model of the kernel: a master and what is forked from it over some pages, at random; what pagemap and
 * page flags would say of it, and what is true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/ledger.h"

#define PROCS 8
#define PAGES 24
#define FRAMES 16384
enum fate { ABSENT_PAGE, INHERITED, COPIED, FRESH };

struct task {
	uint64_t faults;
	bool reused[PAGES]; /* the last owner wrote it: looks like a copy of its own */
	bool waited;        /* it had a child that is gone */
	bool alive, orphan; /* orphan: its parent is gone, so it left the pool but keeps its frames */
	int parent;
	uint64_t start;
	uint32_t frame[PAGES]; /* 0: none */
	enum fate fate[PAGES];
	bool rewritten[PAGES]; /* the master: it copied a page that a child shared */
};

struct world {
	struct task tasks[PROCS];
	uint64_t clock;
	uint32_t next_frame;
	uint16_t mapped[FRAMES];
	bool own[FRAMES];               /* PG_anon_exclusive */
	uint8_t left_by_master[FRAMES]; /* page + 1 that the master had in this frame */
	uint64_t rng;
	struct kernel_facts kernel;
};

static inline uint32_t dice(struct world *w, uint32_t n)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (uint32_t)(w->rng >> 11) % n;
}

static inline uint32_t new_frame(struct world *w)
{
	/* never a row from a 2 MiB boundary: not a huge page */
	w->next_frame += 1 + w->next_frame % 3;
	assert_true(w->next_frame < FRAMES);
	w->mapped[w->next_frame] = 1;
	w->own[w->next_frame] = true;
	return w->next_frame;
}

static inline void leave_frame(struct world *w, const struct task *t, size_t i)
{
	if (t == &w->tasks[0])
		w->left_by_master[t->frame[i]] = (uint8_t)(i + 1);
}

static inline void do_write(struct world *w, struct task *t, size_t i)
{
	uint32_t f = t->frame[i];

	t->faults += !f || !w->own[f];
	if (f && w->mapped[f] == 1) {
		t->reused[i] |= !w->own[f] && t->fate[i] == INHERITED;
		w->own[f] = true; /* the last owner re-uses the frame */
		return;
	}
	if (f) {
		w->mapped[f]--;
		leave_frame(w, t, i);
		if (t->fate[i] == INHERITED)
			t->fate[i] = COPIED;
		t->rewritten[i] = true;
	} else {
		t->fate[i] = FRESH;
	}
	t->frame[i] = new_frame(w);
}

static inline void do_free(struct world *w, struct task *t, size_t i)
{
	if (t->frame[i]) {
		w->mapped[t->frame[i]]--;
		leave_frame(w, t, i);
	}
	t->frame[i] = 0;
	t->fate[i] = ABSENT_PAGE;
	t->reused[i] = false;
	t->rewritten[i] = false;
}

static inline void do_fork(struct world *w, int parent)
{
	for (int k = 1; k < PROCS; k++) {
		struct task *child = &w->tasks[k], *p = &w->tasks[parent];

		if (child->alive)
			continue;
		*child = (struct task){
			.alive = true, .parent = parent, .start = ++w->clock, .orphan = p->orphan
		};
		for (size_t i = 0; i < PAGES; i++) {
			child->frame[i] = p->frame[i];
			if (!p->frame[i])
				continue;
			w->mapped[p->frame[i]]++;
			w->own[p->frame[i]] = false;
			child->fate[i] = INHERITED;
			if (parent == 0)
				p->fate[i] = INHERITED; /* what the master shares */
		}
		return;
	}
}

static inline void leave_pool(struct world *w, int k)
{
	for (int c = 1; c < PROCS; c++)
		if (w->tasks[c].alive && w->tasks[c].parent == k) {
			w->tasks[c].orphan = true;
			leave_pool(w, c);
		}
}

static inline void do_exit(struct world *w, int k)
{
	for (size_t i = 0; i < PAGES; i++)
		do_free(w, &w->tasks[k], i);
	w->tasks[k].alive = false;
	if (w->tasks[k].parent >= 0)
		w->tasks[w->tasks[k].parent].waited = true;
	leave_pool(w, k);
	for (int c = 1; c < PROCS; c++)
		if (w->tasks[c].alive && w->tasks[c].parent == k)
			w->tasks[c].parent = -1;
}

/* Compaction: one frame moves, with all who map it. */
static inline void do_migrate(struct world *w, uint32_t f)
{
	uint32_t to;

	if (!f)
		return;
	to = new_frame(w);
	w->mapped[to] = w->mapped[f];
	w->own[to] = w->own[f];
	w->left_by_master[to] = w->left_by_master[f];
	for (int k = 0; k < PROCS; k++)
		for (size_t i = 0; i < PAGES; i++)
			if (w->tasks[k].frame[i] == f)
				w->tasks[k].frame[i] = to;
	w->mapped[f] = 0;
}

static inline void step(struct world *w)
{
	int k = (int)dice(w, PROCS);
	struct task *t = &w->tasks[k];
	size_t i = dice(w, PAGES);

	switch (dice(w, 12)) {
	case 0:
	case 1:
		do_fork(w, t->alive ? k : 0);
		break;
	case 2:
		if (k && t->alive)
			do_exit(w, k);
		break;
	case 3:
		if (t->alive)
			do_free(w, t, i);
		break;
	case 4:
		if (t->alive)
			do_migrate(w, t->frame[i]);
		break;
	default:
		if (t->alive)
			do_write(w, t, i);
	}
}

/* Does any process of the pool, a child's child too, still hold what the master had there? */
static inline bool original_is_held(const struct world *w, size_t i)
{
	for (int k = 1; k < PROCS; k++) {
		const struct task *t = &w->tasks[k];

		if (t->alive && !t->orphan && t->fate[i] == INHERITED &&
		    w->left_by_master[t->frame[i]] == i + 1)
			return true;
	}
	return false;
}

static inline fact all_of(struct page_facts p)
{
	return p.shared + p.orphaned + p.cow_broken + p.new;
}

static inline struct page_facts truth(const struct world *w, int k)
{
	const struct task *t = &w->tasks[k];
	struct page_facts p = { 0 };

	for (size_t i = 0; i < PAGES; i++) {
		enum fate fate = t->fate[i];

		if (!t->frame[i])
			continue;
		if (k == 0 && t->rewritten[i] && original_is_held(w, i))
			fate = COPIED;
		else if (k == 0 && fate == COPIED)
			fate = FRESH;
		if (fate == INHERITED && w->mapped[t->frame[i]] > 1)
			p.shared++;
		else if (fate == INHERITED)
			p.orphaned++;
		else if (fate == COPIED)
			p.cow_broken++;
		else
			p.new ++;
	}
	return p;
}

static inline bool model_flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	const struct world *w = ctx;

	for (size_t i = 0; i < n; i++)
		ret[i] = w->own[frames[i]] && kernel_has(&w->kernel, KERNEL_FLAG) ? KPF_ANON_EXCLUSIVE : 0;
	return true;
}

/* What pagemap would say. */
static inline void show(const struct world *w, uint64_t (*entries)[BLOCK_PAGES])
{
	for (int k = 0; k < PROCS; k++)
		for (size_t i = 0; i < PAGES; i++) {
			uint32_t f = w->tasks[k].frame[i];

			entries[k][i * 7] = f ? PM_PRESENT | f | (w->mapped[f] == 1 ? PM_EXCLUSIVE : 0) : 0;
		}
}

static inline struct world *world_new(unsigned int seed, bool flag)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->rng = seed * 0x9e3779b97f4a7c15ULL;
	w->kernel = (struct kernel_facts){ UINT32_MAX, UINT32_MAX };
	kernel_set(&w->kernel, KERNEL_FLAG, flag);
	w->tasks[0].alive = true;
	w->tasks[0].parent = -1;
	for (size_t i = 0; i < PAGES; i++)
		do_write(w, &w->tasks[0], i);
	return w;
}

#endif
