/*
 * A reader of recordings that were changed: encode, flip, decode. The input is edits, five bytes each:
 * where (three), with what, and whether the checksums are made good afterwards, the file is cut there,
 * or bytes are copied there. An input that begins with a recording's magic is a file of its own.
 * Whatever the file says, reading ends, and what is given is in order.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "codec/crc.h"
#include "codec/frame.h"
#include "codec/sample.h"
#include "codec/zip.h"
#include "fuzz.h"
#include "lib/fixture.h"
#include "lib/replay_back.h"
#include "model/stacks.h"
#include "recording/recorder.h"
#include "recording/replay.h"

#define SAMPLES 70

static char app[] = "app", worker[] = "worker", handle[] = "handle";

/* Call stacks of the minute before a sample: two functions, two traces. */
static void add_stacks(struct recorder *r, int64_t time_ns, struct buf *out)
{
	struct stack_function functions[] = {
		{ .kind = FRAME_NATIVE, .object = app, .name = handle, .offset = 4096 },
		{ .kind = FRAME_NATIVE, .object = app, .offset = 8192 },
	};
	uint32_t frames[] = { 1, 0 };
	struct stack_trace traces[] = {
		{ .frames = frames, .nframes = 2 },
		{ .frames = frames, .nframes = 1 },
	};
	struct stack_process process = { .pid = 100, .comm = worker, .copies = 300, .faults = ABSENT };
	struct stack_count counts[] = { { .samples = { 20 } }, { .trace = 1, .samples = { 10 } } };
	const struct stacks s = {
		.time_ns = time_ns,
		.span_ns = 60 * FIXTURE_SECOND,
		.period = 10,
		.page_size = 4096,
		.functions = functions,
		.nfunctions = 2,
		.traces = traces,
		.ntraces = 2,
		.counts = counts,
		.ncounts = 2,
		.processes = &process,
		.nprocesses = 1,
	};

	must(recorder_stacks(r, &s, out, NULL) == 0);
}

static void add_samples(struct recorder *r, struct buf *out)
{
	for (int i = 0; i < SAMPLES; i++) {
		const fact pages[6] = { 900 - i, 0, i, 1, 2 * i, 90 };
		cleanup(sample_release) struct sample s;

		fixture_begin(&s, i);
		for (pid_t pid = 100; pid < 103 + i / 30; pid++)
			fixture_gc(fixture_add(&s, pid, 0, pages), 1, 700, 0)->counts[0] = i;
		must(recorder_sample(r, &s, out, NULL) == 0);
		if (i == 33)
			recorder_mark(r, s.time_ns, "deploy", out);
		if (i % 30 == 0)
			add_stacks(r, s.time_ns, out);
	}
}

/* The same without compression, which edits reach deeper into. */
static void add_plain(struct buf *out)
{
	cleanup(sample_codec_release) struct sample_codec f;

	sample_codec_init(&f);
	for (int i = 0; i < 4; i++) {
		const fact pages[6] = { 900 - i, 0, i, 1, 2 * i, 90 };
		cleanup(sample_release) struct sample s;
		cleanup(buf_release) struct buf facts = { 0 };
		struct record r = { .type = RECORD_SAMPLE, .flags = i == 0, .number = (uint32_t)i };

		fixture_begin(&s, SAMPLES + i);
		fixture_gc(fixture_add(&s, 100, 0, pages), 1, 700, 0);
		r.time_ns = s.time_ns;
		must(sample_put(&f, &s, i == 0, &facts, NULL) == 0);
		record_put(out, &r, &facts);
	}
}

static const struct buf *original(void)
{
	const struct record_setup setup = { .page_size = 4096, .creator = "fuzz" };
	static struct buf bytes;
	struct recorder *r;

	if (bytes.len)
		return &bytes;
	r = recorder_new(&setup, &bytes);
	add_samples(r, &bytes);
	recorder_end(r, 0, &bytes);
	recorder_free(r);
	add_plain(&bytes);
	return &bytes;
}

static void put32(char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(v >> 8 * i);
}

/* Of the last record that begins at or in front of `at`: its marker says where. */
static void make_good(struct buf *b, size_t at)
{
	struct intake in;
	uint64_t len;

	at = at < b->len ? at : b->len;
	while (at > 0 &&
	       (b->len - at < RECORD_SIZE || memcmp(b->data + at, RECORD_MARKER, RECORD_MARKER_SIZE)))
		at--;
	if (!at)
		return;
	in = intake_of(b->data + at + 8, 4);
	len = take_fixed(&in, 4);
	if (len <= b->len - at - RECORD_SIZE)
		put32(b->data + at + 12, crc32c(b->data + at + RECORD_SIZE, len));
	put32(b->data + at + RECORD_SIZE - 4, crc32c(b->data + at, RECORD_SIZE - 4));
}

static void edit(struct buf *b, const uint8_t *op)
{
	size_t at = (op[0] | (size_t)op[1] << 8 | (size_t)op[2] << 16) % (b->len + 1);

	if (op[4] % 4 == 2) {
		b->len = at;
	} else if (op[4] % 4 == 3) {
		size_t from = (size_t)op[3] * b->len / 256, n = b->len - from < 200 ? b->len - from : 200;
		char bytes[200];

		memcpy(bytes, b->data + from, n);
		b->len = at;
		buf_add(b, bytes, n);
	} else if (at < b->len) {
		b->data[at] = (char)(b->data[at] ^ op[3]);
		if (op[4] % 4 == 1)
			make_good(b, at);
	}
}

static void play(const char *path)
{
	struct replay *r;
	struct sample s;
	struct address_space a;
	struct stacks stacks;
	cleanup(buf_release) struct buf text = { 0 };
	uint64_t last = 0, n = 0;
	struct err err;

	if (replay_open(path, &r, &err) < 0)
		return;
	sample_init(&s);
	for (; replay_next_over(r, &s, &err) == 1; n++) {
		must(n == 0 || replay_number(r) > last);
		last = replay_number(r);
		sample_release(&s);
	}
	for (int i = 0; i < 10 && replay_back(r, &s, &err) == 1; i++)
		sample_release(&s);
	if (replay_at_time(r, FIXTURE_BEGIN + 30 * FIXTURE_SECOND, &s, &err) == 1)
		sample_release(&s);
	if (replay_address_space(r, 100, &a, &err) == 1)
		address_space_release(&a);
	if (replay_stacks_between(r, INT64_MIN, INT64_MAX, &stacks, &err) == 1)
		must(stacks.nprocesses >= (stacks.ncounts > 0));
	stacks_release(&stacks);
	must(replay_poll(r, &err) == 0);
	replay_warning(r, &text);
	replay_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf b = { 0 };
	cleanup_close int fd = memfd_create("recording", MFD_CLOEXEC);
	char path[64];

	if (size >= 8 && !memcmp(data, RECORDING_MAGIC, 8)) {
		buf_add(&b, data, size);
	} else {
		buf_add(&b, original()->data, original()->len);
		for (size_t i = 0; i + 5 <= size && i < 200; i += 5)
			edit(&b, data + i);
	}
	must(fd >= 0);
	if (b.len)
		must(write(fd, b.data, b.len) == (ssize_t)b.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	play(path);
	return 0;
}
