#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/errname.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "tui/format.h"
#include "tui/spark.h"
#include "tui/thresholds.h"

/* Columns up to the values. */
static int names_of(const struct page *p)
{
	return p->columns < 60 ? 16 : 24;
}

static void draw_pair(struct page *p, const char *name, enum paint paint, const char *value)
{
	page_entry(p, names_of(p), PAINT_DIM, name, paint, value);
}

static const char *copies_mean(char out[static 96], const struct proc_snapshot *p)
{
	struct measure copies = PROCESS_MEASURE(p, cow_broken_bytes);
	char low[16];

	switch (p->facts->exactness) {
	case EXACTNESS_EXACT:
		return "exact";
	case EXACTNESS_ESTIMATE:
		return "an estimate (~)";
	case EXACTNESS_UPPER_BOUND:
		snprintf(out, 96, "at most (<), at least %s: the rest is perhaps new",
			 units_format_size(low, copies.low));
		return out;
	case EXACTNESS_UNKNOWN:
		break;
	}
	return "not known";
}

static void draw_who(const struct snapshot *s, const struct proc_snapshot *proc, struct page *p)
{
	const struct proc_sample *facts = proc->facts;
	char text[96], date[32], age[16];

	snprintf(text, sizeof(text), "%d, child of %d", facts->pid, facts->ppid);
	draw_pair(p, "pid", PAINT_PLAIN, text);
	if (proc->slot)
		snprintf(text, sizeof(text), "%s %d", role_name(proc->role), proc->slot);
	else
		snprintf(text, sizeof(text), "%s", role_name(proc->role));
	draw_pair(p, "role", PAINT_PLAIN, text);
	draw_pair(p, "user", PAINT_PLAIN, facts->user ? facts->user : "-");
	snprintf(text, sizeof(text), "%s UTC, %s ago", format_date(date, facts->start_ns),
		 units_format_age(age, proc->figures.age_s));
	draw_pair(p, "started", PAINT_PLAIN, text);
	draw_pair(p, "level", facts->level == LEVEL_EXACT ? PAINT_GOOD : PAINT_WARN,
		  level_name(facts->level));
	draw_pair(p, "copies", facts->exactness == EXACTNESS_EXACT ? PAINT_GOOD : PAINT_WARN,
		  copies_mean(text, proc));
	page_wrap(p, 2, PAINT_PLAIN, rows_command(proc));
}

static void draw_class(struct page *p, const struct snapshot *s, enum page_class class,
		       struct measure of, figure whole)
{
	figure pages = of.value;
	int row = page_line(p), names = names_of(p), width = p->columns - names - 22, fill;
	struct measure bytes = measure_times(of, (figure)s->facts->host.page_size);
	char text[32], size[20];

	cells_print(p->cells, row, p->left + 2, 1, class_paint(class),
		    class_glyph(p->cells, class));
	cells_print(p->cells, row, p->left + 4, names - 5, PAINT_PLAIN, class_word(class));
	cells_print_right(p->cells, row, p->left + names - 2, 12, known_paint(pages),
			  measure_size(size, bytes));
	cells_print_right(p->cells, row, p->left + names + 10, 7, PAINT_DIM,
			  format_percent(text, whole > 0 ? pages / whole : UNKNOWN));
	fill = whole > 0 && known(pages) ? (int)lround(pages / whole * width) : 0;
	cells_fill(p->cells, row, p->left + names + 19, fill, class_paint(class),
		   class_glyph(p->cells, class));
}

/* Of the copied ones. */
static void draw_collapsed(struct page *p, const struct snapshot *s, const struct proc_snapshot *proc)
{
	struct measure pages = PROCESS_MEASURE(proc, pages.collapsed);
	char size[20], text[64];

	if (!(pages.value > 0))
		return;
	snprintf(text, sizeof(text), "%s of the copied: by the kernel, in huge pages",
		 measure_size(size, measure_times(pages, (figure)s->facts->host.page_size)));
	draw_pair(p, "collapsed", PAINT_WARN, text);
}

/* The classes that it is the sum of are above; at level rollup it is the kernel's own. */
static void draw_private(struct page *p, const struct proc_snapshot *proc)
{
	int row = page_line(p), names = names_of(p);
	bool sum = known(proc->figures.pages.orphaned + proc->figures.pages.cow_file);
	char text[20];

	cells_print(p->cells, row, p->left + 4, names - 5, PAINT_PLAIN, "private");
	cells_print_right(p->cells, row, p->left + names - 2, 12, known_paint(proc->figures.private_bytes),
			  measure_size(text, PROCESS_MEASURE(proc, private_bytes)));
	cells_print(p->cells, row, p->left + names + 12, p->columns - names - 12, PAINT_DIM,
		    sum ? "orphaned + copied + copied file + new" : "");
}

