#include "tui/pane.h"

#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/errname.h"
#include "base/text.h"
#include "base/units.h"
#include "model/field.h"
#include "model/title.h"
#include "tui/format.h"
#include "tui/pane_process.h"
#include "tui/rows.h"
#include "tui/sheet.h"
#include "tui/spark.h"
#include "tui/thresholds.h"

/* The text of the pane, and the snapshot, the process and the layout that its lines are drawn from. */
struct details {
	const struct snapshot *s;
	const struct zone *zone;
	const struct proc_snapshot *proc;
	int names; /* columns up to the values */
	struct sheet sheet;
};

/* Columns up to the values. */
static int names_of(const struct page *p)
{
	return p->columns < 60 ? 16 : 24;
}

static void add_pair(struct details *d, const char *name, enum paint paint, const char *value)
{
	sheet_entry(&d->sheet, d->names, PAINT_DIM, name, paint, value);
}

static void add_title(struct details *d, const char *title)
{
	sheet_blank(&d->sheet);
	sheet_say(&d->sheet, PAINT_LABEL, title);
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
		snprintf(out, 96, "at most (<), at least %s: the rest is perhaps new or orphaned",
			 units_format_size(low, copies.low));
		return out;
	case EXACTNESS_UNKNOWN:
		break;
	}
	return "not known";
}

static void add_who(struct details *d)
{
	const struct proc_snapshot *proc = d->proc;
	const struct proc_sample *facts = proc->facts;
	char text[96], date[ZONE_TEXT], age[16];

	snprintf(text, sizeof(text), "%d, child of %d", facts->pid, facts->ppid);
	add_pair(d, "pid", PAINT_PLAIN, text);
	if (proc->slot)
		snprintf(text, sizeof(text), "%s %d", role_name(proc->role), proc->slot);
	else
		snprintf(text, sizeof(text), "%s", role_name(proc->role));
	add_pair(d, "role", PAINT_PLAIN, text);
	add_pair(d, "user", PAINT_PLAIN, facts->user ? facts->user : "-");
	snprintf(text, sizeof(text), "%s, %s ago", zone_date(date, d->zone, facts->start_ns),
		 units_format_age(age, proc->figures.age_s));
	add_pair(d, "started", PAINT_PLAIN, text);
	add_pair(d, "level", facts->level == LEVEL_EXACT ? PAINT_GOOD : PAINT_WARN, level_name(facts->level));
	add_pair(d, "copies", facts->exactness == EXACTNESS_EXACT ? PAINT_GOOD : PAINT_WARN,
		 copies_mean(text, proc));
	sheet_wrap(&d->sheet, 2, PAINT_PLAIN, title_whole(proc->facts));
}

/* ---- pages */

/* The classes of what is resident, in the order of their lines. */
static const struct {
	enum page_class class;
	size_t member; /* of struct figures: the pages of this class */
} resident[] = {
	{ PAGE_CLASS_SHARED, offsetof(struct figures, pages.shared) },
	{ PAGE_CLASS_ORPHANED, offsetof(struct figures, pages.orphaned) },
	{ PAGE_CLASS_COW_BROKEN, offsetof(struct figures, pages.cow_broken) },
	{ PAGE_CLASS_COW_FILE, offsetof(struct figures, pages.cow_file) },
	{ PAGE_CLASS_NEW, offsetof(struct figures, pages.new) },
	{ PAGE_CLASS_FILE, offsetof(struct figures, pages.file) },
};

static figure all_resident(const struct page_figures *f)
{
	return pages_inherited(f) + f->cow_file + f->new + f->file;
}

/* The line of resident[i]: its size, its share of all, and a bar as long as that. */
static void draw_class(struct page *p, int row, const void *of, int i)
{
	const struct details *d = of;
	enum page_class class = resident[i].class;
	struct measure pages = field_of_process(field_at(resident[i].member), d->proc);
	figure whole = all_resident(&d->proc->figures.pages);
	figure share = whole > 0 ? pages.value / whole : UNKNOWN;
	int at = p->left + d->names, width = p->columns - d->names - 22;
	int bar = known(share) ? (int)lround(share * width) : 0;
	struct measure bytes = measure_times(pages, (figure)d->s->facts->host.page_size);
	const char *glyph = class_glyph(p->cells->ascii, class);
	char text[32];

	cells_print(p->cells, row, p->left + 2, 1, class_paint(class), glyph);
	cells_print(p->cells, row, p->left + 4, d->names - 5, PAINT_PLAIN, class_word(class));
	cells_print_right(p->cells, row, at - 2, 12, known_paint(pages.value), measure_size(text, bytes));
	cells_print_right(p->cells, row, at + 10, 7, PAINT_DIM, format_percent(text, share));
	cells_fill(p->cells, row, at + 19, bar, class_paint(class), glyph);
}

/* Private memory: the sum of the classes above; at level rollup the kernel's own figure. */
static void draw_private(struct page *p, int row, const void *of, int i)
{
	const struct details *d = of;
	const struct figures *f = &d->proc->figures;
	bool sum = known(f->pages.orphaned + f->pages.cow_file);
	int at = p->left + d->names;
	char text[20];

	cells_print(p->cells, row, p->left + 4, d->names - 5, PAINT_PLAIN, "private");
	cells_print_right(p->cells, row, at - 2, 12, known_paint(f->private_bytes),
			  measure_size(text, PROCESS_MEASURE(d->proc, private_bytes)));
	cells_print(p->cells, row, at + 12, p->columns - d->names - 12, PAINT_DIM,
		    sum ? "orphaned + copied + copied file + new" : "");
}

