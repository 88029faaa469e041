/* Shares of frames against a count of all mappers, on pools made by chance. */
#include "lib/random_samples.h"
#include "lib/ledger_scene.h"
#include "ledger/shares.h"

#define FILES 40 /* pages of a file at the end of the block */

/* Who maps a frame, as the kernel counts it. */
struct mapped {
	struct scene *s;
	uint32_t others[FRAMES]; /* than the processes of the scene */
	size_t asked;
	bool fails;
};

static uint32_t mappers_of_frame(const struct mapped *m, uint64_t frame)
{
	uint32_t n = m->others[frame];

	for (size_t k = 0; k < m->s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			n += !m->s->procs[k].gone && m->s->entries[k][i] & PM_PRESENT &&
			     entry_frame(m->s->entries[k][i]) == frame;
	return n;
}

static bool count(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret, uint64_t *ret_flags)
{
	struct mapped *m = ctx;

	m->asked += n;
	for (size_t i = 0; i < n; i++) {
		ret[i] = mappers_of_frame(m, frames[i]);
		if (ret_flags)
			ret_flags[i] = m->s->flags[frames[i]];
	}
	return !m->fails;
}

static bool flags(void *ctx, const uint64_t *frames, size_t n, uint64_t *ret)
{
	struct mapped *m = ctx;

	return scene_flags(m->s, frames, n, ret);
}

static void walk_blocks(struct mapped *m, uint64_t blocks)
{
	struct scene *s = m->s;
	const struct ledger_oracle oracle = {
		.ctx = m, .kernel = &s->kernel, .flags = flags, .mappers = count
	};
	struct ledger_view views[PROCS] = { 0 };

	for (size_t k = 0; k < s->n; k++)
		views[k] = (struct ledger_view){ .entries = s->procs[k].skip || s->procs[k].gone ?
								    NULL :
								    s->entries[k],
						 .kinds = s->kinds[k] };
	m->asked = 0;
	ledger_begin(s->ledger, s->procs, s->n, &oracle);
	for (uint64_t block = 1; block <= blocks; block++)
		ledger_block(s->ledger, block, views);
	ledger_end(s->ledger);
}

static void walk_counted(struct mapped *m)
{
	walk_blocks(m, 1);
}

/* Bit 56 of every page, as the kernel has it: of private pages and of those of files. */
static void tell_exclusive(struct mapped *m)
{
	struct scene *s = m->s;

	for (size_t k = 0; k < s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++) {
			uint64_t *e = &s->entries[k][i];

			if (*e & PM_PRESENT)
				*e = (*e & ~PM_EXCLUSIVE) |
				     (mappers_of_frame(m, entry_frame(*e)) == 1 ? PM_EXCLUSIVE : 0);
		}
}

/* What smaps would say of a process: fs/proc/task_mmu.c. */
static void assert_as_smaps(const struct mapped *m, size_t proc)
{
	const struct shares *is = ledger_shares(m->s->ledger, proc);
	struct shares be = { 0 };

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t e = m->s->entries[proc][i];
		uint32_t n = mappers_of_frame(m, entry_frame(e));
		bool file = e & PM_FILE, dirty = !file || m->s->flags[entry_frame(e)] & KPF_DIRTY;
		enum share_kind kind = !file                                        ? SHARE_ANON :
				       m->s->flags[entry_frame(e)] & KPF_SWAPBACKED ? SHARE_SHMEM :
										      SHARE_FILE;

		if (!(e & PM_PRESENT))
			continue;
		be.pages[share_class(kind, n > 1, dirty)]++;
		be.parts[share_class(kind, n > 1, dirty)] += (4096ULL << SHARE_SHIFT) / n;
	}
	for (size_t c = 0; c < SHARE_CLASSES; c++) {
		assert_int_equal(is->pages[c], be.pages[c]);
		assert_int_equal(is->parts[c], be.parts[c]);
	}
	assert_int_equal(is->unknown, 0);
}

