#include "cmd/try_rounds.h"

#include "analysis/trial.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/load_story.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "sys/priv.h"

/* How far the rounds have come. */
struct pace {
	int64_t began_ns, done, runs; /* CLOCK_MONOTONIC; runs that are over; of each */
	bool port_in_use;
};

/* Those that are still to come. */
static int64_t runs_left(const struct contenders *c, int64_t runs)
{
	int64_t left = 0;

	for (size_t i = 0; i < c->n; i++)
		left += c->items[i].error ? 0 : runs - c->items[i].through;
	return left;
}

/* "gc.freeze, run 2 of 3, 3m07s left: " */
static void head_of(struct buf *out, const struct contenders *c, const struct contender *one, int64_t number,
		    const struct pace *p)
{
	double each = p->done ? (double)(clock_now() - p->began_ns) / SECOND / (double)p->done : 0;
	int64_t left = runs_left(c, p->runs);
	char age[16];

	buf_printf(out, "%s, run %lld of %lld, ", one->file, (long long)number, (long long)p->runs);
	if (p->done)
		buf_printf(out, "about %s left: ", units_format_age(age, each * (double)left));
	else
		buf_printf(out, "%lld run%s left: ", (long long)left, left == 1 ? "" : "s");
}

static int failed(const struct pace *p, struct contender *c, int64_t number, const struct err *why,
		  struct err *err)
{
	if (ticks_stopped())
		return err_set(err, STATUS_FAILED, "interrupted in run %lld of %lld of %.100s",
			       (long long)number, (long long)p->runs, c->name);
	if (!c->variant || p->port_in_use)
		return err_set(err, why->status, "%.100s, run %lld of %lld: %.600s", c->name,
			       (long long)number, (long long)p->runs, why->msg);
	say("%s, run %lld of %lld: %s", c->name, (long long)number, (long long)p->runs, why->msg);
	c->error = xstrdup(why->msg);
	return 0;
}

static int run_one(const struct try_rounds *how, struct contenders *c, struct contender *one, int64_t number,
		   struct pace *p, struct err *err)
{
	cleanup(buf_release) struct buf head = { 0 };
	struct try_run run = {
		.common = how->common,
		.files = how->files,
		.asked = how->asked,
		.requests = how->requests,
		.stacks = how->stacks,
		.number = number,
		.port_in_use = &p->port_in_use,
	};
	struct err why = { 0 };
	int r;

	head_of(&head, c, one, number, p);
	run.head = head.data;
	r = try_run(&run, one, &why);
	p->done++;
	if (r == 0 && ticks_stopped())
		r = -1;
	return r < 0 ? failed(p, one, number, &why, err) : 0;
}

int try_rounds(const struct try_rounds *how, struct contenders *c, struct err *err)
{
	struct pace pace = { .began_ns = clock_now(), .runs = how->runs };

	for (int64_t number = 1; number <= how->runs; number++)
		for (size_t i = 0; i < c->n; i++) {
			if (c->items[i].error)
				continue;
			if (contenders_failed(c))
				return 0;
			if (run_one(how, c, &c->items[i], number, &pace, err) < 0)
				return -1;
		}
	return 0;
}

/* ---- the trial */

static int tell(const struct try_rounds *how, struct contender *c, struct err *err)
{
	const struct story_request request = { .span.zone = common_zone(how->common->utc) };
	cleanup(buf_release) struct buf path = { 0 };
	cleanup(recording_input_release) struct recording_input in = RECORDING_INPUT_NONE;
	cleanup(priv_return) struct priv_lent plain = priv_lend(PRIV_PLAIN);

	c->stories = xcalloc((size_t)c->through + 1, sizeof(*c->stories));
	c->borrowed = xcalloc((size_t)c->through + 1, sizeof(const struct story *));
	for (int64_t number = 1; number <= c->through; number++) {
		try_files_path(how->files, c->file, number, &path);
		if (ticks_stopped())
			return err_set(err, STATUS_FAILED, "interrupted before the runs were compared");
		if (recording_input_open(&in, path.data, err) < 0 ||
		    load_story(&in, &request, &c->stories[c->told], err) < 0)
			return -1;
		c->borrowed[c->told] = &c->stories[c->told];
		c->told++;
	}
	return 0;
}

static struct trial_variant variant_of(const struct contender *c)
{
	return (struct trial_variant){
		.name = xstrdup(c->name),
		.evidence = xstrdup(c->evidence.len ? c->evidence.data : ""),
		.error = c->error ? xstrdup(c->error) : NULL,
		.applied = c->through ? c->applied : TRIAL_UNKNOWN,
		.runs = c->told,
		.stories = c->borrowed,
	};
}

int try_judge(const struct try_rounds *how, struct contenders *c, struct trial *ret, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (tell(how, &c->items[i], err) < 0)
			return -1;
	*ret = (struct trial){
		.command = xstrdup(how->asked),
		.load = how->common->load ? xstrdup(how->common->load) : NULL,
		.runs = (size_t)how->runs,
		.variants = xcalloc(c->n, sizeof(*ret->variants)),
		.n = c->n,
	};
	for (i = 0; i < c->n; i++)
		ret->variants[i] = variant_of(&c->items[i]);
	trial_judge(ret);
	return 0;
}
