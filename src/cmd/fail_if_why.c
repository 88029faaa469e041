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

/* What is missing because too little was looked at; NULL: it is not that. */
static const char *too_short(const char *key, const struct rule_result *res, const struct snapshot *s)
{
	if (begins(key, "findings.growth") && known(s->pool.pages.new))
		return "that takes eight samples of a worker, over two seconds, at least: add -d 10";
	if ((begins(key, "events.") || begins(key, "findings.freeze_loop")) && !known(s->elapsed_s))
		return "that is seen from one sample to the next: add -n 2";
	if (begins(key, "faults.correlation") && (!known(s->elapsed_s) || has_copies(s, res->pid)))
		return "a correlation needs four samples, and faults that vary: add -n 4";
	if ((begins(key, "faults.") || begins(key, "copied_per_s")) && !known(s->elapsed_s))
		return "a rate needs two samples: add -n 2";
	return NULL;
}

/* The runtime of a process that has no collector to be read; NULL: it is not that. */
static const char *other_runtime(const char *key, const struct rule_result *res, const struct snapshot *s)
{
	const struct proc_snapshot *p = find_process(s, res->pid);

	if (!begins(key, "gc.") || !p || p->facts->gc.runtime == RUNTIME_CPYTHON)
		return NULL;
	return p->facts->gc.runtime == RUNTIME_NONE ? "what it runs" : runtime_name(p->facts->gc.runtime);
}

void fail_if_why(const struct rule *r, const struct rule_result *res, const struct snapshot *s, char *out,
		 size_t size)
{
	const char *key = rule_key(r->scope, r->field), *brief = too_short(key, res, s);
	const struct gap *gap = find_gap(s, res->pid, key);
	const char *runtime = other_runtime(key, res, s), *null = strstr(r->field->help, "; null ");

	if (!s->forked && (r->scope == RULE_WORKER || tally_has(r->field)))
		snprintf(out, size, "there is no worker");
	else if (r->scope == RULE_MASTER && !s->facts->master_pid)
		snprintf(out, size, "the master is gone");
	else if (brief)
		snprintf(out, size, "%s", brief);
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
