#include "sink/report_parts.h"

#include "base/cleanup.h"
#include "base/units.h"
#include "sink/text_grid.h"
#include "sink/when.h"

void report_text_load(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char text[16];

	if (!(s->load_s > 0))
		return;
	buf_adds(&line, report_span(text, s->load_s));
	if (s->load_requests > 0)
		buf_printf(&line, ", %s requests", units_format_count(text, s->load_requests));
	report_line(out, "load", line.data, columns);
}

/* By one side, the workers on average or the master: `who` copied it. */
static void add_side(struct buf *out, const struct story *s, const struct story_loss *l, const char *name,
		     const char *who, size_t columns)
{
	bool estimated = l == &s->loss ? s->estimated : s->estimated_all;
	cleanup(buf_release) struct buf line = { 0 };
	char a[24], b[24], c[24], clock[32];

	buf_printf(&line, "%s copied by %s, from %s to %s", report_change(a, report_loss_of(l, estimated)),
		   who, measure_size(b, measure_make(l->first_bytes, l->first_least, estimated)),
		   measure_size(c, measure_make(l->last_bytes, l->last_least, estimated)));
	if (l->most_bytes > fmax(l->first_bytes, l->last_bytes))
		buf_printf(&line, ", at most %s",
			   measure_size(a, measure_make(l->most_bytes, UNKNOWN, estimated)));
	if (known(l->half_s))
		buf_printf(&line, "; half of it in the first %s", report_span(a, l->half_s));
	if (known(l->step_bytes) && l->step_bytes > 0) {
		buf_printf(&line, "; the most at once %s in %s until %s",
			   measure_size(a, measure_make(l->step_bytes, UNKNOWN, estimated)),
			   report_span(b, l->step_to_s - l->step_from_s),
			   report_clock(clock, s, l->step_to_s));
		if (l->step_full > 0)
			buf_printf(&line, ", with %s full collection%s", units_format_count(a, l->step_full),
				   l->step_full == 1 ? "" : "s");
	}
	report_line(out, name, line.data, columns);
}

/* What everybody copied, and what it costs. Of processes forked at one time the footprint grows by as much; where
 * the master copies between forks each of them has originals of its own. */
static void add_cost(struct buf *out, const struct story *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	char a[24], b[24], c[24];

	if (!known(s->copied_last))
		return;
	buf_printf(&line, "in all %s, from %s to %s",
		   report_change(a, measure_make(s->copied_last - s->copied_first,
						 s->copied_last_least - s->copied_first_least,
						 s->estimated_all)),
		   measure_size(b, report_copied_first(s)), measure_size(c, report_copied_last(s)));
	if (known(s->footprint_last - s->footprint_first))
		buf_printf(&line, "; the footprint %s meanwhile",
			   report_signed(a, s->footprint_last - s->footprint_first));
	report_line(out, "", line.data, columns);
}

void report_text_loss(struct buf *out, const struct story *s, size_t columns)
{
	const struct story_loss *workers = &s->loss, *master = &s->master_loss;
	bool ahead = master->last_bytes - master->first_bytes > workers->last_bytes - workers->first_bytes;

	if (!known(workers->last_bytes) && !known(master->last_bytes)) {
		report_line(out, "lost", "not known", columns);
		return;
	}
	if (ahead)
		add_side(out, s, master, "lost", "the master", columns);
	add_side(out, s, workers, ahead ? "" : "lost", "a worker on average", columns);
	if (!ahead && (master->last_bytes != master->first_bytes || story_master_matters(s)) &&
	    known(master->last_bytes))
		add_side(out, s, master, "", "the master", columns);
	add_cost(out, s, columns);
}

static void add_share(struct buf *line, const char *name, struct measure part, figure whole)
{
	char text[20];

	buf_printf(line, "%s%s%% %s", line->len ? ", " : "",
		   text_marked_percent(text, measure_times(part, 1 / whole)), name);
}

static void add_faults(struct buf *out, const struct story_faults *f, bool estimated, figure whole_s,
		       const char *name, const char *whose, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	/* Copies can be some more than the faults: both are read a moment apart. */
	figure all = f->cow + f->new + f->file + story_other(f);
	char a[16], b[16];

	if (f->minor > 0) {
		add_share(&line, "copies", measure_make(f->cow, f->cow - f->doubt, estimated), all);
		add_share(&line, "new", measure_make(f->new, f->new + f->doubt, estimated), all);
		add_share(&line, "file", measure_make(f->file, UNKNOWN, false), all);
		add_share(&line, "other", measure_make(story_other(f), UNKNOWN, estimated), all);
		buf_adds(&line, " of ");
	}
	buf_printf(&line, "%s minor faults%s; %s major", units_format_count(a, f->minor), whose,
		   units_format_count(b, f->major));
	if (f->known_s < 0.995 * whole_s)
		buf_printf(&line, "; known for %s%% of the time", text_percent(a, f->known_s / whole_s));
	report_line(out, name, line.data, columns);
}

void report_text_faults(struct buf *out, const struct story *s, size_t columns)
{
	const struct story_faults *workers = &s->faults, *master = &s->master_faults;

	if (!(workers->known_s > 0) && !(master->minor > 0)) {
		report_line(out, "faults", "no minor fault that is known", columns);
		return;
	}
	if (workers->known_s > 0)
		add_faults(out, workers, s->estimated, s->worker_s, "faults", " of the workers", columns);
	if (master->minor > 0)
		add_faults(out, master, s->estimated_all, s->master_s, workers->known_s > 0 ? "" : "faults",
			   " of the master", columns);
}
