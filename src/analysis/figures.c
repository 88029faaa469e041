#include "analysis/figures.h"

#include <math.h>
#include "base/clock.h"

#define FIGURES_IN(x) (sizeof(x) / sizeof(figure))

/* A part of struct figures, whose members are all figures, set to one value. */
static void fill(void *part, size_t n, figure value)
{
	figure *at = part;

	while (n--)
		*at++ = value;
}

/* Member by member; what is unknown in one is unknown in the sum. */
static inline void add_memory_figures(struct memory_figures *restrict to,
				      const struct memory_figures *restrict from)
{
	const figure *restrict f = &from->rss;
	figure *restrict t = &to->rss;

	for (size_t i = 0; i < FIGURES_IN(*to); i++)
		t[i] += f[i];
}

static inline void add_pages(struct page_figures *to, const struct page_figures *from)
{
	_Static_assert(FIGURES_IN(*to) == 9, "all of them");
	to->shared += from->shared;
	to->orphaned += from->orphaned;
	to->cow_broken += from->cow_broken;
	to->cow_file += from->cow_file;
	to->new += from->new;
	to->file += from->file;
	to->swapped += from->swapped;
	to->unaccounted += from->unaccounted;
	to->collapsed += from->collapsed;
}

/* Every figure unknown. */
static inline void figures_init(struct figures *ret)
{
	_Static_assert(sizeof(*ret) % sizeof(figure) == 0, "nothing but figures");
	fill(ret, FIGURES_IN(*ret), UNKNOWN);
}

static struct memory_figures memory_of(const struct memory_facts *m)
{
	return (struct memory_figures){
		.rss = figure_of(m->rss),
		.pss = figure_of(m->pss),
		.pss_anon = figure_of(m->pss_anon),
		.pss_file = figure_of(m->pss_file),
		.pss_shmem = figure_of(m->pss_shmem),
		.uss = figure_of(m->private_clean) + figure_of(m->private_dirty),
		.shared_clean = figure_of(m->shared_clean),
		.shared_dirty = figure_of(m->shared_dirty),
		.private_clean = figure_of(m->private_clean),
		.private_dirty = figure_of(m->private_dirty),
		.anonymous = figure_of(m->anonymous),
		.swap = figure_of(m->swap),
		.swap_pss = figure_of(m->swap_pss),
		.anon_huge = figure_of(m->anon_huge),
	};
}

static struct page_figures pages_of(const struct proc_sample *p, figure page_size)
{
	struct page_figures r = {
		.shared = figure_of(p->pages.shared),
		.orphaned = figure_of(p->pages.orphaned),
		.cow_broken = figure_of(p->pages.cow_broken),
		.cow_file = figure_of(p->pages.cow_file),
		.new = figure_of(p->pages.new),
		.file = figure_of(p->pages.file),
		.swapped = figure_of(p->pages.swapped),
		.collapsed = figure_of(p->collapsed),
	};
	/* What the walk saw is what the classes are of, and what smaps_rollup said may be older than they are: it is
	 * what the kernel counts that they have to explain. */
	bool counted = p->memory.walked == 1 || p->memory.counted != ABSENT;
	figure rss = figure_of(counted ? p->memory.counted : p->memory.rss);
	figure resident = (rss + figure_of(p->memory.hugetlb)) / page_size;

	r.unaccounted = resident - (r.shared + r.orphaned + r.cow_broken + r.cow_file + r.new + r.file);
	return r;
}

static unsigned doubts_of(const struct memory_facts *m)
{
	return (m->doubt_shares > 0 ? DOUBT_SHARES : 0) | (m->doubt_private > 0 ? DOUBT_PRIVATE : 0) |
	       (m->doubt_dirty > 0 ? DOUBT_DIRTY : 0) | (m->doubt_swap > 0 ? DOUBT_SWAP : 0) |
	       (m->doubt_huge > 0 ? DOUBT_HUGE : 0) | (m->doubt_swapped > 0 ? DOUBT_SWAPPED : 0);
}

/* That of when it was taken and what its process has waited since. In a recording of before it had an age, all was
 * read for its sample. */
