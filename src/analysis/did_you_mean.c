#include "analysis/did_you_mean.h"

#include <string.h>
#include <strings.h>

/* No key is longer; what is typed beyond it does not count. */
#define KEY_MAX 48
/* So far away is at most what the word is a part of, or whose help has it; and of slips so many more than the nearest
 * has are named as well. */
#define PART_FURTHEST 2
#define SLIPS_FURTHER 3
/* What stands beside it is as far as so many slips. */
#define BESIDE 4

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return !strncasecmp(&a, &b, 1);
}

/* Where `part` stands in `s`; NULL: nowhere. */
static const char *find(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (; *s && strncasecmp(s, part, len) != 0; s++)
		continue;
	return *s || !len ? s : NULL;
}

/* Damerau's distance: what is inserted, left out, changed, or swapped with its neighbour; in three rows of its
 * table. */
static size_t edits(const char *a, const char *b)
{
	size_t la = strnlen(a, KEY_MAX), lb = strnlen(b, KEY_MAX), i, j;
	size_t rows[3][KEY_MAX + 1];

	for (j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			row[j] = least(above[j - 1] + !same(a[i - 1], b[j - 1]),
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

static const char *last_part(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

/* How far a part of a key is from it: at its beginning, at the beginning of a word in it, anywhere. */
static size_t part_distance(const char *part, const char *key)
{
	const char *at = find(key, part);

	if (!at)
		return KEY_MAX;
	if (at == key)
		return 0;
	for (; at; at = find(at + 1, part)) {
		if (at[-1] == '.' || at[-1] == '_')
			return 1;
	}
	return 2;
}

/* Do both begin with the same part, as "gc.thresholds" and "gc.enabled"? */
static bool is_beside(const char *a, const char *b)
{
	const char *dot = strchr(a, '.');
	size_t len = dot ? (size_t)(dot - a) + 1 : 0;

	return len && !strncasecmp(a, b, len);
}

/* A word that stands in what is said about it; of the keys themselves many have a word of two letters. */
static size_t help_distance(const char *typed, const char *help)
{
	return strlen(typed) > 2 && find(help, typed) ? PART_FURTHEST : KEY_MAX;
}

/* "worker.rss_bytes" means memory.rss_bytes: the last part counts, the path before it a little. */
static size_t distance(const char *typed, const char *key, const char *help)
{
	size_t part = least(part_distance(typed, key), help_distance(typed, help));
	size_t end = part_distance(last_part(typed), key) + 1,
	       path = is_beside(typed, key) ? BESIDE : KEY_MAX;
	size_t whole = edits(typed, key), last = edits(last_part(typed), last_part(key)) + 1;

	return least(least(least(whole, last), part), least(end, path));
}

/* Of those that are as near the ratio comes first: it is what a rule is about, mostly. */
static bool is_nearer(size_t far, const struct field *f, size_t than, const struct field *other)
{
	if (far != than)
		return far < than;
	return f->unit == UNIT_RATIO && other->unit != UNIT_RATIO;
}

/* How far one that is named may be, when the nearest is so far; a word of other letters means none. */
static size_t furthest(size_t nearest, size_t len)
{
	if (nearest <= PART_FURTHEST)
		return nearest ?: 1;
	if (nearest == BESIDE)
		return nearest;
	return nearest > len / 2 ? 0 : nearest + SLIPS_FURTHER;
}

size_t did_you_mean(const char *key, enum rule_scope scope, const char *ret[DID_YOU_MEAN_MAX])
{
	const struct field *found[DID_YOU_MEAN_MAX], *f;
	size_t far[DID_YOU_MEAN_MAX], n = 0, next = 0, at, d;

	while ((f = rule_key_next(scope, &next))) {
		d = distance(key, rule_key(scope, f), f->help);
		for (at = n; at > 0 && is_nearer(d, f, far[at - 1], found[at - 1]); at--) {
			if (at < DID_YOU_MEAN_MAX) {
				far[at] = far[at - 1];
				found[at] = found[at - 1];
			}
		}
		if (at == DID_YOU_MEAN_MAX)
			continue;
		far[at] = d;
		found[at] = f;
		n += n < DID_YOU_MEAN_MAX;
	}
	while (n && far[n - 1] > furthest(far[0], strlen(key)))
		n--;
	for (at = 0; at < n; at++)
		ret[at] = rule_key(scope, found[at]);
	return n;
}

const char *did_you_mean_word(const char *typed, const char *const *words)
{
	size_t len = strlen(typed), best = len / 4 + 1, d;
	const char *ret = NULL;

	if (best > 2)
		best = 2;
	for (; *words; words++) {
		d = edits(typed, *words);
		if (d < len && (d < best || (d == best && !ret))) {
			best = d;
			ret = *words;
		}
	}
	return ret;
}
