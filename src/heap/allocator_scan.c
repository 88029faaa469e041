#include "heap/allocator_scan.h"

#include <unistd.h>
#include "base/search.h"
#include "parse/elf.h"

#define SLOTS 1024
#define PAGES_MAX (4ULL << 20)
/* No object has more data that is worth a look; .bss may be of any size. */
#define DATA_MAX (16ULL << 20)

void allocator_scan_begin(struct allocator_scan *s, const struct allocator_target *t,
			  struct allocator_inventory *ret)
{
	uint64_t budget = t->pages_max ? t->pages_max : PAGES_MAX;

	s->t = t;
	s->ret = ret;
	image_init(&s->image, t->fs, t->pid, t->maps, t->maps_text, t->pagemap, t->mem, SLOTS, budget);
	s->r = mem_reader(&s->image.mem);
	mem_run_init(&s->run, t->pagemap, t->mem, budget);
	s->run.go_on = t->go_on;
	s->run.data = t->data;
	s->nobjects = image_objects(t->maps, t->maps_text, s->objects);
	for (s->exe = 0; s->exe < s->nobjects; s->exe++)
		if (s->objects[s->exe].vma->inode == t->exe_ino)
			break;
}

void allocator_scan_end(struct allocator_scan *s)
{
	s->ret->pages_read = fact_of(s->image.mem.reads + s->run.pages);
	mem_run_release(&s->run);
	image_release(&s->image);
}

uint64_t allocator_anon_end(const struct allocator_scan *s, uint64_t address)
{
	const struct vma_list *maps = s->t->maps;
	size_t i = search(at, maps->n, maps->items[at].end <= address);
	uint64_t end = 0;

	for (; i < maps->n; i++) {
		const struct vma *v = &maps->items[i];

		if (v->kind != VMA_ANON || !v->writable || (end ? v->start != end : v->start > address))
			break;
		end = v->end;
	}
	return end;
}

static bool look_through(struct allocator_scan *s, uint64_t start, uint64_t end, allocator_look look,
			 void *ctx)
{
	uint64_t page_size = s->run.page_size;

	if (end - start > DATA_MAX)
		end = start + DATA_MAX;
	while (start < end) {
		const unsigned char *bytes;
		size_t len = mem_run_read(&s->run, start, end, ALLOCATOR_OVERLAP, &bytes);

		if (!len) {
			start = (start / page_size + 1) * page_size;
			continue;
		}
		if (look(s, bytes, len, start, ctx))
			return true;
		/* a full one may have been cut in the midst of something */
		start += len == MEM_RUN_BYTES ? len - ALLOCATOR_OVERLAP : len;
	}
	return false;
}

bool allocator_scan_data(struct allocator_scan *s, const struct image_object *o, allocator_look look,
			 void *ctx)
{
	struct elf_object elf;

	if (!elf_open(&s->r, o->vma->start, &elf))
		return false;
	for (size_t i = 0; i < elf.nsegments; i++)
		if (elf.segments[i].writable &&
		    look_through(s, elf.segments[i].start, elf.segments[i].end, look, ctx))
			return true;
	return false;
}
