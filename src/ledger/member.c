#include "ledger/member.h"

#include <string.h>
#include "base/alloc.h"

/* Huge pages that it has more than in the walk before; at its first than its base, so far as that can be
 * asked. */
static uint64_t more_huge(const struct member *m, const struct ledger_proc *p, const struct ledger_proc *base)
{
	uint64_t before = m->huge_before;

	if (!m->seen) {
		if (!base || base->gone)
			return 0;
		before = base->huge;
	}
	return p->huge > before ? p->huge - before : 0;
}

/* What a walk counts begins at 0; what it leaves out stands. */
static void begin_counts(struct member *m, bool left_out)
{
	if (!left_out) {
		memset(&m->tally, 0, sizeof(m->tally));
		memset(&m->shares, 0, sizeof(m->shares));
		m->shared_doubts = m->unsteady = 0;
	}
	m->touched = m->certain = m->files = m->doubted = m->doubted_huge = m->whole = 0;
	m->recopied = m->recopied_faults = m->resettled = 0;
}

struct member member_carry_over(struct member *old, size_t n, size_t *next, const struct ledger_proc *p,
				const struct ledger_proc *base)
{
	struct member m = { .pid = p->pid, .start_ticks = p->start_ticks };

	for (size_t tried = 0; tried < n; tried++) {
		size_t i = (*next + tried) % n;

		if (old[i].pid == p->pid && old[i].start_ticks == p->start_ticks && !p->anew) {
			m = old[i];
			old[i].blocks = (struct block_list){ 0 };
			old[i].pid = 0;
			*next = i + 1;
			break;
		}
	}
	m.walked = m.cursor = 0;
	m.huge_left = more_huge(&m, p, base);
	begin_counts(&m, p->skip || p->unread);
	return m;
}

void member_free_blocks(struct member *m)
{
	block_list_release(&m->blocks);
	m->walked = m->cursor = 0;
}

/* So many empty ones in front of those that are still to come. */
static void make_room(struct member *m, size_t n)
{
	struct block_list *list = &m->blocks;

	if (list->cap - list->n < n) {
		list->cap = list->n + n;
		list->items = xreallocarray(list->items, list->cap, sizeof(*list->items));
	}
	memmove(&list->items[m->cursor + n], &list->items[m->cursor],
		(list->n - m->cursor) * sizeof(*list->items));
	memset(&list->items[m->cursor], 0, n * sizeof(*list->items));
	m->cursor += n;
	list->n += n;
}

struct block *member_enter_block(struct member *m, uint64_t index, struct open_origins *open)
{
	struct block_list *list = &m->blocks;
	struct block b = { .index = index };

	/* what lies between is gone */
	while (m->cursor < list->n && list->items[m->cursor].index < index)
		block_release(&list->items[m->cursor++]);
	if (m->cursor < list->n && list->items[m->cursor].index == index) {
		b = list->items[m->cursor];
		list->items[m->cursor++] = (struct block){ 0 };
		origin_open(b.origin, open);
	} else if (m->walked == m->cursor) {
		make_room(m, 8 + list->n / 8);
	}
	list->items[m->walked] = b;
	return &list->items[m->walked++];
}

void member_drop_block(struct member *m)
{
	block_release(&m->blocks.items[--m->walked]);
}

void member_keep_blocks(struct member *m)
{
	struct block_list *list = &m->blocks;

	if (!m->seen) {
		member_free_blocks(m);
		return;
	}
	memmove(&list->items[m->walked], &list->items[m->cursor],
		(list->n - m->cursor) * sizeof(*list->items));
	list->n -= m->cursor - m->walked;
	m->walked = m->cursor = 0;
}

void member_end_blocks(struct member *m)
{
	struct block_list *list = &m->blocks;

	while (m->cursor < list->n)
		block_release(&list->items[m->cursor++]);
	list->n = m->walked;
	m->walked = m->cursor = 0;
	if (list->cap == list->n)
		return;
	list->cap = list->n;
	list->items = xreallocarray(list->items, list->cap ? list->cap : 1, sizeof(*list->items));
}
