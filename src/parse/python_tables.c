#include "parse/python_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/search.h"

#define FUNCTIONS_MAX 65536
#define IDENTIFIER_MAX 63
#define METHOD_FLAGS_MAX 0x3ff
#define BASIC_SIZE_MAX 65536
/* Words of a PyMethodDef, a PyTypeObject (3.8; it has grown since) and a PyModuleDef. */
#define METHOD_WORDS 4
#define TYPE_WORDS 49
/* Places in them, in words. */
enum { METHOD_NAME, METHOD_FUNCTION, METHOD_FLAGS, METHOD_DOC };
enum { TYPE_REFS, TYPE_OF, TYPE_SIZE, TYPE_NAME, TYPE_BASIC, TYPE_ITEM, TYPE_DEALLOC, TYPE_METHODS = 29 };
enum { MODULE_NAME = 5, MODULE_METHODS = 8 };

static const struct {
	unsigned int word;
	const char *name;
} slots[] = {
	{ 6, "tp_dealloc" },    { 11, "tp_repr" },        { 15, "tp_hash" },     { 16, "tp_call" },
	{ 17, "tp_str" },       { 18, "tp_getattro" },    { 19, "tp_setattro" }, { 23, "tp_traverse" },
	{ 24, "tp_clear" },     { 25, "tp_richcompare" }, { 27, "tp_iter" },     { 28, "tp_iternext" },
	{ 34, "tp_descr_get" }, { 37, "tp_init" },        { 38, "tp_alloc" },    { 39, "tp_new" },
	{ 40, "tp_free" },      { 48, "tp_finalize" },
};

struct scan {
	const struct elf_data *data;
	const struct reader *image;
	const struct eh_frame *frames;
	struct python_functions *ret;
};

