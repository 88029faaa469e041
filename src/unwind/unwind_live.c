#include "unwind/unwind_live.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "runtime/gc_find.h"
#include "sys/arch.h"

/* How often a process is read at most, and how often its collections are counted. */
#define READ_NS (10 * MILLISECOND)
#define COUNT_NS MILLISECOND
/* What was counted so long before a snapshot does not tell whether there was another collection. */
#define STALE_NS (100 * MILLISECOND)
#define FIND_TRIES 8
#define MAPS_BYTES ((size_t)16 << 20)
#define FIND_SLOTS 256
#define FIND_BUDGET 4096
#define READ_SLOTS 16
#define READ_BUDGET 1024
/* Of the stack from the innermost loop outwards, for comparison. */
#define STACK_MAX 8192
/* Bytes from an instruction to the one after it, with its caches. */
#define INSTRUCTION_MAX 32
#define WOVEN 64
#define FRAMES_MAX (UNWIND_FRAMES + 1 + PYTHON_FRAMES)

struct unwind_live {
	int64_t tried_ns, counted_ns;
	int64_t from_ns, to_ns; /* of the one collection that this is about; 0: nothing is known */
	uint64_t interpreter;
	struct python_collections collections; /* when last counted */
	bool over;
	uint64_t frame, instruction; /* of the innermost function */
	uint64_t stack_at;           /* where the innermost loop's part of the stack begins, */
	size_t stack_len;            /* and what is there */
	uint8_t stack[STACK_MAX];
	uint32_t functions[PYTHON_FRAMES];
	uint32_t ends[UNWIND_LOOPS]; /* in functions: of each loop's */
	uint32_t loops;
	struct {
		uint32_t trace, woven; /* plus 1; 0: empty */
	} woven[WOVEN];
};

void unwind_live_init(struct unwind_live_reader *r, const struct procfs *fs, struct unwind_table *table)
{
	r->fs = fs;
	r->table = table;
	r->next = xcalloc(1, sizeof(*r->next));
}

void unwind_live_release(struct unwind_live_reader *r)
{
	free(r->next);
}

void unwind_live_free(struct unwind_live *l)
{
	free(l);
}

/* Is a value from `low` to `high` among the snapshot's words, from offset `from` up to `to`? */
static bool among_words(const struct unwind_snapshot *s, uint64_t from, uint64_t to, uint64_t low,
			uint64_t high)
{
	uint64_t word, at = from + (-(s->registers[arch.sp] + from) & 7);

	for (; at + sizeof(word) <= to && at + sizeof(word) <= s->stack_bytes; at += sizeof(word)) {
		memcpy(&word, s->stack + at, sizeof(word));
		if (word >= low && word <= high)
			return true;
	}
	return false;
}

static bool among_registers(const struct unwind_snapshot *s, uint64_t low, uint64_t high)
{
	for (unsigned i = 0; i < arch.registers; i++)
		if (s->registers[i] >= low && s->registers[i] <= high)
			return true;
	return false;
}

/* Does the innermost loop hold it? What the loop had in registers was saved by those that it called. */
static bool holds(const struct unwind_snapshot *s, const struct unwind_loops *loops, uint64_t low,
		  uint64_t high)
{
	return among_words(s, 0, loops->items[0].to, low, high) || among_registers(s, low, high);
}

static bool holds_frame(const struct unwind_snapshot *s, const struct unwind_loops *loops, uint64_t frame,
			uint64_t instruction)
{
	return holds(s, loops, frame, frame) &&
	       holds(s, loops, instruction + 1, instruction + INSTRUCTION_MAX);
}

static size_t stack_len(const struct unwind_snapshot *s, const struct unwind_loops *loops)
{
	size_t len = s->stack_bytes - loops->items[0].from;

	return len < STACK_MAX ? len : STACK_MAX;
}

/* Was what is known of the process read while it was where the snapshot has it? */
static bool fits(const struct unwind_live *l, const struct unwind_snapshot *s,
		 const struct unwind_loops *loops)
{
	size_t len = stack_len(s, loops), common = len < l->stack_len ? len : l->stack_len;

	return s->registers[arch.sp] + loops->items[0].from == l->stack_at &&
	       !memcmp(s->stack + loops->items[0].from, l->stack, common) &&
	       holds_frame(s, loops, l->frame, l->instruction);
}

