/*
 * What is said of recordings beside one another: a comparison, the trial of a variant, what a gate judged by them. An input
 * is how wide texts may be (a byte), and pieces (fuzz.h): foreign words, which have all names and texts, then samples of
 * one recording, the first one a key frame; behind an empty piece those of the next, up to two a side. Verdicts and numbers
 * do not contradict one another, all forms are clean, and what is kept for next time is read back.
 */
#include <string.h>
#include "analysis/analysis.h"
#include "analysis/baseline.h"
#include "analysis/baseline_text.h"
#include "analysis/compare.h"
#include "analysis/standing.h"
#include "analysis/story.h"
#include "analysis/trial.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "codec/sample.h"
#include "fuzz.h"
#include "shown.h"
#include "sink/ci_figures.h"
#include "sink/ci_github.h"
#include "sink/compare.h"
#include "sink/json_report.h"
#include "sink/json_stored.h"
#include "sink/judged_markdown.h"
#include "sink/junit.h"
#include "sink/markdown.h"
#include "sink/trial.h"

#define RECORDINGS 4
#define SAMPLES 20

struct told {
	char *words;
	size_t columns, n;
	struct story stories[RECORDINGS];
	const struct story *at[RECORDINGS];
	struct compare_runs a, b;
};

/* ---- the recordings */

/* True: another one may follow. */
static bool tell_recording(struct pieces *p, struct told *t)
{
	cleanup(sample_codec_release) struct sample_codec f;
	struct storyteller *story = story_begin();
	struct analysis *a = analysis_new();
	bool more = false, good = true;

	sample_codec_init(&f);
	for (int i = 0; i < SAMPLES && good && (more = next_piece(p)) && p->len; i++) {
		cleanup(snapshot_release) struct snapshot snap = { 0 };

		good = sample_take(&f, i == 0, p->piece, p->len);
		if (!good)
			continue;
		analysis_next(a, &f.now, &snap);
		analysis_add_why(a, &snap);
		story_mark(story, f.now.time_ns, t->words);
		story_add(story, &snap);
	}
	analysis_free(a);
	story_end(story, &t->stories[t->n]);
	t->at[t->n] = &t->stories[t->n];
	if (t->stories[t->n].samples)
		t->n++;
	else
		story_release(&t->stories[t->n]);
	return more && good && t->n < RECORDINGS;
}

static void take_sides(struct told *t)
{
	size_t n = t->n == RECORDINGS ? 2 : 1;

	t->a = (struct compare_runs){ .stories = t->at, .n = n, .requests = UNKNOWN };
	t->b = (struct compare_runs){ .stories = t->at + (t->n > 1 ? n : 0), .n = n, .requests = UNKNOWN };
}

/* ---- beside one another */

static void check_row(const struct comparison *c, const struct compare_row *r)
{
	must(!known(r->low) || r->low <= r->high);
	must(r->verdict != COMPARE_HIGHER || r->difference > 0);
	must(r->verdict != COMPARE_LOWER || r->difference < 0);
	/* of several runs a verdict takes more than the interval, which is that of 95 % */
	must(r->verdict != COMPARE_NOISE || c->runs_a > 1 || (r->low <= 0 && r->high >= 0));
	must(r->verdict == COMPARE_UNKNOWN || (known(r->a.mean) && known(r->b.mean)));
}

static void check_comparison(const struct told *t)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct comparison c;

	compare_runs(&t->a, &t->b, &c);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		check_row(&c, &c.rows[i]);
	json_comparison(&b, &c, false);
	must_be_json(&b);
	compare_text(&b, &c, t->words, t->words, t->columns);
	compare_html(&b, &c, t->words, t->words);
	must_be_clean(&b);
}

/* ---- a trial */

static void set_variant(struct trial_variant *v, const char *name, const struct told *t,
			const struct compare_runs *runs)
{
	*v = (struct trial_variant){
		.name = xstrdup(name),
		.evidence = xstrdup(t->words),
		.error = *t->words == 'e' ? xstrdup(t->words) : NULL,
		.applied = TRIAL_APPLIED,
		.runs = runs->n,
		.stories = runs->stories,
	};
}

/* A document is a baseline for the next run: it stands as it stood. */
static void check_stored(const struct trial *t, const struct trial_variant *v, const struct buf *json)
{
	struct standing was, is;
	struct err err = { 0 };
	size_t figures = 0;

	standing_of_variant(v, &was);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		figures += known(was.means[i].value);
	if (json_stored(json->data, json->len, v == t->variants ? NULL : v->name, &is, &err) < 0) {
		must(!figures);
		return;
	}
	must(is.runs == was.runs);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		must(known(is.means[i].value) == known(was.means[i].value));
}

