#include <string.h>
#include "sink/compare_parts.h"
#include "sink/html.h"
#include "sink/plot.h"
#include "sink/trial_html_parts.h"
#include "sink/trial_parts.h"

#define WIDTH 1000 /* of a row's drawing, which stretches */
#define MIDDLE 15  /* of its height */

/* The axis of all rows: whole steps, zero among them. */
struct axis {
	figure low, high, step;
};

static const struct field *decides(const struct trial *t)
{
	return &compare_fields[trial_deciding(t)];
}

static void widen(struct axis *r, figure value)
{
	if (known(value)) {
		r->low = fmin(r->low, value);
		r->high = fmax(r->high, value);
	}
}

static bool is_any_known(const struct trial *t)
{
	for (size_t i = 1; i < t->n; i++) {
		if (trial_row(&t->variants[i], decides(t)))
			return true;
	}
	return false;
}

/* False: there is no difference. */
static bool axis_of(const struct trial *t, struct axis *r)
{
	*r = (struct axis){ 0 };
	for (size_t i = 1; i < t->n; i++) {
		const struct compare_row *row = trial_row(&t->variants[i], decides(t));

		if (!row)
			continue;
		widen(r, row->difference);
		widen(r, row->low);
		widen(r, row->high);
	}
	if (!(r->high - r->low > 0))
		return false;
	r->step = plot_step(r->high - r->low, true);
	r->low = floor(r->low / r->step) * r->step;
	r->high = ceil(r->high / r->step) * r->step;
	return true;
}

static figure part(const struct axis *r, figure value)
{
	return fmin(fmax((value - r->low) / (r->high - r->low), 0), 1);
}

static int across(const struct axis *r, figure value)
{
	return (int)lround(part(r, value) * WIDTH);
}

/* The difference as a tick, its interval as a band with an end at each side: of dashes where it is no verdict. */
static void add_drawing(struct buf *out, const struct axis *r, const struct compare_row *row,
			const char *class)
{
	int at = across(r, row->difference), low = across(r, row->low), high = across(r, row->high);
	bool told = !strcmp(class, "good") || !strcmp(class, "bad");

	if (known(row->low) && known(row->high))
		buf_printf(out,
			   "<path class=\"ci %s\" d=\"M%d %dH%d\"/><path class=\"cap %s\" "
			   "d=\"M%d %dv10M%d %dv10\"/>",
			   told ? class : "open", low, MIDDLE, high, told ? class : "", low, MIDDLE - 5, high,
			   MIDDLE - 5);
	buf_printf(out, "<path class=\"at %s\" d=\"M%d %dv16\"/>", told ? class : "", at, MIDDLE - 8);
}

static void add_rules(struct buf *out, const struct axis *r)
{
	figure value;

	buf_adds(out, "<path class=\"grid\" d=\"");
	for (value = r->low; value <= r->high + r->step / 2; value += r->step)
		buf_printf(out, "M%d 0V%d", across(r, value), 2 * MIDDLE);
	buf_printf(out, "\"/><path class=\"zero\" d=\"M%d 0V%d\"/>", across(r, 0), 2 * MIDDLE);
}

static void add_row(struct buf *out, const struct trial *t, size_t i, const struct axis *r)
{
	const struct trial_variant *v = &t->variants[i];
	const struct compare_row *row = trial_row(v, decides(t));
	const char *class = trial_class(t, v);
	char difference[TRIAL_DIFFERENCE];

	buf_adds(out, "<span class=\"name\">");
	trial_key(out, i);
	buf_addc(out, ' ');
	html_text(out, v->name);
	buf_printf(
		out,
		"</span><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s\">",
		WIDTH, 2 * MIDDLE, trial_difference(difference, t, v, " MiB"));
	add_rules(out, r);
	if (row)
		add_drawing(out, r, row, class);
	buf_printf(out, "</svg><span class=\"said %s\">%s", class, trial_verdict(t, v));
	if (row)
		buf_printf(out, "<small>%s</small>", difference);
	buf_adds(out, "</span>\n");
}

static void add_tick(struct buf *out, const struct axis *r, figure value)
{
	int hundredths = (int)lround(part(r, value) * 10000);
	char text[24], *nought;

	compare_signed(text, compare_find("footprint_bytes"), value);
	nought = strstr(text, ".0 ");
	if (nought) /* steps are whole */
		memmove(nought, nought + 2, strlen(nought + 2) + 1);
	buf_printf(out, "<span style=\"left:%d.%02d%%\">%s</span>", hundredths / 100, hundredths % 100,
		   compare_is_zero(text) ? "0" : text);
}

static void add_ticks(struct buf *out, const struct axis *r)
{
	figure value;

	buf_adds(out, "<span class=\"name\"></span><div class=\"ticks x\">");
	for (value = r->low; value <= r->high + r->step / 2; value += r->step)
		add_tick(out, r, value);
	buf_adds(out, "</div><span></span>\n");
}

static void add_note(struct buf *out, const struct trial *t)
{
	buf_adds(out, "<p class=\"note\">The difference of ");
	buf_adds(out, trial_decides_pool(t) ?
			      "the whole pool's memory (footprint)" :
			      "what is private to a worker (what the whole pool costs is not known)");
	buf_adds(out, " to the baseline's, which is the line at 0: less is to the left.");
	if (t->runs > 1)
		buf_adds(out,
			 " The band around a difference is its 95 % interval; one of dashes is no verdict.");
	else
		buf_adds(out, " One run of each says nothing of noise: --runs 3 gives intervals.");
	buf_adds(out, "</p>\n");
}

void trial_intervals(struct buf *out, const struct trial *t)
{
	struct axis axis;

	if (t->n < 2)
		return;
	html_section(out, "What each variant does to the pool");
	if (axis_of(t, &axis)) {
		add_note(out, t);
		buf_adds(out, "<div class=\"ranges\">\n");
		for (size_t i = 1; i < t->n; i++)
			add_row(out, t, i, &axis);
		add_ticks(out, &axis);
		buf_adds(out, "</div>\n");
	} else {
		buf_adds(
			out,
			is_any_known(t) ?
				"<p>No variant differs from the baseline.</p>\n" :
				"<p>What the pool costs is not known of the baseline and of a variant.</p>\n");
	}
	html_section_end(out);
}
