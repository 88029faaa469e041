#include "cmd/recording.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/time_range.h"
#include "sys/confine.h"
#include "sys/priv.h"

struct recording {
	char *path;
	struct replay *replay;
	struct analysis *analysis;
	struct time_range part;
	int64_t interval_ns; /* one sample in each; 0: all of them */
	int64_t due_ns;      /* when the next one is; 0: now */
	size_t marks;        /* that were given or passed */
};

const struct replay_info *recording_info(const struct recording *r)
{
	return replay_info(r->replay);
}

bool recording_is_over(const struct recording *r)
{
	return replay_is_over(r->replay) || replay_info(r->replay)->last_ns > r->part.to_ns;
}

int recording_poll(struct recording *r, struct err *err)
{
	return replay_poll(r->replay, err);
}

int recording_space(struct recording *r, pid_t pid, struct address_space *ret, struct err *err)
{
	return replay_address_space(r->replay, pid, ret, err);
}

int recording_stacks(struct recording *r, struct stacks *ret, struct err *err)
{
	return replay_stacks_between(r->replay, r->part.from_ns, r->part.to_ns, ret, err);
}

int recording_stacks_between(struct recording *r, int64_t from_ns, int64_t to_ns, struct stacks *ret,
			     struct err *err)
{
	from_ns = from_ns < r->part.from_ns ? r->part.from_ns : from_ns;
	to_ns = to_ns > r->part.to_ns ? r->part.to_ns : to_ns;
	return replay_stacks_between(r->replay, from_ns, to_ns, ret, err);
}

void recording_warning(const struct recording *r, struct buf *out)
{
	replay_warning(r->replay, out);
}

/* ---- the part */

int recording_await_all(struct recording *r, struct err *err)
{
	return time_range_wait_all(r->replay, err);
}

bool recording_is_at(const char *path)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	return replay_is_recording(path);
}

int recording_input_open(struct recording_input *in, const char *path, struct err *err)
{
	cleanup(priv_return) struct priv_lent lent = priv_lend(PRIV_OWN);
	struct stat st;

	*in = (struct recording_input){ path, replay_input(path, err) };
	if (in->fd < 0)
		return -1;
	/* what comes through a pipe is kept there */
	if (fstat(in->fd, &st) == 0 && !S_ISREG(st.st_mode))
		confine_allow(P_tmpdir, CONFINE_IN);
	return 0;
}

void recording_input_release(struct recording_input *in)
{
	cleanup_closep(&in->fd);
	in->fd = -1;
}

int recording_alone(struct err *err)
{
	if (priv_drop(err) < 0)
		return -1;
	confine();
	return 0;
}

int recording_begin(struct recording_input *in, const struct when_span *span, struct recording **ret,
		    struct err *err)
{
	struct recording *r;
	int fd = in->fd;

	if (!priv_looks() && recording_alone(err) < 0)
		return -1;
	in->fd = -1;
	r = xcalloc(1, sizeof(*r));
	r->path = xstrdup(in->path);
	r->analysis = analysis_new();
	if (replay_open_input(fd, in->path, &r->replay, err) < 0 ||
	    time_range_find(r->replay, in->path, span, &r->part, err) < 0) {
		recording_close(r);
		return -1;
	}
	*ret = r;
	return 0;
}

int recording_open(const char *path, const struct when_span *span, struct recording **ret, struct err *err)
{
	struct recording_input in = RECORDING_INPUT_NONE;

	return recording_input_open(&in, path, err) < 0 ? -1 : recording_begin(&in, span, ret, err);
}

void recording_close(struct recording *r)
{
	cleanup(buf_release) struct buf warning = { 0 };

	if (!r)
		return;
	if (r->replay)
		replay_warning(r->replay, &warning);
	if (warning.len)
		say("%s: %s", r->path, warning.data);
	replay_close(r->replay);
	analysis_free(r->analysis);
	free(r->path);
	free(r);
}

