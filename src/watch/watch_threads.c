#include "watch/watch_threads.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static struct watch_thread **bucket_of(const struct watch_threads *f, pid_t tid)
{
	return (struct watch_thread **)&f->buckets[(uint32_t)tid % WATCH_BUCKETS];
}

static void free_thread(struct watch_thread *t)
{
	free(t->views);
	free(t);
}

void watch_threads_release(struct watch_threads *f)
{
	size_t i;

	for (i = 0; i < f->nthreads; i++)
		free_thread(f->threads[i]);
	for (i = 0; i < f->nmembers; i++)
		free(f->members[i]);
	free(f->threads);
	free(f->members);
	free(f->tallies);
	hash_release(&f->index);
	*f = (struct watch_threads){ 0 };
}

/* ---- processes and threads */

/* A pid may have been reused: the youngest is at the end. */
struct watch_member *watch_threads_member(const struct watch_threads *f, pid_t pid)
{
	struct watch_thread *leader = watch_threads_thread(f, pid);
	size_t i;

	if (leader && leader->member->pid == pid)
		return leader->member;
	for (i = f->nmembers; i-- > 0;)
		if (f->members[i]->pid == pid)
			return f->members[i];
	return NULL;
}

struct watch_member *watch_threads_add(struct watch_threads *f, pid_t pid, pid_t parent)
{
	struct watch_member *m = xcalloc(1, sizeof(*m));

	m->pid = pid;
	m->parent = parent;
	vec_room(&f->members, f->nmembers, &f->members_cap);
	f->members[f->nmembers++] = m;
	return m;
}

struct watch_thread *watch_threads_thread(const struct watch_threads *f, pid_t tid)
{
	struct watch_thread *t = *bucket_of(f, tid);

	while (t && t->tid != tid)
		t = t->next;
	return t;
}

struct watch_thread *watch_threads_add_thread(struct watch_threads *f, struct watch_member *m, pid_t tid)
{
	struct watch_thread *t = xcalloc(1, sizeof(*t)), **bucket = bucket_of(f, tid);

	t->tid = tid;
	t->member = m;
	t->next = *bucket;
	*bucket = t;
	m->threads++;
	vec_room(&f->threads, f->nthreads, &f->threads_cap);
	f->threads[f->nthreads++] = t;
	return t;
}

void watch_threads_end_thread(struct watch_thread *t)
{
	if (t->ended)
		return;
	t->ended = true;
	t->member->threads--;
}

bool watch_member_gone(const struct watch_member *m)
{
	return !m->threads;
}

/* ---- views */

struct watch_view *watch_view_of(struct watch_thread *t, uint32_t root)
{
	size_t i;

	for (i = 0; i < t->nviews; i++)
		if (t->views[i].root == root)
			return &t->views[i];
	vec_room(&t->views, t->nviews, &t->views_cap);
	t->views[t->nviews] = (struct watch_view){ .root = root };
	return &t->views[t->nviews++];
}

/* Of two equal ones, that of the older root. */
const struct watch_view *watch_view_best(const struct watch_thread *t)
{
	const struct watch_view *best = NULL;
	size_t i;

	for (i = 0; i < t->nviews; i++) {
		const struct watch_view *v = &t->views[i];

		if (!best || v->rank > best->rank || (v->rank == best->rank && v->root < best->root))
			best = v;
	}
	return best;
}

/* ---- tallies */

static uint64_t tally_hash(const struct watch_thread *t, uint32_t root, uint32_t trace)
{
	return hash_mix((uintptr_t)t, (uint64_t)root << 48 ^ (uint64_t)trace << 20);
}

static struct watch_tally *find_tally(const struct watch_threads *f, const struct watch_thread *t,
				      uint32_t root, uint32_t trace)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(&f->index, tally_hash(t, root, trace), &step, &i)) {
		struct watch_tally *y = &f->tallies[i];

		if (y->thread == t && y->root == root && y->trace == trace)
			return y;
	}
	return NULL;
}

void watch_threads_count(struct watch_threads *f, struct watch_thread *t, uint32_t root, uint32_t trace,
			 enum page_event event, uint64_t samples)
{
	struct watch_tally *y = find_tally(f, t, root, trace);

	if (!y) {
		vec_room(&f->tallies, f->ntallies, &f->tallies_cap);
		hash_add(&f->index, tally_hash(t, root, trace), (uint32_t)f->ntallies);
		y = &f->tallies[f->ntallies++];
		*y = (struct watch_tally){ .thread = t, .root = root, .trace = trace };
	}
	y->samples[event] += samples;
}

/* ---- after a take */

static void unlink_thread(struct watch_threads *f, struct watch_thread *t)
{
	struct watch_thread **at = bucket_of(f, t->tid);

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

void watch_threads_forget(struct watch_threads *f, void (*drop)(void *ctx, struct watch_member *m), void *ctx)
{
	size_t i, kept = 0;

	f->ntallies = 0;
	hash_clear(&f->index);
	for (i = 0; i < f->nthreads; i++) {
		struct watch_thread *t = f->threads[i];

		if (!t->ended) {
			f->threads[kept++] = t;
			continue;
		}
		unlink_thread(f, t);
		free_thread(t);
	}
	f->nthreads = kept;
	for (i = kept = 0; i < f->nmembers; i++) {
		struct watch_member *m = f->members[i];

		if (!watch_member_gone(m)) {
			f->members[kept++] = m;
			continue;
		}
		drop(ctx, m);
		free(m);
	}
	f->nmembers = kept;
}
