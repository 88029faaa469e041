#include "codec/sample_rows.h"

#include <stdlib.h>
#include "base/alloc.h"

/* Tags are for good: a member that goes leaves its tag unused, a new one takes the next. */
#define S(tag, member, kind) COLUMN(tag, struct sample, member, kind, 0)
#define P(tag, member, kind) COLUMN(tag, struct proc_sample, member, kind, 0)
#define P_CODE(tag, member, most) COLUMN(tag, struct proc_sample, member, COLUMN_CODE, most)
#define I_FLAG(tag, member) COLUMN(tag, struct gc_state, member, COLUMN_FACT, 1)
#define I(tag, member) COLUMN(tag, struct gc_state, member, COLUMN_FOREIGN, 0)
#define W(tag, member, kind, most) COLUMN(tag, struct why_worker_facts, member, kind, most)

static const struct column sample_columns[] = {
	S(7, own_ns, COLUMN_FACT),
	S(8, time_ns, COLUMN_TIME),
	S(9, mono_ns, COLUMN_TIME),
	S(10, cost_ns, COLUMN_TIME),
	S(11, walked, COLUMN_FACT),
	S(12, skipped, COLUMN_FACT),
	S(13, master_pid, COLUMN_ID),
	S(14, footprint_pages, COLUMN_FACT),
	S(15, host.page_size, COLUMN_ID),
	S(16, host.memory_bytes, COLUMN_FACT),
	S(17, host.available_bytes, COLUMN_FACT),
	S(18, host.cached_bytes, COLUMN_FACT),
	S(19, host.swap_used_bytes, COLUMN_FACT),
	S(20, host.pressure_some, COLUMN_FACT),
	S(21, host.pressure_full, COLUMN_FACT),
	S(22, host.cgroup_limit_bytes, COLUMN_FACT),
	S(23, host.cgroup_used_bytes, COLUMN_FACT),
	COLUMN(24, struct sample, host.properties.known, COLUMN_ID, 1),
	COLUMN(25, struct sample, host.properties.yes, COLUMN_ID, 1),
	S(26, leader_pid, COLUMN_ID),
	COLUMN(27, struct sample, kinship, COLUMN_CODE, KINSHIP_GUESS),
	S(31, budget_ppm, COLUMN_FACT),
	S(137, load_ns, COLUMN_FACT),
	S(138, load_requests, COLUMN_FACT),
};

static const struct column process_columns[] = {
	P(32, ppid, COLUMN_ID),
	P(33, start_ns, COLUMN_TIME),
	P_CODE(34, state, 0x7f),
	P(35, threads, COLUMN_FACT),
	COLUMN(36, struct proc_sample, uid, COLUMN_ID, 1),
	P(37, image.start_code, COLUMN_WORD),
	P(38, image.end_code, COLUMN_WORD),
	P(39, image.start_stack, COLUMN_WORD),
	P(40, image.start_brk, COLUMN_WORD),
	P(41, image.arg_start, COLUMN_WORD),
	P(42, image.exe_dev, COLUMN_WORD),
	P(43, image.exe_ino, COLUMN_WORD),
	P_CODE(44, forked, 1),
	P(45, base_pid, COLUMN_ID),
	P(46, same_mm_pid, COLUMN_ID),
	P(47, minflt, COLUMN_FACT),
	P(48, majflt, COLUMN_FACT),
	P(49, cminflt, COLUMN_FACT),
	P(50, cmajflt, COLUMN_FACT),
	P_CODE(51, level, LEVEL_EXACT),
	P_CODE(52, exactness, EXACTNESS_UPPER_BOUND),
	P(53, memory.rss, COLUMN_FACT),
	P(54, memory.pss, COLUMN_FACT),
	P(55, memory.pss_anon, COLUMN_FACT),
	P(56, memory.pss_file, COLUMN_FACT),
	P(57, memory.pss_shmem, COLUMN_FACT),
	P(58, memory.shared_clean, COLUMN_FACT),
	P(59, memory.shared_dirty, COLUMN_FACT),
	P(60, memory.private_clean, COLUMN_FACT),
	P(61, memory.private_dirty, COLUMN_FACT),
	P(62, memory.anonymous, COLUMN_FACT),
	P(63, memory.swap, COLUMN_FACT),
	P(64, memory.swap_pss, COLUMN_FACT),
	P(65, memory.anon_huge, COLUMN_FACT),
	P(66, memory.hugetlb, COLUMN_FACT),
	P(67, pages.shared, COLUMN_FACT),
	P(68, pages.orphaned, COLUMN_FACT),
	P(69, pages.cow_broken, COLUMN_FACT),
	P(70, pages.cow_file, COLUMN_FACT),
	P(71, pages.new, COLUMN_FACT),
	P(72, pages.file, COLUMN_FACT),
	P(73, pages.swapped, COLUMN_FACT),
	P(74, growth.cow, COLUMN_FACT),
	P(75, growth.new, COLUMN_FACT),
	P(76, growth.file, COLUMN_FACT),
	P_CODE(77, gc.runtime, RUNTIME_JAVA),
	P_CODE(78, image.marks, IMAGE_MARKED | IMAGE_FORKED | IMAGE_RANDOM),
	P(82, doubt.new, COLUMN_FACT),
	P(83, doubt.file, COLUMN_FACT),
	P(84, doubt.guessed, COLUMN_FACT),
	P(85, collapsed, COLUMN_FACT),
	P(86, growth.collapsed, COLUMN_FACT),
	P(87, growth.filled, COLUMN_FACT),
	P(88, growth.sighted, COLUMN_FACT),
	P(120, memory.walked, COLUMN_FACT),
	P(121, memory.age_ns, COLUMN_FACT),
	P(122, memory.counted, COLUMN_FACT),
	P(123, memory.doubt_shares, COLUMN_FACT),
	P(124, memory.doubt_dirty, COLUMN_FACT),
	P(125, memory.doubt_swap, COLUMN_FACT),
	P(126, memory.doubt_huge, COLUMN_FACT),
	P(127, memory.doubt_private, COLUMN_FACT),
	P(128, pages_age_ns, COLUMN_FACT),
	P(132, memory.doubt_swapped, COLUMN_FACT),
	P(136, inner_blanks, COLUMN_WORD),
};

