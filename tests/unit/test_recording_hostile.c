#include <sys/resource.h>
#include "lib/between.h"
#include "lib/memory_recording.h"
#include "codec/sample.h"
#include "codec/frame.h"
#include "codec/zip.h"

#define GROUP 60

static struct err err;

/* Every sample that it gives is one of the tape, in order. How many it gives. */
static size_t play_all(const struct memory_recording *t, struct replay *r)
{
	int64_t last = INT64_MIN;
	size_t n = 0;

	for (;;) {
		cleanup(sample_release) struct sample s;
		int got;

		sample_init(&s);
		got = replay_next_over(r, &s, &err);
		assert_true(got >= 0);
		if (!got)
			return n;
		assert_true(s.time_ns > last);
		last = s.time_ns;
		random_assert_same(&t->samples[(s.time_ns - FIXTURE_BEGIN) / FIXTURE_SECOND], &s);
		n++;
	}
}

static size_t play_back(struct replay *r)
{
	struct sample s;
	size_t n = 1;

	sample_init(&s);
	if (replay_at_time(r, INT64_MAX / 4, &s, &err) < 1)
		return 0;
	sample_release(&s);
	for (; replay_back(r, &s, &err) == 1; n++)
		sample_release(&s);
	return n;
}

static void patch(const struct memory_recording *t, uint64_t at, const void *bytes, size_t len)
{
	cleanup_close int fd = open(t->path, O_WRONLY);

	assert_true(pwrite(fd, bytes, len, (off_t)at) == (ssize_t)len);
}

/* One flipped bit costs a group at most, and is told; both ways give the same samples. */
static void flip_all(struct memory_recording *t, uint64_t seed)
{
	struct random_state c = { seed };

	for (int i = 0; i < 200; i++) {
		uint64_t at = i < 50 ? (uint64_t)i * t->at[0] / 50 : random_below(&c, t->bytes.len);
		char flipped = (char)(t->bytes.data[at] ^ 1 << random_below(&c, 8));
		struct replay *r;
		size_t n, back;

		patch(t, at, &flipped, 1);
		if (replay_open(t->path, &r, &err) == 0) {
			n = play_all(t, r);
			back = i % 16 ? n : play_back(r);
			if (n < t->n - GROUP || back != n)
				fail_msg("byte %llu: %zu samples of %zu, %zu backward",
					 (unsigned long long)at, n, t->n, back);
			if (n < t->n)
				recording_warning(r, "lost");
			replay_close(r);
		} else {
			/* only the magic and the version can make a recording unreadable */
			assert_true(at < HEAD_SIZE);
		}
		patch(t, at, &t->bytes.data[at], 1);
	}
}

static void test_hostile__a_flipped_bit_costs_a_group_at_most(void **state)
{
	cleanup(recording_release) struct memory_recording t;

	recording_begin(&t);
	recording_run(&t, 50, 200);
	recorder_mark(t.recorder, 1, "a mark", &t.bytes);
	recording_run(&t, 51, 20);
	recording_end(&t);
	recording_store(&t, 0, t.bytes.len);
	flip_all(&t, 52);
}

/* A short recording, every sample of which is small. */
static void short_tape(struct memory_recording *t)
{
	recording_begin(t);
	for (int i = 0; i < 8; i++) {
		const fact pages[6] = { 900 - i, 0, i, 1, 2 * i, 90 };
		cleanup(sample_release) struct sample s;

		fixture_begin(&s, i);
		fixture_add(&s, 100, 0, pages);
		fixture_add(&s, 101, 0, pages)->minflt += 31 * i;
		recording_add(t, &s);
	}
	recorder_mark(t->recorder, 1, "a mark", &t->bytes);
	recording_end(t);
}

/* All samples that lie in front of byte `at` are given, and what is given behind it is right. */
static void play_up_to(struct memory_recording *t, uint64_t at)
{
	struct replay *r = recording_open(t);
	size_t sound = 0;

	while (sound < t->n && (sound + 1 < t->n ? t->at[sound + 1] : t->bytes.len) <= at)
		sound++;
	for (size_t i = 0; i < sound; i++) {
		cleanup(sample_release) struct sample s;

		sample_init(&s);
		if (replay_next_over(r, &s, &err) != 1)
			fail_msg("byte %llu: sample %zu is not given", (unsigned long long)at, i);
		random_assert_same(&t->samples[i], &s);
	}
	replay_rewind(r, 0);
	assert_true(play_all(t, r) >= sound);
	replay_close(r);
}

