#include "codec/space.h"

#include "base/alloc.h"
#include "base/cleanup.h"

enum {
	SPACE_PROCESS = 1,
	SPACE_REGIONS = 2,
	SPACE_STRETCHES = 3,
};

#define FACT_MOST (INT64_C(1) << 53)
#define COUNTS 7

static void counts_of(struct page_facts *p, fact *ret[COUNTS])
{
	fact *const counts[COUNTS] = {
		&p->shared, &p->orphaned, &p->cow_broken, &p->cow_file, &p->new, &p->file, &p->swapped,
	};

	for (size_t i = 0; i < COUNTS; i++)
		ret[i] = counts[i];
}

static void put_process(struct buf *out, const struct address_space *a)
{
	cleanup(buf_release) struct buf body = { 0 };

	put_varint(&body, (uint64_t)a->pid);
	put_varint(&body, a->start_ticks);
	put_section(out, SPACE_PROCESS, &body);
}

static void put_regions(struct buf *out, const struct address_space *a)
{
	cleanup(buf_release) struct buf body = { 0 };
	uint64_t end = 0;

	put_varint(&body, a->nregions);
	for (size_t i = 0; i < a->nregions; i++) {
		const struct region *r = &a->regions[i];
		struct page_facts pages = r->pages;
		fact *counts[COUNTS];

		put_varint(&body, r->start - end);
		put_varint(&body, r->end - r->start);
		put_varint(&body, r->kind);
		put_string(&body, r->name);
		counts_of(&pages, counts);
		for (size_t k = 0; k < COUNTS; k++)
			put_varint(&body, (uint64_t)(*counts[k] + 1));
		end = r->end;
	}
	put_section(out, SPACE_REGIONS, &body);
}

static void put_stretches(struct buf *out, const struct address_space *a)
{
	cleanup(buf_release) struct buf body = { 0 };
	uint64_t end = 0;

	put_varint(&body, a->nstretches);
	for (size_t i = 0; i < a->nstretches; i++) {
		const struct page_stretch *s = &a->stretches[i];

		put_varint(&body, s->start - end);
		put_varint(&body, (uint64_t)s->pages << 3 | s->class);
		end = s->start + s->pages;
	}
	put_section(out, SPACE_STRETCHES, &body);
}

_Static_assert(PAGE_CLASSES <= 8, "a class has three bits in the format");

void space_put(const struct address_space *a, struct buf *out)
{
	put_process(out, a);
	put_regions(out, a);
	put_stretches(out, a);
}

static bool take_process(struct intake *in, struct address_space *a)
{
	uint64_t pid = take_varint(in);

	a->pid = (pid_t)(pid <= INT32_MAX ? pid : 0);
	a->start_ticks = take_varint(in);
	return !in->bad && a->pid;
}

static bool take_region(struct intake *in, uint64_t end, struct region *r)
{
	uint64_t gap = take_varint(in), size = take_varint(in), kind = take_varint(in);
	fact *counts[COUNTS];
	size_t len;
	const char *name = take_string(in, &len);

	if (in->bad || gap > UINT64_MAX - end || size > UINT64_MAX - end - gap || len > SPACE_NAME_MAX)
		return false;
	r->start = end + gap;
	r->end = r->start + size;
	r->kind = kind < REGION_KINDS ? (enum region_kind)kind : REGION_ANON;
	counts_of(&r->pages, counts);
	for (size_t k = 0; k < COUNTS; k++) {
		uint64_t v = take_varint(in);

		if (v > FACT_MOST)
			return false;
		*counts[k] = (fact)v - 1;
	}
	if (in->bad)
		return false;
	r->name = xmemdupz(name, len);
	return true;
}

static bool take_regions(struct intake *in, struct address_space *a)
{
	size_t n = take_count(in, 4 + COUNTS, SPACE_REGIONS_MAX);
	uint64_t end = 0;

	if (in->bad || a->regions)
		return false;
	a->regions = xcalloc(n + 1, sizeof(*a->regions));
	while (a->nregions < n && take_region(in, end, &a->regions[a->nregions]))
		end = a->regions[a->nregions++].end;
	return a->nregions == n;
}

static bool take_stretch(struct intake *in, uint64_t end, struct page_stretch *s)
{
	uint64_t gap = take_varint(in), pages = take_varint(in);
	uint8_t class = pages & 7;

	pages >>= 3;
	if (in->bad || class == PAGE_CLASS_NONE || class >= PAGE_CLASSES || !pages || pages > UINT32_MAX ||
	    gap > UINT64_MAX - end || pages > UINT64_MAX - end - gap)
		return false;
	*s = (struct page_stretch){ end + gap, (uint32_t)pages, class };
	return true;
}

static bool take_stretches(struct intake *in, struct address_space *a)
{
	size_t n = take_count(in, 2, SIZE_MAX / sizeof(*a->stretches) / 2);
	uint64_t end = 0;

	if (in->bad || a->stretches)
		return false;
	a->stretches = xcalloc(n + 1, sizeof(*a->stretches));
	while (a->nstretches < n && take_stretch(in, end, &a->stretches[a->nstretches])) {
		end = a->stretches[a->nstretches].start + a->stretches[a->nstretches].pages;
		a->nstretches++;
	}
	return a->nstretches == n;
}

static bool take(uint64_t tag, struct intake *in, struct address_space *a)
{
	if (tag == SPACE_PROCESS)
		return take_process(in, a);
	if (tag == SPACE_REGIONS)
		return take_regions(in, a);
	return tag != SPACE_STRETCHES || take_stretches(in, a);
}

bool space_take(const void *bytes, size_t len, struct address_space *ret)
{
	struct intake in = intake_of(bytes, len), body;
	struct address_space a = { 0 };
	uint64_t tag;
	bool good = true;

	while (good && take_section(&in, &tag, &body))
		good = take(tag, &body, &a);
	if (!good || in.bad || !a.pid) {
		address_space_release(&a);
		*ret = (struct address_space){ 0 };
		return false;
	}
	*ret = a;
	return true;
}
