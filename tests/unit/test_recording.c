#include "lib/memory_recording.h"

static struct err err;

static void test_replay__gives_back_every_sample(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 11, 200);
	recording_end(&t);
	r = recording_play(&t);
	assert_true(replay_info(r)->ended && replay_is_over(r));
	assert_int_equal(replay_info(r)->samples, 200);
	assert_true(replay_info(r)->first_ns == FIXTURE_BEGIN);
	assert_true(replay_info(r)->last_ns == t.samples[199].time_ns);
	assert_int_equal(replay_info(r)->page_size, 4096);
	assert_true(replay_info(r)->interval_ns == FIXTURE_SECOND);
	assert_string_equal(replay_info(r)->creator, "cowtop 0.1.0");
	assert_string_equal(replay_info(r)->target, "gunicorn");
	recording_expect_none(r, replay_back(r, &got_, &err));
	for (size_t i = 0; i < t.n; i++)
		recording_expect(&t, r, i, replay_next_over(r, &got_, &err));
	recording_expect_none(r, replay_next_over(r, &got_, &err));
	assert_int_equal(replay_number(r), 199);
	for (size_t i = t.n - 1; i-- > 0;)
		recording_expect(&t, r, i, replay_back(r, &got_, &err));
	recording_expect_none(r, replay_back(r, &got_, &err));
	recording_expect(&t, r, 1, replay_next_over(r, &got_, &err));
	recording_no_warning(r);
	replay_close(r);
}

static void check_jumps(struct memory_recording *t, struct replay *r)
{
	struct random_state c = { 17 };

	for (int i = 0; i < 200; i++) {
		size_t n = random_below(&c, t->n);
		int64_t after = (int64_t)random_below(&c, FIXTURE_SECOND);
		uint64_t found;

		if (random_hits(&c, 2))
			recording_expect(t, r, n, replay_at(r, n, &got_, &err));
		else
			recording_expect(t, r, n,
					 replay_at_time(r, t->samples[n].time_ns + after, &got_, &err));
		if (n + 1 < t->n && random_hits(&c, 3))
			recording_expect(t, r, n + 1, replay_next_over(r, &got_, &err));
		else if (n && random_hits(&c, 3))
			recording_expect(t, r, n - 1, replay_back(r, &got_, &err));
		n = random_below(&c, t->n);
		assert_int_equal(replay_find_time(r, t->samples[n].time_ns, &found, &err), 0);
		assert_int_equal(found, n);
	}
	recording_expect(t, r, 0, replay_at_time(r, INT64_MIN / 4, &got_, &err));
	recording_expect(t, r, t->n - 1, replay_at_time(r, INT64_MAX / 4, &got_, &err));
	recording_expect_none(r, replay_at(r, t->n, &got_, &err));
	replay_rewind(r, 0);
	assert_true(replay_number(r) == UINT64_MAX);
	recording_expect(t, r, 0, replay_next_over(r, &got_, &err));
	recording_no_warning(r);
}

static void test_replay__jumps_anywhere(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 12, 2000);
	recording_end(&t);
	r = recording_play(&t);
	check_jumps(&t, r);
	replay_close(r);
}

/* Killed: no end, and the last index record is far in front. */
static void test_replay__needs_no_end_and_no_index(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 13, 1500);
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->samples, 1500);
	assert_false(replay_is_over(r));
	check_jumps(&t, r);
	replay_close(r);
}

/* At every length that a kill can leave, all whole samples are there. */
static void test_replay__a_cut_costs_the_last_sample_only(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	size_t n = 0;

	recording_begin(&t);
	recording_run(&t, 14, 70);
	for (size_t len = t.at[0]; len < t.bytes.len; len += 1 + len % 97 * 7) {
		struct replay *r;

		while (n < t.n && (n + 1 < t.n ? t.at[n + 1] : t.bytes.len) <= len)
			n++;
		recording_store(&t, 0, len);
		r = recording_open(&t);
		assert_int_equal(replay_info(r)->samples, n);
		for (size_t i = n > 3 ? n - 3 : 0; i < n; i++)
			recording_expect(&t, r, i, replay_at(r, i, &got_, &err));
		recording_expect_none(r, replay_at(r, n, &got_, &err));
		if (len > t.at[n])
			recording_warning(r, "incomplete record");
		else
			recording_no_warning(r);
		replay_close(r);
		unlink(t.path);
		t.path[0] = '\0';
	}
}

