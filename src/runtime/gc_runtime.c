#include "runtime/gc_runtime.h"

#include <string.h>
#include "model/interpreter.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

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
		for (const struct interpreter *in = interpreters; in->name; in++)
			if (in->runtime && is_program(&objects[exe], in->name))
				return in->runtime;
	/* the table's order decides for a server with several in it: Apache loads mod_perl and mod_php */
	for (const struct interpreter *in = interpreters; in->name; in++)
		for (size_t i = 0; i < n && in->library; i++)
			if (i != exe && is_library(&objects[i], in->library))
				return in->runtime;
	return RUNTIME_NONE;
}

const char *gc_allocator(const struct image_object *objects, size_t n)
{
	for (size_t k = 0; k < LENGTH(allocators); k++)
		for (size_t i = 0; i < n; i++)
			if (begins(&objects[i], "lib") && image_object_named(&objects[i], allocators[k]))
				return allocators[k];
	return NULL;
}
