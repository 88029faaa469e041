#ifndef COWTOP_RECORDING_REPLAY_READER_H
#define COWTOP_RECORDING_REPLAY_READER_H

/* Records one after the other, and the samples in them. Private to recording/replay*.c. */
#include "codec/sample.h"
#include "codec/zip.h"
#include "recording/replay_ahead.h"

/* A place in the file, between two records. */
struct replay_place {
	uint64_t at, number; /* offset; number of the next sample */
	size_t group;        /* of the map, that `at` lies in */
	bool chained;        /* every record since the group's beginning was seen */
};

struct replay_reader {
	struct replay_file *file;
	struct replay_map *map;
	uint64_t begin; /* of the records */

	struct replay_place place;
	struct sample_codec facts; /* sample `place.number` - 1, when `sound` */
	bool sound;
	uint32_t in_group;   /* what the next change must say that it is, to be one of `facts` */
	uint64_t damaged_at; /* why it is not sound */

	bool reads_on;       /* all of it, from here on: see replay_next_view() */
	struct ahead *ahead; /* then; it has `unzip` */
	struct unzip *unzip;
	struct buf payload, raw;
};

void replay_reader_open(struct replay_reader *r, struct replay_file *file, struct replay_map *map,
			uint64_t begin);
void replay_reader_release(struct replay_reader *r);

/* Decode sample `number`, or else the nearest one behind it, or in front of it. 1: it is in
 * r->facts, its number is r->place.number - 1; 0: there is none; -1. */
int replay_reader_forward(struct replay_reader *r, uint64_t number, struct err *err);
int replay_reader_backward(struct replay_reader *r, uint64_t number, struct err *err);
/* Number of the last sample not after `time_ns`, by the headers; 0 before the first. 0 or -1. */
int replay_reader_find_time(struct replay_reader *r, int64_t time_ns, uint64_t *ret, struct err *err);
/* The last address space of `pid` recorded with sample `number` or before, in its group or in a few
 * groups in front. 1; 0; -1. */
int replay_reader_space(struct replay_reader *r, pid_t pid, uint64_t number, struct address_space *ret,
			struct err *err);

enum step {
	STEP_END,
	STEP_OTHER,   /* nothing of interest: go on */
	STEP_LOST,    /* a sample that cannot be decoded */
	STEP_SAMPLE,  /* a sample: it is in r->facts */
	STEP_REBUILT, /* the index was wrong, the map is a new one: begin again */
};

/* For replay_reader.c and replay_seek.c. */
/* To the beginning of the group of a sample. 0, STEP_REBUILT or -1. */
int replay_reader_seek(struct replay_reader *r, uint64_t number, struct err *err);
/* The next record, passed without decoding. STEP_SAMPLE: a record of any type, it lies at *ret_at. */
int replay_reader_pass(struct replay_reader *r, struct record *ret, uint64_t *ret_at, struct err *err);

#endif