static struct mapped mapped_of(void **state)
{
	return (struct mapped){ .s = scene_of(state) };
}

/* Frames from 1024 on, in front of the huge zero page's, and none of them looks like a part of a huge one. */
static uint64_t next_frame(uint64_t *used)
{
	*used += 2;
	assert_true(1024 + *used < 7168);
	return 1024 + *used;
}

/* What `proc` has of its base, and what it has made. `kept`: of a hundred pages. */
static void fork_by_chance(struct random_state *c, struct scene *s, size_t proc, int base, uint32_t kept,
			   uint64_t *used)
{
	s->procs[proc].base = base;
	memset(s->kinds[proc] + BLOCK_PAGES - FILES, KIND_SHARED, FILES);
	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		uint64_t inherited = base >= 0 ? s->entries[base][i] : 0;
		bool file = i >= BLOCK_PAGES - FILES;

		s->entries[proc][i] = inherited;
		if (base >= 0 && random_below(c, 100) < kept)
			continue;
		if (random_hits(c, 5)) {
			s->entries[proc][i] = 0;
			continue;
		}
		if (file && base >= 0)
			continue;
		s->entries[proc][i] = PM_PRESENT | (file ? PM_FILE : 0) | next_frame(used);
		if (file)
			s->flags[entry_frame(s->entries[proc][i])] = (random_hits(c, 2) ? KPF_DIRTY : 0) |
								     (random_hits(c, 3) ? KPF_SWAPBACKED : 0);
	}
}

static void a_family(struct mapped *m, struct random_state *c, uint32_t kept)
{
	struct scene *s = m->s;
	uint64_t used = 0;

	memset(s->entries, 0, sizeof(s->entries));
	for (size_t k = 0; k < s->n; k++)
		fork_by_chance(c, s, k, k ? (int)random_below(c, k) : -1, kept, &used);
}

static void test_shares__as_the_kernel_counts_them(void **state)
{
	struct mapped m = mapped_of(state);
	struct random_state c = { 11 };

	m.s->n = PROCS;
	for (int turn = 0; turn < 40; turn++) {
		a_family(&m, &c, turn < 20 ? 90 : 75);
		/* the master rewrites: its children share among them what it had */
		for (size_t i = 0; i < 100; i++)
			m.s->entries[0][i] = PM_PRESENT | (uint64_t)(FRAMES - 1 - i);
		tell_exclusive(&m);
		walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			assert_as_smaps(&m, k);
	}
}

static void test_shares__few_frames_are_asked_for(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
	walk_counted(&m);
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++)
		assert_as_smaps(&m, k);
	assert_true(m.asked > 0);
	assert_true(m.asked < BLOCK_PAGES / 8);
}

/* Few frames of one block, among many that the pool alone maps: wherever they are, they are found, and stay so. */
static void test_shares__others_map_few_frames(void **state)
{
	for (size_t at = 0; at < BLOCK_PAGES; at += 13) {
		struct mapped m = mapped_of(state);

		for (size_t k = 0; k < m.s->n; k++)
			for (size_t i = 0; i < BLOCK_PAGES; i++)
				m.s->entries[k][i] = shared_page(1024 + 2 * i);
		m.others[1024 + 2 * at] = 1;
		ledger_free(m.s->ledger);
		m.s->ledger = ledger_new(&(struct zero_frames){ 0 }, 4096);
		for (int walk = 0; walk < 16; walk++)
			walk_counted(&m);
		for (int walk = 0; walk < 4; walk++) {
			walk_counted(&m);
			for (size_t k = 0; k < m.s->n; k++)
				assert_as_smaps(&m, k);
		}
	}
}

