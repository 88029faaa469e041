/*
 * Which pages several processes have the same (heap/equal.h). An input is from where on memory goes away, after how many
 * questions the reading is to end, a byte each, and pieces (fuzz.h), a byte that says which: a page (mirror.h), or a
 * process, whose pages lie so far behind one another, a byte each. What is told of pages is what comparing each with all
 * others shows; of words there are no more than were read.
 */
#include <math.h>
#include <string.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "heap/equal.h"
#include "mirror.h"

#define PROCESSES 6

enum { PIECE_PAGE, PIECE_PROCESS, PIECES };

static struct mirror memory;

static struct process {
	uint64_t pages[MIRROR_PAGES];
	size_t n;
	bool read;
} processes[PROCESSES];

static void put_process(struct process *p, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	*p = (struct process){ 0 };
	for (size_t i = 0; i < len && at + bytes[i] % 8 < MIRROR_PAGES; i++) {
		p->pages[p->n++] = MIRROR_PAGE(at + bytes[i] % 8);
		at += bytes[i] % 8 + 1;
	}
}

static bool go_on(void *left)
{
	return (*(int *)left)--;
}

static void read_process(struct equal *e, uint32_t number, int *left)
{
	const struct equal_side side = { memory.files.pagemap, memory.files.mem, go_on, left };
	const struct equal before = *e;
	struct process *p = &processes[number];

	p->read = equal_read(e, number, &side, p->pages, p->n, PAGES_SIZE) == 0;
	must(e->processes == before.processes + p->read);
	must(p->read || (e->pages.n == before.pages.n && e->words.n == before.words.n));
	must(p->read || (e->zero == before.zero && e->absent == before.absent));
}

/* The first page with the same bytes. */
static size_t like(size_t page)
{
	size_t i = 0;

	while (memcmp(memory.bytes[i], memory.bytes[page], PAGES_SIZE) != 0 || !memory.there[i])
		i++;
	return i;
}

static bool is_zero(size_t page)
{
	const unsigned char *b = memory.bytes[page];

	return !*b && !memcmp(b, b + 1, PAGES_SIZE - 1);
}

/* Pages of all processes that were read, by what is on them, of each process. */
struct found {
	size_t of[MIRROR_PAGES][PROCESSES];
	double zero, absent;
};

static void look(struct found *f)
{
	*f = (struct found){ 0 };
	for (size_t i = 0; i < PROCESSES; i++)
		for (size_t k = 0; processes[i].read && k < processes[i].n; k++) {
			size_t page = processes[i].pages[k] - MIRROR_PAGE(0);

			f->absent += !memory.there[page];
			f->zero += memory.there[page] && is_zero(page);
			if (memory.there[page] && !is_zero(page))
				f->of[like(page)][i]++;
		}
}

static double add_up(const struct found *f, size_t n, struct equal_parts *ret)
{
	double all = 0;

	*ret = (struct equal_parts){ 0 };
	for (size_t i = 0; i < MIRROR_PAGES; i++) {
		size_t in = 0;
		double pages = 0;

		for (size_t k = 0; k < PROCESSES; k++) {
			in += f->of[i][k] > 0;
			pages += (double)f->of[i][k] / (double)n;
		}
		all += pages;
		ret->in_all += in > 1 && in == n ? pages : 0;
		ret->in_most += in > 1 && 2 * in > n && (in > 2 || n < 3) ? pages : 0;
		ret->in_other += in > 1 ? pages : 0;
	}
	return all;
}

static bool same(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void check(const struct equal *e, const struct equal_facts *facts)
{
	struct equal_parts parts;
	struct found f;

	look(&f);
	must(facts->workers == e->processes && e->zero == f.zero && e->absent == f.absent);
	if (!e->processes)
		return;
	must(same(facts->zero, f.zero / (double)e->processes));
	must(same(facts->sampled - facts->zero, add_up(&f, e->processes, &parts)));
	must(same(facts->pages.in_all, parts.in_all) && same(facts->pages.in_most, parts.in_most) &&
	     same(facts->pages.in_other, parts.in_other));
	must(facts->words >= 0 &&
	     facts->words <= (facts->sampled - facts->zero) * (double)PAGES_SIZE / 8 + 1e-6);
	must(facts->found.in_all >= 0 && facts->found.in_all <= facts->found.in_most &&
	     facts->found.in_most <= facts->found.in_other && facts->found.in_other <= facts->words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(equal_release) struct equal e = { 0 };
	struct equal_facts facts;
	uint32_t n = 0;
	struct pieces p;
	int left;

	if (size < 2)
		return 0;
	left = data[1] ? data[1] : -1;
	mirror_begin(&memory);
	memset(processes, 0, sizeof(processes));
	p = (struct pieces){ .data = data + 2, .size = size - 2 };
	while (next_piece(&p)) {
		if (p.len && *p.piece % PIECES == PIECE_PAGE)
			mirror_put(&memory, p.piece + 1, p.len - 1);
		else if (p.len && n < PROCESSES)
			put_process(&processes[n++], p.piece + 1, p.len - 1);
	}
	mirror_cut(&memory, data[0]);
	for (uint32_t i = 0; i < n; i++)
		read_process(&e, i, &left);
	equal_facts_of(&e, &facts);
	check(&e, &facts);
	return 0;
}
