#include "cmd/try_out.h"

#include <string.h>
#include "base/cleanup.h"
#include "cmd/output.h"
#include "sink/trial.h"

unsigned int try_out_stdout(const struct try_out *o)
{
	unsigned int n = o->json;

	for (int i = 0; i < TRY_FILES; i++)
		n += o->paths[i] && strcmp(o->paths[i], "-") == 0;
	return n;
}

int try_out_open(struct try_out *o, struct err *err)
{
	for (int i = 0; i < TRY_FILES; i++) {
		if (o->paths[i] && atomic_file_open(&o->files[i], o->paths[i], err) < 0)
			return -1;
	}
	return 0;
}

void try_out_release(struct try_out *o)
{
	for (int i = 0; i < TRY_FILES; i++)
		atomic_file_release(&o->files[i]);
}

int try_out_write(struct try_out *o, const struct trial *t, struct err *err)
{
	static void (*const make[TRY_FILES])(struct buf *, const struct trial *) = {
		[TRY_HTML] = trial_html,
		[TRY_MARKDOWN] = trial_markdown,
	};
	cleanup(buf_release) struct buf out = { 0 };

	for (int i = 0; i < TRY_FILES; i++) {
		if (!o->paths[i])
			continue;
		make[i](&out, t);
		if (atomic_file_write(&o->files[i], &out, err) < 0)
			return -1;
		buf_reset(&out);
	}
	if (o->json)
		trial_json(&out, t);
	else if (!try_out_stdout(o))
		trial_text(&out, t, output_columns());
	return output_write(&out, err);
}
