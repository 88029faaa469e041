#include "ledger/open_page.h"

#include "ledger/walk_state.h"

bool open_pages_read_own(const struct ledger *l, const struct page_run *r, struct open_page *open, size_t n)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	bool may_be_merged = r->in->merged || !kernel_lacks(l->oracle->kernel, KERNEL_KSM);

	for (size_t j = 0; j < n; j++)
		frames[j] = entry_frame(r->entries[open[j].k]);
	if (!l->oracle->flags || !l->oracle->flags(l->oracle->ctx, frames, n, flags))
		return false;
	for (size_t j = 0; j < n; j++)
		open[j].own = flags[j] & ~(may_be_merged ? 0 : KPF_KSM);
	return true;
}

bool open_pages_read_base(const struct ledger *l, const struct page_run *r, struct open_page *open, size_t n)
{
	struct pattern *p = r->like;
	uint16_t at[BLOCK_PAGES] = { 0 };

	for (size_t j = 0; j < n; j++)
		at[j] = r->at[open[j].k];
	if (!pattern_read_flags(l, p, at, n))
		return false;
	for (size_t j = 0; j < n; j++)
		open[j].base = p->flags[r->at[open[j].k]];
	return true;
}
