#ifndef COWTOP_CMD_GATE_OPTIONS_H
#define COWTOP_CMD_GATE_OPTIONS_H

/*
 * Options of a gate, for the tables of the verbs that have one, and what they set (cmd/gate.h), in a member `gate`:
 *
 *	struct settings {
 *		struct gate_settings gate;
 *	};
 *	static const struct option_row rows[] = {
 *		GATE_FILE_ROWS(struct settings),
 *		GATE_MARKDOWN_ROW(struct settings),
 *		GATE_BASELINE_ROWS(struct settings),
 *		{ 0 },
 *	};
 */
#include "cmd/options.h"

/* The files that are written. */
enum gate_file { GATE_JUNIT, GATE_MARKDOWN, GATE_METRICS, GATE_BENCHMARK, GATE_FILES };

struct gate_paths {
	const char **items; /* borrowed from the command line */
	size_t n, cap;
};

struct gate_tolerance {
	bool given;
	double part; /* 0.05: 5 % */
};

struct gate_settings {
	const char *files[GATE_FILES]; /* NULL: not asked for */
	struct gate_paths baselines;
	const char *variant; /* NULL: the baseline of a trial */
	struct gate_tolerance tolerance;
};

int gate_option_baseline(void *member, const char *value, struct err *err);  /* struct gate_paths */
int gate_option_tolerance(void *member, const char *value, struct err *err); /* struct gate_tolerance */

/* clang-format off */
#define GATE_FILE_ROWS(settings) \
	{ 0, "junit", "FILE", "a test case for each rule and pool, as JUnit's XML", \
	  OPTION_WORD, OPTION_MEMBER(settings, gate.files[GATE_JUNIT]) }, \
	{ 0, "metrics", "FILE", "figures as OpenMetrics, as GitLab compares them", \
	  OPTION_WORD, OPTION_MEMBER(settings, gate.files[GATE_METRICS]) }, \
	{ 0, "benchmark", "FILE", "figures for github-action-benchmark", \
	  OPTION_WORD, OPTION_MEMBER(settings, gate.files[GATE_BENCHMARK]) }

#define GATE_BASELINE_ROWS(settings) \
	{ 0, "baseline", "FILE", "exit 3 if it is worse than FILE says; repeatable", \
	  OPTION_CUSTOM, OPTION_MEMBER(settings, gate.baselines), .set = gate_option_baseline }, \
	{ 0, "variant", "NAME", "of what cowtop try found: this one", \
	  OPTION_WORD, OPTION_MEMBER(settings, gate.variant) }, \
	{ 0, "tolerance", "PERCENT", "with --baseline: so much more is no worse (5)", \
	  OPTION_CUSTOM, OPTION_MEMBER(settings, gate.tolerance), .set = gate_option_tolerance }
/* Of all verbs but try, which has a table of its own. */
#define GATE_MARKDOWN_ROW(settings) \
	{ 0, "markdown", "FILE", "the rules, the worst first, and figures as tables", \
	  OPTION_WORD, OPTION_MEMBER(settings, gate.files[GATE_MARKDOWN]) }
/* clang-format on */

/* A document of stdout has company: is one of these asked for? */
bool gate_is_wanted(const struct gate_settings *set);
/* Options that contradict each other or would do nothing. `prints`: what has a document on stdout already; or NULL. */
int gate_check(const struct verb *verb, const struct gate_settings *set, const char *prints, struct err *err);
void gate_settings_release(struct gate_settings *set);

#endif
