#include "ledger/absent.h"

#include <string.h>
#include "ledger/walk_state.h"

/* What the children have of one page. */
struct shown {
	size_t n;                  /* of them that have one */
	uint64_t file, swap, anon; /* the first of each */
	uint64_t shared;           /* a frame of two of them */
	uint64_t open, other;      /* not exclusive, and nobody was met so far that shares it */
	enum page_kind kind;
};

static void show_anon(struct shown *s, uint64_t e)
{
	if (s->anon && entry_same_frame(s->anon, e))
		s->shared = e;
	if (!s->anon)
		s->anon = e;
	if (entry_exclusive(e) || entry_same_frame(s->open, e) || entry_same_frame(s->other, e)) {
		/* the later generation is what the master had last */
		if (!entry_exclusive(e))
			s->shared = e;
		return;
	}
	if (!s->open)
		s->open = e;
	else
		s->other = e;
}

static void show(struct shown *s, uint64_t e, enum page_kind kind)
{
	if (!s->n++)
		s->kind = kind;
	if (e & PM_FILE) {
		s->file = s->file ? s->file : e;
		s->kind = kind;
	} else if (entry_anon(e)) {
		show_anon(s, e);
	} else {
		s->swap = s->swap && !entry_same_frame(s->swap, e) ? s->swap : e;
	}
}

static uint64_t original(const struct shown *s, uint64_t base, bool frames)
{
	if (s->shared && frames)
		return s->shared & ~PM_EXCLUSIVE;
	if (s->file)
		return s->file;
	if (base & (PM_PRESENT | PM_SWAP))
		return base;
	if (s->anon)
		return s->n > 1 || (!frames && s->open) ? ENTRY_LOST : 0;
	return s->swap;
}

static struct shown shown_at(const struct ledger *l, size_t i)
{
	struct shown s = { 0 };

	for (size_t k = l->absent + 1; k < l->n; k++) {
		uint64_t e;

		if (l->in[k].base != (int)l->absent || !l->views[k].entries)
			continue;
		e = page_entry(l, &l->views[k], i);
		if (e)
			show(&s, e, view_kind(&l->views[k], i));
	}
	return s;
}

static const struct ledger_view *view_of_base(const struct ledger *l)
{
	int base = l->in[l->absent].base;

	return base >= 0 && l->views[base].entries ? &l->views[base] : NULL;
}

/* Is it the first walk of a child? Later ones remember what was inherited. */
static bool is_first_walk(const struct ledger *l)
{
	for (size_t k = l->absent + 1; k < l->n; k++)
		if (l->in[k].base == (int)l->absent && !l->members[k].seen)
			return true;
	return false;
}

/* Pages whose original is not known so far, and that this child has not written since its fork: it has the
 * original. */
static void show_unwritten(struct ledger *l, size_t proc)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES], entries[BLOCK_PAGES];
	uint16_t at[BLOCK_PAGES];
	size_t n = 0;

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = entry_lost(l->absent_entries[i]) ? page_entry(l, &l->views[proc], i) : 0;

		if (!entry_anon(e))
			continue;
		entries[n] = e;
		frames[n] = entry_frame(e);
		at[n++] = (uint16_t)i;
	}
	if (!n)
		return;
	if (!l->oracle->flags(l->oracle->ctx, frames, n, flags)) {
		l->members[proc].unproven = true;
		return;
	}
	for (size_t j = 0; j < n; j++)
		if (flag_told_of(l, flags[j]) && !(flags[j] & (KPF_ANON_EXCLUSIVE | KPF_KSM)))
			l->absent_entries[at[j]] = entries[j];
}

/* Of children that never forked: a fork clears the flag of all pages. */
static void find_unwritten(struct ledger *l)
{
	if (!l->in[l->absent].frames || !l->oracle->flags || !flag_told(l) ||
	    kernel_lacks(l->oracle->kernel, KERNEL_KSM) || !is_first_walk(l))
		return;
	for (size_t k = l->absent + 1; k < l->n; k++)
		if (l->in[k].base == (int)l->absent && l->views[k].entries && !l->patterns[k] &&
		    !l->in[k].has_forked)
			show_unwritten(l, k);
}

void absent_view(struct ledger *l, const struct ledger_view *views)
{
	struct ledger_view *absent = &l->with_absent[l->absent];
	const struct ledger_view *base;
	bool any = false;

	memcpy(l->with_absent, views, l->n * sizeof(*views));
	l->views = l->with_absent;
	base = view_of_base(l);
	*absent = (struct ledger_view){ 0 };
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		struct shown s = shown_at(l, i);

		l->absent_entries[i] = original(&s, base ? page_entry(l, base, i) : 0,
						l->in[l->absent].frames);
		l->absent_kinds[i] = (uint8_t)(s.n || !base ? s.kind : view_kind(base, i));
		any |= l->absent_entries[i] != 0;
	}
	if (!any)
		return;
	find_unwritten(l);
	absent->entries = l->absent_entries;
	absent->kinds = l->absent_kinds;
}

/*
 * Where children share an original and the master has another page, either the process that is gone or the
 * master copied it: the master, if it has written its page since its last fork. What the master was seen to do
 * is known by its states.
 */
void absent_originals(struct ledger *l)
{
	uint64_t frames[BLOCK_PAGES], flags[BLOCK_PAGES];
	uint16_t at[BLOCK_PAGES];
	bool seen = l->members[0].seen;
	size_t n = 0;

	if (l->in[l->absent].base != 0 || !l->in[0].frames || !view_of_base(l))
		return;
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = page_entry(l, &l->views[0], i), original = l->absent_entries[i];

		if (!entry_anon(original) || entry_exclusive(original) || !entry_anon(e) ||
		    !entry_exclusive(e) || entry_same_frame(e, original))
			continue;
		frames[n] = entry_frame(e);
		at[n++] = (uint16_t)i;
	}
	if (n && !seen &&
	    (!l->oracle->flags || !flag_told(l) || !l->oracle->flags(l->oracle->ctx, frames, n, flags)))
		return;
	for (size_t j = 0; j < n; j++)
		if (seen || flags[j] & KPF_ANON_EXCLUSIVE)
			bit_set(l->stranded, at[j]);
}

void absent_frames(struct ledger *l)
{
	const struct ledger_view *base = view_of_base(l);

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = l->absent_entries[i];

		if (e & PM_PRESENT && !entry_lost(e) &&
		    !(base && entry_same_frame(e, page_entry(l, base, i))))
			footprint_add(&l->footprint, entry_frame(e));
	}
}
