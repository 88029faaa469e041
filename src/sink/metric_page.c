#include "sink/metric_page.h"

#include <stdio.h>
#include "model/field.h"
#include "sink/html.h"

static void add_size(struct buf *out, const struct snapshot *s, struct measure m)
{
	char text[20];

	html_cell(out, s && known(m.value) ? measure_size(text, m) : "-");
}

static void add_pool(struct buf *out, const struct metric_pool *p)
{
	const struct snapshot *s = p->snap;
	const struct measure none = measure_make(UNKNOWN, UNKNOWN, false);
	char text[20];

	buf_adds(out, "<tr>");
	html_name(out, p->name);
	html_name(out, p->unit);
	html_cell(out, s && known(s->pool.workers) ? measure_count(text, POOL_MEASURE(s, workers)) : "-");
	add_size(out, s, s ? POOL_MEASURE(s, footprint_bytes) : none);
	add_size(out, s, s ? POOL_MEASURE(s, saved_bytes) : none);
	add_size(out, s, s ? POOL_MEASURE(s, copied_bytes) : none);
	html_name(out, s ? level_name(s->level) : "none");
	buf_adds(out, "</tr>\n");
}

void metric_page(struct buf *out, const struct metric_set *s)
{
	static const char *const heads[] = { "<pool", "<unit",  "workers", "footprint",
					     "saved", "copied", "<level",  NULL };

	html_begin(out, "cowtop export");
	html_section(out, "Pools");
	buf_adds(out,
		 "<p><a href=\"/metrics\">/metrics</a> has the figures, <a href=\"/healthz\">/healthz</a> "
		 "says that somebody is there.</p>\n");
	html_table(out, heads);
	for (size_t i = 0; i < s->n; i++)
		if (!s->pools[i].left_out)
			add_pool(out, &s->pools[i]);
	html_table_end(out);
	if (s->missing)
		buf_printf(out, "<p>Targets that are waited for: %zu</p>\n", s->missing);
	html_section_end(out);
	html_end(out);
}
