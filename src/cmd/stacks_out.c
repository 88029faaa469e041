#include "cmd/stacks_out.h"

#include <string.h>
#include "base/cleanup.h"
#include "cmd/output.h"
#include "sink/stacks.h"

#define TOP_TEXT 10
/* No viewer opens more bytes than that. */
#define FILE_MOST ((size_t)1 << 30)

unsigned int stacks_out_stdout(const struct stacks_out *o)
{
	unsigned int n = o->json;

	for (int i = 0; i < STACKS_FILES; i++)
		n += o->paths[i] && strcmp(o->paths[i], "-") == 0;
	return n;
}

bool stacks_out_has_file(const struct stacks_out *o)
{
	bool has = false;

	for (int i = 0; i < STACKS_FILES; i++)
		has |= o->paths[i] && strcmp(o->paths[i], "-") != 0;
	return has;
}

int stacks_out_open(struct stacks_out *o, struct err *err)
{
	for (int i = 0; i < STACKS_FILES; i++) {
		if (o->paths[i] && atomic_file_open(&o->files[i], o->paths[i], err) < 0)
			return -1;
	}
	return 0;
}

void stacks_out_release(struct stacks_out *o)
{
	for (int i = 0; i < STACKS_FILES; i++)
		atomic_file_release(&o->files[i]);
}

static bool make(struct buf *out, const struct stack_report *r, enum stacks_file file)
{
	if (file == STACKS_PPROF)
		return stacks_pprof(out, r, PPROF_PIDS);
	if (file == STACKS_SPEEDSCOPE)
		json_speedscope(out, r);
	else if (file == STACKS_FOLDED)
		stacks_folded(out, r);
	else
		stacks_flamegraph(out, r);
	return true;
}

static int write_file(struct stacks_out *o, const struct stack_report *r, enum stacks_file file,
		      struct err *err)
{
	cleanup(buf_release) struct buf out = { .limit = FILE_MOST };

	if (!make(&out, r, file) || out.cut)
		return err_set(err, STATUS_FAILED,
			       "cannot write %s: the stacks take more than "
			       "%zu bytes there",
			       o->paths[file], FILE_MOST);
	return atomic_file_write(&o->files[file], &out, err);
}

int stacks_out_write(struct stacks_out *o, const struct stack_report *r, struct err *err)
{
	cleanup(buf_release) struct buf out = { .limit = FILE_MOST };

	for (int i = 0; i < STACKS_FILES; i++) {
		if (o->paths[i] && write_file(o, r, (enum stacks_file)i, err) < 0)
			return -1;
	}
	if (o->json)
		json_stacks(&out, r, o->top, true);
	else if (!stacks_out_stdout(o))
		stacks_text(&out, r, o->top ?: TOP_TEXT, output_columns());
	if (out.cut)
		return err_set(err, STATUS_FAILED,
			       "the stacks take more than %zu bytes; --top "
			       "limits them",
			       FILE_MOST);
	return output_write(&out, err);
}
