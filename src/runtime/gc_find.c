#include "runtime/gc_find.h"

#include "parse/cpython_toggle.h"
#include "parse/cpython_version.h"
#include "parse/elf.h"
#include "parse/elf_file.h"
#include "sys/image_file.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* What can hold an interpreter, by what it is called: libpython3.11.so, python3_plugin.so, uwsgi,
 * mod_wsgi.so. */
static bool is_likely(const struct image_object *o)
{
	return image_object_named(o, "python") || image_object_named(o, "wsgi");
}

/* An object that has CPython's symbols, and what they say. */
struct sight {
	struct elf_object elf;
	const struct vma *vma;
	bool exported; /* the symbols came from memory */
	struct cpython_clues clues;
};

static bool see_exported(const struct reader *r, struct sight *s)
{
	uint64_t pointer;

	if (elf_symbol(r, &s->elf, "_PyRuntime", &s->clues.runtime))
		return true;
	return elf_symbol(r, &s->elf, "_PyGC_generation0", &pointer) &&
	       reader_u64(r, pointer, &s->clues.generations) &&
	       elf_holds_data(&s->elf, s->clues.generations, 16);
}

/* The address of the one static variable of this name, or 0. */
static uint64_t address_of(const struct sight *s, const struct elf_wanted *w)
{
	uint64_t at = s->elf.bias + w->address;

	return w->found == 1 && elf_holds_data(&s->elf, at, 4) ? at : 0;
}

/* Symbols of the file: where there are none exported, and static variables of 2.7 and 3.6. */
static void see_symtab(struct image *im, struct sight *s)
{
	enum { RUNTIME, GENERATIONS, ENABLED, COLLECTING, STATS };
	struct elf_wanted w[] = {
		[RUNTIME] = { .name = "_PyRuntime" },     [GENERATIONS] = { .name = "generations" },
		[ENABLED] = { .name = "enabled" },        [COLLECTING] = { .name = "collecting" },
		[STATS] = { .name = "generation_stats" },
	};
	int fd = image_file(im, s->vma);
	struct reader file = image_file_reader(&fd);

	if (fd < 0 || !elf_file_symbols(&file, w, LENGTH(w)))
		return;
	if (!s->clues.runtime)
		s->clues.runtime = address_of(s, &w[RUNTIME]);
	if (s->clues.runtime)
		return;
	if (!s->clues.generations)
		s->clues.generations = address_of(s, &w[GENERATIONS]);
	s->clues.enabled = address_of(s, &w[ENABLED]);
	s->clues.collecting = address_of(s, &w[COLLECTING]);
	s->clues.stats = address_of(s, &w[STATS]);
}

static bool see_section(struct image *im, struct sight *s)
{
	int fd = image_file(im, s->vma);
	struct reader file = image_file_reader(&fd);
	struct elf_section section;

	if (fd < 0 || !elf_file_section(&file, ".PyRuntime", &section) || section.compressed)
		return false;
	s->clues.runtime = s->elf.bias + section.address;
	return elf_holds_data(&s->elf, s->clues.runtime, 8);
}

/* Py_Version from 3.11 on, else the text that sys.version was made from. */
static void see_version(const struct reader *r, struct sight *s)
{
	uint64_t address, hex;

	if (elf_symbol(r, &s->elf, "Py_Version", &address) && reader_u64(r, address, &hex) &&
	    hex <= UINT32_MAX) {
		s->clues.version = (uint32_t)hex;
		return;
	}
	for (size_t i = 0; i < s->elf.nsegments; i++)
		if (s->elf.segments[i].writable &&
		    cpython_version_scan(r, s->elf.segments[i].start, s->elf.segments[i].end,
					 &s->clues.version))
			return;
}

