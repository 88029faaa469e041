/*
 * The truth: for every page of every arena of every process, which version of the page it holds and
 * how it came by it. Versions ("frames") are numbered; two processes share a page if they hold the
 * same number. Nothing here looks at the kernel; it follows its documented rules:
 * fork(2) copies private anonymous pages, and page tables of file mappings only when the mapping has
 * anonymous pages (mm/memory.c, vma_needs_copy); a write to a page that nobody else holds re-uses
 * it (wp_can_reuse_anon_folio); a part of a huge folio is re-used only when no part of it is held
 * elsewhere.
 */
#include <stdlib.h>
#include <string.h>
#include "mkpool.h"

enum class { NONE, INHERITED, COPY, COPY_FILE, FRESH, FILE_PAGE };

struct cell {
	uint32_t frame;
	uint8_t class;
	bool swapped;
	bool forked; /* the master's copy, shared by a fork since */
};

struct proc {
	pid_t pid, held, spawned;
	int parent;
	struct arena arenas[MAX_ARENAS];
	bool anon[MAX_ARENAS]; /* the mapping has had an anonymous page: fork copies its page table */
	struct cell *cells[MAX_ARENAS];
	unsigned copies[HOWS];
};

/* Numbers of frames: a part of a huge folio; made by the master. */
#define FOLIO 0x80000000u
#define MASTERS 0x40000000u

static struct proc procs[MAX_PROCS];
/* This kernel: a write to a shared huge page, a read of untouched memory. */
static bool copies_huge_whole, reads_zero_page;

/* A number that no frame had; those of a folio's parts are consecutive. */
static uint32_t new_frame(int slot, uint32_t kind)
{
	static uint32_t next;

	return ++next | kind | (slot ? 0 : MASTERS);
}

static bool held_elsewhere(int slot, int arena, uint32_t page)
{
	uint32_t frame = procs[slot].cells[arena][page].frame;
	bool folio = frame & FOLIO;
	uint32_t from = folio ? page / HUGE_PAGES * HUGE_PAGES : page;
	uint32_t to = folio ? from + HUGE_PAGES : page + 1;

	for (int q = 0; q < MAX_PROCS; q++) {
		if (q == slot || !procs[q].pid || !procs[q].cells[arena])
			continue;
		for (uint32_t i = from; i < to; i++) {
			const struct cell *c = &procs[q].cells[arena][i];

			if (c->class != NONE && c->frame - (i - from) == frame - (page - from))
				return true;
		}
	}
	return false;
}

/* Does another process map (or have swapped out) the same frame? */
static bool page_elsewhere(int slot, int arena, uint32_t page)
{
	for (int q = 0; q < MAX_PROCS; q++) {
		const struct cell *c;

		if (q == slot || !procs[q].pid || !procs[q].cells[arena])
			continue;
		c = &procs[q].cells[arena][page];
		if (c->class != NONE && c->frame == procs[slot].cells[arena][page].frame)
			return true;
	}
	return false;
}

/* Does a process still hold what the master had here before it made its own copy? */
static bool original_held(int arena, uint32_t page)
{
	for (int q = 1; q < MAX_PROCS; q++) {
		const struct cell *c;

		if (!procs[q].pid || !procs[q].cells[arena])
			continue;
		c = &procs[q].cells[arena][page];
		if (c->class == INHERITED && c->frame & MASTERS &&
		    c->frame != procs[0].cells[arena][page].frame)
			return true;
	}
	return false;
}

static void set(struct cell *c, enum class class, uint32_t frame)
{
	*c = (struct cell){ .class = class, .frame = frame };
}

/* The first write to nothing in a range that may be huge fills all of it with one folio. */
static bool populate_huge(int slot, int arena, uint32_t page)
{
	struct proc *p = &procs[slot];
	uint32_t from = page / HUGE_PAGES * HUGE_PAGES;
	struct cell *c = p->cells[arena] + from;

	if (p->arenas[arena].kind != KIND_THP && p->arenas[arena].kind != KIND_HUGETLB)
		return false;
	for (uint32_t i = 0; i < HUGE_PAGES; i++)
		if (c[i].class != NONE)
			return false;
	for (uint32_t i = 0; i < HUGE_PAGES; i++)
		set(&c[i], FRESH, new_frame(slot, FOLIO));
	return true;
}

static enum class class_after_write(enum kind kind, const struct cell *c, bool copied) {
	switch ((enum class)c->class){
		case NONE : case FILE_PAGE : return kind == KIND_FILE ? COPY_FILE : FRESH;
		case INHERITED : return copied ? COPY : INHERITED;
		default : return c->class;
	}
}

