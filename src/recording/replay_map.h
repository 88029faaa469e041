#ifndef COWTOP_RECORDING_REPLAY_MAP_H
#define COWTOP_RECORDING_REPLAY_MAP_H

/*
 * Where what is in a recording: from its index records, or, where they are missing or wrong, from a
 * walk over the headers of all records. Its size is bounded, whatever the file says: a long recording's
 * groups are joined two by two.
 */
#include "base/err.h"
#include "codec/frame.h"
#include "recording/replay.h"
#include "recording/replay_file.h"

struct replay_group {
	uint64_t at; /* of its first key frame */
	int64_t time_ns;
	uint64_t first; /* number of that sample */
};

struct replay_damage {
	uint64_t at, bytes;
	uint64_t first_lost, lost; /* samples */
};

#define REPLAY_DAMAGES_MAX 64

struct replay_map {
	struct replay_group *groups; /* ascending */
	size_t ngroups, groups_cap;
	uint64_t samples;
	int64_t last_ns;
	struct replay_mark *marks;
	size_t nmarks, marks_cap;
	bool marks_lost; /* there were more than are kept */
	struct replay_span *spans;
	size_t nspans, spans_cap;
	bool spans_lost;   /* the same */
	uint64_t walked;   /* whole records reach up to here */
	uint64_t last_at;  /* the last record walked over; 0: none, or it is sound */
	uint64_t searched; /* no header begins between `walked` and here */
	bool ended;
	bool from_index; /* not proven by a walk yet */
	struct replay_damage damages[REPLAY_DAMAGES_MAX];
	size_t ndamages;
	bool more_damages;
};

/* Of the whole file, without its index. 0 or -1. */
int replay_map_rebuild(struct replay_map *m, struct replay_file *f, uint64_t begin, struct err *err);
/* On to the end of the file as it is now. 0 or -1. */
int replay_map_walk(struct replay_map *m, struct replay_file *f, struct err *err);
void replay_map_release(struct replay_map *m);

/* For who fills one: */
/* A group that begins with the next sample to come. */
void replay_map_add_group(struct replay_map *m, uint64_t at, int64_t time_ns);
/* The mark whose header was read at `at`. 0 or -1. */
int replay_map_add_mark(struct replay_map *m, struct replay_file *f, uint64_t at, const struct record *r,
			struct err *err);
/* The span of call stacks whose header was read at `at`. */
void replay_map_add_span(struct replay_map *m, uint64_t at, const struct record *r);

/* The group that holds a sample (there is one). */
size_t replay_map_group(const struct replay_map *m, uint64_t number);
/* The first group from `at` on that may hold a sample after `time_ns`: the next one begins after it, or
 * the clock was set back meanwhile. Or the last one. */
size_t replay_map_group_at(const struct replay_map *m, int64_t time_ns, size_t at);
/* Bytes at `at` could not be made sense of; sample `number` was lost with them (UINT64_MAX: none). */
void replay_map_damage(struct replay_map *m, uint64_t at, uint64_t bytes, uint64_t number);

/* The header at `at`. 1; 0: there is none; -1. */
int replay_record_at(struct replay_file *f, uint64_t at, struct record *ret, struct err *err);
/* The first header behind `at`. 1; 0: none up to `end`; -1. */
int replay_record_after(struct replay_file *f, uint64_t at, uint64_t end, uint64_t *ret, struct err *err);
/* Its payload, replacing what is in `to`. 1; 0: it is damaged; -1. */
int replay_payload(struct replay_file *f, uint64_t at, const struct record *r, struct buf *to,
		   struct err *err);
/* The same of a record that stands alone, decompressed. */
int replay_unpack(struct replay_file *f, uint64_t at, const struct record *r, struct buf *to,
		  struct err *err);

/* Call stacks of all spans that have a part between two instants, merged. 1; 0: there is none; -1. */
int replay_spans_merge(struct replay_map *m, struct replay_file *f, int64_t from_ns, int64_t to_ns,
		       struct stacks *ret, struct err *err);

#endif
