#include "sink/doctor.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/errname.h"
#include "base/text.h"
#include "sink/text_wrap.h"

#define COLUMNS 80

static void add_clean(struct buf *out, const char *foreign)
{
	text_clean(out, foreign, strlen(foreign));
}

static const char *reached(enum level level, const struct kernel_facts *kernel)
{
	switch (level) {
	case LEVEL_EXACT:
		if (kernel_lacks(kernel, KERNEL_FLAG))
			return "every page by its frame number; what this kernel lacks: below";
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
		state = err_name(row->error) ?: "error";
	buf_printf(out, "  %-15s %-7s ", row->what, state);
	text_wrap(out, row->gives, 26, COLUMNS);
	if (!row->readable) {
		buf_printf(out, "%26s", "");
		buf_adds(out, "needs ");
		text_wrap(out, row->needs, 32, COLUMNS);
	}
}

static void add_subject(struct buf *out, const struct access_subject *s, const struct kernel_facts *kernel)
{
	size_t i;

	buf_printf(out, "process %d (", (int)s->pid);
	add_clean(out, s->comm);
	buf_adds(out, ", user ");
	add_clean(out, s->user);
	buf_printf(out, "), %s\n", s->why);
	buf_printf(out, "  level %s: %s\n", level_name(s->level), reached(s->level, kernel));
	for (i = 0; i < s->nrows; i++)
		add_row(out, &s->rows[i]);
	buf_addc(out, '\n');
}

/* What the kernel was found to do; where it does not, what follows for cowtop. */
static void add_property(struct buf *out, const struct kernel_facts *k, enum kernel_property p)
{
	static const char *const answers[] = {
		[KERNEL_UNKNOWN] = "unknown",
		[KERNEL_NO] = "no",
		[KERNEL_YES] = "yes",
	};
	cleanup(buf_release) struct buf without = { 0 };

	buf_printf(out, "  %-22s %-7s ", kernel_property_key(p), answers[kernel_answer(k, p)]);
	text_wrap(out, kernel_property_help(p), 33, COLUMNS);
	if (!kernel_lacks(k, p))
		return;
	buf_printf(&without, "without it %s", kernel_property_without(p));
	buf_printf(out, "%33s", "");
	text_wrap(out, without.data, 33, COLUMNS);
	if (kernel_property_needs(p)) {
		buf_printf(out, "%33sneeds ", "");
		text_wrap(out, kernel_property_needs(p), 39, COLUMNS);
	}
}

static void add_kernel(struct buf *out, const struct kernel_facts *k)
{
	bool all = true;

	buf_adds(out, "this kernel, tried on pages of cowtop's own\n");
	for (enum kernel_property p = 0; p < KERNEL_PROPERTIES; p++) {
		add_property(out, k, p);
		all &= kernel_answer(k, p) != KERNEL_UNKNOWN;
	}
	if (!all)
		buf_adds(out,
			 "  unknown: could not be tried, for lack of privilege, of a free huge page, of\n"
			 "  leave to fork, or of the thing itself\n");
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

	buf_addc(out, '\n');
	text_wrap(out, f->title, 0, COLUMNS);
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
		add_subject(out, &a->subjects[i], &a->kernel);

	add_kernel(out, &a->kernel);
	buf_adds(out, "here\n");
	for (i = 0; i < a->nsettings; i++)
		add_setting(out, &a->settings[i]);

	if (!a->nfixes && access_kernel_lacks(a))
		buf_adds(out, "\nEverything that this kernel has is readable; what it lacks says \"no\" "
			      "above.\n");
	else if (!a->nfixes)
		buf_adds(out, "\nEverything that cowtop can use is readable.\n");
	for (i = 0; i < a->nfixes; i++)
		add_fix(out, &a->fixes[i]);
}
