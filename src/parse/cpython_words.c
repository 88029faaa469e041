#include "parse/cpython_words.h"

#include <string.h>

/* 16 bytes where an object, or its head, can begin. */
struct slot {
	uint64_t first, second;
};

static struct slot slot_at(const unsigned char *page, size_t at)
{
	struct slot s;

	memcpy(&s, page + at, sizeof(s));
	return s;
}

static bool may_be_type(const struct cpython_page *p, uint64_t word)
{
	return word >= p->low && word < p->high && word % 8 == 0 && p->is_type(p->ctx, word);
}

static bool is_count(const struct cpython_page *p, uint64_t word)
{
	return cpython_is_immortal(p->minor, word) ||
	       (cpython_is_counted(p->minor, word) && (word & UINT32_MAX) < p->low);
}

static bool is_object(const struct cpython_page *p, struct slot s)
{
	return is_count(p, s.first) && may_be_type(p, s.second);
}

/* The link of a free block: to another one of its pool, or nothing. */
static bool is_link(const struct cpython_page *p, uint64_t word)
{
	uint64_t pool = cpython_pool_size(p->minor);

	return !word || (p->pool && (word ^ p->address) < pool && word % CPYTHON_ALIGN == 0);
}

/* Two words of a head: links to others, with flags, or a count of a collection beside one. */
static bool is_head(const struct cpython_page *p, struct slot s)
{
	uint64_t next = s.first & ~(uint64_t)3;

	return next >= p->low && next < p->high;
}

static unsigned int of_slot(const struct cpython_page *p, struct slot a, struct slot b,
			    const struct slot *behind_a, const struct slot *behind_b)
{
	bool object_a = is_object(p, a), object_b = is_object(p, b);

	if (object_a && object_b)
		return a.second == b.second ? WROTE_COUNT : WROTE_ALLOCATOR;
	/* one that came or went; what is free keeps its type behind the link */
	if (object_a || object_b || (is_link(p, a.first) && may_be_type(p, a.second)) ||
	    (is_link(p, b.first) && may_be_type(p, b.second)))
		return WROTE_ALLOCATOR;
	if (behind_a && is_object(p, *behind_a) && is_object(p, *behind_b))
		return behind_a->second == behind_b->second ? WROTE_HEAD : WROTE_ALLOCATOR;
	/* an object with a head came or went */
	if (behind_a && is_object(p, *behind_a) != is_object(p, *behind_b))
		return WROTE_ALLOCATOR;
	if (!behind_a && is_head(p, a) && is_head(p, b) && a.second != b.second && a.first != b.first)
		return WROTE_HEAD;
	if (p->pool && a.second == b.second && is_link(p, a.first) && is_link(p, b.first))
		return WROTE_ALLOCATOR;
	return WROTE_DATA;
}

unsigned int cpython_words_written(const struct cpython_page *p, const unsigned char *before,
				   const unsigned char *after, size_t len)
{
	size_t header = 0;
	unsigned int ret = 0;

	if (!memcmp(before, after, len))
		return 0;
	if (len >= CPYTHON_POOL_HEADER && p->address % cpython_pool_size(p->minor) == 0 &&
	    (cpython_pool_class(before, p->address, p->minor) >= 0 ||
	     cpython_pool_class(after, p->address, p->minor) >= 0))
		header = CPYTHON_POOL_HEADER;
	for (size_t at = 0; at + CPYTHON_ALIGN <= len; at += CPYTHON_ALIGN) {
		struct slot behind[2];
		bool last = at + 2 * CPYTHON_ALIGN > len;

		if (!memcmp(before + at, after + at, CPYTHON_ALIGN))
			continue;
		if (at < header) {
			ret |= WROTE_ALLOCATOR;
			continue;
		}
		if (!last) {
			behind[0] = slot_at(before, at + CPYTHON_ALIGN);
			behind[1] = slot_at(after, at + CPYTHON_ALIGN);
		}
		ret |= of_slot(p, slot_at(before, at), slot_at(after, at), last ? NULL : &behind[0],
			       last ? NULL : &behind[1]);
	}
	return ret;
}
