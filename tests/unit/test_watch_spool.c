/* The kernel's side of two rings, played by the test: records in, the same records out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "watch/watch_spool.h"

#define RINGS 2

struct world {
	struct perf_ring rings[RINGS];
	struct watch_events events;
	struct watch_spool spool;
	size_t page;
};

/* PERF_RECORD_COMM: no power of two, so that some go around the end of the ring. */
struct named {
	struct perf_event_header header;
	int32_t pid, tid;
	char comm[16];
	int32_t by_pid, by_tid;
	uint64_t time, id;
};

static void open_world(struct world *w)
{
	*w = (struct world){ .page = (size_t)sysconf(_SC_PAGESIZE) };
	for (size_t i = 0; i < RINGS; i++) {
		w->rings[i].map = xcalloc(2, w->page);
		w->rings[i].size = w->page;
		w->rings[i].joined = xcalloc(1, 65536);
	}
	w->events.rings = w->rings;
	w->events.nrings = RINGS;
	w->events.epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(watch_spool_start(&w->spool, &w->events), 0);
}

static void close_world(struct world *w)
{
	watch_spool_stop(&w->spool);
	for (size_t i = 0; i < RINGS; i++) {
		free(w->rings[i].map);
		free(w->rings[i].joined);
	}
	close(w->events.epoll);
}

/* The kernel would drop what has no room; here it waits for the spool, and at most ten seconds. */
static void wait_for_room(struct perf_event_mmap_page *ring, size_t size, size_t len)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < 10000; i++) {
		uint64_t tail = __atomic_load_n(&ring->data_tail, __ATOMIC_ACQUIRE);

		if (ring->data_head + len - tail <= size)
			return;
		nanosleep(&moment, NULL);
	}
	fail_msg("nobody empties the ring");
}

static void put(struct world *w, size_t i, const void *bytes, size_t len)
{
	struct perf_event_mmap_page *ring = w->rings[i].map;
	uint8_t *data = (uint8_t *)ring + w->page;

	wait_for_room(ring, w->page, len);
	for (size_t k = 0; k < len; k++)
		data[(ring->data_head + k) % w->page] = ((const uint8_t *)bytes)[k];
	__atomic_store_n(&ring->data_head, ring->data_head + len, __ATOMIC_RELEASE);
}

static void put_named(struct world *w, size_t ring, uint64_t time)
{
	struct named n = {
		.header = { .type = PERF_RECORD_COMM, .size = sizeof(n) },
		.pid = (int32_t)time,
		.time = time,
		.id = ring,
	};

	put(w, ring, &n, sizeof(n));
}

/* All that there is, one after the other from `first` on; the next one that is to come. */
static uint64_t read_all(struct world *w, uint64_t first)
{
	struct perf_record r;

	watch_spool_collect(&w->spool);
	for (; watch_spool_next(&w->spool, &r); first++) {
		assert_int_equal(r.kind, PERF_NAMED);
		assert_int_equal(r.time, first);
		assert_int_equal(r.pid, first);
	}
	return first;
}

static void test_order_of_time(void **state)
{
	static const size_t ring_of[] = { 0, 1, 1, 0, 0, 1, 0 };
	struct world w;

	open_world(&w);
	for (size_t i = 0; i < 7; i++)
		put_named(&w, ring_of[i], i);
	assert_int_equal(read_all(&w, 0), 7);
	assert_int_equal(read_all(&w, 7), 7);
	close_world(&w);
}

static void test_around_the_end(void **state)
{
	uint64_t time = 0, read = 0;
	struct world w;

	open_world(&w);
	while (time < 1000) {
		for (int i = 0; i < 17; i++, time++)
			put_named(&w, time % RINGS, time);
		read = read_all(&w, read);
		assert_int_equal(read, time);
	}
	close_world(&w);
}

/* Many times what the rings hold, while nobody reads. */
static void test_nothing_is_lost(void **state)
{
	uint64_t time;
	struct world w;

	open_world(&w);
	for (time = 0; time < 600; time++)
		put_named(&w, time % RINGS, time);
	assert_true(watch_spool_wait(&w.spool, 10000));
	assert_int_equal(read_all(&w, 0), 600);
	close_world(&w);
}

