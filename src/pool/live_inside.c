#include "pool/live_inside.h"

#include "base/cleanup.h"
#include "pool/live_opened.h"
#include "pool/live_state.h"
#include "runtime/gc.h"

static size_t walked(const struct live *l, pid_t pid)
{
	return live_member(l, pid, LEVEL_ESTIMATE);
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
	cleanup(live_opened_release) struct live_opened of = { 0 };
	cleanup(gc_facts_release) struct gc_facts facts = { 0 };
	const char *why = live_open_member(l, walked(l, pid), false, &of);

	if (!why) {
		struct member_proc *m = of.member;
		const struct gc_target t = {
			.fs = l->io.fs,
			.pid = pid,
			.pagemap = of.pagemap,
			.mem = of.mem,
			.maps = &m->maps,
			.cmdline = "",
			.exe_dev = m->kept.image.exe_dev,
			.exe_ino = m->kept.image.exe_ino,
		};

		if (gc_read(&t, &m->gc, NULL, false, &facts, &why) || !gc_main(&facts))
			return false;
		*ret = *gc_main(&facts);
	}
	return !why;
}

const char *live_open_python(struct live *l, struct live_opened *opened, struct inventory_target *ret)
{
	const char *why = live_open_master(l, true, opened);

	if (why)
		return why;
	*ret = (struct inventory_target){
		.fs = l->io.fs,
		.pid = opened->member->pid,
		.pagemap = opened->pagemap,
		.mem = opened->mem,
		.maps = &opened->maps,
		.maps_text = opened->maps_text.data,
		.python = gc_reader_python(opened->member->gc),
	};
	return ret->python ? NULL : "the master runs no CPython that can be read";
}

int live_inventory(struct live *l, struct inventory *ret, const char **why)
{
	cleanup(live_opened_release) struct live_opened master = { 0 };
	struct inventory_target t;

	*ret = (struct inventory){ 0 };
	*why = live_open_python(l, &master, &t);
	return *why ? -1 : inventory_read(&t, ret, why);
}

bool live_changes(struct live *l, pid_t pid, const struct inventory *inv, const bool *wanted, uint8_t *ret)
{
	cleanup(live_opened_release) struct live_opened master = { 0 }, of = { 0 };
	struct inventory_target t;

	if (live_open_python(l, &master, &t) || live_open_member(l, walked(l, pid), false, &of))
		return false;
	changes_read(&t, inv, &(struct changes_of){ of.pagemap, of.mem }, wanted, ret);
	return true;
}
