#include "analysis/did_you_mean.h"

#include <string.h>

/* No key is longer; what is typed beyond it does not count. */
#define KEY_MAX 48

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, in one row of its table. */
static size_t edits(const char *a, const char *b)
{
	size_t la = strnlen(a, KEY_MAX), lb = strnlen(b, KEY_MAX), i, j, diagonal, above;
	size_t row[KEY_MAX + 1];

	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 0; i < la; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 0; j < lb; j++) {
			above = row[j + 1];
			row[j + 1] = least(diagonal + (a[i] != b[j]), least(above, row[j]) + 1);
			diagonal = above;
		}
	}
	return row[lb];
}

static const char *last_part(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* "worker.rss_bytes" means memory.rss_bytes: the last part counts, the path before it a little. */
static size_t distance(const char *typed, const char *key)
{
	return least(edits(typed, key), edits(last_part(typed), last_part(key)) + 1);
}

static size_t nearest(const char *key, const struct field *rows, size_t nrows, bool pool,
		      const char *ret[DID_YOU_MEAN_MAX])
{
	size_t far[DID_YOU_MEAN_MAX], n = 0, i, at, d;

	for (i = 0; i < nrows; i++) {
		const char *candidate = pool ? rows[i].pool_key : rows[i].process_key;

		if (!candidate)
			continue;
		d = distance(key, candidate);
		for (at = n; at > 0 && far[at - 1] > d; at--) {
			if (at < DID_YOU_MEAN_MAX) {
				far[at] = far[at - 1];
				ret[at] = ret[at - 1];
			}
		}
		if (at == DID_YOU_MEAN_MAX)
			continue;
		far[at] = d;
		ret[at] = candidate;
		n += n < DID_YOU_MEAN_MAX;
	}
	return n;
}

size_t did_you_mean(const char *key, bool pool, const char *ret[DID_YOU_MEAN_MAX])
{
	return nearest(key, fields, nfields, pool, ret);
}

size_t did_you_mean_diff(const char *key, const char *ret[DID_YOU_MEAN_MAX])
{
	return nearest(key, compare_fields, COMPARE_ROWS, false, ret);
}
