#include "heap/pymalloc.h"

#include <string.h>
#include "parse/pymalloc.h"

#define SIZE_MAX_CLASSES 64 /* multiples of 8 up to 512 */
/* Pointers that are followed to look for the vector. */
#define TRIES_MAX 200000

struct search {
	struct pymalloc_vector best;
	uint64_t tries;
};

struct sums {
	struct allocator_scan *s;
	struct pymalloc_vector v;
	struct size_class_facts classes[SIZE_MAX_CLASSES];
	uint64_t arenas, used, free, unused; /* bytes of blocks; pools that hold none */
	uint64_t lost;                       /* pools that cannot be read */
	uint64_t wrong;                      /* arenas whose own count differs */
};

/* A variable that leads to the vector; others lead into the midst of it. */
static bool look(struct allocator_scan *s, const unsigned char *bytes, size_t len, uint64_t address,
		 void *ctx)
{
	struct search *f = ctx;

	for (size_t at = 0; at + 8 <= len && f->tries < TRIES_MAX; at += 8) {
		struct pymalloc_vector v;
		uint64_t word;

		memcpy(&word, bytes + at, sizeof(word));
		if (word < 4096 || word % 16 || word == f->best.address || !allocator_anon_end(s, word))
			continue;
		f->tries++;
		if (pymalloc_read_vector(&s->r, word, &v) && v.used > f->best.used)
			f->best = v;
	}
	return false;
}

/* The program, and what is called like an interpreter: as for its collector. */
static bool is_likely(const struct allocator_scan *s, size_t i)
{
	return i == s->exe || image_object_named(&s->objects[i], "python") ||
	       image_object_named(&s->objects[i], "wsgi");
}

static bool find(struct allocator_scan *s, struct pymalloc_vector *ret)
{
	struct search f = { 0 };

	for (size_t i = 0; i < s->nobjects; i++)
		if (is_likely(s, i))
			allocator_scan_data(s, &s->objects[i], look, &f);
	*ret = f.best;
	return f.best.used > 0;
}

static bool read_header(struct sums *sums, uint64_t pool, uint64_t end,
			unsigned char header[PYMALLOC_POOL_HEADER])
{
	const unsigned char *bytes;

	/* small pools lie page by page: all of them are read */
	if (sums->v.pool_size > sums->s->run.page_size)
		return reader_read(&sums->s->r, pool, header, PYMALLOC_POOL_HEADER);
	if (mem_run_read(&sums->s->run, pool, end, PYMALLOC_POOL_HEADER, &bytes) < PYMALLOC_POOL_HEADER)
		return false;
	memcpy(header, bytes, PYMALLOC_POOL_HEADER);
	return true;
}

static void count_pool(struct sums *sums, const struct pymalloc_pool *p)
{
	struct size_class_facts *c = &sums->classes[(p->size / 8 - 1) % SIZE_MAX_CLASSES];

	c->size = p->size;
	c->pools++;
	c->used += p->used;
	c->free += p->free;
	sums->used += (uint64_t)p->used * p->size;
	sums->free += (uint64_t)p->free * p->size;
}

/* A pool that was begun. False: no block of it is in use. */
static bool count_begun(struct sums *sums, uint64_t pool, uint64_t end)
{
	unsigned char header[PYMALLOC_POOL_HEADER];
	struct pymalloc_pool p;

	if (!read_header(sums, pool, end, header) || !pymalloc_read_pool(header, sums->v.pool_size, &p)) {
		sums->lost++;
		return true;
	}
	if (p.used)
		count_pool(sums, &p);
	return p.used > 0;
}

static void count_arena(struct sums *sums, const struct pymalloc_arena *a)
{
	uint32_t size = sums->v.pool_size, unused = 0;
	uint64_t end = a->pools + (uint64_t)a->npools * size;

	for (uint64_t pool = a->pools; pool < end; pool += size)
		unused += pool >= a->used_to || !count_begun(sums, pool, a->used_to);
	sums->arenas++;
	sums->unused += (uint64_t)unused * size;
	sums->wrong += unused != a->nfree;
	allocator_add_area(sums->s->ret, a->address, a->address + sums->v.arena_size, ALLOCATOR_PYMALLOC,
			   AREA_POOLS, 0);
}

static void conclude(struct sums *sums)
{
	struct allocator_inventory *ret = sums->s->ret;
	struct allocator_facts *f = allocator_add(ret, ALLOCATOR_PYMALLOC, ALLOCATOR_BY_STATE);
	uint64_t held = sums->arenas * sums->v.arena_size, told = sums->used + sums->free + sums->unused;

	f->arenas = (fact)sums->arenas;
	f->held = fact_of(held);
	if (sums->lost * sums->v.pool_size > held / 20 || told > held) {
		f->why = sums->s->run.spent ? "it is more memory than may be read" :
					      "its pools cannot be read: not resident, or they move";
		return;
	}
	f->guessed = sums->lost || sums->wrong > sums->arenas / 100;
	f->used = fact_of(sums->used);
	f->free = fact_of(sums->free);
	f->top = fact_of(sums->unused);
	f->own = fact_of(held - told);
	f->cached = 0;
	f->trimmable = 0; /* an arena that is free goes back at once, and nothing smaller ever does */
	for (size_t i = 0; i < SIZE_MAX_CLASSES; i++) {
		if (!sums->classes[i].pools)
			continue;
		allocator_add_class(ret, &sums->classes[i]);
	}
}

void pymalloc_inventory(struct allocator_scan *s)
{
	struct sums sums = { .s = s };

	if (!find(s, &sums.v))
		return;
	for (uint32_t i = 0; i < sums.v.n; i++) {
		struct pymalloc_arena a;

		if (pymalloc_read_arena(&s->r, &sums.v, i, &a))
			count_arena(&sums, &a);
	}
	allocator_sort_areas(s->ret);
	conclude(&sums);
}
