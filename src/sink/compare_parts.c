#include "sink/compare_parts.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "sink/report_parts.h"
#include "sink/text_grid.h"

const char *compare_name(const struct field *f)
{
	static const struct {
		const char *key, *name;
	} names[] = {
		{ "shared_bytes", "shared" },
		{ "cow_broken_bytes", "copied" },
		{ "cow_broken_ratio", "of the inherited" },
		{ "private_bytes", "private" },
		{ "new_bytes", "new" },
		{ "orphaned_bytes", "orphaned" },
		{ "cow_file_bytes", "copied files" },
		{ "gained_bytes", "gained" },
		{ "growth_bytes_per_min", "growth a minute" },
		{ "growth_bytes_per_mark", "growth a mark" },
		{ "copied_bytes_per_mark", "copied a mark" },
		{ "minor_faults_per_mark", "faults a mark" },
		{ "copies", "copies" },
		{ "cow_per_s", "copies/s" },
		{ "minor_faults", "minor faults" },
		{ "minor_per_s", "minor faults/s" },
		{ "bytes_per_full_collection", "per full gc" },
		{ "first_full_collection_bytes", "first full gc" },
		{ "later_full_collection_bytes", "later full gc" },
		{ "full_collections", "full gc" },
		{ "full_collections_per_min", "full gc a minute" },
		{ "footprint_bytes", "pool: footprint" },
		{ "saved_bytes", "pool: saved" },
		{ "copied_bytes", "pool: copied" },
		{ "gained_bytes_per_request", "gained a request" },
		{ "copies_per_request", "copies a request" },
		{ "minor_faults_per_request", "faults a request" },
		{ "load_s", "load" },
		{ "master_cow_broken_bytes", "master: copied" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i].key, f->process_key))
			return names[i].name;
	}
	return f->process_key;
}

#define MINUTE 60

bool compare_is_shown(const struct comparison *c, const struct compare_row *r)
{
	bool minutes = c->a->elapsed_s >= MINUTE && c->b->elapsed_s >= MINUTE;
	bool by_minute_only = r->field->unit == UNIT_BYTES || r->field->unit == UNIT_COUNT;
	/* gained, and collections: what there is by the minute as well */
	bool by_minute = r->field->unit == UNIT_BYTES ||
			 r->field->offset == offsetof(struct compare_figures, full_collections);

	if (!known(r->a.mean) && !known(r->b.mean))
		return false;
	/* the mean of a first one and of later ones is that of neither */
	if (r->field->offset == offsetof(struct compare_figures, bytes_per_full_collection))
		return false;
	switch (compare_per(r->field)) {
	case PER_TIME:
		return minutes || !by_minute_only;
	case PER_RUN:
		return c->by == BY_LOAD || (by_minute && !minutes);
	case PER_MARK:
		/* the marks of the load itself: gained */
		return c->by != BY_LOAD || c->a->nmarks > 2 || c->b->nmarks > 2;
	default:
		return true;
	}
}

bool compare_is_zero(const char *shown)
{
	return !shown[strcspn(shown, "123456789")];
}

/* Below 10 with two decimals, by integers: printf's decimal point belongs to the locale. */
static void small_count(char out[static 16], figure count)
{
	unsigned int hundredths = count < 10 ? (unsigned int)lround(count * 100) : 1000;

	if (hundredths >= 1000)
		units_format_count(out, count);
	else
		snprintf(out, 16, "%u.%02u", hundredths / 100, hundredths % 100);
}

char *compare_mib(char out[static 16], const struct field *f, figure bytes)
{
	if (compare_per(f) == PER_REQUEST)
		units_format_size(out, bytes);
	else if (compare_is_pace(f))
		small_count(out, bytes / 1048576);
	else
		units_format_mib(out, bytes);
	return out;
}

