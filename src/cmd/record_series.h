#ifndef COWTOP_CMD_RECORD_SERIES_H
#define COWTOP_CMD_RECORD_SERIES_H

/*
 * The files of a run of `cowtop record`, one after the other, and what is in them with each sample:
 * the sample, then the call stacks, then the page maps. The first sample makes the first file; the
 * last sample of a file is the first of the next one too, so that no interval is lost.
 */
#include "cmd/record_file.h"
#include "cmd/record_maps.h"
#include "cmd/record_run.h"
#include "cmd/record_stacks.h"

struct record_series {
	const struct record_settings *set;
	const char *asked;       /* for the heads; NULL: nothing */
	int64_t interval_ns;     /* for the heads */
	const struct run *run;   /* whose pool the page maps are read from */
	struct record_file file; /* the one being written */
	struct record_maps maps;
	struct record_stacks stacks;
	uint64_t stacks_most;  /* bytes of a span */
	int64_t file_began;    /* CLOCK_MONOTONIC */
	uint64_t samples;      /* in all files */
	int64_t last_ns;       /* wall clock of the last one */
	uint64_t files, bytes; /* that are done */
};

/* Before the pool is looked for: can the first file be made? Moves a former one aside. */
int record_series_check(const struct record_settings *set, struct err *err);

/* Begins to watch call stacks when they are asked for, and makes no file. */
int record_series_open(struct record_series *s, const struct record_settings *set, struct run *run,
		       struct err *err);
/* Is it time for the next file, with the sample to come? `wait_ns`: between samples. */
bool record_series_rotates(const struct record_series *s, int64_t wait_ns);
/* Is there no room for so many more samples? */
bool record_series_is_full(const struct record_series *s, unsigned int samples);
/* `rotate`: the next file begins with this sample. */
int record_series_write(struct record_series *s, const struct snapshot *snap, bool rotate, struct err *err);
int record_series_mark(struct record_series *s, const char *text, struct err *err);
/* The same at the instant of the last sample. */
int record_series_mark_sample(struct record_series *s, const char *text, struct err *err);
/* The end of the last file. `closed`: a last sample was written, which has ended the span of stacks. */
int record_series_end(struct record_series *s, bool closed, struct err *err);
void record_series_close(struct record_series *s);

/* In bytes, of all files. */
uint64_t record_series_size(const struct record_series *s);

#endif
