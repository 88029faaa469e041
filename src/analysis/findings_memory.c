#include <math.h>
#include <stdlib.h>
#include "analysis/findings_parts.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/field.h"

/* Memory that the workers made themselves: what each of them loads, and who has more. */

/* Less, in each worker, is what any program makes to live. */
#define LOADED_LEAST (8 * MIB)
/* Workers that inherited less than a tenth of their anonymous memory, and have so much of their own. */
#define INHERITED_PART 0.1
#define OWN_LEAST (16 * MIB)
/* So much inherited, each worker, is no bare server: an application was loaded before the fork. */
#define APPLICATION_LEAST (64 * MIB)
/* As alike as programs that loaded the same: the least of them has so much of what the most has. */
#define ALIKE 0.85
/* Workers that have served for a while are less so: then it takes so many times what they inherited. */
#define SIMILAR 0.5
#define SIMILAR_TIMES 2
#define LOADED_PART 0.1 /* of what it inherited: less new memory is no matter */
/* A worker that differs has so many times, and so much more than, the others of its age have. */
#define DIFFERS_TIMES 2
#define DIFFERS_LEAST (16 * MIB)

/* Memory of all workers: bytes in each. */
struct made {
	size_t n;
	figure least, most, sum; /* made itself */
	figure inherited;        /* sum */
	size_t growing, told;    /* those that were watched for long enough to see whether they grow */
};

/* Of every worker; unknown figures stay so. `loaded`: of one that grows what it had when it was seen
 * first, which is nearer to what it loaded. */
static struct made made_by_workers(const struct scene *s, bool loaded)
{
	figure page_size = (figure)s->snap->facts->host.page_size, own;
	struct made r = { .least = INFINITY };
	const struct proc_snapshot *p;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		const struct page_figures *pages = &p->figures.pages;
		struct growth *new = &finding_past(s, p)->kept->new;
		bool grows = growth_trend(new).grows;

		if (p->role != ROLE_WORKER)
			continue;
		own = loaded && grows ? new->y[0] : page_size * pages->new;
		r.n++;
		r.growing += grows;
		r.told += growth_is_told(new);
		r.least = fmin(r.least, own);
		r.most = fmax(r.most, own);
		r.sum += own;
		r.inherited += (pages->shared + pages->orphaned + pages->cow_broken) * page_size;
	}
	return r;
}

static bool are_alike(const struct made *m)
{
	return m->n >= 2 && m->least >= ALIKE * m->most;
}

/* A server that names its processes hides its options: then it is what was inherited that says so. */
static bool has_inherited_much(const struct made *m)
{
	return m->inherited >= APPLICATION_LEAST * (figure)m->n;
}

static bool is_preloaded(const struct scene *s, const struct made *m)
{
	return server_preloads(s->server, s->snap) || (has_inherited_much(m) && m->inherited >= m->sum);
}

/* Of what a worker has, nearly all was made after the fork; or most of it, by each of them alike. */
static bool is_little_inherited(const struct made *m)
{
	figure n = (figure)m->n;

	if (m->sum >= OWN_LEAST * n && m->inherited < INHERITED_PART * (m->inherited + m->sum))
		return true;
	if (m->n < 2 || m->least < LOADED_LEAST || has_inherited_much(m))
		return false;
	return (are_alike(m) && m->least * n >= m->inherited) ||
	       (m->least >= SIMILAR * m->most && m->least * n >= SIMILAR_TIMES * m->inherited);
}

/* "92.1 MiB", or "91.8 MiB to 92.3 MiB", with the words of the label of `sum`. */
static void say_range(struct finding *f, const struct made *m, struct measure sum)
{
	char most[16];

	if (m->n == 1 || m->most - m->least < 0.01 * m->most) {
		finding_say_size(f, measure_times(sum, 1 / (figure)m->n));
		return;
	}
	sum.value = m->least;
	finding_say_size(f, sum);
	finding_say(f, " to %s", units_format_size(most, m->most));
}

/* Shared memory and files are no matter here: a backend of PostgreSQL inherits little and copies
 * little, and needs nothing else. */