/* Copied pages that the kernel copied. */
static void add_collapsed(struct details *d)
{
	struct measure pages = PROCESS_MEASURE(d->proc, pages.collapsed);
	char size[20], text[64];

	if (!(pages.value > 0))
		return;
	snprintf(text, sizeof(text), "%s of the copied: by the kernel, in huge pages",
		 measure_size(size, measure_times(pages, (figure)d->s->facts->host.page_size)));
	add_pair(d, "collapsed", PAINT_WARN, text);
}

static void add_pages(struct details *d)
{
	size_t i;

	add_title(d, "Resident pages");
	for (i = 0; i < sizeof(resident) / sizeof(*resident); i++)
		sheet_add(&d->sheet, draw_class, d, (int)i);
	sheet_add(&d->sheet, draw_private, d, 0);
	add_collapsed(d);
}

/* ---- figures */

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

/* The line of fields[i], whose group is named above it: "faults.minor" is "minor". */
static void draw_field(struct page *p, int row, const void *of, int i)
{
	const struct details *d = of;
	const struct field *f = &fields[i];
	int at = p->left + d->names;
	char text[32];

	cells_print(p->cells, row, p->left + 2, d->names - 3, PAINT_DIM, strchr(f->process_key, '.') + 1);
	cells_print_right(p->cells, row, at - 2, 12, known_paint(field_get(f, &d->proc->figures)),
			  unit_text(text, f, field_of_process(f, d->proc)));
	cells_print(p->cells, row, at + 12, p->columns - d->names - 12, PAINT_DIM, f->help);
}

/* All figures of model/field.h with this prefix. */
static void add_fields(struct details *d, const char *title, const char *prefix)
{
	size_t i;

	add_title(d, title);
	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key && !strncmp(fields[i].process_key, prefix, strlen(prefix)))
			sheet_add(&d->sheet, draw_field, d, (int)i);
	}
}

/* ---- collector and gaps */

static void add_generations(struct details *d, const char *name, const fact values[static GC_GENERATIONS])
{
	cleanup(buf_release) struct buf text = { 0 };
	char count[32];
	int g;

	for (g = 0; g < GC_GENERATIONS; g++)
		buf_printf(&text, "%s%s", g ? ", " : "", format_count(count, figure_of(values[g])));
	add_pair(d, name, PAINT_PLAIN, text.data);
}

static void add_gc(struct details *d)
{
	const struct gc_facts *gc = &d->proc->facts->gc;
	const struct gc_state *state = gc_state_of(d->proc);
	char text[64];
	size_t i;

	if (gc->runtime == RUNTIME_NONE)
		return;
	add_title(d, "Collector");
	snprintf(text, sizeof(text), "%s%s%s%s%s", runtime_name(gc->runtime), *gc->version ? " " : "",
		 gc->version, *gc->build ? " " : "", gc->build);
	add_pair(d, "runtime", PAINT_PLAIN, text);
	if (state) {
		add_pair(d, "enabled", PAINT_PLAIN,
			 format_gc(text, gc->runtime, state->enabled, state->thresholds, state->any_frozen));
		add_generations(d, "counts", state->counts);
		add_generations(d, "collections", state->collections);
		add_generations(d, "collected", state->collected);
		add_generations(d, "uncollectable", state->uncollectable);
		format_count(text, figure_of(state->frozen));
		add_pair(d, "frozen", PAINT_PLAIN, text);
	}
	if (runtime_untold(gc->runtime))
		sheet_wrap(&d->sheet, 2, PAINT_DIM, runtime_untold(gc->runtime));
	for (i = 0; i < gc->nsettings; i++)
		add_pair(d, gc->settings[i].name, PAINT_PLAIN, gc->settings[i].value);
}

static void add_gaps(struct details *d)
{
	const struct proc_sample *facts = d->proc->facts;
	cleanup(buf_release) struct buf line = { 0 };
	const char *error;
	size_t i;

	if (!facts->ngaps)
		return;
	add_title(d, "Not readable");
	for (i = 0; i < facts->ngaps; i++) {
		const struct gap *g = &facts->gaps[i];

		buf_reset(&line);
		error = g->error ? err_name(g->error) : NULL;
		buf_printf(&line, "%s%s%s%s%s%s", g->what, error ? " (" : "", error ? error : "",
			   error ? ")" : "", gap_link(g), g->needs);
		sheet_wrap(&d->sheet, 2, PAINT_WARN, line.data);
	}
}

static void write_sheet(struct details *d, const struct ui_model *m, const struct ui *ui,
			const struct proc_snapshot *proc, const struct page *p)
{
	d->s = m->shown;
	d->zone = ui->zone;
	d->proc = proc;
	d->names = names_of(p);
	add_who(d);
	add_pages(d);
	add_gaps(d);
	add_gc(d);
	add_fields(d, "Memory", "memory.");
	add_fields(d, "Faults", "faults.");
}

static void details_release(struct details *d)
{
	sheet_release(&d->sheet);
}

static void height(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(details_release) struct details d = { 0 };
	struct pane_process s = pane_process_find(m, ui);

	if (!pane_process_height(&s, p))
		return;
	write_sheet(&d, m, ui, s.proc, p);
	p->lines += sheet_lines(&d.sheet, p);
}

static void draw(const struct ui_model *m, const struct ui *ui, struct page *p)
{
	cleanup(details_release) struct details d = { 0 };
	struct pane_process s = pane_process_find(m, ui);

	if (!pane_process_draw(&s, p, "details"))
		return;
	write_sheet(&d, m, ui, s.proc, p);
	sheet_draw(&d.sheet, p);
}

const struct pane pane_details = {
	.name = "details",
	.share = 70,
	.of_process = true,
	.height = height,
	.draw = draw,
};
