#include "model/stack_label.h"

#include <inttypes.h>
#include <string.h>
#include "base/text.h"
#include "model/stacks_fold.h"

static void add_clean(struct buf *out, const char *foreign)
{
	text_clean(out, foreign, strlen(foreign));
}

static void add_python(struct buf *out, const struct stack_function *f)
{
	if (strncmp(f->name, "py::", 4) != 0)
		buf_adds(out, "py::");
	add_clean(out, f->name);
	if (!f->file)
		return;
	buf_adds(out, " (");
	add_clean(out, f->file);
	if (f->line > 0)
		buf_printf(out, ":%d", f->line);
	buf_addc(out, ')');
}

void stack_label(struct buf *out, const struct stack_function *f)
{
	if (f->kind == FRAME_KERNEL && !f->name) {
		buf_adds(out, LABEL_KERNEL);
	} else if (!f->name && strcmp(f->object, STACKS_REST) == 0) {
		buf_adds(out, STACKS_REST);
	} else if (!f->name || !*f->name) {
		add_clean(out, f->object);
		buf_printf(out, "!fn_%" PRIx64, f->offset);
	} else if (f->kind == FRAME_PYTHON) {
		add_python(out, f);
	} else {
		add_clean(out, f->name);
		buf_adds(out, f->kind == FRAME_KERNEL ? "_[k]" : "");
	}
}

bool stack_needs_kernel(const struct stacks *s, const struct stack_trace *t)
{
	return t->kernel && (!t->nframes || s->functions[t->frames[0]].kind != FRAME_KERNEL);
}