static void test_hostile__every_byte(void **state)
{
	cleanup(recording_release) struct memory_recording t;

	short_tape(&t);
	recording_store(&t, 0, t.bytes.len);
	for (uint64_t at = t.at[0]; at < t.bytes.len; at++) {
		for (int bit = 0; bit < 8; bit += 3) {
			char flipped = (char)(t.bytes.data[at] ^ 1 << bit);

			patch(&t, at, &flipped, 1);
			play_up_to(&t, at);
		}
		patch(&t, at, &t.bytes.data[at], 1);
	}
}

static void test_hostile__every_length(void **state)
{
	cleanup(recording_release) struct memory_recording t;

	short_tape(&t);
	recording_store(&t, 0, t.bytes.len);
	for (uint64_t len = t.bytes.len; len >= t.at[0]; len--) {
		assert_int_equal(truncate(t.path, (off_t)len), 0);
		play_up_to(&t, len);
	}
}

static void test_hostile__also_without_an_index(void **state)
{
	cleanup(recording_release) struct memory_recording t;

	recording_begin(&t);
	recording_run(&t, 53, 200);
	recording_store(&t, 0, t.bytes.len);
	flip_all(&t, 54);
}

static void test_hostile__a_hole_in_the_middle_is_stepped_over(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	char zeros[5000] = { 0 };
	struct replay *r;
	size_t n;

	recording_begin(&t);
	recording_run(&t, 55, 300);
	recording_end(&t);
	recording_store(&t, 0, t.bytes.len);
	patch(&t, t.at[130], zeros, sizeof(zeros));
	r = recording_open(&t);
	n = play_all(&t, r);
	assert_between(n, t.n - 2 * GROUP, t.n - 1);
	recording_warning(r, "damaged place");
	assert_int_equal(play_back(r), n);
	replay_close(r);
}

/* What was written after a kill: a mark behind half a record. */
static void test_hostile__half_a_record_in_the_middle(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct replay *r;
	size_t end;

	recording_begin(&t);
	recording_run(&t, 56, 30);
	end = t.bytes.len;
	record_mark(9, "after the kill", &t.bytes);
	recording_store(&t, 0, end - 20);
	recording_store(&t, end, t.bytes.len);
	r = recording_open(&t);
	assert_int_equal(play_all(&t, r), 29);
	assert_int_equal(replay_info(r)->nmarks, 1);
	recording_warning(r, "damaged place");
	replay_close(r);
}

static void put_sample(struct buf *out, const struct buf *payload, uint8_t flags)
{
	const struct record r = {
		.type = RECORD_SAMPLE,
		.flags = RECORD_KEY | flags,
		.time_ns = FIXTURE_BEGIN,
	};

	record_put(out, &r, payload);
}

static void begin_section(struct buf *b, unsigned int tag, uint64_t len)
{
	put_varint(b, tag);
	put_varint(b, len);
}

/* Sound checksums around counts of any size: refused before anything is allocated. */
static void test_hostile__huge_counts_are_not_believed(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	cleanup(buf_release) struct buf payload = { 0 }, zeros = { 0 }, packed = { 0 };
	struct rusage before, after;
	struct zip *z = zip_new();
	struct replay *r;

	recording_begin(&t);
	for (unsigned int tag = 1; tag < 130; tag++) {
		buf_reset(&payload);
		begin_section(&payload, tag, 12);
		put_varint(&payload, UINT32_MAX);
		put_varint(&payload, UINT32_MAX);
		put_varint(&payload, 64);
		buf_addc(&payload, 0);
		put_sample(&t.bytes, &payload, 0);
		buf_reset(&payload);
		begin_section(&payload, tag, UINT64_MAX);
		put_sample(&t.bytes, &payload, 0);
	}
	/* 256 MiB of zeros in a few bytes */
	buf_room(&zeros, 1 << 24);
	memset(zeros.data, 0, 1 << 24);
	zeros.len = 1 << 24;
	for (int i = 0; i < 16; i++)
		assert_true(zip_add(z, &zeros, &packed));
	put_sample(&t.bytes, &packed, RECORD_ZSTD);
	zip_free(z);

	getrusage(RUSAGE_SELF, &before);
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->samples, 2 * 129 + 1);
	assert_int_equal(play_all(&t, r), 0);
	recording_warning(r, "damaged place");
	replay_close(r);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 200 << 10);
}

