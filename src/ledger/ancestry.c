#include "ledger/ancestry.h"

#include "ledger/first_walk.h"
#include "ledger/holders.h"
#include "ledger/open_page.h"
#include "ledger/walk_state.h"

/* Pages of a block that are compared with other processes'. */
#define KIN_LOOKS 32
/* So few pages prove nothing: a program's start and end touch some. */
#define KIN_LEAST 16

/* Inherited pages that the base has in another frame, or not at all; at most KIN_LOOKS, evenly. */
static size_t shared_beside(const struct page_run *r, struct open_page *ret, size_t *ret_step)
{
	size_t n = 0, kept = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		size_t at = 0;

		*ret_step = n / KIN_LOOKS + 1;
		for (size_t k = 0; k < r->n; k++) {
			uint64_t e = r->entries[k];

			if (!state_inherited(r->states[r->at[k]]) || r->base[k] & PM_SWAP ||
			    entry_same_frame(e, r->base[k]))
				continue;
			if (pass && at % *ret_step == 0)
				ret[kept++].k = (uint16_t)k;
			at++;
		}
		n = at;
	}
	return kept;
}

static struct kin *kin_of(struct member *m, int proc)
{
	for (size_t j = 0; j < m->nkin; j++)
		if (m->kin[j].proc == proc)
			return &m->kin[j];
	if (m->nkin == KIN_MOST)
		return NULL;
	m->kin[m->nkin] = (struct kin){ .proc = proc };
	return &m->kin[m->nkin++];
}

/* Has the base a mapping there? */
static bool is_mapped(const struct ledger *l, const struct page_run *r, size_t k)
{
	const struct ledger_view *base = &l->views[r->in->base];

	return r->base[k] || (base->entries && view_kind(base, r->at[k]) != KIND_NONE);
}

/* Was an older one, which was watched already, seen to make its page i of this block? */
static bool made_before(const struct ledger *l, size_t proc, uint64_t block, size_t i)
{
	const struct member *m = &l->members[proc];
	const struct block *b = member_block(m, block);
	uint8_t state = b ? block_state(b, i) : PAGE_ABSENT;

	return m->seen && (state_copied(state) || state == PAGE_COPIED_FILE || state == PAGE_NEW);
}

/* Counts every older process that has page of interest `k`, too. */
static void count_kin(const struct ledger *l, struct page_run *r, size_t k, size_t pages, size_t faults)
{
	size_t base = (size_t)r->in->base;
	struct holders who;

	if (!holders_of(l, r->at[k], r->entries[k], &who))
		return;
	for (uint32_t c = who.first; c < r->proc; c = holders_next(l, r->at[k], c)) {
		struct kin *kin;

		if (c <= base || !is_below(l, c, base))
			continue;
		kin = kin_of(r->member, (int)c);
		if (!kin)
			return;
		kin->pages += pages;
		kin->faults += faults;
		kin->unmapped += is_mapped(l, r, k) ? 0 : pages;
		kin->seen += made_before(l, c, r->block->index, r->at[k]) ? pages : 0;
	}
}

/* Does a younger process share the base's page? Then the base may have written it after the fork of this
 * process. */
static bool younger_shares(const struct ledger *l, const struct page_run *r, size_t k)
{
	struct holders who;

	return holders_of(l, r->at[k], r->base[k], &who) && who.last > r->proc;
}

/* Which of these pages has the base left unwritten since its last fork? */
static void ask_base(struct ledger *l, struct page_run *r, struct open_page *open, size_t n, size_t step)
{
	size_t kept = 0;

	for (size_t j = 0; j < n; j++) {
		if (!entry_anon(r->base[open[j].k]))
			continue;
		r->member->kin_asked += step;
		if (!younger_shares(l, r, open[j].k))
			open[kept++] = open[j];
	}
	if (!kept || !l->oracle->flags || !open_pages_read_base(l, r, open, kept))
		return;
	for (size_t j = 0; j < kept; j++)
		if (flag_told_of(l, open[j].base) && !(open[j].base & KPF_ANON_EXCLUSIVE))
			r->member->kin_unwritten += step;
}

/* Places of a block that are asked whether they are in one. */
#define FOLIO_LOOKS 4

