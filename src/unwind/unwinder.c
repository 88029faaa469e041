#include "unwind/unwinder.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "sys/arch.h"
#include "unwind/unwind_loops.h"
#include "unwind/unwind_names.h"
#include "unwind/unwind_process.h"

struct unwinder {
	struct stacks *stacks;
	struct unwind_processes processes;
	struct unwind_table table;
	struct unwind_memo *memo;
	struct unwind_reads reads; /* of the last walk */
	struct unwind_frames frames;
	struct unwind_loops *loops; /* UNWIND_LOOPS */
	struct unwind_live_reader live;
};

struct unwinder *unwinder_new(const struct procfs *fs, struct stacks *stacks)
{
	struct unwinder *u = xcalloc(1, sizeof(*u));

	u->stacks = stacks;
	u->processes.images.fs = fs;
	u->memo = unwind_memo_new();
	unwind_table_init(&u->table, stacks, &u->processes.images.objects);
	u->loops = xcalloc(1, sizeof(*u->loops) + UNWIND_LOOPS * sizeof(*u->loops->items));
	unwind_live_init(&u->live, fs, &u->table);
	return u;
}

void unwinder_free(struct unwinder *u)
{
	if (!u)
		return;
	unwind_table_release(&u->table);
	unwind_processes_release(&u->processes);
	unwind_memo_free(u->memo);
	unwind_live_release(&u->live);
	free(u->loops);
	free(u);
}

void unwinder_process(struct unwinder *u, pid_t pid, pid_t base)
{
	struct unwind_process *p = unwind_process_add(&u->processes, pid, base);

	/* At once: its forks are to have it, and it may be gone when its first sample comes. */
	unwind_process_image(&u->processes, p);
}

void unwinder_refresh(struct unwinder *u, pid_t pid)
{
	struct unwind_process *p = unwind_process_find(&u->processes, pid);

	if (p)
		p->stale = true;
}

void unwinder_gone(struct unwinder *u, pid_t pid)
{
	unwind_process_gone(&u->processes, pid);
}

static void walk(struct unwinder *u, const struct unwind_process *p, const struct unwind_snapshot *s,
		 struct unwind_maps *maps)
{
	pid_t pids[UNWIND_BASES + 1];

	unwind_process_bases(p, pids, maps);
	unwind_stack(u->processes.images.fs, p->image, pids, s, &u->reads, &u->frames);
}

/* Without the memo. */
static void unwind(struct unwinder *u, struct unwind_process *p, const struct unwind_snapshot *s,
		   struct unwind_known *ret)
{
	struct unwind_maps maps;

	u->stacks->unwinds++;
	walk(u, p, s, &maps);
	if (u->frames.unmapped && unwind_process_look_again(&u->processes, p))
		walk(u, p, s, &maps);
	unwind_loops_find(s, &u->frames, u->loops);
	ret->trace = unwind_frames_trace(&u->table, &maps, s, &u->frames);
	ret->loops = u->loops->n ? u->loops : NULL;
	unwind_memo_put(u->memo, p->image->id, s, &u->reads, ret);
}

uint32_t unwinder_trace(struct unwinder *u, const struct unwind_snapshot *s)
{
	struct unwind_process *p = unwind_process_find(&u->processes, s->pid);
	struct unwind_known known;

	if (!p)
		p = unwind_process_add(&u->processes, s->pid, 0);
	if (!unwind_process_image(&u->processes, p) || !arch.user_code(s->registers)) {
		u->stacks->unwinds++;
		return unwind_frames_nothing(&u->table, s);
	}
	if (unwind_memo_find(u->memo, p->image->id, s, &known))
		u->stacks->memo_hits++;
	else
		unwind(u, p, s, &known);
	if (!known.loops)
		return known.trace;
	return unwind_live_trace(&u->live, p->image, &p->live, s, &known);
}

bool unwinder_known(struct unwinder *u, const struct unwind_snapshot *s, uint32_t *ret)
{
	const struct unwind_process *p = unwind_process_find(&u->processes, s->pid);
	struct unwind_known known;

	/* The register that tells 32-bit code is none that an unwind reads, so that the memo does not look at it. */
	if (!p || p->stale || !p->image || !arch.user_code(s->registers) ||
	    !unwind_memo_find(u->memo, p->image->id, s, &known) || known.loops)
		return false;
	u->stacks->memo_hits++;
	*ret = known.trace;
	return true;
}

/* A process that generates code may have written its name by now. */
static void name_generated(struct unwinder *u, const struct unwind_origin *o, struct stack_function *f)
{
	const struct unwind_process *p = unwind_process_find(&u->processes, o->pid);
	pid_t pids[UNWIND_BASES + 1];
	struct unwind_maps maps;
	struct unwind_key key;
	const char *object;

	if (!p)
		return;
	unwind_process_bases(p, pids, &maps);
	if (!unwind_frames_generated(&maps, o->address, &key, &object))
		return;
	f->kind = key.kind;
	f->name = xmemdupz(key.name, key.name_len);
	f->file = key.file ? xmemdupz(key.file, key.file_len) : NULL;
	free(f->object);
	f->object = xstrdup(object);
}

void unwinder_name(struct unwinder *u)
{
	for (size_t i = 0; i < u->table.norigins; i++) {
		struct unwind_origin *o = &u->table.origins[i];
		struct stack_function *f = &u->stacks->functions[i];

		if (o->named)
			continue;
		if (o->object)
			unwind_names_function(o->object, o->address, f);
		else
			name_generated(u, o, f);
		o->named = o->object || f->name;
	}
}
