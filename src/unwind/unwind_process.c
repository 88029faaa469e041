#include "unwind/unwind_process.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/clock.h"

/* So many of those that went are kept for samples that come late. */
#define GONE_MAX 64
#define LOOK_AGAIN_NS (100 * MILLISECOND)

static struct unwind_process **bucket_of(struct unwind_processes *all, pid_t pid)
{
	return &all->buckets[(uint32_t)pid % UNWIND_BUCKETS];
}

struct unwind_process *unwind_process_find(struct unwind_processes *all, pid_t pid)
{
	struct unwind_process *p = *bucket_of(all, pid);

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

/* What it has, not itself. */
static void empty(struct unwind_processes *all, struct unwind_process *p)
{
	unwind_image_put(&all->images, p->image);
	unwind_jit_free(p->jit);
	unwind_live_free(p->live);
	if (p->base)
		p->base->forks--;
	p->image = NULL;
	p->jit = NULL;
	p->live = NULL;
	p->base = NULL;
}

void unwind_processes_release(struct unwind_processes *all)
{
	for (size_t i = 0; i < UNWIND_BUCKETS; i++)
		for (struct unwind_process *p = all->buckets[i], *next; p; p = next) {
			next = p->next;
			unwind_image_put(&all->images, p->image);
			unwind_jit_free(p->jit);
			unwind_live_free(p->live);
			free(p);
		}
	unwind_images_release(&all->images);
}

static void open_maps(struct unwind_processes *all, struct unwind_process *p)
{
	if (p->image && p->image->generates && !p->jit)
		p->jit = unwind_jit_open(all->images.fs, p->pid);
}

struct unwind_process *unwind_process_add(struct unwind_processes *all, pid_t pid, pid_t base)
{
	struct unwind_process *p = unwind_process_find(all, pid), *from;

	/* Those forked from the one that had this pid before keep what it was. */
	if (p && p->forks) {
		p->pid = 0;
		p = NULL;
	}
	if (p) {
		empty(all, p);
	} else {
		p = xcalloc(1, sizeof(*p));
		p->next = *bucket_of(all, pid);
		*bucket_of(all, pid) = p;
	}
	p->pid = pid;
	p->gone = 0;
	p->looked_ns = 0;
	from = base ? unwind_process_find(all, base) : NULL;
	p->base = from != p ? from : NULL;
	p->stale = true;
	if (!p->base)
		return p;
	p->base->forks++;
	p->image = unwind_process_image(all, p->base);
	p->stale = !p->image;
	if (p->image)
		p->image->refs++;
	open_maps(all, p);
	return p;
}

/* Those that went long ago and have no forks. */
static void sweep(struct unwind_processes *all)
{
	for (size_t i = 0; i < UNWIND_BUCKETS; i++)
		for (struct unwind_process **at = &all->buckets[i]; *at;) {
			struct unwind_process *p = *at;

			if (p->forks || (p->pid && (!p->gone || p->gone + GONE_MAX > all->went))) {
				at = &p->next;
				continue;
			}
			*at = p->next;
			empty(all, p);
			free(p);
		}
}

void unwind_process_gone(struct unwind_processes *all, pid_t pid)
{
	struct unwind_process *p = unwind_process_find(all, pid);

	if (!p || p->gone)
		return;
	p->gone = ++all->went;
	if (all->went % GONE_MAX == 0)
		sweep(all);
}

struct unwind_image *unwind_process_image(struct unwind_processes *all, struct unwind_process *p)
{
	struct unwind_image *im;

	if (!p->stale)
		return p->image;
	p->stale = false;
	im = unwind_image_read(&all->images, p->pid);
	if (im) {
		unwind_image_put(&all->images, p->image);
		p->image = im;
	} else if (!p->image && p->base && p->base->image) {
		p->image = p->base->image;
		p->image->refs++;
	}
	open_maps(all, p);
	return p->image;
}

bool unwind_process_look_again(struct unwind_processes *all, struct unwind_process *p)
{
	const struct unwind_image *before = p->image;
	int64_t now = clock_ns(CLOCK_MONOTONIC_COARSE);

	if (p->gone || now - p->looked_ns < LOOK_AGAIN_NS)
		return false;
	p->looked_ns = now;
	p->stale = true;
	return unwind_process_image(all, p) != before;
}

void unwind_process_bases(const struct unwind_process *p, pid_t ret[UNWIND_BASES + 1],
			  struct unwind_maps *ret_maps)
{
	size_t n = 0;

	*ret_maps = (struct unwind_maps){ .pid = p->pid };
	for (; p && n < UNWIND_BASES; p = p->base) {
		if (!p->gone && p->pid)
			ret[n++] = p->pid;
		if (p->jit && ret_maps->n < UNWIND_BASES)
			ret_maps->items[ret_maps->n++] = p->jit;
	}
	ret[n] = 0;
}
