#include "heap/kinds.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "heap/kinds_owners.h"
#include "heap/kinds_scan.h"
#include "parse/cpython_heads.h"
#include "parse/cpython_kind.h"
#include "parse/cpython_version.h"
#include "sys/image.h"

/* For types, names and classes: pages kept, and pages read at most. */
#define IMAGE_SLOTS 1024
#define IMAGE_BUDGET (256U << 10)
/* Objects lead to and fro, to their blocks: so many times the pages at most. */
#define BUDGET_TIMES 8
/* Of twice as much and more a sample of so much is looked at. */
#define WHOLE_BYTES (128U << 20)
#define BUDGET_LEAST 4096

/* What there is of one type. */
struct type_sum {
	struct cpython_kind *kind; /* NULL: not looked at yet */
	bool bad;                  /* it is none any more */
	uint64_t count, copied, shared;
	uint64_t in_lists, in_lists_bytes;
	uint64_t blocks;
	struct piece_sum sum;
	struct page_marks marks;
	uint32_t module;
};

struct counting {
	uint32_t minor;
	uint64_t head;
	struct heap_image heap;
	struct reader whole; /* over it */
	struct reader
		r; /* that; of a sample, for what lies in the block that is looked at, `small` for the others */
	uint64_t block; /* that one */
	struct image image;
	struct reader small; /* over that */
	struct types types;
	struct kinds_pages pages;
	struct type_sum *of; /* by the number of the type */
	size_t nof, of_cap;
	struct type_sum caches;
	struct owners modules, files;
};

static void type_sum_release(struct type_sum *t)
{
	free(t->kind);
	page_marks_release(&t->marks);
}

static void counting_release(struct counting *c)
{
	for (size_t i = 0; i < c->nof; i++)
		type_sum_release(&c->of[i]);
	type_sum_release(&c->caches);
	free(c->of);
	owners_release(&c->modules);
	owners_release(&c->files);
	kinds_pages_release(&c->pages);
	types_release(&c->types);
	image_release(&c->image);
	heap_image_release(&c->heap);
}

/* NULL: there is none. */
static struct type_sum *sum_of(struct counting *c, size_t type)
{
	struct type_sum *t;

	while (c->nof <= type) {
		vec_room(&c->of, c->nof, &c->of_cap);
		c->of[c->nof++] = (struct type_sum){ .module = NO_OWNER };
	}
	t = &c->of[type];
	if (t->kind || t->bad)
		return t->bad ? NULL : t;
	t->kind = xcalloc(1, sizeof(*t->kind));
	t->bad = !cpython_kind_read(&c->small, c->minor, c->head, c->types.known[type], t->kind);
	if (!t->bad)
		t->module = owners_name(&c->modules, t->kind->module);
	return t->bad ? NULL : t;
}

static uint32_t before(void *ctx, size_t type)
{
	const struct type_sum *t = sum_of(ctx, type);

	return t ? t->kind->before : UINT32_MAX;
}

static void count_object(struct counting *c, struct type_sum *t, uint64_t address)
{
	struct page_fate fate = kinds_pages_fate(&c->pages, address);

	t->count++;
	t->copied += fate.copied;
	t->shared += fate.shared;
}

static bool is_tracked(const struct counting *c, const struct cpython_kind *k, uint64_t address)
{
	uint64_t head[3];

	return k->type.tracked && reader_read(&c->r, address - c->head, head, sizeof(head)) &&
	       cpython_is_tracked(c->head, head);
}

static void add_sum(struct piece_sum *to, const struct piece_sum *more)
{
	to->bytes += more->bytes;
	to->copied += more->copied;
	to->shared += more->shared;
}

/* Code says in which file it was, and how much of it is written while it runs. */
static void add_code(struct counting *c, uint64_t address, const struct cpython_extent *e,
		     struct piece_sum *own)
{
	struct piece_sum caches = { 0 };
	uint64_t file;

	if (e->written)
		kinds_pages_add(&c->pages, address + e->own - e->written, e->written, &caches,
				&c->caches.marks);
	for (size_t i = 0; e->caches && i < e->n; i++)
		kinds_pages_add(&c->pages, e->blocks[i].address, e->blocks[i].len, &caches, &c->caches.marks);
	if (caches.bytes)
		count_object(c, &c->caches,
			     e->written ? address + e->own - e->written : e->blocks[0].address);
	add_sum(&c->caches.sum, &caches);
	add_sum(own, &caches);
	if (reader_u64(&c->r, address + cpython_code_file(c->minor), &file))
		owner_add(&c->files, owners_text(&c->files, file), 1, own);
}

