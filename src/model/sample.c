#include "model/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* clang-format off */
static const struct memory_facts no_memory = {
	.rss = ABSENT, .pss = ABSENT,
	.pss_anon = ABSENT, .pss_file = ABSENT, .pss_shmem = ABSENT,
	.shared_clean = ABSENT, .shared_dirty = ABSENT,
	.private_clean = ABSENT, .private_dirty = ABSENT,
	.anonymous = ABSENT, .swap = ABSENT, .swap_pss = ABSENT, .anon_huge = ABSENT,
	.hugetlb = ABSENT,
	.walked = ABSENT, .age_ns = ABSENT, .counted = ABSENT,
	.doubt_shares = ABSENT, .doubt_private = ABSENT, .doubt_dirty = ABSENT, .doubt_swap = ABSENT, .doubt_huge = ABSENT,
	.doubt_swapped = ABSENT,
};
/* clang-format on */

/* clang-format off */
static const struct page_facts no_pages = {
	.shared = ABSENT, .orphaned = ABSENT, .cow_broken = ABSENT, .cow_file = ABSENT,
	.new = ABSENT, .file = ABSENT, .swapped = ABSENT,
};
/* clang-format on */

/* clang-format off */
static const struct growth_facts no_growth = {
	.cow = ABSENT, .new = ABSENT, .file = ABSENT,
	.collapsed = ABSENT, .filled = ABSENT, .sighted = ABSENT,
};
/* clang-format on */

static const struct doubt_facts no_doubt_told = {
	.new = ABSENT,
	.file = ABSENT,
	.guessed = ABSENT,
};

void proc_sample_init(struct proc_sample *p)
{
	*p = (struct proc_sample){
		.threads = ABSENT,
		.minflt = ABSENT,
		.majflt = ABSENT,
		.cminflt = ABSENT,
		.cmajflt = ABSENT,
		.memory = no_memory,
		.pages = no_pages,
		.collapsed = ABSENT,
		.growth = no_growth,
		.doubt = no_doubt_told,
	};
}

void sample_init(struct sample *s)
{
	*s = (struct sample){
		.host = {
			.memory_bytes = ABSENT, .available_bytes = ABSENT,
			.cached_bytes = ABSENT, .swap_used_bytes = ABSENT,
			.pressure_some = ABSENT, .pressure_full = ABSENT,
			.cgroup_limit_bytes = ABSENT, .cgroup_used_bytes = ABSENT,
		},
		.walked = ABSENT, .skipped = ABSENT, .own_ns = ABSENT, .budget_ppm = ABSENT,
		.load_ns = ABSENT, .load_requests = ABSENT,
		.footprint_pages = ABSENT,
	};
}

bool gap_is_reason(const struct gap *g)
{
	return !g->error && !strcmp(g->what, "gc") && *g->needs;
}

const char *gap_link(const struct gap *g)
{
	return gap_is_reason(g) ? ": " : *g->needs ? ", needs " : "";
}

void proc_sample_gap(struct proc_sample *p, const char *what, int error, const char *needs)
{
	struct gap gap = { .error = error };
	size_t i;

	snprintf(gap.what, sizeof(gap.what), "%s", what);
	snprintf(gap.needs, sizeof(gap.needs), "%s", needs);
	for (i = 0; i < p->ngaps; i++) {
		if (!strcmp(p->gaps[i].what, gap.what))
			return;
	}

	p->gaps = xreallocarray(p->gaps, p->ngaps + 1, sizeof(*p->gaps));
	p->gaps[p->ngaps++] = gap;
}

void proc_sample_release(struct proc_sample *p)
{
	free(p->user);
	free(p->comm);
	free(p->cmdline);
	free(p->gaps);
	gc_facts_release(&p->gc);
	why_worker_facts_free(p->why);
	proc_sample_init(p);
}

void sample_release(struct sample *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++)
		proc_sample_release(&s->procs[i]);
	free(s->procs);
	why_facts_free(s->why);
	sample_init(s);
}

pid_t sample_leader(const struct sample *s)
{
	return s->leader_pid ? s->leader_pid : s->master_pid;
}

const struct proc_sample *sample_find(const struct sample *s, pid_t pid)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].pid == pid)
			return &s->procs[i];
	}
	return NULL;
}

const char *kinship_name(enum kinship kinship)
{
	static const char *const names[] = {
		[KINSHIP_FRAMES] = "frames",
		[KINSHIP_ADDRESSES] = "addresses",
		[KINSHIP_GUESS] = "guess",
	};

	return kinship <= KINSHIP_GUESS ? names[kinship] : NULL;
}

const char *level_name(enum level level)
{
	static const char *const names[] = {
		[LEVEL_NONE] = "none",
		[LEVEL_ROLLUP] = "rollup",
		[LEVEL_ESTIMATE] = "estimate",
		[LEVEL_EXACT] = "exact",
	};

	return names[level];
}

const char *exactness_name(enum exactness e)
{
	static const char *const names[] = {
		[EXACTNESS_UNKNOWN] = NULL,
		[EXACTNESS_EXACT] = "exact",
		[EXACTNESS_ESTIMATE] = "estimate",
		[EXACTNESS_UPPER_BOUND] = "upper_bound",
	};

	return names[e];
}
