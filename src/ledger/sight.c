#include "ledger/sight.h"

#include <string.h>
#include "ledger/absent.h"
#include "ledger/unflagged.h"

/* Not resident: the swap entry is the same in every process that still shares the page. */
static uint8_t sight_swapped(const struct page_run *r, uint64_t e, uint64_t base)
{
	if (r->root)
		return PAGE_SWAPPED_SHARED; /* by a fork, or not: it tells when it is back */
	return entry_same_frame(e, base) || entry_anon(base) ? PAGE_SWAPPED_SHARED
							     : PAGE_SWAPPED_NEW;
}

/*
 * Did the base certainly have its page when this process was forked? An older sibling still shares
 * it, or the base has it from its own base.
 */
static bool base_had_it(const struct ledger *l, const struct page_run *r, size_t k)
{
	int above;

	if (!r->siblings_tell || !entry_anon(r->base[k]))
		return false;
	if (bit_test(r->like->shared_bits, r->at[k]))
		return true;
	above = l->in[r->in->base].gone ? -1 : l->in[r->in->base].base;
	return above >= 0 &&
	       entry_same_frame(r->base[k], page_entry(l, &l->views[above], r->at[k]));
}

/* Has nobody else the original of a base that is gone (absent.h)? */
static bool is_last_holder(const struct ledger *l, const struct page_run *r, uint64_t e, uint64_t base)
{
	return r->in->base >= 0 && l->in[r->in->base].gone && entry_exclusive(e) && entry_exclusive(base);
}

bool sibling_lacks(const struct ledger *l, const struct page_run *r, size_t i)
{
	for (size_t k = 1; k < l->n; k++)
		if (k != r->proc && l->in[k].base == r->in->base && !l->in[k].skip &&
		    !page_entry(l, &l->views[k], i))
			return true;
	return false;
}

/*
 * A page that the base has not, and that was shared by a fork since it came to be: inherited, or the
 * process's own new one, which it shared with its children.
 */
static uint8_t sight_nested_new(const struct ledger *l, struct page_run *r, size_t k)
{
	struct member *m = r->member;

	if (held_outside(l, r->proc, r->at[k], r->entries[k]))
		return PAGE_SHARED;
	m->nested_new++;
	m->guessed += !sibling_lacks(l, r, r->at[k]);
	return run_made(r, k);
}

/* Its own copy, which it shared with its children; or an ancestor's, when others have it as well. */
static uint8_t sight_nested_copy(const struct ledger *l, struct page_run *r, size_t k)
{
	if (held_outside(l, r->proc, r->at[k], r->entries[k]))
		return PAGE_SHARED;
	r->member->nested++;
	return PAGE_COPIED;
}

/* Everything that needs no flags; returns false when the page stays open. */
static bool sight_page(const struct ledger *l, struct page_run *r, size_t k)
{
	uint64_t e = r->entries[k], base = r->base[k];
	uint8_t *state = &r->states[r->at[k]];

	if (!(e & PM_PRESENT)) {
		*state = e & PM_SWAP ? sight_swapped(r, e, base) : PAGE_ABSENT;
	} else if (e & PM_FILE) {
		*state = PAGE_FILE;
	} else if (entry_same_frame(e, base) && !is_last_holder(l, r, e, base)) {
		*state = PAGE_SHARED;
	} else if (entry_exclusive(e) && !r->in->revised && base_had_it(l, r, k)) {
		*state = PAGE_COPIED;
	} else if (!entry_exclusive(e) && r->parent && base_had_it(l, r, k)) {
		*state = sight_nested_copy(l, r, k);
	} else if (!entry_exclusive(e) && r->parent && !r->root && !r->in->merged && !entry_anon(base) &&
		   !(base & PM_SWAP)) {
		*state = sight_nested_new(l, r, k);
	} else if (!entry_exclusive(e)) {
		*state = PAGE_SHARED;
		return !r->in->merged && !(r->parent && entry_anon(base));
	} else {
		return false;
	}
	return true;
}

