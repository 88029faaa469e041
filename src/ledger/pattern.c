#include "ledger/pattern.h"

#include <string.h>
#include "ledger/absent.h"
#include "ledger/walk_state.h"

static void clear(struct pattern *p)
{
	p->made = true;
	p->lacked_made = p->rows_made = false;
	p->had_upto = p->burst_proc = p->burst_first = 0;
	memset(&p->tally, 0, sizeof(p->tally));
	memset(p->private_bits, 0, sizeof(p->private_bits));
	memset(p->never_bits, 0, sizeof(p->never_bits));
	memset(p->shared_bits, 0, sizeof(p->shared_bits));
	memset(p->flagged_bits, 0, sizeof(p->flagged_bits));
}

struct pattern *pattern_of(struct ledger *l, size_t proc)
{
	struct pattern *p = l->patterns[proc];

	if (p->made)
		return p;
	clear(p);
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = p->entries[i] = page_entry(l, &l->views[proc], i);
		uint8_t state = PAGE_ABSENT;

		if (entry_anon(e)) {
			bit_set(entry_exclusive(e) ? p->never_bits : p->private_bits, i);
			state = entry_exclusive(e) ? PAGE_ABSENT : PAGE_SHARED;
		} else if (e) {
			state = e & PM_FILE ? PAGE_FILE : PAGE_SWAPPED_SHARED;
		}
		p->states[i] = state;
		p->tally.n[state]++;
	}
	p->origin = origin_intern(l->origins, l->norigins, p->states, p->entries, &l->open);
	use_origin(l, p->origin);
	return p;
}

void patterns_forget(struct ledger *l)
{
	for (size_t k = 0; k < l->n; k++)
		if (l->patterns[k] && l->patterns[k]->made) {
			origin_unref(l->patterns[k]->origin);
			l->patterns[k]->origin = NULL;
			l->patterns[k]->made = false;
		}
}

bool pattern_read_flags(const struct ledger *l, struct pattern *p, const uint16_t *at, size_t n)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	uint16_t missing[BLOCK_PAGES];
	size_t nmissing = 0;

	for (size_t j = 0; j < n; j++) {
		size_t i = at[j];

		if (bit_test(p->flagged_bits, i))
			continue;
		if (entry_lost(p->entries[i])) {
			p->flags[i] = KPF_ANON_EXCLUSIVE;
			bit_set(p->flagged_bits, i);
			continue;
		}
		frames[nmissing] = entry_frame(p->entries[i]);
		missing[nmissing++] = (uint16_t)i;
	}
	if (nmissing && !l->oracle->flags(l->oracle->ctx, frames, nmissing, flags))
		return false;
	for (size_t j = 0; j < nmissing; j++) {
		p->flags[missing[j]] = flags[j];
		bit_set(p->flagged_bits, missing[j]);
	}
	return true;
}
