#include "trial/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "trial/environment.h"
#include "trial/folder.h"
#include "trial/huge.h"
#include "trial/library.h"
#include "trial/setup_parts.h"
#include "trial/words.h"
#include "sys/priv.h"

static int is_allocator(const char *item, const void *data)
{
	return library_of(item) != ALLOCATOR_KINDS;
}

/* In front of what else is loaded before the program, instead of another allocator. */
static int use_malloc(const struct variant_part *part, struct environment *env, struct err *err)
{
	enum allocator_kind kind = library_kind(part->value);
	cleanup(buf_release) struct buf path = { 0 };

	if (kind != ALLOCATOR_KINDS && library_find("", kind, &path, err) < 0)
		return -1;
	environment_take_out(env, "LD_PRELOAD", ": \t", is_allocator, NULL);
	if (kind != ALLOCATOR_KINDS)
		environment_put_first(env, "LD_PRELOAD", path.data, ':');
	return 0;
}

static int is_tunable(const char *item, const void *data)
{
	const char *name = data;
	size_t n = strlen(name);

	return !strncmp(item, name, n) && item[n] == '=';
}

/* A tunable goes before the variable of the same meaning (glibc's manual, Memory Allocation Tunables). */
static void use_number(const struct variant_part *part, const char *variable, const char *tunable,
		       struct environment *env)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)part->numbers[0]);
	environment_take_out(env, "GLIBC_TUNABLES", ":", is_tunable, tunable);
	environment_set(env, variable, number);
}

static void use_tunable(const struct variant_part *part, struct environment *env)
{
	cleanup(buf_release) struct buf item = { 0 };

	buf_printf(&item, "%s=%s", part->name, part->value);
	environment_take_out(env, "GLIBC_TUNABLES", ":", is_tunable, part->name);
	environment_put_last(env, "GLIBC_TUNABLES", item.data, ':');
}

static int use_part(const struct variant_part *part, struct environment *env, struct setup *s,
		    struct err *err)
{
	switch (part->kind) {
	case PART_PYMALLOC:
		environment_set(env, "PYTHONMALLOC", "malloc");
		return 0;
	case PART_MALLOC:
		return use_malloc(part, env, err);
	case PART_ARENAS:
		use_number(part, "MALLOC_ARENA_MAX", "glibc.malloc.arena_max", env);
		return 0;
	case PART_MMAP:
		use_number(part, "MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold", env);
		return 0;
	case PART_TRIM:
		use_number(part, "MALLOC_TRIM_THRESHOLD_", "glibc.malloc.trim_threshold", env);
		return 0;
	case PART_TUNABLE:
		use_tunable(part, env);
		return 0;
	case PART_THP:
		return huge_choose(HUGE_FOLDER, part->value, &s->thp_disable, &s->thp_flags, err);
	default: /* of interpreters, variables and words: made elsewhere */
		return 0;
	}
}

static void copy_words(char *const command[], char ***ret)
{
	size_t n = 0;

	while (command[n])
		n++;
	*ret = xcalloc(n + 1, sizeof(**ret));
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = xstrdup(command[i]);
}

/* The user's own variables first: what the other parts add to lists is added to these. */
static void use_variables(const struct variant *v, struct environment *env)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct variant_part *part = &v->parts[i];

		if (part->kind == PART_ENV && part->value)
			environment_set(env, part->name, part->value);
		else if (part->kind == PART_ENV)
			environment_unset(env, part->name);
	}
}

static int use_variant(const struct variant *v, char *const command[], struct environment *env,
		       struct setup *s, struct err *err)
{
	const struct variant_part *args = variant_part(v, PART_ARGS);
	struct program program;

	if (args && words_apply(args->value, command, &s->argv, err) < 0)
		return -1;
	if (!args)
		copy_words(command, &s->argv);
	use_variables(v, env);
	program_look(s->argv, env, &program);
	for (size_t i = 0; i < v->n; i++)
		if (part_suits(&v->parts[i], &program, err) < 0)
			return -1;
	for (size_t i = 0; i < v->n; i++)
		if (use_part(&v->parts[i], env, s, err) < 0)
			return -1;
	return shim_make(v, &program, env, &s->folder, err);
}

int setup_make(const struct variant *variant, char *const command[], struct setup *ret, struct err *err)
{
	cleanup(setup_release) struct setup s = { .variant = variant, .thp_disable = -1 };
	cleanup(environment_release) struct environment env = { 0 };

	environment_copy(&env, priv_environ());
	if (!variant)
		copy_words(command, &s.argv);
	else if (use_variant(variant, command, &env, &s, err) < 0)
		return -1;
	s.env = env.items;
	env = (struct environment){ 0 };
	*ret = s;
	s = (struct setup){ 0 };
	return 0;
}

int setup_remove(struct setup *s)
{
	int r = s->folder ? folder_remove(s->folder) : 0;

	if (r == 0) {
		free(s->folder);
		s->folder = NULL;
	}
	return r;
}

void setup_release(struct setup *s)
{
	words_free(s->argv);
	words_free(s->env);
	setup_remove(s);
	free(s->folder);
	*s = (struct setup){ .thp_disable = -1 };
}