/* In an image of the process that has pages which it never touched, too. */
static bool look_at(struct image *image, struct python_offsets *ret)
{
	struct image_object objects[IMAGE_OBJECTS];
	struct python_thread threads[PYTHON_THREADS];
	struct reader r = mem_reader(&image->mem);
	struct cpython where;
	const char *why;
	size_t n = image_objects(image->maps, image->text, objects);

	if (gc_find(image, objects, n, n, &where, &why) != GC_PYTHON_FOUND ||
	    !python_offsets_of(&r, &where, ret))
		return false;
	n = python_threads_read(&r, ret, threads);
	for (size_t i = 0; i < n; i++)
		if (python_types_read(&r, ret, threads[i].frame))
			return true;
	return false;
}

/* Where its Python keeps its threads, once for all that run the same. */
static bool find_python(const struct procfs *fs, struct unwind_image *im, pid_t pid, int pagemap, int mem)
{
	cleanup(buf_release) struct buf text = { .limit = MAPS_BYTES };
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(image_release) struct image image = { 0 };

	if (im->python.list || im->python_tries >= FIND_TRIES)
		return im->python.list != 0;
	im->python_tries++;
	if (procfs_maps(fs, pid, &text, &maps))
		return false;
	image_init(&image, fs, pid, &maps, text.data, pagemap, mem, FIND_SLOTS, FIND_BUDGET);
	if (!look_at(&image, &im->python))
		im->python.list = 0;
	return im->python.list != 0;
}

/* Now, after reading, is everything as it was? */
static bool unchanged(const struct reader *r, const struct python_offsets *o, const struct python_thread *t,
		      struct unwind_live *l, const struct unwind_snapshot *s,
		      const struct unwind_loops *loops)
{
	uint64_t frame, instruction;

	reader_forget(r);
	l->stack_at = s->registers[arch.sp] + loops->items[0].from;
	l->stack_len = stack_len(s, loops);
	return reader_u64(r, t->slot, &frame) && frame == t->frame &&
	       reader_u64(r, t->frame + o->instruction, &instruction) && instruction == l->instruction &&
	       reader_read(r, l->stack_at, l->stack, l->stack_len) &&
	       !memcmp(l->stack, s->stack + loops->items[0].from, l->stack_len);
}

static uint32_t function_of(struct unwind_table *t, const struct python_frame *f)
{
	const struct unwind_key key = { .kind = FRAME_PYTHON,
					.name = f->name,
					.name_len = strlen(f->name),
					.file = f->file,
					.file_len = strlen(f->file),
					.line = f->line };

	return unwind_table_function(t, &key, "[python]", 0);
}

/* Which functions belong to which loop, as far as the loops say so themselves. */
static void share_out(struct unwind_live_reader *r, struct unwind_live *l, const struct unwind_snapshot *s,
		      const struct unwind_loops *loops)
{
	const struct python_frame *f = r->frames.items;
	size_t i = 0;

	memset(l->woven, 0, sizeof(l->woven));
	for (l->loops = 0; l->loops < loops->n && i < r->frames.n; l->loops++) {
		const struct unwind_loop *at = &loops->items[l->loops];

		if (l->loops && !among_words(s, at[-1].to, at->to, f[i].address, f[i].address))
			return;
		do
			l->functions[i] = function_of(r->table, &f[i]);
		while (!f[i++].entry && i < r->frames.n);
		l->ends[l->loops] = (uint32_t)i;
	}
}

static bool read_thread(struct unwind_live_reader *r, const struct reader *memory,
			const struct python_offsets *o, const struct python_thread *t, struct unwind_live *l,
			const struct unwind_snapshot *s, const struct unwind_loops *loops)
{
	if (!holds(s, loops, t->frame, t->frame) || !python_frames_read(memory, o, t->frame, &r->frames))
		return false;
	/* A thread's innermost frame can be none of a function: one that C code has just begun. */
	l->frame = r->frames.items[0].address;
	l->instruction = r->frames.items[0].instruction;
	if (l->frame != t->frame || !holds_frame(s, loops, l->frame, l->instruction) ||
	    !unchanged(memory, o, t, l, s, loops))
		return false;
	l->interpreter = t->interpreter;
	share_out(r, l, s, loops);
	return python_collections_read(memory, o, t->interpreter, &l->collections);
}

static bool read_live(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live *l,
		      const struct unwind_snapshot *s, const struct unwind_loops *loops)
{
	cleanup_close int mem = procfs_file(r->fs, s->pid, "mem");
	cleanup_close int pagemap = procfs_file(r->fs, s->pid, "pagemap");
	cleanup(mem_release) struct mem m = { 0 };
	struct python_thread threads[PYTHON_THREADS];
	struct reader memory;
	size_t n;

	if (mem < 0 || pagemap < 0 || !find_python(r->fs, im, s->pid, pagemap, mem))
		return false;
	mem_init(&m, pagemap, mem, READ_SLOTS, READ_BUDGET);
	memory = mem_reader(&m);
	n = python_threads_read(&memory, &im->python, threads);
	for (size_t i = 0; i < n; i++)
		if (read_thread(r, &memory, &im->python, &threads[i], l, s, loops))
			return true;
	return false;
}

