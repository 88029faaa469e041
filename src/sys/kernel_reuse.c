#include "sys/kernel_reuse.h"

#include "model/page_entry.h"

#define PAGES 64 /* more than a processor's list of new pages holds, twice */
#define TRIES 5

/*
 * The processor's list of new pages: up to 15 or 31 that are on no LRU list yet (mm/swap.c, PAGEVEC_SIZE),
 * each with a reference. When pages come until it is emptied, the next one stays on it for long enough.
 * NULL: that did not come about.
 */
static char *touch_until_listed(const struct trial *t, char *pages)
{
	uint64_t flags;

	for (size_t i = 0; i + 1 < PAGES; i++) {
		pages[i * t->page] = 1;
		if (!trial_flags(t, pages + i * t->page, &flags))
			return NULL;
		if (flags & KPF_LRU) {
			pages[(i + 1) * t->page] = 1;
			return pages + (i + 1) * t->page;
		}
	}
	return NULL;
}

/*
 * A child has copied a page that is on that list, and this process, its last owner, writes it. From Linux
 * 5.9 on it is copied once more, for the list's reference (mm/memory.c, do_wp_page(), 5.10), until kernels
 * learned to empty the list of this processor first (5.18); those before 5.9 do not ask. On another processor
 * than before it is not told.
 */
static enum kernel_answer write_alone(const struct trial *t, char *at)
{
	uint64_t entry = at ? trial_entry(t, at) : 0;

	if (!entry_exclusive(entry) || sched_getcpu() != t->cpu)
		return KERNEL_UNKNOWN;
	((volatile char *)at)[0]++;
	return entry_same_frame(entry, trial_entry(t, at)) ? KERNEL_YES : KERNEL_NO;
}

static enum kernel_answer once_more(const struct trial *t)
{
	char *pages = trial_map_small(PAGES * t->page), *at;
	enum kernel_answer ret = KERNEL_UNKNOWN;
	struct kernel_child c;

	at = pages ? touch_until_listed(t, pages) : NULL;
	if (at) {
		if (kernel_child_start(&c, t->fs, (char *[]){ at, NULL, NULL }))
			ret = write_alone(t, at);
		kernel_child_end(&c);
	}
	trial_unmap(pages, PAGES * t->page);
	return ret;
}

/*
 * Now and then something else empties the list just then: one copy tells more than a few times none. Where the
 * exclusive flag is told no figure hangs on it (ledger/unflagged.h), and one look is enough.
 */
static enum kernel_answer judge(const struct trial *t, enum kernel_answer answer)
{
	int most = kernel_has(&t->ret, KERNEL_FLAG) && answer != KERNEL_UNKNOWN ? 1 : TRIES;

	for (int tries = 1; tries < most && answer != KERNEL_NO; tries++) {
		enum kernel_answer one = once_more(t);

		answer = one != KERNEL_UNKNOWN ? one : answer;
	}
	return answer;
}

void reuse_begin(struct trial *t, struct reuse *r)
{
	cpu_set_t here;

	*r = (struct reuse){ 0 };
	if (t->flags < 0 || !kernel_has(&t->ret, KERNEL_FRAMES) ||
	    sched_getaffinity(0, sizeof(r->before), &r->before))
		return;
	t->cpu = sched_getcpu();
	CPU_ZERO(&here);
	CPU_SET((size_t)t->cpu, &here);
	r->stays = !sched_setaffinity(0, sizeof(here), &here);
	r->pages = r->stays ? trial_map_small(PAGES * t->page) : NULL;
	r->page = r->pages ? touch_until_listed(t, r->pages) : NULL;
}

void reuse_look(struct trial *t, struct reuse *r)
{
	r->answer = write_alone(t, r->page);
}

void reuse_end(struct trial *t, struct reuse *r)
{
	trial_unmap(r->pages, PAGES * t->page);
	if (r->stays && kernel_has(&t->ret, KERNEL_EXCLUSIVE_BIT))
		r->answer = judge(t, r->answer);
	else
		r->answer = KERNEL_UNKNOWN;
	if (r->answer != KERNEL_UNKNOWN)
		kernel_set(&t->ret, KERNEL_REUSE, r->answer == KERNEL_YES);
	if (r->stays)
		sched_setaffinity(0, sizeof(r->before), &r->before);
}
