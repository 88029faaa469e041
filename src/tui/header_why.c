#include "tui/header_why.h"

#include <stdio.h>
#include "base/units.h"
#include "model/why_shown.h"
#include "tui/line.h"

/* The gain first, then what freezing does nothing for, as there is room. */
static const struct {
	enum why_cause cause;
	int order;
	const char *name;
} parts[] = {
	{ WHY_REFERENCES, 1, "references" },
	{ WHY_COLLECTOR_FIRST, 2, "first, then references" },
	{ WHY_OTHERWISE, 3, "not known" },
	{ WHY_STARTUP, 4, "run-up" },
	{ WHY_DATA, 5, "data" },
	{ WHY_ALLOCATOR, 6, "allocator" },
	{ WHY_COLLAPSE, 4, "kernel's huge pages" },
};

/* "~16.3 MiB each (14.2..18.4)" */
static void add_gain(struct line *l, const struct why *w)
{
	const char *name = w->basis == WHY_RISK ? "freezing keeps" : "freezing gives back";
	struct measure gain = why_gain_bytes(w);
	char size[20], low[16], high[16];

	if (!known(gain.value))
		return;
	measure_mib(size, gain);
	units_format_mib(low, gain.low);
	units_format_mib(high, gain.high);
	if (gain.low < gain.high)
		line_add(l, 0, PAINT_GOOD, name, "%s MiB each (%s..%s)", size, low, high);
	else
		line_add(l, 0, PAINT_GOOD, name, "%s MiB each", size);
}

static void add_part(struct line *l, const struct why *w, size_t i)
{
	struct measure m = why_bytes(w, &w->causes[parts[i].cause]);
	char size[20];

	if (!known(m.value) || !(m.value > 0))
		return;
	if (m.label == LABEL_UPPER_BOUND || !(w->copied > 0))
		line_add(l, parts[i].order, PAINT_PLAIN, parts[i].name, "%s", measure_mib(size, m));
	else
		line_add(l, parts[i].order, PAINT_PLAIN, parts[i].name, "%s %.0f%%", measure_mib(size, m),
			 100 * m.value / (w->copied * w->page_size));
}

bool header_why(const struct ui_model *m, struct cells *c, int row, int column, int width)
{
	const struct why *w = m->shown->why;
	struct line l = { .label = "WHY" };

	if (!why_is_split(w))
		return false;
	add_gain(&l, w);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		add_part(&l, w, i);
	line_draw(&l, c, row, column, width);
	return true;
}
