#include "runtime/gc_runtime.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *program; /* what the program's name begins with, before a version or a dash */
	const char *library; /* what a library's name begins with */
	enum runtime runtime;
} runtimes[] = {
	{ "python", "libpython", RUNTIME_CPYTHON },
	{ "ruby", "libruby", RUNTIME_RUBY },
	{ "php", "libphp", RUNTIME_PHP },
	{ "node", "libnode", RUNTIME_NODE },
	{ "nodejs", "libnode", RUNTIME_NODE },
	{ "java", "libjvm", RUNTIME_JAVA },
	{ "perl", "libperl", RUNTIME_PERL },
};

static const char *const allocators[] = { "jemalloc", "tcmalloc", "mimalloc" };

static bool begins(const struct image_object *o, const char *with)
{
	size_t n = strlen(with);

	return o->name_len >= n && !memcmp(o->name, with, n);
}

/* "ruby", "ruby3.1", "php-fpm8.2": not "rubygems". */
static bool is_program(const struct image_object *o, const char *name)
{
	size_t n = strlen(name);

	return begins(o, name) && (o->name_len == n || o->name[n] == '-' || o->name[n] == '.' ||
				   (o->name[n] >= '0' && o->name[n] <= '9'));
}

/* "libphp8.2.so", "libperl.so.5.36": not "libpython_helper.so" or "libnodesomething". */
static bool is_library(const struct image_object *o, const char *name)
{
	return is_program(o, name) && image_object_named(o, ".so");
}

enum runtime gc_runtime(const struct image_object *objects, size_t n, size_t exe)
{
	if (exe < n)
		for (size_t k = 0; k < LENGTH(runtimes); k++)
			if (is_program(&objects[exe], runtimes[k].program))
				return runtimes[k].runtime;
	/* the table's order decides for a server with several in it: Apache loads mod_perl and mod_php */
	for (size_t k = 0; k < LENGTH(runtimes); k++)
		for (size_t i = 0; i < n; i++)
			if (i != exe && is_library(&objects[i], runtimes[k].library))
				return runtimes[k].runtime;
	return RUNTIME_NONE;
}

const char *gc_allocator(const struct image_object *objects, size_t n)
{
	for (size_t k = 0; k < LENGTH(allocators); k++)
		for (size_t i = 0; i < n; i++)
			if (begins(&objects[i], "lib") &&
			    image_object_named(&objects[i], allocators[k]))
				return allocators[k];
	return NULL;
}