/* The flags of the open pages' frames. False: not readable. */
static bool read_flags(struct ledger *l, const struct page_run *r, struct open_page *open, size_t n)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	bool may_be_merged = r->in->merged || !kernel_lacks(l->oracle->kernel, KERNEL_KSM);

	for (size_t j = 0; j < n; j++)
		frames[j] = entry_frame(r->entries[open[j].k]);
	if (!l->oracle->flags || !l->oracle->flags(l->oracle->ctx, frames, n, flags))
		return false;
	for (size_t j = 0; j < n; j++)
		open[j].own = flags[j] & ~(may_be_merged ? 0 : KPF_KSM);
	return true;
}

bool sight_base_flags(struct ledger *l, const struct page_run *r, struct open_page *open, size_t n)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	struct pattern *p = r->like;
	uint16_t at[BLOCK_PAGES];
	size_t missing = 0;

	for (size_t j = 0; j < n; j++) {
		size_t i = r->at[open[j].k];

		if (bit_test(p->flagged_bits, i))
			continue;
		if (entry_lost(p->entries[i])) {
			p->flags[i] = KPF_ANON_EXCLUSIVE;
			bit_set(p->flagged_bits, i);
			continue;
		}
		frames[missing] = entry_frame(p->entries[i]);
		at[missing++] = (uint16_t)i;
	}
	if (missing && !l->oracle->flags(l->oracle->ctx, frames, missing, flags))
		return false;
	for (size_t j = 0; j < missing; j++) {
		p->flags[at[j]] = flags[j];
		bit_set(p->flagged_bits, at[j]);
	}
	for (size_t j = 0; j < n; j++)
		open[j].base = p->flags[r->at[open[j].k]];
	return true;
}

/* This page counts as copied, but nothing says that it was there at the fork. `rewritten`: the base has
 * written its own since. */
static void doubt_copy(const struct page_run *r, size_t i, bool rewritten)
{
	struct member *m = r->member;

	if (r->states[i] != PAGE_COPIED)
		return;
	if (view_kind(r->view, i) == KIND_FILE_PRIVATE) {
		m->perhaps_file++;
		m->rewritten_file += rewritten;
	} else {
		m->perhaps_new++;
		m->rewritten_new += rewritten;
	}
}

/* No page flags: believe bit 56, and say that this is an upper bound. */
static void sight_blind(struct page_run *r, const struct open_page *open, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		size_t k = open[j].k;

		if (!entry_exclusive(r->entries[k]))
			continue;
		r->states[r->at[k]] = entry_anon(r->base[k]) ? PAGE_COPIED : run_made(r, k);
		r->member->unproven = true;
		doubt_copy(r, r->at[k], false);
	}
}

/* Is a merged page one that the pool shares at this address, or a page of its own? */
static bool merged_in_pool(const struct ledger *l, const struct page_run *r, size_t k)
{
	return r->root ? held_elsewhere(l, r->proc, r->at[k], r->entries[k])
		       : entry_anon(r->base[k]);
}

uint8_t sight_merged(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	bool merged = o->own & KPF_KSM;

	r->member->guessed += merged && kernel_lacks(l->oracle->kernel, KERNEL_KSM);
	if (entry_exclusive(r->entries[o->k])) /* those it was merged with are gone */
		return run_made(r, o->k);
	return merged && !merged_in_pool(l, r, o->k) ? run_made(r, o->k) : PAGE_SHARED;
}

/* One flag decides unless the base has another page there; returns false when it does. */
static bool sight_flagged(const struct ledger *l, struct page_run *r, const struct open_page *o)
{
	uint64_t base = r->base[o->k];
	uint8_t *state = &r->states[r->at[o->k]];

	if (sight_is_nested(l, r, o))
		return false;
	if (!entry_exclusive(r->entries[o->k]) || (o->own & KPF_KSM && !entry_anon(base)))
		*state = sight_merged(l, r, o);
	else if (!(o->own & KPF_ANON_EXCLUSIVE) && !base && !r->root && (r->in->has_forked || r->in->revised))
		*state = sight_nested_new(l, r, o->k);
	else if (!(o->own & KPF_ANON_EXCLUSIVE))
		*state = o->own & KPF_SWAPCACHE && base & PM_SWAP ? PAGE_SHARED : PAGE_ORPHANED;
	else if (base & PM_SWAP || (r->in->revised && base_had_it(l, r, o->k)))
		*state = PAGE_COPIED;
	else if (!entry_anon(base))
		*state = run_made(r, o->k);
	else
		return false;
	return true;
}

