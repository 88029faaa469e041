#include "sink/report.h"

#include <stdio.h>
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/html.h"
#include "sink/report_growth.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"

static void add_head(struct buf *out, const struct story *s)
{
	char when[ZONE_SPAN], span[16], master[REPORT_MASTER];

	buf_adds(out, "<header>\n<h1>");
	html_text(out, *s->command ? s->command : "a pool");
	buf_printf(out, "</h1>\n<p class=\"sub\">master %s", report_master_pid(master, s));
	if (*s->host) {
		buf_adds(out, " on ");
		html_text(out, s->host);
	}
	buf_adds(out, ", ");
	html_time(out, s->begin_ns, zone_span(when, s->zone, s->begin_ns, s->end_ns));
	buf_printf(out, ": %s, %llu sample%s. Level: %s", report_span(span, s->elapsed_s),
		   (unsigned long long)s->samples, s->samples == 1 ? "" : "s", level_name(s->level));
	if (*s->missing) {
		buf_adds(out, ", without ");
		html_text(out, s->missing);
	}
	buf_adds(out, ".</p>\n</header>\n");
}

static void add_loss_tile(struct buf *out, const struct story *s)
{
	const struct story_loss *l = &s->loss;
	struct measure loss = report_loss(s);
	struct measure part = measure_make(l->last_bytes / s->prefork_bytes, l->last_least / s->prefork_least,
					   s->estimated);
	char value[64], percent[16], first[32], change[24], note[128];

	snprintf(note, sizeof(note), "copied by a worker meanwhile, after %s before",
		 report_html_size(first, measure_make(l->first_bytes, l->first_least, s->estimated)));
	if (s->prefork_bytes > 0 && known(l->last_bytes))
		snprintf(note, sizeof(note), "copied by a worker meanwhile; in the end %s%s%% of the ceiling",
			 report_html_mark(part.label), text_percent(percent, part.value));
	snprintf(value, sizeof(value), "%s%s", report_html_mark(loss.label),
		 report_signed(change, loss.value));
	html_tile(out, "Lost", value, note);
}

/* What the master copied itself, and what all copies cost. */
static void add_master_tile(struct buf *out, const struct story *s)
{
	const struct story_loss *l = &s->master_loss;
	struct measure loss = report_loss_of(l, s->estimated_all);
	char value[64], change[24], most[32], all[32], note[160];

	if (!known(l->last_bytes))
		return;
	snprintf(note, sizeof(note), "copied by the master, at most %s; by everybody %s",
		 report_html_size(most, measure_make(l->most_bytes, UNKNOWN, s->estimated_all)),
		 report_html_size(all, report_copied_last(s)));
	snprintf(value, sizeof(value), "%s%s", report_html_mark(loss.label),
		 report_signed(change, loss.value));
	html_tile(out, "The master", value, note);
}

static void add_erosion_tile(struct buf *out, const struct story *s)
{
	const struct erosion *e = &s->erosion;
	char value[16], rest[32], note[96];

	if (known(e->half_life_s))
		snprintf(note, sizeof(note), "half-life; %s would stay shared",
			 report_html_size(rest, report_rests(s, e->asymptote_bytes)));
	else
		snprintf(note, sizeof(note), "half-life not known: %s", e->why);
	html_tile(out, "Erosion", report_span(value, e->half_life_s), note);
}

/* Who only gets more memory, or has ended to. */
static void add_growth_tile(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf note = { 0 };
	char value[48], size[32];

	report_leak_note(&note, s);
	if (note.len)
		html_tile(out, "Leak", report_pace(value, s), note.data);
	if (note.len)
		return;
	report_warm(&note, s);
	if (note.len)
		html_tile(out, "Warm-up",
			  report_html_size(size,
					   measure_make(s->growth.end_gained, UNKNOWN, s->growth.estimated)),
			  note.data);
}

static void add_collection_tile(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf note = { 0 };
	char value[32], later[32], n[16];

	buf_adds(&note, "copied by a worker's first one seen");
	if (known(s->later_full_bytes.mean))
		buf_printf(&note, ", %s by each of %s later ones",
			   report_html_size(later, report_rests(s, s->later_full_bytes.mean)),
			   units_format_count(n, s->later_full));
	buf_printf(&note, "; %s in all", units_format_count(n, s->full_collections));
	html_tile(out, "A full collection",
		  report_html_size(value, report_rests(s, s->first_full_bytes.mean)), note.data);
}

