#include "source/turn.h"

/* Who was never walked. */
static size_t count_new(const struct member_proc *members, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !members[i].measured && !members[i].gone;
	return count;
}

static size_t count_all(const struct member_proc *members, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !members[i].gone;
	return count;
}

/* A whole walk that has waited for as long as it should come is no longer put behind the others. */
static bool is_overdue(const struct gate_state *g, int64_t now_ns)
{
	return now_ns - g->whole_before > 2 * gate_every(g);
}

void turn_choose(struct turn *t, struct member_proc *members, size_t n, int64_t now_ns, bool first)
{
	size_t fresh = count_new(members, n);

	gate_members(t->gated ? &t->gate : NULL, members, n, now_ns);
	if (!t->gated)
		return;
	if (first)
		t->pays = fresh == count_all(members, n) ||
			  budget_affords(&t->budget, gate_count(members, n), fresh > 0);
	if (t->pays)
		return;
	if (t->gate.whole && !fresh && !is_overdue(&t->gate, now_ns)) {
		gate_only_due(&t->gate, members, n);
		if (budget_affords(&t->budget, gate_count(members, n), false))
			return;
	}
	gate_nobody(&t->gate, members, n);
}
