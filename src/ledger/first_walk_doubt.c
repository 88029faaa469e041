#include "ledger/first_walk_doubt.h"

void first_walk_doubt_copy(const struct page_run *r, size_t i, bool rewritten)
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

void first_walk_doubt_open(const struct page_run *r, size_t i)
{
	*(view_kind(r->view, i) == KIND_FILE_PRIVATE ? &r->member->open_file : &r->member->open_new) += 1;
}

void first_walk_doubt_unread(const struct page_run *r)
{
	r->member->unproven = true;
	r->member->guessed++;
}

void first_walk_blind(struct page_run *r, const struct open_page *open, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		size_t k = open[j].k;

		if (!entry_exclusive(r->entries[k]))
			continue;
		r->states[r->at[k]] = entry_anon(r->base[k]) ? PAGE_COPIED : run_made(r, k);
		first_walk_doubt_unread(r);
		first_walk_doubt_copy(r, r->at[k], false);
	}
}

static uint32_t tolerance_of(fact resident)
{
	return resident / 100 > FIRST_WALK_TOLERANCE ? (uint32_t)(resident / 100) : FIRST_WALK_TOLERANCE;
}

/* The base wrote between the forks, or perhaps did: the flags of its pages tell of the last of them only. */
static bool burst_is_doubtful(const struct member *m, uint32_t tolerance)
{
	return m->by_burst > tolerance && m->stranded + m->tally.n[PAGE_AMBIGUOUS] > tolerance;
}

/* Pages that count as copied. */
static uint64_t copied_pages(const struct member *m)
{
	uint64_t copied = m->tally.n[PAGE_COPIED] + m->tally.n[PAGE_COLLAPSED] + m->claimed;
	uint64_t refuted = m->refuted_new + m->refuted_file;

	return copied > refuted ? copied - refuted : 0;
}

static uint64_t perhaps_new(const struct member *m)
{
	return m->perhaps_new + (m->open_new < m->claimed ? m->open_new : m->claimed);
}

static uint64_t perhaps_file(const struct member *m)
{
	return m->perhaps_file + (m->open_file < m->claimed ? m->open_file : m->claimed);
}

/* Are more of them in doubt than one may overlook? */
static bool is_doubtful(const struct member *m, uint32_t tolerance)
{
	return perhaps_new(m) + perhaps_file(m) > tolerance && copied_pages(m) > tolerance;
}

/* Is there nothing to tell of more than one percent of its copies, be they ever so few? */
static bool is_undecided(const struct member *m)
{
	return 100 * (uint64_t)m->undecided > copied_pages(m);
}

/* Did contents, a few pages or a guess decide more of them than one may overlook? */
static bool is_estimated(const struct member *m, uint32_t tolerance)
{
	return m->sampled || m->by_likeness > tolerance || m->guessed > tolerance || m->denied > tolerance ||
	       m->denied_new > tolerance || m->tally.n[PAGE_AMBIGUOUS] > tolerance;
}

bool first_walk_unsteady(const struct member *m, fact resident)
{
	return m->unsteady > tolerance_of(resident);
}

enum exactness first_walk_exactness(const struct member *m, fact resident)
{
	uint32_t tolerance = tolerance_of(resident);

	if (first_walk_unsteady(m, resident) || m->nested_open > tolerance || m->rivalled > tolerance)
		return EXACTNESS_ESTIMATE;
	if (m->unproven || is_undecided(m) || is_doubtful(m, tolerance) || burst_is_doubtful(m, tolerance))
		return EXACTNESS_UPPER_BOUND;
	return is_estimated(m, tolerance) ? EXACTNESS_ESTIMATE : EXACTNESS_EXACT;
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

void first_walk_refute(struct member *m, const struct member *master, const struct ledger_proc *of_master,
		       const struct ledger_oracle *oracle)
{
	uint64_t faults = of_master->minflt_after + of_master->majflt_after, made = own_pages(&master->tally);
	uint64_t twice = faults > made ? faults - made : 0;
	uint32_t new = beyond(m->rewritten_new, twice), file = beyond(m->rewritten_file, twice);

	if (!(new || file) || !oracle->one_fault_each || !oracle->one_fault_each(oracle->ctx))
		return;
	m->refuted_new = new;
	m->refuted_file = file;
	m->perhaps_new -= m->refuted_new;
	m->perhaps_file -= m->refuted_file;
	m->growth.cow -= (fact)m->refuted_new;
	m->growth.new += (fact)m->refuted_new;
}

struct doubt_facts first_walk_doubt(const struct member *m, fact resident)
{
	uint32_t tolerance = tolerance_of(resident);
	uint32_t guessed = m->guessed + m->tally.n[PAGE_AMBIGUOUS] +
			   (uint32_t)(m->denied + m->denied_new + m->unsteady);
	struct doubt_facts r = { .new = 0, .file = 0, .guessed = guessed > tolerance ? guessed : 0 };
	fact copied;

	if (first_walk_exactness(m, resident) != EXACTNESS_UPPER_BOUND)
		return r;
	r.new = (fact)perhaps_new(m) + (burst_is_doubtful(m, tolerance) ? m->by_burst : 0);
	r.file = (fact)perhaps_file(m);
	/* what of them is gone since is not remembered */
	copied = (fact)copied_pages(m);
	if (r.new > copied)
		r.new = copied;
	if (r.file > copied - r.new)
		r.file = copied - r.new;
	return r;
}
