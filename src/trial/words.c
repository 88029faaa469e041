#include "trial/words.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define BLANKS " \t\n"

static void add(struct words *w, const char *text, bool plain)
{
	if (w->n + 1 >= w->cap) {
		w->cap = w->cap ? w->cap * 2 : 8;
		w->items = xreallocarray(w->items, w->cap, sizeof(*w->items));
	}
	vec_room(&w->plain, w->n, &w->plain_cap);
	w->plain[w->n] = plain;
	w->items[w->n++] = xstrdup(text);
	w->items[w->n] = NULL;
}

/* What is in the quotes at `at`; returns their end, or NULL. */
static const char *quoted(const char *at, struct buf *word)
{
	char quote = *at++;

	for (; *at && *at != quote; at++) {
		if (quote == '"' && *at == '\\' && at[1] && strchr("\"\\$`", at[1]))
			at++;
		buf_addc(word, *at);
	}
	return *at ? at + 1 : NULL;
}

/* The word at `at`; returns what is behind it, or NULL. */
static const char *one_word(const char *at, struct buf *word)
{
	while (*at && !strchr(BLANKS, *at)) {
		if (*at == '\'' || *at == '"') {
			at = quoted(at, word);
			if (!at)
				return NULL;
			continue;
		}
		if (*at == '\\' && !*++at)
			return NULL;
		buf_addc(word, *at++);
	}
	return at;
}

int words_split(const char *text, struct words *ret)
{
	cleanup(buf_release) struct buf word = { 0 };

	for (const char *at = text + strspn(text, BLANKS); *at; at += strspn(at, BLANKS)) {
		bool plain = !strchr("'\"\\", *at);

		buf_reset(&word);
		at = one_word(at, &word);
		if (!at)
			return -1;
		add(ret, word.len ? word.data : "", plain);
	}
	return 0;
}

void words_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

void words_release(struct words *w)
{
	words_free(w->items);
	free(w->plain);
	*w = (struct words){ 0 };
}

/* Without the first word behind the program that is this one. */
static int take_away(struct words *w, const char *word, struct err *err)
{
	for (size_t i = 1; i < w->n; i++) {
		if (strcmp(w->items[i], word) != 0)
			continue;
		free(w->items[i]);
		memmove(&w->items[i], &w->items[i + 1], (w->n - i) * sizeof(*w->items));
		w->n--;
		return 0;
	}
	return err_set(err, STATUS_USAGE,
		       "args:~%.100s: the command has no such argument to take away (each ~WORD is one whole "
		       "argument)",
		       word);
}

int words_apply(const char *text, char *const command[], char ***ret, struct err *err)
{
	cleanup(words_release) struct words typed = { 0 }, made = { 0 };
	bool instead = *text == '=';

	if (words_split(text + instead, &typed) < 0)
		return err_set(err, STATUS_USAGE, "args:%.100s: a quote or a backslash has no end", text);
	for (size_t i = 0; command[i] && (i == 0 || !instead); i++)
		add(&made, command[i], false);
	for (size_t i = 0; i < typed.n; i++) {
		const char *word = typed.items[i];

		if (!typed.plain[i] || *word != '~')
			add(&made, word, false);
		else if (take_away(&made, word + 1, err) < 0)
			return -1;
	}
	*ret = made.items;
	made.items = NULL;
	return 0;
}