static void add_tiles(struct buf *out, const struct story *s)
{
	char value[32], a[16], b[16], note[96];

	buf_adds(out, "<div class=\"tiles\">\n");
	snprintf(note, sizeof(note), "at first %s, at most %s", units_format_count(a, s->workers_first),
		 units_format_count(b, s->workers_most));
	html_tile(out, "Workers", units_format_count(a, s->workers_last), note);
	html_tile(out, "Ceiling", report_html_size(value, report_ceiling(s)),
		  "what a worker could share at most");
	add_loss_tile(out, s);
	add_master_tile(out, s);
	add_growth_tile(out, s);
	add_erosion_tile(out, s);
	add_collection_tile(out, s);
	snprintf(note, sizeof(note), "the pool's footprint; sharing saves %s",
		 units_format_size(b, s->saved_last));
	html_tile(out, "Memory", units_format_size(value, s->footprint_last),
		  known(s->footprint_last) ? note : "the pool's footprint is not known");
	buf_adds(out, "</div>\n");
}

static void add_findings(struct buf *out, const struct story *s)
{
	size_t i;

	if (!s->nfindings)
		return;
	html_section(out, "Findings");
	buf_adds(out, "<ul class=\"findings\">\n");
	for (i = 0; i < s->nfindings; i++) {
		buf_adds(out, "<li>");
		html_text(out, s->findings[i].text);
		buf_adds(out, "</li>\n");
	}
	buf_adds(out, "</ul>\n");
	html_section_end(out);
}

/* What the bands' labels are at the end, where one is no exact figure. */
static void add_mean_note(struct buf *out, const struct story *s)
{
	buf_adds(out, "<p class=\"note\">Memory that a worker shares, has copied, and has got since its "
		      "fork");
	if (report_is_marked(s)) {
		buf_adds(out, "; ");
		html_text(out, REPORT_MARKS);
	}
	buf_adds(out, ".</p>\n");
}

/* `last`: what the bands come to. */
static void add_legend(struct buf *out, const struct story_point *last, bool estimated, bool split)
{
	char copied[64], new[24];

	buf_adds(out, "<ul class=\"legend\">");
	plot_legend(out, "", "shared", "shared");
	if (split) {
		snprintf(copied, sizeof(copied), "%scopied (cow-broken, and pages of files)",
			 label_words(STORY_LEVEL(last, cow_broken, estimated).label));
		snprintf(new, sizeof(new), "%snew", label_words(STORY_LEVEL(last, new, estimated).label));
		plot_legend(out, "", "orphaned", "orphaned: nobody else has it any more");
		plot_legend(out, "", "cow", copied);
		plot_legend(out, "", "new", new);
	} else {
		plot_legend(out, "", "cow", "private");
	}
}

static void add_mean_legend(struct buf *out, const struct story *s, bool split)
{
	add_legend(out, &s->instants[s->ninstants - 1].mean, s->estimated, split);
	if (known(s->prefork_bytes))
		plot_legend(out, "dash", "ink", "ceiling");
	if (known(s->erosion.half_life_s))
		plot_legend(out, "dash", "soft", "fitted decay");
	buf_adds(out, "</ul>\n");
}

/* The fitted curve through the shared band. */
static void add_fit(const struct plot *p, const struct story *s)
{
	const struct erosion *e = &s->erosion;
	figure x[101], y[101];
	size_t i;

	if (!known(e->half_life_s))
		return;
	for (i = 0; i <= 100; i++) {
		x[i] = s->elapsed_s * (figure)i / 100;
		y[i] = e->asymptote_bytes +
		       (e->start_bytes - e->asymptote_bytes) * exp(-log(2) * x[i] / e->half_life_s);
	}
	plot_line(p, "fit", x, y, 101);
}

static void add_mean_hits(const struct plot *p, const struct story *s)
{
	char clock[32], shared[32], orphaned[32], cow[32], file[32], new[32], workers[16], html[320];
	figure from = 0;
	size_t i;

	buf_adds(p->out, "<div class=\"hits\">\n");
	for (i = 0; i < s->ninstants; i++) {
		const struct story_instant *at = &s->instants[i];

		if (!plot_hit_due(p, from, at->at_s))
			continue;
		snprintf(html, sizeof(html),
			 "%s<br>%s shared<br>%s orphaned<br>%s copied<br>%s copied file pages<br>%s new<br>"
			 "%s workers",
			 report_clock(clock, s, at->at_s),
			 report_html_size(shared, STORY_LEVEL(&at->mean, shared, s->estimated)),
			 report_html_size(orphaned, STORY_LEVEL(&at->mean, orphaned, s->estimated)),
			 report_html_size(cow, STORY_LEVEL(&at->mean, cow_broken, s->estimated)),
			 report_html_size(file, STORY_LEVEL(&at->mean, cow_file, s->estimated)),
			 report_html_size(new, STORY_LEVEL(&at->mean, new, s->estimated)),
			 units_format_count(workers, at->workers));
		plot_hit(p, from, at->at_s, html);
		from = at->at_s;
	}
	buf_adds(p->out, "</div>\n");
}