/* Has the master large folios, which lie at a multiple of their size? They make fewer faults than pages. */
static void find_folios(struct ledger *l, struct page_run *r)
{
	uint64_t frames[FOLIO_LOOKS], flags[FOLIO_LOOKS];
	size_t n = 0;

	if (looks_huge(r->view->entries)) {
		r->member->huge++;
		return;
	}
	if (r->member->folios || !l->oracle->flags)
		return;
	for (size_t k = 0; k + 1 < r->n && n < FOLIO_LOOKS; k++)
		if (entry_anon(r->entries[k]) && r->at[k] % FOLIO_LEAST == 0 &&
		    entry_frame(r->entries[k]) % FOLIO_LEAST == 0 &&
		    entry_frame(r->entries[k + 1]) == entry_frame(r->entries[k]) + 1)
			frames[n++] = entry_frame(r->entries[k]);
	if (!n || !l->oracle->flags(l->oracle->ctx, frames, n, flags))
		return;
	for (size_t j = 0; j < n; j++)
		r->member->folios |= in_large_folio(flags[j]);
}

/*
 * The child has a huge page that it inherited, where the master has small ones: they were that page at the fork, and
 * one fault had made them all. Once a block.
 */
static void find_split(struct ledger *l, const struct page_run *r)
{
	const uint64_t *master = l->views[0].entries;
	size_t pages = 0;

	if (r->in->base != 0 || !master || is_one_huge_page(master) || l->root.split)
		return;
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		pages += entry_anon(page_entry(l, &l->views[0], i));
	l->root.split = true;
	l->members[0].split += pages ? pages - 1 : 0;
}

