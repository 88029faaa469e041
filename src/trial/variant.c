#include "trial/variant.h"

#include <stdlib.h>
#include <string.h>
#include "analysis/did_you_mean.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "trial/variant_parts.h"
#include "trial/variant_value.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* What follows a name: nothing, or a value behind this character. */
enum follows { NOTHING = '\0', EQUALS = '=', COLON = ':' };

/* clang-format off */
static const struct variant_kind {
	const char *name;
	enum part_kind kind;
	enum follows follows;
	bool any_text; /* its value may hold a '+' */
	int (*value)(struct variant_part *part, const char *text, struct err *err);
	const char *usage;
} kinds[] = {
	{ "gc.collect+freeze", PART_COLLECT_FREEZE, NOTHING, false, NULL, "" },
	{ "gc.freeze", PART_FREEZE, NOTHING, false, NULL, "" },
	{ "gc.disable", PART_DISABLE, NOTHING, false, NULL, "" },
	{ "gc.threshold", PART_THRESHOLD, EQUALS, false, value_thresholds, "N[,N,N]" },
	{ "gc.start", PART_GC_START, NOTHING, false, NULL, "" },
	{ "gc.compact", PART_GC_COMPACT, NOTHING, false, NULL, "" },
	{ "warmup", PART_WARMUP, NOTHING, false, NULL, "" },
	{ "opcache.preload", PART_PRELOAD, EQUALS, true, value_text, "FILE" },
	{ "pymalloc", PART_PYMALLOC, EQUALS, false, value_off, "off" },
	{ "malloc", PART_MALLOC, EQUALS, false, value_malloc, "jemalloc|tcmalloc|mimalloc|glibc" },
	{ "malloc.arenas", PART_ARENAS, EQUALS, false, value_count, "N" },
	{ "malloc.mmap", PART_MMAP, EQUALS, false, value_size, "SIZE" },
	{ "malloc.trim", PART_TRIM, EQUALS, false, value_size, "SIZE" },
	{ "tunable", PART_TUNABLE, COLON, true, value_tunable, "NAME=VALUE" },
	{ "thp", PART_THP, EQUALS, false, value_thp, "never|madvise|always" },
	{ "env", PART_ENV, COLON, true, value_env, "NAME=VALUE" },
	{ "args", PART_ARGS, COLON, true, value_args, "WORDS" },
	{ "warm", PART_WARM, EQUALS, true, value_warm, "COMMAND" },
};
/* clang-format on */

const struct variant_part *variant_part(const struct variant *v, enum part_kind kind)
{
	for (size_t i = 0; v && i < v->n; i++)
		if (v->parts[i].kind == kind)
			return &v->parts[i];
	return NULL;
}

/* The kind whose name stands at `text`, the longest of several; NULL: none. */
static const struct variant_kind *kind_at(const char *text)
{
	const struct variant_kind *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < LENGTH(kinds); i++) {
		size_t n = strlen(kinds[i].name);
		char after;

		if (strncmp(text, kinds[i].name, n) != 0 || n <= longest)
			continue;
		after = text[n];
		if (after == '\0' || after == '+' || after == (char)kinds[i].follows) {
			found = &kinds[i];
			longest = n;
		}
	}
	return found;
}

/* Where the part at `text` ends. Within any text a '+' ends it only in front of another part's name. */
static const char *part_end(const char *text, const struct variant_kind *k)
{
	const char *plus = text + strlen(k->name);

	while ((plus = strchr(plus, '+')) != NULL) {
		if (!k->any_text || kind_at(plus + 1))
			return plus;
		plus++;
	}
	return text + strlen(text);
}