void python_functions_release(struct python_functions *f)
{
	free(f->items);
	*f = (struct python_functions){ 0 };
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A Python identifier, with dots in between when `dots`, and its NUL. */
static bool read_name(const struct scan *s, uint64_t address, bool dots, char ret[IDENTIFIER_MAX + 1])
{
	/* The first page has headers; small numbers are other things than names. */
	if (address < 4096)
		return false;
	for (size_t i = 0; i <= IDENTIFIER_MAX; i++) {
		if (!reader_read(s->image, address + i, ret + i, 1))
			return false;
		if (!ret[i])
			return i > 0;
		if (!is_letter(ret[i]) &&
		    (!i || ((ret[i] < '0' || ret[i] > '9') && (!dots || ret[i] != '.'))))
			return false;
	}
	return false;
}

static bool is_function(const struct scan *s, uint64_t address)
{
	return address && eh_frame_starts(s->frames, address);
}

static bool is_method(const struct scan *s, size_t i, char name[IDENTIFIER_MAX + 1])
{
	const uint64_t *w = s->data->words + i;

	return s->data->n - i >= METHOD_WORDS && w[METHOD_FLAGS] && w[METHOD_FLAGS] <= METHOD_FLAGS_MAX &&
	       is_function(s, w[METHOD_FUNCTION]) && read_name(s, w[METHOD_NAME], false, name);
}

/* Counted once at first; immortal from 3.12 on, in the numbers of 3.12 and 3.14. */
static bool is_first_count(uint64_t refs)
{
	return refs == 1 || refs == 0xffffffff || (refs & 0xffffffff) == 0xc0000000;
}

static bool is_type(const struct scan *s, size_t i, char name[IDENTIFIER_MAX + 1])
{
	const uint64_t *w = s->data->words + i;

	if (s->data->n - i < TYPE_WORDS || !is_first_count(w[TYPE_REFS]) || w[TYPE_SIZE] ||
	    w[TYPE_BASIC] < 16 || w[TYPE_BASIC] > BASIC_SIZE_MAX || w[TYPE_ITEM] > BASIC_SIZE_MAX)
		return false;
	for (size_t k = 0; k < sizeof(slots) / sizeof(*slots); k++)
		if (w[slots[k].word] && !is_function(s, w[slots[k].word]))
			return false;
	return read_name(s, w[TYPE_NAME], true, name);
}

/* "module.Type" is called Type, as its functions in C are. */
static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static void add(struct scan *s, uint64_t start, const char *owner, const char *name)
{
	struct python_functions *f = s->ret;

	if (f->n >= FUNCTIONS_MAX)
		return;
	vec_room(&f->items, f->n, &f->cap);
	f->items[f->n].start = start;
	snprintf(f->items[f->n].name, PYTHON_NAME_MAX, "%s%s%s", owner, *owner ? "." : "", name);
	f->n++;
}

/* Methods up to the entry of zeros that ends their table. */
static void add_methods(struct scan *s, uint64_t table, const char *owner)
{
	uint64_t at = table - s->data->address;
	char name[IDENTIFIER_MAX + 1];

	if (at % 8 || at / 8 >= s->data->n)
		return;
	for (size_t i = at / 8; i < s->data->n; i += METHOD_WORDS) {
		if (is_method(s, i, name))
			add(s, s->data->words[i + METHOD_FUNCTION], owner, name);
		else if (!s->data->words[i])
			return;
	}
}

static void add_type(struct scan *s, size_t i, const char *name)
{
	const uint64_t *w = s->data->words + i;

	for (size_t k = 0; k < sizeof(slots) / sizeof(*slots); k++)
		if (w[slots[k].word])
			add(s, w[slots[k].word], name, slots[k].name);
	add_methods(s, w[TYPE_METHODS], name);
}

/* A module definition begins with an object of which nothing is known before it is used. */
static void add_module(struct scan *s, size_t i)
{
	const uint64_t *w = s->data->words + i;
	char name[IDENTIFIER_MAX + 1], method[IDENTIFIER_MAX + 1];
	uint64_t at;

	if (s->data->n - i <= MODULE_METHODS || !is_first_count(w[0]) || w[2] || w[3] || w[4])
		return;
	at = w[MODULE_METHODS] - s->data->address;
	if (at % 8 || at / 8 >= s->data->n || !is_method(s, at / 8, method) ||
	    !read_name(s, w[MODULE_NAME], true, name))
		return;
	add_methods(s, w[MODULE_METHODS], last_part(name));
}

static int by_start(const void *a, const void *b)
{
	const struct python_function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* One name each; what has two different ones has none. */
static void keep_unique(struct python_functions *f)
{
	size_t n = 0, end;

	if (f->n)
		qsort(f->items, f->n, sizeof(*f->items), by_start);
	for (size_t i = 0; i < f->n; i = end) {
		end = i + 1;
		while (end < f->n && f->items[end].start == f->items[i].start)
			end++;
		if (!strcmp(f->items[i].name, f->items[end - 1].name))
			f->items[n++] = f->items[i];
	}
	f->n = n;
}

static bool is_known(const struct python_functions *f, size_t n, uint64_t start)
{
	size_t i = search(at, n, f->items[at].start < start);

	return i < n && f->items[i].start == start;
}

/* Methods of types that are made when the program runs: nothing leads to their owner's name. */
static void add_other_methods(struct scan *s)
{
	size_t known = s->ret->n;
	char name[IDENTIFIER_MAX + 1];

	for (size_t i = 0; i < s->data->n; i++)
		if (is_method(s, i, name) && !is_known(s->ret, known, s->data->words[i + METHOD_FUNCTION]))
			add(s, s->data->words[i + METHOD_FUNCTION], "", name);
	keep_unique(s->ret);
}

void python_tables_read(const struct elf_data *data, const struct reader *image,
			const struct eh_frame *frames, struct python_functions *ret)
{
	struct scan s = { data, image, frames, ret };
	char name[IDENTIFIER_MAX + 1];

	ret->n = 0;
	for (size_t i = 0; i < data->n; i++) {
		if (is_type(&s, i, name))
			add_type(&s, i, last_part(name));
		else
			add_module(&s, i);
	}
	keep_unique(ret);
	add_other_methods(&s);
}
