/*
 * The recordings in tests/recordings, one set for each version of the format, are read by today's
 * reader, and hold the samples that are made here again. GENERATE=1 writes those of this version;
 * once a version is released, its files stay as they are.
 */
#include <fcntl.h>
#include <unistd.h>
#include "lib/between.h"
#include "lib/random_samples.h"
#include "lib/stacks_scene.h"
#include "codec/sample.h"
#include "codec/frame.h"
#include "codec/stacks.h"
#include "model/stacks_fold.h"
#include "recording/recorder.h"
#include "recording/replay.h"

#define SAMPLES 130
#define FOLDER "tests/recordings/"

static struct err err;

/* Three workers that lose pages; one goes, one comes; a collector is switched on. */
static void make(struct sample *s, int i)
{
	const fact master[6] = { 9000, 40, 260, 8, 92, 1000 };

	fixture_begin(s, i);
	s->walked = 4;
	s->skipped = 0;
	s->footprint_pages = 9500 + 9 * i;
	s->host.available_bytes -= i * FIXTURE_MIB;
	s->host.pressure_some = i % 7;
	fixture_add(s, 100, -60, master);
	for (int w = 0; w < 3; w++) {
		const fact pages[6] = { 9000 - 20 * i - w, 0, 20 * i + w, 8, 5 * i, 1000 };
		bool second = w == 2 && i >= 70;
		struct proc_sample *p = fixture_add(s, 101 + w + second, second ? 70 : w, pages);

		p->minflt += 31 * i + w;
		p->growth = (struct growth_facts){ 20 * i, 5 * i, i, ABSENT, ABSENT, ABSENT };
		fixture_gc(p, i >= 40, 700, 0)->collections[2] = i / 10;
		fixture_gc_setting(p, "PYTHONMALLOC", "malloc");
		if (w == 1)
			proc_sample_gap(p, "smaps_rollup", EACCES, "CAP_SYS_PTRACE");
		if (i == 90 && w == 0)
			fixture_name(p, "gun\033[31m", "gunicorn: \xff worker [shop]");
	}
}

static void make_space(struct address_space *a, int i)
{
	*a = (struct address_space){ .pid = 101, .start_ticks = 100000000, .nregions = 2, .nstretches = 3 };
	a->regions = xcalloc(2, sizeof(*a->regions));
	a->regions[0] = (struct region){
		0x400000, 0x500000, REGION_FILE, xstrdup("/usr/bin/python3"), { 0, 0, 0, 0, 0, 200, 0 }
	};
	a->regions[1] = (struct region){
		0x1000000, 0x9000000, REGION_HEAP, xstrdup("[heap]"), { 9000 - i, 0, i, 0, 0, 0, ABSENT }
	};
	a->stretches = xcalloc(3, sizeof(*a->stretches));
	a->stretches[0] = (struct page_stretch){ 0x400, 200, PAGE_CLASS_FILE };
	a->stretches[1] = (struct page_stretch){ 0x1000, (uint32_t)(9000 - i), PAGE_CLASS_SHARED };
	a->stretches[2] = (struct page_stretch){ 0x1000 + 9000 - (uint64_t)i, 1 + (uint32_t)i,
						 PAGE_CLASS_COW_BROKEN };
}

static void write_file(const char *name, const struct buf *bytes)
{
	cleanup_close int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0 && write(fd, bytes->data, bytes->len) == (ssize_t)bytes->len);
}

static void record_all(struct buf *out)
{
	const struct record_setup setup = {
		.time_ns = FIXTURE_BEGIN,
		.interval_ns = FIXTURE_SECOND,
		.page_size = FIXTURE_PAGE,
		.creator = "cowtop 0.1.0",
		.target = "gunicorn",
	};
	struct recorder *r = recorder_new(&setup, out);

	for (int i = 0; i < SAMPLES; i++) {
		cleanup(sample_release) struct sample s;
		cleanup(address_space_release) struct address_space a;
		bool key = recorder_key_next(r);

		make(&s, i);
		make_space(&a, i);
		assert_int_equal(recorder_sample(r, &s, out, &err), 0);
		if (key)
			assert_int_equal(recorder_space(r, &a, out, &err), 0);
		if (i == 50)
			recorder_mark(r, s.time_ns, "deploy 41", out);
	}
	recorder_end(r, FIXTURE_BEGIN + SAMPLES * FIXTURE_SECOND, out);
	recorder_free(r);
}

