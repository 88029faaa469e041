#include "pool/live_inside.h"

#include "base/cleanup.h"
#include "pool/live_state.h"
#include "pool/member_files.h"
#include "runtime/gc.h"

/* The number of a walked member, or SIZE_MAX. */
static size_t walked(const struct live *l, pid_t pid)
{
	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (l->pool.members[i].pid == pid && !l->pool.members[i].gone &&
		    l->pool.members[i].kept.level >= LEVEL_ESTIMATE)
			return i;
	return SIZE_MAX;
}

bool live_classes(const struct live *l, pid_t pid, uint64_t block, uint8_t classes[static BLOCK_PAGES])
{
	size_t i = walked(l, pid);

	if (i == SIZE_MAX)
		return false;
	ledger_classes(l->ledger, i, block, classes);
	return true;
}

bool live_walked(const struct live *l, pid_t pid)
{
	size_t i = walked(l, pid);

	return i != SIZE_MAX && !l->pool.members[i].skip;
}

bool live_collector(struct live *l, pid_t pid, struct gc_state *ret)
{
	size_t i = walked(l, pid);
	struct member_proc *m = i == SIZE_MAX ? NULL : &l->pool.members[i];
	int pagemap = m ? member_pagemap(m, l->io.fs) : -1, mem = pagemap < 0 ? -1 : member_mem(m, l->io.fs);
	cleanup(gc_facts_release) struct gc_facts facts = { 0 };
	const char *why;
	bool known = false;

	if (mem >= 0) {
		const struct gc_target t = {
			.fs = l->io.fs,
			.pid = pid,
			.pagemap = pagemap,
			.mem = mem,
			.maps = &m->maps,
			.cmdline = "",
			.exe_dev = m->kept.image.exe_dev,
			.exe_ino = m->kept.image.exe_ino,
		};

		known = !gc_read(&t, &m->gc, NULL, false, &facts, &why) && gc_main(&facts);
	}
	if (known)
		*ret = *gc_main(&facts);
	if (m) {
		member_done(m, mem);
		member_done(m, pagemap);
	}
	return known;
}

/* The process that the pool was forked from, to be read. */
struct master {
	struct member_proc *member;
	struct vma_list maps;
	struct buf text;
	struct inventory_target target;
};

static void master_release(struct master *m)
{
	if (m->member) {
		member_done(m->member, m->target.mem);
		member_done(m->member, m->target.pagemap);
	}
	vma_list_release(&m->maps);
	buf_release(&m->text);
}

/* NULL, or why it cannot be. */
static const char *open_master(struct live *l, struct master *ret)
{
	struct inventory_target *t = &ret->target;

	if (!l->pool.nwalked || l->pool.members[0].gone)
		return "the master has ended: what the workers inherited can no longer be looked at";
	ret->member = &l->pool.members[0];
	t->fs = l->io.fs;
	t->pid = ret->member->pid;
	t->pagemap = member_pagemap(ret->member, l->io.fs);
	t->mem = t->pagemap < 0 ? -1 : member_mem(ret->member, l->io.fs);
	if (t->mem < 0)
		return "the master's memory may not be read: run cowtop as root";
	t->python = gc_reader_python(ret->member->gc);
	if (!t->python)
		return "the master runs no CPython that can be read";
	if (procfs_maps(l->io.fs, t->pid, &ret->text, &ret->maps))
		return "the master's mappings cannot be read";
	t->maps = &ret->maps;
	t->maps_text = ret->text.data;
	return NULL;
}

int live_inventory(struct live *l, struct inventory *ret, const char **why)
{
	cleanup(master_release) struct master m = { 0 };

	*ret = (struct inventory){ 0 };
	*why = open_master(l, &m);
	return *why ? -1 : inventory_read(&m.target, ret, why);
}

bool live_changes(struct live *l, pid_t pid, const struct inventory *inv, const bool *wanted, uint8_t *ret)
{
	cleanup(master_release) struct master m = { 0 };
	size_t i = walked(l, pid);
	struct changes_of of;

	if (i == SIZE_MAX || open_master(l, &m))
		return false;
	of.pagemap = member_pagemap(&l->pool.members[i], l->io.fs);
	of.mem = of.pagemap < 0 ? -1 : member_mem(&l->pool.members[i], l->io.fs);
	if (of.mem >= 0)
		changes_read(&m.target, inv, &of, wanted, ret);
	member_done(&l->pool.members[i], of.mem);
	member_done(&l->pool.members[i], of.pagemap);
	return of.mem >= 0;
}