static figure memory_age(const struct proc_sample *p)
{
	const struct memory_facts *m = &p->memory;

	if (m->pss == ABSENT)
		return UNKNOWN;
	return (m->age_ns == ABSENT ? 0 : figure_of(m->age_ns) / SECOND) +
	       figure_of(p->pages_age_ns) / SECOND;
}

static struct gc_figures gc_figures_of(const struct gc_facts *g)
{
	const struct gc_state *s = gc_main(g);

	if (!s)
		return (struct gc_figures){ UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN };
	return (struct gc_figures){
		.enabled = figure_of(s->enabled),
		.any_frozen = figure_of(s->any_frozen),
		.frozen = figure_of(s->frozen),
		.interpreters = (figure)g->ninterpreters,
	};
}

static void bytes_of(const struct proc_sample *p, figure page_size, struct figures *f)
{
	const struct page_figures *pages = &f->pages;
	const struct memory_figures *m = &f->memory;

	f->shared_bytes = pages->shared * page_size;
	f->private_bytes = page_size * (pages->orphaned + pages->cow_broken + pages->cow_file + pages->new);
	f->cow_broken_bytes = pages->cow_broken * page_size;
	f->cow_broken_ratio = copied_ratio(pages->cow_broken, pages_inherited(pages));

	/* Without pagemap the kernel's own split is what there is: it holds file pages, too. */
	if (p->level == LEVEL_ROLLUP && holds_pages(p)) {
		f->shared_bytes = m->shared_clean + m->shared_dirty;
		f->private_bytes = m->uss;
	}
}

/* Without pagemap what is private or shared holds file pages: at most all that are resident. */
static void least_of_rollup(const struct memory_facts *m, struct figures *least)
{
	figure files = figure_of(m->rss) - figure_of(m->anonymous);

	least->shared_bytes = fmax(0, least->shared_bytes - files);
	least->private_bytes = fmax(0, least->private_bytes - files);
}

figure perhaps_new(const struct proc_sample *p)
{
	if (p->exactness != EXACTNESS_UPPER_BOUND || p->level == LEVEL_ROLLUP)
		return 0;
	return figure_of(p->doubt.new == ABSENT ? p->pages.cow_broken : p->doubt.new);
}

/* Of what the first look found collapsed the process may have copied some itself, at most a page a fault, and
 * some may be huge pages of its own. */
static figure least_collapsed(const struct proc_sample *p)
{
	figure doubt = fmin(figure_of(p->growth.sighted), figure_of(p->minflt) + perhaps_new(p));

	return p->growth.sighted > 0 ? fmax(0, figure_of(p->collapsed) - doubt) : figure_of(p->collapsed);
}

static void least_of_ledger(const struct proc_sample *p, const struct sample *s, struct proc_snapshot *ret)
{
	struct doubt_facts doubt = p->doubt;

	ret->estimated = p->level == LEVEL_ESTIMATE || p->exactness == EXACTNESS_ESTIMATE ||
			 doubt.guessed > 0 || p->pages_age_ns > 0;
	ret->bounded = p->exactness == EXACTNESS_UPPER_BOUND || p->growth.sighted > 0;
	if (!ret->bounded)
		return;
	ret->lower = ret->figures;
	if (p->exactness != EXACTNESS_UPPER_BOUND)
		return;
	if (p->level == LEVEL_ROLLUP) {
		least_of_rollup(&p->memory, &ret->lower);
		return;
	}
	/* From before they were counted: all of them, then. */
	if (doubt.new == ABSENT)
		doubt = (struct doubt_facts){ .new = p->pages.cow_broken };
	figures_least(&ret->figures, figure_of(doubt.new), figure_of(doubt.file), ret->estimated,
		      (figure)s->host.page_size, &ret->lower);
}

void least_of_process(const struct proc_sample *p, const struct sample *s, struct proc_snapshot *ret)
{
	least_of_ledger(p, s, ret);
	ret->doubts = doubts_of(&p->memory) | (p->pages_age_ns > 0 ? DOUBT_AGE : 0);
	if (ret->bounded)
		ret->lower.pages.collapsed = least_collapsed(p);
}