/* Was the base's page certainly there when this process was forked? */
static bool base_is_older(const struct ledger *l, const struct page_run *r,
			  const struct open_page *o)
{
	return !(o->base & KPF_ANON_EXCLUSIVE) && !in_large_folio(o->own) &&
	       l->in_burst[r->proc];
}

/* Is any page of [from, to) in this block? */
static bool overlaps(const struct page_run *r, uint64_t from, uint64_t to)
{
	uint64_t first = r->block->index * BLOCK_PAGES;

	return from < to && from < first + BLOCK_PAGES && to > first;
}

static bool on_stack(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->stack_from && page < r->in->stack_to;
}

/* Of the heap that is younger than the fork, as long as nothing inherited was met there. */
static bool is_late(const struct page_run *r, size_t i)
{
	uint64_t page = r->block->index * BLOCK_PAGES + i;

	return page >= r->in->late_from && page < r->in->late_to && !r->member->late_denied;
}

static bool of_file(const struct page_run *r, size_t i)
{
	return view_kind(r->view, i) == KIND_FILE_PRIVATE;
}

int sight_likeness(struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	size_t i = r->at[o->k];

	if (is_late(r, i))
		return 0;
	if (!l->oracle->likeness || on_stack(r, i) || of_file(r, i))
		return -1;
	l->looks_left -= LIKENESS_COST;
	return l->oracle->likeness(l->oracle->ctx, r->proc, (size_t)r->in->base,
				   r->block->index * BLOCK_PAGES + i);
}

static void sight_by_likeness(struct page_run *r, const struct open_page *o, int percent)
{
	uint8_t *state = &r->states[r->at[o->k]];

	if (percent >= 0 && percent < LIKENESS_COPY) {
		*state = run_made(r, o->k);
	} else if (in_large_folio(o->own) && !in_large_folio(o->base) &&
		   o->base & KPF_ANON_EXCLUSIVE) {
		/* a copy of one page is never part of a large folio: it was the base that copied */
		*state = PAGE_ORPHANED;
	} else {
		*state = PAGE_COPIED;
		r->member->unproven |= percent < 0;
		doubt_copy(r, r->at[o->k], o->base & KPF_ANON_EXCLUSIVE);
	}
}

bool sight_is_nested(const struct ledger *l, const struct page_run *r, const struct open_page *o)
{
	if (!entry_anon(r->base[o->k]) || o->own & KPF_KSM)
		return false;
	if (!entry_exclusive(r->entries[o->k]))
		return r->parent;
	return (r->parent || r->in->has_forked || r->in->revised) && flag_told(l) &&
	       !(o->own & KPF_ANON_EXCLUSIVE);
}

void sight_nested(const struct ledger *l, struct page_run *r, const struct open_page *o, bool older)
{
	uint8_t *state = &r->states[r->at[o->k]];

	if (older && !r->in->revised)
		*state = sight_nested_copy(l, r, o->k);
	else if (held_outside(l, r->proc, r->at[o->k], r->entries[o->k]))
		*state = PAGE_SHARED;
	else
		*state = PAGE_AMBIGUOUS;
}

/* Who forks shares its own pages too: only of one that did not is what it has untouched inherited. */
static bool sibling_had_it(const struct ledger *l, const struct page_run *r, size_t i)
{
	for (size_t k = 1; k < r->proc; k++) {
		const struct block_list *walked = &l->members[k].walked;
		const struct block *b = walked->n ? &walked->items[walked->n - 1] : NULL;

		if (l->in[k].base == r->in->base && l->in[k].frames && !l->in[k].skip &&
		    !l->in[k].has_forked && !l->patterns[k] && b && b->index == r->block->index &&
		    state_inherited(block_state(b, i)))
			return true;
	}
	return false;
}

