#include "cmd/replay_frames.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/stacks_fold.h"

static void remember(void *history, const struct snapshot *snap)
{
	timeline_add(history, snap);
}

/* The next sample, also when it has been written only now. */
static int make_next(struct replay_frames *t, struct live_frame *f)
{
	int got = recording_next(t->recording, &f->view, &f->err);

	if (got == 0 && !recording_is_over(t->recording))
		got = recording_poll(t->recording, &f->err);
	else
		return got;
	return got < 0 ? -1 : recording_next(t->recording, &f->view, &f->err);
}

static int make_jump(struct replay_frames *t, const struct wish *wish, struct live_frame *f)
{
	struct recording *r = t->recording;

	if (recording_poll(r, &f->err) < 0)
		return -1;
	f->history = timeline_new(TIMELINE_BYTES);
	if (wish->kind == WISH_NUMBER)
		return recording_jump(r, wish->number, remember, f->history, &f->view, &f->err);
	if (wish->kind == WISH_TIME)
		return recording_jump_time(r, wish->time_ns, remember, f->history, &f->view, &f->err);
	return recording_jump_after(r, wish->time_ns, remember, f->history, &f->view, &f->err);
}

static void copy_marks(struct replay_frames *t, struct recording_state *to)
{
	const struct replay_info *info = recording_info(t->recording);

	if (info->nmarks == t->marks)
		return;
	to->marks = xcalloc(info->nmarks, sizeof(*to->marks));
	for (; to->nmarks < info->nmarks; to->nmarks++)
		to->marks[to->nmarks] = (struct playback_mark){
			info->marks[to->nmarks].time_ns,
			xstrdup(info->marks[to->nmarks].text),
		};
	t->marks = info->nmarks;
}

static void tell(struct replay_frames *t, struct recording_state *to)
{
	cleanup(buf_release) struct buf warning = { 0 };
	struct recording_part part;

	to->over = recording_is_over(t->recording);
	recording_warning(t->recording, &warning);
	to->damaged = warning.len > 0;
	if (recording_part(t->recording, &part)) {
		to->first = part.first;
		to->last = part.last;
		to->first_ns = part.first_ns;
		to->last_ns = part.last_ns;
	}
	copy_marks(t, to);
}

void replay_frames_make(void *data, const struct wish *wish, struct live_frame *f)
{
	struct replay_frames *t = data;
	int got;

	if (wish->kind == WISH_NEXT)
		got = make_next(t, f);
	else if (wish->kind == WISH_NONE)
		got = recording_poll(t->recording, &f->err) < 0 ? -1 : 0;
	else
		got = make_jump(t, wish, f);
	f->kind = got > 0 ? LIVE_FRAME_SAMPLE : got < 0 ? LIVE_FRAME_FAILED : LIVE_FRAME_NONE;
	if (got > 0)
		t->time_ns = f->view.sample.time_ns;
	tell(t, &f->recording);
}

int replay_frames_space(void *data, pid_t pid, struct address_space *ret, struct err *err)
{
	struct replay_frames *t = data;
	int got = recording_space(t->recording, pid, ret, err);

	if (got == 0)
		return err_set(err, STATUS_FAILED, "the recording has no page map of process %d here",
			       (int)pid);
	return got < 0 ? -1 : 0;
}

/* ---- call stacks */

void replay_frames_release(struct replay_frames *t)
{
	stacks_release(&t->stacks);
	t->spans = 0;
}

/* How many spans have begun before the last sample, or with it. */
static size_t spans_before(const struct replay_frames *t)
{
	const struct replay_info *info = recording_info(t->recording);
	size_t n = 0;

	while (n < info->nspans && info->spans[n].begin_ns <= t->time_ns)
		n++;
	return n;
}

/* Add up all spans up to the last sample. A recording may have many: on the way forward only new ones are
 * read. */
static int read_spans(struct replay_frames *t, struct err *err)
{
	const struct replay_info *info = recording_info(t->recording);
	cleanup(stacks_release) struct stacks more = { 0 };
	size_t n = spans_before(t);
	int64_t from_ns = INT64_MIN;

	if (n < t->spans)
		replay_frames_release(t);
	if (t->spans)
		from_ns = info->spans[t->spans - 1].end_ns + 1;
	if (n > t->spans && recording_stacks_between(t->recording, from_ns, t->time_ns, &more, err) < 0)
		return -1;
	t->spans = n;
	if (more.nprocesses)
		stacks_merge(&t->stacks, &more);
	return 0;
}

struct live_stacks *replay_frames_stacks(void *data, const struct stacks_wish *wish)
{
	struct replay_frames *t = data;
	struct live_stacks *ret;

	if (!wish->on)
		return NULL;
	ret = xcalloc(1, sizeof(*ret));
	ret->again = wish->again;
	ret->per_s = ret->cpu = UNKNOWN;
	if (read_spans(t, &ret->err) < 0 || !t->stacks.nprocesses)
		return ret;
	stacks_copy(&ret->facts, &t->stacks);
	live_stacks_report(ret);
	return ret;
}
