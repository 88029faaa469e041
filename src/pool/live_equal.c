#include "pool/live_equal.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/hash.h"
#include "heap/equal.h"
#include "pool/live_opened.h"
#include "pool/live_state.h"

#define WORKERS_MAX 8
#define WORKERS_LEAST 3
#define PAGES_MAX (128U << 10)
/* So many pages at once are chosen, or left out. */
#define PIECE_SHIFT 6

/* Its new pages, each or those that are chosen, into `ret`, which may be NULL: how many. */
static size_t new_pages(const struct live *l, size_t member, uint64_t one_of, uint64_t *ret)
{
	uint8_t classes[BLOCK_PAGES];
	size_t n = 0;

	for (uint64_t block = 0; (block = ledger_next_block(l->ledger, member, block)) != UINT64_MAX;
	     block++) {
		ledger_classes(l->ledger, member, block, classes);
		for (size_t i = 0; i < BLOCK_PAGES; i++) {
			uint64_t page = (block << BLOCK_SHIFT) + i;

			if (classes[i] != PAGE_CLASS_NEW || hash_mix(0, page >> PIECE_SHIFT) % one_of)
				continue;
			if (ret)
				ret[n] = page;
			n++;
		}
	}
	return n;
}

static bool read_worker(struct live *l, struct equal *e, size_t member, uint64_t one_of,
			const struct live_memory_limits *limits)
{
	cleanup(live_opened_release) struct live_opened of = { 0 };
	cleanup_free uint64_t *pages = NULL;
	size_t n;

	if (!live_open_member(l, member, false, &of)) {
		struct equal_side side = { of.pagemap, of.mem, limits->go_on, limits->data };

		n = new_pages(l, member, one_of, NULL);
		pages = xreallocarray(NULL, n + 1, sizeof(*pages));
		new_pages(l, member, one_of, pages);
		equal_read(e, (uint32_t)e->processes, &side, pages, n, l->walk.page_size);
	}
	return !limits->go_on || limits->go_on(limits->data);
}

void live_equal(struct live *l, const pid_t *pids, size_t n, const struct live_memory_limits *limits,
		struct equal_facts *ret)
{
	cleanup(equal_release) struct equal e = { 0 };
	size_t members[WORKERS_MAX], many = 0, all = 0;

	for (size_t i = 0; i < n && many < WORKERS_MAX; i++) {
		size_t member = live_member(l, pids[i], LEVEL_ESTIMATE), pages;

		if (member == SIZE_MAX)
			continue;
		pages = new_pages(l, member, 1, NULL);
		if (many >= WORKERS_LEAST && all + pages > PAGES_MAX)
			break;
		members[many++] = member;
		all += pages;
	}
	for (size_t i = 0; i < many && read_worker(l, &e, members[i], all / PAGES_MAX + 1, limits); i++)
		;
	equal_facts_of(&e, ret);
	ret->new = many ? (double)all / (double)many : 0;
}
