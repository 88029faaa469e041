#ifndef COWTOP_TESTS_MIRROR_H
#define COWTOP_TESTS_MIRROR_H

/* Memory of a process as files (pages.h), and the same bytes at hand to tell what should be read of it. */
#include <string.h>
#include "pages.h"

#define MIRROR_PAGES 96 /* three runs of what is read at once */
#define MIRROR_BASE 0x100000ULL
#define MIRROR_PAGE(i) (MIRROR_BASE / PAGES_SIZE + (i))

struct mirror {
	struct pages files;
	bool there[MIRROR_PAGES];
	unsigned char bytes[MIRROR_PAGES][PAGES_SIZE];
};

static inline void mirror_begin(struct mirror *m)
{
	pages_begin(&m->files, MIRROR_BASE + MIRROR_PAGES * PAGES_SIZE);
	memset(m->there, 0, sizeof(m->there));
	memset(m->bytes, 0, sizeof(m->bytes));
}

/* What a page begins with; its number, of a byte, in front. */
static inline void mirror_put(struct mirror *m, const uint8_t *bytes, size_t len)
{
	size_t page;

	if (len < 2)
		return;
	page = *bytes % MIRROR_PAGES;
	len = len - 1 < PAGES_SIZE ? len - 1 : PAGES_SIZE;
	pages_put(&m->files, MIRROR_BASE + page * PAGES_SIZE, bytes + 1, len);
	memcpy(m->bytes[page], bytes + 1, len);
	m->there[page] = true;
}

/* From this page on it goes away after its page map was read: present, and not to be read. */
static inline void mirror_cut(struct mirror *m, size_t page)
{
	must(ftruncate(m->files.mem, (off_t)(MIRROR_BASE + page % (MIRROR_PAGES + 1) * PAGES_SIZE)) == 0);
	for (size_t i = page % (MIRROR_PAGES + 1); i < MIRROR_PAGES; i++)
		m->there[i] = false;
}

#endif
