#include "lib/random_samples.h"
#include "codec/bytes.h"
#include "codec/crc.h"
#include "codec/index.h"
#include "codec/sample.h"
#include "codec/frame.h"
#include "codec/space.h"
#include "codec/zip.h"

/* The seed of this run; SEED=N tries another one. */
static uint64_t seed(void)
{
	const char *given = getenv("SEED");
	uint64_t s = given ? strtoull(given, NULL, 0) : 1;

	print_message("# SEED=%llu\n", (unsigned long long)s);
	return s;
}

static void test_bytes__varints_come_back(void **state)
{
	static const uint64_t edges[] = { 0, 1, 127, 128, 16383, 16384, INT64_MAX, UINT64_MAX };
	cleanup(buf_release) struct buf b = { 0 };
	struct intake in;

	for (size_t i = 0; i < 8; i++) {
		put_varint(&b, edges[i]);
		put_signed(&b, (int64_t)edges[i]);
		put_signed(&b, INT64_MIN + (int64_t)(edges[i] >> 1));
	}
	in = intake_of(b.data, b.len);
	for (size_t i = 0; i < 8; i++) {
		assert_true(take_varint(&in) == edges[i]);
		assert_true(take_signed(&in) == (int64_t)edges[i]);
		assert_true(take_signed(&in) == INT64_MIN + (int64_t)(edges[i] >> 1));
	}
	assert_false(in.bad);
	assert_int_equal(intake_left(&in), 0);
	assert_int_equal(take_varint(&in), 0);
	assert_true(in.bad);
}

static void assert_bad_varint(const char *bytes, size_t len)
{
	struct intake in = intake_of(bytes, len);

	assert_int_equal(take_varint(&in), 0);
	assert_true(in.bad);
	assert_int_equal(intake_left(&in), 0);
}

static void test_bytes__wrong_numbers_are_bad_for_good(void **state)
{
	struct intake in = intake_of("\x05"
				     "abc",
				     4),
		      body;
	uint64_t tag;
	size_t len;

	assert_bad_varint("\x80", 1);
	assert_bad_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
	assert_bad_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 11);
	take_string(&in, &len);
	assert_true(in.bad);
	assert_int_equal(len, 0);
	in = intake_of("\x03"
		       "a\0c",
		       4);
	take_string(&in, &len);
	assert_true(in.bad);
	in = intake_of("\x07\xff\xff\xff\xff\x0f"
		       "abc",
		       9);
	assert_false(take_section(&in, &tag, &body));
	assert_true(in.bad);
	in = intake_of("\x04"
		       "abc",
		       4);
	assert_int_equal(take_count(&in, 1, SIZE_MAX), 0);
	assert_true(in.bad);
}

/* Bit by bit, as the polynomial says. */
static uint32_t slow_crc(const uint8_t *at, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < 8 * len; i++) {
		if (i % 8 == 0)
			crc ^= at[i / 8];
		crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void test_crc__is_the_same_of_any_length_at_any_place(void **state)
{
	struct random_state c = { seed() };
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_below(&c, 256);
	for (size_t from = 0; from < 8; from++)
		for (size_t len = 0; len <= sizeof(bytes) - from; len++)
			assert_int_equal(crc32c(bytes + from, len), slow_crc(bytes + from, len));
}

static void test_crc__is_castagnoli(void **state)
{
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(NULL, 0), 0);
}

static void test_frame__head_comes_back(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct recording_head h = { .page_size = 65536, .time_ns = -5, .interval_ns = 1500000000 }, got;
	struct err err;

	snprintf(h.creator, sizeof(h.creator), "cowtop 0.1.0");
	snprintf(h.target, sizeof(h.target), "gunicorn");
	recording_head_put(&b, &h);
	assert_int_equal(recording_head_take(b.data, HEAD_SIZE, &got, &err), 0);
	assert_int_equal(got.version, RECORDING_VERSION);
	assert_int_equal(got.page_size, 65536);
	assert_int_equal(HEAD_SIZE + got.sections, b.len);
	assert_true(recording_head_take_sections(b.data + HEAD_SIZE, got.sections, &got));
	assert_true(got.time_ns == -5 && got.interval_ns == 1500000000);
	assert_string_equal(got.creator, "cowtop 0.1.0");
	assert_string_equal(got.target, "gunicorn");
	b.data[b.len - 1] ^= 1;
	assert_false(recording_head_take_sections(b.data + HEAD_SIZE, got.sections, &got));
}

