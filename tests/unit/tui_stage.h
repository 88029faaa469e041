#ifndef COWTOP_TESTS_TUI_STAGE_H
#define COWTOP_TESTS_TUI_STAGE_H

/*
 * A live view without a terminal: samples of a made-up pool go through analysis/ into the model, keys
 * into the ui, and the screen is a grid of cells.
 */
#include "lib/cells_dump.h"
#include "lib/golden.h"
#include "analysis/analysis.h"
#include "tui/control.h"
#include "tui/key_code.h"
#include "tui/layout.h"
#include "tui/pane.h"
#include "tui/rows.h"
#include "tui/view.h"

struct stage {
	struct analysis *analysis;
	struct sample sample;
	struct snapshot snap;
	struct ui_model m;
	struct ui ui;
	struct cells cells;
	struct address_space space;
};

static inline void stage_begin(struct stage *st, int rows, int columns)
{
	*st = (struct stage){ .analysis = analysis_new() };
	ui_init(&st->ui);
	ui_model_init(&st->m);
	st->ui.rows = rows;
	st->ui.columns = columns;
	st->m.own_cpu = 0.0042;
}

static inline void stage_end(struct stage *st)
{
	ui_model_release(&st->m);
	cells_release(&st->cells);
	address_space_release(&st->space);
	snapshot_release(&st->snap);
	sample_release(&st->sample);
	analysis_free(st->analysis);
}

/* Takes the sample over. */
static inline void stage_take(struct stage *st, const struct sample *s, void (*change)(struct snapshot *))
{
	struct sample before = st->sample;
	struct snapshot past = st->snap;

	st->sample = *s;
	analysis_next(st->analysis, &st->sample, &st->snap);
	if (change)
		change(&st->snap);
	ui_model_add(&st->m, &st->snap);
	snapshot_release(&past);
	sample_release(&before);
	ui_settle(&st->ui, &st->m);
}

static inline enum ui_effect stage_key(struct stage *st, int code)
{
	enum ui_effect effect = ui_key(&st->ui, &st->m, code);

	ui_settle(&st->ui, &st->m);
	return effect;
}

static inline void stage_type(struct stage *st, const char *text)
{
	for (; *text; text++)
		stage_key(st, (unsigned char)*text);
}

/* A pane is as high as it says: what it counts is what it draws. */
static inline void stage_check_height(const struct stage *st)
{
	struct page counted = layout_height(&st->m, &st->ui), drawn = layout_page(&st->m, &st->ui);
	cleanup(cells_release) struct cells c = { 0 };

	if (!st->m.shown)
		return;
	cells_resize(&c, st->ui.rows, st->ui.columns);
	drawn.cells = &c;
	st->ui.pane->draw(&st->m, &st->ui, &drawn);
	assert_int_equal(counted.rows, drawn.rows);
	assert_int_equal(counted.top, drawn.top);
	assert_int_equal(counted.lines, drawn.lines);
}

static inline void stage_draw(struct stage *st)
{
	ui_settle(&st->ui, &st->m);
	stage_check_height(st);
	view_draw(&st->m, &st->ui, &st->cells);
}

/* The first line that is seen of the pane that is open. */
static inline int stage_scroll(const struct stage *st)
{
	return st->ui.scroll[pane_number(st->ui.pane)];
}

/* The screen as text. */
static inline const char *stage_text(struct stage *st, struct buf *out)
{
	buf_reset(out);
	stage_draw(st);
	cells_dump(&st->cells, out);
	return out->data;
}

static inline void stage_golden(struct stage *st, const char *name)
{
	cleanup(buf_release) struct buf out = { 0 };
	char path[128];

	stage_text(st, &out);
	snprintf(path, sizeof(path), "tui/%s.txt", name);
	golden_check(path, &out);
}

/* ---- the pool of an ordinary day: one worker getting worse, one standing still, one new, one gone */

