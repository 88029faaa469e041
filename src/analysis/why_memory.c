#include "analysis/why_memory.h"

#include "analysis/memory_uses.h"

/* The amounts of an allocator. */
static fact *amount(struct allocator_facts *f, size_t i)
{
	fact *const amounts[] = { &f->arenas, &f->held,      &f->used,   &f->own,    &f->cached, &f->free,
				  &f->top,    &f->trimmable, &f->pinned, &f->mapped, &f->nmapped };

	return i < sizeof(amounts) / sizeof(*amounts) ? amounts[i] : NULL;
}

static struct allocator_facts *facts_of(struct allocator_inventory *i, enum allocator_kind kind)
{
	for (size_t k = 0; k < i->nitems; k++)
		if (i->items[k].kind == kind)
			return &i->items[k];
	return NULL;
}

/* One worker's more; `first`: there was none of that kind so far. */
static void add_facts(struct allocator_facts *to, struct allocator_facts *more, bool first)
{
	fact *sum, *one;

	to->guessed |= more->guessed;
	if (!to->why)
		to->why = more->why;
	for (size_t i = 0; (sum = amount(to, i)); i++) {
		one = amount(more, i);
		if (first)
			*sum = *one;
		else if (*sum == ABSENT || *one == ABSENT)
			*sum = ABSENT;
		else
			*sum += *one;
	}
}

static void take_means(struct why_memory *m)
{
	size_t of_kind[ALLOCATOR_KINDS] = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		struct allocator_inventory *one = &m->workers[i].allocators;

		if (!m->workers[i].read)
			continue;
		m->nread++;
		for (size_t k = 0; k < one->nitems; k++) {
			enum allocator_kind kind = one->items[k].kind;
			struct allocator_facts *to = facts_of(&m->each, kind);

			add_facts(to ?: allocator_add(&m->each, kind, one->items[k].sign), &one->items[k],
				  !of_kind[kind]);
			of_kind[kind]++;
		}
	}
	for (size_t k = 0; k < m->each.nitems; k++) {
		fact n = (fact)of_kind[m->each.items[k].kind], *sum;

		for (size_t i = 0; (sum = amount(&m->each.items[k], i)); i++)
			*sum = *sum == ABSENT ? ABSENT : (*sum + n / 2) / n;
	}
}

/* A worker's own allocators say what is the workers'; the master's, what was inherited. */
static const struct allocator_inventory *areas_of(const struct why_memory *m,
						  const struct why_memory_worker *k)
{
	return k->read ? &k->allocators : &m->allocators;
}

void why_memory_sum_up(struct why_memory *m, uint64_t page_size, bool exact)
{
	take_means(m);
	for (size_t i = 0; i < m->n; i++) {
		struct why_memory_worker *k = &m->workers[i];

		copies_add(&m->copies, &k->copies);
		if (!k->space.nregions)
			continue;
		m->nspaces++;
		memory_uses_add(&k->space, areas_of(m, k), page_size, &m->regions);
	}
	memory_uses_sort(&m->regions);
	m->exact = exact && copies_are_whole(&m->copies);
}

/* Is it one of those that the pool's means are of (analysis/why_pool.h)? */
static bool is_meant(const struct why *w, const struct why_worker *k)
{
	return k->basis == w->basis || (w->basis == WHY_TRANSFER && k->basis == WHY_YOUNG);
}

void why_memory_join(struct why *w, struct why_memory *m)
{
	double sum = 0;
	size_t n = 0;

	w->memory = m;
	for (size_t i = 0; m && i < w->n; i++) {
		struct why_worker *k = &w->workers[i];
		const struct why_memory_worker *found = why_memory_of(m, k->pid, k->start_ticks);

		if (found && found->copies.page_size)
			k->identical = copies_identical(&found->copies);
		if (is_meant(w, k)) {
			sum += k->identical;
			n++;
		}
	}
	if (n)
		w->identical = sum / (double)n;
}