bool find_not_sharing(const struct scene *s)
{
	struct made m = made_by_workers(s, false), loaded = made_by_workers(s, true);
	const struct page_figures *counted = &s->snap->pool.pages, *least = &s->snap->least.pages;
	struct measure inherited = measure_make(pages_inherited(counted),
						least_now(pages_inherited_least(counted, least),
							  s->snap->doubts),
						s->snap->estimated);
	struct measure sum = measure_made(s->snap);
	struct finding *f;

	if (!m.n || !known(m.sum + m.inherited) || !s->server->preload ||
	    server_preloads(s->server, s->snap) || !is_little_inherited(&loaded))
		return false;
	f = finding_add(s->snap, FINDING_NOT_SHARING, NULL);
	finding_value(f, sum, "bytes");
	finding_say(f, "%s worker has made ", m.n == 1 ? "the" : "each");
	say_range(f, &m, sum);
	finding_say(f, " for itself and has ");
	finding_say_size(f, measure_times(inherited, (figure)s->snap->facts->host.page_size / (figure)m.n));
	finding_say(f,
		    " from the master: the application is most likely loaded after the fork, not before (%s)",
		    s->server->preload);
	/* Who inherited much and leaks looks like that as well, until it is watched. */
	if (!m.told && m.inherited >= INHERITED_PART * (m.inherited + m.sum))
		finding_say(f, ", or %s grown since: a longer look tells", m.n == 1 ? "it has" : "they have");
	return true;
}

/* Beside what they inherited, each has made about as much, and it does not grow. */
void find_loaded_after_fork(const struct scene *s)
{
	struct made m = made_by_workers(s, false);
	struct finding *f;
	size_t i;

	for (i = 0; i < s->snap->nfindings; i++) {
		if (s->snap->findings[i].kind == FINDING_NOT_SHARING)
			return;
	}
	if (!m.n || !known(m.sum + m.inherited) || !s->server->preload || m.growing || !are_alike(&m) ||
	    m.least < LOADED_LEAST || m.sum < LOADED_PART * m.inherited)
		return;
	f = finding_add(s->snap, FINDING_LOADED_AFTER_FORK, NULL);
	finding_value(f, measure_at_most(m.least * (figure)(m.n - 1)), "bytes");
	finding_say(f, "each of %zu workers has made about as much memory after the fork, ", m.n);
	say_range(f, &m, measure_made(s->snap));
	finding_say(f,
		    ": if each loads the same (lazy imports, a model, a cache), loading it before the fork "
		    "saves ");
	finding_say_size(f, measure_at_most(f->value));
	finding_say(f, " in all");
	if (*s->server->name && !is_preloaded(s, &m))
		finding_say(f, " (%s, where that is not set yet)", s->server->preload);
	finding_say(f, "; or it was needed once and the allocator has not given it back (malloc_trim, "
		       "MALLOC_ARENA_MAX)");
}

static figure own_bytes(const struct scene *s, const struct proc_snapshot *p)
{
	return (p->figures.pages.new + p->figures.pages.cow_broken + p->figures.pages.cow_file) *
	       (figure)s->snap->facts->host.page_size;
}

static int by_value(const void *a, const void *b)
{
	figure x = *(const figure *)a, y = *(const figure *)b;

	return (x > y) - (x < y);
}

/* The median of the others that are at least half as old. Unknown: there is none. */
static figure others_have(const struct scene *s, const struct proc_snapshot *most)
{
	cleanup_free figure *own = xcalloc(s->snap->nprocs + 1, sizeof(*own));
	const struct proc_snapshot *p;
	size_t n = 0;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p != most && p->role == ROLE_WORKER && known(own_bytes(s, p)) &&
		    p->figures.age_s >= most->figures.age_s / 2)
			own[n++] = own_bytes(s, p);
	}
	qsort(own, n, sizeof(*own), by_value);
	return n ? (own[(n - 1) / 2] + own[n / 2]) / 2 : UNKNOWN;
}

void find_workers_differ(const struct scene *s)
{
	const struct proc_snapshot *p, *most = NULL;
	figure own, others;
	struct finding *f;
	char label[32];
	bool guess;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p->role == ROLE_WORKER && known(own_bytes(s, p)) &&
		    (!most || own_bytes(s, p) > own_bytes(s, most)))
			most = p;
	}
	if (!most)
		return;
	own = own_bytes(s, most);
	others = others_have(s, most);
	if (!(own >= DIFFERS_TIMES * others && own >= others + DIFFERS_LEAST))
		return;
	/* Copied or new, it is its own. */
	guess = s->snap->estimated;
	f = finding_add(s->snap, FINDING_WORKERS_DIFFER, NULL);
	f->pid = most->facts->pid;
	finding_value(f, measure_make(own - others, UNKNOWN, guess), "bytes");
	finding_say(f, "%s (pid %d) has ", past_label(label, finding_past(s, most)), (int)most->facts->pid);
	finding_say_size(f, measure_make(own, UNKNOWN, guess));
	finding_say(f, " of its own, the other workers ");
	finding_say_size(f, measure_make(others, UNKNOWN, guess));
	finding_say(f, " in the median: ");
	finding_say_size(f, PROCESS_MEASURE(most, cow_broken_bytes));
	finding_say(f, " of it is copied, the rest it made itself");
}
