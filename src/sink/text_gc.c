#include "sink/text_gc.h"

#include <stdio.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "sink/text_wrap.h"

bool text_has_gc(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].facts->gc.runtime != RUNTIME_NONE)
			return true;
	}
	return false;
}

/* "on, thresholds 700,10,10, not frozen"; enabled with a first threshold of 0 is off as well. */
static void add_setting(struct buf *out, const struct gc_state *s)
{
	char thresholds[64], count[16];
	fact on = gc_is_on(s);

	buf_adds(out, on == ABSENT ? "-" : on ? "on" : s->enabled == 0 ? "disabled" : "off");
	buf_printf(out, ", thresholds %s", gc_format_thresholds(thresholds, s->thresholds));
	if (s->any_frozen == 1 && s->frozen != ABSENT)
		buf_printf(out, ", %s frozen", units_format_count(count, (double)s->frozen));
	else if (s->any_frozen != ABSENT)
		buf_adds(out, s->any_frozen ? ", frozen" : ", not frozen");
}

static void add_state(struct buf *out, const struct gc_facts *g)
{
	const struct gc_state *s = gc_told(g);
	fact full;

	add_setting(out, s);
	full = gc_full_count(s);
	if (full != ABSENT)
		buf_printf(out, ", %lld full collection%s", (long long)full, full == 1 ? "" : "s");
	if (s->collecting == 1)
		buf_adds(out, ", collecting");
	if (g->ninterpreters > 1)
		buf_printf(out, ", %zu interpreters", g->ninterpreters);
}

static const struct gc_facts *master_gc(const struct snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].role == ROLE_MASTER)
			return &s->procs[i].facts->gc;
	}
	return NULL;
}

void text_gc_master(struct buf *out, const struct snapshot *s, size_t columns)
{
	const struct gc_facts *g = master_gc(s);
	cleanup(buf_release) struct buf line = { 0 };
	size_t i;

	if (!g || g->runtime == RUNTIME_NONE)
		return;
	if (runtime_untold(g->runtime)) {
		buf_adds(&line, runtime_untold(g->runtime));
	} else {
		buf_printf(&line, "%s%s%s", runtime_name(g->runtime), *g->version ? " " : "", g->version);
		if (*g->build && strcmp(g->build, "release") != 0)
			buf_printf(&line, " %s", g->build);
		buf_adds(&line, "; master ");
		if (gc_main(g))
			add_state(&line, g);
		else
			buf_adds(&line, "-");
	}
	for (i = 0; i < g->nsettings; i++)
		buf_printf(&line, "%s %s=%s", i ? "," : ";", g->settings[i].name, g->settings[i].value);
	buf_adds(out, "gc: ");
	text_wrap(out, line.data, 4, columns);
}

/* "on 700,10,10 frozen"; of a runtime that is not looked into its name. */
static void format_mode(char *ret, size_t size, const struct gc_group *g)
{
	struct gc_state s;
	char thresholds[64];

	gc_state_init(&s);
	s.enabled = g->enabled;
	memcpy(s.thresholds, g->thresholds, sizeof(s.thresholds));
	if (gc_is_on(&s) == ABSENT)
		snprintf(ret, size, "%s%s", runtime_name(g->runtime),
			 runtime_untold(g->runtime) ? ": no counters" : " -");
	else
		snprintf(ret, size, "%s %s%s", gc_is_on(&s) ? "on" : "off",
			 gc_format_thresholds(thresholds, s.thresholds), g->frozen == 1 ? " frozen" : "");
}

/* Whose the workers of the rows are, where some have workers of their own. */
static void add_kinds(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	size_t i;

	if (!snapshot_kind(s))
		return;
	for (i = 0; i < s->ngc_groups; i++) {
		const struct gc_group *g = &s->gc_groups[i];

		buf_printf(&line, "%s%zu ", i ? ", " : "", g->npids);
		if (g->arbiter)
			buf_adds(&line,
				 g->npids == 1 ? "with workers of its own" : "with workers of their own");
		else if (g->arbiter_pid)
			buf_printf(&line, "forked from %d", (int)g->arbiter_pid);
		else
			buf_adds(&line, "forked from the master");
	}
	buf_adds(out, "kinds: ");
	text_wrap(out, line.data, 7, columns);
}