void figures_of_process(const struct proc_sample *p, const struct sample *s, bool all, struct figures *ret)
{
	figure page_size = (figure)s->host.page_size;

	figures_init(ret);
	if (all || p->level == LEVEL_ROLLUP)
		ret->memory = memory_of(&p->memory);
	else
		ret->memory.rss = figure_of(p->memory.rss);
	ret->pages = pages_of(p, page_size);
	bytes_of(p, page_size, ret);
	ret->pages_age_s = figure_of(p->pages_age_ns) / SECOND;
	ret->faults.minor = figure_of(p->minflt);
	ret->faults.major = figure_of(p->majflt);
	ret->gc = gc_figures_of(&p->gc);
	ret->threads = figure_of(p->threads);
	ret->memory_age_s = memory_age(p);
	/* When it began is not read of one whose files nobody may read. */
	if (p->start_ns)
		ret->age_s = fmax(0, (figure)(s->time_ns - p->start_ns) / SECOND);
}

/* Sums over the master and everything forked from it. Without the master they are no sums, unless it is gone. */
static void add_memory(const struct snapshot *snap, struct figures *ret, figure *hugetlb)
{
	const struct proc_snapshot *p;
	bool master = !snap->facts->master_pid;

	fill(&ret->memory, FIGURES_IN(ret->memory), 0);
	*hugetlb = ret->pages_age_s = 0;
	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		if (!holds_pages(p->facts))
			continue;
		add_memory_figures(&ret->memory, &p->figures.memory);
		/* The oldest; but one that is not known is older. */
		if (!known(p->figures.pages_age_s) || p->figures.pages_age_s > ret->pages_age_s)
			ret->pages_age_s = p->figures.pages_age_s;
		*hugetlb += figure_of(p->facts->memory.hugetlb);
		master |= p->role == ROLE_MASTER;
	}
	if (!master)
		fill(&ret->memory, FIGURES_IN(ret->memory), UNKNOWN);
}

static void add_worker(const struct proc_snapshot *p, bool least, figure page_size, struct figures *ret)
{
	const struct figures *worker = least ? process_least(p) : &p->figures;
	figure could_share = pages_inherited_least(&p->figures.pages, &worker->pages) * page_size;

	add_pages(&ret->pages, &worker->pages);
	ret->shared_bytes += worker->shared_bytes;
	ret->private_bytes += worker->private_bytes;
	ret->cow_broken_bytes += worker->cow_broken_bytes;
	ret->faults.minor += worker->faults.minor;
	ret->faults.major += worker->faults.major;
	/* The largest; but one that is not known may be larger. */
	if (!known(could_share) || could_share > ret->prefork_bytes)
		ret->prefork_bytes = could_share;
	ret->workers++;
}

/* Who is a worker cannot be told of a master whose image is hidden: none found is not none. */
static bool workers_known(const struct snapshot *snap)
{
	const struct proc_snapshot *p;
	bool visible = false;

	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		if (p->role == ROLE_WORKER)
			return true;
		visible |= p->role == ROLE_MASTER && p->facts->image.start_stack;
	}
	return visible;
}

/* `least`: of the workers' least figures; `kind`: of those like this one alone, or NULL. */
static void add_workers(const struct snapshot *snap, const struct proc_snapshot *kind, bool least,
			struct figures *ret)
{
	figure page_size = (figure)snap->facts->host.page_size;
	const struct proc_snapshot *p;
	figure inherited = 0;

	fill(&ret->pages, FIGURES_IN(ret->pages), 0);
	ret->shared_bytes = ret->private_bytes = ret->cow_broken_bytes = 0;
	ret->faults.minor = ret->faults.major = 0;
	ret->prefork_bytes = ret->workers = ret->helpers = 0;
	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		ret->helpers += p->role == ROLE_HELPER;
		if (p->role != ROLE_WORKER || (kind && !is_kindred(p, kind)))
			continue;
		add_worker(p, least, page_size, ret);
		inherited += pages_inherited(&p->figures.pages);
	}
	ret->cow_broken_ratio = copied_ratio(ret->pages.cow_broken, inherited);
	if (!ret->workers)
		ret->prefork_bytes = UNKNOWN;
}

