#include "sink/junit.h"

#include "sink/html.h"
#include "sink/when.h"

/* XML has the entities of html_text(), and no other bytes are left. */
static void add_attribute(struct buf *out, const char *name, const char *foreign)
{
	buf_printf(out, " %s=\"", name);
	html_text(out, foreign);
	buf_addc(out, '"');
}

static size_t count(const struct judged_pool *p, enum judged_verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->checks[i].verdict == v;
	return n;
}

static void add_element(struct buf *out, const char *name, const struct judged_check *c)
{
	buf_printf(out, "      <%s", name);
	add_attribute(out, "message", c->text);
	add_attribute(out, "type", c->name);
	buf_addc(out, '>');
	html_text(out, c->text);
	buf_printf(out, "</%s>\n", name);
}

static void add_outcome(struct buf *out, const struct judged_check *c)
{
	switch (c->verdict) {
	case JUDGED_FAILED:
		add_element(out, "failure", c);
		break;
	case JUDGED_ERROR:
		add_element(out, "error", c);
		break;
	case JUDGED_SKIPPED:
		buf_adds(out, "      <skipped");
		add_attribute(out, "message", c->text);
		buf_adds(out, "/>\n");
		break;
	case JUDGED_PASSED:
		buf_adds(out, "      <system-out>");
		html_text(out, c->text);
		buf_adds(out, "</system-out>\n");
		break;
	}
}

/* Watching the pool is what takes time, and its first case; to judge takes none. */
static void add_case(struct buf *out, const struct judged_pool *p, size_t i)
{
	buf_adds(out, "    <testcase");
	add_attribute(out, "classname", p->name);
	add_attribute(out, "name", p->checks[i].name);
	buf_printf(out, " time=\"%.3f\">\n", i || !known(p->took_s) ? 0 : p->took_s);
	add_outcome(out, &p->checks[i]);
	buf_adds(out, "    </testcase>\n");
}

static void add_suite(struct buf *out, const struct judged_pool *p)
{
	char when[32];

	buf_adds(out, "  <testsuite");
	add_attribute(out, "name", p->name);
	buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\"", p->n,
		   count(p, JUDGED_FAILED), count(p, JUDGED_ERROR), count(p, JUDGED_SKIPPED),
		   known(p->took_s) ? p->took_s : 0);
	if (p->time_ns)
		add_attribute(out, "timestamp", when_s(when, p->time_ns));
	buf_adds(out, ">\n");
	for (size_t i = 0; i < p->n; i++)
		add_case(out, p, i);
	buf_adds(out, "  </testsuite>\n");
}

void junit_judged(struct buf *out, const struct judged *j)
{
	figure took = 0;
	size_t tests = 0;

	for (size_t i = 0; i < j->n; i++) {
		took += known(j->pools[i].took_s) ? j->pools[i].took_s : 0;
		tests += j->pools[i].n;
	}
	buf_printf(
		out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"cowtop\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
		tests, judged_count(j, JUDGED_FAILED), judged_count(j, JUDGED_ERROR), took);
	for (size_t i = 0; i < j->n; i++)
		add_suite(out, &j->pools[i]);
	buf_adds(out, "</testsuites>\n");
}
