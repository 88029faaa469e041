/* Recordings that are long enough to be read ahead by a thread: replay_next_view() gives what replay_next_over() gives. */
#include "lib/memory_recording.h"

#define LONG ((size_t)3 << 20) /* bytes: what is read ahead is a good part of it */
#define GROUP 60

static struct err err;

static void long_tape(struct memory_recording *t, uint64_t seed, size_t n)
{
	recording_begin(t);
	recording_run(t, seed, n);
	assert_true(t->bytes.len > LONG);
}

/* Sample `number` of the tape is next. */
static void expect_view(const struct memory_recording *t, struct replay *r, size_t number)
{
	const struct sample *s;

	assert_int_equal(replay_next_view(r, &s, &err), 1);
	assert_true(replay_number(r) == number);
	random_assert_same(&t->samples[number], s);
}

static void expect_end(struct replay *r)
{
	const struct sample *s;

	assert_int_equal(replay_next_view(r, &s, &err), 0);
}

static void test_ahead__gives_every_sample(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	long_tape(&t, 81, 2000);
	recording_end(&t);
	r = recording_play(&t);
	for (size_t i = 0; i < t.n; i++)
		expect_view(&t, r, i);
	expect_end(r);
	recording_no_warning(r);
	replay_close(r);
}

/* Whoever goes elsewhere in the middle of a group, looks for a time, or stops. */
static void test_ahead__others_may_go_elsewhere_meanwhile(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct random_state c = { 83 };
	struct replay *r;

	long_tape(&t, 82, 2000);
	r = recording_play(&t);
	for (int i = 0; i < 60; i++) {
		size_t from = random_below(&c, t.n - 200), n = random_below(&c, 150),
		       k = random_below(&c, t.n);
		uint64_t found;

		replay_rewind(r, from);
		for (size_t at = from; at < from + n; at++)
			expect_view(&t, r, at);
		if (random_hits(&c, 2)) {
			assert_int_equal(replay_find_time(r, t.samples[k].time_ns, &found, &err), 0);
			assert_int_equal(found, k);
			if (n)
				expect_view(&t, r, from + n);
		} else if (random_hits(&c, 2)) {
			recording_expect(&t, r, k, replay_at(r, k, &got_, &err));
			if (k + 1 < t.n)
				expect_view(&t, r, k + 1);
		} else if (n > 1) {
			recording_expect(&t, r, from + n - 2, replay_back(r, &got_, &err));
			expect_view(&t, r, from + n - 1);
			recording_expect(&t, r, from + n, replay_next_over(r, &got_, &err));
		}
	}
	recording_no_warning(r);
	replay_close(r);
}

/* The same samples and the same words as without reading ahead. */
static void compare_ways(const struct memory_recording *t)
{
	struct replay *a = recording_open(t), *b = recording_open(t);
	cleanup(buf_release) struct buf one = { 0 }, other = { 0 };
	const struct sample *view;
	size_t n = 0;

	while (replay_next_view(a, &view, &err) == 1) {
		struct sample s = { 0 };

		assert_int_equal(replay_next_over(b, &s, &err), 1);
		assert_true(replay_number(a) == replay_number(b));
		random_assert_same(view, &s);
		sample_release(&s);
		n++;
	}
	recording_expect_none(b, replay_next_over(b, &got_, &err));
	assert_true(n + 12 * GROUP >= t->n && n < t->n);
	replay_warning(a, &one);
	replay_warning(b, &other);
	assert_string_equal(one.data, other.data);
	replay_close(a);
	replay_close(b);
}

static void test_ahead__damage_is_the_same(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct random_state c = { 85 };

	long_tape(&t, 84, 2000);
	for (int round = 0; round < 12; round++) {
		cleanup_free char *whole = xmemdupz(t.bytes.data, t.bytes.len);

		for (int i = 0; i < 6; i++) {
			uint64_t at = t.at[1] + random_below(&c, t.bytes.len - t.at[1] - 5000);
			size_t len = random_hits(&c, 2) ? 1 : random_below(&c, 5000);

			for (size_t k = 0; k < len; k++)
				t.bytes.data[at + k] ^= (char)(1 + random_below(&c, 255));
		}
		recording_store(&t, 0, t.bytes.len);
		memcpy(t.bytes.data, whole, t.bytes.len);
		compare_ways(&t);
		unlink(t.path);
		t.path[0] = '\0';
	}
}

/* The thread comes to an end within a group, whose rest is read without it. */
static void test_ahead__goes_on_where_the_thread_has_ended(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;
	size_t cut = 1900;

	long_tape(&t, 86, 2000);
	recording_store(&t, 0, t.at[cut]);
	r = recording_open(&t);
	for (size_t i = 0; i < cut; i++)
		expect_view(&t, r, i);
	expect_end(r);
	recording_store(&t, t.at[cut], t.bytes.len);
	assert_int_equal(replay_poll(r, &err), 1);
	for (size_t i = cut; i < t.n; i++)
		expect_view(&t, r, i);
	expect_end(r);
	recording_no_warning(r);
	replay_close(r);
}

static void test_ahead__may_be_left_at_any_time(void **state)
{
	cleanup(recording_release) struct memory_recording t;

	long_tape(&t, 87, 2000);
	recording_store(&t, 0, t.bytes.len);
	for (size_t n = 0; n < 600; n = 2 * n + 1) {
		struct replay *r = recording_open(&t);

		for (size_t i = 0; i < n; i++)
			expect_view(&t, r, i);
		replay_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ahead__gives_every_sample),
		cmocka_unit_test(test_ahead__others_may_go_elsewhere_meanwhile),
		cmocka_unit_test(test_ahead__damage_is_the_same),
		cmocka_unit_test(test_ahead__goes_on_where_the_thread_has_ended),
		cmocka_unit_test(test_ahead__may_be_left_at_any_time),
	};

	return cmocka_run_group_tests_name("replay_ahead", tests, NULL, NULL);
}