/* Each loop's functions go between it and what they called. */
static uint32_t weave(struct unwind_table *t, const struct unwind_live *l, const struct unwind_known *known)
{
	const struct unwind_loops *loops = known->loops;
	struct stack_trace woven = t->stacks->traces[known->trace];
	const uint32_t *from = woven.frames;
	uint32_t functions[FRAMES_MAX], n = 0, used = 0, loop = 0;

	for (uint32_t i = 0; i < woven.nframes && n < FRAMES_MAX; i++) {
		if (loop < loops->n && loop < l->loops && loops->items[loop].frame == i) {
			while (used < l->ends[loop] && n < FRAMES_MAX - 1)
				functions[n++] = l->functions[used++];
			loop++;
		}
		functions[n++] = from[i];
	}
	woven.frames = functions;
	woven.nframes = n;
	return unwind_table_trace(t, &woven);
}

static uint32_t woven_trace(struct unwind_table *t, struct unwind_live *l, const struct unwind_known *known)
{
	size_t i = known->trace % WOVEN;

	if (l->woven[i].trace != known->trace + 1) {
		l->woven[i].woven = weave(t, l, known) + 1;
		l->woven[i].trace = known->trace + 1;
	}
	return l->woven[i].woven - 1;
}

/* Is it still the collection that was read, or has nothing but its end come since? */
static bool count(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live *l, pid_t pid,
		  int64_t now)
{
	cleanup_close int mem = procfs_file(r->fs, pid, "mem");
	cleanup_close int pagemap = procfs_file(r->fs, pid, "pagemap");
	cleanup(mem_release) struct mem m = { 0 };
	struct python_collections c;
	struct reader memory;

	l->counted_ns = now;
	if (mem < 0 || pagemap < 0)
		return false;
	mem_init(&m, pagemap, mem, 2, 4);
	memory = mem_reader(&m);
	if (!python_collections_read(&memory, &im->python, l->interpreter, &c))
		return false;
	l->over = c.done != l->collections.done;
	if (l->over && (c.going || c.done != l->collections.done + 1))
		return false;
	l->to_ns = now;
	return true;
}

/* Is it known what the snapshot's collection was called by? */
static bool serves(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live *l,
		   const struct unwind_snapshot *s, const struct unwind_loops *loops, int64_t now)
{
	int64_t then = s->time_ns ? s->time_ns : now;

	if (!l->to_ns || then < l->from_ns || !fits(l, s, loops))
		return false;
	if (then <= l->to_ns)
		return true;
	return l->collections.going && !l->over && now - l->counted_ns >= COUNT_NS &&
	       count(r, im, l, s->pid, now) && then <= l->to_ns;
}

/* From when on what was just read holds: there may have been another collection before. */
static int64_t holds_from(const struct unwind_live *before, const struct unwind_live *l, int64_t then,
			  int64_t now)
{
	if (!before->counted_ns || then - before->counted_ns > STALE_NS)
		return then;
	return before->interpreter == l->interpreter && before->collections.done == l->collections.done &&
			       !before->over ?
		       before->counted_ns :
		       now;
}

static void read_anew(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live *l,
		      const struct unwind_snapshot *s, const struct unwind_loops *loops, int64_t now)
{
	int64_t then = s->time_ns ? s->time_ns : now;

	l->tried_ns = now;
	memset(r->next, 0, sizeof(*r->next));
	if (!read_live(r, im, r->next, s, loops))
		return;
	r->next->from_ns = holds_from(l, r->next, then, now);
	r->next->tried_ns = r->next->counted_ns = r->next->to_ns = now;
	*l = *r->next;
}

uint32_t unwind_live_trace(struct unwind_live_reader *r, struct unwind_image *im, struct unwind_live **live,
			   const struct unwind_snapshot *s, const struct unwind_known *known)
{
	struct unwind_live *l = *live;
	int64_t now = clock_now();

	if (known->loops->items[0].to > s->stack_bytes)
		return known->trace; /* the memo knows it from a longer piece of the same stack */
	if (!l)
		l = *live = xcalloc(1, sizeof(*l));
	if (!serves(r, im, l, s, known->loops, now)) {
		if (l->tried_ns && now - l->tried_ns < READ_NS)
			return known->trace;
		read_anew(r, im, l, s, known->loops, now);
		if (!serves(r, im, l, s, known->loops, now))
			return known->trace;
	}
	return woven_trace(r->table, l, known);
}
