#include "sink/report_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/units.h"
#include "sink/text_wrap.h"

char *report_label(char out[static 32], enum role role, int slot)
{
	if (role == ROLE_WORKER)
		snprintf(out, 32, "worker %d", slot);
	else
		strcpy(out, role == ROLE_MASTER ? "the master" : "a helper");
	return out;
}

char *report_master_pid(char out[static REPORT_MASTER], const struct story *s)
{
	if (s->master_pid)
		snprintf(out, REPORT_MASTER, "%d", (int)s->master_pid);
	else
		strcpy(out, "gone");
	return out;
}

char *report_clock(char out[static 32], const struct story *s, figure at_s)
{
	int64_t ns = story_time_ns(s, at_s);

	return s->elapsed_s > 86400 ? zone_day_clock(out, s->zone, ns) : zone_clock(out, s->zone, ns);
}

char *report_span(char out[static 16], figure seconds)
{
	int tenths;

	if (!known(seconds) || seconds >= 10)
		return units_format_age(out, seconds);
	tenths = (int)lround(fmax(seconds, 0) * 10);
	snprintf(out, 16, "%d.%ds", tenths / 10, tenths % 10);
	return out;
}

char *report_signed(char out[static 24], figure bytes)
{
	char size[16];

	if (!known(bytes))
		strcpy(out, "-");
	else
		snprintf(out, 24, "%s%s", bytes < 0 ? "-" : "+", units_format_size(size, fabs(bytes)));
	return out;
}

char *report_change(char out[static 24], struct measure bytes)
{
	char text[24];

	snprintf(out, 24, "%s%.22s", label_mark(bytes.label), report_signed(text, bytes.value));
	return out;
}

const char *report_html_mark(enum label label)
{
	const char *mark = label_mark(label);

	return *mark == '<' ? "&lt;" : *mark == '>' ? "&gt;" : mark;
}

char *report_html_size(char out[static 32], struct measure bytes)
{
	char text[16];

	snprintf(out, 32, "%s%s", report_html_mark(bytes.label), units_format_size(text, bytes.value));
	return out;
}

char *report_html_mib(char out[static 32], struct measure bytes)
{
	char text[16];

	snprintf(out, 32, "%s%s", report_html_mark(bytes.label), units_format_mib(text, bytes.value));
	return out;
}

struct measure report_rests(const struct story *s, figure value)
{
	return measure_make(value, UNKNOWN, s->estimated);
}

/* What is in doubt at both ends are the same pages. */
struct measure report_loss_of(const struct story_loss *l, bool estimated)
{
	return measure_make(l->last_bytes - l->first_bytes, l->last_least - l->first_least, estimated);
}

struct measure report_loss(const struct story *s)
{
	return report_loss_of(&s->loss, s->estimated);
}

struct measure report_copied_first(const struct story *s)
{
	return measure_make(s->copied_first, s->copied_first_least, s->estimated_all);
}

struct measure report_copied_last(const struct story *s)
{
	return measure_make(s->copied_last, s->copied_last_least, s->estimated_all);
}

struct measure report_ceiling(const struct story *s)
{
	return measure_make(s->prefork_bytes, s->prefork_least, s->estimated);
}

bool report_is_marked(const struct story *s)
{
	enum label label = report_ceiling(s).label;
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];
		enum label cow = STORY_LEVEL(&p->last, cow_broken, p->estimated).label;
		enum label private = STORY_LEVEL(&p->last, private, p->estimated).label;

		if (*label_mark(cow) || *label_mark(private))
			return true;
	}
	return *label_mark(label);
}

bool report_collapsed(struct buf *out, const struct story *s)
{
	char size[16];

	if (!(s->collapsed_bytes > 0) && !(s->filled_bytes > 0))
		return false;
	buf_printf(out, "%s copied by the kernel in making huge pages, without a fault and by no code",
		   units_format_size(size, s->collapsed_bytes));
	if (s->filled_bytes > 0)
		buf_printf(out, "; %s new in holes", units_format_size(size, s->filled_bytes));
	return true;
}

void report_collections(struct buf *out, const struct story *s)
{
	const struct spread *first = &s->first_full_bytes, *later = &s->later_full_bytes;
	char a[20], n[16], deviation[16];

	if (known(first->mean))
		buf_printf(out, ", a worker's first copied %s",
			   measure_size(a, report_rests(s, first->mean)));
	if (!known(later->mean))
		return;
	buf_printf(out, ", %s later one%s %s each", units_format_count(n, s->later_full),
		   s->later_full == 1 ? "" : "s", measure_size(a, report_rests(s, later->mean)));
	if (known(later->deviation))
		buf_printf(out, " (SD %s)", units_format_size(deviation, later->deviation));
}