/* A first walk believes blocks before it meets one in which the kernel counts otherwise: the next one does not. */
static void test_shares__a_first_walk_may_be_made_again(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
	walk_counted(&m);
	assert_false(ledger_missed_some(m.s->ledger));
	ledger_free(m.s->ledger);
	m.s->ledger = ledger_new(&(struct zero_frames){ 0 }, 4096);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		m.others[1024 + 2 * i] = 1;
	walk_counted(&m);
	assert_true(ledger_missed_some(m.s->ledger));
	m.asked = 0;
	walk_counted(&m);
	assert_int_equal(m.asked, BLOCK_PAGES);
	assert_false(ledger_missed_some(m.s->ledger));
	for (size_t k = 0; k < m.s->n; k++)
		assert_as_smaps(&m, k);
}

/* ... and when they come later, after some walks: each block has its turn. */
static void test_shares__others_that_come_are_found(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
	walk_counted(&m);
	for (size_t at = 0; at < BLOCK_PAGES; at += 101) {
		m.others[1024 + 2 * at] = 1;
		for (int walk = 0; walk < 16; walk++)
			walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			assert_as_smaps(&m, k);
	}
}

static void test_shares__others_than_the_pool_map_them(void **state)
{
	struct mapped m = mapped_of(state);
	struct random_state c = { 12 };

	for (int turn = 0; turn < 10; turn++) {
		a_family(&m, &c, 90);
		for (size_t f = 0; f < FRAMES; f++)
			m.others[f] = 1 + f % 3;
		tell_exclusive(&m);
		walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			assert_as_smaps(&m, k);
	}
}

/* Where others were found, all frames are asked for: in the next walk from the first block on. */
static void test_shares__others_are_remembered(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
	walk_blocks(&m, 5);
	walk_blocks(&m, 5);
	assert_true(m.asked < BLOCK_PAGES);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		m.others[1024 + 2 * i] = 1;
	walk_blocks(&m, 5);
	memset(m.others, 0, sizeof(m.others));
	walk_blocks(&m, 5);
	assert_true(m.asked >= 5 * BLOCK_PAGES);
	/* and they are gone */
	walk_blocks(&m, 5);
	assert_true(m.asked < BLOCK_PAGES);
}

static void test_shares__one_has_moved_its_memory(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES / 2; i++)
			m.s->entries[k][k == 1 ? i + BLOCK_PAGES / 2 : i] = shared_page(1024 + 2 * i);
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++)
		assert_as_smaps(&m, k);
}

/* A row of pages that one has moved away, wherever it is, and another one that has copied some. */
static void test_shares__one_has_moved_a_row(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t at = 0; at + 400 <= BLOCK_PAGES; at += 7) {
		memset(m.others, 0, sizeof(m.others));
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			for (size_t k = 0; k < m.s->n; k++)
				m.s->entries[k][i] = shared_page(1024 + 2 * i);
		for (size_t i = at; i < at + 140; i++) {
			m.s->entries[1][i] = 0;
			m.others[1024 + 2 * i] = 1;
		}
		for (size_t i = at + 140; i < at + 400; i++)
			m.s->entries[2][i] = own_page(4096 + 2 * i);
		walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			assert_as_smaps(&m, k);
	}
}

static void test_shares__of_a_base_that_is_gone(void **state)
{
	struct mapped m = mapped_of(state);
	struct random_state c = { 13 };
	uint64_t used = 0;

	m.s->n = 4;
	for (int turn = 0; turn < 10; turn++, used = 0) {
		memset(m.s->entries, 0, sizeof(m.s->entries));
		fork_by_chance(&c, m.s, 0, -1, 0, &used);
		fork_by_chance(&c, m.s, 1, 0, 60, &used);
		fork_by_chance(&c, m.s, 2, 1, 80, &used);
		fork_by_chance(&c, m.s, 3, 1, 80, &used);
		m.s->procs[1].gone = true;
		m.s->procs[1].pid = 0;
		tell_exclusive(&m);
		walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			if (k != 1)
				assert_as_smaps(&m, k);
	}
}

