#include "sys/mem_run.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "model/page_entry.h"
#include "sys/pagemap.h"

void mem_run_init(struct mem_run *m, int pagemap, int fd, uint64_t budget)
{
	*m = (struct mem_run){ .pagemap = pagemap, .fd = fd, .budget = budget };
	m->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	m->bytes = xreallocarray(NULL, 1, MEM_RUN_BYTES);
}

void mem_run_release(struct mem_run *m)
{
	free(m->bytes);
	*m = (struct mem_run){ 0 };
}

void mem_run_forget(struct mem_run *m)
{
	m->len = 0;
	m->window_known = false;
}

static void breathe(struct mem_run *m)
{
	if (pace_is_due(&m->pace, clock_now()))
		pace_pause();
}

/* The pagemap entry of a page, with those behind it. */
static bool entry_of(struct mem_run *m, uint64_t page, uint64_t *ret)
{
	if (!m->window_known || page - m->window >= MEM_RUN_ENTRIES) {
		breathe(m);
		m->window = page;
		m->window_known = m->pagemap >= 0 && page <= INT64_MAX / sizeof(*m->entries) &&
				  pagemap_read(m->pagemap, page, m->entries, MEM_RUN_ENTRIES) == 0;
		pace_left(&m->pace, clock_now());
	}
	if (!m->window_known)
		return false;
	*ret = m->entries[page - m->window];
	return true;
}

/* How many pages from this one on are present, `max` at most. */
static size_t present_from(struct mem_run *m, uint64_t page, size_t max)
{
	uint64_t entry;
	size_t n = 0;

	while (n < max && entry_of(m, page + n, &entry) && entry & PM_PRESENT)
		n++;
	return n;
}

static size_t load(struct mem_run *m, uint64_t page, size_t max)
{
	size_t n = present_from(m, page, max);
	ssize_t got;

	if (!n)
		return 0;
	m->spent |= m->pages + n > m->budget;
	m->ended |= !m->ended && m->go_on && !m->go_on(m->data);
	if (m->ended || m->pages + n > m->budget)
		return 0;
	m->pages += n;
	breathe(m);
	got = mem_read_bytes(m->fd, page * m->page_size, m->bytes, n * m->page_size);
	pace_left(&m->pace, clock_now());
	return got > 0 ? (size_t)got : 0;
}

size_t mem_run_read(struct mem_run *m, uint64_t address, uint64_t end, size_t least,
		    const unsigned char **ret)
{
	uint64_t page = address / m->page_size, pages;
	size_t have;

	if (address >= end || address > INT64_MAX)
		return 0;
	if (least > end - address)
		least = (size_t)(end - address);
	if (address < m->at || address - m->at + least > m->len) {
		pages = (end - 1) / m->page_size - page + 1;
		if (pages > MEM_RUN_BYTES / m->page_size)
			pages = MEM_RUN_BYTES / m->page_size;
		m->at = page * m->page_size;
		m->len = load(m, page, (size_t)pages);
		if (address - m->at >= m->len)
			return 0;
	}
	have = m->len - (size_t)(address - m->at);
	*ret = m->bytes + (address - m->at);
	return have < end - address ? have : (size_t)(end - address);
}

bool mem_run_present(struct mem_run *m, uint64_t start, uint64_t end, uint64_t *ret)
{
	uint64_t entry;

	*ret = 0;
	for (uint64_t page = start / m->page_size; page < end / m->page_size; page++) {
		if (!entry_of(m, page, &entry))
			return false;
		*ret += (entry & PM_PRESENT) != 0;
	}
	return true;
}