/* Is the page in a huge folio of which this process still maps every part? */
static bool whole_folio(const struct proc *p, int arena, uint32_t page)
{
	uint32_t from = page / HUGE_PAGES * HUGE_PAGES;
	const struct cell *c = p->cells[arena] + from;

	for (uint32_t i = 0; i < HUGE_PAGES; i++)
		if (c[i].class == NONE || !(c[i].frame & FOLIO) || c[i].frame - i != c[0].frame)
			return false;
	return true;
}

static void write_page(int slot, int arena, uint32_t page, enum how how)
{
	struct proc *p = &procs[slot];
	enum kind kind = p->arenas[arena].kind;
	struct cell *c = &p->cells[arena][page];
	bool absent = c->class == NONE || c->class == FILE_PAGE, copied, whole;
	enum class class;

	if (kind == KIND_SHM) {
		set(c, FILE_PAGE, 0);
		return;
	}
	p->anon[arena] = true;
	if (c->class == NONE && populate_huge(slot, arena, page))
		return;
	copied = absent || held_elsewhere(slot, arena, page);
	class = class_after_write(kind, c, copied);
	whole = kind == KIND_HUGETLB || (copies_huge_whole && whole_folio(p, arena, page));
	if (copied && (!absent || kind == KIND_FILE))
		p->copies[how] += whole && kind == KIND_THP ? HUGE_PAGES : 1;
	if (whole && copied) {
		for (uint32_t i = 0; i < HUGE_PAGES; i++)
			set(&p->cells[arena][page / HUGE_PAGES * HUGE_PAGES + i], class,
			    new_frame(slot, FOLIO));
		return;
	}
	if (copied)
		set(c, class, new_frame(slot, 0));
	c->class = class;
	c->swapped = false;
}

#define for_pages(o, i) \
	for (uint32_t k_ = 0, i = (o)->off; k_ < (o)->n; k_++, i = (o)->off + k_ * (o)->stride)

void model_touch(const struct order *o, const struct ack *a)
{
	for_pages(o, i) write_page(o->proc, o->arena, i, o->how);
}

void model_read(const struct order *o, const struct ack *a)
{
	struct proc *p = &procs[o->proc];
	enum kind kind = p->arenas[o->arena].kind;

	for_pages(o, i)
	{
		struct cell *c = &p->cells[o->arena][i];

		c->swapped = false;
		if (c->class == NONE && (kind == KIND_FILE || kind == KIND_SHM))
			set(c, FILE_PAGE, 0);
		else if (c->class == NONE && !reads_zero_page)
			write_page(o->proc, o->arena, i, HOW_OWN);
	}
}

static uint32_t unit_pages(const struct order *o)
{
	return procs[o->proc].arenas[o->arena].kind == KIND_HUGETLB ? HUGE_PAGES : 1;
}

void model_free(const struct order *o, const struct ack *a)
{
	for_pages(o, i) for (uint32_t j = 0; j < unit_pages(o); j++)
		set(&procs[o->proc].cells[o->arena][i + j], NONE, 0);
}

void model_refill(const struct order *o, const struct ack *a)
{
	model_free(o, a);
	model_touch(o, a);
}

/* For orders that leave every page as it is. */
void model_same(const struct order *o, const struct ack *a)
{
}

/* The kernel copies what is there into one fresh huge page, shared or not, and zeroes the rest. What nobody else
 * holds is only moved. */
void model_collapse(const struct order *o, const struct ack *a)
{
	struct proc *p = &procs[o->proc];

	for (uint32_t i = o->off; i < o->off + o->n; i++) {
		struct cell *c = &p->cells[o->arena][i];

		bool shared = c->class == INHERITED && page_elsewhere(o->proc, o->arena, i);
		uint32_t made_by = c->class == INHERITED && !shared ? c->frame & MASTERS : 0;

		set(c,
		    c->class == NONE ? FRESH :
		    shared           ? COPY :
				       c->class,
		    new_frame(o->proc, FOLIO) | made_by);
	}
}

/* MADV_PAGEOUT leaves alone what another process maps. */
void model_pageout(const struct order *o, const struct ack *a)
{
	for_pages(o, i)
	{
		struct cell *c = &procs[o->proc].cells[o->arena][i];

		if (c->class != NONE && !page_elsewhere(o->proc, o->arena, i))
			c->swapped = true;
	}
}

void model_poke(const struct order *o, const struct ack *a)
{
	for_pages(o, i) write_page(o->slot, o->arena, i, o->how);
}