/* Written by both: what tells is where the page is, or else what is in it. */
static void sight_written(struct ledger *l, struct page_run *r, const struct open_page *o)
{
	size_t i = r->at[o->k];

	if (sight_is_nested(l, r, o)) {
		sight_nested(l, r, o, base_is_older(l, r, o));
	} else if (base_is_older(l, r, o)) {
		r->states[i] = PAGE_COPIED;
		r->member->by_burst++;
	} else if (r->siblings_tell && sibling_had_it(l, r, i)) {
		r->states[i] = PAGE_COPIED;
	} else if (on_stack(r, i) && !entry_lost(r->base[o->k])) {
		r->states[i] = PAGE_COPIED;
		bit_set(r->stack_open, i);
	} else if (of_file(r, i) || on_stack(r, i)) {
		/* on the stack: its siblings have it there, too */
		r->states[i] = PAGE_COPIED;
		r->member->by_likeness++;
		doubt_copy(r, i, o->base & KPF_ANON_EXCLUSIVE);
	} else {
		sight_by_likeness(r, o, sight_likeness(l, r, o));
		r->member->by_likeness++;
	}
}

/* Decides those whose flag means nothing on this kernel; how many are left, moved to the front. */
static size_t decide_untold(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	struct open_page untold[BLOCK_PAGES];
	size_t kept = 0, nuntold = 0;

	for (size_t j = 0; j < n; j++) {
		if (flag_told_of(l, open[j].own))
			open[kept++] = open[j];
		else
			untold[nuntold++] = open[j];
	}
	unflagged_decide(l, r, untold, nuntold);
	return kept;
}

/* The full procedure for some open pages: flags, the base's flags, place or contents. */
static void decide(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	size_t kept = 0;

	if (!read_flags(l, r, open, n)) {
		sight_blind(r, open, n);
		return;
	}
	n = decide_untold(l, r, open, n);
	for (size_t j = 0; j < n; j++) {
		if (!sight_flagged(l, r, &open[j]))
			open[kept++] = open[j];
		else if (r->states[r->at[open[j].k]] == PAGE_ORPHANED)
			*(entry_anon(r->base[open[j].k]) ? &r->member->stranded : &r->member->alone) += 1;
	}
	if (!kept || !sight_base_flags(l, r, open, kept))
		return;
	for (size_t j = 0; j < kept; j++)
		sight_written(l, r, &open[j]);
}

/* Beyond the budget a few pages decide for all of a kind in the block, when they agree. */
static bool decide_by_sample(struct ledger *l, struct page_run *r, const struct open_page *open,
			     size_t n)
{
	struct open_page some[SIGHT_SAMPLE];
	struct member *m = r->member;
	uint32_t before[] = { m->perhaps_new, m->perhaps_file, m->rewritten_new, m->rewritten_file,
			      m->by_burst };
	uint32_t *counts[] = { &m->perhaps_new, &m->perhaps_file, &m->rewritten_new, &m->rewritten_file,
			       &m->by_burst };
	uint8_t state;

	for (size_t j = 0; j < SIGHT_SAMPLE; j++)
		some[j] = open[j * (n - 1) / (SIGHT_SAMPLE - 1)];
	decide(l, r, some, SIGHT_SAMPLE);
	state = r->states[r->at[open[0].k]];
	for (size_t j = 0; j < SIGHT_SAMPLE; j++)
		if (r->states[r->at[open[j * (n - 1) / (SIGHT_SAMPLE - 1)].k]] != state)
			return false;
	for (size_t j = 0; j < n; j++)
		r->states[r->at[open[j].k]] = state;
	for (size_t j = 0; j < sizeof(before) / sizeof(*before); j++)
		*counts[j] = before[j] + (uint32_t)((*counts[j] - before[j]) * n / SIGHT_SAMPLE);
	m->sampled = true;
	return true;
}

static void decide_kind(struct ledger *l, struct page_run *r, struct open_page *open, size_t n)
{
	if (l->looks_left < (long)n && n > SIGHT_SAMPLE && decide_by_sample(l, r, open, n))
		return;
	l->looks_left -= (long)n;
	decide(l, r, open, n);
}

/* An inherited page shows how deep the stack was at the fork: what is open above it was there too. */
static void prove_stack(struct page_run *r)
{
	struct member *m = r->member;

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		if (!on_stack(r, i))
			continue;
		if (bit_test(r->stack_open, i)) {
			m->unproven |= !m->stack_known;
			m->perhaps_new += !m->stack_known;
		} else {
			m->stack_known |= state_original(r->states[i]) ||
					  state_copied(r->states[i]);
		}
	}
}

static void doubt_late(struct page_run *r)
{
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		if (is_late(r, i) && state_original(r->states[i]))
			r->member->late_denied = true;
}