char *compare_value(char out[static 24], const struct field *f, figure value)
{
	char text[16];
	bool negative;

	if (!known(value)) {
		strcpy(out, "-");
		return out;
	}
	negative = value < 0;
	value = fabs(value);
	if (f->unit == UNIT_BYTES)
		units_format_size(text, value);
	else if (f->unit == UNIT_RATIO)
		text_percent(text, value);
	else if (f->unit == UNIT_SECONDS)
		report_span(text, value);
	else
		small_count(text, value);
	/* What is shown as zero has no sign. */
	negative = negative && !compare_is_zero(text);
	snprintf(out, 24, "%s%s%s", negative ? "-" : "", text, f->unit == UNIT_RATIO ? "%" : "");
	return out;
}

char *compare_signed(char out[static 24], const struct field *f, figure value)
{
	compare_value(out, f, value);
	if (value > 0 && !compare_is_zero(out) && strlen(out) < 23) {
		memmove(out + 1, out, strlen(out) + 1);
		*out = '+';
	}
	return out;
}

bool compare_is_marked(const struct comparison *c)
{
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		if (*label_mark(c->rows[i].a.doubt.label) || *label_mark(c->rows[i].b.doubt.label))
			return true;
	}
	return false;
}

static bool is_told(const struct compare_row *r)
{
	return r->verdict == COMPARE_LOWER || r->verdict == COMPARE_HIGHER;
}

/* 1: B is better, -1: worse, 0: neither can be said. */
static int better(const struct compare_row *r)
{
	if (!is_told(r))
		return 0;
	return compare_better(r->field) * (r->verdict == COMPARE_HIGHER ? 1 : -1);
}

const char *compare_words(const struct compare_row *r)
{
	switch (r->verdict) {
	case COMPARE_LOWER:
	case COMPARE_HIGHER:
		if (better(r))
			return better(r) > 0 ? "B better" : "B worse";
		return compare_verdict_name(r->verdict);
	case COMPARE_NOISE:
		return "within noise";
	case COMPARE_SAME:
		return "the same";
	case COMPARE_UNSURE:
		return "cannot be told";
	case COMPARE_BY_TIME:
		return compare_per(r->field) == PER_TIME ? "by time" : "-";
	case COMPARE_UNKNOWN:
		break;
	}
	return "-";
}

char *compare_levels(char out[static 120], const struct comparison *c)
{
	*out = '\0';
	if (c->a->level != c->b->level)
		snprintf(out, 120,
			 "levels differ: %s in A, %s in B; what is not the same at both "
			 "is not compared",
			 level_name(c->a->level), level_name(c->b->level));
	return out;
}

void compare_kernels(struct buf *out, const struct comparison *c)
{
	struct kernel_facts differ = kernel_differences(&c->a->properties, &c->b->properties);
	const char *before = "A and B were counted differently: ";

	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++) {
		enum kernel_answer of_b = kernel_answer(&differ, p);

		if (of_b == KERNEL_UNKNOWN)
			continue;
		buf_printf(out, "%swithout %s in %s %s", before, kernel_property_key(p),
			   of_b == KERNEL_YES ? "A" : "B", kernel_property_without(p));
		before = "; ";
	}
}

char *compare_summary(char out[static 200], const struct comparison *c)
{
	unsigned int good = 0, bad = 0, noise = 0, same = 0, rest = 0, levels = 0;
	char small[40] = "";
	size_t i;

	for (i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *r = &c->rows[i];

		if (!compare_is_shown(c, r))
			continue;
		good += better(r) > 0;
		bad += better(r) < 0;
		noise += r->verdict == COMPARE_NOISE;
		same += r->verdict == COMPARE_SAME;
		rest += r->verdict == COMPARE_UNSURE && !r->two_meanings;
		levels += r->verdict == COMPARE_UNSURE && r->two_meanings;
	}
	if (same)
		snprintf(small, sizeof(small), ", in %u nothing that matters", same);
	if (!(good + bad + noise + same + rest + levels))
		snprintf(out, 200, "Nothing is known on both sides.");
	else
		snprintf(out, 200,
			 "B is better in %u, worse in %u figures; in %u the difference is within "
			 "noise%s%s%s.",
			 good, bad, noise, small, rest ? ", in others too little is known to tell" : "",
			 levels ? "; the others are not the same at both levels" : "");
	return out;
}
