/*
 * twin DIR PID: samples a pool, and gives every sample both to the sinks of a live run and to a recorder.
 * A line on stdin asks for a sample, "window" for one with which a second live run begins, "budget" for one from
 * which on there is a budget that allows next to nothing; it answers with a line. In DIR are then
 *
 *	tape.ct                  the recording
 *	live.json live.csv       what a live run writes for all samples
 *	window.json window.csv   for those from "window" on
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "pool/live.h"
#include "recording/recorder.h"
#include "sink/csv.h"
#include "sink/json.h"

struct run {
	struct analysis *analysis;
	struct buf json, csv;
};

static void fail(const char *what, const struct err *err)
{
	fprintf(stderr, "twin: %s %s\n", what, err->msg);
	exit(1);
}

static void begin(struct run *r)
{
	r->analysis = analysis_new();
	csv_header(&r->csv);
}

static void show(struct run *r, const struct sample *s)
{
	cleanup(snapshot_release) struct snapshot snap = { 0 };

	if (!r->analysis)
		return;
	analysis_next(r->analysis, s, &snap);
	json_snapshot(&r->json, &snap, false);
	csv_snapshot(&r->csv, &snap);
}

static void save(const char *dir, const char *name, const struct buf *bytes)
{
	cleanup_close int fd = -1;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, bytes->data, bytes->len) != (ssize_t)bytes->len)
		fail(name, &(struct err){ 0 });
}

static struct recorder *begin_tape(struct buf *out)
{
	const struct record_setup setup = {
		.page_size = sysconf(_SC_PAGESIZE),
		.creator = "twin",
		.target = "pool",
	};

	return recorder_new(&setup, out);
}

int main(int argc, char *argv[])
{
	cleanup(target_release) struct target target = { 0 };
	struct run live = { 0 }, window = { 0 };
	struct buf tape = { 0 };
	struct recorder *recorder;
	struct procfs fs;
	struct live *source;
	struct err err = { 0 };
	char line[32];

	if (argc != 3 || procfs_open(&fs, "/proc") < 0)
		return 2;
	if (target_find(&fs, argv[2], &target, &err) < 0 || live_open(&fs, &target, &source, &err) < 0)
		fail("open", &err);
	recorder = begin_tape(&tape);
	begin(&live);
	while (fgets(line, sizeof(line), stdin)) {
		cleanup(sample_release) struct sample s;

		if (strcmp(line, "budget\n") == 0) {
			live_set_walk_skip(source, true);
			live_set_budget(source, 0.0001, 0);
		}
		sample_init(&s);
		if (live_sample(source, &s, &err) <= 0 || recorder_sample(recorder, &s, &tape, &err) < 0)
			fail("sample", &err);
		if (strcmp(line, "window\n") == 0)
			begin(&window);
		show(&live, &s);
		show(&window, &s);
		puts("taken");
		fflush(stdout);
	}
	recorder_end(recorder, 0, &tape);
	recorder_free(recorder);
	live_close(source);
	procfs_release(&fs);
	save(argv[1], "tape.ct", &tape);
	save(argv[1], "live.json", &live.json);
	save(argv[1], "live.csv", &live.csv);
	save(argv[1], "window.json", &window.json);
	save(argv[1], "window.csv", &window.csv);
	analysis_free(live.analysis);
	analysis_free(window.analysis);
	buf_release(&tape);
	for (struct run *r = &live; r; r = r == &live ? &window : NULL) {
		buf_release(&r->json);
		buf_release(&r->csv);
	}
	return 0;
}