/* Bit 56 of all of a huge page is its first page's. */
static void test_shares__of_a_huge_page(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(2048 + i);
	/* two have written their first page: of theirs each page has its own bit */
	m.s->entries[1][0] = own_page(1030);
	m.s->entries[2][0] = own_page(1032);
	for (size_t i = 0; i < BLOCK_PAGES; i++)
		m.s->entries[0][i] = own_page(2048 + i);
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++)
		assert_as_smaps(&m, k);
}

static void test_shares__some_are_left_out(void **state)
{
	struct mapped m = mapped_of(state);
	const uint8_t many = share_class(SHARE_ANON, true, true), one = share_class(SHARE_ANON, false, true);
	const struct shares *s;

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < BLOCK_PAGES; i++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
	walk_counted(&m);
	m.s->procs[1].skip = true;
	for (size_t i = 0; i < 100; i++)
		m.s->entries[2][i] = own_page(3000 + 2 * i);
	walk_counted(&m);
	assert_int_equal(m.asked, 0);
	s = ledger_shares(m.s->ledger, 2);
	assert_int_equal(s->pages[one], 100);
	assert_int_equal(s->pages[many], BLOCK_PAGES - 100);
	assert_int_equal(s->parts[many], (BLOCK_PAGES - 100) * ((4096ULL << SHARE_SHIFT) / 3));
	assert_true(s->averaged >= BLOCK_PAGES - 100);
	/* who was left out is what it was */
	assert_int_equal(ledger_shares(m.s->ledger, 1)->pages[many], BLOCK_PAGES);
	assert_int_equal(ledger_shares(m.s->ledger, 1)->averaged, 0);
}

/* An average that the kernel gives for a large folio, instead of what the pool alone would have counted. */
static void test_shares__averages_are_doubted(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t i = 0; i < BLOCK_PAGES; i++) {
		for (size_t k = 0; k < m.s->n; k++)
			m.s->entries[k][i] = shared_page(1024 + 2 * i);
		m.s->flags[1024 + 2 * i] = KPF_THP;
		m.others[1024 + 2 * i] = 1;
	}
	walk_counted(&m);
	assert_int_equal(ledger_shares(m.s->ledger, 1)->averaged, 0);
	kernel_set(&m.s->kernel, KERNEL_MAP_COUNT_EACH, false);
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++) {
		assert_as_smaps(&m, k);
		assert_true(ledger_shares(m.s->ledger, k)->averaged >= BLOCK_PAGES);
		assert_true(ledger_shares(m.s->ledger, k)->untold >= BLOCK_PAGES);
	}
}

static void test_shares__what_cannot_be_counted_is_unknown(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t k = 0; k < m.s->n; k++)
		m.s->entries[k][5] = shared_page(1024);
	m.fails = true;
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++)
		assert_true(ledger_shares(m.s->ledger, k)->unknown > 0);
}

/* A device's frames are none of memory. */
static void test_shares__frames_that_nobody_counts_do_not_count(void **state)
{
	struct mapped m = mapped_of(state);

	m.s->n = 1;
	memset(m.s->kinds[0], KIND_SHARED, BLOCK_PAGES);
	for (size_t i = 0; i < 7; i++)
		m.s->entries[0][i] = shared_page(1024 + 2 * i);
	for (size_t i = 0; i < 7; i++)
		m.others[1024 + 2 * i] = UINT32_MAX; /* 0 with the process itself */
	walk_counted(&m);
	for (size_t c = 4; c < SHARE_CLASSES; c++)
		assert_int_equal(ledger_shares(m.s->ledger, 0)->pages[c], 0);
}