static void add_mark_list(struct buf *out, const struct story *s)
{
	char clock[32];
	size_t i;

	if (!s->nmarks)
		return;
	buf_adds(out, "<ol class=\"marks\">\n");
	for (i = 0; i < s->nmarks; i++) {
		buf_adds(out, "<li>");
		html_time(out, story_time_ns(s, s->marks[i].at_s), report_clock(clock, s, s->marks[i].at_s));
		buf_addc(out, ' ');
		html_text(out, s->marks[i].text);
		buf_printf(out, "%s</li>\n",
			   story_is_late(s, &s->marks[i]) ? " (after the last sample)" : "");
	}
	buf_adds(out, "</ol>\n");
}

static void add_mean(struct buf *out, const struct story *s)
{
	cleanup(curve_release) struct curve c = { 0 };
	figure ends[2] = { 0, s->elapsed_s }, ceiling[2] = { s->prefork_bytes, s->prefork_bytes };
	struct plot p;
	figure highest;

	curve_of(s, NULL, STORY_POINTS / 2, &c);
	highest = curve_highest(&c);
	html_section(out, "A worker on average");
	if (!(highest > 0)) {
		buf_adds(out, "<p>Neither shared nor private memory could be read. "
			      "<code>cowtop doctor</code> says what to grant.</p>\n");
		html_section_end(out);
		return;
	}
	p = report_plot(out, s, plot_top(fmax(highest, s->prefork_bytes), true), true);
	add_mean_note(out, s);
	add_mean_legend(out, s, known(s->loss.last_bytes));
	plot_begin(&p, "Shared, copied and new memory of a worker on average, over time", 280);
	plot_grid(&p);
	curve_draw(&p, &c);
	add_fit(&p, s);
	if (known(s->prefork_bytes))
		plot_line(&p, "ceiling", ends, ceiling, 2);
	report_marks(&p, s);
	plot_axes(&p, true);
	report_badges(&p, s);
	add_mean_hits(&p, s);
	plot_end(&p);
	add_mark_list(out, s);
	html_section_end(out);
}

/* Where it copies: it is the one whose memory goes. */
static void add_master(struct buf *out, const struct story *s)
{
	const struct story_process *master = report_master(s);
	cleanup(curve_release) struct curve c = { 0 };
	struct plot p;

	if (!master || !story_master_matters(s))
		return;
	curve_of(s, master, STORY_POINTS / 2, &c);
	p = report_plot(out, s, plot_top(curve_highest(&c), true), true);
	html_section(out, "The master");
	buf_adds(out, "<p class=\"note\">Who broke a page is the process that made the copy: these the "
		      "master made itself, while workers still hold the originals.</p>\n");
	add_legend(out, &master->last, master->estimated, known(s->master_loss.last_bytes));
	buf_adds(out, "</ul>\n");
	plot_begin(&p, "Shared, copied and new memory of the master, over time", 190);
	plot_grid(&p);
	curve_draw(&p, &c);
	report_marks(&p, s);
	plot_axes(&p, true);
	report_badges(&p, s);
	plot_end(&p);
	html_section_end(out);
}

static void add_foot(struct buf *out, const struct story *s)
{
	char cost[16], percent[16];

	buf_printf(out, "<footer>Made by cowtop " COWTOP_VERSION ", whose sampling took %s of CPU time",
		   report_span(cost, s->cost_s));
	if (s->elapsed_s > 0)
		buf_printf(out, ", %s%% of one CPU", text_percent(percent, s->cost_s / s->elapsed_s));
	buf_adds(out, ". Times are local ones of who made this page, with UTC under the pointer. Kernel ");
	html_text(out, *s->kernel ? s->kernel : "not known");
	buf_adds(out, ". The words are those of cowtop(1).</footer>\n");
}

void report_html(struct buf *out, const struct story *s)
{
	cleanup(buf_release) struct buf title = { 0 };

	buf_printf(&title, "%s: shared memory of its workers", *s->command ? s->command : "pool");
	html_begin(out, title.data);
	add_head(out, s);
	add_tiles(out, s);
	add_findings(out, s);
	add_mean(out, s);
	add_master(out, s);
	report_plot_gc(out, s);
	report_plot_faults(out, s);
	report_why(out, s);
	report_stacks(out, s);
	report_plot_workers(out, s);
	report_maps(out, s);
	report_tables(out, s);
	add_foot(out, s);
	html_end(out);
}
