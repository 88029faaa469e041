#include "pool/live_memory.h"

#include "base/cleanup.h"
#include "heap/allocator.h"
#include "heap/ruby_objects.h"
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

/* What readers of a whole process are given, and what stands behind it. */
struct whole {
	struct opened opened;
	struct vma_list maps;
	struct buf text;
	struct allocator_target target;
};

static void whole_release(struct whole *w)
{
	opened_release(&w->opened);
	vma_list_release(&w->maps);
	buf_release(&w->text);
}

static const char *open_whole(struct live *l, pid_t pid, const struct live_memory_limits *limits,
			      struct whole *w)
{
	const char *why = open_process(l, pid, &w->opened);

	if (why)
		return why;
	if (procfs_maps(l->io.fs, pid, &w->text, &w->maps))
		return "its mappings cannot be read";
	w->target = (struct allocator_target){
		.fs = l->io.fs,
		.pid = pid,
		.pagemap = w->opened.pagemap,
		.mem = w->opened.mem,
		.maps = &w->maps,
		.maps_text = w->text.data,
		.exe_ino = w->opened.member->kept.image.exe_ino,
		.pages_max = limits->pages_max,
		.go_on = limits->go_on,
		.data = limits->data,
	};
	return NULL;
}

const char *live_allocators(struct live *l, pid_t pid, const struct live_memory_limits *limits,
			    struct allocator_inventory *ret)
{
	cleanup(whole_release) struct whole w = { 0 };
	const char *why = open_whole(l, pid, limits, &w);

	*ret = (struct allocator_inventory){ 0 };
	if (!why)
		allocator_read(&w.target, ret);
	return why;
}

void live_ruby(struct live *l, pid_t pid, const struct live_memory_limits *limits,
	       struct ruby_heap_facts *ret)
{
	cleanup(whole_release) struct whole w = { 0 };

	*ret = (struct ruby_heap_facts){ 0 };
	if (!open_whole(l, pid, limits, &w))
		ruby_objects_read(&w.target, ret);
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
