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

static int read_inventory(struct live *l, struct member_proc *m, int pagemap, int mem, struct inventory *ret,
			  const char **why)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct inventory_target t = {
		.fs = l->io.fs,
		.pid = m->pid,
		.pagemap = pagemap,
		.mem = mem,
		.maps = &maps,
		.python = gc_reader_python(m->gc),
	};

	if (mem < 0) {
		*why = "the master's memory may not be read: run cowtop as root";
		return -1;
	}
	if (!t.python) {
		*why = "the master runs no CPython that can be read";
		return -1;
	}
	if (procfs_maps(l->io.fs, m->pid, &text, &maps)) {
		*why = "the master's mappings cannot be read";
		return -1;
	}
	t.maps_text = text.data;
	return inventory_read(&t, ret, why);
}

int live_inventory(struct live *l, struct inventory *ret, const char **why)
{
	struct member_proc *m = l->pool.nwalked ? &l->pool.members[0] : NULL;
	int pagemap, mem, r;

	*ret = (struct inventory){ 0 };
	if (!m || m->gone) {
		*why = "the master has ended: what the workers inherited can no longer be looked at";
		return -1;
	}
	pagemap = member_pagemap(m, l->io.fs);
	mem = pagemap < 0 ? -1 : member_mem(m, l->io.fs);
	r = read_inventory(l, m, pagemap, mem, ret, why);
	member_done(m, mem);
	member_done(m, pagemap);
	return r;
}
