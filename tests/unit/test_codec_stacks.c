#include "lib/between.h"
#include "lib/stacks_scene.h"
#include "codec/stacks.h"

static void put(const struct stacks *s, struct buf *out)
{
	assert_true(stacks_put(s, out));
}

static void assert_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

/* Every member. */
static void assert_same(const struct stacks *a, const struct stacks *b)
{
	size_t i;

	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->span_ns, b->span_ns);
	assert_int_equal(a->method, b->method);
	assert_int_equal(a->master_covered, b->master_covered);
	assert_int_equal(a->period, b->period);
	assert_int_equal(a->stack_bytes, b->stack_bytes);
	assert_int_equal(a->page_size, b->page_size);
	assert_int_equal(a->cost_ns, b->cost_ns);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->unwinds, b->unwinds);
	assert_int_equal(a->memo_hits, b->memo_hits);
	assert_int_equal(a->nfunctions, b->nfunctions);
	assert_int_equal(a->ntraces, b->ntraces);
	assert_int_equal(a->ncounts, b->ncounts);
	assert_int_equal(a->nprocesses, b->nprocesses);
	assert_int_equal(a->ngaps, b->ngaps);
	for (i = 0; i < a->nfunctions; i++) {
		const struct stack_function *f = &a->functions[i], *g = &b->functions[i];

		assert_int_equal(f->kind, g->kind);
		assert_text(f->object, g->object);
		assert_text(f->name, g->name);
		assert_text(f->file, g->file);
		assert_int_equal(f->line, g->line);
		assert_int_equal(f->offset, g->offset);
	}
	for (i = 0; i < a->ntraces; i++) {
		const struct stack_trace *t = &a->traces[i], *u = &b->traces[i];

		assert_int_equal(t->nframes, u->nframes);
		assert_memory_equal(t->frames, u->frames, t->nframes * sizeof(*t->frames));
		assert_int_equal(t->kernel, u->kernel);
		assert_int_equal(t->truncated, u->truncated);
		assert_int_equal(t->leaf, u->leaf);
	}
	for (i = 0; i < a->ncounts; i++) {
		assert_int_equal(a->counts[i].trace, b->counts[i].trace);
		assert_int_equal(a->counts[i].process, b->counts[i].process);
		assert_memory_equal(a->counts[i].samples, b->counts[i].samples, sizeof(a->counts[i].samples));
	}
	for (i = 0; i < a->nprocesses; i++) {
		const struct stack_process *p = &a->processes[i], *q = &b->processes[i];

		assert_int_equal(p->pid, q->pid);
		assert_int_equal(p->start_ticks, q->start_ticks);
		assert_int_equal(p->parent, q->parent);
		assert_text(p->comm, q->comm);
		assert_int_equal(p->master, q->master);
		assert_int_equal(p->apportioned, q->apportioned);
		assert_int_equal(p->copies, q->copies);
		assert_int_equal(p->faults, q->faults);
		assert_int_equal(p->lost, q->lost);
	}
	for (i = 0; i < a->ngaps; i++) {
		assert_string_equal(a->gaps[i].what, b->gaps[i].what);
		assert_int_equal(a->gaps[i].error, b->gaps[i].error);
		assert_string_equal(a->gaps[i].needs, b->gaps[i].needs);
	}
}

static void test_round_trip(void **state)
{
	void (*const scenes[])(struct stacks *) = { scene_server, scene_hostile };

	for (size_t i = 0; i < 2; i++) {
		cleanup(stacks_release) struct stacks s = { 0 }, back = { 0 };
		cleanup(buf_release) struct buf b = { 0 };

		scenes[i](&s);
		s.traces[0].leaf = LEAF_GC_HEAD;
		s.traces[1].leaf = i ? LEAF_PERL_COUNT : LEAF_REFCOUNT;
		s.processes[0].copies = s.processes[0].faults = ABSENT;
		s.processes[s.nprocesses - 1].apportioned = true;
		s.method = STACKS_SOFTWARE;
		stacks_gap(&s, "page addresses", 1, "CAP_SYS_ADMIN");
		put(&s, &b);
		assert_true(stacks_take(b.data, b.len, &back));
		assert_same(&s, &back);
	}
}

/* Cut anywhere, with any byte flipped: refused or taken, never a crash (this runs under sanitizers). */
static void test_damage(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(buf_release) struct buf b = { 0 };
	size_t i, refused = 0;

	scene_server(&s);
	put(&s, &b);
	for (i = 0; i < b.len; i++) {
		cleanup(stacks_release) struct stacks cut = { 0 }, flipped = { 0 };
		char was = b.data[i];

		if (!stacks_take(b.data, i, &cut))
			refused++;
		b.data[i] = (char)(was ^ 0x55);
		(void)stacks_take(b.data, b.len, &flipped);
		b.data[i] = was;
	}
	/* It may end behind a section; the head alone is facts without stacks. */
	assert_between(refused, b.len - 6, b.len - 1);
}

static void test_limits(void **state)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	scene_server(&s);
	s.counts[0].trace = (uint32_t)s.ntraces;
	assert_false(stacks_put(&s, &b));
	s.counts[0].trace = 0;
	s.traces[0].frames[0] = (uint32_t)s.nfunctions;
	assert_false(stacks_put(&s, &b));
	s.traces[0].frames[0] = 0;
	s.counts[0].samples[PAGE_EVENT_COPIED] = STACKS_SAMPLES_MAX + 1;
	assert_false(stacks_put(&s, &b));
	s.counts[0].samples[PAGE_EVENT_COPIED] = 1;
	s.page_size = 4095;
	assert_false(stacks_put(&s, &b));
	s.page_size = 4096;
	assert_int_equal(b.len, 0);
	put(&s, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
