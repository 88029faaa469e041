#ifndef COWTOP_CMD_TRY_FILES_H
#define COWTOP_CMD_TRY_FILES_H

/*
 * Where a trial puts its recordings and what its pools and loads say: folders of the user's, or a private one
 * (0700, in $TMPDIR) that is gone with it.
 */
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

struct try_files {
	const char *recordings, *logs; /* of the user's; NULL: the private one */
	char *folder;                  /* the private one; NULL: none is needed */
};

/* Makes the folders that are not there. */
int try_files_open(struct try_files *f, const char *recordings, const char *logs, struct err *err);
/* Says that a folder is still there; `error`: of folder_remove(), 0: it is not. */
void try_files_left(const char *folder, int error);
/* Removes the private one with all that is in it, or says that it cannot. */
void try_files_close(struct try_files *f);

/* NAME.RUN.ct */
void try_files_path(const struct try_files *f, const char *name, int64_t run, struct buf *out);
/* Before the first run: none of them is there yet. */
int try_files_check(const struct try_files *f, const char *name, int64_t runs, struct err *err);
/* Begin NAME.RUN.log, or NAME.RUN.load.log: a descriptor that everything written to is appended by. `out` is its path. */
int try_files_log(const struct try_files *f, const char *name, int64_t run, bool load, struct buf *out,
		  struct err *err);

/* Of a variant a name that a file can have, another one than those of `taken`: letters, digits and ".+=-_". The caller
 * frees it. */
char *try_file_name(const char *variant, char *const *taken, size_t n);

#endif