static inline void stage_gc(struct proc_sample *p, fact enabled, fact frozen, fact full)
{
	struct gc_state *state = xcalloc(1, sizeof(*state));

	gc_state_init(state);
	state->id = 0;
	state->enabled = enabled;
	state->thresholds[0] = enabled ? 700 : 0;
	state->thresholds[1] = state->thresholds[2] = 10;
	state->counts[0] = 312;
	state->counts[1] = 4;
	state->counts[2] = 7;
	state->collections[0] = full * 110;
	state->collections[1] = full * 10;
	state->collections[2] = full;
	state->collected[0] = state->collected[1] = state->collected[2] = 10 * full;
	state->uncollectable[0] = state->uncollectable[1] = state->uncollectable[2] = 0;
	state->any_frozen = frozen > 0;
	state->frozen = frozen;
	state->collecting = 0;
	p->gc.runtime = RUNTIME_CPYTHON;
	snprintf(p->gc.version, sizeof(p->gc.version), "3.11.2");
	snprintf(p->gc.build, sizeof(p->gc.build), "release");
	p->gc.interpreters = state;
	p->gc.ninterpreters = 1;
}

/* A worker that has copied `cow` pages of 28000, after so many faults for each cause. */
static inline struct proc_sample *stage_worker(struct sample *s, pid_t pid, double born, fact cow,
					       const fact faults[4])
{
	const fact pages[6] = { 27600 - cow, 400, cow, 40, 3000 + faults[1] / 8, 1800 };
	struct proc_sample *p = fixture_add(s, pid, born, pages);

	p->minflt = 9000 + faults[0] + faults[1] + faults[2] + faults[3];
	p->growth = (struct growth_facts){ faults[0], faults[1], faults[2], 0, 0, 0 };
	stage_gc(p, 1, pid == 102 ? 81234 : 0, 12 + (fact)(cow / 1000));
	return p;
}

static inline void stage_day_at(struct sample *s, int second)
{
	static const fact master[6] = { 25600, 900, 1200, 0, 2100, 3300 };
	/* A collection every 20 s: the copies come in steps. */
	fact t = second, step = t / 20, burst = step * 600 + (t % 20 < 2 ? t % 20 * 300 : 600);
	struct proc_sample *p;

	fixture_begin(s, second);
	s->footprint_pages = 60000 + 4 * burst;
	s->host.pressure_some = 12;
	s->host.pressure_full = 0;
	s->walked = 5;
	s->skipped = 1;
	p = fixture_add(s, 100, -86400, master);
	p->minflt = 40000 + t;
	stage_gc(p, 1, 0, 3);
	stage_worker(s, 101, -7200, 4000 + burst, (const fact[]){ burst, 20 * t, 3 * t, 45 * t });
	stage_worker(s, 102, -7100, 1800 + (t < 60 ? t * 5 : 300),
		     (const fact[]){ t < 60 ? t * 5 : 300, 12 * t, 2 * t, 20 * t });
	stage_worker(s, 103, -7000, 9000 + burst * 2, (const fact[]){ burst * 2, 30 * t, 3 * t, 60 * t })
		->majflt = 3 + t / 8;
	if (second < 97)
		stage_worker(s, 139, -500, 7000, (const fact[]){ 0, 0, 0, 0 });
	if (second >= 98) {
		p = stage_worker(s, 140, 97.5, 812, (const fact[]){ 812, 300, 20, 80 });
		p->exactness = EXACTNESS_UPPER_BOUND;
		p->minflt = 1200 + 20 * (t - 98);
	}
	p = fixture_add(s, 105, -6999, (const fact[]){ 0, 0, 0, 0, 900, 1200 });
	fixture_hide_pages(p, LEVEL_ROLLUP);
	p->exactness = EXACTNESS_UNKNOWN;
	p->forked = false;
	fixture_name(p, "sh", "/bin/sh -c rotatelogs /var/log/shop/access.%Y.log 86400");
}

static inline pid_t *stage_pids(const pid_t *pids, size_t n)
{
	return memcpy(xcalloc(n, sizeof(*pids)), pids, n * sizeof(*pids));
}