bool recording_part(struct recording *r, struct recording_part *ret)
{
	const struct replay_info *info = replay_info(r->replay);
	uint64_t last = info->samples - 1;

	if (!info->samples || !r->part.first_ns)
		return false;
	*ret = (struct recording_part){ r->part.first, last, r->part.first_ns, info->last_ns };
	if (info->last_ns <= r->part.to_ns)
		return true;
	ret->last_ns = r->part.to_ns;
	if (replay_find_time(r->replay, r->part.to_ns, &last, NULL) == 0)
		ret->last = last < r->part.first ? r->part.first : last;
	return true;
}

/* ---- samples */

/* The next sample of the part: in place of what is in `over`, or, when that is NULL, without a copy. One that is
 * behind the part's end is not consumed. */
static int step(struct recording *r, struct sample *over, const struct sample **ret, struct err *err)
{
	uint64_t number;
	int got, side;

	for (;;) {
		*ret = over;
		got = over ? replay_next_over(r->replay, over, err) : replay_next_view(r->replay, ret, err);
		if (got <= 0)
			return got;
		number = replay_number(r->replay);
		side = time_range_side(&r->part, number, (*ret)->time_ns);
		if (side == 0)
			return 1;
		if (side > 0) {
			replay_rewind(r->replay, number);
			return 0;
		}
	}
}

/* The next one without figures; what was in `ret` is replaced. */
static int read_sample(struct recording *r, struct sample_view *ret, struct err *err)
{
	const struct sample *facts;
	int got;

	snapshot_release(&ret->snap);
	got = step(r, &ret->sample, &facts, err);
	if (got > 0)
		ret->number = replay_number(r->replay);
	else
		sample_view_release(ret);
	return got;
}

void recording_thin(struct recording *r, int64_t interval_ns)
{
	r->interval_ns = interval_ns;
	r->due_ns = 0;
}

/* Is the sample on the grid of intervals that the first one began? A little early is in time. */
static bool is_due(struct recording *r, const struct sample *s)
{
	int64_t slack = r->interval_ns / 20;

	if (!r->interval_ns)
		return true;
	if (r->due_ns && s->mono_ns < r->due_ns - slack)
		return false;
	if (!r->due_ns)
		r->due_ns = s->mono_ns;
	r->due_ns += ((s->mono_ns + slack - r->due_ns) / r->interval_ns + 1) * r->interval_ns;
	return true;
}

int recording_next(struct recording *r, struct sample_view *ret, struct err *err)
{
	int got;

	*ret = (struct sample_view){ 0 };
	while ((got = read_sample(r, ret, err)) > 0 && !is_due(r, &ret->sample))
		analysis_pass(r->analysis, &ret->sample);
	if (got > 0)
		analysis_next(r->analysis, &ret->sample, &ret->snap);
	return got;
}

int recording_await(struct recording *r, struct sample_view *ret, struct err *err)
{
	int got, more = 1;

	while ((got = recording_next(r, ret, err)) == 0 && !recording_is_over(r) && more > 0)
		more = time_range_wait(r->replay, err);
	return more < 0 ? -1 : got;
}

/* ---- facts */

int recording_facts(struct recording *r, const struct sample **ret, struct err *err)
{
	int got, more = 1;

	while ((got = step(r, NULL, ret, err)) == 0 && !recording_is_over(r) && more > 0)
		more = time_range_wait(r->replay, err);
	return more < 0 ? -1 : got;
}

void recording_rewind(struct recording *r)
{
	replay_rewind(r->replay, r->part.first);
	analysis_free(r->analysis);
	r->analysis = analysis_new();
	r->due_ns = 0;
	r->marks = 0;
}

uint64_t recording_number(const struct recording *r)
{
	return replay_number(r->replay);
}

int recording_facts_of(struct recording *r, uint64_t number, struct sample *ret, struct err *err)
{
	int got = replay_at(r->replay, number, ret, err);

	if (got <= 0 || replay_number(r->replay) == number)
		return got;
	sample_release(ret);
	sample_init(ret);
	return 0;
}

