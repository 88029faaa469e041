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

/* Its pages, or those of its base, can be read since this sample only. */
static bool is_begun(const struct member_proc *m, bool master)
{
	return m->measured && !m->walked && !m->skip && !m->gone && m->paged && (master || m->base >= 0);
}

void walk_choose_anew(struct member_proc *members, size_t n, bool again)
{
	for (size_t i = 0; i < n; i++) {
		struct member_proc *m = &members[i];

		m->begun = is_begun(m, !i);
		m->anew = m->begun || (!m->walked && !m->measured && !m->skip && again);
	}
	/* what the master copied shows in those who hold the originals */
	for (size_t i = 1; i < n && !members[0].gone; i++)
		members[0].begun |= members[i].begun && members[i].base == 0;
	if (n)
		members[0].anew |= members[0].begun;
}

static void choose_none_anew(struct member_proc *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		members[i].anew = false;
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
		walk_choose_anew(members, n, true);
		walk_pool(io, *ledger, members, n);
	}
	choose_none_anew(members, n);
	if (ledger_missed_some(*ledger) && !any_lost(members, n))
		walk_pool(io, *ledger, members, n);
	io->careful = moved;
}