void ancestry_block(struct ledger *l, struct page_run *r)
{
	struct open_page open[KIN_LOOKS + 1];
	size_t n, step;
	bool huge;

	if (r->root)
		find_folios(l, r);
	if (r->in->base < 0)
		return;
	n = shared_beside(r, open, &step);
	huge = looks_huge(r->view->entries);
	if (n && huge)
		find_split(l, r);
	for (size_t j = 0; j < n; j++)
		count_kin(l, r, open[j].k, step, huge ? !j : step);
	if (n)
		ask_base(l, r, open, n, step);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Private pages in memory, each huge one once, and what was one. */
static uint64_t private_pages(const struct member *m, uint64_t huge)
{
	const uint32_t *n = m->tally.n;
	uint64_t pages = 0;

	for (size_t s = PAGE_SHARED; s <= PAGE_NEW; s++)
		pages += n[s];
	return minus(pages + n[PAGE_AMBIGUOUS], huge * (BLOCK_PAGES - 1) + m->split);
}

uint64_t ancestry_master_faults(const struct ledger *l)
{
	const struct member *m = &l->members[0];
	uint64_t faults = l->in[0].minflt_after + l->in[0].majflt_after;
	uint64_t huge = l->in[0].frames ? m->huge : l->in[0].huge;

	return l->in[0].execed && !m->folios ? minus(faults, private_pages(m, huge)) : faults;
}

static uint64_t faults_of(const struct ledger *l, int proc)
{
	return proc ? l->in[proc].minflt_after : ancestry_master_faults(l);
}

/* Of a process, and of its ancestors below `base`. */
static uint64_t faults_below(const struct ledger *l, int proc, int base)
{
	uint64_t faults = 0;

	for (; proc > base; proc = l->members[proc].says.base)
		faults += l->in[proc].minflt_after;
	return faults;
}

/* Was `kin` the forker rather than the base, which may have written or freed all those pages? */
static bool is_likely(const struct ledger *l, const struct member *m, const struct kin *kin)
{
	uint64_t own = l->members[kin->proc].tally.n[PAGE_COPIED];

	if (m->kin_unwritten && m->kin_unwritten * 4 >= m->kin_asked)
		return true;
	return kin->unmapped >= KIN_LEAST && kin->pages > own;
}

/*
 * The kin may be the forker, the base as well: which of the two copied is open where no walk has seen the kin, it had
 * the faults, and is of an earlier burst.
 */
static void count_rival(const struct ledger *l, size_t proc, const struct kin *kin)
{
	const struct ledger_proc *in = &l->in[kin->proc];
	struct member *rival = &l->members[kin->proc];

	if (rival->seen || kin->pages <= rival->rivalled ||
	    in->start_ticks + BURST_GAP_TICKS >= l->in[proc].start_ticks ||
	    minus(in->minflt_after, rival->certain + rival->touched) < kin->faults)
		return;
	l->members[l->in[proc].base].guessed += (uint32_t)(kin->pages - rival->rivalled);
	rival->rivalled = kin->pages;
}

/* The process that forked it: among its kin, or else its base. */
static void find_forker(const struct ledger *l, size_t proc)
{
	struct member *m = &l->members[proc];
	uint64_t most = KIN_LEAST, of_base = faults_of(l, l->in[proc].base);

	for (size_t j = 0; j < m->nkin; j++)
		most = m->kin[j].pages > most ? m->kin[j].pages : most;
	for (size_t j = 0; j < m->nkin; j++) {
		const struct kin *kin = &m->kin[j];
		bool forks = l->in[kin->proc].has_forked || l->patterns[kin->proc];
		uint64_t unwritten = m->kin_asked ? kin->faults * m->kin_unwritten / m->kin_asked : 0;
		bool possible = kin->faults <= of_base && kin->seen < KIN_LEAST;
		uint64_t least = possible ? unwritten : minus(kin->faults, of_base);

		if (kin->pages * 2 < most || (!forks && kin->seen < KIN_LEAST) ||
		    least > faults_below(l, kin->proc, l->in[proc].base))
			continue;
		if (possible && !is_likely(l, m, kin)) {
			count_rival(l, proc, kin);
			continue;
		}
		m->says.base = kin->proc;
		m->says.presumed = possible;
		return;
	}
}

/* Of so many pages, which took so many faults, those that `left` faults do not explain. */
static uint64_t denied(uint64_t pages, uint64_t faults, uint64_t left)
{
	return faults > left ? pages * (faults - left) / faults : 0;
}

void ancestry_deny(const struct ledger *l, size_t proc)
{
	struct member *m = &l->members[proc];
	uint64_t faults = l->in[proc].minflt_after;
	uint64_t left = minus(faults,
			      minus(m->certain, m->nested_faults) + minus(m->touched, m->nested_new_faults));

	m->denied = denied(m->nested, m->nested_faults, left);
	m->denied_new = denied(m->nested_new, m->nested_new_faults,
			       minus(left, m->nested_faults + m->claimed_faults));
	for (size_t i = proc + 1; l->patterns[proc] && i < l->n; i++)
		if (l->in[i].base == (int)proc && l->in[i].presumed)
			m->guessed += (uint32_t)m->nested;
}

/*
 * More copies than faults, or originals that the master had not the faults to leave while it had them itself, or to
 * fill and free: it has forked.
 */
static bool must_have_forked(const struct ledger *l, size_t proc, bool master_denied)
{
	const struct member *m = &l->members[proc];
	uint64_t faults = l->in[proc].minflt_after, of_master = ancestry_master_faults(l), left;

	if (l->in[proc].revised || !flag_told(l))
		return false;
	if (m->certain > faults + KIN_LEAST && m->tally.n[PAGE_COPIED] > KIN_LEAST)
		return true;
	left = minus(faults, m->certain + m->touched);
	if (left <= KIN_LEAST || l->in[proc].base || l->in[0].gone)
		return false;
	return (master_denied && m->stranded > KIN_LEAST && m->stranded <= of_master + left) ||
	       m->alone > of_master + KIN_LEAST;
}

/*
 * The master had too few faults, or it has not written since its last fork where its workers hold other pages:
 * then a process that is gone copied them, or that fork's child is gone and was the last to show it.
 */
static void deny_master(const struct ledger *l)
{
	struct member *root = &l->members[0];
	uint32_t copied = root->tally.n[PAGE_COPIED];
	uint64_t asked = 0, unwritten = 0;

	for (size_t i = 1; i < l->n; i++) {
		asked += l->members[i].kin_asked;
		unwritten += l->members[i].kin_unwritten;
	}
	root->denied = denied(root->recopied, root->recopied_faults, ancestry_master_faults(l));
	root->guessed = l->in[0].frames ? root->guessed : 0;
	if (!asked)
		return;
	if (unwritten * 4 >= asked * 3)
		root->guessed += copied;
	if (root->denied > KIN_LEAST && root->denied < copied * unwritten / asked)
		root->denied = copied * unwritten / asked;
}

void ancestry_end(struct ledger *l)
{
	struct member *root = &l->members[0];
	bool too_many = false;

	if (l->n && !l->in[0].gone && !l->in[0].unread && (l->first || !l->in[0].frames)) {
		deny_master(l);
		too_many = root->denied > KIN_LEAST;
	}
	/* a base comes before those that it forked */
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = &l->members[i];

		m->says = (struct ledger_kin){ l->in[i].base, l->in[i].presumed, l->in[i].revised };
		if (m->seen || !i || l->in[i].gone || !l->in[i].frames)
			continue;
		m->says.revised |= must_have_forked(l, i, too_many);
		if (l->in[i].base >= 0 && !l->in[l->in[i].base].gone)
			find_forker(l, i);
	}
}