/* A function says its module, and its code's file is that of it, unless it was renamed. */
static void add_function(struct counting *c, uint64_t address, const struct piece_sum *sum)
{
	uint64_t at, code, path;
	uint32_t module, file;

	if (!reader_u64(&c->r, address + cpython_function_module(c->minor), &at))
		return;
	module = owners_text(&c->modules, at);
	owner_add(&c->modules, module, 1, sum);
	if (module == NO_OWNER || !reader_u64(&c->r, address + cpython_function_code(c->minor), &code) ||
	    !reader_u64(&c->r, code + cpython_code_file(c->minor), &path))
		return;
	file = owners_text(&c->files, path);
	if (file != NO_OWNER && (owners_file_fits(c->files.items[file].name, c->modules.items[module].name) ||
				 (c->files.items[file].belongs == NO_OWNER &&
				  !strcmp(c->modules.items[module].name, "__main__"))))
		c->files.items[file].belongs = module;
}

/* A class belongs to the module that it names; its instances are added later, all at once. */
static void add_class(struct counting *c, uint64_t address, const struct piece_sum *sum)
{
	size_t type = types_find(&c->types, address);
	const struct type_sum *t = type == SIZE_MAX ? NULL : sum_of(c, type);

	if (t)
		owner_add(&c->modules, t->module, 1, sum);
}

static uint64_t object(void *ctx, size_t type, uint64_t address, uint64_t most)
{
	struct counting *c = ctx;
	struct type_sum *t = sum_of(c, type);
	const struct cpython_kind *k;
	struct piece_sum sum = { 0 };
	struct cpython_extent e;

	if (!t || !cpython_extent_read(&c->r, c->minor, t->kind, address, &e) || e.own > most ||
	    e.written > e.own)
		return 0;
	k = t->kind;
	count_object(c, t, address);
	kinds_pages_add(&c->pages, address - k->before, k->before + e.own - e.written, &sum, &t->marks);
	for (size_t i = 0; i < e.n && !e.caches; i++) {
		uint64_t own = sum.bytes;

		kinds_pages_add(&c->pages, e.blocks[i].address, e.blocks[i].len, &sum, &t->marks);
		t->blocks += sum.bytes - own;
	}
	add_sum(&t->sum, &sum);
	if (is_tracked(c, k, address)) {
		t->in_lists++;
		t->in_lists_bytes += sum.bytes;
	}
	if (k->form == CPYTHON_CODE)
		add_code(c, address, &e, &sum);
	else if (k->form == CPYTHON_FUNCTION)
		add_function(c, address, &sum);
	else if (k->form == CPYTHON_TYPE)
		add_class(c, address, &sum);
	return e.own;
}

static double mean(uint64_t n, size_t workers)
{
	return workers ? (double)n / (double)workers : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct kind *)a)->name, ((const struct kind *)b)->name);
}

/* Several classes can have one name: they become one kind. */
static void join(struct kinds *k)
{
	size_t n = 0;

	if (k->n)
		qsort(k->items, k->n, sizeof(*k->items), by_name);
	for (size_t i = 0; i < k->n; i++) {
		struct kind *from = &k->items[i], *to = n ? &k->items[n - 1] : NULL;

		if (!to || strcmp(to->name, from->name)) {
			k->items[n++] = *from;
			continue;
		}
		to->tracked |= from->tracked;
		to->count += from->count;
		to->in_lists += from->in_lists;
		to->in_lists_bytes += from->in_lists_bytes;
		to->bytes += from->bytes;
		to->blocks += from->blocks;
		to->copied_count += from->copied_count;
		to->shared_count += from->shared_count;
		to->copied_bytes += from->copied_bytes;
		to->shared_bytes += from->shared_bytes;
		to->copied_pages += from->copied_pages;
		to->shared_pages += from->shared_pages;
		free(from->name);
	}
	k->n = n;
}

static void give_kind(const struct type_sum *t, const char *name, struct kinds *ret)
{
	size_t w = ret->workers;

	if (!t->count)
		return;
	ret->items[ret->n++] = (struct kind){
		.name = xstrdup(name),
		.tracked = t->kind && t->kind->type.tracked,
		.count = t->count,
		.in_lists = t->in_lists,
		.in_lists_bytes = t->in_lists_bytes,
		.bytes = t->sum.bytes,
		.blocks = t->blocks,
		.copied_count = mean(t->copied, w),
		.shared_count = mean(t->shared, w),
		.copied_bytes = mean(t->sum.copied, w),
		.shared_bytes = mean(t->sum.shared, w),
		.copied_pages = mean(t->marks.copied, w),
		.shared_pages = mean(t->marks.shared, w),
	};
}

static void give_kinds(const struct counting *c, struct kinds *ret)
{
	ret->items = xcalloc(c->nof + 2, sizeof(*ret->items));
	for (size_t i = 0; i < c->nof; i++)
		if (c->of[i].count)
			give_kind(&c->of[i], c->of[i].kind->name, ret);
	give_kind(&c->caches, KIND_CODE_CACHES, ret);
	join(ret);
}

