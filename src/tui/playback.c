#include "tui/playback.h"

#include <stdio.h>
#include <stdlib.h>

void playback_release(struct playback *p)
{
	for (size_t i = 0; i < p->nmarks; i++)
		free(p->marks[i].text);
	free(p->marks);
	*p = (struct playback){ 0 };
}

enum playback_state playback_state(const struct playback *p)
{
	if (p->at_end && p->over)
		return PLAYBACK_AT_END;
	if (!p->playing)
		return PLAYBACK_PAUSED;
	return p->at_end ? PLAYBACK_FOLLOWING : PLAYBACK_PLAYING;
}

void playback_anchor(struct playback *p, int64_t mono_ns, int64_t now_ns)
{
	p->anchor_mono_ns = mono_ns;
	p->anchor_ns = now_ns;
}

int64_t playback_due(const struct playback *p, int64_t mono_ns)
{
	/* A recording may claim any time. */
	double away = ((double)mono_ns - (double)p->anchor_mono_ns);

	away = p->speed >= 0 ? away / (1 << p->speed) : away * (1 << -p->speed);
	if (away > 1e18)
		return INT64_MAX;
	return away <= 0 ? p->anchor_ns : p->anchor_ns + (int64_t)away;
}

bool playback_faster(struct playback *p, int by, int64_t now_ns)
{
	double gone = (double)(now_ns - p->anchor_ns);
	int speed = p->speed + by;

	if (speed < PLAYBACK_SLOWEST || speed > PLAYBACK_FASTEST)
		return false;
	/* A replay that stands still gets its anchor when it goes on. */
	gone = p->speed >= 0 ? gone * (1 << p->speed) : gone / (1 << -p->speed);
	if (p->playing && gone > 0 && gone < 1e18)
		playback_anchor(p, p->anchor_mono_ns + (int64_t)gone, now_ns);
	p->speed = speed;
	return true;
}

char *playback_speed(char out[static 16], const struct playback *p)
{
	snprintf(out, 16, "%s%dx", p->speed < 0 ? "1/" : "", 1 << abs(p->speed));
	return out;
}

static int by_time(const void *left, const void *right)
{
	const struct playback_mark *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

void playback_set_marks(struct playback *p, struct playback_mark *marks, size_t n)
{
	for (size_t i = 0; i < p->nmarks; i++)
		free(p->marks[i].text);
	free(p->marks);
	p->marks = marks;
	p->nmarks = n;
	if (n)
		qsort(marks, n, sizeof(*marks), by_time);
}

const struct playback_mark *playback_mark(const struct playback *p, int by)
{
	const struct playback_mark *found = NULL;

	for (size_t i = 0; i < p->nmarks; i++) {
		const struct playback_mark *m = &p->marks[i];

		if (by > 0 && m->time_ns > p->time_ns)
			return m;
		if (by < 0 && m->time_ns <= p->before_ns)
			found = m;
	}
	return found;
}
