#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/atomic_file.h"
#include "cmd/common_options.h"
#include "cmd/export_http.h"
#include "cmd/export_otlp.h"
#include "cmd/export_pools.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "sink/openmetrics.h"

/* Between samples where they are scraped, or written, again and again. */
#define INTERVAL (15 * SECOND)
/* How often connections that last too long are looked for. */
#define SWEEP (5 * SECOND)
/* Of a file of --otlp, without --max-size. */
#define OTLP_MOST ((uint64_t)100 << 20)
#define SIZE_LEAST (64 << 10)

struct settings {
	struct common_settings common;
	const char *listen, *textfile, *otlp, *match;
	uint64_t max_size;
	bool all;
};

struct exporting {
	struct settings set;
	regex_t only;
	bool matches; /* `only` is compiled */
	char **words;
	size_t nwords;
	struct export_pools pools;
	struct err *said;                 /* of each word, what was said last */
	struct err text_said, lines_said; /* of the files */
	int fd;                           /* that is listened at, until `http` has it; -1 */
	struct http *http;                /* NULL: nothing is listened at */
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
static const struct option_row export_options[] = {
	{ 0, "listen", "ADDR:PORT", "be scraped there: /metrics; :PORT is of 127.0.0.1", OPTION_WORD,
	  SETTING(listen) },
	{ 0, "textfile", "FILE", "write Prometheus' text to FILE, as a whole", OPTION_WORD,
	  SETTING(textfile) },
	{ 0, "otlp", "FILE", "add lines to FILE for OpenTelemetry's collector", OPTION_WORD, SETTING(otlp) },
	{ 0, "max-size", "SIZE", "of --otlp: then FILE becomes FILE.1 (100MiB)", OPTION_SIZE,
	  SETTING(max_size), .least = SIZE_LEAST, .wrong = "not a size from 64KiB on, such as 10MiB, 1.5GB" },
	{ 0, "all", NULL, "every pool of this machine, as they come and go", OPTION_FLAG, SETTING(all) },
	{ 0, "match", "RE", "with --all: whose command or unit matches RE", OPTION_WORD, SETTING(match) },
	{ 0, "why", NULL, "copies by their cause too, of pools of CPython", OPTION_FLAG,
	  SETTING(common.why) },
	{ 'i', "interval", "SECONDS", "of samples (15); a file is written again and again", OPTION_TIME,
	  SETTING(common.interval_ns) },
	{ 0, "budget", "PERCENT", "use no more of a CPU: pages less often; none", OPTION_CUSTOM,
	  SETTING(common.budget), .set = option_budget },
	{ 0 },
};

static void exporting_close(struct exporting *e)
{
	http_stop(e->http);
	if (e->fd >= 0)
		close(e->fd);
	export_pools_release(&e->pools);
	if (e->matches)
		regfree(&e->only);
	free(e->words);
	free(e->said);
	common_release(&e->set.common);
}

static bool goes_on(const struct settings *set)
{
	return set->listen || set->common.interval_ns;
}

/* The words without the `--` that may stand among them; without any, one that is NULL. */
static void take_words(struct exporting *e, const struct operands *rest)
{
	e->nwords = rest->nwords;
	e->words = xcalloc(e->nwords + 1, sizeof(*e->words));
	for (size_t i = 0; i < e->nwords; i++)
		e->words[i] = rest->words[i];
	if (!e->nwords && !e->set.all)
		e->nwords = 1;
	e->said = xcalloc(e->nwords + 1, sizeof(*e->said));
}

static int compile(const struct verb *verb, struct exporting *e, struct err *err)
{
	int r = regcomp(&e->only, e->set.match, REG_EXTENDED | REG_NOSUB);

	if (r == REG_ESPACE)
		return err_set(err, STATUS_FAILED, "--match %.200s: out of memory", e->set.match);
	if (r != 0)
		return usage_error(verb, err, "--match %.200s is no regular expression (regex(7))",
				   e->set.match);
	e->matches = true;
	return 0;
}

static int check(const struct verb *verb, struct exporting *e, const struct operands *rest, struct err *err)
{
	const struct settings *set = &e->set;

	if (set->all && rest->nwords)
		return usage_error(verb, err, "--all is every pool: TARGET does not go with it");
	if (set->match && !set->all)
		return usage_error(verb, err, "--match chooses among all pools: it needs --all");
	if (set->common.interval_ns && !set->textfile && !set->otlp && !set->listen)
		return usage_error(
			verb, err,
			"-i is for --listen, --textfile and --otlp: standard output has one sample");
	if (set->max_size && !set->otlp)
		return usage_error(verb, err, "--max-size is of --otlp's file");
	if (set->common.budget != 0 && !goes_on(set))
		return usage_error(verb, err, "--budget is for several samples: it needs -i or --listen");
	if (set->common.why && !goes_on(set))
		return usage_error(verb, err, "--why is for several samples: it needs -i or --listen");
	return set->match ? compile(verb, e, err) : 0;
}

/* But for their numbers: the sizes of processes change. */
static bool same_words(const char *a, const char *b)
{
	const char *numbers = "0123456789.";

	for (;; a++, b++) {
		a += strspn(a, numbers);
		b += strspn(b, numbers);
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

/* Each reason once, as long as it stays the same. */
static void say_problems(struct exporting *e)
{
	const struct export_pools *p = &e->pools;
	size_t n = p->all ? 1 : p->nwords;

	for (size_t i = 0; i < n; i++) {
		if (*p->errs[i].msg && !same_words(p->errs[i].msg, e->said[i].msg))
			say("%s%s", p->errs[i].msg, p->all ? "" : "; it is waited for");
		e->said[i] = p->errs[i];
	}
	export_pools_say(&e->pools);
}

static int write_file(const char *path, const struct metric_set *m, struct err *err)
{
	cleanup(atomic_file_release) struct atomic_file file = ATOMIC_FILE_NONE;
	cleanup(buf_release) struct buf out = { 0 };

	openmetrics(&out, m, METRIC_FORMAT_PROMETHEUS);
	if (atomic_file_open(&file, path, err) < 0)
		return -1;
	return atomic_file_write(&file, &out, err);
}

static int write_otlp(const struct exporting *e, const struct metric_set *m, struct err *err)
{
	return export_otlp(e->set.otlp, e->set.max_size ?: OTLP_MOST, m, err);
}

static int write_once(struct exporting *e, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct metric_set m;
	size_t n = e->pools.all ? 1 : e->pools.nwords;

	export_pools_look(&e->pools);
	for (size_t i = 0; i < n; i++) {
		if (!*e->pools.errs[i].msg)
			continue;
		*err = e->pools.errs[i];
		return -1;
	}
	export_pools_say(&e->pools);
	m = export_pools_metrics(&e->pools);
	if (e->set.textfile && write_file(e->set.textfile, &m, err) < 0)
		return -1;
	if (e->set.otlp)
		return write_otlp(e, &m, err);
	if (e->set.textfile)
		return 0;
	openmetrics(&out, &m, METRIC_FORMAT_OPENMETRICS);
	return output_write(&out, err);
}

/* A file that cannot be written now may be later: what is wrong is said once, as long as it stays the same. */
static void say_once(const struct err *err, struct err *before)
{
	if (*err->msg && strcmp(err->msg, before->msg) != 0)
		say("%s", err->msg);
	*before = *err;
}

/* Files, and who scrapes. -1: standard output cannot be written. */
static int write_next(struct exporting *e, struct err *err)
{
	struct metric_set m;
	struct err text = { 0 }, lines = { 0 };

	export_pools_look(&e->pools);
	say_problems(e);
	m = export_pools_metrics(&e->pools);
	if (e->set.textfile)
		write_file(e->set.textfile, &m, &text);
	say_once(&text, &e->text_said);
	if (e->set.otlp && write_otlp(e, &m, &lines) < 0 && strcmp(e->set.otlp, "-") == 0) {
		*err = lines;
		return -1;
	}
	say_once(&lines, &e->lines_said);
	if (e->http)
		export_http_publish(e->http, &m);
	return 0;
}

/* False: a signal asked to stop. */
static bool wait_next(struct exporting *e, struct ticks *ticks)
{
	int64_t next = ticks_next(ticks), now;

	do {
		now = clock_now();
		if (e->http)
			http_sweep(e->http);
		if (ticks_pause(next < now + SWEEP ? next : now + SWEEP, NULL, 0) == PAUSE_STOPPED)
			return false;
	} while (clock_now() < next);
	return true;
}

/* Who asked meanwhile was not refused: the kernel has let them wait for the first look. */
static int start_http(struct exporting *e, struct err *err)
{
	int fd = e->fd;

	e->fd = -1;
	return http_start(e->http, fd, err);
}

static int write_series(struct exporting *e, struct err *err)
{
	struct ticks ticks = { 0 };

	ticks_start(&ticks, e->set.common.interval_ns ?: INTERVAL, 0);
	do {
		if (write_next(e, err) < 0)
			return -1;
		if (e->fd >= 0 && start_http(e, err) < 0)
			return -1;
		ticks.least_ns = pools_set_least(&e->pools.set);
	} while (wait_next(e, &ticks));
	return 0;
}

/* Before any pool is looked at: what cannot be listened at is known then. */
static int open_http(struct exporting *e, struct err *err)
{
	struct err inherited = { 0 };

	if (!e->set.listen)
		return 0;
	e->fd = http_inherited(&inherited);
	if (*inherited.msg) {
		*err = inherited;
		return -1;
	}
	if (e->fd < 0)
		e->fd = http_listen(e->set.listen, err);
	return e->fd < 0 ? -1 : http_new(&e->http, err);
}

/* node_exporter says nothing of a file that it passes over. */
static void warn_of_name(const char *textfile)
{
	const char *end = textfile ? strrchr(textfile, '.') : ".prom";

	if (!end || strcmp(end, ".prom") != 0)
		say("--textfile %.200s: node_exporter reads no file whose name does not end in .prom",
		    textfile);
}

static int export_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(exporting_close) struct exporting e = { .fd = -1, .pools = { .fs = { .fd = -1 } } };
	struct operands rest;
	double share;
	int r = options_parse(verb, argc, argv, &e.set, &rest, err);

	if (r != 0)
		return r;
	if (check(verb, &e, &rest, err) < 0 ||
	    (!e.set.textfile && !e.set.otlp && priv_give_up(PRIV_DAC_OVERRIDE, err) < 0))
		return -1;
	warn_of_name(e.set.textfile);
	take_words(&e, &rest);
	e.pools.words = e.words;
	e.pools.nwords = e.nwords;
	e.pools.all = e.set.all;
	e.pools.only = e.matches ? &e.only : NULL;
	share = e.set.common.budget > 0 ? e.set.common.budget : e.set.common.budget < 0 ? 0 : COMMON_BUDGET;
	ticks_guard();
	if (open_http(&e, err) < 0)
		return -1;
	if (export_pools_open(&e.pools, goes_on(&e.set) ? share : 0, e.set.common.why, err) < 0)
		return -1;
	return goes_on(&e.set) ? write_series(&e, err) : write_once(&e, err);
}

const struct verb verb_export = {
	.name = "export",
	.summary = "figures of pools for Prometheus and OpenTelemetry",
	.synopsis = "[OPTIONS] [TARGET...]",
	.about = "Writes what is known of pools as metrics: for Prometheus, which scrapes it, with\n"
		 "--listen; for node_exporter with --textfile; for OpenTelemetry's collector with\n"
		 "--otlp; otherwise OpenMetrics to standard output. With --listen or -i it goes\n"
		 "on until stopped: pools come and go, and a TARGET that is not there yet is\n"
		 "waited for.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such target, 6 not\n"
		 "a forked pool",
	.options = export_options,
	.many_words = true,
	.keeps = PRIV_EXACT,
	.lends = PRIV_DAC_OVERRIDE,
	.run = export_run,
};
