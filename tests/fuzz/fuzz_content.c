/*
 * Copies compared with what they were copied from (heap/content.h): the memory of two processes (mirror.h), and an address
 * space that says what was copied. An input is how many pages are to be looked at, from where on the memory of each goes
 * away, a byte each, and pieces (fuzz.h), a byte that says which: a page of either, or stretches of two bytes. What is
 * told is what bytes laid side by side show.
 */
#include "base/cleanup.h"
#include "fuzz.h"
#include "heap/content.h"
#include "mirror.h"

#define STRETCHES 64

enum { PIECE_FROM, PIECE_OF, PIECE_STRETCHES, PIECES };

static struct mirror sides[PIECE_STRETCHES];

/* Each begins so far behind the one before, and has so many pages, in half a byte each; of which class it is. */
static void put_stretches(struct address_space *space, const uint8_t *bytes, size_t len)
{
	uint64_t at = 0;

	space->nstretches = 0;
	for (size_t i = 0; i + 2 <= len && space->nstretches < STRETCHES; i += 2) {
		struct page_stretch s = { at + bytes[i] % 16, 1 + bytes[i] / 16 * 4,
					  (uint8_t)(1 + bytes[i + 1] % (PAGE_CLASSES - 1)) };

		at = s.start + s.pages;
		if (at > MIRROR_PAGES)
			return;
		s.start = MIRROR_PAGE(s.start);
		space->stretches[space->nstretches++] = s;
	}
}

static uint64_t differing(size_t page)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PAGES_SIZE; i++)
		n += sides[0].bytes[page][i] != sides[1].bytes[page][i];
	return n;
}

/* The same by the simplest way. */
static void compare(const struct address_space *space, struct copies *ret)
{
	*ret = (struct copies){ .page_size = PAGES_SIZE };
	for (size_t i = 0; i < space->nstretches; i++)
		for (uint64_t k = 0; k < space->stretches[i].pages; k++) {
			uint64_t page = space->stretches[i].start - MIRROR_PAGE(0) + k;

			if (space->stretches[i].class != PAGE_CLASS_COW_BROKEN)
				continue;
			ret->pages++;
			if (sides[0].there[page] && sides[1].there[page])
				copies_count(ret, differing(page));
		}
}

static void check(const struct copies *found, const struct copies *all, uint64_t most)
{
	uint64_t pages = 0;

	must(found->page_size == PAGES_SIZE && found->pages == all->pages);
	must(found->wanted <= found->pages && found->compared <= found->wanted);
	must(found->compared <= all->compared && found->identical <= all->identical &&
	     found->bytes <= all->bytes);
	for (size_t i = 0; found->by_bytes && i <= PAGES_SIZE; i++) {
		must(all->by_bytes && found->by_bytes[i] <= all->by_bytes[i]);
		pages += found->by_bytes[i];
	}
	must(pages == found->compared && (!pages || found->identical == found->by_bytes[0]));
	if (all->pages <= most)
		must(copies_are_whole(found) && found->compared == all->compared &&
		     found->identical == all->identical && found->bytes == all->bytes);
	must(!(copies_identical(found) > (figure)found->pages));
	must(!(copies_bytes_mean(found, 1) > (figure)PAGES_SIZE) &&
	     !(copies_bytes_median(found, 1) > (figure)PAGES_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(copies_release) struct copies found = { 0 }, all = { 0 };
	struct page_stretch stretches[STRETCHES];
	struct address_space space = { .stretches = stretches };
	struct content_limits limits = { 0 };
	struct pieces p;

	if (size < 3)
		return 0;
	limits.pages_max = data[0];
	mirror_begin(&sides[PIECE_FROM]);
	mirror_begin(&sides[PIECE_OF]);
	p = (struct pieces){ .data = data + 3, .size = size - 3 };
	while (next_piece(&p)) {
		if (!p.len)
			continue;
		if (*p.piece % PIECES == PIECE_STRETCHES)
			put_stretches(&space, p.piece + 1, p.len - 1);
		else
			mirror_put(&sides[*p.piece % PIECES], p.piece + 1, p.len - 1);
	}
	mirror_cut(&sides[PIECE_FROM], data[1]);
	mirror_cut(&sides[PIECE_OF], data[2]);
	content_compare(&(struct content_side){ sides[PIECE_FROM].files.pagemap,
						sides[PIECE_FROM].files.mem },
			&(struct content_side){ sides[PIECE_OF].files.pagemap, sides[PIECE_OF].files.mem },
			&space, &limits, &found);
	compare(&space, &all);
	check(&found, &all, limits.pages_max);
	return 0;
}
