#include "pool/live_kinds.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "pool/live_inside.h"

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

void live_kinds(struct live *l, const struct live_kinds_how *how, struct kinds *ret)
{
	cleanup(live_opened_release) struct live_opened master = { 0 };
	struct asking a = { .live = l, .how = how };
	struct inventory_target t;

	*ret = (struct kinds){ .why = live_open_python(l, &master, &t) };
	if (ret->why)
		return;
	choose_walked(&a);
	kinds_read(&t, &(struct kinds_how){ fates, a.n, 0, go_on, &a }, ret);
	free(a.walked);
}