/* An index that names itself, or what comes later, or places without a sample. */
static void test_hostile__an_index_of_lies(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct random_state c = { 57 };

	recording_begin(&t);
	recording_run(&t, 58, 70);
	for (int i = 0; i < 50; i++) {
		cleanup(buf_release) struct buf payload = { 0 }, lie = { 0 };
		struct record r = { .type = RECORD_INDEX };
		struct replay *replay;
		char *bytes = t.bytes.data;
		size_t len = t.bytes.len;

		r.index = random_hits(&c, 2) ? len : random_below(&c, len);
		put_varint(&lie, 2);
		put_varint(&lie, 1 + random_below(&c, len));
		put_signed(&lie, (int64_t)random_bits(&c));
		put_varint(&lie, 1 + random_below(&c, UINT32_MAX));
		put_varint(&lie, random_below(&c, 1000));
		put_signed(&lie, (int64_t)random_bits(&c));
		put_varint(&lie, 1 + random_below(&c, 1000));
		put_section(&payload, 1, &lie);
		r.index = random_hits(&c, 3) ? 0 : r.index;
		t.bytes = (struct buf){ 0 };
		record_put(&t.bytes, &r, &payload);
		recording_store(&t, 0, 0);
		patch(&t, 0, bytes, len);
		patch(&t, len, t.bytes.data, t.bytes.len);
		buf_release(&t.bytes);
		t.bytes.data = bytes;
		t.bytes.len = len;

		assert_int_equal(replay_open(t.path, &replay, &err), 0);
		assert_int_equal(play_all(&t, replay), 70);
		assert_int_equal(play_back(replay), 70);
		replay_close(replay);
		unlink(t.path);
		t.path[0] = '\0';
	}
}

static void test_hostile__garbage_behind_a_good_head(void **state)
{
	cleanup(recording_release) struct memory_recording t;
	struct random_state c = { 59 };
	struct replay *r;

	recording_begin(&t);
	for (int i = 0; i < 300000; i++)
		buf_addc(&t.bytes, (char)random_below(&c, i % 2 ? 256 : 4));
	r = recording_play(&t);
	assert_int_equal(replay_info(r)->samples, 0);
	assert_int_equal(play_all(&t, r), 0);
	assert_int_equal(play_back(r), 0);
	recording_warning(r, "incomplete record");
	replay_close(r);
}

/* Any change of any byte: it is a sample or it is damage, and the next key frame makes good. */
static void test_hostile__facts_take_anything(void **state)
{
	struct random_state c = { 60 };
	cleanup(sample_release) struct sample s;
	cleanup(sample_codec_release) struct sample_codec to, back;
	cleanup(buf_release) struct buf key = { 0 }, change = { 0 };

	sample_init(&s);
	sample_codec_init(&to);
	sample_codec_init(&back);
	for (int i = 0; i < 20; i++)
		random_step(&c, &s);
	assert_int_equal(sample_put(&to, &s, true, &key, NULL), 0);
	random_step(&c, &s);
	assert_int_equal(sample_put(&to, &s, false, &change, NULL), 0);
	for (int i = 0; i < 1000; i++) {
		struct buf *b = random_hits(&c, 2) ? &key : &change;
		size_t at = random_below(&c, b->len);
		char was = b->data[at];

		b->data[at] = (char)random_below(&c, 256);
		if (sample_take(&back, true, key.data, key.len))
			sample_take(&back, false, change.data, change.len);
		b->data[at] = was;
		assert_true(sample_take(&back, true, key.data, key.len));
		assert_true(sample_take(&back, false, change.data, change.len));
		random_assert_same(&s, &back.now);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile__a_flipped_bit_costs_a_group_at_most),
		cmocka_unit_test(test_hostile__every_byte),
		cmocka_unit_test(test_hostile__every_length),
		cmocka_unit_test(test_hostile__also_without_an_index),
		cmocka_unit_test(test_hostile__a_hole_in_the_middle_is_stepped_over),
		cmocka_unit_test(test_hostile__half_a_record_in_the_middle),
		cmocka_unit_test(test_hostile__huge_counts_are_not_believed),
		cmocka_unit_test(test_hostile__an_index_of_lies),
		cmocka_unit_test(test_hostile__garbage_behind_a_good_head),
		cmocka_unit_test(test_hostile__facts_take_anything),
	};

	return cmocka_run_group_tests_name("replay, hostile", tests, NULL, NULL);
}