/* What the call stacks of the span that ends with sample `i` are. */
static void make_stacks(struct stacks *s, int i)
{
	*s = (struct stacks){ 0 };
	scene_server(s);
	s->time_ns = FIXTURE_BEGIN + i * FIXTURE_SECOND;
	s->span_ns = i ? 30 * FIXTURE_SECOND : FIXTURE_SECOND / 100;
	s->counts[0].samples[PAGE_EVENT_COPIED] += (uint64_t)i;
	stacks_gap(s, "perf maps", EACCES, "CAP_DAC_READ_SEARCH");
}

/* With call stacks of every 30 samples. */
static void record_stacks(struct buf *out)
{
	const struct record_setup setup = {
		.time_ns = FIXTURE_BEGIN,
		.interval_ns = FIXTURE_SECOND,
		.page_size = FIXTURE_PAGE,
		.creator = "cowtop 0.1.0",
		.target = "gunicorn",
	};
	struct recorder *r = recorder_new(&setup, out);

	for (int i = 0; i <= 90; i++) {
		cleanup(sample_release) struct sample s;
		cleanup(stacks_release) struct stacks stacks = { 0 };

		make(&s, i);
		assert_int_equal(recorder_sample(r, &s, out, &err), 0);
		if (i % 30)
			continue;
		make_stacks(&stacks, i);
		assert_int_equal(recorder_stacks(r, &stacks, out, &err), 0);
	}
	recorder_end(r, FIXTURE_BEGIN + 91 * FIXTURE_SECOND, out);
	recorder_free(r);
}

/* As a later minor version might write: records, flags and sections that nobody knows yet. */
static void record_unknown(struct buf *out)
{
	const struct recording_head head = { .page_size = FIXTURE_PAGE, .creator = "cowtop 9.9" };
	cleanup(buf_release) struct buf body = { 0 };
	cleanup(sample_codec_release) struct sample_codec f;

	sample_codec_init(&f);
	recording_head_put(out, &head);
	buf_adds(&body, "of a later version");
	for (int i = 0; i < 5; i++) {
		cleanup(buf_release) struct buf facts = { 0 };
		cleanup(sample_release) struct sample s;
		struct record r = { .type = 77, .time_ns = FIXTURE_BEGIN };

		make(&s, i);
		record_put(out, &r, &body);
		assert_int_equal(sample_put(&f, &s, i == 0, &facts, &err), 0);
		put_section(&facts, 200, &body);
		r = (struct record){ .type = RECORD_SAMPLE,
				     .flags = 0x80 | (i == 0),
				     .time_ns = s.time_ns,
				     .number = (uint32_t)i };
		record_put(out, &r, &facts);
	}
}

static int generate(void **state)
{
	cleanup(buf_release) struct buf whole = { 0 }, unknown = { 0 }, stacks = { 0 };

	if (!getenv("GENERATE"))
		return 0;
	record_all(&whole);
	write_file(FOLDER "v1.ct", &whole);
	whole.data[whole.len / 3] ^= 0x10;
	write_file(FOLDER "v1-flipped.ct", &whole);
	whole.data[whole.len / 3] ^= 0x10;
	whole.len = whole.len * 2 / 3;
	write_file(FOLDER "v1-truncated.ct", &whole);
	record_unknown(&unknown);
	write_file(FOLDER "v1-unknown-tags.ct", &unknown);
	record_stacks(&stacks);
	write_file(FOLDER "v1-stacks.ct", &stacks);
	return 0;
}

static struct replay *open_file(const char *path)
{
	struct replay *r = NULL;

	if (replay_open(path, &r, &err) < 0)
		fail_msg("%s (run it from the top of the tree)", err.msg);
	return r;
}

/* Every sample given is the one of its time. How many there are. */
static size_t read_all(struct replay *r)
{
	struct sample got;
	size_t n = 0;

	sample_init(&got);
	while (replay_next_over(r, &got, &err) == 1) {
		cleanup(sample_release) struct sample want;

		make(&want, (int)((got.time_ns - FIXTURE_BEGIN) / FIXTURE_SECOND));
		random_assert_same(&want, &got);
		sample_release(&got);
		n++;
	}
	return n;
}

