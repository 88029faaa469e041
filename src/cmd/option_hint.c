#include "cmd/option_hint.h"

#include <stdio.h>
#include <string.h>
#include "analysis/did_you_mean.h"

/* More verbs that have an option are not named. */
#define VERBS_MOST 5
#define OPTIONS_MOST 64

static const struct verb *const none[] = { NULL };
static const struct verb *const *verbs = none, *plain;

void option_hint_verbs(const struct verb *nameless, const struct verb *const all[])
{
	plain = nameless;
	verbs = all;
}

/* The name in "--name=value". */
static void name_of(const char *word, char out[static 64])
{
	word += strspn(word, "-");
	snprintf(out, 64, "%.*s", (int)strcspn(word, "="), word);
}

/* Does the verb have it, by its long name or by its letter? */
static bool has(const struct verb *verb, const char *name)
{
	for (const struct option_row *row = verb->options; row->name; row++) {
		if (!strcmp(row->name, name) || (row->letter && row->letter == name[0] && !name[1]))
			return true;
	}
	return false;
}

/* Of how many verbs is it one, what runs without a verb among them? Those are named. */
static size_t others(const char *name, struct buf *list)
{
	size_t n = plain && has(plain, name);

	if (n)
		buf_adds(list, "cowtop");
	for (const struct verb *const *verb = verbs; *verb; verb++) {
		if (!has(*verb, name))
			continue;
		buf_printf(list, "%scowtop %s", n ? ", " : "", (*verb)->name);
		n++;
	}
	return n;
}

static const char *nearest(const struct verb *verb, const char *name)
{
	const char *names[OPTIONS_MOST + 3] = { "help", "version" };
	size_t n = 2;

	for (const struct option_row *row = verb->options; row->name && n < OPTIONS_MOST + 2; row++)
		names[n++] = row->name;
	return did_you_mean_word(name, names);
}

bool option_is_single_dashed(const struct verb *verb, const char *word)
{
	return word[0] == '-' && word[1] != '-' && strlen(word) > 2 && has(verb, word + 1);
}

void option_hint(const struct verb *verb, const char *word, struct buf *out)
{
	struct buf list = { 0 };
	const char *near;
	char name[64];
	size_t n;

	name_of(word, name);
	n = others(name, &list);
	near = strlen(name) > 1 ? nearest(verb, name) : NULL;
	if (option_is_single_dashed(verb, word))
		buf_printf(out, ": did you mean --%s?", name);
	else if (n && n <= VERBS_MOST)
		buf_printf(out, ": %s ha%s it", list.data, n > 1 ? "ve" : "s");
	else if (near)
		buf_printf(out, ": did you mean --%s?", near);
	buf_release(&list);
}
