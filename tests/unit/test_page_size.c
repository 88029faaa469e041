#include "lib/between.h"
#include "lib/scene.h"
#include "lib/stacks_scene.h"
#include "lib/text_asserts.h"
#include <math.h>
#include "analysis/stack_report.h"
#include "model/field.h"
#include "sink/json.h"
#include "sink/stacks.h"
#include "sink/text.h"

/*
 * The same pool on machines with larger pages: all counts of pages are the same, and all sizes so many times
 * as large. arm64 has 16 and 64 KiB; Debian has no kernel with the latter, so here is where it is tried.
 */
static const int64_t sizes[] = { 4096, 16384, 65536 };

#define NSIZES (sizeof(sizes) / sizeof(*sizes))

static void scale(struct sample *s, int64_t page_size)
{
	s->host.page_size = page_size;
	for (size_t i = 0; i < s->nprocs; i++) {
		struct memory_facts *m = &s->procs[i].memory;
		fact *const all[] = { &m->rss,          &m->pss,           &m->pss_anon,
				      &m->pss_file,     &m->pss_shmem,     &m->shared_clean,
				      &m->shared_dirty, &m->private_clean, &m->private_dirty,
				      &m->anonymous,    &m->swap,          &m->swap_pss,
				      &m->anon_huge,    &m->hugetlb };

		for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
			if (*all[k] != ABSENT)
				*all[k] *= page_size / FIXTURE_PAGE;
	}
}

/* The day of lib/scene.h, two samples of it. */
static void day_with(struct scene *c, int64_t page_size)
{
	struct sample first;
	struct snapshot snap;

	c->analysis = analysis_new();
	scene_fill_day(&first, -2, 0);
	scale(&first, page_size);
	analysis_next(c->analysis, &first, &snap);
	snapshot_release(&snap);
	sample_release(&first);
	scene_fill_day(&c->s, 0, 3000);
	scale(&c->s, page_size);
	analysis_next(c->analysis, &c->s, &c->snap);
}

static void compare(const char *key, enum unit unit, figure small, figure large, int64_t page_size)
{
	figure wanted = unit == UNIT_BYTES ? small * (figure)(page_size / FIXTURE_PAGE) : small;

	if (isnan(small) ? !isnan(large) : fabs(wanted - large) > fabs(wanted) * 1e-12)
		fail_msg("%s is %g with pages of %ld, %g with 4096", key, large, (long)page_size, small);
}

static void test_figures_scale_with_pages(void **state)
{
	cleanup(scene_end) struct scene small = { 0 };

	day_with(&small, FIXTURE_PAGE);
	for (size_t n = 0; n < NSIZES; n++) {
		cleanup(scene_end) struct scene large = { 0 };

		day_with(&large, sizes[n]);
		assert_int_equal(large.snap.level, LEVEL_EXACT);
		assert_int_equal(large.snap.nprocs, small.snap.nprocs);
		for (size_t i = 0; i < nfields; i++) {
			const struct field *f = &fields[i];

			if (f->pool_key)
				compare(f->pool_key, f->unit, field_get(f, &small.snap.pool),
					field_get(f, &large.snap.pool), sizes[n]);
			for (size_t p = 0; f->process_key && p < small.snap.nprocs; p++)
				compare(f->process_key, f->unit, field_get(f, &small.snap.procs[p].figures),
					field_get(f, &large.snap.procs[p].figures), sizes[n]);
		}
		assert_figure(large.snap.procs[0].figures.pages.unaccounted, 0);
	}
}

static void test_sinks_take_the_size_from_the_sample(void **state)
{
	cleanup(buf_release) struct buf json = { 0 }, text = { 0 };
	cleanup(scene_end) struct scene c = { 0 };
	char part[96];

	day_with(&c, 65536);
	json_snapshot(&json, &c.snap, false);
	assert_has(&json, "\"page_size\":65536");
	snprintf(part, sizeof(part), "\"footprint_bytes\":%lld", 52000LL * 65536);
	assert_has(&json, part);
	snprintf(part, sizeof(part), "\"cow_broken_bytes\":%lld", 6400LL * 65536);
	assert_has(&json, part);
	text_snapshot(&text, &c.snap, NULL, 120);
	assert_has(&text, "footprint 3.2 GiB");
	assert_has(&text, " 400.0 "); /* a worker's 6400 copies, in MiB */
}

static void test_stacks_scale_with_pages(void **state)
{
	for (size_t n = 0; n < NSIZES; n++) {
		cleanup(stack_report_release) struct stack_report r = { 0 };
		cleanup(stacks_release) struct stacks s;
		cleanup(buf_release) struct buf out = { 0 };
		char part[64];

		scene_begin(&s, 4);
		s.page_size = sizes[n];
		scene_process(&s, 100, true, 0);
		scene_process(&s, 101, false, 64);
		scene_count(&s, 1, PAGE_EVENT_COPIED, 16, "main", "python3.11!handle", "gc_collect_main",
			    NULL);
		stack_report_make(&s, &r);
		json_stacks(&out, &r, 10, false);
		snprintf(part, sizeof(part), "\"page_size\":%ld", (long)sizes[n]);
		assert_has(&out, part);
		snprintf(part, sizeof(part), "\"copied_pages\":64,\"copied_bytes\":%ld",
			 64L * (long)sizes[n]);
		assert_has(&out, part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_scale_with_pages),
		cmocka_unit_test(test_sinks_take_the_size_from_the_sample),
		cmocka_unit_test(test_stacks_scale_with_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
