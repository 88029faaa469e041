#include "heap/glibc_piece.h"

#define TRIES 3
/* Of all pieces: each costs a read of MEM_RUN_BYTES or two. */
#define RETRIES_MAX 256

/* The walk as it was before, without what it has found since. */
static void go_back(struct glibc_walk *w, const struct glibc_walk *to)
{
	const struct glibc_walk now = *w;

	*w = *to;
	w->pages = now.pages;
	w->pages_cap = now.pages_cap;
	w->caches = now.caches;
	w->caches_cap = now.caches_cap;
	w->fast.kept = now.fast.kept;
	w->fast.cap = now.fast.cap;
}

/* The end of an arena moves while its process goes on. */
static void follow_top(struct allocator_scan *s, struct glibc_walk *w, struct glibc_arena *a)
{
	struct glibc_arena now = *a;
	uint64_t end;

	reader_forget(&s->r);
	if (!glibc_read_again(&s->r, &now))
		return;
	if (now.top > w->at && now.top < w->end)
		w->top = now.top;
	end = a->top >= w->at && a->top < w->end && now.top >= w->end ? allocator_anon_end(s, now.top) : 0;
	if (end) {
		w->end = end;
		w->top = now.top;
	}
}

/* Look on behind what is no chunk. */
static bool pass_over(struct allocator_scan *s, struct glibc_walk *w)
{
	uint64_t page_size = s->run.page_size;

	w->before_size = 0;
	while (w->at < w->end) {
		const unsigned char *bytes;
		size_t n = mem_run_read(&s->run, w->at, w->end, GLIBC_WALK_LEAST, &bytes);
		uint64_t next = (w->at / page_size + 1) * page_size;

		if (n >= GLIBC_HEADER && glibc_walk_skip(w, bytes, n, w->at))
			return true;
		if (n < GLIBC_HEADER) {
			w->skipped += next - w->at;
			w->at = next;
		}
	}
	return false;
}

enum glibc_walk_step glibc_piece(struct allocator_scan *s, struct glibc_walk *w, struct glibc_arena *a)
{
	struct glibc_walk mark = *w, last = *w;
	int tries = 0;

	for (;;) {
		const unsigned char *bytes;
		size_t n = mem_run_read(&s->run, w->at, w->end, GLIBC_WALK_LEAST, &bytes);
		enum glibc_walk_step step = GLIBC_WALK_BROKEN;

		if (n >= GLIBC_HEADER) {
			last = mark;
			mark = *w;
			step = glibc_walk(w, bytes, n, w->at);
		}
		if (step == GLIBC_WALK_MORE) {
			follow_top(s, w, a);
			continue;
		}
		if (step != GLIBC_WALK_BROKEN)
			return step;
		mem_run_forget(&s->run);
		if (tries++ < TRIES && w->retries < RETRIES_MAX) {
			last.retries = w->retries + 1;
			go_back(w, &last);
			mark = last;
			follow_top(s, w, a);
			continue;
		}
		tries = 0;
		if (!pass_over(s, w))
			return GLIBC_WALK_BROKEN;
		mark = last = *w;
	}
}

bool glibc_piece_begins(struct allocator_scan *s, uint64_t first, uint64_t end)
{
	uint64_t at = first, header[2];

	for (int n = 0; n < 4 && at < end; n++) {
		uint64_t size;

		if (!reader_read(&s->r, at, header, sizeof(header)))
			return false;
		size = header[1] & GLIBC_SIZE;
		if (n && size == GLIBC_HEADER)
			return true;
		if ((n ? header[1] & GLIBC_IS_MAPPED : (header[1] & 7) != GLIBC_PREV_IN_USE) ||
		    size < GLIBC_CHUNK_MIN || size % 16 || size > end - at)
			return false;
		at += size;
	}
	return true;
}
