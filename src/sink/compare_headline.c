#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "sink/compare_parts.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"

static const struct compare_row *row_of(const struct comparison *c, const char *key)
{
	return &c->rows[compare_find(key) - compare_fields];
}

static bool is_known(const struct compare_row *r)
{
	return known(r->a.mean) && known(r->b.mean) && !r->two_meanings;
}

/* Two sizes, the unit once when it is that of both: "409.1 to 179.0 MiB". */
static void add_sizes(struct buf *out, const struct compare_row *r)
{
	char a[16], b[16], *unit_a, *unit_b;

	units_format_size(a, r->a.mean);
	units_format_size(b, r->b.mean);
	unit_a = strchr(a, ' ');
	unit_b = strchr(b, ' ');
	if (unit_a && unit_b && !strcmp(unit_a, unit_b))
		*unit_a = '\0';
	buf_printf(out, "%s%s to %s%s", label_mark(r->a.doubt.label), a, label_mark(r->b.doubt.label), b);
}

/* Is there a difference worth a percentage? Else what there is in its place. */
static const char *no_difference(const struct compare_row *r)
{
	switch (r->verdict) {
	case COMPARE_NOISE:
		return "within noise";
	case COMPARE_SAME:
		return "the same";
	case COMPARE_BY_TIME:
		return "not of the same time";
	default:
		return NULL;
	}
}

/* " (-56 %)", " (the same)". */
static void add_change(struct buf *out, const struct compare_row *r)
{
	long percent = r->a.mean > 0 ? lround(100 * r->difference / r->a.mean) : 0;

	if (no_difference(r))
		buf_printf(out, " (%s)", no_difference(r));
	else if (r->a.mean > 0 && percent)
		buf_printf(out, " (%s%+ld %%)", label_mark(compare_label(r)), percent);
}

static void add_share(struct buf *out, const struct compare_row *r)
{
	char a[16], b[16];

	buf_printf(out, "per worker %s%s to %s%s %% copied", label_mark(r->a.doubt.label),
		   text_percent(a, r->a.mean), label_mark(r->b.doubt.label), text_percent(b, r->b.mean));
	if (no_difference(r))
		buf_printf(out, " (%s)", no_difference(r));
}

static const char *comma(const struct buf *out)
{
	return out->len ? ", " : "";
}

void compare_headline(struct buf *out, const struct comparison *c)
{
	const struct compare_row *pool = row_of(c, "footprint_bytes"), *share = row_of(c, "cow_broken_ratio");
	const struct compare_row *private = row_of(c, "private_bytes"), *load = row_of(c, "load_s");
	char a[16], b[16];

	if (is_known(pool)) {
		buf_adds(out, "pool ");
		add_sizes(out, pool);
		add_change(out, pool);
	} else if (is_known(private)) {
		buf_adds(out, "private to a worker ");
		add_sizes(out, private);
		add_change(out, private);
	}
	if (is_known(share)) {
		buf_adds(out, comma(out));
		add_share(out, share);
	}
	if (is_known(load) && c->by == BY_LOAD)
		buf_printf(out, "%sthe load in %s instead of %s", comma(out), report_span(b, load->b.mean),
			   report_span(a, load->a.mean));
	if (!out->len)
		buf_adds(out, "what a worker shares and copies is not known on both sides");
}

void compare_task(struct buf *out, const struct comparison *c)
{
	const struct compare_row *load = row_of(c, "load_s");
	bool as_many = c->requests_a > 0 && c->requests_a == c->requests_b;
	bool differ = known(c->requests_a - c->requests_b) && !as_many;
	char a[16], b[16], n[16], m[16];

	switch (c->by) {
	case BY_LOAD:
		buf_printf(out, "B did the load%s%s%s in %s instead of %s", as_many ? " of " : "",
			   as_many ? units_format_count(n, c->requests_a) : "", as_many ? " requests" : "",
			   report_span(b, load->b.mean), report_span(a, load->a.mean));
		if (differ)
			buf_printf(out, ", with %s requests instead of %s: what counts is each of them",
				   units_format_count(m, c->requests_b),
				   units_format_count(n, c->requests_a));
		else
			buf_adds(out, ": what counts is what it took");
		buf_adds(out, "; what goes by time has no verdict");
		break;
	case BY_MARKS:
		buf_adds(out, "what counts is from mark to mark; what goes by time has no verdict");
		break;
	case BY_NOTHING:
		buf_printf(
			out,
			"A lasts %s and B %s, and nothing says what for: what goes by time has no verdict; "
			"compare the same part with -b and -e, or loads recorded with --load",
			report_span(a, c->a->elapsed_s), report_span(b, c->b->elapsed_s));
		break;
	case BY_TIME:
		break;
	}
}

/* Nothing says how far it would lie from one time to the next. */
static bool has_too_few(const struct comparison *c, const struct compare_row *r)
{
	return compare_is_shown(c, r) && r->verdict == COMPARE_UNSURE && !r->two_meanings && !known(r->high);
}

void compare_advice(struct buf *out, const struct comparison *c)
{
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		if (!has_too_few(c, &c->rows[i]))
			continue;
		buf_printf(
			out,
			"what cannot be told has too few samples, or collections: record with %s-i 0.2, or --runs 3",
			c->by == BY_LOAD ? "" : "-d 30, ");
		return;
	}
}

void compare_spreads(struct buf *out, const struct comparison *c)
{
	if (c->runs_a > 1)
		buf_printf(out,
			   "SD: standard deviation between %zu runs of A and %zu of B; CI95: the half of the "
			   "difference's 95 %% interval; a verdict takes 99 %%",
			   c->runs_a, c->runs_b);
	else
		buf_adds(out,
			 "SD: standard deviation over workers, of the pool and the master over time; CI95: "
			 "the half of the difference's 95 % interval");
}
