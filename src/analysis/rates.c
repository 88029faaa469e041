#include "analysis/rates.h"

#include "base/clock.h"

/* What the ledger knows of, and the time that it is of. */
struct span {
	struct counters counters;
	figure s;
};

/* Born since the sample before? One that is new but was not (it was missed, or its parent was) has an unknown
 * share of its faults in the interval. */
static bool is_born(const struct rates *v, bool begun, const struct past *now)
{
	return !now->before && begun && now->start_ns > v->time_ns;
}

/* The faults of a process in the interval. */
static struct counters interval_of(const struct rates *v, bool begun, const struct past *now)
{
	if (now->before)
		return counters_between(&now->before->counters, &now->counters);
	return is_born(v, begun, now) ? now->counters /* all that it ever did */ : COUNTERS_UNKNOWN;
}

/* Since its pages were known before, which are known now. */
static struct span span_of(const struct snapshot *snap, const struct counters *interval,
			   const struct past *now)
{
	const struct past *before = now->before;
	int64_t ns = before ? snap->facts->mono_ns - before->known_ns : 0;

	if (!before || (before->known_ns && !before->stale))
		return (struct span){ *interval, snap->elapsed_s };
	return (struct span){
		counters_between(&before->known, &now->counters),
		before->known_ns && ns > 0 ? (figure)ns / SECOND : UNKNOWN,
	};
}

/* What is known of its pages is of now, or of a time before: of one that was not read yet when it came, of the
 * time before its birth. */
static void take_known(const struct rates *v, bool begun, const struct snapshot *snap,
		       const struct proc_snapshot *p, struct past *now)
{
	fact age = p->facts->pages_age_ns;

	now->read |= age != ABSENT;
	if (!now->stale) {
		now->known_ns = snap->facts->mono_ns;
		now->known = now->counters;
	} else if (is_born(v, begun, now) && age == ABSENT) {
		now->known_ns = v->mono_ns;
		now->known = (struct counters){ 0 };
	} else if (!now->before && age != ABSENT) {
		now->known_ns = snap->facts->mono_ns - age;
		now->known = now->counters;
		now->known.minor = now->known.major = UNKNOWN;
	}
}

static bool was_read(const struct past *now)
{
	return now->before && now->before->read;
}

/* What was in doubt at the first look at a process was counted then, and in no interval after it. Is there any? */
static bool doubt_interval(const struct past *past, const struct proc_snapshot *p, struct counters *least)
{
	figure doubt;

	if (!p->bounded || was_read(past))
		return false;
	doubt = p->figures.pages.cow_broken - p->lower.pages.cow_broken;
	if (!(doubt > 0))
		return false;
	doubt = fmin(doubt, least->cow);
	least->cow -= doubt;
	least->new += doubt;
	return true;
}

static void note_span(struct fault_figures *f, figure s)
{
	f->span_s = s;
	f->span_minor_per_s = f->minor_per_s;
	f->span_major_per_s = f->major_per_s;
}

/* What the ledger says of the time until now is kept; until the next it stands. */
static void keep_rates(const struct span *span, const struct proc_snapshot *p, struct past *now)
{
	struct past_kept *kept = now->kept;
	struct counters least = span->counters;
	figure ahead = now->ahead;

	rates_of(&span->counters, span->s, &now->ahead, &kept->rates);
	note_span(&kept->rates, span->s);
	if (p->bounded)
		kept->rates_least = kept->rates;
	if (doubt_interval(now, p, &least))
		rates_of(&least, span->s, &ahead, &kept->rates_least);
}

/* The ledger's as they stand; the faults are those of the interval. */
static void take_faults(const struct fault_figures *kept, const struct counters *interval, figure elapsed_s,
			figure correlation, struct fault_figures *f)
{
	figure minor = f->minor, major = f->major;

	*f = *kept;
	f->minor = minor;
	f->major = major;
	f->minor_per_s = interval->minor / elapsed_s;
	f->major_per_s = interval->major / elapsed_s;
	f->correlation = correlation;
}

static void take_collector(const struct snapshot *snap, const struct span *span, struct past *now)
{
	if (!now->before)
		return;
	if (now->stale)
		collector_wait(&now->collector, &now->before->collector);
	else if (was_read(now))
		collector_tally(&now->collector, &now->before->collector,
				span->counters.cow * (figure)snap->facts->host.page_size);
}

/* The copies belong to the collections only when these are known to lie in the interval. */
static void take_collections(const struct past *past, struct proc_snapshot *p)
{
	const struct collector *c = &past->collector;
	bool measured = c->full && c->counted && past->before->collector.counted;

	p->full = c->counted && !past->stale ? c->full : ABSENT;
	p->full_bytes = measured ? c->copied : UNKNOWN;
}

static figure correlation(const struct rates *v, const struct correlation *w)
{
	return v->uncorrelated ? UNKNOWN : correlation_of(w);
}

/* What the interval adds to the past of a process, and its rates. */
static void take_process(const struct rates *v, const struct snapshot *snap, const struct counters *interval,
			 struct past *now, struct proc_snapshot *p)
{
	struct span span = span_of(snap, interval, now);
	struct past_kept *kept = now->kept;
	figure both;

