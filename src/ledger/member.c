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
		m->shared_doubts = 0;
	}
	m->touched = m->certain = m->files = m->doubted = m->doubted_huge = 0;
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
	m.cursor = 0;
	m.huge_left = more_huge(&m, p, base);
	begin_counts(&m, p->skip);
	return m;
}

void member_free_blocks(struct member *m)
{
	block_list_release(&m->blocks);
	block_list_release(&m->walked);
}

/* Most walks meet as many blocks as the one before. */
static void reserve(struct block_list *list, size_t n)
{
	list->cap = n + 8;
	list->items = xreallocarray(NULL, list->cap, sizeof(*list->items));
}

struct block *member_enter_block(struct member *m, uint64_t index, struct open_origins *open)
{
	struct block_list *old = &m->blocks, *now = &m->walked;
	struct block *b;

	/* what lies between is gone */
	while (m->cursor < old->n && old->items[m->cursor].index < index)
		block_release(&old->items[m->cursor++]);
	if (!now->cap)
		reserve(now, old->n);
	vec_room(&now->items, now->n, &now->cap);
	b = &now->items[now->n++];
	if (m->cursor < old->n && old->items[m->cursor].index == index) {
		*b = old->items[m->cursor];
		old->items[m->cursor++] = (struct block){ 0 };
		origin_open(b->origin, open);
	} else {
		*b = (struct block){ .index = index };
	}
	return b;
}

void member_drop_block(struct member *m)
{
	m->walked.n--;
}
