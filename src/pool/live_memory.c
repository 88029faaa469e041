#include "pool/live_memory.h"

#include "base/cleanup.h"
#include "heap/allocator.h"
#include "heap/ruby_objects.h"
#include "pool/live_opened.h"
#include "pool/live_state.h"

/* What readers of a whole process are given, and what stands behind it. */
struct whole {
	struct live_opened opened;
	struct allocator_target target;
};

static void whole_release(struct whole *w)
{
	live_opened_release(&w->opened);
}

static const char *open_whole(struct live *l, pid_t pid, const struct live_memory_limits *limits,
			      struct whole *w)
{
	const char *why = live_open_member(l, live_member(l, pid, LEVEL_NONE), true, &w->opened);

	if (why)
		return why;
	w->target = (struct allocator_target){
		.fs = l->io.fs,
		.pid = pid,
		.pagemap = w->opened.pagemap,
		.mem = w->opened.mem,
		.maps = &w->opened.maps,
		.maps_text = w->opened.maps_text.data,
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
	cleanup(live_opened_release) struct live_opened from = { 0 }, of = { 0 };

	*ret = (struct copies){ 0 };
	if (live_open_master(l, false, &from) ||
	    live_open_member(l, live_member(l, space->pid, LEVEL_NONE), false, &of))
		return false;
	content_compare(&(struct content_side){ from.pagemap, from.mem },
			&(struct content_side){ of.pagemap, of.mem }, space,
			&(struct content_limits){ limits->pages_max, limits->go_on, limits->data }, ret);
	return true;
}
