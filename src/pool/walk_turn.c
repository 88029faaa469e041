#include "pool/walk_turn.h"

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
static bool is_overdue(const struct walk_skip *s, int64_t now_ns)
{
	return now_ns - s->whole_before > 2 * walk_skip_every(s);
}

void walk_turn_choose(struct walk_turn *t, struct member_proc *members, size_t n, int64_t now_ns, bool first)
{
	size_t new = count_new(members, n);

	walk_skip_members(t->skips ? &t->walk_skip : NULL, members, n, now_ns);
	if (!t->skips)
		return;
	if (first)
		t->pays = new == count_all(members, n) ||
			  budget_affords(&t->budget, walk_skip_left(members, n), new > 0);
	if (t->pays)
		return;
	if (t->walk_skip.whole && !new && !is_overdue(&t->walk_skip, now_ns)) {
		walk_skip_all_but_due(&t->walk_skip, members, n);
		if (budget_affords(&t->budget, walk_skip_left(members, n), false))
			return;
	}
	walk_skip_all(&t->walk_skip, members, n);
}
