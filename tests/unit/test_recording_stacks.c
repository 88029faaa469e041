/* Call stacks in recordings: found by index and by walk, by instant, summed over a part, damaged. */
#include "lib/stacks_scene.h"
#include "lib/memory_recording.h"
#include "codec/frame.h"

#define SPAN 30 /* samples, a second each */

static struct err err;

/* The span up to sample `n`: one trace, with as many samples as the sample's number. */
static void add_span(struct memory_recording *t, size_t n)
{
	cleanup(stacks_release) struct stacks s = { 0 };

	scene_begin(&s, 10);
	s.time_ns = FIXTURE_BEGIN + (int64_t)n * FIXTURE_SECOND;
	s.span_ns = (n ? SPAN : 0) * FIXTURE_SECOND;
	scene_process(&s, 100, true, (fact)n * 10);
	scene_count(&s, 0, PAGE_EVENT_COPIED, n, "_start", "handle", NULL);
	assert_int_equal(recorder_stacks(t->recorder, &s, &t->bytes, &err), 0);
	recorder_written(t->recorder, t->bytes.len);
}

/* A span behind the first sample and behind each SPAN samples. */
static void run(struct memory_recording *t, size_t spans)
{
	recording_run(t, 3, 1);
	add_span(t, 0);
	for (size_t i = 1; i < spans; i++) {
		recording_run(t, 3 + i, SPAN);
		add_span(t, i * SPAN);
	}
}

static fact copies_between(struct replay *r, int64_t from_s, int64_t to_s)
{
	cleanup(stacks_release) struct stacks stacks = { 0 };
	int got = replay_stacks_between(r, FIXTURE_BEGIN + from_s * FIXTURE_SECOND,
					FIXTURE_BEGIN + to_s * FIXTURE_SECOND, &stacks, &err);

	assert_true(got >= 0);
	if (!got)
		return ABSENT;
	assert_int_equal(stacks.counts[0].samples[PAGE_EVENT_COPIED] * 10, stacks.processes[0].copies);
	return stacks.processes[0].copies;
}

/* Of one span, by its middle. */
static fact copies_of(struct replay *r, size_t span)
{
	return copies_between(r, (int64_t)span * SPAN - 2, (int64_t)span * SPAN - 1);
}

/* Of four spans at least. */
static void check(struct replay *r, size_t spans)
{
	const struct replay_info *info = replay_info(r);
	fact sum = 0;

	assert_int_equal(info->nspans, spans);
	for (size_t i = 0; i < spans; i++) {
		assert_true(info->spans[i].end_ns == FIXTURE_BEGIN + (int64_t)(i * SPAN) * FIXTURE_SECOND);
		assert_true(!i || info->spans[i].begin_ns == info->spans[i - 1].end_ns);
		sum += (fact)(i * SPAN * 10);
	}
	assert_int_equal(copies_between(r, -1, 0),
			 SPAN * 10); /* the first is of no time, the second begins with it */
	for (size_t i = 1; i < spans; i++)
		assert_int_equal(copies_of(r, i), i * SPAN * 10);
	assert_int_equal(copies_between(r, -1, 100000), sum);
	/* those that have a part of it, whole */
	assert_int_equal(copies_between(r, 2 * SPAN + 1, 2 * SPAN + 2), 3 * SPAN * 10);
	assert_int_equal(copies_between(r, 2 * SPAN - 1, 2 * SPAN + 1), (2 + 3) * SPAN * 10);
	assert_int_equal(copies_between(r, 100000, 100001), ABSENT);
}

static void test_stacks__by_index_and_by_walk(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	/* more than one index record */
	run(&t, 60);
	r = recording_play(&t);
	check(r, 60);
	recording_no_warning(r);
	replay_close(r);
	unlink(t.path);
	t.path[0] = '\0';
	recording_end(&t);
	r = recording_play(&t);
	check(r, 60);
	recording_no_warning(r);
	replay_close(r);
}

/* Somebody else's mark moves what the recorder writes next. */
static void test_stacks__behind_marks_of_others(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	run(&t, 3);
	record_mark(FIXTURE_BEGIN, "deploy", &t.bytes);
	add_span(&t, 3 * SPAN);
	recording_run(&t, 9, 1);
	recording_end(&t);
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->nspans, 4);
	assert_int_equal(copies_between(r, -1, 100000), (1 + 2 + 3) * SPAN * 10);
	recording_no_warning(r);
	replay_close(r);
}

/* Behind the last span there is nothing; a recording that goes on has the next one when it comes. */
static void test_stacks__of_one_that_goes_on(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;
	size_t stored;

	recording_begin(&t);
	run(&t, 3);
	recording_run(&t, 5, 5);
	stored = t.bytes.len;
	r = recording_play(&t);
	assert_int_equal(copies_of(r, 3), ABSENT);
	recording_run(&t, 6, SPAN - 5);
	add_span(&t, 3 * SPAN);
	recording_store(&t, stored, t.bytes.len);
	assert_int_equal(replay_poll(r, &err), 1);
	assert_int_equal(copies_of(r, 3), 3 * SPAN * 10);
	check(r, 4);
	replay_close(r);
}

static void test_stacks__damaged_span(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	const struct replay_info *info;
	struct replay *r;
	size_t at;

	recording_begin(&t);
	run(&t, 4);
	recording_end(&t);
	r = recording_play(&t);
	info = replay_info(r);
	at = info->spans[2].at;
	replay_close(r);
	unlink(t.path);
	t.path[0] = '\0';

	t.bytes.data[at + RECORD_SIZE + 9] ^= 4;
	r = recording_play(&t);
	assert_int_equal(copies_of(r, 2), ABSENT);
	assert_int_equal(copies_between(r, -1, 100000), (1 + 3) * SPAN * 10);
	recording_warning(r, "1 damaged place");
	for (size_t i = 0; i < t.n; i++)
		recording_expect(&t, r, i, replay_at(r, i, &got_, &err));
	replay_close(r);
}

/* A recording without any, and one whose spans are of more than one watch. */
static void test_stacks__none_and_foreign(void **state)
{
	cleanup(recording_release) struct memory_recording t, two;
	cleanup(stacks_release) struct stacks s = { 0 };
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 3, 5);
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->nspans, 0);
	assert_int_equal(copies_between(r, -1, 100000), ABSENT);
	replay_close(r);

	recording_begin(&two);
	run(&two, 2);
	scene_software(&s);
	s.time_ns = INT64_MIN / 2;
	s.span_ns = INT64_MAX / 2;
	assert_int_equal(recorder_stacks(two.recorder, &s, &two.bytes, &err), 0);
	r = recording_play(&two);
	assert_int_equal(replay_info(r)->nspans, 3);
	assert_true(replay_info(r)->spans[2].begin_ns <= replay_info(r)->spans[2].end_ns);
	assert_int_equal(copies_between(r, -1, 100000), SPAN * 10);
	replay_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks__by_index_and_by_walk),
		cmocka_unit_test(test_stacks__behind_marks_of_others),
		cmocka_unit_test(test_stacks__of_one_that_goes_on),
		cmocka_unit_test(test_stacks__damaged_span),
		cmocka_unit_test(test_stacks__none_and_foreign),
	};

	return cmocka_run_group_tests_name("recording_stacks", tests, NULL, NULL);
}
