#include "lib/golden.h"
#include "lib/plain_text.h"
#include "lib/scene.h"
#include "analysis/why_memory.h"
#include "analysis/why_pool.h"
#include "sink/why.h"

static struct why_amount exactly(double pages)
{
	return (struct why_amount){ pages, pages, pages };
}

static struct why_worker worker(pid_t pid, double more)
{
	struct why_worker k = { .pid = pid, .basis = WHY_YOUNG, .inherited = 20000, .copied = 10000 + more };

	k.causes[WHY_COLLECTOR_ONLY] = (struct why_amount){ 4000, 3700, 4350 };
	k.causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ 2000, 1650, 2300 };
	k.causes[WHY_REFERENCES] = exactly(3500);
	k.causes[WHY_DATA] = k.causes[WHY_ALLOCATOR] = WHY_UNKNOWN;
	k.causes[WHY_STARTUP] = exactly(400);
	k.causes[WHY_OTHERWISE] = exactly(100 + more);
	k.control = 5000;
	k.identical = 9000;
	k.at_risk = NAN;
	k.snapshots = 40;
	k.first_at = 0.25;
	return k;
}

/* Old: nothing but bounds. */
static struct why_worker old(pid_t pid)
{
	struct why_worker k = worker(pid, 0);

	k.basis = WHY_BOUNDS;
	k.reason = "it is old";
	k.causes[WHY_COLLECTOR_ONLY] = (struct why_amount){ NAN, 0, 6000 };
	k.causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ NAN, 0, 6000 };
	k.causes[WHY_STARTUP] = WHY_UNKNOWN;
	k.causes[WHY_OTHERWISE] = exactly(6500);
	k.first_at = NAN;
	return k;
}

static struct why_worker waiting(pid_t pid)
{
	struct why_worker k = worker(pid, 0);

	k.basis = WHY_RISK;
	k.causes[WHY_COLLECTOR_ONLY] = k.causes[WHY_COLLECTOR_FIRST] = exactly(0);
	k.causes[WHY_OTHERWISE] = exactly(6100);
	k.at_risk = 3000;
	k.first_at = NAN;
	return k;
}

static void begin(struct why *w, const struct why_worker *workers, size_t n, const char *why)
{
	*w = (struct why){ .nworkers = n ? n : 2, .n = n, .page_size = 4096, .how = "so it is frozen" };
	w->workers = calloc(n + 1, sizeof(*w->workers));
	for (size_t i = 0; i < n; i++)
		w->workers[i] = workers[i];
	w->looked_pages = 21000;
	w->tracked_pages = 9000;
	w->counted_pages = 6000;
	w->tracked_objects = 250000;
	why_sum_up(w, why);
}

static void show(const struct why *w, size_t columns, struct buf *ret)
{
	cleanup(scene_end) struct scene c = { 0 };

	scene_day(&c);
	text_why(ret, w, &c.snap, columns);
	if (columns == 80)
		assert_plain_text(ret);
}

static void show_json(const struct why *w, struct buf *ret)
{
	cleanup(scene_end) struct scene c = { 0 };

	scene_day(&c);
	json_why(ret, w, &c.snap);
}

static void test_why__golden(void **state)
{
	const struct why_worker workers[] = { worker(11, 0), worker(12, 50), old(13) };
	cleanup(buf_release) struct buf narrow = { 0 }, wide = { 0 }, json = { 0 };
	cleanup(why_release) struct why w = { 0 };

	begin(&w, workers, 3, NULL);
	show(&w, 80, &narrow);
	golden_check("why-80.txt", &narrow);
	show(&w, 120, &wide);
	golden_check("why-120.txt", &wide);
	show_json(&w, &json);
	golden_check("why.json", &json);
}

static void test_why__golden_of_bounds(void **state)
{
	const struct why_worker workers[] = { old(11) };
	cleanup(buf_release) struct buf out = { 0 }, json = { 0 };
	cleanup(why_release) struct why w = { 0 };

	begin(&w, workers, 1, NULL);
	show(&w, 120, &out);
	golden_check("why-bounds.txt", &out);
	show_json(&w, &json);
	golden_check("why-bounds.json", &json);
}

/* Means are of those that the basis is of. */
static void test_why__young_ones_count(void **state)
{
	const struct why_worker workers[] = { old(13), worker(11, 0), waiting(14), worker(12, 50) };
	cleanup(why_release) struct why w = { 0 };

	begin(&w, workers, 4, NULL);
	assert_int_equal(w.basis, WHY_YOUNG);
	assert_int_equal(w.nmean, 2);
	assert_true(w.copied == 10025);
	assert_true(w.causes[WHY_COLLECTOR_ONLY].pages == 4000);
	assert_true(isnan(w.causes[WHY_DATA].pages));
	assert_non_null(strstr(w.reason, "2 workers"));
	assert_non_null(strstr(w.reason, "25 %"));
}

