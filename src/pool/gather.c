#include "pool/gather.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/descendants.h"
#include "find/proctree.h"
#include "find/shared_by_fork.h"
#include "parse/lineage.h"
#include "pool/descent.h"
#include "sys/needs.h"
#include "sys/pagemap.h"

#define TAKEN (-1) /* in the place of a pid */

void gather_open(struct gather *u, struct member_io *io, const struct target *target)
{
	*u = (struct gather){ .io = io, .leader = target->master, .masterless = target->masterless };
	roots_begin(&u->roots, target);
}

void gather_release(struct gather *u)
{
	for (size_t i = 0; i < u->n; i++)
		member_release(&u->members[i]);
	free(u->members);
	roots_release(&u->roots);
	table_release(&u->family);
}

/* Where the process of the sample before is, or u->n. They mostly come in the order of that sample. */
static size_t old_member(const struct gather *u, pid_t pid, uint64_t start_ticks)
{
	for (size_t k = 0; k < u->n; k++) {
		size_t i = u->next + k < u->n ? u->next + k : u->next + k - u->n;

		if (u->members[i].pid == pid && u->members[i].start_ticks == start_ticks)
			return i;
	}
	return u->n;
}

/* The process of the sample before, or a new one. */
static struct member_proc take_member(struct gather *u, pid_t pid, uint64_t start_ticks)
{
	size_t i = old_member(u, pid, start_ticks);
	struct member_proc m;

	if (i < u->n) {
		m = u->members[i];
		member_init(&u->members[i], TAKEN, 0);
		u->next = i + 1;
	} else {
		member_init(&m, pid, start_ticks);
	}
	return m;
}

static struct member_proc *find_member(struct member_proc *members, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (members[i].pid == pid && !members[i].gone)
			return &members[i];
	return NULL;
}

static struct member_proc *find_gone(struct member_proc *members, size_t nwalked)
{
	for (size_t i = 0; i < nwalked; i++)
		if (members[i].gone)
			return &members[i];
	return NULL;
}

/* Whom it was forked from; NULL: it was exec'ed. Who was adopted is of the pool as long as it runs its image. */
static struct member_proc *base_of(struct gather *u, struct member_proc *members, size_t nwalked,
				   struct member_proc *m)
{
	struct member_proc *parent = descent_base((struct descent_members){ members, nwalked },
						  (struct descent_members){ u->members, u->n }, m);
	const struct image_facts *image = parent ? &parent->facts.image : &u->roots.image;
	enum lineage of_parent;

	if (!parent && roots_has(&u->roots, m->pid, m->start_ticks))
		parent = find_gone(members, nwalked);
	if (!parent)
		return NULL;
	of_parent = lineage_of(&m->facts.image, image);
	if (of_parent == LINEAGE_ADOPTED && !parent->gone &&
	    ((m->measured && m->forker == parent->pid) ||
	     forked_from(u->io->fs, parent->pid, m->pid, image->marks & m->facts.image.marks & IMAGE_RANDOM)))
		return parent;
	return of_parent == LINEAGE_FORKED || of_parent == LINEAGE_UNKNOWN ? parent : NULL;
}

/* Forked from its parent, in its own address space? Then it belongs to the pool's pages. */
static bool join_base(struct gather *u, struct member_proc *members, size_t nwalked, struct member_proc *m)
{
	struct member_proc *base = base_of(u, members, nwalked, m);

	if (!base)
		return false;
	/* who was walked before has an address space of its own */
	if (!m->measured && base->pid == m->facts.ppid && procfs_same_mm(u->io->fs, m->pid, base->pid) == 1) {
		m->facts.same_mm_pid = base->pid;
		proc_sample_gap(&m->facts, "own pages", 0, "an address space of its own");
		return false;
	}
	m->facts.forked = true;
	m->facts.base_pid = base->pid;
	m->forker = base->pid;
	m->forker_start = base->start_ticks;
	m->base = (int)(base - members);
	return true;
}

static void add_member(struct member_proc *members, size_t *n, size_t *nwalked, struct member_proc m,
		       bool walked)
{
	members[(*n)++] = m;
	if (!walked)
		return;
	/* keep the walked ones in front, in order */
	memmove(members + *nwalked + 1, members + *nwalked, (*n - 1 - *nwalked) * sizeof(*members));
	members[(*nwalked)++] = m;
}

/* Its stat is refused to this user: it is of the pool for all that is known, and nothing of it but memory is. */
static void add_refused(struct gather *u, const struct table_entry *e, int error, struct member_proc *members,
			size_t *n, size_t *nwalked)
{
	struct table_entry refused = *e;
	const struct member_proc *parent = find_member(members, *n, e->ppid);
	struct member_proc m;

	if (!parent || !parent->facts.forked)
		return;
	member_init(&m, e->pid, e->start_ticks);
	refused.error = error;
	member_refused(&m, u->io, &refused);
	m.facts.forked = true;
	m.facts.base_pid = parent->pid;
	add_member(members, n, nwalked, m, false);
}

static bool identify(struct gather *u, struct member_proc *m, const struct table_entry *e)
{
	int r = e->error ? -e->error : member_identify(m, u->io, e);

	if (r < 0) {
		u->error = -r;
		u->error_pid = m->pid;
	}
	return r > 0;
}

/* Whatever its stat shows now: an open pagemap has nothing to show any more after an exec. */
static bool is_in_its_memory(const struct member_proc *m)
{
	uint64_t entry;

	return m->pagemap >= 0 && pagemap_read(m->pagemap, 0, &entry, 1) == 0;
}

