#include "model/stack_notes.h"

#include <inttypes.h>
#include <string.h>

/* A share that so many samples tell is right within a tenth of all (twice 1 / (2 * sqrt(100))). */
#define SAMPLES_ENOUGH 100

/* Versions of CPython: perf maps (Doc/howto/perf_profiling.rst), and whose frames cowtop reads (parse/python_frames.h). */
enum { PERF_MAPS_SINCE = 12, FRAMES_SINCE = 11, FRAMES_UNTIL = 14 };

/* A number of at most three digits; NULL: there is none. */
static const char *take_number(const char *at, unsigned *ret)
{
	const char *begin = at;

	for (*ret = 0; *at >= '0' && *at <= '9' && at - begin < 3; at++)
		*ret = *ret * 10 + (unsigned)(*at - '0');
	return at > begin ? at : NULL;
}

struct stack_python stack_python_of(const char *object)
{
	struct stack_python p = { 0 };

	if (!strncmp(object, "lib", 3))
		object += 3;
	if (strncmp(object, "python", 6) != 0)
		return p;
	object = take_number(object + 6, &p.major);
	if (!object || *object != '.')
		return (struct stack_python){ 0 };
	object = take_number(object + 1, &p.minor);
	if (!object)
		return (struct stack_python){ 0 };
	p.free_threaded = *object == 't';
	return p;
}

/* Since 3.14, built by clang, each instruction is a function of its own (Python/ceval.c, _TAIL_CALL_). */
bool stack_is_python_loop(const struct stack_function *f)
{
	return f->kind == FRAME_NATIVE && f->name &&
	       (!strcmp(f->name, "_PyEval_EvalFrameDefault") || !strcmp(f->name, "PyEval_EvalFrameEx") ||
		!strncmp(f->name, "_TAIL_CALL_", 11));
}

/* Of all, or of the faults where those are sampled. */
static fact sampled_of(const struct stack_report *r)
{
	return stack_method_sees(r->facts->method, PAGE_EVENT_REUSED) ? r->pool.faults : r->pool.copied;
}

/* One in how many would have been enough; 1: each is needed. */
static uint32_t period_for(fact n)
{
	uint32_t period = 1;

	while (n / (period * 2) >= SAMPLES_ENOUGH)
		period *= 2;
	return period;
}

static void note_few(struct buf *out, const struct stack_report *r)
{
	const struct stacks *s = r->facts;
	const char *what = stack_method_sees(s->method, PAGE_EVENT_REUSED) ? "fault" : "copy";
	const char *whats = *what == 'f' ? "faults" : "copies";
	fact n = sampled_of(r);
	uint32_t period;

	if (s->period <= 1 || n == ABSENT || n <= 0 || r->pool.sum.samples >= SAMPLES_ENOUGH)
		return;
	period = period_for(n);
	if (period >= s->period)
		return;
	buf_printf(out, "%" PRId64 " %s in that time %s few for one stack in %" PRIu32 ": --every %" PRIu32,
		   n, n == 1 ? what : whats, n == 1 ? "is" : "are", s->period, period);
	if (period == 1)
		buf_adds(out, " takes the stack of each");
	else
		buf_printf(out, " takes some %" PRId64, n / period);
}

/* Pages of stacks in CPython, those of them with a Python function, and which CPython. */
struct seen {
	uint64_t all, named;
	struct stack_python python;
};

static void look_at(const struct stack_report *r, const struct stack_row *row, struct seen *seen)
{
	const struct stack_trace *t = &r->facts->traces[row->trace];
	uint64_t pages = row->sum.pages[PAGE_EVENT_COPIED];
	bool loop = false, named = false;

	for (uint32_t i = 0; i < t->nframes; i++) {
		const struct stack_function *f = &r->facts->functions[t->frames[i]];
		struct stack_python p = f->kind == FRAME_NATIVE ? stack_python_of(f->object) :
								  (struct stack_python){ 0 };

		loop |= stack_is_python_loop(f);
		named |= f->kind == FRAME_PYTHON;
		if (p.major && !seen->python.major)
			seen->python = p;
	}
	seen->all += loop || named ? pages : 0;
	seen->named += named ? pages : 0;
}

static struct seen look(const struct stack_report *r)
{
	struct seen seen = { 0 };

	for (size_t i = 0; i < r->nrows; i++)
		look_at(r, &r->rows[i], &seen);
	return seen;
}

static void note_unnamed(struct buf *out, const struct stack_report *r)
{
	struct seen seen = look(r);
	struct stack_python p = seen.python;

	if (!seen.all || seen.named * 2 >= seen.all)
		return;
	if (!p.major) {
		buf_adds(out, "most stacks have no Python function: start Python with -X perf, which it has "
			      "from 3.12 on");
		return;
	}
	buf_printf(out, "most stacks have no Python function: of Python %u.%u%s ", p.major, p.minor,
		   p.free_threaded ? "t" : "");
	if (p.major == 3 && p.minor >= FRAMES_SINCE && p.minor <= FRAMES_UNTIL && !p.free_threaded)
		buf_adds(out, "they are read from outside only while it collects or ends");
	else
		buf_adds(out, "they are not read from outside");
	if (p.major == 3 && p.minor >= PERF_MAPS_SINCE)
		buf_adds(out, "; started with -X perf, or with PYTHONPERFSUPPORT=1, all stacks have them");
	else
		buf_adds(out, ", and -X perf, with which all stacks have them, comes with 3.12");
}

static void note_free(struct buf *out, const struct stack_report *r)
{
	struct stack_python p = look(r).python;

	if (p.free_threaded)
		buf_printf(
			out,
			"Python %u.%ut is free-threaded: its reference counts are not told from other data",
			p.major, p.minor);
}

void stack_note(struct buf *out, const struct stack_report *r, enum stack_note note)
{
	void (*const notes[STACK_NOTES])(struct buf *, const struct stack_report *) = {
		[STACK_NOTE_FEW] = note_few,
		[STACK_NOTE_UNNAMED] = note_unnamed,
		[STACK_NOTE_FREE] = note_free,
	};

	notes[note](out, r);
}
