#include "model/copiers.h"

/* Of the master or the helpers; returns how many there are. */
static size_t sum_of(const struct snapshot *s, enum role role, struct copier *ret)
{
	figure copied = 0, least = 0, inherited = 0;
	bool estimated = false;
	unsigned doubts = 0;
	size_t i, n = 0;

	*ret = (struct copier){ .role = role };
	ret->bytes = ret->per_s = measure_make(0, UNKNOWN, false);
	for (i = 0; i < s->nprocs; i++) {
		const struct proc_snapshot *p = &s->procs[i];

		if (p->role != role || !holds_pages(p->facts))
			continue;
		copied += p->figures.pages.cow_broken;
		inherited += pages_inherited(&p->figures.pages);
		least += process_least(p)->pages.cow_broken;
		ret->bytes = measure_plus(ret->bytes, PROCESS_MEASURE(p, cow_broken_bytes));
		ret->per_s = measure_plus(ret->per_s, PROCESS_MEASURE(p, faults.cow_per_s));
		estimated |= p->estimated;
		doubts |= p->doubts;
		n++;
	}
	if (doubts & DOUBT_AGE) {
		ret->bytes = measure_make(ret->bytes.value, UNKNOWN, true);
		ret->per_s = measure_make(ret->per_s.value, UNKNOWN, true);
		least = copied;
	}
	ret->ratio = measure_make(copied_ratio(copied, inherited), copied_ratio(least, inherited), estimated);
	return n;
}

bool copier_matters(const struct copier *c, const struct snapshot *s)
{
	return c->bytes.value > 0 && c->bytes.value >= 0.1 * s->pool.copied_bytes && c->ratio.value >= 0.01;
}

/* Before all that have copied less, which one that is not known may not have. */
static void insert(const struct snapshot *s, struct copier *list, size_t n, const struct copier *one)
{
	bool matters = copier_matters(one, s);

	for (; matters && n && one->bytes.value > list[n - 1].bytes.value; n--)
		list[n] = list[n - 1];
	list[n] = *one;
}

size_t copiers_of(const struct snapshot *s, struct copier ret[static COPIERS_MAX])
{
	struct copier one = {
		.role = ROLE_WORKER,
		.bytes = POOL_MEASURE(s, cow_broken_bytes),
		.ratio = POOL_MEASURE(s, cow_broken_ratio),
		.per_s = POOL_MEASURE(s, faults.cow_per_s),
	};
	size_t n = 0;

	insert(s, ret, n++, &one);
	if (sum_of(s, ROLE_MASTER, &one))
		insert(s, ret, n++, &one);
	if (sum_of(s, ROLE_HELPER, &one) && one.bytes.value > 0)
		insert(s, ret, n++, &one);
	return n;
}

const struct copier *copiers_find(const struct copier *c, size_t n, enum role role)
{
	for (size_t i = 0; i < n; i++) {
		if (c[i].role == role)
			return &c[i];
	}
	return NULL;
}