	if (!now->stale)
		keep_rates(&span, p, now);
	if (!v->uncorrelated && !now->stale)
		correlation_add(&kept->window, kept->rates.cow_per_s, kept->rates.span_minor_per_s);
	fault_burst_add(&now->pace, interval->minor, snap->elapsed_s);
	take_collector(snap, &span, now);
	take_collections(now, p);
	/* Last: a copy of what was written only just now waits for it. */
	both = correlation(v, &kept->window);
	take_faults(&kept->rates, interval, snap->elapsed_s, both, &p->figures.faults);
	if (p->bounded)
		take_faults(now->stale ? &kept->rates : &kept->rates_least, interval, snap->elapsed_s, both,
			    &p->lower.faults);
}

/* ---- the pool */

struct sums {
	bool current; /* the pages of all workers were read for this sample */
	bool even;    /* ... and of all processes for the one before: then the rates are those of sums */
	struct counters sum, least;              /* of the workers */
	figure copied, copied_least;             /* by all */
	struct fault_figures rates, rates_least; /* otherwise they are sums of rates */
	figure copied_per_s, copied_per_s_least;
	figure ahead;
};

static struct past *past_of(const struct history *now, const struct snapshot *snap, size_t i)
{
	const struct proc_sample *p = snap->procs[i].facts;

	return history_find_near(now, i, p->pid, p->start_ticks);
}

static void add_rates(struct fault_figures *to, const struct fault_figures *f)
{
	to->cow_per_s += f->cow_per_s;
	to->new_per_s += f->new_per_s;
	to->file_per_s += f->file_per_s;
	to->other_per_s += f->other_per_s;
	to->collapsed_per_s += f->collapsed_per_s;
	to->filled_per_s += f->filled_per_s;
	to->span_minor_per_s += f->span_minor_per_s;
	to->span_major_per_s += f->span_major_per_s;
	if (!known(f->span_s) || f->span_s > to->span_s)
		to->span_s = f->span_s;
}

static void add_process(struct sums *s, const struct past *past, const struct proc_snapshot *p,
			const struct counters *interval)
{
	struct counters least = *interval;

	doubt_interval(past, p, &least);
	s->even &= !past->stale && !(past->before && past->before->stale);
	s->copied += interval->cow;
	s->copied_least += least.cow;
	if (p->role != ROLE_WORKER)
		return;
	s->current &= !past->stale;
	counters_add(&s->sum, interval);
	counters_add(&s->least, &least);
}

static void add_uneven(struct sums *s, const struct past *past, const struct proc_snapshot *p)
{
	const struct fault_figures *least = &process_least(p)->faults;

	if (p->role != ROLE_WORKER && !holds_pages(p->facts))
		return;
	s->copied_per_s += p->figures.faults.cow_per_s;
	s->copied_per_s_least += least->cow_per_s;
	if (p->role != ROLE_WORKER)
		return;
	add_rates(&s->rates, &p->figures.faults);
	add_rates(&s->rates_least, least);
	s->ahead += past->ahead;
}

/* The ledger's as sums of rates, each over its own time; the faults are those of the interval. */
static void take_uneven(const struct fault_figures *rates, struct fault_figures *f)
{
	struct fault_figures r = *rates;

	r.minor = f->minor;
	r.major = f->major;
	r.minor_per_s = f->minor_per_s;
	r.major_per_s = f->major_per_s;
	r.cow_fraction = r.span_minor_per_s > 0 && known(r.cow_per_s) ?
				 fmin(1, r.cow_per_s / r.span_minor_per_s) :
				 UNKNOWN;
	*f = r;
}

static void take_pool(struct rates *v, const struct history *now, struct sums *s, struct snapshot *snap)
{
	struct fault_figures *f = &snap->pool.faults, *least = &snap->least.faults;
	figure ahead = v->ahead;

	rates_of(&s->sum, snap->elapsed_s, &v->ahead, f);
	note_span(f, snap->elapsed_s);
	*least = *f;
	rates_of(&s->least, snap->elapsed_s, &ahead, least);
	snap->pool.copied_per_s = s->copied / snap->elapsed_s;
	snap->least.copied_per_s = s->copied_least / snap->elapsed_s;
	if (!s->even) {
		for (size_t i = 0; i < snap->nprocs; i++)
			add_uneven(s, past_of(now, snap, i), &snap->procs[i]);
		take_uneven(&s->rates, f);
		take_uneven(&s->rates_least, least);
		snap->pool.copied_per_s = s->copied_per_s;
		snap->least.copied_per_s = s->copied_per_s_least;
		v->ahead = s->ahead;
	}
	/* Old figures have no bounds. */
	if (snap->pool.pages_age_s > 0) {
		*least = *f;
		snap->least.copied_per_s = snap->pool.copied_per_s;
	}
	if (s->current)
		correlation_add(&v->window, f->cow_per_s, f->span_minor_per_s);
	f->correlation = least->correlation = correlation(v, &v->window);
}

void rates_take(struct rates *v, bool begun, struct history *now, struct snapshot *snap)
{
	figure none = snap->pool.workers * 0; /* unknown when the workers are */
	const struct counters nothing = { none, none, none, none, none, none, none };
	struct sums s = { .sum = nothing,
			  .least = nothing,
			  .copied = none,
			  .copied_least = none,
			  .even = true,
			  .current = true };

	for (size_t i = 0; i < snap->nprocs; i++) {
		struct proc_snapshot *p = &snap->procs[i];
		struct past *past = past_of(now, snap, i);
		struct counters interval = interval_of(v, begun, past);

		take_process(v, snap, &interval, past, p);
		take_known(v, begun, snap, p, past);
		if (p->role == ROLE_WORKER || holds_pages(p->facts))
			add_process(&s, past, p, &interval);
		p->slot = past->slot;
	}
	take_pool(v, now, &s, snap);
}
