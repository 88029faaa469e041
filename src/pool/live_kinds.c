#include "pool/live_kinds.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "pool/live_inside.h"
#include "pool/live_state.h"
#include "pool/member_files.h"
#include "runtime/gc.h"

/* What the callbacks know. */
struct asking {
	struct live *live;
	const struct live_kinds_how *how;
	pid_t *walked;
	size_t n;
};

static void add_fate(uint8_t class, struct page_fate *f)
{
	if (class == PAGE_CLASS_COW_BROKEN)
		f->copied++;
	else if (class == PAGE_CLASS_SHARED || class == PAGE_CLASS_ORPHANED)
		f->shared++;
}

static void fates(void *ctx, uint64_t page, size_t n, struct page_fate *ret)
{
	const struct asking *a = ctx;
	uint8_t classes[BLOCK_PAGES];
	size_t in_block;

	for (size_t i = 0; i < n; i += in_block) {
		in_block = BLOCK_PAGES - (page + i) % BLOCK_PAGES;
		in_block = in_block < n - i ? in_block : n - i;
		for (size_t w = 0; w < a->n; w++) {
			if (!live_classes(a->live, a->walked[w], (page + i) >> BLOCK_SHIFT, classes))
				continue;
			for (size_t k = 0; k < in_block; k++)
				add_fate(classes[(page + i + k) % BLOCK_PAGES], &ret[i + k]);
		}
	}
}

static bool go_on(void *ctx)
{
	const struct asking *a = ctx;

	return !a->how->go_on || a->how->go_on(a->how->data);
}

static void choose_walked(struct asking *a)
{
	uint8_t classes[BLOCK_PAGES];

	a->walked = xcalloc(a->how->n + 1, sizeof(*a->walked));
	for (size_t i = 0; i < a->how->n && a->n < UINT16_MAX; i++)
		if (live_classes(a->live, a->how->workers[i], 0, classes))
			a->walked[a->n++] = a->how->workers[i];
}

/* NULL, or why it cannot be read. */
static const char *read_master(struct asking *a, struct member_proc *m, struct kinds *ret)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct inventory_target t = { .fs = a->live->io.fs, .pid = m->pid, .maps = &maps };

	t.python = gc_reader_python(m->gc);
	if (!t.python)
		return "the master runs no CPython that can be read";
	if (procfs_maps(t.fs, t.pid, &text, &maps))
		return "the master's mappings cannot be read";
	t.maps_text = text.data;
	t.pagemap = member_pagemap(m, t.fs);
	t.mem = t.pagemap < 0 ? -1 : member_mem(m, t.fs);
	if (t.mem >= 0)
		kinds_read(&t, &(struct kinds_how){ fates, a->n, 0, go_on, a }, ret);
	member_done(m, t.mem);
	member_done(m, t.pagemap);
	return t.mem >= 0 ? ret->why : "the master's memory may not be read: run cowtop as root";
}

void live_kinds(struct live *l, const struct live_kinds_how *how, struct kinds *ret)
{
	struct asking a = { .live = l, .how = how };

	*ret = (struct kinds){ .why = "the master has ended" };
	if (!l->pool.nwalked || l->pool.members[0].gone)
		return;
	choose_walked(&a);
	ret->why = read_master(&a, &l->pool.members[0], ret);
	free(a.walked);
}
