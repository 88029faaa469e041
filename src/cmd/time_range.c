#include "cmd/time_range.h"

#include <poll.h>
#include <string.h>
#include "cmd/output.h"

int time_range_wait(struct replay *r, struct err *err)
{
	struct pollfd ready = { .fd = replay_fd(r), .events = POLLIN };

	if (ready.fd < 0 || replay_is_over(r))
		return 0;
	(void)poll(&ready, 1, -1);
	return replay_poll(r, err) < 0 ? -1 : 1;
}

int time_range_wait_all(struct replay *r, struct err *err)
{
	int got;

	do
		got = time_range_wait(r, err);
	while (got > 0);
	return got;
}

static bool needs_end(const struct when *w)
{
	return w->kind == WHEN_BEFORE || w->kind == WHEN_CLOCK;
}

/* The beginning is known when one sample is. */
static int wait_for_bounds(struct replay *r, const struct when_span *span, struct err *err)
{
	int got = 1;

	if (needs_end(&span->begin) || needs_end(&span->end))
		return time_range_wait_all(r, err);
	if (when_span_open(span))
		return 0;
	while (got > 0 && !replay_info(r)->samples)
		got = time_range_wait(r, err);
	return got < 0 ? -1 : 0;
}

/* What was typed as a time that the recording does not have is perhaps one of another zone, or day. */
static void say_before(const char *path, const struct when_span *span, int64_t from_ns, int64_t first_ns)
{
	char asked[ZONE_TEXT], begin[ZONE_TEXT], day[2][ZONE_TEXT];

	if ((span->begin.kind != WHEN_CLOCK && span->begin.kind != WHEN_DATE) ||
	    from_ns + span->begin.grain > first_ns)
		return;
	zone_clock(asked, span->zone, from_ns);
	zone_clock(begin, span->zone, first_ns);
	zone_date(day[0], span->zone, from_ns);
	zone_date(day[1], span->zone, first_ns);
	if (strncmp(day[0], day[1], strlen("YYYY-MM-DD")) != 0)
		say("%s: %s is before the recording, which begins %s", path, day[0], day[1]);
	else
		say("%s: %s is before the recording, which begins %s", path, asked, begin);
}

int time_range_find(struct replay *r, const char *path, const struct when_span *span, struct time_range *ret,
		    struct err *err)
{
	struct time_range p = { 0 };
	const struct replay_info *info;

	if (wait_for_bounds(r, span, err) < 0)
		return -1;
	info = replay_info(r);
	if (when_span_at(span, info->first_ns, info->last_ns, &p.from_ns, &p.to_ns, err) < 0)
		return -1;
	if (info->samples)
		say_before(path, span, p.from_ns, info->first_ns);
	if (p.from_ns > info->first_ns && replay_find_time(r, p.from_ns, &p.first, err) < 0)
		return -1;
	replay_rewind(r, p.first);
	*ret = p;
	return 0;
}

int time_range_side(struct time_range *p, uint64_t number, int64_t time_ns)
{
	if (time_ns > p->to_ns)
		return 1;
	if (!p->first_ns && time_ns < p->from_ns)
		return -1;
	if (!p->first_ns) {
		p->first = number;
		p->first_ns = time_ns;
	}
	return 0;
}

int time_range_none(const char *path, const struct when_span *span, const struct replay_info *info,
		    struct err *err)
{
	char text[ZONE_SPAN];

	if (!info->samples)
		return err_set(err, STATUS_FAILED, "%.300s: there is no sample in it", path);
	if (when_span_open(span))
		return err_set(err, STATUS_FAILED, "%.300s: no sample of it can be read", path);
	return err_set(err, STATUS_FAILED,
		       "%.300s: there is no sample in this part of it; the recording has %s", path,
		       zone_span(text, span->zone, info->first_ns, info->last_ns));
}
