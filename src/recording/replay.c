#include "recording/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "model/stacks.h"
#include "recording/replay_index.h"
#include "recording/replay_reader.h"

#define NONE UINT64_MAX

struct replay {
	struct replay_file file;
	struct recording_head head;
	bool head_damaged;
	struct replay_map map;
	struct replay_reader reader;
	struct replay_info info;
	uint64_t position; /* the next sample is behind it; NONE: it is the first */
};

static void refresh(struct replay *r)
{
	const struct replay_map *m = &r->map;

	r->info = (struct replay_info){
		.version = r->head.version ? r->head.version : RECORDING_VERSION,
		.page_size = r->head.page_size,
		.interval_ns = r->head.interval_ns,
		.creator = r->head.creator,
		.target = r->head.target,
		.samples = m->samples,
		.first_ns = m->ngroups ? m->groups[0].time_ns : 0,
		.last_ns = m->last_ns,
		.bytes = r->file.size,
		.ended = m->ended,
		.marks = m->marks,
		.nmarks = m->nmarks,
		.spans = m->spans,
		.nspans = m->nspans,
	};
}

const struct replay_info *replay_info(const struct replay *r)
{
	return &r->info;
}

/*
 * A head without its texts is a head. One that is damaged itself is passed: the samples say what it
 * said. Returns where the records begin.
 */
static int read_head(struct replay *r, uint64_t *ret_begin, struct err *err)
{
	char bytes[HEAD_SECTIONS_MAX];
	ssize_t n;

	if (replay_file_await(&r->file, HEAD_SIZE, err) < 0)
		return -1;
	n = replay_file_read(&r->file, 0, bytes, HEAD_SIZE, err);
	if (n < 0 || recording_head_take(bytes, (size_t)n, &r->head, err) < 0)
		return -1;
	*ret_begin = HEAD_SIZE + r->head.sections;
	r->head_damaged = !r->head.version;
	if (r->head_damaged)
		return 0;
	if (replay_file_await(&r->file, *ret_begin, err) < 0)
		return -1;
	n = replay_file_read(&r->file, HEAD_SIZE, bytes, r->head.sections, err);
	if (n < 0)
		return -1;
	r->head_damaged = !recording_head_take_sections(bytes, (size_t)n, &r->head);
	return 0;
}

static int open_all(struct replay *r, int fd, const char *path, struct err *err)
{
	struct err why = { 0 };
	uint64_t begin = 0;

	if (replay_file_open(&r->file, fd, path, err) < 0)
		return -1;
	if (read_head(r, &begin, &why) < 0 || replay_map_load(&r->map, &r->file, begin, &why) < 0)
		return err_set(err, why.status, "%.300s: %.400s", path, why.msg);
	replay_reader_open(&r->reader, &r->file, &r->map, begin);
	return 0;
}

int replay_input(const char *path, struct err *err)
{
	return replay_file_input(path, err);
}

int replay_open_input(int fd, const char *path, struct replay **ret, struct err *err)
{
	struct replay *r = xcalloc(1, sizeof(*r));

	r->position = NONE;
	if (open_all(r, fd, path, err) < 0) {
		replay_close(r);
		return -1;
	}
	refresh(r);
	*ret = r;
	return 0;
}

int replay_open(const char *path, struct replay **ret, struct err *err)
{
	int fd = replay_input(path, err);

	return fd < 0 ? -1 : replay_open_input(fd, path, ret, err);
}

/* What is there cannot be looked at, whatever it is. */
static bool cannot_say(int error)
{
	return error == EIO || error == EINTR || error == ENOMEM || error == EMFILE || error == ENFILE;
}