static void see_build(const struct reader *r, struct sight *s)
{
	static const char *const names[] = { "_Py_RefTotal", "_Py_NegativeRefcount",
					     "_Py_INCREF_IncRefTotal" };
	uint64_t address;

	for (size_t i = 0; i < LENGTH(names) && !s->clues.debug; i++)
		s->clues.debug = elf_symbol(r, &s->elf, names[i], &address);
}

static enum gc_python judge(struct image *im, struct sight *s, struct cpython *ret, const char **why)
{
	struct reader r = mem_reader(&im->mem);
	uint64_t enabled;

	see_version(&r, s);
	see_build(&r, s);
	if (!s->clues.runtime) {
		if (s->exported)
			see_symtab(im, s);
		if (cpython_find_enabled(&r, &s->elf, &enabled))
			s->clues.enabled = enabled;
	}
	if (!s->clues.runtime && !s->clues.version) {
		*why = "the interpreter is not started"; /* it makes that text when it starts */
		return GC_PYTHON_IDLE;
	}
	switch (cpython_locate(&r, &s->clues, ret, why)) {
	case CPYTHON_FOUND:
		return GC_PYTHON_FOUND;
	case CPYTHON_NOT_STARTED:
		return GC_PYTHON_IDLE;
	case CPYTHON_REFUSED:
		break;
	}
	return GC_PYTHON_REFUSED;
}

/* What an object that was not looked at yet says. */
typedef bool (*look)(struct image *im, const struct image_object *o, bool exe, struct sight *ret);

static bool open_object(struct image *im, const struct image_object *o, struct sight *ret)
{
	struct reader r = mem_reader(&im->mem);

	*ret = (struct sight){ .vma = o->vma };
	return elf_open(&r, o->vma->start, &ret->elf);
}

static bool by_export(struct image *im, const struct image_object *o, bool exe, struct sight *ret)
{
	struct reader r = mem_reader(&im->mem);

	ret->exported = open_object(im, o, ret) && see_exported(&r, ret);
	return ret->exported;
}

/* The program, and what is called like an interpreter: their untouched pages are read from files. */
static bool likely_export(struct image *im, const struct image_object *o, bool exe, struct sight *ret)
{
	return (exe || is_likely(o)) && by_export(im, o, exe, ret);
}

/* Anything may have an interpreter linked into it; a lookup that fails is 4 reads. */
static bool any_export(struct image *im, const struct image_object *o, bool exe, struct sight *ret)
{
	return !exe && !is_likely(o) && by_export(im, o, exe, ret);
}

static bool by_file(struct image *im, const struct image_object *o, bool exe, struct sight *ret)
{
	if ((!exe && !is_likely(o)) || !open_object(im, o, ret))
		return false;
	if (see_section(im, ret))
		return true;
	if (!is_likely(o))
		return false;
	see_symtab(im, ret);
	return ret->clues.runtime || ret->clues.generations;
}

/*
 * The program first: a copy relocation there wins over the library's own variable.
 */
static enum gc_python try_all(struct image *im, const struct image_object *objects, size_t n, size_t exe,
			      look see, struct cpython *ret, const char **why)
{
	struct sight s;

	if (exe < n && see(im, &objects[exe], true, &s))
		return judge(im, &s, ret, why);
	for (size_t i = 0; i < n; i++)
		if (i != exe && see(im, &objects[i], false, &s))
			return judge(im, &s, ret, why);
	return GC_PYTHON_NONE;
}

enum gc_python gc_find(struct image *im, const struct image_object *objects, size_t n, size_t exe,
		       struct cpython *ret, const char **why)
{
	struct reader r = mem_reader(&im->mem);
	enum gc_python found = try_all(im, objects, n, exe, likely_export, ret, why);

	if (found != GC_PYTHON_NONE)
		return found;
	found = try_all(im, objects, n, exe, by_file, ret, why);
	if (found != GC_PYTHON_NONE)
		return found;
	im->no_files = true;
	found = try_all(im, objects, n, exe, any_export, ret, why);
	im->no_files = false;
	reader_forget(&r);
	return found;
}
