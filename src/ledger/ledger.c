#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "ledger/estimate.h"
#include "ledger/pass.h"
#include "ledger/sight.h"

struct ledger *ledger_new(uint64_t zero_frame)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->zero_frame = zero_frame;
	l->first = true;
	for (size_t s = 0; s < PAGE_STATES; s++)
		memset(l->uniform[s], (int)s, BLOCK_PAGES);
	return l;
}

static void member_release(struct member *m)
{
	block_list_release(&m->blocks);
	block_list_release(&m->walked);
}

static void free_patterns(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->patterns[i]);
	free(l->patterns);
	free(l->in_burst);
	l->patterns = NULL;
	l->in_burst = NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		member_release(&l->members[i]);
	free(l->members);
	free_patterns(l);
	footprint_release(&l->footprint);
	free(l);
}

/* Move what is known of `p` out of the walk before; a process not seen before begins anew. */
static struct member take_member(struct member *old, size_t n, const struct ledger_proc *p)
{
	struct member m = { .pid = p->pid, .start_ticks = p->start_ticks };

	for (size_t i = 0; i < n; i++)
		if (old[i].pid == p->pid && old[i].start_ticks == p->start_ticks) {
			m = old[i];
			old[i].blocks = (struct block_list){ 0 };
			old[i].pid = 0;
			break;
		}
	m.cursor = 0;
	memset(&m.tally, 0, sizeof(m.tally));
	m.touched = m.doubted = 0;
	return m;
}

static void find_parents(struct ledger *l)
{
	cleanup_free uint64_t *burst = xcalloc(l->n, sizeof(*burst)); /* its oldest fork so far */

	l->patterns = xcalloc(l->n, sizeof(struct pattern *));
	l->in_burst = xcalloc(l->n, sizeof(*l->in_burst));
	for (size_t i = l->n; i-- > 0;) {
		int base = l->in[i].base;
		uint64_t start = l->in[i].start_ticks;

		if (base < 0)
			continue;
		if (!l->patterns[base])
			l->patterns[base] = xcalloc(1, sizeof(struct pattern));
		l->in_burst[i] = !burst[base] || start + BURST_GAP_TICKS >= burst[base];
		if (l->in_burst[i])
			burst[base] = start;
	}
}

void ledger_begin(struct ledger *l, const struct ledger_proc *procs, size_t n,
		  const struct ledger_oracle *oracle)
{
	struct member *old = l->members;
	size_t nold = l->n;

	free_patterns(l);
	l->members = xcalloc(n ? n : 1, sizeof(*l->members));
	for (size_t i = 0; i < n; i++)
		l->members[i] = take_member(old, nold, &procs[i]);
	for (size_t i = 0; i < nold; i++)
		member_release(&old[i]);
	free(old);
	l->in = procs;
	l->n = n;
	l->oracle = oracle;
	l->looks_left = SIGHT_BUDGET;
	footprint_clear(&l->footprint);
	find_parents(l);
}

void ledger_block(struct ledger *l, uint64_t block, const struct ledger_view *views)
{
	pass_block(l, block, views);
}

void ledger_end(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = &l->members[i];

		block_list_release(&m->blocks);
		m->blocks = m->walked;
		m->walked = (struct block_list){ 0 };
		m->frames = l->in[i].frames;
		m->baseless = i && l->in[i].base < 0;
		if (!m->frames)
			estimate_claim(m, &l->in[i]);
		m->minflt = l->in[i].minflt_after;
		m->seen = true;
	}
	l->first = false;
	l->in = NULL;
	l->oracle = NULL;
}

static enum exactness exactness_of(const struct member *m, fact resident)
{
	if (!m->frames || m->baseless)
		return EXACTNESS_ESTIMATE;
	return sight_exactness(m, resident);
}

struct ledger_result ledger_result(const struct ledger *l, size_t proc)
{
	const struct member *m = &l->members[proc];
	const uint32_t *n = m->tally.n;
	struct ledger_result r = {
		.growth = m->growth,
		.pages = {
			.shared = n[PAGE_SHARED],
			.orphaned = n[PAGE_ORPHANED] + n[PAGE_AMBIGUOUS] - (fact)m->claimed,
			.cow_broken = n[PAGE_COPIED] + (fact)m->claimed,
			.cow_file = n[PAGE_COPIED_FILE],
			.fresh = n[PAGE_NEW],
			.file = n[PAGE_FILE],
		},
	};

	for (size_t s = PAGE_SWAPPED_SHARED; s < PAGE_STATES; s++)
		r.pages.swapped += n[s];
	r.exactness = exactness_of(m, r.pages.shared + r.pages.orphaned + r.pages.cow_broken +
					      r.pages.cow_file + r.pages.fresh + r.pages.file);
	return r;
}

uint64_t ledger_frames(const struct ledger *l)
{
	return l->footprint.count;
}
