#include "cmd/fail_if_why.h"

#include <stdio.h>
#include <string.h>

static bool begins(const char *key, const char *with)
{
	return !strncmp(key, with, strlen(with));
}

/* Gaps by which figures are missing, and the keys of those: as they begin, up to a NULL; none: of all. Other gaps (page
 * flags, the host's memory, a command line) leave every figure there is. */
static const struct {
	const char *what;
	const char *keys[4];
} causes[] = {
	{ "frame numbers", { "footprint_bytes", "saved_bytes" } },
	{ "gc", { "gc.", "findings.", "events.gc" } },
	{ "stat", { NULL } },
	{ "statm", { NULL } },
	{ "maps", { NULL } },
	{ "pagemap", { NULL } },
	{ "smaps_rollup", { NULL } },
	{ "pages", { NULL } },
	{ "own pages", { NULL } },
};

static bool is_cause(const struct gap *gap, const char *key)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		const char *const *begin = causes[i].keys;

		if (strcmp(causes[i].what, gap->what) != 0)
			continue;
		if (!*begin)
			return true;
		for (; *begin; begin++) {
			if (begins(key, *begin))
				return true;
		}
	}
	return false;
}

/* The gap that explains a missing figure: one of `pid`, or for the pool the first there is. */
static const struct gap *find_gap(const struct snapshot *s, pid_t pid, const char *key)
{
	for (size_t i = 0; i < s->nprocs; i++) {
		const struct proc_sample *p = s->procs[i].facts;

		for (size_t j = 0; j < p->ngaps && (!pid || p->pid == pid); j++) {
			if (is_cause(&p->gaps[j], key))
				return &p->gaps[j];
		}
	}
	return NULL;
}

static const struct proc_snapshot *find_process(const struct snapshot *s, pid_t pid)
{
	for (size_t i = 0; i < s->nprocs; i++) {
		if (s->procs[i].facts->pid == pid)
			return &s->procs[i];
	}
	return NULL;
}

/* Are the copies known that a correlation is taken over? */
static bool has_copies(const struct snapshot *s, pid_t pid)
{
	const struct proc_snapshot *p = find_process(s, pid);

	return known(p ? p->figures.faults.cow_per_s : s->pool.faults.cow_per_s);
}

/* What is missing because too little was looked at, and with -n, -i and -d what to add. */
struct too_short {
	const char *what, *add;
};

/* NULL: it is not that. */
static const struct too_short *too_short(const char *key, const struct rule_result *res,
					 const struct snapshot *s)
{
	static const struct too_short growth = {
		"that takes eight samples of a worker, over two seconds, at least", "-d 10"
	};
	static const struct too_short change = { "that is seen from one sample to the next", "-n 2" };
	static const struct too_short correlation = {
		"a correlation needs four samples, and faults that vary", "-n 4"
	};
	static const struct too_short rate = { "a rate needs two samples", "-n 2" };

	if (begins(key, "findings.growth") && known(s->pool.pages.new))
		return &growth;
	if ((begins(key, "events.") || begins(key, "findings.freeze_loop")) && !known(s->elapsed_s))
		return &change;
	if (begins(key, "faults.correlation") && (!known(s->elapsed_s) || has_copies(s, res->pid)))
		return &correlation;
	if ((begins(key, "faults.") || begins(key, "copied_per_s")) && !known(s->elapsed_s))
		return &rate;
	return NULL;
}

static void say_too_short(enum fail_if_samples samples, const struct too_short *brief, char *out, size_t size)
{
	switch (samples) {
	case FAIL_IF_ASKED:
		snprintf(out, size, "%s: add %s", brief->what, brief->add);
		break;
	case FAIL_IF_AROUND_LOAD:
		snprintf(
			out, size,
			"%s, and --load takes two: cowtop record -o FILE --load ... --fail-if ... samples all "
			"the while",
			brief->what);
		break;
	case FAIL_IF_IN_LOAD:
		snprintf(out, size, "%s: add -i 0.2, or let the load last", brief->what);
		break;
	case FAIL_IF_RECORDED:
		snprintf(out, size, "%s: the recording has too few up to here", brief->what);
		break;
	}
}

/* The runtime of a process that has no collector to be read; NULL: it is not that. */
static const char *other_runtime(const char *key, const struct rule_result *res, const struct snapshot *s)
{
	const struct proc_snapshot *p = find_process(s, res->pid);

	if (!begins(key, "gc.") || !p || p->facts->gc.runtime == RUNTIME_CPYTHON)
		return NULL;
	return p->facts->gc.runtime == RUNTIME_NONE ? "what it runs" : runtime_name(p->facts->gc.runtime);
}

void fail_if_why(enum fail_if_samples samples, struct fail_if_rule *rule, const struct snapshot *s)
{
	const struct rule *r = &rule->rule;
	const struct rule_result *res = &rule->result;
	char *out = rule->why;
	size_t size = sizeof(rule->why);
	const char *key = rule_key(r->scope, r->field);
	const struct too_short *brief = too_short(key, res, s);
	const struct gap *gap = find_gap(s, res->pid, key);
	const char *runtime = other_runtime(key, res, s), *null = strstr(r->field->help, "; null ");

	if (why_has(r->field) && !s->why)
		snprintf(out, size, "nobody asked why pages were copied: add --why, or record with it");
	else if (why_has(r->field) && s->why->basis == WHY_NONE)
		snprintf(out, size, "%s", s->why->reason);
	else if (!s->forked && (r->scope == RULE_WORKER || tally_has(r->field)))
		snprintf(out, size, "there is no worker");
	else if (r->scope == RULE_MASTER && !s->facts->master_pid)
		snprintf(out, size, "the master is gone");
	else if (brief)
		say_too_short(samples, brief, out, size);
	else if (gap)
		snprintf(out, size, "no %s%s%s%s%s", gap->what, gap->error ? ": " : "",
			 gap->error ? strerror(gap->error) : "",
			 gap_is_reason(gap) ? ": " :
			 gap->needs[0]      ? "; it needs " :
					      "",
			 gap->needs);
	else if (runtime)
		snprintf(out, size, "%s has no such collector", runtime);
	else
		snprintf(out, size, "the last sample has no value for it%s%s%s", null ? " (" : "",
			 null ? null + 2 : "", null ? ")" : "");
}
