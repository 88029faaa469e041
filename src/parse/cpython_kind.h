#ifndef COWTOP_PARSE_CPYTHON_KIND_H
#define COWTOP_PARSE_CPYTHON_KIND_H

/*
 * A type of CPython 3.7 to 3.15 as people know it, and how its objects lie in memory: how large one is, and which
 * blocks without a type are its own. Release builds with a GIL on LP64 machines. Pure.
 *
 * An amount is what sys.getsizeof() says, and what that leaves out: the values of instances, which lie in a block
 * beside them (3.11, 3.12) or behind them (3.13 on). Not known of: nodes of an OrderedDict, blocks of a deque, what
 * types of other libraries hold.
 */
#include "parse/cpython_text.h"

enum cpython_form {
	CPYTHON_PLAIN, /* tp_basicsize, and so many items of tp_itemsize as ob_size says: tuples, bytes, instances */
	CPYTHON_STR,
	CPYTHON_INT,
	CPYTHON_LIST,
	CPYTHON_DICT,
	CPYTHON_SET,
	CPYTHON_BYTEARRAY,
	CPYTHON_ARRAY,
	CPYTHON_CODE,
	CPYTHON_FUNCTION, /* plain; it knows its module */
	CPYTHON_TYPE,
};

struct cpython_kind {
	struct cpython_type type;
	enum cpython_form form;
	uint32_t
		before; /* bytes before an object that belong to it: the head, a pair of pointers before that */
	uint32_t values;           /* how many values an instance has room for */
	char name[CPYTHON_TEXT];   /* "dict", "app.models.User"; not clean */
	char module[CPYTHON_TEXT]; /* "app.models"; "": it says none */
};

/* Of the type at `address`, which is one. `head`: cpython_head_size(). */
bool cpython_kind_read(const struct reader *r, uint32_t minor, uint64_t head, uint64_t address,
		       struct cpython_kind *ret);

struct cpython_span {
	uint64_t address, len;
};

#define CPYTHON_BLOCKS 3

/* How far an object extends. */
struct cpython_extent {
	uint64_t own; /* bytes of the object, from its address on, without those before it */
	uint64_t
		written; /* of these at its end: bytecode, which the interpreter writes while it runs (3.11 on) */
	size_t n;
	struct cpython_span blocks[CPYTHON_BLOCKS];
	bool caches; /* the blocks are caches of code (3.8 to 3.10) */
};

/* False: it cannot be read, or is nothing of the kind. What it says of lengths is not bounded. */
bool cpython_extent_read(const struct reader *r, uint32_t minor, const struct cpython_kind *k,
			 uint64_t address, struct cpython_extent *ret);

/* Does the collector track an object with such a head, of three words? Of `head` bytes only the first two words are
 * its own where that is 16 (Include/internal/pycore_gc.h: _gc_next, 0 when untracked; 3.7: gc_refs, -2 then). */
bool cpython_is_tracked(uint64_t head, const uint64_t words[static 3]);

/* The str that names the module of a function, the code of it, the str that is the file of code: where in the object
 * its address is. (Include/cpython/funcobject.h, Include/cpython/code.h and their ancestors) */
uint32_t cpython_function_module(uint32_t minor);
uint32_t cpython_function_code(uint32_t minor);
uint32_t cpython_code_file(uint32_t minor);
/* ... and the table of keys that the instances of a class share. */
uint32_t cpython_type_keys(uint32_t minor);

#endif