void text_gc_groups(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(grid_release) struct grid g = {
		.heads = { "WORKERS", "SHARED", "COW", "COW%", "COW/s", "MINFLT/s", "FULL", "1ST", "LATER" },
		.rank = { [7] = 1, [8] = 1 },
		.tail_head = "GC",
		.tail_min = 17,
	};
	cleanup_free char(*modes)[80] = NULL;
	size_t i;

	if (!s->ngc_groups)
		return;
	modes = xcalloc(s->ngc_groups, sizeof(*modes));
	for (i = 0; i < s->ngc_groups; i++) {
		const struct gc_group *group = &s->gc_groups[i];
		struct grid_row *row = grid_add(&g);

		snprintf(row->cell[0], sizeof(row->cell[0]), "%zu", group->npids);
		measure_mib(row->cell[1], measure_make(group->shared_bytes_mean, UNKNOWN, group->estimated));
		measure_mib(row->cell[2], measure_make(group->cow_broken_bytes_mean,
						       group->cow_broken_bytes_least, group->estimated));
		text_marked_percent(row->cell[3],
				    measure_make(group->cow_broken_ratio, group->cow_broken_ratio_least,
						 group->estimated));
		measure_count(row->cell[4],
			      measure_make(group->cow_per_s_mean, group->cow_per_s_least, group->estimated));
		units_format_count(row->cell[5], gc_group_minor_per_s(group));
		units_format_count(row->cell[6], group->full_collections);
		units_format_mib(row->cell[7], group->first_full_collection_bytes);
		units_format_mib(row->cell[8], group->later_full_collection_bytes);
		format_mode(modes[i], sizeof(modes[i]), group);
		row->tail = modes[i];
	}
	buf_adds(out, "\nworkers by their gc, in MiB each; FULL: full collections seen, copied at the\n"
		      "1ST of a worker, and at each LATER one\n");
	grid_print(&g, out, columns);
	add_kinds(out, s, columns);
}

void text_findings(struct buf *out, const struct snapshot *s, size_t columns)
{
	static const char head[] = "finding: ";
	size_t i;

	if (s->nfindings)
		buf_addc(out, '\n');
	for (i = 0; i < s->nfindings; i++) {
		buf_adds(out, head);
		text_wrap(out, s->findings[i].text, sizeof(head) - 1, columns);
	}
}

void text_pool_findings(struct buf *out, const struct snapshot *s, size_t columns)
{
	cleanup(buf_release) struct buf line = { 0 };
	size_t i;

	for (i = 0; i < s->nfindings; i++) {
		if (i && s->findings[i].kind != FINDING_GROWTH)
			continue;
		line.len = 0;
		buf_printf(&line, "%d %s: %s", s->facts->master_pid, s->command, s->findings[i].text);
		buf_adds(out, "finding: ");
		text_wrap(out, line.data, 9, columns);
	}
}

void text_gc_cell(char *ret, size_t size, const struct gc_facts *g)
{
	const struct gc_state *s = gc_main(g);
	const char *frozen = s && s->any_frozen == 1 ? " frozen" : "";
	char thresholds[64];

	if (!s || gc_is_on(s) == ABSENT)
		snprintf(ret, size, "-");
	else if (s->enabled == 0)
		snprintf(ret, size, "off%s", frozen);
	else if ((size_t)snprintf(ret, size, "%s%s", gc_format_thresholds(thresholds, s->thresholds),
				  frozen) >= size)
		snprintf(ret, size, "%.*s,..%s", 8, thresholds, frozen);
}
