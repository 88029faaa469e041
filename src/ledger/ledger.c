#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "ledger/ancestry.h"
#include "ledger/estimate.h"
#include "ledger/first_walk.h"
#include "ledger/first_walk_doubt.h"
#include "ledger/holders.h"
#include "ledger/master.h"
#include "ledger/pass.h"
#include "ledger/share_walk.h"
#include "ledger/walk_state.h"

/* fault_around_bytes (mm/memory.c, Linux 6.18): file pages that one fault maps. */
#define FAULT_AROUND 65536

struct ledger *ledger_new(const struct zero_frames *zero, size_t page_size)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->zero = *zero;
	l->fault_window = page_size < FAULT_AROUND ? FAULT_AROUND / page_size : 1;
	l->first = true;
	l->page_size = page_size;
	for (size_t s = 0; s < PAGE_STATES; s++)
		memset(l->uniform[s], (int)s, BLOCK_PAGES);
	return l;
}

static void free_patterns(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->patterns[i]);
	free(l->patterns);
	free(l->in_burst);
	free(l->differ);
	free(l->own);
	l->patterns = NULL;
	l->in_burst = NULL;
	l->differ = NULL;
	l->own = NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		member_free_blocks(&l->members[i]);
	free(l->members);
	free_patterns(l);
	free(l->with_absent);
	share_walk_release(l);
	holders_release(l);
	footprint_release(&l->footprint);
	free(l);
}

/* Of process `i` it is not known who forked it, or who forked that one: perhaps any older one, as its last fork. */
static void note_stray(const struct ledger *l, size_t i, uint64_t *burst)
{
	for (size_t base = 0; base < i; base++)
		if (!burst[base])
			burst[base] = l->in[i].start_ticks;
}

static void find_parents(struct ledger *l)
{
	cleanup_free uint64_t *burst = xcalloc(l->n, sizeof(*burst)); /* its oldest fork so far */

	l->patterns = xcalloc(l->n, sizeof(struct pattern *));
	l->in_burst = xcalloc(l->n, sizeof(*l->in_burst));
	l->differ = xcalloc(l->n, sizeof(*l->differ));
	l->own = xcalloc(l->n, sizeof(*l->own));
	for (size_t i = l->n; i-- > 0;) {
		int base = l->in[i].base;
		uint64_t start = l->in[i].start_ticks;

		if (!l->in[i].gone && (base < 0 || l->in[base].gone))
			note_stray(l, i, burst);
		if (base < 0)
			continue;
		if (!l->patterns[base])
			l->patterns[base] = xcalloc(1, sizeof(struct pattern));
		if (l->in[i].gone)
			continue;
		l->in_burst[i] = !burst[base] || start + BURST_GAP_TICKS >= burst[base];
		if (l->in_burst[i])
			burst[base] = start;
	}
}

static void find_absent(struct ledger *l)
{
	free(l->with_absent);
	l->with_absent = NULL;
	l->absent = SIZE_MAX;
	for (size_t i = 0; i < l->n; i++)
		if (l->in[i].gone)
			l->absent = i;
	if (l->absent != SIZE_MAX)
		l->with_absent = xcalloc(l->n, sizeof(*l->with_absent));
}

/* Are they those of the walk before, and as they stood there? */
static bool are_same(const struct ledger *l, const struct ledger_proc *procs, size_t n)
{
	bool same = n == l->n;

	for (size_t i = 0; same && i < n; i++)
		same = l->members[i].pid == procs[i].pid &&
		       l->members[i].start_ticks == procs[i].start_ticks && !procs[i].anew;
	return same;
}

/* Most often each stays where it is: then there is no second array of them. */
static void carry_over(struct ledger *l, const struct ledger_proc *procs, size_t n)
{
	struct member *old = l->members;
	bool same = old && are_same(l, procs, n);
	size_t next = 0;

	if (!same)
		l->members = xcalloc(n ? n : 1, sizeof(*l->members));
	for (size_t i = 0; i < n; i++)
		l->members[i] = member_carry_over(old, l->n, &next, &procs[i],
						  procs[i].base >= 0 ? &procs[procs[i].base] : NULL);
	for (size_t i = 0; !same && i < l->n; i++)
		member_free_blocks(&old[i]);
	if (!same)
		free(old);
}

void ledger_begin(struct ledger *l, const struct ledger_proc *procs, size_t n,
		  const struct ledger_oracle *oracle)
{
	free_patterns(l);
	carry_over(l, procs, n);
	l->in = procs;
	l->n = n;
	l->oracle = oracle;
	l->looks_left = FIRST_WALK_BUDGET;
	l->first |= n && procs[0].anew;
	l->partial = false;
	for (size_t i = 0; i < n; i++)
		l->partial |= procs[i].skip;
	footprint_clear(&l->footprint);
	find_parents(l);
	find_absent(l);
	share_walk_begin(l);
	holders_begin(l);
}

void ledger_block(struct ledger *l, uint64_t block, const struct ledger_view *views)
{
	pass_block(l, block, views);
}

static void end_first_walk(const struct ledger *l, size_t proc)
{
	struct member *m = &l->members[proc];

	estimate_nested_claim(l, proc);
	if (!m->frames)
		return;
	ancestry_deny(l, proc);
	if (l->in[proc].base == 0)
		first_walk_refute(m, &l->members[0], &l->in[0], l->oracle);
}

/* Minor faults of the master since the walk before. */
static uint64_t masters_faults(const struct ledger *l)
{
	uint64_t before = l->n ? l->members[0].minflt : 0;

	return l->n && !l->in[0].skip && l->in[0].minflt_after > before ? l->in[0].minflt_after - before : 0;
}

void ledger_end(struct ledger *l)
{
	uint64_t faults = masters_faults(l);

	ancestry_end(l);
	share_walk_end(l);
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = &l->members[i];

		if (l->in[i].skip || l->in[i].gone)
			continue;
		if (l->in[i].unread) {
			member_keep_blocks(m);
			continue;
		}
		member_end_blocks(m);
		m->frames = l->in[i].frames;
		m->baseless = i && l->in[i].base < 0;
		if (i)
			estimate_claim(m, &l->in[i]);
		if (i && !m->seen)
			end_first_walk(l, i);
		m->minflt = l->in[i].minflt_after;
		m->huge_before = l->in[i].huge;
		m->seen = true;
	}
	if (l->n && !l->in[0].gone && !l->in[0].unread)
		master_claim(l, faults);
	l->first &= l->n && l->in[0].unread;
	l->in = NULL;
	l->oracle = NULL;
}
