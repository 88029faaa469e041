#include "tui/column.h"

#include <stdio.h>
#include <string.h>
#include "base/units.h"
#include "tui/format.h"

/* From left to right. On a narrow screen copies, their share and their rate stay the longest; private memory
 * comes with the classes that it is the sum of. */
/* clang-format off */
const struct table_column columns[] = {
	{"pid", "PID", COLUMN_PID, NULL, 3, 0,
	 "process id", COLOUR_NONE},
	{"role", "ROLE", COLUMN_ROLE, NULL, 6, 2,
	 "master, worker, or helper: forked for another task, or executed", COLOUR_NONE},
	{"bar", "RESIDENT", COLUMN_BAR, NULL, 12, 8,
	 "what is resident, by class of pages", COLOUR_NONE},
	{"rss", "RSS", COLUMN_FIGURE, "memory.rss_bytes", 7, 3,
	 "MiB resident, all classes together", COLOUR_NONE},
	{"pss", "PSS", COLUMN_FIGURE, "memory.pss_bytes", 7, 14,
	 "MiB, each page divided by how many processes map it", COLOUR_NONE},
	{"shared", "SHARED", COLUMN_FIGURE, "shared_bytes", 7, 4,
	 "MiB inherited at the fork, not copied, and still mapped by another process", COLOUR_NONE},
	{"private", "PRIVATE", COLUMN_FIGURE, "private_bytes", 7, 11,
	 "MiB of its own: ORPH + COW + FILECOW + NEW", COLOUR_NONE},
	{"orph", "ORPH", COLUMN_FIGURE, "pages.orphaned", 6, 9,
	 "MiB inherited, not copied, that no other process has any more", COLOUR_NONE},
	{"cow", "COW", COLUMN_FIGURE, "cow_broken_bytes", 7, 0,
	 "MiB inherited and since copied by this process", COLOUR_TREND},
	{"cow%", "COW%", COLUMN_FIGURE, "cow_broken_ratio", 6, 0,
	 "COW in percent of what was inherited: COW + SHARED + ORPH", COLOUR_RATIO},
	{"+cow/s", "+COW/s", COLUMN_FIGURE, "faults.cow_per_s", 7, 1,
	 "pages copied a second, inherited ones and those of files", COLOUR_TREND},
	{"filecow", "FILECOW", COLUMN_FIGURE, "pages.cow_file", 7, 10,
	 "MiB of its own copies of pages of files", COLOUR_NONE},
	{"new", "NEW", COLUMN_FIGURE, "pages.new", 7, 7,
	 "MiB that it allocated itself after the fork", COLOUR_NONE},
	{"minflt/s", "MINFLT/s", COLUMN_FIGURE, "faults.minor_per_s", 8, 6,
	 "minor faults a second", COLOUR_NONE},
	{"majflt/s", "MAJFLT/s", COLUMN_FIGURE, "faults.major_per_s", 8, 13,
	 "major faults a second, which wait for a disk", COLOUR_MAJOR},
	{"gc", "GC", COLUMN_GC, NULL, 3, 12,
	 "is the collector enabled?", COLOUR_NONE},
	{"threshold", "THRESHOLDS", COLUMN_GC_THRESHOLDS, NULL, 10, 16,
	 "allocations, and younger collections, that start a collection", COLOUR_NONE},
	{"full", "FULL", COLUMN_GC_FULL, NULL, 5, 17,
	 "full collections since the start", COLOUR_NONE},
	{"frozen", "FROZEN", COLUMN_GC_FROZEN, NULL, 6, 18,
	 "objects that gc.freeze() took out", COLOUR_NONE},
	{"age", "AGE", COLUMN_FIGURE, "age_s", 6, 15,
	 "time since the process started", COLOUR_NONE},
	{"pgage", "PGAGE", COLUMN_FIGURE, "pages.age_s", 6, 19,
	 "how old what is said of its pages is: 0, unless --budget lets them wait", COLOUR_NONE},
	{"command", "COMMAND", COLUMN_COMMAND, NULL, 10, 5,
	 "the command line, or the name, from where it differs from the others'", COLOUR_NONE},
};
/* clang-format on */
const int ncolumns = sizeof(columns) / sizeof(*columns);

int column_find(const char *name)
{
	int i;

	for (i = 0; i < ncolumns; i++) {
		if (!strcmp(columns[i].name, name))
			return i;
	}
	return -1;
}

