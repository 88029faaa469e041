#include "cmd/baseline_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include "analysis/standing.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/stories.h"
#include "sink/json_stored.h"
#include "sys/priv.h"

static int load_recordings(const char *const *paths, size_t n, struct standing *ret, struct err *err)
{
	static const struct story_request all;
	cleanup(stories_release) struct stories told = { 0 };
	struct compare_runs runs;

	if (stories_load(paths, n, &all, &told, err) < 0)
		return -1;
	runs = stories_runs(&told, 0);
	standing_of_runs(&runs, ret);
	return 0;
}

static int read_as_user(const char *path, struct buf *ret)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);

	return io_read_file(AT_FDCWD, path, ret);
}

static int load_document(const char *path, const char *variant, struct standing *ret, struct err *err)
{
	cleanup(buf_release) struct buf bytes = { .limit = JSON_STORED_SIZE + 2 };
	struct err what = { 0 };
	int r = read_as_user(path, &bytes);

	if (r < 0)
		return err_errno(err, r == -ENOENT ? STATUS_NO_TARGET : STATUS_FAILED, -r,
				 "cannot read the baseline %s", path);
	if (json_stored(bytes.data ? bytes.data : "", bytes.len, variant, ret, &what) < 0)
		return err_set(err, STATUS_FAILED, "the baseline %.300s: %s", path, what.msg);
	return 0;
}

static int load_documents(const char *const *paths, size_t n, const char *variant, struct standing *ret,
			  struct err *err)
{
	cleanup_free struct standing *each = xcalloc(n, sizeof(*each));

	for (size_t i = 0; i < n; i++) {
		if (load_document(paths[i], variant, &each[i], err) < 0)
			return -1;
		if (n > 1 && each[i].runs > 1)
			return err_set(err, STATUS_USAGE,
				       "--baseline: %.300s holds several runs: no other file goes with it",
				       paths[i]);
	}
	standing_of_samples(each, n, ret);
	return 0;
}

int baseline_load(const char *const *paths, size_t n, const char *variant, struct standing *ret,
		  struct err *err)
{
	cleanup(priv_return) struct priv_lent plain = priv_lend(PRIV_PLAIN);
	size_t recordings = 0;

	for (size_t i = 0; i < n; i++)
		recordings += recording_is_at(paths[i]);
	if (recordings && recordings < n)
		return err_set(err, STATUS_USAGE, "--baseline: all of them recordings, or none");
	if (recordings && variant)
		return err_set(err, STATUS_USAGE, "--variant is for what cowtop try found, no recording");
	return recordings ? load_recordings(paths, n, ret, err) : load_documents(paths, n, variant, ret, err);
}
