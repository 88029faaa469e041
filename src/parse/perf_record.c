#include "parse/perf_record.h"

#include <linux/perf_event.h>
#include <string.h>

/* pid and tid, time, stream if there is one, id: what all records but samples end with. */
#define TRAILER 24
#define TRAILER_STREAM 32

struct words {
	const uint8_t *at, *end;
};

static bool take(struct words *w, void *ret, size_t n)
{
	if ((size_t)(w->end - w->at) < n)
		return false;
	memcpy(ret, w->at, n);
	w->at += n;
	return true;
}

static bool take_u64(struct words *w, uint64_t *ret)
{
	return take(w, ret, sizeof(*ret));
}

static bool take_pids(struct words *w, pid_t *ret_pid, pid_t *ret_tid)
{
	int32_t two[2];

	if (!take(w, two, sizeof(two)))
		return false;
	*ret_pid = two[0];
	*ret_tid = two[1];
	return true;
}

static bool take_bytes(struct words *w, uint64_t n, const uint8_t **ret)
{
	if ((uint64_t)(w->end - w->at) < n)
		return false;
	*ret = w->at;
	w->at += n;
	return true;
}

/* size, that many bytes, and how many of them are valid. */
static bool take_stack(struct words *w, struct perf_record *r)
{
	uint64_t size, valid;

	if (!take_u64(w, &size))
		return false;
	if (!size)
		return true;
	if (!take_bytes(w, size, &r->stack) || !take_u64(w, &valid))
		return false;
	r->stack_bytes = valid < size ? valid : size;
	return true;
}

static bool take_registers(struct words *w, const struct perf_layout *l, struct perf_record *r)
{
	if (!take_u64(w, &r->abi))
		return false;
	return !r->abi || take_bytes(w, (uint64_t)l->registers * 8, &r->registers);
}

static bool sampled(struct words *w, const struct perf_layout *l, struct perf_record *r)
{
	uint64_t n;

	if (!take_u64(w, &r->id) || !take_pids(w, &r->pid, &r->tid) || !take_u64(w, &r->time))
		return false;
	if (l->address && !take_u64(w, &r->address))
		return false;
	if (l->stream && !take_u64(w, &r->stream))
		return false;
	if (l->chain) {
		if (!take_u64(w, &n) || n > (uint64_t)(w->end - w->at) / 8 ||
		    !take_bytes(w, n * 8, &r->chain))
			return false;
		r->nchain = n;
	}
	return !l->stack || (take_registers(w, l, r) && take_stack(w, r));
}

/* PERF_RECORD_FORK and EXIT: pid, ppid, tid, ptid. */
static bool task(struct words *w, struct perf_record *r)
{
	return take_pids(w, &r->pid, &r->ppid) && take_pids(w, &r->tid, &r->ptid);
}

static bool named(struct words *w, struct perf_record *r)
{
	size_t n;

	if (!take_pids(w, &r->pid, &r->tid))
		return false;
	n = (size_t)(w->end - w->at);
	if (n > sizeof(r->comm) - 1)
		n = sizeof(r->comm) - 1;
	memcpy(r->comm, w->at, n);
	return true;
}

/* Fills in the identity at the end, and takes it off. */
static bool trailer(struct words *w, const struct perf_layout *l, struct perf_record *r)
{
	ptrdiff_t size = l->stream ? TRAILER_STREAM : TRAILER;
	struct words t;

	if (w->end - w->at < size)
		return false;
	w->end -= size;
	t = (struct words){ w->end, w->end + size };
	return take_pids(&t, &r->pid, &r->tid) && take_u64(&t, &r->time) &&
	       (!l->stream || take_u64(&t, &r->stream)) && take_u64(&t, &r->id);
}

static bool lost(struct words *w, struct perf_record *r)
{
	uint64_t id;

	return take_u64(w, &id) && take_u64(w, &r->lost);
}

static bool body(struct words *w, const struct perf_event_header *h, const struct perf_layout *l,
		 struct perf_record *r)
{
	if (h->type == PERF_RECORD_SAMPLE) {
		r->kind = PERF_SAMPLED;
		return sampled(w, l, r);
	}
	if (!trailer(w, l, r))
		return false;
	switch (h->type) {
	case PERF_RECORD_FORK:
		r->kind = PERF_FORKED;
		return task(w, r);
	case PERF_RECORD_EXIT:
		r->kind = PERF_EXITED;
		return task(w, r);
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		r->kind = PERF_MAPPED;
		return take_pids(w, &r->pid, &r->tid);
	case PERF_RECORD_COMM:
		r->kind = PERF_NAMED;
		r->exec = h->misc & PERF_RECORD_MISC_COMM_EXEC;
		return named(w, r);
	case PERF_RECORD_LOST:
		r->kind = PERF_DROPPED;
		return lost(w, r);
	default:
		r->kind = PERF_OTHER;
		return true;
	}
}

size_t perf_record_size(const uint8_t *bytes, size_t len)
{
	struct perf_event_header h;

	if (len < sizeof(h))
		return 0;
	memcpy(&h, bytes, sizeof(h));
	return h.size;
}

int parse_perf_record(const uint8_t *bytes, size_t len, const struct perf_layout *layout,
		      struct perf_record *ret)
{
	struct perf_record r = { 0 };
	struct perf_event_header h;
	struct words w = { bytes + sizeof(h), bytes + len };

	if (len < sizeof(h) || perf_record_size(bytes, len) != len)
		return -1;
	memcpy(&h, bytes, sizeof(h));
	if (!body(&w, &h, layout, &r))
		return -1;
	*ret = r;
	return 0;
}