bool replay_is_recording(const char *path)
{
	cleanup_close int fd = -1;
	char magic[sizeof(RECORDING_MAGIC) - 1];
	struct stat st;
	ssize_t n;

	/* without a slash it may be a pid, or a name */
	if (stat(path, &st) < 0)
		return strchr(path, '/') && cannot_say(errno);
	if (!S_ISREG(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return cannot_say(errno);
	n = io_read_at(fd, magic, sizeof(magic), 0);
	if (n < 0)
		return cannot_say((int)-n);
	return n == (ssize_t)sizeof(magic) && memcmp(magic, RECORDING_MAGIC, sizeof(magic)) == 0;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	replay_file_close(&r->file);
	replay_map_release(&r->map);
	replay_reader_release(&r->reader);
	free(r);
}

/* What a reader's call ended with: a sample, which is the position from now on, or none. */
static int arrive(struct replay *r, int got)
{
	refresh(r);
	if (got > 0)
		r->position = r->reader.place.number - 1;
	return got;
}

static int give(struct replay *r, int got, struct sample *ret)
{
	got = arrive(r, got);
	if (got > 0)
		sample_copy(ret, &r->reader.facts.now);
	return got;
}

int replay_next_view(struct replay *r, const struct sample **ret, struct err *err)
{
	int got;

	r->reader.reads_on = true;
	got = arrive(r, replay_reader_forward(&r->reader, r->position + 1, err));
	r->reader.reads_on = false;
	if (got > 0)
		*ret = &r->reader.facts.now;
	return got;
}

int replay_next_over(struct replay *r, struct sample *ret, struct err *err)
{
	int got = arrive(r, replay_reader_forward(&r->reader, r->position + 1, err));

	if (got > 0)
		sample_copy_over(ret, &r->reader.facts.now);
	return got;
}

int replay_at(struct replay *r, uint64_t number, struct sample *ret, struct err *err)
{
	return give(r, replay_reader_forward(&r->reader, number, err), ret);
}

int replay_at_time(struct replay *r, int64_t time_ns, struct sample *ret, struct err *err)
{
	uint64_t number;
	int got;

	if (replay_reader_find_time(&r->reader, time_ns, &number, err) < 0)
		return -1;
	got = replay_reader_backward(&r->reader, number, err);
	if (got == 0)
		got = replay_reader_forward(&r->reader, number, err);
	return give(r, got, ret);
}

void replay_rewind(struct replay *r, uint64_t number)
{
	r->position = number - 1;
}

uint64_t replay_number(const struct replay *r)
{
	return r->position;
}

int replay_find_time(struct replay *r, int64_t time_ns, uint64_t *ret, struct err *err)
{
	int got = replay_reader_find_time(&r->reader, time_ns, ret, err);

	refresh(r);
	return got;
}

int replay_address_space(struct replay *r, pid_t pid, struct address_space *ret, struct err *err)
{
	int got = 0;

	if (r->position != NONE)
		got = replay_reader_space(&r->reader, pid, r->position, ret, err);
	refresh(r);
	return got;
}

int replay_stacks_between(struct replay *r, int64_t from_ns, int64_t to_ns, struct stacks *ret,
			  struct err *err)
{
	int got = replay_spans_merge(&r->map, &r->file, from_ns, to_ns, ret, err);

	refresh(r);
	return got;
}

int replay_poll(struct replay *r, struct err *err)
{
	uint64_t samples = r->map.samples;
	size_t marks = r->map.nmarks;

	if (replay_file_grow(&r->file, err) < 0 || replay_map_walk(&r->map, &r->file, err) < 0)
		return -1;
	refresh(r);
	return r->map.samples != samples || r->map.nmarks != marks;
}

bool replay_is_over(const struct replay *r)
{
	return r->map.ended || r->file.over;
}

int replay_fd(const struct replay *r)
{
	return r->file.over ? -1 : r->file.pipe;
}

static void add_part(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_part(struct buf *out, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (out->len)
		buf_adds(out, "; ");
	buf_adds(out, text);
}

void replay_warning(const struct replay *r, struct buf *out)
{
	const struct replay_map *m = &r->map;
	unsigned long long bytes = 0, samples = 0;
	char size[16];

	for (size_t i = 0; i < m->ndamages; i++) {
		bytes += m->damages[i].bytes;
		samples += m->damages[i].lost;
	}
	if (r->head_damaged)
		add_part(out, "its head is damaged");
	if (m->ndamages)
		add_part(out,
			 "%s%zu damaged %s, the first at byte %llu: %s cannot be read, "
			 "%s%llu %s lost",
			 m->more_damages ? "more than " : "", m->ndamages,
			 m->ndamages == 1 ? "place" : "places", (unsigned long long)m->damages[0].at,
			 units_format_size(size, (double)bytes), m->more_damages ? "at least " : "", samples,
			 samples == 1 ? "sample is" : "samples are");
	if (r->file.size > m->walked)
		add_part(out, "its last %s, from byte %llu on, are an incomplete record",
			 units_format_size(size, (double)(r->file.size - m->walked)),
			 (unsigned long long)m->walked);
	if (m->marks_lost)
		add_part(out, "it has more marks than the %zu that are kept", m->nmarks);
	if (m->spans_lost)
		add_part(out, "it has more spans of call stacks than the %zu that are kept", m->nspans);
}