static fact gc_value(const struct table_column *col, const struct gc_state *gc)
{
	switch (col->kind) {
	case COLUMN_GC:
		return gc->enabled;
	case COLUMN_GC_THRESHOLDS:
		return gc->thresholds[0];
	case COLUMN_GC_FULL:
		return gc_full_count(gc);
	default:
		return gc->frozen != ABSENT ? gc->frozen : gc->any_frozen;
	}
}

/* The value of a column without a figure in model/field.h. */
static figure other_value(const struct table_column *col, const struct proc_snapshot *p)
{
	switch (col->kind) {
	case COLUMN_PID:
		return p->facts->pid;
	case COLUMN_ROLE:
		return p->role;
	case COLUMN_BAR:
		return p->figures.memory.rss;
	case COLUMN_COMMAND:
		return UNKNOWN;
	default:
		return gc_state_of(p) ? figure_of(gc_value(col, gc_state_of(p))) : UNKNOWN;
	}
}

/* Faults of a process are of the time that its copies are of: they stand in one row. */
static bool is_faults(const struct table_column *col, const struct fault_figures *f, figure *ret)
{
	if (col->key && strcmp(col->key, "faults.minor_per_s") == 0)
		*ret = faults_minor_per_s(f);
	else if (col->key && strcmp(col->key, "faults.major_per_s") == 0)
		*ret = faults_major_per_s(f);
	else
		return false;
	return true;
}

static struct measure column_measure(const struct table_column *col, const struct snapshot *s,
				     const struct proc_snapshot *p)
{
	const struct field *f = col->key ? field_find_process(col->key) : NULL;
	figure rate;

	if (is_faults(col, &p->figures.faults, &rate))
		return measure_make(rate, UNKNOWN, false);
	if (!f)
		return measure_make(other_value(col, p), UNKNOWN, false);
	if (f->unit == UNIT_PAGES)
		return measure_times(field_of_process(f, p), (figure)s->facts->host.page_size);
	return field_of_process(f, p);
}

figure column_value(const struct table_column *col, const struct snapshot *s, const struct proc_snapshot *p)
{
	return column_measure(col, s, p).value;
}

/* Frozen objects that were not counted are "some". */
static char *frozen_text(char out[static 32], const struct gc_state *gc)
{
	if (gc->frozen == ABSENT && gc->any_frozen != ABSENT)
		snprintf(out, 32, "%s", gc->any_frozen ? "some" : "0");
	else
		format_count(out, figure_of(gc->frozen));
	return out;
}

static char *gc_text(char out[static 32], const struct table_column *col, const struct gc_state *gc)
{
	if (!gc || (col->kind == COLUMN_GC && gc->enabled == ABSENT)) {
		snprintf(out, 32, "-");
		return out;
	}
	switch (col->kind) {
	case COLUMN_GC:
		snprintf(out, 32, "%s", gc->enabled ? "on" : "off");
		return out;
	case COLUMN_GC_THRESHOLDS:
		return format_thresholds(out, gc->thresholds);
	case COLUMN_GC_FROZEN:
		return frozen_text(out, gc);
	default:
		return format_count(out, figure_of(gc_value(col, gc)));
	}
}

static char *figure_text(char out[static 32], enum unit unit, struct measure m)
{
	char text[20];

	switch (unit) {
	case UNIT_BYTES:
	case UNIT_PAGES:
		snprintf(out, 32, "%s", measure_mib(text, m));
		return out;
	case UNIT_RATIO:
		return format_marked_percent(out, m);
	case UNIT_SECONDS:
		snprintf(out, 32, "%s", units_format_age(text, m.value));
		return out;
	case UNIT_PER_SECOND:
	case UNIT_COUNT:
	case UNIT_FLAG:
		break;
	}
	snprintf(out, 32, "%s", measure_count(text, m));
	return out;
}

char *column_text(char out[static 32], const struct table_column *col, const struct snapshot *s,
		  const struct proc_snapshot *p)
{
	switch (col->kind) {
	case COLUMN_FIGURE:
		return figure_text(out, field_find_process(col->key)->unit, column_measure(col, s, p));
	case COLUMN_PID:
		snprintf(out, 32, "%d", p->facts->pid);
		return out;
	case COLUMN_ROLE:
		snprintf(out, 32, "%s", role_name(p->role));
		return out;
	case COLUMN_BAR:
	case COLUMN_COMMAND:
		*out = '\0';
		return out;
	case COLUMN_GC:
	case COLUMN_GC_THRESHOLDS:
	case COLUMN_GC_FULL:
	case COLUMN_GC_FROZEN:
		break;
	}
	return gc_text(out, col, gc_state_of(p));
}