int recording_facts_at(struct recording *r, int64_t time_ns, struct sample *ret, struct err *err)
{
	return replay_at_time(r->replay, time_ns, ret, err);
}

const struct replay_mark *recording_mark(struct recording *r, int64_t until_ns)
{
	const struct replay_info *info = replay_info(r->replay);
	const struct replay_mark *m;

	if (until_ns > r->part.to_ns)
		until_ns = r->part.to_ns;
	while (r->marks < info->nmarks && info->marks[r->marks].time_ns < until_ns) {
		m = &info->marks[r->marks++];
		if (m->time_ns >= r->part.from_ns)
			return m;
	}
	return NULL;
}

/* ---- jumps */

static void remember(const struct sample_view *m, snapshot_fn *before, void *data)
{
	if (before && m->snap.facts)
		before(data, &m->snap);
}

/* Figures borrow from the sample beside them, and so cannot be copied with it. `from` gets the sample that `to`
 * had, for the next one to be read in its place. */
static void take_figures(struct recording *r, struct sample_view *to, struct sample_view *from)
{
	struct sample before = to->sample;

	snapshot_release(&to->snap);
	to->number = from->number;
	to->sample = from->sample;
	from->sample = before;
	analysis_next(r->analysis, &to->sample, &to->snap);
}

/* From sample `begin` on through all of them up to `number`, or the first one behind it. */
static int run_up(struct recording *r, uint64_t begin, uint64_t number, snapshot_fn *before, void *data,
		  struct sample_view *ret, struct err *err)
{
	cleanup(sample_view_release) struct sample_view next = { 0 };
	int got;

	*ret = (struct sample_view){ 0 };
	analysis_leave_why(r->analysis, true);
	replay_rewind(r->replay, begin);
	while ((got = read_sample(r, &next, err)) > 0) {
		if (next.number > number && ret->snap.facts) {
			replay_rewind(r->replay, next.number);
			break;
		}
		remember(ret, before, data);
		take_figures(r, ret, &next);
		if (ret->number >= number)
			break;
	}
	analysis_leave_why(r->analysis, false);
	if (got < 0)
		sample_view_release(ret);
	else if (ret->snap.facts)
		analysis_add_why(r->analysis, &ret->snap);
	return got < 0 ? -1 : ret->snap.facts != NULL;
}

int recording_jump(struct recording *r, uint64_t number, snapshot_fn *before, void *data,
		   struct sample_view *ret, struct err *err)
{
	uint64_t samples = replay_info(r->replay)->samples, begin;

	if (samples && number > samples - 1)
		number = samples - 1;
	if (number < r->part.first)
		number = r->part.first;
	begin = number - r->part.first > RECORDING_RUN_UP ? number - RECORDING_RUN_UP : r->part.first;
	analysis_free(r->analysis);
	r->analysis = analysis_new();
	return run_up(r, begin, number, before, data, ret, err);
}

int recording_jump_time(struct recording *r, int64_t time_ns, snapshot_fn *before, void *data,
			struct sample_view *ret, struct err *err)
{
	uint64_t number;

	if (time_ns > r->part.to_ns)
		time_ns = r->part.to_ns;
	if (replay_find_time(r->replay, time_ns, &number, err) < 0)
		return -1;
	return recording_jump(r, number, before, data, ret, err);
}

int recording_jump_after(struct recording *r, int64_t time_ns, snapshot_fn *before, void *data,
			 struct sample_view *ret, struct err *err)
{
	cleanup(sample_view_release) struct sample_view next = { 0 };
	int got = recording_jump_time(r, time_ns, before, data, ret, err);

	if (got <= 0 || ret->sample.time_ns >= time_ns)
		return got;
	got = read_sample(r, &next, err);
	if (got > 0) {
		remember(ret, before, data);
		take_figures(r, ret, &next);
	}
	if (got < 0)
		sample_view_release(ret);
	return got < 0 ? -1 : 1;
}
