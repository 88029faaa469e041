#include "cmd/report_perfetto.h"

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "cmd/atomic_file.h"
#include "cmd/output.h"
#include "cmd/recording.h"
#include "cmd/ticks.h"
#include "cmd/time_range.h"
#include "sink/perfetto.h"

/* So much is written at once. */
#define PART (256 << 10)

static void freep(struct perfetto **p)
{
	perfetto_free(*p);
}

static void analysis_freep(struct analysis **a)
{
	analysis_free(*a);
}

/* What the trace has: figures without their correlation, and events. */
static struct analysis *begin_analysis(void)
{
	struct analysis *a = analysis_new();

	analysis_leave_correlation(a);
	analysis_leave_findings(a);
	analysis_leave_memory(a);
	analysis_leave_why(a, true);
	return a;
}

static void tell_marks(struct perfetto *p, struct recording *r, int64_t until_ns)
{
	const struct replay_mark *m;

	while ((m = recording_mark(r, until_ns)))
		perfetto_mark(p, m->time_ns, m->text);
}

static void tell_sample(struct perfetto *p, struct recording *r, struct analysis *a, const struct sample *s)
{
	struct snapshot snap;

	analysis_next(a, s, &snap);
	perfetto_snapshot(p, &snap);
	snapshot_release(&snap);
	tell_marks(p, r, s->time_ns + 1);
}

/* How many samples there were; -1. */
static int64_t count(struct perfetto *p, struct recording *r, struct err *err)
{
	cleanup(analysis_freep) struct analysis *a = begin_analysis();
	const struct sample *s;
	int64_t samples = 0;
	int got;

	while ((got = recording_facts(r, &s, err)) > 0) {
		tell_sample(p, r, a, s);
		samples++;
	}
	tell_marks(p, r, INT64_MAX);
	return got < 0 ? -1 : samples;
}

static int write_part(struct atomic_file *file, struct buf *out, struct err *err)
{
	if (out->len < PART)
		return 0;
	if (atomic_file_add(file, out, err) < 0)
		return -1;
	buf_reset(out);
	return 0;
}

/* `samples` of them and no more: what has been appended to the recording meanwhile was not counted. */
static int write_trace(const struct perfetto *all, struct recording *r, int64_t samples,
		       struct atomic_file *file, struct err *err)
{
	cleanup(analysis_freep) struct analysis *a = begin_analysis();
	cleanup(buf_release) struct buf out = { 0 };
	cleanup(freep) struct perfetto *p = perfetto_begin(all, &out);
	const struct sample *s;
	int got = 1;

	while (samples-- > 0 && (got = recording_facts(r, &s, err)) > 0) {
		tell_sample(p, r, a, s);
		if (write_part(file, &out, err) < 0)
			return -1;
		if (ticks_stopped())
			return err_set(err, STATUS_FAILED, "stopped: no trace was written");
	}
	if (got < 0)
		return -1;
	tell_marks(p, r, INT64_MAX);
	perfetto_end(p);
	return atomic_file_write(file, &out, err);
}

int report_perfetto(const char *path, const struct when_span *span, const char *out, struct err *err)
{
	cleanup(atomic_file_release) struct atomic_file file = ATOMIC_FILE_NONE;
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(recording_closep) struct recording *r = NULL;
	cleanup(freep) struct perfetto *all = perfetto_count();
	cleanup(buf_release) struct buf left_out = { 0 };
	int64_t samples;

	if (recording_input_open(&in, path, err) < 0 || atomic_file_open(&file, out, err) < 0 ||
	    recording_alone(err) < 0)
		return -1;
	/* an unfinished file is not left behind; the thread that sees to it has no more rights than this one */
	ticks_guard();
	if (recording_begin(&in, span, &r, err) < 0)
		return -1;
	samples = count(all, r, err);
	if (samples <= 0)
		return samples < 0 ? -1 : time_range_none(path, span, recording_info(r), err);
	recording_rewind(r);
	if (write_trace(all, r, samples, &file, err) < 0)
		return -1;
	perfetto_left_out(all, &left_out);
	if (left_out.len)
		say("%s: %s", out, left_out.data);
	return 0;
}