static void draw_ledger(const struct snapshot *s, const struct proc_snapshot *proc, struct page *p)
{
	const struct page_figures *f = &proc->figures.pages;
	figure whole = f->shared + f->orphaned + f->cow_broken + f->cow_file + f->new + f->file;

	page_line(p);
	page_say(p, PAINT_LABEL, "Resident pages");
	draw_class(p, s, PAGE_CLASS_SHARED, PROCESS_MEASURE(proc, pages.shared), whole);
	draw_class(p, s, PAGE_CLASS_ORPHANED, PROCESS_MEASURE(proc, pages.orphaned), whole);
	draw_class(p, s, PAGE_CLASS_COW_BROKEN, PROCESS_MEASURE(proc, pages.cow_broken), whole);
	draw_class(p, s, PAGE_CLASS_COW_FILE, PROCESS_MEASURE(proc, pages.cow_file), whole);
	draw_class(p, s, PAGE_CLASS_NEW, PROCESS_MEASURE(proc, pages.new), whole);
	draw_class(p, s, PAGE_CLASS_FILE, PROCESS_MEASURE(proc, pages.file), whole);
	draw_private(p, proc);
	draw_collapsed(p, s, proc);
}

static char *unit_text(char out[static 32], const struct field *f, struct measure m)
{
	char text[32];

	switch (f->unit) {
	case UNIT_BYTES:
		return strcpy(out, measure_size(text, m));
	case UNIT_RATIO:
		snprintf(out, 32, "%s%.30s", label_mark(m.label), format_hundredths(text, m.value));
		return out;
	case UNIT_SECONDS:
		return strcpy(out, units_format_age(text, m.value));
	default:
		return strcpy(out, measure_count(text, m));
	}
}

/* All figures of model/field.h with this prefix. */
static void draw_fields(const struct proc_snapshot *proc, struct page *p, const char *title,
			const char *prefix)
{
	size_t i, len = strlen(prefix);
	int row, names = names_of(p);
	char text[32];

	page_line(p);
	page_say(p, PAINT_LABEL, title);
	for (i = 0; i < nfields; i++) {
		const struct field *f = &fields[i];

		if (!f->process_key || strncmp(f->process_key, prefix, len))
			continue;
		row = page_line(p);
		cells_print(p->cells, row, p->left + 2, names - 3, PAINT_DIM, f->process_key + len);
		cells_print_right(p->cells, row, p->left + names - 2, 12,
				  known_paint(field_get(f, &proc->figures)),
				  unit_text(text, f, field_of_process(f, proc)));
		cells_print(p->cells, row, p->left + names + 12, p->columns - names - 12, PAINT_DIM,
			    f->help);
	}
}

static void add_generations(struct buf *out, const fact values[static GC_GENERATIONS])
{
	char text[32];
	int g;

	for (g = 0; g < GC_GENERATIONS; g++)
		buf_printf(out, "%s%s", g ? ", " : "", format_count(text, figure_of(values[g])));
}

static void draw_generations(struct page *p, const char *name,
			     const fact values[static GC_GENERATIONS])
{
	cleanup(buf_release) struct buf text = {0};

	add_generations(&text, values);
	draw_pair(p, name, PAINT_PLAIN, text.data);
}

static void draw_gc(const struct proc_snapshot *proc, struct page *p)
{
	const struct gc_facts *gc = &proc->facts->gc;
	const struct gc_state *state = gc_state_of(proc);
	char text[64];
	size_t i;

	if (gc->runtime == RUNTIME_NONE)
		return;
	page_line(p);
	page_say(p, PAINT_LABEL, "Collector");
	snprintf(text, sizeof(text), "%s%s%s%s%s", runtime_name(gc->runtime),
		 *gc->version ? " " : "", gc->version, *gc->build ? " " : "", gc->build);
	draw_pair(p, "runtime", PAINT_PLAIN, text);
	if (state) {
		draw_pair(p, "enabled", PAINT_PLAIN,
			  format_gc(text, state->enabled, state->thresholds, state->any_frozen));
		draw_generations(p, "counts", state->counts);
		draw_generations(p, "collections", state->collections);
		draw_generations(p, "collected", state->collected);
		draw_generations(p, "uncollectable", state->uncollectable);
		format_count(text, figure_of(state->frozen));
		draw_pair(p, "frozen", PAINT_PLAIN, text);
	}
	for (i = 0; i < gc->nsettings; i++)
		draw_pair(p, gc->settings[i].name, PAINT_PLAIN, gc->settings[i].value);
}

static void draw_gaps(const struct proc_sample *facts, struct page *p)
{
	cleanup(buf_release) struct buf line = {0};
	const char *error;
	size_t i;

	if (!facts->ngaps)
		return;
	page_line(p);
	page_say(p, PAINT_LABEL, "Not readable");
	for (i = 0; i < facts->ngaps; i++) {
		const struct gap *g = &facts->gaps[i];

		buf_reset(&line);
		error = g->error ? err_name(g->error) : NULL;
		buf_printf(&line, "%s%s%s%s%s%s", g->what, error ? " (" : "", error ? error : "",
			   error ? ")" : "", *g->needs ? ", needs " : "", g->needs);
		page_wrap(p, 2, PAINT_WARN, line.data);
	}
}

void pane_details(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	const struct proc_snapshot *proc = pane_subject(m, ui, p, "details");

	if (!proc)
		return;
	draw_who(m->shown, proc, p);
	draw_ledger(m->shown, proc, p);
	draw_gaps(proc->facts, p);
	draw_gc(proc, p);
	draw_fields(proc, p, "Memory", "memory.");
	draw_fields(proc, p, "Faults", "faults.");
}
