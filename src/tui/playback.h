#ifndef COWTOP_TUI_PLAYBACK_H
#define COWTOP_TUI_PLAYBACK_H

/*
 * Where a replay is, and how fast it goes. Pure: times of now (CLOCK_MONOTONIC) are arguments. Samples
 * are shown at the pace of their own clock (struct sample.mono_ns) from an anchor on: the recorded
 * instant `anchor_mono_ns` is shown at `anchor_ns`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Powers of two: from an eighth of real time to 1024 times as fast. */
#define PLAYBACK_SLOWEST (-3)
#define PLAYBACK_FASTEST 10

struct playback_mark {
	int64_t time_ns; /* wall clock */
	char *text;      /* foreign */
};

enum playback_state {
	PLAYBACK_PAUSED,
	PLAYBACK_PLAYING,
	PLAYBACK_FOLLOWING, /* at the end so far: shows what is still being written */
	PLAYBACK_AT_END,    /* and nothing more will come */
};

struct playback {
	bool playing;
	bool at_end; /* the sample shown is the last one so far */
	bool over;   /* there will be no more */
	int speed;   /* 1 << speed, or its inverse */
	int64_t anchor_ns, anchor_mono_ns;
	uint64_t number, first, last;       /* of the samples: shown, and of the part that is played */
	int64_t time_ns, first_ns, last_ns; /* their wall clock */
	int64_t before_ns;                  /* of the sample before; 0: not known */
	struct playback_mark *marks;        /* by time */
	size_t nmarks;
	bool damaged; /* something could not be read */
};

/* Frees the marks. */
void playback_release(struct playback *p);

enum playback_state playback_state(const struct playback *p);

/* The sample that was taken at `mono_ns` is shown now. */
void playback_anchor(struct playback *p, int64_t mono_ns, int64_t now_ns);
/* When the one taken at `mono_ns` is to be shown, by the clock of now; INT64_MAX: not in this life. */
int64_t playback_due(const struct playback *p, int64_t mono_ns);
/* Faster by a power of two, or slower; false when it goes no further. What is shown goes on from where it
 * is. */
bool playback_faster(struct playback *p, int by, int64_t now_ns);
/* "1x" "1024x" "1/8x" */
char *playback_speed(char out[static 16], const struct playback *p);

/* These marks instead of those that there were: they are taken over, and sorted. */
void playback_set_marks(struct playback *p, struct playback_mark *marks, size_t n);
/* The mark behind what is shown, or, with `by` -1, the one before it, from which the sample before the
 * one shown has something to show; NULL. */
const struct playback_mark *playback_mark(const struct playback *p, int by);

#endif