/* ... neither where all of the pool have them, between pages of memory. */
static void test_shares__frames_of_a_device_among_others(void **state)
{
	struct mapped m = mapped_of(state);

	for (size_t at = 0; at + 10 <= BLOCK_PAGES; at += 10) {
		memset(m.others, 0, sizeof(m.others));
		for (size_t k = 0; k < m.s->n; k++) {
			memset(m.s->kinds[k], KIND_ANON, BLOCK_PAGES);
			memset(m.s->kinds[k] + at, KIND_SHARED, 10);
			for (size_t i = 0; i < BLOCK_PAGES; i++)
				m.s->entries[k][i] = shared_page(1024 + 2 * i);
		}
		for (size_t i = at; i < at + 10; i++)
			m.others[1024 + 2 * i] = (uint32_t)-m.s->n;
		walk_counted(&m);
		for (size_t k = 0; k < m.s->n; k++)
			assert_int_equal(
				ledger_shares(m.s->ledger, k)->pages[share_class(SHARE_ANON, true, true)],
				BLOCK_PAGES - 10);
	}
}

/* Written where only the page table knows: the page of ramfs, and the driver's. */
static void test_shares__what_may_be_dirty_is_doubted(void **state)
{
	static const uint64_t kinds[] = { KPF_LRU, KPF_LRU | KPF_UNEVICTABLE, 0, KPF_DIRTY,
					  KPF_LRU | KPF_SWAPBACKED };
	static const uint64_t doubted[] = { 0, 1, 1, 0, 1 };
	struct mapped m = mapped_of(state);

	m.s->n = 1;
	for (size_t k = 0; k < 5; k++) {
		m.s->entries[0][7] = shared_page(1024) | PM_FILE;
		m.s->flags[1024] = kinds[k];
		m.s->kinds[0][7] = KIND_SHARED;
		walk_counted(&m);
		assert_int_equal(ledger_shares(m.s->ledger, 0)->maybe_dirty, doubted[k]);
		/* nobody writes to a page of the file through a private mapping */
		m.s->kinds[0][7] = KIND_FILE_PRIVATE;
		walk_counted(&m);
		assert_int_equal(ledger_shares(m.s->ledger, 0)->maybe_dirty,
				 kinds[k] & KPF_SWAPBACKED ? 1 : 0);
	}
}

static void test_shares__swap_is_divided_by_who_has_it(void **state)
{
	struct mapped m = mapped_of(state);
	const uint8_t many = share_class(SHARE_SWAP, true, false);

	for (size_t k = 0; k < m.s->n; k++)
		for (size_t i = 0; i < 9; i++)
			m.s->entries[k][i] = PM_SWAP | 1024 | (uint64_t)i << 8;
	walk_counted(&m);
	for (size_t k = 0; k < m.s->n; k++) {
		assert_int_equal(ledger_shares(m.s->ledger, k)->pages[many], 9);
		assert_int_equal(ledger_shares(m.s->ledger, k)->parts[many],
				 9 * ((4096ULL << SHARE_SHIFT) / 3));
		/* others than the pool may have them, too */
		assert_true(ledger_shares(m.s->ledger, k)->swap_assumed >= 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rule(test_shares__as_the_kernel_counts_them),
		rule(test_shares__few_frames_are_asked_for),
		rule(test_shares__others_map_few_frames),
		rule(test_shares__a_first_walk_may_be_made_again),
		rule(test_shares__others_that_come_are_found),
		rule(test_shares__others_than_the_pool_map_them),
		rule(test_shares__one_has_moved_its_memory),
		rule(test_shares__one_has_moved_a_row),
		rule(test_shares__others_are_remembered),
		rule(test_shares__of_a_base_that_is_gone),
		rule(test_shares__of_a_huge_page),
		rule(test_shares__some_are_left_out),
		rule(test_shares__averages_are_doubted),
		rule(test_shares__what_cannot_be_counted_is_unknown),
		rule(test_shares__frames_that_nobody_counts_do_not_count),
		rule(test_shares__frames_of_a_device_among_others),
		rule(test_shares__what_may_be_dirty_is_doubted),
		rule(test_shares__swap_is_divided_by_who_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