static void test_replay__follows_a_file_that_grows(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;
	size_t stored;

	recording_begin(&t);
	stored = t.bytes.len;
	recording_store(&t, 0, stored);
	r = recording_open(&t);
	assert_int_equal(replay_info(r)->samples, 0);
	recording_expect_none(r, replay_next_over(r, &got_, &err));
	assert_int_equal(replay_poll(r, &err), 0);
	recording_run(&t, 15, 150);
	for (size_t i = 0; i < t.n; i++) {
		size_t end = i + 1 < t.n ? t.at[i + 1] : t.bytes.len;

		/* half a record first */
		recording_store(&t, stored, (stored + end) / 2);
		assert_int_equal(replay_poll(r, &err), 0);
		recording_store(&t, (stored + end) / 2, end);
		stored = end;
		assert_int_equal(replay_poll(r, &err), 1);
		recording_expect(&t, r, i, replay_next_over(r, &got_, &err));
		recording_expect_none(r, replay_next_over(r, &got_, &err));
		if (i % 7 == 6) {
			recording_expect(&t, r, i - 3, replay_at(r, i - 3, &got_, &err));
			recording_expect(&t, r, i, replay_at(r, i, &got_, &err));
		}
	}
	assert_false(replay_is_over(r));
	recording_end(&t);
	recording_store(&t, stored, t.bytes.len);
	replay_poll(r, &err);
	assert_true(replay_is_over(r));
	recording_no_warning(r);
	replay_close(r);
}

static void test_replay__reads_from_a_pipe(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	cleanup_close int old = dup(STDIN_FILENO);
	struct replay *r;
	size_t half;
	int pipes[2];

	recording_begin(&t);
	recording_run(&t, 16, 3);
	recording_end(&t);
	half = t.at[1];
	assert_int_equal(pipe(pipes), 0);
	assert_true(write(pipes[1], t.bytes.data, half) == (ssize_t)half);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	assert_int_equal(replay_open("-", &r, &err), 0);
	assert_true(replay_fd(r) >= 0);
	replay_poll(r, &err);
	recording_expect(&t, r, 0, replay_next_over(r, &got_, &err));
	recording_expect_none(r, replay_next_over(r, &got_, &err));
	assert_false(replay_is_over(r));
	assert_true(write(pipes[1], t.bytes.data + half, t.bytes.len - half) > 0);
	close(pipes[1]);
	assert_int_equal(replay_poll(r, &err), 1);
	recording_expect(&t, r, 1, replay_next_over(r, &got_, &err));
	recording_expect(&t, r, 2, replay_next_over(r, &got_, &err));
	recording_expect(&t, r, 1, replay_back(r, &got_, &err));
	assert_true(replay_is_over(r));
	replay_close(r);
	dup2(old, STDIN_FILENO);
}

/* Another process appends between two writes of the recorder, also to a recording that has ended. */
static void test_replay__marks_of_anybody(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	const char *const texts[] = { "mine", "deploy 41", "in a row", "late", "over" };
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 17, 10);
	recorder_mark(t.recorder, 1, "mine\nand no more", &t.bytes);
	recorder_written(t.recorder, t.bytes.len);
	recording_run(&t, 18, 10);
	record_mark(2, "deploy 41", &t.bytes);
	record_mark(3, "in a row", &t.bytes);
	recording_run(&t, 19, 1200);
	record_mark(4, "late", &t.bytes);
	recording_end(&t);
	recorder_written(t.recorder, t.bytes.len);
	record_mark(5, "over", &t.bytes);
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->nmarks, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(replay_info(r)->marks[i].text, texts[i]);
		assert_true(replay_info(r)->marks[i].time_ns == (int64_t)i + 1);
	}
	assert_int_equal(replay_info(r)->samples, t.n);
	check_jumps(&t, r);
	replay_close(r);
}