static void test_frame__foreign_heads_are_told_apart(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct recording_head h = { .page_size = 4096 }, got;
	struct err err;

	assert_int_equal(recording_head_take("", 0, &got, &err), -1);
	assert_non_null(strstr(err.msg, "empty"));
	assert_int_equal(recording_head_take("#!/bin/sh, and so on and so forth", 33, &got, &err), -1);
	assert_non_null(strstr(err.msg, "not a recording"));
	recording_head_put(&b, &h);
	assert_int_equal(recording_head_take(b.data, 20, &got, &err), -1);
	assert_non_null(strstr(err.msg, "cut off"));
	b.data[16] ^= 4;
	assert_int_equal(recording_head_take(b.data, HEAD_SIZE, &got, &err), 0);
	assert_int_equal(got.version, 0);

	/* a later format, of which this reader knows nothing: the checksum is its own */
	b.data[16] ^= 4;
	b.data[10] = 2;
	for (uint32_t i = 0, crc = crc32c(b.data, 28); i < 4; i++)
		b.data[28 + i] = (char)(crc >> 8 * i);
	assert_int_equal(recording_head_take(b.data, HEAD_SIZE, &got, &err), -1);
	assert_non_null(strstr(err.msg, "newer cowtop"));
}

static void test_frame__record_comes_back(void **state)
{
	cleanup(buf_release) struct buf b = { 0 }, payload = { 0 };
	struct record r = {
		.type = RECORD_SAMPLE, .flags = RECORD_KEY, .time_ns = INT64_MIN,
		.index = UINT64_MAX, .number = 7,
	}, got;

	buf_adds(&payload, "payload");
	record_put(&b, &r, &payload);
	assert_true(record_take(b.data, &got));
	assert_int_equal(record_span(&got), b.len);
	assert_true(got.time_ns == INT64_MIN && got.index == UINT64_MAX && got.number == 7);
	assert_int_equal(got.crc, crc32c("payload", 7));
	for (size_t bit = 0; bit < 8 * RECORD_SIZE; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(record_take(b.data, &got));
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
}

/* Every sample of a course comes back, with a key frame now and then, and after each the next. */
static void round_trip(uint64_t from)
{
	struct random_state c = { from };
	cleanup(sample_release) struct sample s;
	cleanup(sample_codec_release) struct sample_codec to, back;
	struct err err;

	sample_init(&s);
	sample_codec_init(&to);
	sample_codec_init(&back);
	for (int i = 0; i < 60; i++) {
		cleanup(buf_release) struct buf b = { 0 };
		bool key = i == 0 || random_hits(&c, 12);

		random_step(&c, &s);
		assert_int_equal(sample_put(&to, &s, key, &b, &err), 0);
		assert_true(sample_take(&back, key, b.data, b.len));
		random_assert_same(&s, &back.now);
	}
}

static void test_facts__round_trip_of_any_sample(void **state)
{
	uint64_t first = seed();

	for (uint64_t i = 0; i < 40; i++)
		round_trip(first + i);
}

static void test_facts__nothing_moved_is_next_to_nothing(void **state)
{
	static const fact pages[6] = { 700, 40, 260, 8, 92, 100 };
	cleanup(sample_release) struct sample s;
	cleanup(sample_codec_release) struct sample_codec f;
	cleanup(buf_release) struct buf key = { 0 }, change = { 0 };

	sample_codec_init(&f);
	fixture_begin(&s, 0);
	for (pid_t pid = 100; pid < 165; pid++)
		fixture_add(&s, pid, 0, pages);
	assert_int_equal(sample_put(&f, &s, true, &key, NULL), 0);
	s.time_ns += FIXTURE_SECOND;
	s.mono_ns += FIXTURE_SECOND;
	assert_int_equal(sample_put(&f, &s, false, &change, NULL), 0);
	assert_true(change.len < 20);
}

/* A section that nobody knows yet, in front of, between and behind the others. */
static void test_facts__unknown_sections_are_passed(void **state)
{
	struct random_state c = { 5 };
	cleanup(sample_release) struct sample s;
	cleanup(sample_codec_release) struct sample_codec to, back;
	cleanup(buf_release) struct buf b = { 0 }, more = { 0 }, body = { 0 };
	struct intake in, section;
	uint64_t tag;

	sample_init(&s);
	sample_codec_init(&to);
	sample_codec_init(&back);
	for (int i = 0; i < 20; i++)
		random_step(&c, &s);
	assert_int_equal(sample_put(&to, &s, true, &b, NULL), 0);
	in = intake_of(b.data, b.len);
	buf_adds(&body, "of a later version");
	while (take_section(&in, &tag, &section)) {
		cleanup(buf_release) struct buf known = { 0 };

		if (tag == 96)
			put_section(&more, 95, &body);
		buf_add(&known, section.at, intake_left(&section));
		put_section(&more, (unsigned int)tag, &known);
	}
	put_section(&more, 300, &body);
	assert_true(sample_take(&back, true, more.data, more.len));
	random_assert_same(&s, &back.now);
}

static void test_facts__what_does_not_fit_is_refused(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(sample_codec_release) struct sample_codec f;
	cleanup(buf_release) struct buf b = { 0 };
	struct err err;

	sample_codec_init(&f);
	fixture_begin(&s, 0);
	s.procs = xcalloc(SAMPLE_PROCESSES_MAX + 1, sizeof(*s.procs));
	s.nprocs = SAMPLE_PROCESSES_MAX + 1;
	assert_int_equal(sample_put(&f, &s, true, &b, &err), -1);
	assert_non_null(strstr(err.msg, "processes"));
	s.nprocs = 1;
	s.procs[0].memory.rss = -2;
	assert_int_equal(sample_put(&f, &s, true, &b, &err), -1);
	assert_int_equal(b.len, 0);
}

static void test_space__round_trip_of_any_address_space(void **state)
{
	uint64_t first = seed();

	for (uint64_t i = 0; i < 40; i++) {
		struct random_state c = { first + i };
		cleanup(address_space_release) struct address_space a, got = { 0 };
		cleanup(buf_release) struct buf b = { 0 };

		random_space(&c, 1 + (pid_t)i, &a);
		space_put(&a, &b);
		assert_true(space_take(b.data, b.len, &got));
		random_assert_same_space(&a, &got);
		for (size_t len = 0; len < b.len; len += 1 + b.len / 50) {
			struct address_space cut;

			if (space_take(b.data, len, &cut))
				address_space_release(&cut);
			else
				assert_null(cut.regions);
		}
	}
}

static void test_directory__comes_back(void **state)
{
	cleanup(index_release) struct index d = { 0 }, got = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	index_add_group(&d, 100, 5000, 60);
	index_add_group(&d, 9000, 4000, 1);
	index_add_mark(&d, 8000);
	index_add_mark(&d, 10000);
	index_add_span(&d, 200);
	index_add_span(&d, 9990);
	index_put(&d, &b);
	assert_true(index_take(b.data, b.len, 10001, &got));
	assert_int_equal(got.ngroups, 2);
	assert_true(got.groups[1].at == 9000 && got.groups[1].time_ns == 4000);
	assert_int_equal(got.groups[0].samples, 60);
	assert_int_equal(got.nmarks, 2);
	assert_true(got.marks[1] == 10000);
	assert_int_equal(got.nspans, 2);
	assert_true(got.spans[0] == 200 && got.spans[1] == 9990);
	index_release(&got);
	/* it names a place behind itself */
	assert_false(index_take(b.data, b.len, 10000, &got));
}

static void test_zip__each_piece_comes_out_at_once(void **state)
{
	struct zip *z = zip_new();
	struct unzip *u = unzip_new();
	struct random_state c = { 3 };

	for (int i = 0; i < 100; i++) {
		cleanup(buf_release) struct buf piece = { 0 }, packed = { 0 }, out = { 0 };

		if (i % 10 == 0) {
			zip_restart(z);
			unzip_restart(u);
		}
		for (uint64_t n = random_below(&c, 3000); n; n--)
			buf_addc(&piece, (char)random_below(&c, 7));
		assert_true(zip_add(z, &piece, &packed));
		assert_true(unzip_add(u, packed.data, packed.len, &out));
		assert_int_equal(out.len, piece.len);
		if (piece.len)
			assert_memory_equal(out.data, piece.data, piece.len);
	}
	zip_free(z);
	unzip_free(u);
}

static void test_zip__a_bomb_stops_at_the_ceiling(void **state)
{
	cleanup(buf_release) struct buf zeros = { 0 }, packed = { 0 }, out = { .limit = 1 << 20 };
	struct zip *z = zip_new();
	struct unzip *u = unzip_new();

	buf_room(&zeros, 32 << 20);
	memset(zeros.data, 0, 32 << 20);
	zeros.len = 32 << 20;
	assert_true(zip_add(z, &zeros, &packed));
	assert_true(packed.len < 100000);
	assert_false(unzip_add(u, packed.data, packed.len, &out));
	assert_true(out.len <= 1 << 20);
	unzip_restart(u);
	buf_reset(&out);
	assert_false(unzip_add(u, "no zstd at all", 14, &out));
	zip_free(z);
	unzip_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes__varints_come_back),
		cmocka_unit_test(test_bytes__wrong_numbers_are_bad_for_good),
		cmocka_unit_test(test_crc__is_castagnoli),
		cmocka_unit_test(test_crc__is_the_same_of_any_length_at_any_place),
		cmocka_unit_test(test_frame__head_comes_back),
		cmocka_unit_test(test_frame__foreign_heads_are_told_apart),
		cmocka_unit_test(test_frame__record_comes_back),
		cmocka_unit_test(test_facts__round_trip_of_any_sample),
		cmocka_unit_test(test_facts__nothing_moved_is_next_to_nothing),
		cmocka_unit_test(test_facts__unknown_sections_are_passed),
		cmocka_unit_test(test_facts__what_does_not_fit_is_refused),
		cmocka_unit_test(test_space__round_trip_of_any_address_space),
		cmocka_unit_test(test_directory__comes_back),
		cmocka_unit_test(test_zip__each_piece_comes_out_at_once),
		cmocka_unit_test(test_zip__a_bomb_stops_at_the_ceiling),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
