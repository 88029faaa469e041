/*
 * What a command runs (trial/program.h), and the environment that it is started with (trial/environment.h). An input is
 * pieces (fuzz.h): the command's words, a script's first line, the settings of uWSGI, and a list of the environment. A
 * slash stands for the folder of this fuzzer. What is found of a program are words that are there, and what it does not
 * suit is said; lists have what was put into them, and nothing that was taken out.
 */
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "tree.h"
#include "trial/environment.h"
#include "trial/program.h"
#include "trial/setup_parts.h"
#include "trial/words.h"

static int script = -1, settings = -1;

static void make_tree(void)
{
	tree_begin("fuzz_program");
	script = tree_file("script");
	must(fchmod(script, 0700) == 0);
	settings = tree_file("uwsgi.ini");
}

/* Files of this machine are none of ours: behind each slash is the folder again. */
static char *own(const struct pieces *p)
{
	cleanup(buf_release) struct buf text = { 0 };

	for (size_t i = 0; i < p->len; i++) {
		if (p->piece[i] == '/')
			buf_adds(&text, tree_root);
		buf_addc(&text, (char)p->piece[i]);
	}
	return xmemdupz(text.data ?: "", text.len);
}

static void check_suits(const struct program *p)
{
	for (enum part_kind kind = PART_FREEZE; kind <= PART_WARM; kind++) {
		char text[] = "part";
		struct variant_part part = { .kind = kind, .text = text };
		struct err err = { 0 };

		if (part_suits(&part, p, &err) < 0)
			must(err.status == STATUS_USAGE && *err.msg && part_language(kind));
	}
}

static void check_word(const char word[32])
{
	must(memchr(word, '\0', 32));
}

static void check_program(const char *line, const struct environment *env)
{
	cleanup(words_release) struct words words = { 0 };
	struct program p;

	if (words_split(line, &words) < 0 || !words.n)
		return;
	program_look(words.items, env, &p);
	check_word(p.no_environment);
	check_word(p.no_site);
	check_word(p.other_user);
	check_word(p.lazy);
	must(!*p.lazy || p.uwsgi);
	check_suits(&p);
}

static int is_word(const char *item, const void *word)
{
	return !strcmp(item, word);
}

/* How many items of the list are this one. */
static size_t count(const struct environment *env, const char *word)
{
	const char *at = environment_get(env, "LIST");
	size_t n = 0;

	while (at && *at) {
		size_t len = strcspn(at, ":");

		n += len == strlen(word) && !memcmp(at, word, len);
		at += len + (at[len] != '\0');
	}
	return n;
}

static void check_list(struct environment *env, const char *list)
{
	size_t n = env->n, before;

	environment_set(env, "LIST", list);
	must(env->n == n + 1 && !env->items[env->n] && !strcmp(environment_get(env, "LIST"), list));
	before = count(env, "item");
	environment_put_first(env, "LIST", "item", ':');
	environment_put_last(env, "LIST", "item", ':');
	must(count(env, "item") == before + 2);
	must(!strncmp(environment_get(env, "LIST"), "item:", 5));
	environment_take_out(env, "LIST", ":", is_word, "item");
	must(count(env, "item") == 0);
	environment_unset(env, "LIST");
	must(env->n == n && !environment_get(env, "LIST"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(environment_release) struct environment env = { 0 };
	struct pieces p = { .data = data, .size = size };
	char *none[] = { NULL }, *texts[4] = { 0 };
	size_t n = 0;

	if (script < 0)
		make_tree();
	for (; n < 4 && next_piece(&p); n++)
		texts[n] = own(&p);
	if (n == 4) {
		tree_set(script, texts[1], strlen(texts[1]));
		tree_set(settings, texts[2], strlen(texts[2]));
		environment_copy(&env, none);
		environment_set(&env, "PATH", tree_root);
		check_program(texts[0], &env);
		check_list(&env, texts[3]);
	}
	for (size_t i = 0; i < 4; i++)
		free(texts[i]);
	return 0;
}
