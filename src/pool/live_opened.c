#include "pool/live_opened.h"

#include "pool/live_state.h"
#include "pool/member_files.h"

size_t live_member(const struct live *l, pid_t pid, enum level least)
{
	for (size_t i = 0; i < l->pool.nwalked; i++)
		if (l->pool.members[i].pid == pid && !l->pool.members[i].gone &&
		    l->pool.members[i].kept.level >= least)
			return i;
	return SIZE_MAX;
}

/* What the one who asks is told, of the master and of others. */
struct words {
	const char *ended, *memory, *maps;
};

static const char *open_as(struct live *l, size_t member, bool maps, const struct words *say,
			   struct live_opened *ret)
{
	*ret = (struct live_opened){ 0 };
	if (member >= l->pool.nwalked || l->pool.members[member].gone)
		return say->ended;
	ret->member = &l->pool.members[member];
	ret->pagemap = member_pagemap(ret->member, l->io.fs);
	ret->mem = ret->pagemap < 0 ? -1 : member_mem(ret->member, l->io.fs);
	if (ret->mem < 0)
		return say->memory;
	if (maps && procfs_maps(l->io.fs, ret->member->pid, &ret->maps_text, &ret->maps))
		return say->maps;
	return NULL;
}

const char *live_open_member(struct live *l, size_t member, bool maps, struct live_opened *ret)
{
	static const struct words say = {
		"it has ended",
		"its memory may not be read: run cowtop as root",
		"its mappings cannot be read",
	};

	return open_as(l, member, maps, &say, ret);
}

const char *live_open_master(struct live *l, bool maps, struct live_opened *ret)
{
	static const struct words say = {
		"the master has ended: what the workers inherited can no longer be looked at",
		"the master's memory may not be read: run cowtop as root",
		"the master's mappings cannot be read",
	};

	return open_as(l, 0, maps, &say, ret);
}

void live_opened_release(struct live_opened *o)
{
	if (o->member) {
		member_done(o->member, o->mem);
		member_done(o->member, o->pagemap);
	}
	vma_list_release(&o->maps);
	buf_release(&o->maps_text);
}
