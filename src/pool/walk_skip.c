#include "pool/walk_skip.h"

/* The same processes as in the sample before, all of them measured then? */
static bool same_pool(const struct walk_skip *g, const struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!members[i].measured && !members[i].gone)
			return false;
	return n == g->nmembers;
}

int64_t gate_every(const struct walk_skip *g)
{
	int64_t every = g->whole_cost * WALK_WHOLE_PART;

	if (every < WALK_WHOLE_NS && !g->collapsed)
		every = WALK_WHOLE_NS;
	return every > WALK_WHOLE_MOST_NS ? WALK_WHOLE_MOST_NS : every;
}

bool walk_skip_is_over(const struct walk_skip *g, int64_t now_ns)
{
	return !g->whole_at || g->wanted || now_ns - g->whole_at >= gate_every(g);
}

void walk_skip_cost(struct walk_skip *g, int64_t cost_ns)
{
	if (g->whole)
		g->whole_cost = cost_ns;
}

/* Of whom is it no longer true what is known? */
static void find_due(struct member_proc *members, size_t n, bool changed)
{
	for (size_t i = 0; i < n; i++) {
		struct member_proc *m = &members[i];

		m->moved = !member_is_still(m);
		m->due = (m->due && !m->gone) || changed || m->moved ||
			 (m->base >= 0 && members[m->base].moved);
	}
}

static void leave_out(struct member_proc *members, size_t n, bool whole)
{
	for (size_t i = 0; i < n; i++)
		members[i].skip = !whole && !members[i].due;
	/* who is walked is compared with its base, which must be walked as well */
	for (size_t i = n; i-- > 0;)
		if (!members[i].skip && members[i].base >= 0)
			members[members[i].base].skip = false;
}

void walk_skip_members(struct walk_skip *g, struct member_proc *members, size_t n, int64_t now_ns)
{
	bool changed = !g || !same_pool(g, members, n);
	bool whole = changed || walk_skip_is_over(g, now_ns);

	find_due(members, n, changed);
	leave_out(members, n, whole);
	if (!g)
		return;
	g->nmembers = n;
	g->whole = whole;
	g->changed = changed;
	g->whole_before = g->whole_at;
	if (whole)
		g->whole_at = now_ns;
}

static void take_back(struct walk_skip *g)
{
	if (g->whole)
		g->whole_at = g->whole_before;
	g->whole = false;
}

void gate_only_due(struct walk_skip *g, struct member_proc *members, size_t n)
{
	leave_out(members, n, false);
	take_back(g);
}

void gate_nobody(struct walk_skip *g, struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		members[i].skip = true;
	take_back(g);
}

size_t gate_count(const struct member_proc *members, size_t n)
{
	size_t walked = 0;

	for (size_t i = 0; i < n; i++)
		walked += !members[i].skip;
	return walked;
}
