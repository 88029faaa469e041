#include "recording/replay_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include "base/alloc.h"

/* A batch goes from hand to hand: of so many samples, and of not much more than so many bytes. */
#define BATCH_SAMPLES 128
#define BATCH_BYTES ((size_t)256 << 10)
#define BATCHES 4

struct item {
	uint64_t at; /* of the record */
	size_t from, len;
	bool good;
};

struct batch {
	struct item items[BATCH_SAMPLES];
	size_t n;
	struct buf bytes;
};

struct ahead {
	pthread_t thread;
	/* the thread's */
	struct replay_file file;
	uint64_t at, end;
	struct unzip *unzip;
	struct buf payload;
	bool broken; /* the stream is, up to the next key frame */
	/* the other side's */
	size_t next; /* of the batch at hand */
	/* both sides': one fills batches[made % BATCHES], one reads batches[read % BATCHES] */
	struct batch batches[BATCHES];
	pthread_mutex_t lock;
	pthread_cond_t change;
	uint64_t made, read;
	bool ended, stop;
};

/* ---- the thread */

/* What the sample's record holds is appended to `out`. */
static bool process_unpack(struct ahead *a, const struct record *r, struct buf *out)
{
	bool zipped = r->flags & RECORD_ZSTD;

	if (r->flags & RECORD_KEY)
		a->broken = false;
	if (a->broken || replay_payload(&a->file, a->at, r, &a->payload, NULL) != 1)
		return false;
	if (!zipped) {
		buf_add(out, a->payload.data, a->payload.len);
		return true;
	}
	if (r->flags & RECORD_KEY)
		unzip_restart(a->unzip);
	return unzip_add(a->unzip, a->payload.data, a->payload.len, out);
}

static void add_item(struct ahead *a, const struct record *r, struct batch *b)
{
	struct item *item = &b->items[b->n++];

	*item = (struct item){ .at = a->at, .from = b->bytes.len };
	/* One byte more than is allowed: see unzip_add(). */
	b->bytes.limit = b->bytes.len + RECORD_PAYLOAD_MAX + 1;
	item->good = process_unpack(a, r, &b->bytes);
	item->len = b->bytes.len - item->from;
	a->broken = !item->good;
}

/* false: there are no more records, or none that are sound. */
static bool fill(struct ahead *a, struct batch *b)
{
	b->n = 0;
	buf_reset(&b->bytes);
	while (b->n < BATCH_SAMPLES && b->bytes.len < BATCH_BYTES) {
		struct record r;

		if (a->at >= a->end || replay_record_at(&a->file, a->at, &r, NULL) != 1 ||
		    record_span(&r) > a->end - a->at)
			return false;
		if (r.type == RECORD_SAMPLE)
			add_item(a, &r, b);
		a->at += record_span(&r);
	}
	return true;
}

static void *go_ahead(void *data)
{
	struct ahead *a = data;
	bool more = true;

	pthread_mutex_lock(&a->lock);
	while (more && !a->stop) {
		if (a->made - a->read == BATCHES) {
			pthread_cond_wait(&a->change, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		more = fill(a, &a->batches[a->made % BATCHES]);
		pthread_mutex_lock(&a->lock);
		a->made++;
		pthread_cond_signal(&a->change);
	}
	a->ended = true;
	pthread_cond_signal(&a->change);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- the other side */

struct ahead *ahead_start(const struct replay_file *file, uint64_t at, uint64_t end, struct unzip *unzip)
{
	struct ahead *a = xcalloc(1, sizeof(*a));

	a->file = (struct replay_file){ .fd = file->fd, .pipe = -1, .size = file->size };
	a->at = at;
	a->end = end;
	a->unzip = unzip;
	a->payload.limit = RECORD_PAYLOAD_MAX + 1;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->change, NULL);
	if (pthread_create(&a->thread, NULL, go_ahead, a)) {
		free(a);
		return NULL;
	}
	return a;
}

/* The batch at hand is done with when `done`; the next one, or NULL when there is none to come. */
static struct batch *wait_for_batch(struct ahead *a, bool done)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&a->lock);
	if (done) {
		a->read++;
		a->next = 0;
		pthread_cond_signal(&a->change);
	}
	while (a->made == a->read && !a->ended)
		pthread_cond_wait(&a->change, &a->lock);
	if (a->made > a->read)
		b = &a->batches[a->read % BATCHES];
	pthread_mutex_unlock(&a->lock);
	return b;
}

int ahead_take(struct ahead *a, uint64_t at, const char **ret, size_t *ret_len)
{
	struct batch *b = a->next ? &a->batches[a->read % BATCHES] : wait_for_batch(a, false);

	for (;;) {
		while (b && a->next == b->n)
			b = wait_for_batch(a, true);
		if (!b)
			return -1;
		/* Those that the other side passed. */
		if (b->items[a->next].at >= at)
			break;
		a->next++;
	}
	if (b->items[a->next].at > at)
		return 0; /* the file is not what it was */
	*ret = b->bytes.data + b->items[a->next].from;
	*ret_len = b->items[a->next].len;
	return b->items[a->next++].good;
}

void ahead_stop(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->change);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->change);
	for (size_t i = 0; i < BATCHES; i++)
		buf_release(&a->batches[i].bytes);
	buf_release(&a->payload);
	free(a->file.ahead);
	free(a);
}