void model_map(const struct order *o, const struct ack *a)
{
	struct proc *p = &procs[o->proc];

	p->arenas[o->arena] = (struct arena){ o->kind, a->base, o->n };
	p->anon[o->arena] = false;
	free(p->cells[o->arena]);
	p->cells[o->arena] = calloc(MAX_PAGES, sizeof(struct cell));
}

void model_move(const struct order *o, const struct ack *a)
{
	procs[o->proc].arenas[o->arena].base = o->to;
}

void model_hold(const struct order *o, const struct ack *a)
{
	procs[o->proc].held = a->pid;
}

void model_spawn(const struct order *o, const struct ack *a)
{
	procs[o->proc].spawned = a->pid;
}

void model_exit(const struct order *o, const struct ack *a)
{
	struct proc *p = &procs[o->proc];

	for (int i = 0; i < MAX_ARENAS; i++)
		free(p->cells[i]);
	memset(p, 0, sizeof(*p));
	for (int q = 0; q < MAX_PROCS; q++)
		if (procs[q].pid && procs[q].parent == o->proc)
			procs[q].parent = -1;
}

/* The master inherited nothing: what it made is, from its first fork on, what its children did. */
static void fork_arena(struct proc *p, struct proc *q, int a)
{
	enum kind kind = p->arenas[a].kind;
	bool copies = kind != KIND_SHM && kind != KIND_WIPE && (kind != KIND_FILE || p->anon[a]);

	q->cells[a] = calloc(MAX_PAGES, sizeof(struct cell));
	q->anon[a] = copies && p->anon[a];
	for (uint32_t i = 0; copies && i < p->arenas[a].pages; i++) {
		struct cell *c = &p->cells[a][i];

		if (p == procs && (c->class == FRESH || c->class == COPY_FILE))
			c->class = INHERITED;
		c->forked = c->class == COPY;
		q->cells[a][i] = *c;
		if (c->class != NONE && c->class != FILE_PAGE)
			q->cells[a][i].class = INHERITED;
	}
}

void model_fork(int parent, int slot, pid_t pid)
{
	struct proc *p = &procs[parent], *q = &procs[slot];

	memset(q, 0, sizeof(*q));
	q->pid = pid;
	q->parent = parent;
	memcpy(q->arenas, p->arenas, sizeof(q->arenas));
	for (int a = 0; a < MAX_ARENAS; a++)
		if (p->cells[a])
			fork_arena(p, q, a);
}

void model_start(pid_t master, bool huge_whole, bool zero_page)
{
	copies_huge_whole = huge_whole;
	reads_zero_page = zero_page;
	procs[0].pid = master;
	procs[0].parent = -1;
}

int model_free_slot(void)
{
	for (int i = 0; i < MAX_PROCS; i++)
		if (!procs[i].pid)
			return i;
	return -1;
}

pid_t model_pid(int slot)
{
	return slot >= 0 && slot < MAX_PROCS ? procs[slot].pid : 0;
}

int model_parent(int slot)
{
	return procs[slot].parent;
}

pid_t model_held(int slot)
{
	return procs[slot].held;
}

pid_t model_spawned(int slot)
{
	return procs[slot].spawned;
}

const struct arena *model_arena(int slot, int arena)
{
	return &procs[slot].arenas[arena];
}

/*
 * A page that a worker rewrote stays its copy. The master's is one while somebody holds the original;
 * after that it is what a fork shares, or the master's own.
 */
static unsigned *count_copy(struct truth *t, int slot, int arena, uint32_t page)
{
	if (slot || original_held(arena, page))
		return &t->cow_broken;
	if (page_elsewhere(slot, arena, page))
		return &t->shared;
	return procs[slot].cells[arena][page].forked ? &t->orphaned : &t->fresh;
}

static void count(struct truth *t, int slot, int arena, uint32_t page)
{
	const struct cell *c = &procs[slot].cells[arena][page];

	if (c->class == NONE)
		return;
	if (c->swapped) {
		t->swapped++;
		return;
	}
	switch ((enum class)c->class) {
	case INHERITED:
		*(page_elsewhere(slot, arena, page) ? &t->shared : &t->orphaned) += 1;
		break;
	case COPY:
		*count_copy(t, slot, arena, page) += 1;
		break;
	case COPY_FILE:
		t->cow_file++;
		break;
	case FRESH:
		t->fresh++;
		break;
	default:
		t->file++;
	}
}

struct truth model_truth(int slot)
{
	struct truth t = { .copies = procs[slot].copies };

	for (int a = 0; a < MAX_ARENAS; a++)
		for (uint32_t i = 0; procs[slot].cells[a] && i < procs[slot].arenas[a].pages; i++)
			count(&t, slot, a, i);
	return t;
}