/* Is the master as it was? Then it is the first member. */
static bool take_master(struct gather *u, const struct table_entry *e, struct member_proc *ret)
{
	const struct target_kin *root = &u->roots.items[0];
	struct member_proc m;
	bool same;

	if (!e)
		return false;
	m = take_member(u, root->pid, root->start_ticks);
	same = identify(u, &m, e) &&
	       (!u->roots.image.start_stack || !m.facts.image.start_stack ||
		lineage_same_image(&m.facts.image, &u->roots.image) || is_in_its_memory(&m));
	if (!same) {
		member_release(&m);
		return false;
	}
	m.base = -1;
	m.facts.forked = true;
	*ret = m;
	return true;
}

/* That of the pool, when nobody was identified yet. */
static void image_of_first(struct gather *u, const struct table_entry *const *found, size_t nfound)
{
	struct proc_stat st;

	for (size_t i = 0; i < nfound && !u->roots.image.start_stack; i++)
		if (found[i] && procfs_stat(u->io->fs, found[i]->pid, &st) == 0) {
			image_from_stat(&st, &u->roots.image);
			procfs_exe(u->io->fs, found[i]->pid, &u->roots.image.exe_dev,
				   &u->roots.image.exe_ino);
		}
}

/* Whom the pool hangs from next time, and what its image is. */
static void remember_roots(struct gather *u)
{
	u->roots.n = 0;
	for (size_t i = 0; i < u->nwalked; i++) {
		const struct member_proc *m = &u->members[i];

		if (m->gone)
			continue;
		roots_add(&u->roots, m->pid, m->start_ticks);
		if (!u->roots.image.start_stack)
			u->roots.image = m->facts.image;
	}
	u->leader = u->roots.items[0].pid;
}

/* Below none of the others. */
static bool is_adopted(const struct table_entry *const *found, size_t n, const struct table_entry *e)
{
	for (size_t i = 0; i < n; i++)
		if (found[i] && found[i]->pid == e->ppid && found[i] != e)
			return false;
	return true;
}

/* Stands for who forked those that were adopted: the master, or one that the master forked. */
static void add_absent(struct gather *u, struct member_proc *members, size_t *n, size_t *nwalked)
{
	struct member_proc m = take_member(u, 0, 0);

	m.gone = true;
	m.base = *nwalked ? 0 : -1;
	add_member(members, n, nwalked, m, true);
}

/* All but the master. Who ended since the table was read is taken out of `found`, as its children were adopted. */
static void gather_others(struct gather *u, const struct table_entry **found, size_t nfound,
			  struct member_proc *members, size_t *n, size_t *nwalked)
{
	for (size_t i = 0; i < nfound; i++) {
		struct member_proc m;
		bool walked;

		if (!found[i] || (!i && !u->masterless))
			continue;
		if (!find_gone(members, *nwalked) && is_adopted(found, nfound, found[i]))
			add_absent(u, members, n, nwalked);
		m = take_member(u, found[i]->pid, found[i]->start_ticks);
		m.base = -1;
		if (!identify(u, &m, found[i])) {
			member_release(&m);
			if (is_refusal(u->error)) {
				add_refused(u, found[i], u->error, members, n, nwalked);
				u->error = 0;
			} else {
				found[i] = NULL;
			}
			continue;
		}
		walked = join_base(u, members, *nwalked, &m);
		if (!walked && !find_member(members, *n, m.facts.ppid)) {
			member_release(&m); /* adopted, and something else by now */
			continue;
		}
		add_member(members, n, nwalked, m, walked);
	}
}

/* Who is there. False: the master is not, or, when it is known to be gone, none of those that it left. */
static bool gather_once(struct gather *u, const struct table *t)
{
	cleanup_free const struct table_entry **found = xcalloc(t->n + 1, sizeof(*found));
	size_t nfound = descendants_find(t, u->roots.items, u->roots.n, found), n = 0, nwalked = 0;
	struct member_proc *members = xcalloc(nfound + 2, sizeof(*members));

	u->next = 0;
	if (u->masterless) {
		add_absent(u, members, &n, &nwalked);
	} else if (!take_master(u, nfound ? found[0] : NULL, &members[0])) {
		free(members);
		return false;
	} else {
		n = nwalked = 1;
	}
	if (u->masterless && !u->roots.image.start_stack && nfound)
		image_of_first(u, found, nfound);
	gather_others(u, found, nfound, members, &n, &nwalked);
	if (t != &u->family)
		descendants_keep(&u->family, found, nfound);
	for (size_t i = 0; i < u->n; i++)
		member_release(&u->members[i]);
	free(u->members);
	u->members = members;
	u->n = n;
	u->nwalked = nwalked;
	if (nwalked == 1 && u->masterless)
		return false;
	remember_roots(u);
	return true;
}

bool gather_members(struct gather *u, const struct table *t)
{
	u->io->trusting = !t;
	if (t)
		roots_look(&u->roots, u->io->fs, t);
	else
		t = &u->family;
	u->error = 0;
	if (gather_once(u, t))
		return !u->error;
	if (u->masterless || u->error)
		return false;
	u->masterless = true;
	return gather_once(u, t) && !u->error;
}

static struct standstill *stands_of(void *ctx, const struct table_entry *e)
{
	struct gather *u = ctx;
	size_t i = old_member(u, e->pid, e->start_ticks);

	if (i == u->n)
		return NULL;
	u->next = i + 1;
	return &u->members[i].stands;
}

bool gather_is_complete(struct gather *u)
{
	return descendants_complete(u->io->fs, &u->family, stands_of, u);
}
