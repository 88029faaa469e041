#include "pool/live_memory.h"

#include "base/cleanup.h"
#include "heap/allocator.h"
#include "pool/live_state.h"
#include "pool/member_files.h"

/* A process whose memory may be read. */
struct opened {
	struct member_proc *member; /* NULL: none */
	int pagemap, mem;
};

static void opened_release(struct opened *o)
{
	if (!o->member)
		return;
	member_done(o->member, o->mem);
	member_done(o->member, o->pagemap);
}

/* NULL, or why it cannot be. */
static const char *open_member(struct live *l, struct member_proc *m, struct opened *ret)
{
	*ret = (struct opened){ m, member_pagemap(m, l->io.fs), -1 };
	if (ret->pagemap >= 0)
		ret->mem = member_mem(m, l->io.fs);
	return ret->mem >= 0 ? NULL : "its memory may not be read: run cowtop as root";
}

static const char *open_process(struct live *l, pid_t pid, struct opened *ret)
{
	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (l->pool.members[i].pid == pid && !l->pool.members[i].gone)
			return open_member(l, &l->pool.members[i], ret);
	return "it has ended";
}

const char *live_allocators(struct live *l, pid_t pid, const struct live_memory_limits *limits,
			    struct allocator_inventory *ret)
{
	cleanup(opened_release) struct opened o = { 0 };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	const char *why = open_process(l, pid, &o);
	struct allocator_target t = {
		.fs = l->io.fs,
		.pid = pid,
		.pagemap = o.pagemap,
		.mem = o.mem,
		.maps = &maps,
		.pages_max = limits->pages_max,
		.go_on = limits->go_on,
		.data = limits->data,
	};

	*ret = (struct allocator_inventory){ 0 };
	if (why)
		return why;
	if (procfs_maps(l->io.fs, pid, &text, &maps))
		return "its mappings cannot be read";
	t.exe_ino = o.member->kept.image.exe_ino;
	t.maps_text = text.data;
	allocator_read(&t, ret);
	return NULL;
}

bool live_copies(struct live *l, const struct address_space *space, const struct live_memory_limits *limits,
		 struct copies *ret)
{
	cleanup(opened_release) struct opened from = { 0 }, of = { 0 };

	*ret = (struct copies){ 0 };
	if (!l->pool.nwalked || l->pool.members[0].gone || open_member(l, &l->pool.members[0], &from) ||
	    open_process(l, space->pid, &of))
		return false;
	content_compare(&(struct content_side){ from.pagemap, from.mem },
			&(struct content_side){ of.pagemap, of.mem }, space,
			&(struct content_limits){ limits->pages_max, limits->go_on, limits->data }, ret);
	return true;
}
