#ifndef COWTOP_CMD_TRY_OUT_H
#define COWTOP_CMD_TRY_OUT_H

/*
 * What a trial is written as: a table or JSON on standard output, a page, a table in Markdown.
 *
 *	cleanup(try_out_release) struct try_out out = TRY_OUT_NONE;
 *	try_out_open(&out, err);	// before the first run: what cannot be written is known then
 *	...
 *	try_out_write(&out, &trial, err);
 */
#include "cmd/atomic_file.h"
#include "model/trial.h"

enum try_file {
	TRY_HTML,
	TRY_MARKDOWN,
	TRY_FILES,
};

struct try_out {
	bool json;
	const char *paths[TRY_FILES]; /* NULL: not wanted */
	struct atomic_file files[TRY_FILES];
};

#define TRY_OUT_NONE \
	{ \
		.files = { ATOMIC_FILE_NONE, ATOMIC_FILE_NONE } \
	}

/* How many of them want standard output. */
unsigned int try_out_stdout(const struct try_out *o);
int try_out_open(struct try_out *o, struct err *err);
/* The files, and to standard output, if none of them is there, what is asked for or the tables. */
int try_out_write(struct try_out *o, const struct trial *t, struct err *err);
void try_out_release(struct try_out *o);

#endif
