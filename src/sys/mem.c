#include "sys/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

enum slot_state { SLOT_EMPTY, SLOT_READ, SLOT_REFUSED };

struct mem_slot {
	uint64_t address;
	enum slot_state state;
};

static void mem_forget(void *ctx)
{
	struct mem *m = ctx;

	for (size_t i = 0; i < m->nslots; i++)
		m->slots[i].state = SLOT_EMPTY;
	m->window_known = false;
}

void mem_init(struct mem *m, int pagemap, int fd, size_t nslots, uint64_t budget)
{
	*m = (struct mem){ .pagemap = pagemap, .fd = fd, .nslots = nslots, .budget = budget };
	m->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	m->slots = xreallocarray(NULL, nslots, sizeof(*m->slots));
	m->bytes = xreallocarray(NULL, nslots, sizeof(*m->bytes));
	mem_forget(m);
}

void mem_release(struct mem *m)
{
	free(m->slots);
	free(m->bytes);
	*m = (struct mem){ 0 };
}

/* The pagemap entry of the page around `address`. What is read next lies mostly behind it. */
static bool entry_of(struct mem *m, uint64_t address, uint64_t *ret)
{
	uint64_t page = address / m->page_size;

	if (!m->window_known || page - m->window_at >= MEM_WINDOW) {
		m->window_at = page - page % MEM_BEFORE;
		m->window_known = m->pagemap >= 0 &&
				  pagemap_read(m->pagemap, m->window_at, m->window, MEM_WINDOW) == 0;
	}
	if (!m->window_known)
		return false;
	*ret = m->window[page - m->window_at];
	return true;
}

static bool load(struct mem *m, uint64_t address, void *out)
{
	uint64_t entry;
	bool known, read;

	/* pagemap and mem take signed offsets; no page of a program lies up there */
	if (m->reads >= m->budget || address > INT64_MAX)
		return false;
	m->reads++;
	if (pace_is_due(&m->pace, clock_now()))
		pace_pause();
	known = entry_of(m, address, &entry);
	read = known && entry & PM_PRESENT && mem_read_page(m->fd, address / MEM_PAGE, out, MEM_PAGE) == 0;
	pace_left(&m->pace, clock_now());
	if (!known)
		return false;
	if (entry & PM_PRESENT)
		return read;
	return !(entry & ~PM_SOFT_DIRTY) && m->fill && m->fill(m->fill_ctx, address, out);
}

static const unsigned char *page_at(struct mem *m, uint64_t address)
{
	size_t at = address / MEM_PAGE & (m->nslots - 1);
	struct mem_slot *s = &m->slots[at];

	if (s->state == SLOT_EMPTY || s->address != address) {
		s->address = address;
		s->state = load(m, address, m->bytes[at]) ? SLOT_READ : SLOT_REFUSED;
	}
	return s->state == SLOT_READ ? m->bytes[at] : NULL;
}

static bool mem_read(void *ctx, uint64_t address, void *out, size_t len)
{
	unsigned char *to = out;

	while (len) {
		size_t at = address % MEM_PAGE, n = MEM_PAGE - at < len ? MEM_PAGE - at : len;
		const unsigned char *page = page_at(ctx, address - at);

		if (!page)
			return false;
		memcpy(to, page + at, n);
		to += n;
		address += n;
		len -= n;
	}
	return true;
}

struct reader mem_reader(struct mem *m)
{
	return (struct reader){ mem_read, mem_forget, m };
}
