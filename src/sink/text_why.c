#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "model/why_shown.h"
#include "sink/advice.h"
#include "sink/kinds.h"
#include "sink/text_wrap.h"
#include "sink/why.h"
#include "sink/why_memory.h"

/* Where the bounds stand in a row, and what there is to say of it, if there is room. */
#define BOUNDS_AT 55
#define SAYS_AT 73
/* What rounds to nothing has no row. */
#define LEAST_MIB 0.05
/* Those that are named each. */
#define WORKERS_MAX 10

static double mib(const struct why *w, double pages)
{
	return pages * w->page_size / (1 << 20);
}

static bool is_estimate(const struct why_amount *a)
{
	return known(a->pages) && (a->low < a->pages || a->pages < a->high);
}

static void add_columns(struct buf *out, size_t before, size_t columns)
{
	while (out->len - before < columns)
		buf_addc(out, ' ');
}

/* "  collector alone    ~16.3 MiB  26 %  [14.2 .. 18.4]  gc.freeze() ..." */
static void add_row(struct buf *out, const struct why *w, enum why_cause cause, size_t columns)
{
	const struct why_amount *a = &w->causes[cause];
	size_t before = out->len;
	const char *says = why_words[cause].says;
	char text[24] = "-";

	if (!why_has_row(w, cause))
		return;
	if (known(a->pages))
		snprintf(text, sizeof(text), "%s%.1f", is_estimate(a) ? "~" : "", mib(w, a->pages));
	buf_printf(out, "  %-33s %7s MiB", why_words[cause].name, text);
	if (known(a->pages) && w->copied > 0)
		buf_printf(out, " %3.0f %%", 100 * a->pages / w->copied);
	if (is_estimate(a) || !known(a->pages)) {
		add_columns(out, before, BOUNDS_AT);
		buf_printf(out, "[%.1f .. %.1f]", mib(w, a->low), mib(w, a->high));
	}
	if (cause == WHY_OTHERWISE && w->basis == WHY_BOUNDS)
		says = "what a collection may have copied, and others";
	if (*says && SAYS_AT + strlen(says) <= columns) {
		add_columns(out, before, SAYS_AT);
		buf_adds(out, says);
	}
	buf_addc(out, '\n');
}

/* Where they differ by more than a tenth, and no list of them follows: between what. */
static void add_range(struct buf *out, const struct why *w)
{
	double least = w->copied, most = w->copied;

	for (size_t i = 0; i < w->n && w->basis == WHY_NONE; i++) {
		least = fmin(least, w->workers[i].copied);
		most = fmax(most, w->workers[i].copied);
	}
	if (most - least > w->copied / 10 && mib(w, most - least) >= LEAST_MIB)
		buf_printf(out, " (%.1f to %.1f)", mib(w, least), mib(w, most));
}

static void add_head(struct buf *out, const struct why *w, const struct snapshot *snap, size_t columns)
{
	text_clean(out, snap->command, strlen(snap->command));
	buf_printf(out, ": %zu worker%s", w->nworkers, w->nworkers == 1 ? "" : "s");
	if (w->nmean && known(w->copied)) {
		buf_printf(out, "; %s copied %.1f", w->nmean == 1 ? "one has" : "each has",
			   mib(w, w->copied));
		add_range(out, w);
		buf_printf(out, " of %.1f MiB inherited", mib(w, w->inherited));
	}
	buf_addc(out, '\n');
	if (w->nmean)
		text_why_copies(out, w, columns);
}

static void add_worker(struct buf *out, const struct why *w, const struct why_worker *k)
{
	const struct why_amount *only = &k->causes[WHY_COLLECTOR_ONLY];

	buf_printf(out, "  %-8d %7.1f MiB copied", (int)k->pid, mib(w, k->copied));
	if (k->basis == WHY_YOUNG || k->basis == WHY_TRANSFER)
		buf_printf(out, ", collector alone ~%.1f [%.1f .. %.1f]", mib(w, only->pages),
			   mib(w, only->low), mib(w, only->high));
	else if (k->basis == WHY_RISK)
		buf_printf(out, ", no full collection yet; at most %.1f at risk", mib(w, k->at_risk));
	else if (k->basis == WHY_BOUNDS)
		buf_printf(out, ", collector alone between %.1f and %.1f", mib(w, only->low),
			   mib(w, only->high));
	buf_addc(out, '\n');
}

/* How the pool's figures are known, or why they are not. */
static void add_basis(struct buf *out, const struct why *w, size_t columns)
{
	const char *head = w->basis == WHY_NONE ? "by cause: not known: " : "rests on: ";

	buf_adds(out, head);
	text_wrap(out, w->reason, strlen(head), columns);
}

static void add_workers(struct buf *out, const struct why *w)
{
	if (w->n < 2 || w->basis == WHY_NONE)
		return;
	buf_adds(out, "workers:\n");
	for (size_t i = 0; i < w->n && i < WORKERS_MAX; i++)
		add_worker(out, w, &w->workers[i]);
	if (w->n > WORKERS_MAX)
		buf_printf(out, "  and %zu more (--json has all)\n", w->n - WORKERS_MAX);
}

/* What was lost and by what comes first, then what would give it back, then where it lies. */
void text_why(struct buf *out, const struct why *w, const struct snapshot *snap, size_t columns)
{
	add_head(out, w, snap, columns);
	for (int i = 0; i < WHY_CAUSES && w->basis != WHY_NONE; i++)
		add_row(out, w, (enum why_cause)i, columns);
	add_basis(out, w, columns);
	text_advice(out, w, columns);
	text_kinds(out, w->kinds, columns);
	text_why_memory(out, w->memory, w->page_size, columns);
	add_workers(out, w);
}