/* Instances go to the modules of their classes, code to that of its file; a file without one stands for itself. */
static void give_modules(struct counting *c, struct kinds *ret)
{
	for (size_t i = 0; i < c->nof; i++)
		owner_add(&c->modules, c->of[i].module, c->of[i].count, &c->of[i].sum);
	for (size_t i = 0; i < c->files.n; i++) {
		const struct owner *f = &c->files.items[i];
		uint32_t to = f->belongs != NO_OWNER ? f->belongs : owners_name(&c->modules, f->name);

		owner_add(&c->modules, to, f->count, &f->sum);
	}
	ret->modules = xcalloc(c->modules.n + 1, sizeof(*ret->modules));
	for (size_t i = 0; i < c->modules.n; i++) {
		const struct owner *m = &c->modules.items[i];

		if (!m->count)
			continue;
		ret->modules[ret->nmodules++] = (struct kind_module){
			.name = xstrdup(m->name),
			.count = m->count,
			.bytes = m->sum.bytes,
			.copied_bytes = mean(m->sum.copied, ret->workers),
			.shared_bytes = mean(m->sum.shared, ret->workers),
		};
	}
}

/* What a sample stands for. */
static void scale(struct kinds *k, double by)
{
	for (size_t i = 0; i < k->n; i++) {
		struct kind *t = &k->items[i];

		t->count = (uint64_t)((double)t->count * by);
		t->in_lists = (uint64_t)((double)t->in_lists * by);
		t->in_lists_bytes = (uint64_t)((double)t->in_lists_bytes * by);
		t->bytes = (uint64_t)((double)t->bytes * by);
		t->blocks = (uint64_t)((double)t->blocks * by);
		t->copied_count *= by;
		t->shared_count *= by;
		t->copied_bytes *= by;
		t->shared_bytes *= by;
		t->copied_pages *= by;
		t->shared_pages *= by;
	}
	for (size_t i = 0; i < k->nmodules; i++) {
		struct kind_module *m = &k->modules[i];

		m->count = (uint64_t)((double)m->count * by);
		m->bytes = (uint64_t)((double)m->bytes * by);
		m->copied_bytes *= by;
		m->shared_bytes *= by;
	}
}

static void give(struct counting *c, const struct kinds_scan *scan, struct kinds *ret)
{
	ret->cut = scan->cut || c->pages.cut || c->image.mem.reads >= IMAGE_BUDGET;
	ret->sampled = scan->every > 1;
	give_kinds(c, ret);
	give_modules(c, ret);
	if (ret->sampled && scan->pages)
		scale(ret, (double)c->heap.npages / (double)scan->pages);
	kinds_sort(ret);
}

static void count(struct counting *c, const struct inventory_target *t, const struct kinds_how *how,
		  struct kinds *ret)
{
	uint64_t most = how->pages_max ?: WHOLE_BYTES / c->heap.page_size;
	struct kinds_scan scan = {
		.heap = &c->heap,
		.r = &c->r,
		.types = &c->types,
		.minor = c->minor,
		.head = c->head,
		.before = before,
		.object = object,
		.ctx = c,
		.go_on = how->go_on,
		.data = how->data,
		.every = c->heap.npages / most,
	};

	inventory_bounds(t->maps, &scan.low, &scan.high);
	types_init(&c->types, &c->small);
	c->modules.r = c->files.r = &c->small;
	c->modules.minor = c->files.minor = c->minor;
	c->heap.other = c->small;
	c->heap.budget = c->heap.npages * BUDGET_TIMES + BUDGET_LEAST;
	c->r = scan.every > 1 ? c->small : heap_image_reader(&c->heap);
	kinds_scan(&scan);
	give(c, &scan, ret);
}

void kinds_read(const struct inventory_target *t, const struct kinds_how *how, struct kinds *ret)
{
	cleanup(counting_release) struct counting c = { .minor = CPYTHON_MINOR(t->python->version) };
	int64_t began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	*ret = (struct kinds){ .workers = how->fates ? how->workers : 0 };
	if (!cpython_heads_known(t->python, &ret->why))
		return;
	c.head = cpython_head_size(t->python);
	image_init(&c.image, t->fs, t->pid, t->maps, t->maps_text, t->pagemap, t->mem, IMAGE_SLOTS,
		   IMAGE_BUDGET);
	c.small = mem_reader(&c.image.mem);
	if (heap_image_open(&c.heap, t->maps, t->pagemap, t->mem)) {
		ret->why = "its page map cannot be read";
		return;
	}
	kinds_pages_init(&c.pages, &c.heap, how->fates, how->data);
	count(&c, t, how, ret);
	ret->cost_s = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began) / SECOND;
}