/* Those that the sums over the workers lack: who broke a page is who made the copy. */
static void add_other_copies(const struct snapshot *snap, bool least, struct figures *ret)
{
	figure copied = ret->pages.cow_broken, inherited = 0;
	const struct proc_snapshot *p;

	ret->copied_bytes = ret->cow_broken_bytes;
	ret->helper_cow_broken_bytes = 0;
	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		const struct figures *one = least ? process_least(p) : &p->figures;

		if (p->role == ROLE_WORKER || holds_pages(p->facts))
			inherited += pages_inherited(&p->figures.pages);
		if (!holds_pages(p->facts) || p->role == ROLE_WORKER)
			continue;
		copied += one->pages.cow_broken;
		ret->copied_bytes += one->cow_broken_bytes;
		if (p->role == ROLE_MASTER)
			ret->master_cow_broken_bytes = one->cow_broken_bytes;
		else
			ret->helper_cow_broken_bytes += one->cow_broken_bytes;
	}
	ret->copied_ratio = copied_ratio(copied, inherited);
}

void figures_of_pool(const struct snapshot *snap, struct figures *ret)
{
	figure hugetlb;

	figures_init(ret);
	if (workers_known(snap)) {
		add_workers(snap, NULL, false, ret);
		add_other_copies(snap, false, ret);
	}
	add_memory(snap, ret, &hugetlb);

	ret->footprint_bytes = figure_of(snap->facts->footprint_pages) * (figure)snap->facts->host.page_size;
	/* hugetlb frames are in the footprint and in no RSS: the difference would be no saving. */
	if (hugetlb == 0)
		ret->saved_bytes = ret->memory.rss - ret->footprint_bytes;
}

/* Does a process have least figures of its own, and none figures that are old? See least_of_process(). */
static bool any_doubt(const struct snapshot *snap)
{
	const struct proc_snapshot *p;

	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		if (p->facts->exactness == EXACTNESS_UPPER_BOUND || p->facts->growth.sighted > 0)
			return true;
	}
	return false;
}

static void least_of_copies(struct snapshot *snap)
{
	struct figures workers;

	snap->least = snap->pool;
	if (!any_doubt(snap))
		return;
	figures_init(&workers);
	if (workers_known(snap)) {
		add_workers(snap, NULL, true, &workers);
		add_other_copies(snap, true, &workers);
	}
	snap->least.pages = workers.pages;
	snap->least.shared_bytes = workers.shared_bytes;
	snap->least.private_bytes = workers.private_bytes;
	snap->least.cow_broken_bytes = workers.cow_broken_bytes;
	snap->least.cow_broken_ratio = workers.cow_broken_ratio;
	snap->least.prefork_bytes = workers.prefork_bytes;
	snap->least.master_cow_broken_bytes = workers.master_cow_broken_bytes;
	snap->least.helper_cow_broken_bytes = workers.helper_cow_broken_bytes;
	snap->least.copied_bytes = workers.copied_bytes;
	snap->least.copied_ratio = workers.copied_ratio;
}

void least_of_pool(struct snapshot *snap)
{
	const struct proc_snapshot *p;

	least_of_copies(snap);
	snap->doubts = 0;
	snap->estimated = snap->estimated_all = snap->facts->kinship == KINSHIP_GUESS;
	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		snap->estimated |= p->role == ROLE_WORKER && p->estimated;
		snap->estimated_all |= holds_pages(p->facts) && p->estimated;
		snap->doubts |= holds_pages(p->facts) ? p->doubts : 0;
	}
}

void figures_of_kind(const struct snapshot *snap, const struct proc_snapshot *kind, struct figures *ret,
		     struct figures *ret_least)
{
	figures_init(ret);
	figures_init(ret_least);
	add_workers(snap, kind, false, ret);
	add_workers(snap, kind, true, ret_least);
}