/* The recorder was never told that somebody else writes: its index is wrong, and nobody is harmed. */
static void test_replay__a_wrong_index_is_not_believed(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;

	recording_begin(&t);
	recording_run(&t, 20, 500);
	record_mark(2, "not noticed", &t.bytes);
	t.samples[t.n] = (struct sample){ 0 };
	for (struct random_state c = { 21 }; t.n < 1100; t.n++) {
		sample_copy(&t.samples[t.n], &t.samples[t.n - 1]);
		random_step(&c, &t.samples[t.n]);
		t.samples[t.n].time_ns = FIXTURE_BEGIN + (int64_t)t.n * FIXTURE_SECOND;
		recorder_sample(t.recorder, &t.samples[t.n], &t.bytes, &err);
	}
	recording_end(&t);
	r = recording_play(&t);
	for (size_t i = 0; i < t.n; i++)
		recording_expect(&t, r, i, replay_next_over(r, &got_, &err));
	check_jumps(&t, r);
	assert_int_equal(replay_info(r)->nmarks, 1);
	replay_close(r);
}

static void test_replay__address_spaces_stay_with_their_samples(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct address_space spaces[3];
	struct random_state c = { 22 };
	struct replay *r;
	struct address_space got;

	recording_begin(&t);
	for (size_t g = 0; g < 3; g++) {
		assert_true(recorder_key_next(t.recorder));
		recording_run(&t, 30 + g, 1);
		assert_false(recorder_key_next(t.recorder));
		random_space(&c, 7, &spaces[g]);
		assert_int_equal(recorder_space(t.recorder, &spaces[g], &t.bytes, &err), 0);
		recorder_written(t.recorder, t.bytes.len);
		recording_run(&t, 40 + g, 59);
	}
	r = recording_play(&t);
	assert_int_equal(replay_address_space(r, 7, &got, &err), 0);
	for (size_t n = 0; n < t.n; n += 1 + n % 5) {
		recording_expect(&t, r, n, replay_at(r, n, &got_, &err));
		assert_int_equal(replay_address_space(r, 7, &got, &err), 1);
		random_assert_same_space(&spaces[n / 60], &got);
		address_space_release(&got);
		assert_int_equal(replay_address_space(r, 8, &got, &err), 0);
		/* asking does not move the position */
		if (n + 1 < t.n)
			recording_expect(&t, r, n + 1, replay_next_over(r, &got_, &err));
	}
	recording_no_warning(r);
	replay_close(r);
	for (size_t g = 0; g < 3; g++)
		address_space_release(&spaces[g]);
}

static void expect_refused(const char *path, enum status status, const char *words)
{
	struct replay *r;

	assert_int_equal(replay_open(path, &r, &err), -1);
	assert_int_equal(err.status, status);
	if (!strstr(err.msg, words))
		fail_msg("it says: %s", err.msg);
}

static void test_replay__refuses_what_is_no_recording(void **state)
{
	cleanup(recording_release) struct memory_recording t = { 0 };

	recording_store(&t, 0, 0);
	expect_refused(t.path, STATUS_FAILED, "empty");
	buf_adds(&t.bytes, "#!/bin/sh\nexit 0\n");
	recording_store(&t, 0, t.bytes.len);
	expect_refused(t.path, STATUS_FAILED, "not a recording");
	expect_refused("/nonexistent/night.ct", STATUS_NO_TARGET, "No such file");
	expect_refused("/tmp", STATUS_FAILED, "neither a file nor a pipe");
	expect_refused("/dev/null", STATUS_FAILED, "empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay__gives_back_every_sample),
		cmocka_unit_test(test_replay__jumps_anywhere),
		cmocka_unit_test(test_replay__needs_no_end_and_no_index),
		cmocka_unit_test(test_replay__a_cut_costs_the_last_sample_only),
		cmocka_unit_test(test_replay__follows_a_file_that_grows),
		cmocka_unit_test(test_replay__reads_from_a_pipe),
		cmocka_unit_test(test_replay__marks_of_anybody),
		cmocka_unit_test(test_replay__a_wrong_index_is_not_believed),
		cmocka_unit_test(test_replay__address_spaces_stay_with_their_samples),
		cmocka_unit_test(test_replay__refuses_what_is_no_recording),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