/* What is read in time is never copied, and its room in the ring is free again. */
static void test_read_in_place(void **state)
{
	struct perf_event_mmap_page *ring;
	uint64_t time = 0;
	struct world w;

	open_world(&w);
	ring = w.rings[0].map;
	for (int turn = 0; turn < 20; turn++) {
		for (int i = 0; i < 30; i++)
			put_named(&w, 0, time + (uint64_t)i);
		assert_int_equal(read_all(&w, time), time + 30);
		time += 30;
		assert_int_equal(ring->data_tail, ring->data_head);
		assert_int_equal(w.spool.chunks, 0);
	}
	close_world(&w);
}

static bool is_in_ring(const struct world *w, const uint8_t *at)
{
	const uint8_t *map = w->rings[0].map;

	return at >= map && at < map + 2 * w->page;
}

/* PERF_RECORD_SAMPLE with a chain of nine words, all `value`. */
static void put_sampled(struct world *w, uint64_t time, uint64_t value)
{
	uint64_t words[6 + 8];
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE, .size = sizeof(words) };

	memcpy(words, &header, sizeof(header));
	words[1] = 0; /* the event */
	words[2] = 1; /* who */
	words[3] = time;
	words[4] = 9;
	for (size_t i = 5; i < 14; i++)
		words[i] = value;
	put(w, 0, words, sizeof(words));
}

/* What takes long keeps its record, while the kernel writes where it was. */
static void test_kept(void **state)
{
	struct perf_record r;
	struct world w;
	uint64_t word;

	open_world(&w);
	w.events.sampling.layout.chain = true;
	put_sampled(&w, 0, 42);
	put_sampled(&w, 1, 43);
	watch_spool_collect(&w.spool);
	assert_true(watch_spool_next(&w.spool, &r));
	assert_true(is_in_ring(&w, r.chain));
	watch_spool_keep(&w.spool, &r);
	assert_false(is_in_ring(&w, r.chain));
	for (uint64_t time = 2; time < 200; time++)
		put_sampled(&w, time, 44);
	assert_int_equal(r.nchain, 9);
	for (size_t i = 0; i < r.nchain; i++) {
		memcpy(&word, r.chain + i * sizeof(word), sizeof(word));
		assert_int_equal(word, 42);
	}
	watch_spool_keep(&w.spool, &r); /* once more is fine */
	watch_spool_collect(&w.spool);
	for (uint64_t time = 1; time < 200; time++) {
		assert_true(watch_spool_next(&w.spool, &r));
		assert_int_equal(r.time, time);
		memcpy(&word, r.chain, sizeof(word));
		assert_int_equal(word, time == 1 ? 43 : 44);
	}
	assert_false(watch_spool_next(&w.spool, &r));
	close_world(&w);
}

/* A turn that was not read to its end goes on in the next one. */
static void test_left_in_the_middle(void **state)
{
	struct perf_record r;
	struct world w;

	open_world(&w);
	for (uint64_t time = 0; time < 10; time++)
		put_named(&w, time % RINGS, time);
	watch_spool_collect(&w.spool);
	for (uint64_t time = 0; time < 4; time++) {
		assert_true(watch_spool_next(&w.spool, &r));
		assert_int_equal(r.time, time);
	}
	assert_int_equal(read_all(&w, 4), 10);
	close_world(&w);
}

/* A header that leads nowhere: what comes later is read all the same. */
static void test_no_record(void **state)
{
	const struct perf_event_header nowhere = { .type = PERF_RECORD_COMM };
	struct world w;

	open_world(&w);
	put_named(&w, 0, 0);
	put(&w, 0, &nowhere, sizeof(nowhere));
	assert_int_equal(read_all(&w, 0), 1);
	put_named(&w, 0, 1);
	assert_int_equal(read_all(&w, 1), 2);
	close_world(&w);
}

static void test_interrupted(void **state)
{
	struct world w;

	open_world(&w);
	assert_true(watch_spool_wait(&w.spool, 1));
	watch_spool_interrupt(&w.spool);
	assert_false(watch_spool_wait(&w.spool, 10000));
	close_world(&w);
}

static void test_zeroed(void **state)
{
	struct watch_spool s = { 0 };

	watch_spool_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_time),
		cmocka_unit_test(test_around_the_end),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_read_in_place),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_left_in_the_middle),
		cmocka_unit_test(test_no_record),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
