#ifndef COWTOP_TESTS_MEMORY_RECORDING_H
#define COWTOP_TESTS_MEMORY_RECORDING_H

/*
 * Recordings made in memory and played from an unlinked file, beside the samples that went in.
 */
#include <fcntl.h>
#include <unistd.h>
#include "lib/random_samples.h"
#include "lib/replay_back.h"
#include "recording/recorder.h"

#define RECORDING_SAMPLES 2048

struct memory_recording {
	struct sample samples[RECORDING_SAMPLES];
	uint64_t at[RECORDING_SAMPLES]; /* where in `bytes` the write with that sample begins */
	size_t n;
	struct buf bytes;
	struct recorder *recorder;
	char path[32]; /* "" until it was stored */
};

static inline void recording_begin(struct memory_recording *t)
{
	const struct record_setup setup = {
		.time_ns = FIXTURE_BEGIN,
		.interval_ns = FIXTURE_SECOND,
		.page_size = 4096,
		.creator = "cowtop 0.1.0",
		.target = "gunicorn",
	};

	*t = (struct memory_recording){ 0 };
	t->recorder = recorder_new(&setup, &t->bytes);
	recorder_written(t->recorder, t->bytes.len);
}

/* Record a copy of `s`. */
static inline void recording_add(struct memory_recording *t, const struct sample *s)
{
	struct err err;

	assert_true(t->n < RECORDING_SAMPLES);
	sample_copy(&t->samples[t->n], s);
	t->at[t->n++] = t->bytes.len;
	assert_int_equal(recorder_sample(t->recorder, s, &t->bytes, &err), 0);
	recorder_written(t->recorder, t->bytes.len);
}

/* `n` samples by chance, a second apart. */
static inline void recording_run(struct memory_recording *t, uint64_t seed, size_t n)
{
	struct random_state c = { seed };
	cleanup(sample_release) struct sample s;

	sample_init(&s);
	for (size_t i = 0; i < n; i++) {
		random_step(&c, &s);
		s.time_ns = FIXTURE_BEGIN + (int64_t)t->n * FIXTURE_SECOND;
		recording_add(t, &s);
	}
}

static inline void recording_end(struct memory_recording *t)
{
	recorder_end(t->recorder, FIXTURE_BEGIN + (int64_t)t->n * FIXTURE_SECOND, &t->bytes);
}

/* Bytes from `from` on to the file, which is made when there is none. */
static inline void recording_store(struct memory_recording *t, size_t from, size_t to)
{
	int fd;

	if (!t->path[0]) {
		strcpy(t->path, "/tmp/cowtop-tape-XXXXXX");
		fd = mkstemp(t->path);
	} else {
		fd = open(t->path, O_WRONLY | O_APPEND);
	}
	assert_true(fd >= 0);
	assert_true(write(fd, t->bytes.data + from, to - from) == (ssize_t)(to - from));
	close(fd);
}

static inline struct replay *recording_open(const struct memory_recording *t)
{
	struct replay *r = NULL;
	struct err err = { 0 };

	if (replay_open(t->path, &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

static inline struct replay *recording_play(struct memory_recording *t)
{
	recording_store(t, 0, t->bytes.len);
	return recording_open(t);
}

static inline void recording_release(struct memory_recording *t)
{
	for (size_t i = 0; i < t->n; i++)
		sample_release(&t->samples[i]);
	recorder_free(t->recorder);
	buf_release(&t->bytes);
	if (t->path[0])
		unlink(t->path);
	*t = (struct memory_recording){ 0 };
}

/* A call gave this sample of the tape. */
#define recording_expect(t, r, number, call) \
	do { \
		struct sample got_; \
		sample_init(&got_); \
		assert_int_equal(call, 1); \
		assert_true(replay_number(r) == (number)); \
		random_assert_same(&(t)->samples[number], &got_); \
		sample_release(&got_); \
	} while (0)

/* A call gave none. */
#define recording_expect_none(r, call) \
	do { \
		struct sample got_; \
		sample_init(&got_); \
		assert_int_equal(call, 0); \
		assert_int_equal(got_.nprocs, 0); \
	} while (0)

#define recording_warning(r, words) \
	do { \
		struct buf said_ = { 0 }; \
		replay_warning(r, &said_); \
		if (!said_.len || !strstr(said_.data, words)) \
			fail_msg("it warns of: %s", said_.len ? said_.data : "nothing"); \
		buf_release(&said_); \
	} while (0)

#define recording_no_warning(r) \
	do { \
		struct buf said_ = { 0 }; \
		replay_warning(r, &said_); \
		if (said_.len) \
			fail_msg("it warns of: %s", said_.data); \
	} while (0)

#endif