static void assert_warning(const struct replay *r, const char *words)
{
	cleanup(buf_release) struct buf said = { 0 };

	replay_warning(r, &said);
	if (!words)
		assert_int_equal(said.len, 0);
	else if (!said.len || !strstr(said.data, words))
		fail_msg("it warns of: %s", said.len ? said.data : "nothing");
}

static void test_recordings__version_1(void **state)
{
	struct replay *r = open_file(FOLDER "v1.ct");
	struct address_space got, want;
	const struct replay_info *info = replay_info(r);

	assert_int_equal(info->version, 1);
	assert_int_equal(info->page_size, FIXTURE_PAGE);
	assert_true(info->interval_ns == FIXTURE_SECOND && info->ended);
	assert_string_equal(info->creator, "cowtop 0.1.0");
	assert_string_equal(info->target, "gunicorn");
	assert_int_equal(info->nmarks, 1);
	assert_string_equal(info->marks[0].text, "deploy 41");
	assert_true(info->marks[0].time_ns == FIXTURE_BEGIN + 50 * FIXTURE_SECOND);
	assert_int_equal(read_all(r), SAMPLES);
	assert_int_equal(replay_address_space(r, 101, &got, &err), 1);
	make_space(&want, 120);
	random_assert_same_space(&want, &got);
	address_space_release(&got);
	address_space_release(&want);
	assert_warning(r, NULL);
	replay_close(r);
}

static void test_recordings__version_1_truncated(void **state)
{
	struct replay *r = open_file(FOLDER "v1-truncated.ct");
	size_t n = read_all(r);

	assert_int_equal(n, replay_info(r)->samples);
	assert_between(n, 60, SAMPLES - 1);
	assert_false(replay_info(r)->ended);
	assert_warning(r, "incomplete record");
	replay_close(r);
}

static void test_recordings__version_1_flipped(void **state)
{
	struct replay *r = open_file(FOLDER "v1-flipped.ct");

	assert_between(read_all(r), SAMPLES - 60, SAMPLES - 1);
	assert_warning(r, "1 damaged place");
	replay_close(r);
}

static void test_recordings__version_1_with_unknown_tags(void **state)
{
	struct replay *r = open_file(FOLDER "v1-unknown-tags.ct");

	assert_int_equal(read_all(r), 5);
	assert_warning(r, NULL);
	replay_close(r);
}

static void assert_same_stacks(const struct stacks *a, const struct stacks *b)
{
	cleanup(buf_release) struct buf x = { 0 }, y = { 0 };

	assert_true(stacks_put(a, &x) && stacks_put(b, &y));
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.data, y.data, x.len);
}

static void test_recordings__version_1_with_stacks(void **state)
{
	struct replay *r = open_file(FOLDER "v1-stacks.ct");
	const struct replay_info *info = replay_info(r);
	cleanup(stacks_release) struct stacks all, sum;

	assert_int_equal(info->nspans, 4);
	assert_true(info->spans[1].begin_ns == info->spans[0].end_ns);
	make_stacks(&all, 0); /* the first is of no time: never alone */
	for (size_t i = 1; i < 4; i++) {
		cleanup(stacks_release) struct stacks got, want;
		int64_t middle = info->spans[i].end_ns - FIXTURE_SECOND;

		assert_int_equal(replay_stacks_between(r, middle, middle, &got, &err), 1);
		make_stacks(&want, (int)i * 30);
		assert_same_stacks(&want, &got);
		assert_true(stacks_merge(&all, &want));
	}
	assert_int_equal(replay_stacks_between(r, INT64_MIN, INT64_MAX, &sum, &err), 1);
	assert_same_stacks(&all, &sum);
	assert_int_equal(read_all(r), 91);
	assert_warning(r, NULL);
	replay_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recordings__version_1),
		cmocka_unit_test(test_recordings__version_1_truncated),
		cmocka_unit_test(test_recordings__version_1_flipped),
		cmocka_unit_test(test_recordings__version_1_with_unknown_tags),
		cmocka_unit_test(test_recordings__version_1_with_stacks),
	};

	return cmocka_run_group_tests_name("recordings", tests, generate, NULL);
}
