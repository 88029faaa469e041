#include "model/copies.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

void copies_release(struct copies *c)
{
	free(c->by_bytes);
	*c = (struct copies){ 0 };
}

static void have_room(struct copies *c)
{
	if (!c->by_bytes)
		c->by_bytes = xcalloc(c->page_size + 1, sizeof(*c->by_bytes));
}

void copies_count(struct copies *c, uint64_t bytes)
{
	have_room(c);
	c->compared++;
	c->identical += !bytes;
	c->bytes += bytes;
	c->by_bytes[bytes]++;
}

void copies_add(struct copies *to, const struct copies *more)
{
	to->page_size = more->page_size;
	to->pages += more->pages;
	to->wanted += more->wanted;
	to->compared += more->compared;
	to->identical += more->identical;
	to->bytes += more->bytes;
	if (!more->by_bytes)
		return;
	have_room(to);
	for (uint64_t i = 0; i <= more->page_size; i++)
		to->by_bytes[i] += more->by_bytes[i];
}

bool copies_are_whole(const struct copies *c)
{
	return c->wanted == c->pages;
}

figure copies_identical(const struct copies *c)
{
	if (!c->page_size)
		return NAN;
	if (!c->pages)
		return 0;
	return c->compared ? (figure)c->identical * (figure)c->pages / (figure)c->wanted : NAN;
}

static uint64_t count_from(const struct copies *c, uint64_t least)
{
	uint64_t n = 0;

	for (uint64_t i = least; c->by_bytes && i <= c->page_size; i++)
		n += c->by_bytes[i];
	return n;
}

figure copies_bytes_mean(const struct copies *c, uint64_t least)
{
	uint64_t n = count_from(c, least), bytes = 0;

	for (uint64_t i = least; n && i <= c->page_size; i++)
		bytes += i * c->by_bytes[i];
	return n ? (figure)bytes / (figure)n : NAN;
}

figure copies_bytes_median(const struct copies *c, uint64_t least)
{
	uint64_t n = count_from(c, least), below = 0;

	for (uint64_t i = least; n && i <= c->page_size; i++) {
		below += c->by_bytes[i];
		if (2 * below >= n)
			return (figure)i;
	}
	return NAN;
}
