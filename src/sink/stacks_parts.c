#include "sink/stacks_parts.h"

#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "base/units.h"
#include "sink/report_parts.h"

const char *stacks_role_words(enum stack_role role)
{
	return role == STACK_KERNEL ? "kernel write" : stack_role_name(role);
}

static const struct stack_process *master_of(const struct stacks *s)
{
	return s->nprocesses && s->processes[0].master ? &s->processes[0] : NULL;
}

void stacks_headline(struct buf *out, const struct stack_report *r)
{
	const struct stacks *s = r->facts;
	const struct stack_process *master = master_of(s);
	size_t workers = s->nprocesses - (master != NULL), name;

	/* Titles begin with the program: "gunicorn: master [app]". A master that is gone has left it to its workers. */
	name = s->nprocesses && s->processes[0].comm ? strcspn(s->processes[0].comm, ":") : 0;
	if (name)
		buf_printf(out, "%.*s: ", (int)name, s->processes[0].comm);
	if (master)
		buf_printf(out, "master %d, ", (int)master->pid);
	buf_printf(out, "%zu worker%s", workers, workers == 1 ? "" : "s");
}

/* Copies that no stack made. */
static void add_collapsed(struct buf *out, const struct stacks *s)
{
	char size[16];

	if (s->looked && s->collapsed > 0)
		buf_printf(out,
			   "; besides, not by code: %" PRId64
			   " page%s collapsed by the kernel into huge ones, %s",
			   s->collapsed, s->collapsed == 1 ? "" : "s",
			   units_format_size(size, (figure)s->collapsed * (figure)s->page_size));
}

void stacks_amount(struct buf *out, const struct stack_report *r)
{
	const struct stack_tally *pool = &r->pool;
	char size[16], span[16];

	report_span(span, (figure)r->facts->span_ns / SECOND);
	if (pool->copied == ABSENT) {
		buf_printf(out, "watched for %s; what was copied is not known of every process", span);
		return;
	}
	buf_printf(out, "%" PRId64 " page%s copied in %s, %s", pool->copied, pool->copied == 1 ? "" : "s",
		   span, units_format_size(size, (figure)pool->copied * (figure)r->facts->page_size));
	if (!pool->exact)
		buf_adds(out, " (estimated from samples)");
	else if (!r->facts->period)
		buf_adds(out, " (counted)");
	else
		buf_adds(out, " (counted; shares by samples)");
	if (pool->unattributed > 0)
		buf_printf(out, "; %" PRId64 " of them unattributed", pool->unattributed);
	add_collapsed(out, r->facts);
}

void stacks_method(struct buf *out, const struct stack_report *r)
{
	const struct stacks *s = r->facts;
	const char *sampled = stack_method_sees(s->method, PAGE_EVENT_REUSED) ? "fault" : "copy";

	buf_adds(out, stack_method_name(s->method));
	if (!s->period) {
		buf_adds(out, ", counted only");
		return;
	}
	if (s->period == 1)
		buf_printf(out, ", every %s", sampled);
	else
		buf_printf(out, ", one %s in %" PRIu32, sampled, s->period);
	buf_printf(out, ", %" PRIu32 " bytes of each stack; %" PRIu64 " samples, ", s->stack_bytes,
		   r->pool.sum.samples);
	if (s->lost)
		buf_printf(out, "%" PRIu64 " lost", s->lost);
	else
		buf_adds(out, "none lost");
}
