#include "analysis/why_advice_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What helps: so much a worker at the least, and so much of what it is a part of. */
#define HELPS_LEAST 1048576.0
#define HELPS_PART 0.05
double advice_mib(const struct advising *a, double pages)
{
	return pages * a->w->page_size / (1 << 20);
}

bool advice_is_enough(const struct advising *a, double pages, double of)
{
	return pages * a->w->page_size >= HELPS_LEAST && !(pages < HELPS_PART * of);
}

struct why_advice *advice_add(struct advising *a, enum why_advice_kind kind, struct why_amount per_worker,
			      double of)
{
	struct why_advice *d = &a->items[a->n++];
	double n = (double)a->w->nworkers,
	       most = isnan(per_worker.pages) ? per_worker.high : per_worker.pages;

	*d = (struct why_advice){ .kind = kind, .per_worker = per_worker, .fit = NAN, .fit_after = NAN };
	d->pool = (struct why_amount){ per_worker.pages * n, per_worker.low * n, per_worker.high * n };
	d->helps = advice_is_enough(a, most, of);
	return d;
}

struct why_advice *advice_add_helpful(struct advising *a, enum why_advice_kind kind,
				      struct why_amount per_worker, double of)
{
	struct why_advice *d = advice_add(a, kind, per_worker, of);

	if (d->helps)
		return d;
	a->n--;
	return NULL;
}

__attribute__((format(printf, 3, 0))) static void say(char *out, size_t size, const char *fmt, va_list args)
{
	size_t len = strlen(out);

	vsnprintf(out + len, size - len, fmt, args);
}

void advice_say(struct why_advice *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(d->text, sizeof(d->text), fmt, args);
	va_end(args);
}

void advice_rests_on(struct why_advice *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(d->rests_on, sizeof(d->rests_on), fmt, args);
	va_end(args);
}

void advice_say_amount(const struct advising *a, struct why_advice *d)
{
	const struct why_amount *w = &d->per_worker;

	if (!isnan(w->pages) && advice_mib(a, w->high - w->low) < 0.05)
		advice_say(d, "%.1f MiB a worker", advice_mib(a, w->pages));
	else if (!isnan(w->pages))
		advice_say(d, "about %.1f MiB a worker (%.1f to %.1f)", advice_mib(a, w->pages),
			   advice_mib(a, w->low), advice_mib(a, w->high));
	else if (w->low > 0)
		advice_say(d, "between %.1f and %.1f MiB a worker", advice_mib(a, w->low),
			   advice_mib(a, w->high));
	else
		advice_say(d, "at most %.1f MiB a worker", advice_mib(a, w->high));
}

const char *advice_setting(const struct advising *a, const char *name)
{
	for (size_t i = 0; i < a->gc->nsettings; i++)
		if (!strcmp(a->gc->settings[i].name, name))
			return a->gc->settings[i].value;
	return NULL;
}

const struct allocator_facts *advice_allocator(const struct allocator_inventory *inv,
					       enum allocator_kind kind)
{
	for (size_t i = 0; inv && i < inv->nitems; i++)
		if (inv->items[i].kind == kind)
			return &inv->items[i];
	return NULL;
}

bool advice_has_other_malloc(const struct advising *a)
{
	static const enum allocator_kind kinds[] = { ALLOCATOR_JEMALLOC, ALLOCATOR_TCMALLOC,
						     ALLOCATOR_MIMALLOC };
	static const char *const names[] = { "jemalloc", "tcmalloc", "mimalloc" };
	const char *preloaded = advice_setting(a, "LD_PRELOAD");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (advice_allocator(a->e->master, kinds[i]) || (preloaded && strstr(preloaded, names[i])))
			return true;
	return false;
}

int advice_number(const char *text)
{
	int n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000; text++)
		n = n * 10 + (*text - '0');
	return n;
}
