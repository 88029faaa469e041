#include "sink/doctor.h"

#include <string.h>
#include "base/text.h"
#include "sink/text_wrap.h"

#define COLUMNS 80

static void add_clean(struct buf *out, const char *foreign)
{
	text_clean(out, foreign, strlen(foreign));
}

static const char *reached(enum level level)
{
	switch (level) {
	case LEVEL_EXACT:
		return "every page is known exactly";
	case LEVEL_ESTIMATE:
		return "shared and copied pages are estimated";
	case LEVEL_ROLLUP:
		return "private and shared bytes, but not what was copied";
	case LEVEL_NONE:
		break;
	}
	return "counters of faults and RSS only";
}

static void add_row(struct buf *out, const struct access_row *row)
{
	const char *state = "blank"; /* opens, and shows zeros */

	if (row->readable)
		state = "yes";
	else if (row->error)
		state = strerrorname_np(row->error) ?: "error";
	buf_printf(out, "  %-15s %-7s ", row->what, state);
	text_wrap(out, row->gives, 26, COLUMNS);
	if (!row->readable) {
		buf_printf(out, "%26s", "");
		buf_adds(out, "needs ");
		text_wrap(out, row->needs, 32, COLUMNS);
	}
}

static void add_subject(struct buf *out, const struct access_subject *s)
{
	size_t i;

	buf_printf(out, "process %d (", (int)s->pid);
	add_clean(out, s->comm);
	buf_adds(out, ", user ");
	add_clean(out, s->user);
	buf_printf(out, "), %s\n", s->why);
	buf_printf(out, "  level %s: %s\n", level_name(s->level), reached(s->level));
	for (i = 0; i < s->nrows; i++)
		add_row(out, &s->rows[i]);
	buf_addc(out, '\n');
}

static void add_setting(struct buf *out, const struct access_setting *s)
{
	buf_printf(out, "  %-20s ", s->name);
	text_wrap(out, s->value, 23, COLUMNS);
	if (!s->means[0])
		return;
	buf_printf(out, "%23s", "");
	text_wrap(out, s->means, 23, COLUMNS);
}

/* The lines are for copying: whole, whatever their length. */
static void add_fix(struct buf *out, const struct access_fix *f)
{
	const char *at = f->lines;
	size_t len;

	buf_printf(out, "\n%s\n", f->title);
	while (*at) {
		len = strcspn(at, "\n");
		buf_adds(out, "    ");
		text_clean(out, at, len);
		buf_addc(out, '\n');
		at += len + (at[len] == '\n');
	}
}

void text_access(struct buf *out, const struct access *a)
{
	size_t i;

	for (i = 0; i < a->nsubjects; i++)
		add_subject(out, &a->subjects[i]);

	buf_adds(out, "here\n");
	for (i = 0; i < a->nsettings; i++)
		add_setting(out, &a->settings[i]);

	if (!a->nfixes)
		buf_adds(out, "\nEverything that cowtop can use is readable.\n");
	for (i = 0; i < a->nfixes; i++)
		add_fix(out, &a->fixes[i]);
}