void sight_block(struct ledger *l, struct page_run *r)
{
	struct open_page beside[BLOCK_PAGES], alone[BLOCK_PAGES]; /* the base has a page, or none */
	size_t nbeside = 0, nalone = 0;

	memset(r->stack_open, 0, sizeof(r->stack_open));
	for (size_t k = 0; k < r->n; k++) {
		if (sight_page(l, r, k))
			continue;
		if (entry_anon(r->base[k]) || r->base[k] & PM_SWAP)
			beside[nbeside++].k = (uint16_t)k;
		else
			alone[nalone++].k = (uint16_t)k;
	}
	if (overlaps(r, r->in->late_from, r->in->late_to))
		doubt_late(r);
	if (nbeside)
		decide_kind(l, r, beside, nbeside);
	if (nalone)
		decide_kind(l, r, alone, nalone);
	if (overlaps(r, r->in->stack_from, r->in->stack_to))
		prove_stack(r);
}

static uint32_t tolerance_of(fact resident)
{
	return resident / 100 > SIGHT_TOLERANCE ? (uint32_t)(resident / 100) : SIGHT_TOLERANCE;
}

/* The base wrote between the forks: the flags of its pages tell of the last of them only. */
static bool burst_is_doubtful(const struct member *m, uint32_t tolerance)
{
	return m->by_burst > tolerance && m->stranded > tolerance;
}

enum exactness sight_exactness(const struct member *m, fact resident)
{
	uint32_t tolerance = tolerance_of(resident);

	if (m->unproven || m->perhaps_new + m->perhaps_file > tolerance || burst_is_doubtful(m, tolerance))
		return EXACTNESS_UPPER_BOUND;
	return m->sampled || m->by_likeness > tolerance || m->guessed > tolerance || m->denied > tolerance ||
	       m->denied_new > tolerance ||
			       m->tally.n[PAGE_AMBIGUOUS] > tolerance
		       ? EXACTNESS_ESTIMATE
		       : EXACTNESS_EXACT;
}

/* Private pages in memory. */
static uint64_t own_pages(const struct tally *t)
{
	uint64_t n = 0;

	for (size_t s = PAGE_SHARED; s < PAGE_SWAPPED_SHARED; s++)
		n += s == PAGE_FILE ? 0 : t->n[s];
	return n;
}

static uint32_t beyond(uint32_t n, uint64_t most)
{
	return n > most ? n - (uint32_t)most : 0;
}

void sight_refute(struct member *m, const struct member *master, const struct ledger_proc *of_master)
{
	uint64_t faults = of_master->minflt_after + of_master->majflt_after, made = own_pages(&master->tally);
	uint64_t twice = faults > made ? faults - made : 0;

	if (!of_master->one_fault_each)
		return;
	m->refuted_new = beyond(m->rewritten_new, twice);
	m->refuted_file = beyond(m->rewritten_file, twice);
	m->perhaps_new -= m->refuted_new;
	m->perhaps_file -= m->refuted_file;
	m->growth.cow -= (fact)m->refuted_new;
	m->growth.fresh += (fact)m->refuted_new;
}

struct doubt_facts sight_doubt(const struct member *m, fact resident)
{
	uint32_t tolerance = tolerance_of(resident);
	uint32_t guessed = m->guessed + m->tally.n[PAGE_AMBIGUOUS] + (uint32_t)(m->denied + m->denied_new);
	struct doubt_facts r = { .fresh = 0, .file = 0, .guessed = guessed > tolerance ? guessed : 0 };
	fact copied;

	if (sight_exactness(m, resident) != EXACTNESS_UPPER_BOUND)
		return r;
	r.fresh = m->perhaps_new + (burst_is_doubtful(m, tolerance) ? m->by_burst : 0);
	r.file = m->perhaps_file;
	/* what of them is gone since is not remembered; of the ambiguous ones those not claimed took no fault */
	copied = m->tally.n[PAGE_COPIED] + (fact)m->claimed - m->refuted_new - m->refuted_file;
	if (copied < 0)
		copied = 0;
	if (r.fresh > copied)
		r.fresh = copied;
	if (r.file > copied - r.fresh)
		r.file = copied - r.fresh;
	return r;
}
