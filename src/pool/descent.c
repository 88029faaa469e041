#include "pool/descent.h"

static struct member_proc *find(struct descent_members list, pid_t pid, uint64_t start_ticks)
{
	for (size_t i = 0; i < list.n; i++)
		if (!list.items[i].gone && list.items[i].pid == pid &&
		    (!start_ticks || list.items[i].start_ticks == start_ticks))
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

		if ((m->measured && !m->begun) || m->skip || m->gone || m->base < 0 ||
		    (kin.base == m->base && kin.revised == m->revised))
			continue;
		m->forker = walked.items[kin.base].pid;
		m->forker_start = walked.items[kin.base].start_ticks;
		m->presumed = kin.presumed;
		m->revised = kin.revised;
		again = true;
	}
	return again;
}