static const struct column interpreter_columns[] = {
	I(90, lazy_imports),        I(96, id),
	I_FLAG(97, enabled),        I(98, thresholds[0]),
	I(99, thresholds[1]),       I(100, thresholds[2]),
	I(101, counts[0]),          I(102, counts[1]),
	I(103, counts[2]),          I(104, collections[0]),
	I(105, collections[1]),     I(106, collections[2]),
	I(107, collected[0]),       I(108, collected[1]),
	I(109, collected[2]),       I(110, uncollectable[0]),
	I(111, uncollectable[1]),   I(112, uncollectable[2]),
	I_FLAG(113, any_frozen),    I(114, frozen),
	I_FLAG(115, collecting),    I(160, full[0].start_ns),
	I(161, full[1].start_ns),   I(162, full[2].start_ns),
	I(163, full[0].stop_ns),    I(164, full[1].stop_ns),
	I(165, full[2].stop_ns),    I(166, full[0].candidates),
	I(167, full[1].candidates), I(168, full[2].candidates),
	I_FLAG(169, generational),
};

/* clang-format off */
static const struct column why_columns[] = {
	W(141, looks, COLUMN_FACT, 0),
	W(142, looked, COLUMN_CODE, 1),
	W(143, switches, COLUMN_FACT, 0),
	W(144, full, COLUMN_FOREIGN, 0),
	W(145, collecting, COLUMN_FACT, 1),
};
/* clang-format on */

_Static_assert(GC_GENERATIONS == 3, "each generation has its tags");
_Static_assert(GC_FULL == 3, "each full collection that is kept has its tags");

#define COLUMNS(table) ((struct columns){ table, sizeof(table) / sizeof(*(table)) })

struct columns columns_of_sample(void)
{
	return COLUMNS(sample_columns);
}

struct columns columns_of_process(void)
{
	return COLUMNS(process_columns);
}

struct columns columns_of_interpreter(void)
{
	return COLUMNS(interpreter_columns);
}

struct columns columns_of_why(void)
{
	return COLUMNS(why_columns);
}

static void index_columns(struct sample_rows *r, struct columns c, int of)
{
	for (size_t i = 0; i < c.n; i++) {
		r->by_tag[c.items[i].tag].column = &c.items[i];
		r->by_tag[c.items[i].tag].of = of;
	}
}

void sample_rows_init(struct sample_rows *r)
{
	*r = (struct sample_rows){ .known = false };
	index_columns(r, columns_of_sample(), OF_SAMPLE);
	index_columns(r, columns_of_process(), OF_PROCESS);
	index_columns(r, columns_of_interpreter(), OF_INTERPRETER);
	index_columns(r, columns_of_why(), OF_WHY);
}

void sample_rows_find(struct sample_rows *r, struct sample *s)
{
	if (r->known)
		return;
	r->known = true;
	r->nprocesses = r->ninterpreters = r->nwhy = 0;
	for (size_t i = 0; i < s->nprocs; i++) {
		struct gc_facts *g = &s->procs[i].gc;

		vec_room(&r->processes, r->nprocesses, &r->processes_cap);
		r->processes[r->nprocesses++] = &s->procs[i];
		for (size_t k = 0; k < g->ninterpreters; k++) {
			vec_room(&r->interpreters, r->ninterpreters, &r->interpreters_cap);
			r->interpreters[r->ninterpreters++] = &g->interpreters[k];
		}
		if (!s->procs[i].why)
			continue;
		vec_room(&r->why, r->nwhy, &r->why_cap);
		r->why[r->nwhy++] = s->procs[i].why;
	}
}

void sample_rows_release(struct sample_rows *r)
{
	if (!r)
		return;
	free(r->processes);
	free(r->interpreters);
	free(r->why);
}
