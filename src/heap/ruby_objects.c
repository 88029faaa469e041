#include "heap/ruby_objects.h"

#include <string.h>
#include "base/cleanup.h"
#include "heap/ruby_heap.h"
#include "parse/elf.h"

#define FIRST_VERSION 0x0301
#define FIRST_BESIDE 0x0303 /* ages beside the page, not in objects */
#define PAGES_MOST (RUBY_PAGE_MAX / 4096)

/* What lies on one page of memory. */
enum { HAS_FREE = 1 << RUBY_FREE, HAS_YOUNG = 1 << RUBY_YOUNG, HAS_OLD = 1 << RUBY_OLD };

struct census {
	struct ruby_heap_facts *facts;
	uint64_t slots[RUBY_UNPROTECTED + 1];
	bool any;
};

/* The text that RUBY_VERSION is made from. */
static bool read_version(struct allocator_scan *s, char ret[16])
{
	for (size_t i = 0; i < s->nobjects; i++) {
		struct elf_object elf;
		uint64_t address;

		if (!elf_open(&s->r, s->objects[i].vma->start, &elf) ||
		    !elf_symbol(&s->r, &elf, "ruby_version", &address) ||
		    !reader_read(&s->r, address, ret, 15))
			continue;
		ret[15] = '\0';
		if (ruby_version_of(ret)) {
			ret[strspn(ret, "0123456789.")] = '\0';
			return true;
		}
	}
	*ret = '\0';
	return false;
}

static void add_pages(struct ruby_heap_facts *f, const unsigned char *has, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int ages = has[i] & (HAS_YOUNG | HAS_OLD);

		if (!has[i])
			continue;
		f->pages++;
		f->young_pages += ages == HAS_YOUNG;
		f->old_pages += ages == HAS_OLD;
		f->mixed_pages += ages == (HAS_YOUNG | HAS_OLD);
		f->other_pages += !ages;
		f->roomy_pages += (has[i] & HAS_FREE) != 0;
	}
}

static void count_page(struct allocator_scan *s, uint64_t address, const struct ruby_page *p, void *ctx)
{
	struct census *c = ctx;
	unsigned char has[PAGES_MOST + 1] = { 0 };
	uint64_t bits[RUBY_BITS_MAX], end = address + p->page_size;
	const unsigned char *bytes = NULL;
	uint64_t from = 0, to = 0;

	c->any = true;
	if (!ruby_read_unprotected(&s->r, p, bits)) {
		c->facts->partly = true;
		return;
	}
	for (uint32_t i = 0; i < p->slots; i++) {
		uint64_t at = p->first + (uint64_t)i * p->slot_size, flags;
		enum ruby_slot slot;

		if (at > end - 8)
			break;
		if (at >= to) { /* pages are present or not as a whole, and a slot's first word is on one */
			from = at / s->run.page_size * s->run.page_size;
			to = from + mem_run_read(&s->run, from, end, 8, &bytes);
			if (to == from) {
				to = from + s->run.page_size;
				bytes = NULL;
			}
		}
		if (!bytes)
			continue;
		memcpy(&flags, bytes + (at - from), sizeof(flags));
		slot = ruby_slot_of(at, flags, bits, p->page_size, c->facts->ages_in_header);
		c->slots[slot]++;
		has[(at - address) / s->run.page_size] |= (unsigned char)(1U << slot);
	}
	add_pages(c->facts, has, PAGES_MOST + 1);
}

static const char *census(struct allocator_scan *s, struct ruby_heap_facts *f)
{
	struct census c = { .facts = f };
	uint32_t version;

	if (!read_version(s, f->version))
		return "its version is not known";
	version = ruby_version_of(f->version);
	if (version < FIRST_VERSION)
		return "the heap of this version is not known";
	f->ages_in_header = version < FIRST_BESIDE;
	if (s->run.page_size > 16U << 10)
		return "the kernel's pages are larger than Ruby's";
	f->pages = f->young_pages = f->old_pages = f->mixed_pages = f->other_pages = f->roomy_pages = 0;
	ruby_heap_pages(s, count_page, &c);
	f->young_objects = fact_of(c.slots[RUBY_YOUNG]);
	f->old_objects = fact_of(c.slots[RUBY_OLD]);
	f->unprotected_objects = fact_of(c.slots[RUBY_UNPROTECTED]);
	f->free_slots = fact_of(c.slots[RUBY_FREE]);
	f->partly |= s->run.spent || s->run.ended || s->image.mem.reads >= s->image.mem.budget;
	return c.any ? NULL : "no heap as this version has it was found";
}

void ruby_objects_read(const struct allocator_target *t, struct ruby_heap_facts *ret)
{
	cleanup(allocator_inventory_release) struct allocator_inventory unused = { 0 };
	cleanup(allocator_scan_end) struct allocator_scan s;

	*ret = (struct ruby_heap_facts){ 0 };
	allocator_scan_begin(&s, t, &unused);
	ret->any = ruby_heap_recognised(&s);
	if (!ret->any)
		return;
	ret->why = census(&s, ret);
	if (ret->why)
		ruby_heap_forget(ret);
}
