/* Spans of call stacks: where they lie is in the map. */
#include "base/cleanup.h"
#include "codec/stacks.h"
#include "model/stacks_fold.h"
#include "recording/replay_map.h"

/* Of a sum over spans (stacks_size()). */
#define SUM_MOST ((size_t)32 << 20)

/* Of one span. 1; 0: they are damaged; -1. */
static int span_stacks(struct replay_map *m, struct replay_file *f, size_t span, struct stacks *ret,
		       struct err *err)
{
	cleanup(buf_release) struct buf raw = { 0 };
	uint64_t at = m->spans[span].at;
	struct record record = { 0 };
	int got = replay_record_at(f, at, &record, err);

	*ret = (struct stacks){ 0 };
	if (got > 0)
		got = record.type == RECORD_STACKS;
	if (got > 0)
		got = replay_unpack(f, at, &record, &raw, err);
	if (got < 0)
		return -1;
	if (got && stacks_take(raw.data, raw.len, ret))
		return 1;
	replay_map_damage(m, at, record_span(&record), UINT64_MAX);
	return 0;
}

static bool has_part(const struct replay_span *span, int64_t from_ns, int64_t to_ns)
{
	return span->end_ns >= from_ns && span->begin_ns <= to_ns;
}

int replay_spans_merge(struct replay_map *m, struct replay_file *f, int64_t from_ns, int64_t to_ns,
		       struct stacks *ret, struct err *err)
{
	int any = 0;

	*ret = (struct stacks){ 0 };
	for (size_t i = 0; i < m->nspans; i++) {
		cleanup(stacks_release) struct stacks s = { 0 };
		int got = 0;

		if (has_part(&m->spans[i], from_ns, to_ns))
			got = span_stacks(m, f, i, &s, err);
		if (got < 0) {
			stacks_release(ret);
			return -1;
		}
		if (!got)
			continue;
		if (stacks_merge(ret, &s))
			any = 1;
		else
			replay_map_damage(m, m->spans[i].at, RECORD_SIZE, UINT64_MAX);
		stacks_trim(ret, SUM_MOST);
	}
	return any;
}
