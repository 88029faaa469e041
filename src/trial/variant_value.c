#include "trial/variant_value.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include "analysis/did_you_mean.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "trial/words.h"

int value_text(struct variant_part *part, const char *text, struct err *err)
{
	if (!*text)
		return err_set(err, STATUS_USAGE, "opcache.preload needs the path of a file");
	part->value = xstrdup(text);
	return 0;
}

int value_thresholds(struct variant_part *part, const char *text, struct err *err)
{
	const char *at = text;

	for (;;) {
		cleanup_free char *number = xmemdupz(at, strcspn(at, ","));
		int64_t n;

		if (part->nnumbers == PART_NUMBERS || units_parse_int(number, 0, INT_MAX, &n) < 0)
			return err_set(err, STATUS_USAGE,
				       "gc.threshold=%.60s: write one to three whole numbers, as in "
				       "gc.threshold=700,10,1000000",
				       text);
		part->numbers[part->nnumbers++] = (uint64_t)n;
		at += strlen(number);
		if (!*at)
			break;
		at++;
	}
	part->value = xstrdup(text);
	return 0;
}

/* One of these words. */
static int one_of(struct variant_part *part, const char *name, const char *text, const char *const *words,
		  struct err *err)
{
	const char *meant;

	for (size_t i = 0; words[i]; i++) {
		if (!strcmp(text, words[i])) {
			part->value = xstrdup(text);
			return 0;
		}
	}
	meant = did_you_mean_word(text, words);
	if (meant)
		return err_set(err, STATUS_USAGE, "there is no %s=%.60s: did you mean %s=%s?", name, text,
			       name, meant);
	return err_set(err, STATUS_USAGE, "there is no %s=%.60s: it is %s=%s%s%s%s%s%s%s", name, text, name,
		       words[0], words[1] ? ", " : "", words[1] ? words[1] : "",
		       words[1] && words[2] ? ", " : "", words[1] && words[2] ? words[2] : "",
		       words[1] && words[2] && words[3] ? ", " : "",
		       words[1] && words[2] && words[3] ? words[3] : "");
}

int value_off(struct variant_part *part, const char *text, struct err *err)
{
	static const char *const words[] = { "off", NULL };

	return one_of(part, "pymalloc", text, words, err);
}

int value_malloc(struct variant_part *part, const char *text, struct err *err)
{
	static const char *const words[] = { "jemalloc", "tcmalloc", "mimalloc", "glibc", NULL };

	return one_of(part, "malloc", text, words, err);
}

int value_thp(struct variant_part *part, const char *text, struct err *err)
{
	static const char *const words[] = { "never", "madvise", "always", NULL };

	return one_of(part, "thp", text, words, err);
}

int value_count(struct variant_part *part, const char *text, struct err *err)
{
	int64_t n;

	if (units_parse_int(text, 1, 1 << 20, &n) < 0)
		return err_set(err, STATUS_USAGE,
			       "malloc.arenas=%.60s: write a whole number of arenas, 1 or more", text);
	part->numbers[part->nnumbers++] = (uint64_t)n;
	part->value = xstrdup(text);
	return 0;
}

int value_size(struct variant_part *part, const char *text, struct err *err)
{
	const char *name = part->kind == PART_MMAP ? "malloc.mmap" : "malloc.trim";
	uint64_t bytes;

	if (units_parse_size(text, &bytes) < 0 || bytes > SIZE_MAX / 4)
		return err_set(err, STATUS_USAGE, "%s=%.60s: write a size, as in %s=128KiB", name, text,
			       name);
	part->numbers[part->nnumbers++] = bytes;
	part->value = xstrdup(text);
	return 0;
}

int value_tunable(struct variant_part *part, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');

	if (!equals || strncmp(text, "glibc.", strlen("glibc.")) != 0 || !equals[1] ||
	    strpbrk(text, ": \t\n"))
		return err_set(err, STATUS_USAGE,
			       "tunable:%.60s: write one name and its value, as in "
			       "tunable:glibc.malloc.tcache_count=0",
			       text);
	part->name = xmemdupz(text, (size_t)(equals - text));
	part->value = xstrdup(equals + 1);
	return 0;
}

int value_env(struct variant_part *part, const char *text, struct err *err)
{
	size_t len = strcspn(text, "=");

	for (size_t i = 0; i < len; i++)
		if (isspace((unsigned char)text[i]))
			len = 0;
	if (!len)
		return err_set(err, STATUS_USAGE,
			       "env:%.60s: write a variable and its value, as in "
			       "env:PYTHONHASHSEED=0, or its name alone to take it away",
			       text);
	part->name = xmemdupz(text, len);
	if (text[len])
		part->value = xstrdup(text + len + 1);
	return 0;
}

int value_args(struct variant_part *part, const char *text, struct err *err)
{
	cleanup(words_release) struct words words = { 0 };

	if (words_split(text, &words) < 0)
		return err_set(err, STATUS_USAGE, "args:%.100s: a quote or a backslash has no end", text);
	if (!words.n)
		return err_set(err, STATUS_USAGE,
			       "args: needs words: args:--max-requests=500 (more of them), args:~--preload "
			       "(without one), args:=WORDS (others)");
	part->value = xstrdup(text);
	return 0;
}

int value_warm(struct variant_part *part, const char *text, struct err *err)
{
	return err_set(
		err, STATUS_USAGE,
		"warm=%.60s: a server takes no request before it forks, so nothing from outside can warm "
		"it there. Call the application once (a test client's request, its caches) at the end of "
		"the module that is loaded before the fork, when a variable says so, and try that: "
		"env:WARM=1",
		text);
}