static void test_why__still_waiting(void **state)
{
	struct why_worker workers[] = { waiting(14), old(13) };
	cleanup(buf_release) struct buf out = { 0 };
	cleanup(why_release) struct why w = { 0 };
	struct why_amount gain;

	begin(&w, workers, 2, NULL);
	assert_int_equal(w.basis, WHY_RISK);
	assert_true(why_freeze_gain(&w, &gain));
	assert_true(gain.low == 0 && gain.high == 3000);
	show(&w, 80, &out);
	assert_non_null(strstr(out.data, "no full collection yet"));
	why_release(&w);
	for (size_t i = 0; i < 2; i++)
		workers[i].off = true;
	begin(&w, workers, 2, NULL);
	assert_false(why_freeze_gain(&w, &gain));
	assert_non_null(strstr(w.reason, "collector is off"));
}

static void test_why__nothing(void **state)
{
	struct why_worker nothing = {
		.pid = 4, .basis = WHY_NONE, .reason = "it cannot be read", .copied = 5
	};
	cleanup(buf_release) struct buf out = { 0 }, json = { 0 };
	cleanup(why_release) struct why w = { 0 };
	struct why_amount gain;

	begin(&w, NULL, 0, "the master is \x1b[31mgone");
	assert_int_equal(w.basis, WHY_NONE);
	assert_false(why_freeze_gain(&w, &gain));
	show(&w, 80, &out);
	assert_non_null(strstr(out.data, "by cause: not known: the master is"));
	show_json(&w, &json);
	assert_non_null(strstr(json.data, "\"none\""));
	why_release(&w);
	for (size_t i = 0; i < WHY_CAUSES; i++)
		nothing.causes[i] = WHY_UNKNOWN;
	begin(&w, &nothing, 1, NULL);
	assert_string_equal(w.reason, "it cannot be read");
}

static void add_allocator(struct allocator_inventory *i, enum allocator_kind kind, fact used)
{
	struct allocator_facts *f = allocator_add(i, kind, ALLOCATOR_BY_STATE);

	f->arenas = 3;
	f->used = used;
	f->own = f->cached = f->pinned = 1 << 20;
	f->free = f->top = 2 << 20;
	f->held = used + (6 << 20);
	f->trimmable = kind == ALLOCATOR_GLIBC ? 3 << 20 : 0;
	if (kind == ALLOCATOR_GLIBC) {
		f->mapped = 9 << 20;
		f->nmapped = 2;
	}
}

static void give_memory(struct why_memory_worker *k, pid_t pid, uint32_t copied)
{
	k->pid = pid;
	k->read = true;
	add_allocator(&k->allocators, ALLOCATOR_GLIBC, 40 << 20);
	add_allocator(&k->allocators, ALLOCATOR_PHP, 20 << 20);
	k->space.regions = calloc(1, sizeof(*k->space.regions));
	k->space.nregions = 1;
	k->space.regions[0] = (struct region){
		.start = 0, .end = 20000ULL * 4096, .kind = REGION_HEAP, .name = strdup("[heap]")
	};
	k->space.stretches = calloc(2, sizeof(*k->space.stretches));
	k->space.nstretches = 2;
	k->space.stretches[0] = (struct page_stretch){ 0, copied, PAGE_CLASS_COW_BROKEN };
	k->space.stretches[1] = (struct page_stretch){ copied, 20000 - copied, PAGE_CLASS_SHARED };
	k->copies = (struct copies){ .page_size = 4096, .pages = copied, .wanted = copied };
	for (uint32_t i = 0; i < copied; i++)
		copies_count(&k->copies, i % 3 * 8);
}

/* A pool that runs no CPython: what is known comes first, and there is enough of it. */
static void test_why__golden_of_memory(void **state)
{
	struct why_worker workers[] = { waiting(11), waiting(12) };
	cleanup(buf_release) struct buf out = { 0 }, wide = { 0 }, json = { 0 };
	cleanup(why_release) struct why w = { 0 };
	struct why_memory *m = calloc(1, sizeof(*m));

	for (size_t i = 0; i < 2; i++) {
		workers[i].basis = WHY_NONE;
		workers[i].copied = i ? 9000 : 3000;
		workers[i].at_risk = NAN;
		for (size_t c = 0; c < WHY_CAUSES; c++)
			workers[i].causes[c] = WHY_UNKNOWN;
	}
	begin(&w, workers, 2, "the master runs no CPython that can be read");
	w.tracked_pages = w.counted_pages = w.looked_pages = w.tracked_objects = NAN;
	m->workers = calloc(2, sizeof(*m->workers));
	m->n = 2;
	give_memory(&m->workers[0], 11, 3000);
	give_memory(&m->workers[1], 12, 9000);
	m->read = true;
	add_allocator(&m->allocators, ALLOCATOR_GLIBC, 30 << 20);
	why_memory_sum_up(m, 4096, true);
	why_memory_join(&w, m);
	assert_true(w.identical == 2000);
	show(&w, 80, &out);
	golden_check("why-memory-80.txt", &out);
	show(&w, 140, &wide);
	golden_check("why-memory-140.txt", &wide);
	show_json(&w, &json);
	golden_check("why-memory.json", &json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_why__golden),           cmocka_unit_test(test_why__golden_of_bounds),
		cmocka_unit_test(test_why__young_ones_count), cmocka_unit_test(test_why__still_waiting),
		cmocka_unit_test(test_why__nothing),          cmocka_unit_test(test_why__golden_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
