#include "pool/walk_skip.h"

/* The same processes as in the sample before, all of them measured then? */
static bool same_pool(const struct walk_skip *s, const struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!members[i].measured && !members[i].gone)
			return false;
	return n == s->nmembers;
}

int64_t walk_skip_every(const struct walk_skip *s)
{
	int64_t every = s->whole_cost * WALK_WHOLE_PART;

	if (every < WALK_WHOLE_NS && !s->collapsed)
		every = WALK_WHOLE_NS;
	return every > WALK_WHOLE_MOST_NS ? WALK_WHOLE_MOST_NS : every;
}

bool walk_skip_whole_is_due(const struct walk_skip *s, int64_t now_ns)
{
	return !s->whole_at || s->wanted || now_ns - s->whole_at >= walk_skip_every(s);
}

void walk_skip_cost(struct walk_skip *s, int64_t cost_ns)
{
	if (s->whole)
		s->whole_cost = cost_ns;
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

void walk_skip_members(struct walk_skip *s, struct member_proc *members, size_t n, int64_t now_ns)
{
	bool changed = !s || !same_pool(s, members, n);
	bool whole = changed || walk_skip_whole_is_due(s, now_ns);

	find_due(members, n, changed);
	leave_out(members, n, whole);
	if (!s)
		return;
	s->nmembers = n;
	s->whole = whole;
	s->changed = changed;
	s->whole_before = s->whole_at;
	if (whole)
		s->whole_at = now_ns;
}

static void take_back(struct walk_skip *s)
{
	if (s->whole)
		s->whole_at = s->whole_before;
	s->whole = false;
}

void walk_skip_all_but_due(struct walk_skip *s, struct member_proc *members, size_t n)
{
	leave_out(members, n, false);
	take_back(s);
}

void walk_skip_all(struct walk_skip *s, struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		members[i].skip = true;
	take_back(s);
}

size_t walk_skip_left(const struct member_proc *members, size_t n)
{
	size_t walked = 0;

	for (size_t i = 0; i < n; i++)
		walked += !members[i].skip;
	return walked;
}
