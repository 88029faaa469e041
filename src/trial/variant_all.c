#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "trial/huge.h"
#include "trial/library.h"
#include "trial/setup_parts.h"
#include "sys/priv.h"

/* In the order in which they are tried. */
static const char *const candidates[] = {
	"gc.freeze", "gc.collect+freeze", "gc.disable",      "pymalloc=off",    "gc.start",  "gc.compact",
	"warmup",    "malloc=jemalloc",   "malloc=tcmalloc", "malloc=mimalloc", "thp=never",
};

static bool is_preloaded(const struct environment *env, const char *allocator)
{
	const char *list = environment_get(env, "LD_PRELOAD");

	return list && strstr(list, allocator);
}

/* Would it be another thing than the command as it is? */
static bool changes_anything(const struct variant_part *part, const struct environment *env)
{
	cleanup(buf_release) struct buf path = { 0 };
	char machine[16];

	if (part->kind == PART_MALLOC)
		return !is_preloaded(env, part->value) &&
		       library_find("", library_kind(part->value), &path, NULL) == 0;
	huge_machine(HUGE_FOLDER, machine);
	/* Where huge pages come to who asks for them, hardly anybody does. */
	return part->kind != PART_THP || !strcmp(machine, "always");
}

static bool applies(const struct variant *v, const struct program *program, const struct environment *env)
{
	const struct variant_part *part = &v->parts[0];

	/* Those of a language where that is known only. */
	if (part_language(part->kind) && program->runtime == RUNTIME_NONE)
		return false;
	/* PHP's extensions are bound to glibc's malloc(3) where PHP loads them itself (RTLD_DEEPBIND), and crash. */
	if (part->kind == PART_MALLOC && program->runtime == RUNTIME_PHP)
		return false;
	return part_suits(part, program, NULL) == 0 && changes_anything(part, env);
}

int variant_all(char *const command[], char ***ret, struct err *err)
{
	cleanup(environment_release) struct environment env = { 0 };
	const size_t n = sizeof(candidates) / sizeof(*candidates);
	struct program program;
	char **names;
	size_t found = 0;

	environment_copy(&env, priv_environ());
	program_look(command, &env, &program);
	names = xcalloc(n + 1, sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		struct variant *v;

		if (variant_parse(candidates[i], &v, err) < 0)
			continue;
		if (applies(v, &program, &env))
			names[found++] = xstrdup(candidates[i]);
		variant_free(v);
	}
	if (!found) {
		free(names);
		return err_set(
			err, STATUS_USAGE,
			"--with all: nothing is known that applies to %.100s and needs no value: name variants "
			"(%smalloc.arenas=1, env:NAME=VALUE)",
			command[0], program.runtime == RUNTIME_PHP ? "opcache.preload=FILE, " : "");
	}
	*ret = names;
	return 0;
}