/* Of the events of analysis/ those of workers stay; every 20 s a collection is told. */
static inline void stage_day_events(struct snapshot *snap)
{
	int64_t second = (snap->facts->time_ns - FIXTURE_BEGIN) / FIXTURE_SECOND;
	size_t i, n = 0;

	for (i = 0; i < snap->nevents; i++) {
		if (snap->events[i].type <= EVENT_MASTER_EXITED)
			snap->events[n++] = snap->events[i];
	}
	snap->nevents = n;
	if (second % 20 != 1)
		return;
	snap->events = xreallocarray(snap->events, n + 1, sizeof(*snap->events));
	snap->events[snap->nevents++] = (struct event){
		snap->facts->time_ns,
		103,
		EVENT_GC_COLLECTED,
		"a full collection ran in worker 3, 2.3 MiB copied meanwhile",
		2411724,
		2411724,
		false,
		{ 0 },
	};
}

/* What the collectors are said to do: whatever analysis/ found is replaced. */
static inline void stage_day_groups(struct snapshot *snap)
{
	static const struct gc_group groups[] = {
		{ RUNTIME_CPYTHON,
		  1,
		  0,
		  { 700, 10, 10 },
		  NULL,
		  3,
		  19.5e6 * 4,
		  12.5e6 * 4,
		  0.391,
		  91.5,
		  142,
		  142,
		  9,
		  4.7e6,
		  13.1e6,
		  0.2e6,
		  12.5e6 * 4,
		  0.391,
		  91.5,
		  false,
		  0,
		  false },
		{ RUNTIME_CPYTHON,
		  1,
		  1,
		  { 700, 10, 10 },
		  NULL,
		  1,
		  25.5e6 * 4,
		  2.1e6 * 4,
		  0.075,
		  0,
		  34,
		  34,
		  0,
		  UNKNOWN,
		  UNKNOWN,
		  UNKNOWN,
		  2.1e6 * 4,
		  0.075,
		  0,
		  false,
		  0,
		  false },
	};
	static const struct finding findings[] = {
		{ FINDING_FROZEN_AFTER_FORK, 102, 81234, "objects",
		  "worker 102 froze 81234 objects after the fork: the freeze itself wrote to them, "
		  "and only this worker keeps what it still shares.",
		  LABEL_EXACT, 81234, 81234 },
		{ FINDING_NEVER_FROZEN, 0, 0.39, "ratio",
		  "The master never called gc.freeze(): every full collection copies 4.5 MiB per "
		  "worker.",
		  LABEL_EXACT, 0.39, 0.39 },
	};
	size_t i;

	stage_day_events(snap);
	for (i = 0; i < snap->ngc_groups; i++)
		free(snap->gc_groups[i].pids);
	free(snap->gc_groups);
	free(snap->findings);
	snap->ngc_groups = snap->nfindings = 2;
	snap->gc_groups = memcpy(xcalloc(1, sizeof(groups)), groups, sizeof(groups));
	snap->gc_groups[0].pids = stage_pids((const pid_t[]){ 101, 103, 140 }, 3);
	snap->gc_groups[1].pids = stage_pids((const pid_t[]){ 102 }, 1);
	snap->findings = memcpy(xcalloc(1, sizeof(findings)), findings, sizeof(findings));
}

static inline void stage_add_region(struct address_space *a, uint64_t start, uint64_t end,
				    enum region_kind kind, const char *name, struct page_facts pages)
{
	a->regions = xreallocarray(a->regions, a->nregions + 1, sizeof(*a->regions));
	a->regions[a->nregions++] = (struct region){ start, end, kind, xstrdup(name), pages };
}

static inline void stage_add_stretch(struct address_space *a, uint64_t start, uint32_t pages,
				     enum page_class class)
{
	/* At each power of two there is room for the next: one at a time takes minutes where a sanitizer moves them. */
	if (!(a->nstretches & (a->nstretches - 1)))
		a->stretches = xreallocarray(a->stretches, a->nstretches ? 2 * a->nstretches : 1,
					     sizeof(*a->stretches));
	a->stretches[a->nstretches++] = (struct page_stretch){ start, pages, (uint8_t) class };
}

