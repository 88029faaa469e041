/*
 * What a process has written on pages that hold objects (heap/changes.h), by its memory and that of its master (mirror.h).
 * An input is a version (4 bytes), from where on the memory of each goes away, a byte each, where mappings begin (a byte,
 * a bit of which counts), and pieces (fuzz.h), a byte that says which: a page of either, or of which pages it is asked, a
 * byte each. A page of which is said that it was read could be, and is the same when its bytes are.
 */
#include <stdio.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "heap/changes.h"
#include "heap/types.h"
#include "mirror.h"

enum { PIECE_MASTER, PIECE_OF, PIECE_ASKED, PIECES };
/* Of a page that it is asked of. */
enum { ASKED_LIES = 1, ASKED_WANTED = 2, ASKED_POOL = 4 };

static struct mirror sides[PIECE_ASKED];

static struct {
	struct inventory inv;
	struct heap_range ranges[MIRROR_PAGES];
	uint8_t pools[MIRROR_PAGES];
	bool wanted[MIRROR_PAGES];
	size_t page_of[MIRROR_PAGES]; /* by the number in the inventory */
} asked;

static void ask(const uint8_t *bytes, size_t len)
{
	struct inventory *inv = &asked.inv;

	*inv = (struct inventory){ .ranges = asked.ranges, .pools = asked.pools, .page_size = PAGES_SIZE };
	for (size_t i = 0; i < len && i < MIRROR_PAGES; i++) {
		uint64_t address = MIRROR_BASE + i * PAGES_SIZE;

		if (!(bytes[i] & ASKED_LIES))
			continue;
		if (!inv->nranges || asked.ranges[inv->nranges - 1].end != address)
			asked.ranges[inv->nranges++] = (struct heap_range){ address, address, inv->npages };
		asked.ranges[inv->nranges - 1].end += PAGES_SIZE;
		asked.pools[inv->npages] = bytes[i] & ASKED_POOL ? bytes[i] >> 3 : HEAP_NO_POOL;
		asked.wanted[inv->npages] = bytes[i] & ASKED_WANTED;
		asked.page_of[inv->npages++] = i;
	}
}

static void check(const uint8_t *wrote)
{
	for (size_t i = 0; i < asked.inv.npages; i++) {
		size_t page = asked.page_of[i];
		bool is_read = asked.wanted[i] && sides[0].there[page] && sides[1].there[page];

		must((wrote[i] == WROTE_UNREAD) == !is_read);
		if (is_read)
			must(wrote[i] < 16 &&
			     !wrote[i] == !memcmp(sides[0].bytes[page], sides[1].bytes[page], PAGES_SIZE));
	}
}

static void compare(const struct vma_list *maps, const char *text, uint32_t version)
{
	static struct procfs fs = { .fd = -1 };
	const struct cpython python = { .version = version };
	struct inventory_target master = { &fs,  9,      sides[0].files.pagemap, sides[0].files.mem, maps,
					   text, &python };
	uint8_t wrote[MIRROR_PAGES];

	if (fs.fd < 0)
		must(procfs_open(&fs, "tests/proc/cgroup-v2/proc") == 0);
	changes_read(&master, &asked.inv, &(struct changes_of){ sides[1].files.pagemap, sides[1].files.mem },
		     asked.wanted, wrote);
	check(wrote);
	/* with itself */
	changes_read(&master, &asked.inv, &(struct changes_of){ sides[0].files.pagemap, sides[0].files.mem },
		     asked.wanted, wrote);
	for (size_t i = 0; i < asked.inv.npages; i++)
		must(wrote[i] == 0 || wrote[i] == WROTE_UNREAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(vma_list_release) struct vma_list maps = { 0 };
	struct pieces p;
	uint32_t version;
	char text[256];

	if (size < 7)
		return 0;
	memcpy(&version, data, 4);
	mirror_begin(&sides[PIECE_MASTER]);
	mirror_begin(&sides[PIECE_OF]);
	ask(NULL, 0);
	p = (struct pieces){ .data = data + 7, .size = size - 7 };
	while (next_piece(&p)) {
		if (p.len && *p.piece % PIECES == PIECE_ASKED)
			ask(p.piece + 1, p.len - 1);
		else if (p.len)
			mirror_put(&sides[*p.piece % PIECES], p.piece + 1, p.len - 1);
	}
	mirror_cut(&sides[PIECE_MASTER], data[4]);
	mirror_cut(&sides[PIECE_OF], data[5]);
	snprintf(text, sizeof(text), "%08llx-%08llx rw-p 00000000 00:00 0 \n", data[6] & 1 ? 0 : MIRROR_BASE,
		 MIRROR_BASE + MIRROR_PAGES * PAGES_SIZE);
	must(parse_maps(text, strlen(text), &maps) == 0 && maps.n == 1);
	compare(&maps, text, version);
	return 0;
}
