#include "sink/text_copies.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "sink/text_grid.h"
#include "sink/text_wrap.h"

static const char *whom(const struct copier *c, const struct snapshot *s)
{
	if (c->role == ROLE_MASTER)
		return "the master";
	if (c->role == ROLE_HELPER)
		return "helpers";
	return s->pool.workers == 1 ? "the worker" : "workers";
}

static void add_copier(struct buf *line, const struct copier *c, const struct snapshot *s, bool first)
{
	char size[20], percent[20];

	buf_printf(line, "%s%s by %s", first ? "" : "; ", measure_size(size, c->bytes), whom(c, s));
	if (known(c->ratio.value))
		buf_printf(line, ", %s%%%s", text_marked_percent(percent, c->ratio),
			   first ? " of the inherited" : "");
}

/* What the others copied away from the workers, where it is worth saying: each holds it for itself alone. */
static void add_orphaned(struct buf *line, const struct snapshot *s)
{
	const struct page_figures *pages = &s->pool.pages;
	char size[20];

	if (pages->orphaned >= 0.01 * pages_inherited(pages) && pages->orphaned > 0)
		buf_printf(line, "; %s orphaned in %s",
			   measure_size(size, measure_times(POOL_MEASURE(s, pages.orphaned),
							    (figure)s->facts->host.page_size)),
			   s->pool.workers == 1 ? "the worker" : "workers");
}

void text_copies(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	struct copier copiers[COPIERS_MAX];
	size_t n = copiers_of(s, copiers), i;
	char size[20];

	for (i = 0; i < n; i++)
		add_copier(&line, &copiers[i], s, i == 0);
	add_orphaned(&line, s);
	buf_printf(&line, "; prefork ceiling %s each", measure_size(size, POOL_MEASURE(s, prefork_bytes)));
	buf_adds(out, "cow-broken ");
	text_wrap(out, line.data, 11, columns);
}

void text_copies_per_s(struct buf *out, const struct snapshot *s)
{
	struct copier copiers[COPIERS_MAX];
	size_t n = copiers_of(s, copiers), i;
	char count[20];

	for (i = 0; i < n; i++) {
		if (copiers[i].role != ROLE_WORKER && copiers[i].per_s.value > 0)
			buf_printf(out, "; %s: cow %s", whom(&copiers[i], s),
				   measure_count(count, copiers[i].per_s));
	}
}