/* Of worker 103: a heap with copies in its first half, arenas, a library, a stack. */
static inline void stage_space(struct stage *st)
{
	struct address_space *a = &st->space;
	uint64_t arena = 0x7f10a0000ULL;
	int i;

	a->pid = 103;
	a->start_ticks = 100000000 - 7000 * 100;
	stage_add_region(a, 0x400000, 0x700000, REGION_FILE, "/usr/bin/python3.11",
			 (struct page_facts){ 0, 0, 0, 0, 0, 700, 0 });
	stage_add_region(a, 0x700000, 0x760000, REGION_FILE_DATA, "/usr/bin/python3.11",
			 (struct page_facts){ 30, 4, 12, 40, 0, 10, 0 });
	stage_add_region(a, 0x2000000, 0x6000000, REGION_HEAP, "[heap]",
			 (struct page_facts){ 9000, 100, 5000, 0, 1200, 0, 64 });
	stage_add_region(a, arena << 12, (arena + 0x4000) << 12, REGION_ANON, "",
			 (struct page_facts){ 8000, 200, 5000, 0, 900, 0, 0 });
	stage_add_region(a, 0x7f20b0000000, 0x7f20b0600000, REGION_FILE,
			 "/usr/lib/x86_64-linux-gnu/libc.so.6",
			 (struct page_facts){ 0, 0, 0, 0, 0, 1000, 0 });
	stage_add_region(a, 0x7f20c0000000, 0x7f20c0100000, REGION_SHMEM, "/dev/shm/\x1b[31mscore",
			 (struct page_facts){ 0, 0, 0, 0, 0, 90, 0 });
	stage_add_region(a, 0x7ffd10000000, 0x7ffd10021000, REGION_STACK, "[stack]",
			 (struct page_facts){ 4, 0, 9, 0, 20, 0, 0 });

	stage_add_stretch(a, 0x400, 700, PAGE_CLASS_FILE);
	stage_add_stretch(a, 0x700, 30, PAGE_CLASS_SHARED);
	stage_add_stretch(a, 0x71e, 12, PAGE_CLASS_COW_BROKEN);
	stage_add_stretch(a, 0x72a, 40, PAGE_CLASS_COW_FILE);
	for (i = 0; i < 50; i++) {
		uint64_t at = 0x2000 + 300 * (uint64_t)i;

		stage_add_stretch(a, at, 180, i % 7 == 3 ? PAGE_CLASS_NEW : PAGE_CLASS_SHARED);
		stage_add_stretch(a, at + 180, i < 25 ? 110 : 10, PAGE_CLASS_COW_BROKEN);
		if (i == 30)
			stage_add_stretch(a, at + 190, 60, PAGE_CLASS_SWAPPED);
	}
	stage_add_stretch(a, arena, 8000, PAGE_CLASS_SHARED);
	stage_add_stretch(a, arena + 8000, 200, PAGE_CLASS_ORPHANED);
	stage_add_stretch(a, arena + 8200, 5000, PAGE_CLASS_COW_BROKEN);
	stage_add_stretch(a, arena + 13200, 900, PAGE_CLASS_NEW);
	stage_add_stretch(a, 0x7f20b0000, 1000, PAGE_CLASS_FILE);
	stage_add_stretch(a, 0x7f20c0000, 90, PAGE_CLASS_FILE);
	stage_add_stretch(a, 0x7ffd10000, 4, PAGE_CLASS_SHARED);
	stage_add_stretch(a, 0x7ffd10004, 9, PAGE_CLASS_COW_BROKEN);
	stage_add_stretch(a, 0x7ffd1000d, 20, PAGE_CLASS_NEW);
	st->m.space = a;
}

/* A hundred and two seconds of it, the last one in the midst of a collection; worker 103, with the
 * most copies, is selected. */
static inline void stage_day(struct stage *st, int rows, int columns)
{
	struct sample s;
	int second;

	stage_begin(st, rows, columns);
	for (second = 0; second < 102; second++) {
		stage_day_at(&s, second);
		stage_take(st, &s, stage_day_groups);
	}
	stage_space(st);
}

/* The order of the rows on the screen, by pid. */
static inline void assert_order(struct stage *st, const pid_t *pids, int n)
{
	struct rows rows;
	int i;

	rows_list(&st->m, &st->ui, &rows);
	assert_int_equal(rows.n, n);
	for (i = 0; i < n; i++)
		assert_int_equal(rows.items[i].key.pid, pids[i]);
	rows_release(&rows);
}

#endif
