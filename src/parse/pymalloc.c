#include "parse/pymalloc.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* INITIAL_ARENA_OBJECTS; the vector doubles. At most 64 GiB of small arenas. */
#define FIRST_LENGTH 16U
#define LENGTH_MAX (1U << 18)
/* SMALL_REQUEST_THRESHOLD */
#define BLOCK_MAX 512U
#define ADDRESS_MAX (1ULL << 56)

/* struct arena_object */
struct object {
	uint64_t address, pool_address;
	uint32_t nfree, npools;
	uint64_t freepools, next, prev;
};

/* Arena and pool: from 3.10, with huge pages, up to 3.9. */
static const struct {
	uint32_t arena, pool;
} sizes[] = { { 1U << 20, 1U << 14 }, { 2U << 20, 1U << 14 }, { 256U << 10, 4096 } };

static bool read_object(const struct reader *r, uint64_t vector, uint32_t i, struct object *ret)
{
	return reader_read(r, vector + (uint64_t)i * sizeof(*ret), ret, sizeof(*ret));
}

/* A link to another element; those of an arena that is full are what they were, from before the vector moved maybe. */
static bool is_link(uint64_t link, uint64_t vector)
{
	return !link || (link >= vector && link - vector < (uint64_t)LENGTH_MAX * sizeof(struct object) &&
			 (link - vector) % sizeof(struct object) == 0);
}

static bool is_object(const struct object *o, uint64_t vector)
{
	if (!o->address)
		return is_link(o->next, vector);
	return o->address % 4096 == 0 && o->address < ADDRESS_MAX && o->npools >= 15 && o->npools <= 512 &&
	       o->nfree <= o->npools && o->pool_address - o->address <= 2U << 20 &&
	       (!o->freepools || o->freepools - o->address < 2U << 20);
}

/* The sizes that an arena's numbers, and its first pool, agree with. */
static bool find_sizes(const struct reader *r, const struct object *o, struct pymalloc_vector *v)
{
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		uint32_t arena = sizes[i].arena, pool = sizes[i].pool, off = (uint32_t)(o->address % pool);
		uint64_t first = o->address + (off ? pool - off : 0);
		unsigned char header[PYMALLOC_POOL_HEADER];
		struct pymalloc_pool p;

		if (o->npools != arena / pool - (off ? 1 : 0) || o->pool_address % pool ||
		    o->pool_address - o->address > arena || !reader_read(r, first, header, sizeof(header)) ||
		    !pymalloc_read_pool(header, pool, &p))
			continue;
		v->arena_size = arena;
		v->pool_size = pool;
		return true;
	}
	return false;
}

/* Elements [from, to): how many have an arena; false: they are none. */
static bool read_part(const struct reader *r, struct pymalloc_vector *v, uint32_t from, uint32_t to)
{
	uint32_t used = 0;

	for (uint32_t i = from; i < to; i++) {
		struct object o;

		if (!read_object(r, v->address, i, &o) || !is_object(&o, v->address))
			return false;
		if (!o.address)
			continue;
		if (!v->pool_size && !find_sizes(r, &o, v) && o.pool_address > o.address + (1U << 14))
			return false;
		used++;
	}
	v->used += used;
	v->n = to;
	return true;
}

bool pymalloc_read_vector(const struct reader *r, uint64_t address, struct pymalloc_vector *ret)
{
	*ret = (struct pymalloc_vector){ .address = address };
	if (address % 8 || !address || address >= ADDRESS_MAX || !read_part(r, ret, 0, FIRST_LENGTH) ||
	    !ret->used)
		return false;
	while (ret->n < LENGTH_MAX && read_part(r, ret, ret->n, ret->n * 2))
		;
	return ret->pool_size;
}

bool pymalloc_read_arena(const struct reader *r, const struct pymalloc_vector *v, uint32_t i,
			 struct pymalloc_arena *ret)
{
	struct object o;

	if (!read_object(r, v->address, i, &o) || !o.address || !is_object(&o, v->address) ||
	    o.npools > v->arena_size / v->pool_size)
		return false;
	*ret = (struct pymalloc_arena){
		.address = o.address,
		.pools = (o.address + v->pool_size - 1) / v->pool_size * v->pool_size,
		.used_to = o.pool_address,
		.nfree = o.nfree,
		.npools = o.npools,
	};
	return true;
}

/* struct pool_header: how many are in use, ..., the class of sizes, where the next block that was never given out and
 * the last one begin. */
bool pymalloc_read_pool(const unsigned char header[PYMALLOC_POOL_HEADER], uint32_t pool_size,
			struct pymalloc_pool *ret)
{
	uint32_t count, tail[3], size, align;

	memcpy(&count, header, sizeof(count));
	memcpy(tail, header + 36, sizeof(tail));
	if (tail[2] >= pool_size)
		return false;
	size = pool_size - tail[2];
	/* blocks are multiples of 16, of 8 in earlier versions */
	align = tail[0] < BLOCK_MAX / 8 ? size / (tail[0] + 1) : 0;
	if ((align != 16 && align != 8) || size != (tail[0] + 1) * align || size > BLOCK_MAX ||
	    tail[1] < PYMALLOC_POOL_HEADER || tail[1] > pool_size ||
	    count > (pool_size - PYMALLOC_POOL_HEADER) / size)
		return false;
	*ret = (struct pymalloc_pool){ size, count, (pool_size - PYMALLOC_POOL_HEADER) / size - count };
	return true;
}
