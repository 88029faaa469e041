#ifndef COWTOP_ANALYSIS_COLLECTOR_H
#define COWTOP_ANALYSIS_COLLECTOR_H

/*
 * What is remembered of a process's collector from one sample to the next. Each fact is kept as it
 * was last known: a reading that failed in between neither hides a change nor makes one up.
 */
#include "model/snapshot.h"

/* Interpreters whose changes are watched; a process with more of them is a rarity. */
#define COLLECTOR_STATES 4
/* Settings that one process's collections are kept apart for; the oldest makes room. */
#define COLLECTOR_TALLIES 4
/* Samples in which freezing and unfreezing is counted: bits of `flips`. */
#define COLLECTOR_WINDOW 60

/* What workers are grouped by. */
struct gc_mode {
	enum runtime runtime;
	fact enabled, frozen; /* 0 or 1 */
	fact thresholds[GC_GENERATIONS];
};

/* The full collections that were seen under one setting. */
struct gc_tally {
	struct gc_mode mode;
	fact collections;
	fact measured; /* of them in intervals whose copies are known ... */
	figure bytes;  /* ... which are these */
	/* Of these the intervals that hold the first one seen of a process, which writes what nobody has written so far:
	 * 0 or 1 of them, all collections in them, and their copies. */
	fact firsts, in_firsts;
	figure first_bytes;
};

/* Copies of a process since it was seen first, by what the collector did meanwhile. Each interval with
 * the end of a full collection in it, from the beginning of that one on, counts as at the collection: an
 * upper bound of what the collector itself copied. */
struct gc_share {
	fact made_before; /* full collections of the main interpreter at first sight; ABSENT: not known */
	fact full;        /* full collections since */
	fact measured;    /* of them in intervals whose copies are known ... */
	figure at;        /* ... which are these */
	fact firsts,
		in_firsts; /* of `measured` the interval that holds the first of them: 0 or 1, its collections ... */
	figure at_first; /* ... and its copies */
	figure early;    /* copied before the first of `full`; of none: all of them */
	figure all;
};

struct collector {
	struct gc_mode mode;     /* of the latest sample, as it was read */
	struct gc_state *states; /* its own, COLLECTOR_STATES at the most */
	size_t nstates, states_cap;
	bool counted;             /* the latest sample had the number of full collections */
	bool seen_frozen;         /* in any sample */
	bool seen_thawed;         /* in any sample nothing was frozen, though freezing is known of */
	uint64_t flips;           /* a bit a sample, the latest the lowest: frozen or unfrozen since */
	struct gc_tally *tallies; /* its own as well, COLLECTOR_TALLIES at the most */
	size_t ntallies, tallies_cap;
	/* Bytes copied since the collection that is under way began, or since the sample before: the
	 * counter moves at the end of a collection, the copies are made at its beginning. */
	figure copied;
	fact full;    /* since the sample before, of all interpreters */
	fact pending; /* since the pages were last known: no copies are set against them yet */
	struct gc_share share;
	bool under_way; /* a collection was, at the latest sample, and none has ended since it began */
};

void gc_mode_of(const struct gc_facts *g, struct gc_mode *ret);
bool gc_mode_same(const struct gc_mode *a, const struct gc_mode *b);

/* After a sample. `before`: after the one before; NULL for a process that was not there. `now` is zeroed, or holds what
 * is no longer needed, whose room is used again. */
void collector_next(struct collector *now, const struct collector *before, const struct gc_facts *facts);
void collector_release(struct collector *c);

/* The state of the interpreter with this id, or NULL. */
const struct gc_state *collector_state(const struct collector *c, fact id);

/* The same; most often it stands at `near`, where it stands in the sample at hand. */
static inline const struct gc_state *collector_state_near(const struct collector *c, size_t near, fact id)
{
	return near < c->nstates && c->states[near].id == id ? &c->states[near] : collector_state(c, id);
}

/* Note the full collections between the two and the copies of the interval, for `now->copied` and `now->share`. */
void collector_tally(struct collector *now, const struct collector *before, figure cow_bytes);
/* ... or that the copies are not known yet: the next tally is that of this interval too. */
void collector_wait(struct collector *now, const struct collector *before);

#endif
