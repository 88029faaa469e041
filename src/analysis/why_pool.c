#include "analysis/why_pool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double mean_of(double sum, size_t n)
{
	return n ? sum / (double)n : NAN;
}

/* The most that can be said of any: what was seen whole before what is still to come, and bounds after both. */
static enum why_basis best(const struct why *w)
{
	static const enum why_basis order[] = { WHY_TRANSFER, WHY_YOUNG, WHY_RISK, WHY_BOUNDS };

	for (size_t b = 0; b < sizeof(order) / sizeof(*order); b++)
		for (size_t i = 0; i < w->n; i++)
			if (w->workers[i].basis == order[b])
				return order[b];
	return WHY_NONE;
}

static void add(struct why_amount *to, const struct why_amount *a)
{
	to->pages += a->pages;
	to->low += a->low;
	to->high += a->high;
}

/* Is it one of those that the pool's figures are of? */
static bool is_meant(const struct why *w, const struct why_worker *k)
{
	return k->basis == w->basis || (w->basis == WHY_TRANSFER && k->basis == WHY_YOUNG);
}

static void take_means(struct why *w)
{
	struct why_amount sums[WHY_CAUSES] = { 0 };
	double inherited = 0, copied = 0, identical = 0, at_risk = 0, control = 0;

	w->nmean = 0;
	w->off = true;
	for (size_t i = 0; i < w->n; i++) {
		const struct why_worker *k = &w->workers[i];

		if (!is_meant(w, k))
			continue;
		w->nmean++;
		w->off &= k->off;
		inherited += k->inherited;
		copied += k->copied;
		identical += k->identical;
		at_risk += k->at_risk;
		control += k->control;
		for (size_t c = 0; c < WHY_CAUSES; c++)
			add(&sums[c], &k->causes[c]);
	}
	w->inherited = mean_of(inherited, w->nmean);
	w->copied = mean_of(copied, w->nmean);
	w->identical = mean_of(identical, w->nmean);
	w->at_risk = mean_of(at_risk, w->nmean);
	w->control = mean_of(control, w->nmean);
	for (size_t c = 0; c < WHY_CAUSES; c++)
		w->causes[c] = (struct why_amount){ mean_of(sums[c].pages, w->nmean),
						    mean_of(sums[c].low, w->nmean),
						    mean_of(sums[c].high, w->nmean) };
}

/* The reason that the most of them have. */
static const char *common_reason(const struct why *w)
{
	const char *ret = NULL;
	size_t most = 0;

	for (size_t i = 0; i < w->n; i++) {
		size_t n = 0;

		for (size_t k = 0; k < w->n; k++)
			n += w->workers[k].basis == w->basis && w->workers[k].reason == w->workers[i].reason;
		if (w->workers[i].basis == w->basis && n > most) {
			most = n;
			ret = w->workers[i].reason;
		}
	}
	return ret;
}

static void say_young(struct why *w)
{
	size_t looks = 0, young = 0;
	double first = 0, control = 0;
	char others[96] = "";

	for (size_t i = 0; i < w->n; i++) {
		if (w->workers[i].basis != WHY_YOUNG)
			continue;
		young++;
		looks += w->workers[i].snapshots;
		first += w->workers[i].first_at;
		control += w->workers[i].control;
	}
	if (w->nmean > young)
		snprintf(others, sizeof(others), "; %zu that had collected before, judged by %s",
			 w->nmean - young, young == 1 ? "it" : "them");
	snprintf(
		w->reason, sizeof(w->reason),
		"%zu worker%s watched to the first full collection, which came after %.0f %% of what was done, and on; "
		"%zu looks; judged by %.1f MiB of pages with no tracked object, which a collection does not write%s",
		young, young == 1 ? "" : "s", 100 * mean_of(first, young), looks,
		mean_of(control, young) * w->page_size / (1 << 20), others);
}

static void say(struct why *w, const char *why)
{
	const char *reason = common_reason(w);

	if (w->basis == WHY_YOUNG || w->basis == WHY_TRANSFER)
		say_young(w);
	else if (w->basis == WHY_RISK && w->off)
		snprintf(
			w->reason, sizeof(w->reason),
			"%zu worker%s watched, whose collector is off: nothing is lost to it while that is so, and "
			"freezing gives nothing back",
			w->nmean, w->nmean == 1 ? "" : "s");
	else if (w->basis == WHY_RISK)
		snprintf(
			w->reason, sizeof(w->reason),
			"%zu worker%s watched, no full collection yet: nothing is lost to one so far, and the first one "
			"takes at most what is still shared of the pages with tracked objects",
			w->nmean, w->nmean == 1 ? "" : "s");
	else
		snprintf(w->reason, sizeof(w->reason), "%s",
			 why    ? why :
			 reason ? reason :
				  "no worker could be looked at");
}

/* Behind what it rests on: who may not read frame numbers has copies guessed. */
static void say_guessed(struct why *w)
{
	size_t len = strlen(w->reason);

	for (size_t i = 0; i < w->n; i++) {
		if (!is_meant(w, &w->workers[i]) || !w->workers[i].guessed)
			continue;
		snprintf(
			w->reason + len, sizeof(w->reason) - len,
			"; without frame numbers, which root may read, which pages are copies is an estimate");
		return;
	}
}

void why_sum_up(struct why *w, const char *why)
{
	w->basis = best(w);
	take_means(w);
	say(w, why);
	if (w->basis != WHY_NONE)
		say_guessed(w);
}