static void show_trial(const struct trial *t, size_t columns)
{
	cleanup(buf_release) struct buf b = { 0 }, json = { 0 };

	trial_json(&json, t);
	for (size_t i = 0; i < t->n; i++)
		check_stored(t, &t->variants[i], &json);
	must_be_json(&json);
	trial_text(&b, t, columns);
	trial_html(&b, t);
	trial_markdown(&b, t);
	must_be_clean(&b);
}

static void try_variant(const struct told *t, struct trial *ret)
{
	*ret = (struct trial){
		.command = xstrdup(t->words), .load = xstrdup(t->words), .runs = t->a.n, .n = 2
	};
	ret->variants = xcalloc(ret->n, sizeof(*ret->variants));
	set_variant(&ret->variants[0], "baseline", t, &t->a);
	set_variant(&ret->variants[1], "gc.freeze", t, &t->b);
	trial_judge(ret);
	must(ret->best < (int)ret->n && (ret->best < 0 || ret->variants[ret->best].verdict == TRIAL_BETTER));
	must(ret->text);
	show_trial(ret, t->columns);
}

/* ---- a gate */

static void judge_baseline(const struct told *t, const struct standing *before, const struct standing *now,
			   struct judged_pool *p)
{
	struct baseline_row rows[COMPARE_ROWS];
	size_t n = baseline_judge(before, before, 0.05, rows);

	for (size_t i = 0; i < n; i++)
		must(rows[i].verdict != BASELINE_WORSE && rows[i].verdict != BASELINE_BETTER);
	n = baseline_judge(before, now, 0.05, rows);
	for (size_t i = 0; i < n; i++) {
		cleanup(buf_release) struct buf text = { 0 };
		enum judged_verdict v = baseline_judged(rows[i].verdict);

		if (v == JUDGED_SKIPPED)
			continue;
		baseline_tell(&text, &rows[i], 0.05);
		must_be_clean(&text);
		judged_add_check(p,
				 &(struct judged_check){ v, t->words, text.data, baseline_beyond(&rows[i]) });
	}
}

static size_t lines(const struct buf *b, const char *start)
{
	size_t n = 0;

	for (const char *at = b->data; at && (at = strstr(at, start)); at++)
		n++;
	return n;
}

static void show_judged(const struct judged *j)
{
	cleanup(buf_release) struct buf b = { 0 };
	size_t checks = 0;

	for (size_t i = 0; i < j->n; i++)
		checks += j->pools[i].n;
	junit_judged(&b, j);
	must_be_clean(&b);
	must(lines(&b, "<testcase ") == checks && lines(&b, "</testcase>") == checks);
	buf_reset(&b);
	github_annotations(&b, j);
	must_be_clean(&b);
	must(lines(&b, "\n") <= GITHUB_ANNOTATIONS && lines(&b, "\n") == lines(&b, "::error title="));
	buf_reset(&b);
	judged_markdown(&b, j);
	must_be_clean(&b);
	must(b.len <= MARKDOWN_COMMENT);
	ci_metrics(&b, j);
	must_be_clean(&b);
	buf_reset(&b);
	ci_benchmark(&b, j);
	must_be_json(&b);
}

static void check_gate(const struct told *t, const struct trial *trial)
{
	cleanup(judged_release) struct judged j = { 0 };
	struct judged_pool *p = judged_add_pool(&j, t->words);
	struct standing before, now;

	p->time_ns = t->stories[0].begin_ns;
	for (int v = JUDGED_PASSED; v <= JUDGED_FAILED; v++)
		judged_add_check(p, &(struct judged_check){ (enum judged_verdict)v, t->words, t->words,
							    UNKNOWN });
	standing_of_runs(&t->a, &before);
	standing_of_runs(&t->b, &now);
	judge_baseline(t, &before, &now, p);
	judged_add_series(&j, NULL, &now);
	show_judged(&j);
	for (size_t i = 0; i < trial->n; i++) {
		standing_of_variant(&trial->variants[i], &now);
		judged_add_pool(&j, trial->variants[i].name);
		judged_add_series(&j, t->words, &now);
	}
	show_judged(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(trial_release) struct trial trial = { 0 };
	struct told t = { 0 };
	struct pieces p;

	if (!size)
		return 0;
	p = (struct pieces){ .data = data + 1, .size = size - 1 };
	t.columns = 80 + *data;
	if (!next_piece(&p))
		return 0;
	t.words = xmemdupz(p.piece, p.len);
	while (tell_recording(&p, &t))
		;
	if (t.n) {
		take_sides(&t);
		check_comparison(&t);
		try_variant(&t, &trial);
		check_gate(&t, &trial);
	}
	for (size_t i = 0; i < RECORDINGS; i++)
		story_release(&t.stories[i]);
	free(t.words);
	return 0;
}
