#ifndef COWTOP_TESTS_GOLDEN_H
#define COWTOP_TESTS_GOLDEN_H

/*
 * Compare with tests/golden/NAME. GENERATE=1 writes the file anew: read the diff before it is kept.
 */
#include "lib/fixture.h"
#include "base/buf.h"

static inline void golden_path(char ret[static 256], const char *name)
{
	snprintf(ret, 256, "tests/golden/%s", name);
}

/* From where the first difference is, on both sides. */
static inline void golden_fail(const char *path, const char *got, const char *want)
{
	size_t at = 0, line = 1;

	for (; got[at] && got[at] == want[at]; at++)
		line += got[at] == '\n';
	fail_msg("%s:%zu: expected \"%.60s\", got \"%.60s\"", path, line, want + at, got + at);
}

static inline void golden_check(const char *name, const struct buf *got)
{
	cleanup(buf_release) struct buf want = { 0 };
	char path[256], chunk[4096];
	size_t n;
	FILE *f;

	golden_path(path, name);
	if (getenv("GENERATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(got->data, 1, got->len, f), got->len);
		assert_int_equal(fclose(f), 0);
		return;
	}

	f = fopen(path, "r");
	if (!f)
		fail_msg("%s: not there; run from the top of the tree, or with GENERATE=1", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&want, chunk, n);
	fclose(f);
	if (want.len != got->len || memcmp(want.data, got->data, want.len))
		golden_fail(path, got->data, want.data ? want.data : "");
}

#endif