#define MINUTE 60

bool report_has_minutes(const struct story *s)
{
	return s->elapsed_s >= MINUTE;
}

figure report_per_min(figure bytes, figure seconds)
{
	return seconds < MINUTE ? UNKNOWN : bytes / seconds * MINUTE;
}

struct measure report_growth(const struct story *s, const struct story_process *p)
{
	figure gained = story_own(&p->last) - story_own(&p->first);

	if (report_has_minutes(s))
		gained = p->last_s - p->first_s < MINUTE ? UNKNOWN : p->growth_per_min;
	return measure_make(gained, UNKNOWN, p->estimated);
}

void report_line(struct buf *out, const char *name, const char *text, size_t columns)
{
	buf_printf(out, "%-11s", name);
	text_wrap(out, text, 11, columns);
}

const struct story_process *report_master(const struct story *s)
{
	const struct story_process *last = NULL;

	for (size_t i = 0; i < s->nprocesses; i++) {
		if (s->processes[i].role == ROLE_MASTER)
			last = &s->processes[i];
	}
	return last;
}

size_t report_workers(const struct story *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nprocesses; i++)
		n += s->processes[i].role == ROLE_WORKER;
	return n;
}

static const struct story_point *point_at(const struct story *s, const struct story_process *p, size_t i)
{
	return p ? &p->points[i] : &s->instants[i].mean;
}

void curve_of(const struct story *s, const struct story_process *p, size_t most, struct curve *ret)
{
	size_t n = p ? p->npoints : s->ninstants, stride = (n + most - 1) / most, i;

	*ret = (struct curve){ 0 };
	for (figure **a = &ret->x; a <= &ret->zero; a++)
		*a = xcalloc(n + 1, sizeof(**a));
	for (i = 0; i < n; i += stride) {
		/* The last one of the curve in any case. */
		const struct story_point *at;

		if (i + stride >= n)
			i = n - 1;
		at = point_at(s, p, i);
		ret->x[ret->n] = s->instants[(p ? p->from : 0) + i].at_s;
		ret->shared[ret->n] = at->shared;
		ret->orphaned[ret->n] = at->shared + at->orphaned;
		ret->cow[ret->n] = ret->orphaned[ret->n] + at->cow_broken + at->cow_file;
		/* Without a ledger what is private is all that can be told. */
		ret->new[ret->n] = at->shared + at->private;
		ret->n++;
	}
}

void curve_release(struct curve *c)
{
	for (figure **a = &c->x; a <= &c->zero; a++)
		free(*a);
	*c = (struct curve){ 0 };
}

figure curve_highest(const struct curve *c)
{
	figure highest = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		highest = fmax(highest, fmax(c->new[i], c->cow[i]));
	return highest;
}

void curve_draw(const struct plot *p, const struct curve *c)
{
	bool split = false;
	size_t i;

	for (i = 0; i < c->n; i++)
		split |= known(c->cow[i]);
	plot_band(p, "shared", c->x, c->zero, c->shared, c->n);
	if (split) {
		plot_band(p, "orphaned", c->x, c->shared, c->orphaned, c->n);
		plot_band(p, "cow", c->x, c->orphaned, c->cow, c->n);
		plot_band(p, "new", c->x, c->cow, c->new, c->n);
	} else {
		plot_band(p, "own", c->x, c->shared, c->new, c->n);
	}
}

struct plot report_plot(struct buf *out, const struct story *s, figure top, bool bytes)
{
	return (struct plot){
		.out = out,
		.begin_ns = s->begin_ns,
		.zone = s->zone,
		.elapsed_s = s->elapsed_s,
		.top = top,
		.bytes = bytes,
	};
}

void report_marks(const struct plot *p, const struct story *s)
{
	size_t i;

	for (i = 0; i < s->nmarks; i++) {
		if (!story_is_late(s, &s->marks[i]))
			plot_rule(p, "mark", s->marks[i].at_s, 0, p->top);
	}
}

void report_badges(const struct plot *p, const struct story *s)
{
	size_t i;

	/* More than these stand on top of one another. */
	for (i = 0; s->nmarks <= 24 && i < s->nmarks; i++) {
		if (!story_is_late(s, &s->marks[i]))
			plot_badge(p, s->marks[i].at_s, (unsigned int)i + 1);
	}
}
