#include "source/gate.h"

/* The same processes as in the sample before, all of them measured then? */
static bool same_pool(const struct gate_state *g, const struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!members[i].measured && !members[i].gone)
			return false;
	return n == g->nmembers;
}

bool gate_is_due(const struct gate_state *g, int64_t now_ns)
{
	int64_t every = g->whole_cost * GATE_WHOLE_PART;

	if (every < GATE_WHOLE_NS && !g->collapsed)
		every = GATE_WHOLE_NS;
	if (every > GATE_WHOLE_MOST_NS)
		every = GATE_WHOLE_MOST_NS;
	return !g->whole_at || now_ns - g->whole_at >= every;
}

void gate_cost(struct gate_state *g, int64_t cost_ns)
{
	if (g->whole)
		g->whole_cost = cost_ns;
}

void gate_members(struct gate_state *g, struct member_proc *members, size_t n, int64_t now_ns)
{
	bool whole = !g || gate_is_due(g, now_ns) || !same_pool(g, members, n);

	for (size_t i = 0; i < n; i++) {
		int base = members[i].base;

		members[i].skip = !whole && member_is_still(&members[i]) &&
				  (base < 0 || member_is_still(&members[base]));
	}
	/* who is walked is compared with its base, which must be walked as well */
	for (size_t i = n; i-- > 0;)
		if (!members[i].skip && members[i].base >= 0)
			members[members[i].base].skip = false;
	if (!g)
		return;
	g->nmembers = n;
	g->whole = whole;
	if (whole)
		g->whole_at = now_ns;
}
