#include "pool/walk_steady.h"

#include "sys/vmstat.h"

static fact count_migrated(const struct walk_io *io)
{
	struct vmstat v;

	if (!io->frames)
		return ABSENT;
	vmstat_read(io->fs, &v);
	return v.migrated;
}

static bool any_lost(const struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (members[i].lost)
			return true;
	return false;
}

void walk_forget_first(const struct walk_io *io, struct ledger **ledger, const struct member_proc *members,
		       size_t n)
{
	/* where the master is gone its children are all there is */
	size_t first = n && members[0].gone ? 1 : 0;

	if (first >= n || members[first].measured)
		return;
	ledger_free(*ledger);
	*ledger = ledger_new(io->zero, io->page_size);
}

/* What the last walk took for a first look is none: the next one's is. */
static void set_anew(struct member_proc *members, size_t n, bool anew)
{
	for (size_t i = 1; i < n; i++)
		members[i].anew = anew && !members[i].measured;
}

void walk_steadily(struct walk_io *io, struct ledger **ledger, struct member_proc *members, size_t n)
{
	fact before = count_migrated(io);
	bool moved;

	io->met_moving = false;
	walk_pool(io, *ledger, members, n);
	moved = io->frames && (io->met_moving || count_migrated(io) != before);
	if (moved && !io->careful && !any_lost(members, n)) {
		io->careful = true;
		walk_forget_first(io, ledger, members, n);
		set_anew(members, n, true);
		walk_pool(io, *ledger, members, n);
		set_anew(members, n, false);
	}
	if (ledger_missed_some(*ledger) && !any_lost(members, n))
		walk_pool(io, *ledger, members, n);
	io->careful = moved;
}
