#include "pool/space.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define NAME_MAX_BYTES 4096

struct filler {
	const struct ledger *ledger;
	size_t proc, cap;
	uint64_t block; /* whose classes are held; UINT64_MAX: none */
	uint8_t classes[BLOCK_PAGES];
	struct address_space *space;
};

static bool name_is(const char *name, size_t len, const char *start)
{
	return len >= strlen(start) && !memcmp(name, start, strlen(start));
}

static enum region_kind kind_of(const struct vma *v, const char *name)
{
	if (name_is(name, v->name_len, "[heap]"))
		return REGION_HEAP;
	if (name_is(name, v->name_len, "[stack"))
		return REGION_STACK;
	if (v->kind == VMA_ANON)
		return REGION_ANON;
	if (v->kind == VMA_FILE_PRIVATE)
		return v->writable ? REGION_FILE_DATA : REGION_FILE;
	/* shared memory has a name of its own; [vdso] and mapped files are files */
	return name_is(name, v->name_len, "/dev/zero") || name_is(name, v->name_len, "/SYSV") ||
			       name_is(name, v->name_len, "/dev/shm/") ||
			       name_is(name, v->name_len, "/memfd:") ||
			       name_is(name, v->name_len, "[anon_shmem") ?
		       REGION_SHMEM :
		       REGION_FILE;
}

static void count_page(struct page_facts *p, enum page_class class)
{
	fact *const counts[PAGE_CLASSES] = {
		[PAGE_CLASS_SHARED] = &p->shared,
		[PAGE_CLASS_ORPHANED] = &p->orphaned,
		[PAGE_CLASS_COW_BROKEN] = &p->cow_broken,
		[PAGE_CLASS_COW_FILE] = &p->cow_file,
		[PAGE_CLASS_NEW] = &p->new,
		[PAGE_CLASS_FILE] = &p->file,
		[PAGE_CLASS_SWAPPED] = &p->swapped,
	};

	if (counts[class])
		++*counts[class];
}

static void add_to_stretch(struct filler *f, uint64_t page, enum page_class class)
{
	struct address_space *a = f->space;
	struct page_stretch *last = a->nstretches ? &a->stretches[a->nstretches - 1] : NULL;

	if (last && last->class == class && last->start + last->pages == page) {
		last->pages++;
		return;
	}
	vec_room(&a->stretches, a->nstretches, &f->cap);
	a->stretches[a->nstretches++] = (struct page_stretch){ page, 1, (uint8_t) class };
}

/* A block at a time: what the ledger knows nothing of, a reserved terabyte say, is passed over. */
static void fill_region(struct filler *f, struct region *r, size_t page_size)
{
	uint64_t page = r->start / page_size, end = r->end / page_size;

	while (page < end) {
		uint64_t block = ledger_next_block(f->ledger, f->proc, page >> BLOCK_SHIFT);
		uint64_t first = block << BLOCK_SHIFT;

		if (block == UINT64_MAX || first >= end)
			return;
		if (first > page)
			page = first;
		if (f->block != block)
			ledger_classes(f->ledger, f->proc, block, f->classes);
		f->block = block;
		for (; page < end && page < first + BLOCK_PAGES; page++) {
			enum page_class class = f->classes[page - first];

			if (class == PAGE_CLASS_NONE)
				continue;
			count_page(&r->pages, class);
			add_to_stretch(f, page, class);
		}
	}
}

int space_read(const struct procfs *fs, const struct ledger *ledger, size_t proc, const struct member_proc *m,
	       struct address_space *ret, struct err *err)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct address_space space = { .pid = m->pid, .start_ticks = m->start_ticks };
	struct filler f = { .ledger = ledger, .proc = proc, .block = UINT64_MAX, .space = &space };
	int r = procfs_maps(fs, m->pid, &text, &maps);

	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "pid %d: cannot read its maps", (int)m->pid);
	space.regions = xcalloc(maps.n ? maps.n : 1, sizeof(*space.regions));
	for (size_t i = 0; i < maps.n; i++) {
		const struct vma *v = &maps.items[i];
		struct region *region = &space.regions[space.nregions];
		const char *name = text.data + v->name_at;

		if (v->kind == VMA_NONE)
			continue;
		space.nregions++;
		region->start = v->start;
		region->end = v->end;
		region->kind = kind_of(v, name);
		region->name = xmemdupz(name, v->name_len < NAME_MAX_BYTES ? v->name_len : NAME_MAX_BYTES);
		fill_region(&f, region, (size_t)sysconf(_SC_PAGESIZE));
	}
	address_space_release(ret);
	*ret = space;
	return 0;
}