static int no_such(const char *text, struct err *err)
{
	const char *words[LENGTH(kinds) + 1] = { NULL };
	cleanup_free char *word = xmemdupz(text, strcspn(text, "+"));
	cleanup_free char *name = xmemdupz(word, strcspn(word, "=:"));
	const char *meant;

	for (size_t i = 0; i < LENGTH(kinds); i++)
		words[i] = kinds[i].name;
	meant = did_you_mean_word(name, words);
	if (meant)
		return err_set(err, STATUS_USAGE, "there is no variant %.100s: did you mean %s?", word,
			       meant);
	return err_set(err, STATUS_USAGE,
		       "there is no variant %.100s: cowtop-try(1), VARIANTS, has them all (gc.freeze, "
		       "malloc=jemalloc, env:NAME=VALUE, ...)",
		       *word ? word : "without a name");
}

static int parse_part(const char *text, size_t len, const struct variant_kind *k, struct variant_part *ret,
		      struct err *err)
{
	cleanup_free char *whole = xmemdupz(text, len);
	const char *value = whole + strlen(k->name);

	if (k->follows == NOTHING || *value != (char)k->follows) {
		if (k->follows != NOTHING)
			return err_set(err, STATUS_USAGE, "%s needs a value: %s%c%s", k->name, k->name,
				       (char)k->follows, k->usage);
		value = NULL;
	}
	ret->kind = k->kind;
	if (value && k->value(ret, value + 1, err) < 0)
		return -1;
	ret->text = xstrdup(whole);
	return 0;
}

static void part_release(struct variant_part *p)
{
	free(p->text);
	free(p->name);
	free(p->value);
	*p = (struct variant_part){ 0 };
}

void variant_free(struct variant *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		part_release(&v->parts[i]);
	free(v->parts);
	free(v->name);
	free(v);
}

static void variant_freep(struct variant **v)
{
	variant_free(*v);
}

const char *variant_name(const struct variant *v)
{
	return v->name;
}

static bool is_allocator_setting(enum part_kind kind)
{
	return kind == PART_ARENAS || kind == PART_MMAP || kind == PART_TRIM || kind == PART_TUNABLE;
}

static bool is_freeze(enum part_kind kind)
{
	return kind == PART_FREEZE || kind == PART_COLLECT_FREEZE;
}

/* Why two parts cannot be had together; NULL: they can. */
static const char *conflict(const struct variant_part *a, const struct variant_part *b)
{
	if (a->kind == b->kind) {
		if (a->kind == PART_ARGS)
			return "put all words behind one args:";
		if (!a->name || !strcmp(a->name, b->name))
			return "only one of them can hold";
		return NULL;
	}
	if (is_freeze(a->kind) && is_freeze(b->kind))
		return "the one is the other with a collection before it";
	if (a->kind == PART_DISABLE && b->kind == PART_THRESHOLD)
		return "a collector that is off has no use for thresholds";
	if (a->kind == PART_MALLOC && is_allocator_setting(b->kind) && strcmp(a->value, "glibc") != 0)
		return "that is a setting of glibc's allocator, which is not there then";
	return NULL;
}

static int check_conflicts(const struct variant *v, struct err *err)
{
	for (size_t i = 0; i < v->n; i++) {
		for (size_t j = 0; j < v->n; j++) {
			const char *why = i == j ? NULL : conflict(&v->parts[i], &v->parts[j]);

			if (why)
				return err_set(err, STATUS_USAGE,
					       "%.100s and %.100s cannot be tried together: %s",
					       v->parts[i].text, v->parts[j].text, why);
		}
	}
	return 0;
}

int variant_parse(const char *text, struct variant **ret, struct err *err)
{
	cleanup(variant_freep) struct variant *v = xcalloc(1, sizeof(*v));
	const char *at = text;

	v->name = xstrdup(text);
	for (;;) {
		const struct variant_kind *k = kind_at(at);
		const char *end;

		if (!k)
			return no_such(at, err);
		end = part_end(at, k);
		vec_room(&v->parts, v->n, &v->cap);
		v->parts[v->n] = (struct variant_part){ 0 };
		v->n++;
		if (parse_part(at, (size_t)(end - at), k, &v->parts[v->n - 1], err) < 0)
			return -1;
		if (!*end)
			break;
		at = end + 1;
	}
	if (check_conflicts(v, err) < 0)
		return -1;
	*ret = v;
	v = NULL;
	return 0;
}
