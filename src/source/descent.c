#include "source/descent.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "source/family.h"

static struct member_proc *find(struct descent_members list, pid_t pid, uint64_t start_ticks)
{
	for (size_t i = 0; i < list.n; i++)
		if (list.items[i].pid == pid && (!start_ticks || list.items[i].start_ticks == start_ticks))
			return &list.items[i];
	return NULL;
}

struct member_proc *descent_base(struct descent_members walked, struct descent_members gone,
				 struct member_proc *m)
{
	while (m->forker) {
		struct member_proc *forker = find(walked, m->forker, m->forker_start);

		if (forker)
			return forker;
		forker = find(gone, m->forker, m->forker_start);
		m->adopted = true;
		m->forker = forker ? forker->forker : 0;
		m->forker_start = forker ? forker->forker_start : 0;
	}
	return find(walked, m->facts.ppid, 0);
}

bool descent_revise(struct descent_members walked, const struct ledger *ledger)
{
	bool again = false;

	for (size_t i = 1; i < walked.n; i++) {
		struct member_proc *m = &walked.items[i];
		struct ledger_kin kin = ledger_kin(ledger, i);

		if (m->measured || m->skip || m->base < 0 || (kin.base == m->base && kin.revised == m->revised))
			continue;
		m->forker = walked.items[kin.base].pid;
		m->forker_start = walked.items[kin.base].start_ticks;
		m->presumed = kin.presumed;
		m->revised = kin.revised;
		again = true;
	}
	for (size_t i = 1; i < walked.n; i++)
		walked.items[i].anew = again && !walked.items[i].measured;
	return again;
}

static bool is_in(const struct table_entry *const *found, size_t n, const struct table_entry *e)
{
	for (size_t i = 0; i < n; i++)
		if (found[i] == e)
			return true;
	return false;
}

size_t descent_keep(struct descent_members before, const struct table *t,
		    const struct table_entry **found, size_t n)
{
	cleanup_free const struct table_entry **more = xcalloc(t->n + 1, sizeof(*more));

	for (size_t i = 0; i < before.n; i++) {
		const struct table_entry *e = table_find(t, before.items[i].pid);
		size_t nmore;

		if (!e || e->start_ticks != before.items[i].start_ticks || is_in(found, n, e))
			continue;
		nmore = family_find(t, e->pid, e->start_ticks, more);
		for (size_t j = 0; j < nmore; j++)
			if (!is_in(found, n, more[j]))
				found[n++] = more[j];
	}
	return n;
}
