#include "sink/trial.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "sink/html.h"
#include "sink/trial_html_parts.h"
#include "sink/trial_parts.h"

/* A story of any run, for what is the same in all of them; NULL: no run went through. */
static const struct story *first_story(const struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->variants[i].runs)
			return t->variants[i].stories[0];
	}
	return NULL;
}

static void add_head(struct buf *out, const struct trial *t)
{
	const struct story *s = first_story(t);
	char time[ZONE_TEXT];

	buf_adds(out, "<header>\n<h1>");
	html_text(out, s && *s->command ? s->command : "a pool");
	buf_adds(out, ": ways to start it, side by side</h1>\n<p class=\"sub\"><code>");
	html_text(out, t->command);
	buf_adds(out, "</code></p>\n<p class=\"sub\">");
	trial_task(out, t);
	if (t->load) {
		buf_adds(out, "<code>");
		html_text(out, t->load);
		buf_adds(out, "</code>");
	}
	if (s) {
		buf_adds(out, "; from ");
		html_time(out, s->begin_ns, zone_date(time, s->zone, s->begin_ns));
		buf_adds(out, *s->host ? " on " : "");
		html_text(out, s->host);
		buf_printf(out, ", level %s", level_name(s->level));
	}
	buf_adds(out, "</p>\n<p class=\"lead\">");
	html_text(out, t->text ? t->text : "");
	buf_adds(out, "</p>\n</header>\n");
}

/* A figure of the best variant, and what it was without; the baseline alone where there is no best one. */
static void add_figure_tile(struct buf *out, const struct trial *t, const char *name, const char *key)
{
	const struct field *f = trial_field(key);
	const struct trial_variant *best = t->best >= 0 ? &t->variants[t->best] : t->variants;
	char value[TRIAL_VALUE], before[TRIAL_VALUE];
	cleanup(buf_release) struct buf text = { 0 }, note = { 0 };

	html_text(&text, trial_value(value, f, trial_figure(best, key)->mean));
	if (t->best >= 0) {
		buf_adds(&note, "instead of ");
		html_text(&note, trial_value(before, f, trial_figure(t->variants, key)->mean));
		buf_adds(&note, " with ");
		html_text(&note, best->name);
	} else {
		buf_adds(&note, "with the command as it is");
	}
	html_tile(out, name, text.data, note.data);
}

static void add_tiles(struct buf *out, const struct trial *t)
{
	size_t took = 0, void_ones = 0, better = 0, i;
	char value[48], note[96];

	for (i = 1; i < t->n; i++) {
		took += t->variants[i].applied == TRIAL_APPLIED;
		void_ones += trial_is_void(t, &t->variants[i]);
		better += t->variants[i].verdict == TRIAL_BETTER;
	}
	buf_adds(out, "<div class=\"tiles\">\n");
	snprintf(value, sizeof(value), "%zu of %zu", better, t->n - 1);
	snprintf(note, sizeof(note), "cost less; %zu took effect, %zu did not or failed", took, void_ones);
	html_tile(out, "Better", value, note);
	if (trial_decides_pool(t))
		add_figure_tile(out, t, "The pool", "footprint_bytes");
	else
		add_figure_tile(out, t, "Private to a worker", "private_bytes");
	add_figure_tile(out, t, "A worker copies", "cow_broken_bytes");
	add_figure_tile(out, t, "A worker shares", "shared_bytes");
	if (t->load)
		add_figure_tile(out, t, "The load took", "load_s");
	buf_adds(out, "</div>\n");
}

/* What shows that a variant took, or why it is void. */
static void add_evidence(struct buf *out, const struct trial *t)
{
	html_section(out, "What took effect");
	buf_adds(
		out,
		"<p class=\"note\">Seen from outside, in the processes of the pool, at the end of a run.</p>\n"
		"<dl class=\"shown\">\n");
	for (size_t i = 0; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		cleanup(buf_release) struct buf shown = { 0 };

		trial_shown(&shown, t, v);
		if (!shown.len)
			continue;
		buf_adds(out, "<dt>");
		trial_key(out, i);
		buf_addc(out, ' ');
		html_text(out, v->name);
		if (trial_is_void(t, v))
			buf_printf(out, " <em class=\"void\">%s</em>", trial_verdict(t, v));
		buf_adds(out, "</dt><dd>");
		html_text(out, shown.data);
		buf_adds(out, "</dd>\n");
	}
	buf_adds(out, "</dl>\n");
	html_section_end(out);
}

void trial_html(struct buf *out, const struct trial *t)
{
	html_begin_styled(out, "Ways to start a pool, side by side", trial_style);
	add_head(out, t);
	add_tiles(out, t);
	trial_intervals(out, t);
	trial_table(out, t);
	trial_curves(out, t);
	add_evidence(out, t);
	trial_details(out, t);
	buf_adds(out, "<footer>Made by cowtop " COWTOP_VERSION ".</footer>\n");
	html_end(out);
}
