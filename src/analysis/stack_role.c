#include "analysis/stack_role.h"

#include <string.h>
#include "base/alloc.h"
#include "model/python_calls.h"
#include "model/stack_notes.h"

/* How far above the innermost frame its purpose is looked for, in the same object: malloc(3) and
 * what it calls. */
#define LEAF_DEPTH 4

/* A mark has a bit for each role: of the stacks that the function is in; shifted, of those that it
 * is innermost in; and one for functions of a runtime that counts references. CPython's: with its
 * extension modules. */
#define LEAF_SHIFT 14
#define MARK_ROLES ((UINT32_C(1) << STACK_ROLES) - 1)
#define MARK_PYTHON (UINT32_C(1) << 31)
#define MARK_PHP (UINT32_C(1) << 30)
#define MARK_PERL (UINT32_C(1) << 29)

_Static_assert(2 * LEAF_SHIFT <= 29 && (int)STACK_ROLES <= LEAF_SHIFT, "all have bits of their own");

/* A star at an end stands for any bytes there. `objects`: how the object's name begins; NULL: any. */
struct rule {
	enum stack_role role;
	const char *objects;
	const char *name;
};

#define PYTHON "python"
#define LIBPYTHON "libpython"
#define RUBY(role, name) \
	{ role, "libruby", name }, \
	{ \
		role, "ruby", name \
	}

/* A function anywhere in the stack; those of CPython that last are in model/python_calls.c. */
static const struct rule chain_rules[] = {
	{ STACK_EXIT, "libc", "exit" },
	{ STACK_EXIT, "libc", "__run_exit_handlers" },
	{ STACK_EXIT, "libc", "__cxa_finalize" },
	{ STACK_EXIT, "ld-linux", "_dl_fini" },
	{ STACK_EXIT, NULL, "ruby_stop" },
	{ STACK_EXIT, NULL, "ruby_finalize" },
	{ STACK_EXIT, NULL, "ruby_cleanup" },
	{ STACK_EXIT, NULL, "rb_ec_cleanup" },
	{ STACK_EXIT, NULL, "rb_ec_teardown" },
	{ STACK_EXIT, NULL, "php_module_shutdown" },
	{ STACK_EXIT, NULL, "perl_destruct" },
	{ STACK_EXIT, NULL, "proc_exit" },

	RUBY(STACK_COLLECTOR, "gc_start*"),
	RUBY(STACK_COLLECTOR, "gc_rest"),
	RUBY(STACK_COLLECTOR, "gc_continue"),
	RUBY(STACK_COLLECTOR, "gc_mark*"),
	RUBY(STACK_COLLECTOR, "gc_sweep*"),
	RUBY(STACK_COLLECTOR, "gc_compact*"),
	RUBY(STACK_COLLECTOR, "gc_move"),
	RUBY(STACK_COLLECTOR, "gc_update_references"),
	{ STACK_COLLECTOR, NULL, "garbage_collect" },
	{ STACK_COLLECTOR, NULL, "rb_gc" },
	{ STACK_COLLECTOR, NULL, "rb_gc_start" },
	{ STACK_COLLECTOR, NULL, "rb_gc_impl_start" },
	{ STACK_COLLECTOR, NULL, "rb_gc_impl_prepare_heap" },
	{ STACK_COLLECTOR, NULL, "zend_gc_collect_cycles" },
	{ STACK_COLLECTOR, NULL, "v8::internal::Heap::CollectGarbage*" },
	{ STACK_COLLECTOR, NULL, "v8::internal::MarkCompactCollector::*" },
	{ STACK_COLLECTOR, NULL, "v8::internal::Scavenger*" },

	{ STACK_FORK, NULL, "PyOS_AfterFork*" },
	{ STACK_FORK, NULL, "PyOS_BeforeFork" },
	{ STACK_FORK, NULL, "posix.fork" },
	{ STACK_FORK, NULL, "os_fork*" },
	{ STACK_FORK, "libc", "fork" },
	{ STACK_FORK, "libc", "__fork" },
	{ STACK_FORK, "libc", "_Fork" },
	{ STACK_FORK, "libc", "__libc_fork" },
	{ STACK_FORK, "libc", "__run_fork_handlers" },
	{ STACK_FORK, "libc", "__run_postfork_handlers" },
	{ STACK_FORK, NULL, "rb_fork_*" },
	{ STACK_FORK, NULL, "rb_call_proc__fork" },
	{ STACK_FORK, NULL, "Perl_pp_fork" },
	{ STACK_FORK, NULL, "fork_process" },

	{ STACK_START, NULL, "Py_InitializeFromConfig" },
	{ STACK_START, NULL, "Py_InitializeEx" },
	{ STACK_START, NULL, "_Py_InitializeMain" },
	{ STACK_START, NULL, "Py_NewInterpreter*" },
	{ STACK_START, NULL, "ruby_setup" },
	{ STACK_START, NULL, "ruby_process_options" },
	{ STACK_START, NULL, "php_module_startup" },
	{ STACK_START, NULL, "InitPostmasterChild" },
	{ STACK_START, NULL, "init_ps_display" },
	{ STACK_START, NULL, "InitProcess" },
	{ STACK_START, NULL, "BaseInit" },
	{ STACK_START, NULL, "InitPostgres" },
	{ STACK_START, NULL, "BeginReportingGUCOptions" },
	{ STACK_START, NULL, "InitializeTimeouts" },
	{ STACK_START, NULL, "pq_init" },
	{ STACK_START, NULL, "ap_run_child_init" },
	{ STACK_START, NULL, "ap_run_drop_privileges" },

	{ STACK_IMPORT, NULL, "PyImport_Import*" },
	{ STACK_IMPORT, NULL, "PyImport_Exec*" },
	{ STACK_IMPORT, NULL, "PyImport_LoadDynamic*" },
	{ STACK_IMPORT, NULL, "_PyImport_*" },
	{ STACK_IMPORT, NULL, "PyModule_ExecDef" },
	{ STACK_IMPORT, NULL, "rb_f_require*" },
	{ STACK_IMPORT, NULL, "rb_require_*" },
	{ STACK_IMPORT, NULL, "require_internal" },
	{ STACK_IMPORT, NULL, "rb_load_internal*" },
	{ STACK_IMPORT, NULL, "compile_file" },
	{ STACK_IMPORT, NULL, "persistent_compile_file" },
	{ STACK_IMPORT, NULL, "Perl_pp_require" },
	{ STACK_IMPORT, NULL, "Perl_utilize" },
	{ STACK_IMPORT, NULL, "Perl_load_module*" },
	{ STACK_IMPORT, NULL, "load_external_function" },
};

/* What the innermost function is for. */
static const struct rule leaf_rules[] = {
	{ STACK_LOADER, "ld-linux", "*" },
	{ STACK_LOADER, "ld-musl", "_dl*" },
	{ STACK_LOADER, "ld.so", "*" },
	{ STACK_LOADER, "libc", "_dl_*" },

	{ STACK_DEALLOC, NULL, "*dealloc" },
	{ STACK_DEALLOC, NULL, "_Py_Dealloc" },
	{ STACK_DEALLOC, NULL, "PyObject_GC_Del" },
	{ STACK_DEALLOC, NULL, "PyObject_Free" },
	{ STACK_DEALLOC, NULL, "_PyObject_Free" },
	{ STACK_DEALLOC, NULL, "PyMem_Free" },
	{ STACK_DEALLOC, NULL, "PyMem_RawFree" },
	{ STACK_DEALLOC, NULL, "free" },
	{ STACK_DEALLOC, NULL, "cfree" },
	{ STACK_DEALLOC, NULL, "__libc_free" },
	{ STACK_DEALLOC, NULL, "_int_free*" },
	{ STACK_DEALLOC, NULL, "malloc_consolidate" },
	{ STACK_DEALLOC, NULL, "operator delete*" },
	{ STACK_DEALLOC, NULL, "obj_free" },
	{ STACK_DEALLOC, NULL, "ruby_xfree" },
	{ STACK_DEALLOC, NULL, "_efree*" },
	{ STACK_DEALLOC, NULL, "zend_mm_free*" },
	{ STACK_DEALLOC, NULL, "_zend_mm_free*" },
	{ STACK_DEALLOC, NULL, "zend_mm_shutdown" },
	{ STACK_DEALLOC, NULL, "zend_array_destroy" },
	{ STACK_DEALLOC, NULL, "zend_hash_destroy" },
	{ STACK_DEALLOC, NULL, "zend_objects_store_del" },
	{ STACK_DEALLOC, NULL, "rc_dtor_func" },
	{ STACK_DEALLOC, NULL, "pfree" },
	{ STACK_DEALLOC, NULL, "AllocSetFree" },
	{ STACK_DEALLOC, NULL, "AllocSetReset" },
	{ STACK_DEALLOC, NULL, "AllocSetDelete" },
	{ STACK_DEALLOC, NULL, "MemoryContextDelete*" },
	{ STACK_DEALLOC, NULL, "MemoryContextReset*" },
	{ STACK_DEALLOC, NULL, "apr_pool_clear" },
	{ STACK_DEALLOC, NULL, "apr_pool_destroy" },
	{ STACK_DEALLOC, NULL, "apr_allocator_free" },
	{ STACK_DEALLOC, NULL, "Perl_safesysfree" },
	{ STACK_DEALLOC, NULL, "Perl_sv_free2" },
	{ STACK_DEALLOC, NULL, "Perl_sv_clear" },

	{ STACK_ALLOCATOR, NULL, "malloc" },
	{ STACK_ALLOCATOR, NULL, "calloc" },
	{ STACK_ALLOCATOR, NULL, "realloc" },
	{ STACK_ALLOCATOR, NULL, "reallocarray" },
	{ STACK_ALLOCATOR, NULL, "posix_memalign" },
	{ STACK_ALLOCATOR, NULL, "__libc_malloc" },
	{ STACK_ALLOCATOR, NULL, "__libc_calloc" },
	{ STACK_ALLOCATOR, NULL, "__libc_realloc" },
	{ STACK_ALLOCATOR, NULL, "_int_malloc" },
	{ STACK_ALLOCATOR, NULL, "_int_realloc" },
	{ STACK_ALLOCATOR, NULL, "_int_memalign" },
	{ STACK_ALLOCATOR, NULL, "sysmalloc" },
	{ STACK_ALLOCATOR, "libc", "brk" },
	{ STACK_ALLOCATOR, "libc", "sbrk" },
	{ STACK_ALLOCATOR, NULL, "operator new*" },
	{ STACK_ALLOCATOR, NULL, "PyObject_Malloc" },
	{ STACK_ALLOCATOR, NULL, "PyObject_Calloc" },
	{ STACK_ALLOCATOR, NULL, "PyObject_Realloc" },
	{ STACK_ALLOCATOR, NULL, "_PyObject_Malloc" },
	{ STACK_ALLOCATOR, NULL, "_PyObject_Calloc" },
	{ STACK_ALLOCATOR, NULL, "_PyObject_Realloc" },
	{ STACK_ALLOCATOR, NULL, "PyMem_*alloc" },
	{ STACK_ALLOCATOR, NULL, "pymalloc_alloc" },
	{ STACK_ALLOCATOR, NULL, "new_arena" },
	{ STACK_ALLOCATOR, NULL, "allocate_from_new_pool" },
	{ STACK_ALLOCATOR, NULL, "PyType_GenericAlloc" },
	{ STACK_ALLOCATOR, NULL, "_PyType_AllocNoTrack" },
	{ STACK_ALLOCATOR, NULL, "_PyObject_New*" },
	{ STACK_ALLOCATOR, NULL, "_PyObject_GC_New*" },
	{ STACK_ALLOCATOR, NULL, "_Py_NewReference" },
	{ STACK_ALLOCATOR, NULL, "gc_alloc" },
	{ STACK_ALLOCATOR, NULL, "newobj_*" },
	{ STACK_ALLOCATOR, NULL, "rb_newobj*" },
	{ STACK_ALLOCATOR, NULL, "ruby_xmalloc*" },
	{ STACK_ALLOCATOR, NULL, "ruby_xcalloc*" },
	{ STACK_ALLOCATOR, NULL, "ruby_xrealloc*" },
	{ STACK_ALLOCATOR, NULL, "_emalloc*" },
	{ STACK_ALLOCATOR, NULL, "_ecalloc*" },
	{ STACK_ALLOCATOR, NULL, "_erealloc*" },
	{ STACK_ALLOCATOR, NULL, "zend_mm_alloc*" },
	{ STACK_ALLOCATOR, NULL, "_zend_mm_alloc*" },
	{ STACK_ALLOCATOR, NULL, "palloc*" },
	{ STACK_ALLOCATOR, NULL, "repalloc*" },
	{ STACK_ALLOCATOR, NULL, "AllocSetAlloc*" },
	{ STACK_ALLOCATOR, NULL, "AllocSetContextCreateInternal" },
	{ STACK_ALLOCATOR, NULL, "MemoryContextAlloc*" },
	{ STACK_ALLOCATOR, NULL, "MemoryContextCreate" },
	{ STACK_ALLOCATOR, NULL, "apr_palloc" },
	{ STACK_ALLOCATOR, NULL, "apr_pcalloc" },
	{ STACK_ALLOCATOR, NULL, "apr_pool_create_ex" },
	{ STACK_ALLOCATOR, NULL, "apr_allocator_alloc" },
	{ STACK_ALLOCATOR, NULL, "Perl_safesysmalloc" },
	{ STACK_ALLOCATOR, NULL, "Perl_safesyscalloc" },
	{ STACK_ALLOCATOR, NULL, "Perl_safesysrealloc" },
	{ STACK_ALLOCATOR, NULL, "Perl_newSV*" },
	{ STACK_ALLOCATOR, NULL, "Perl_Slab_Alloc" },
};

static bool starts(const char *s, const char *with, size_t len)
{
	return !strncmp(s, with, len);
}

static bool rule_says(const struct rule *r, const struct stack_function *f)
{
	if (r->objects && !starts(f->object, r->objects, strlen(r->objects)))
		return false;
	return function_is_like(f->name ? f->name : "", r->name);
}

static uint32_t mark(const struct stack_function *f)
{
	enum stack_role python;
	uint32_t bits = 0;
	size_t i;

	if (f->kind != FRAME_NATIVE)
		return 0;
	python = f->name ? python_call_role(f->object, f->name) : STACK_OTHER;
	if (python != STACK_OTHER)
		bits |= UINT32_C(1) << python;
	for (i = 0; i < sizeof(chain_rules) / sizeof(*chain_rules); i++) {
		if (rule_says(&chain_rules[i], f))
			bits |= UINT32_C(1) << chain_rules[i].role;
	}
	for (i = 0; i < sizeof(leaf_rules) / sizeof(*leaf_rules); i++) {
		if (rule_says(&leaf_rules[i], f))
			bits |= UINT32_C(1) << (LEAF_SHIFT + leaf_rules[i].role);
	}
	return bits;
}

/* By the object's name; `program` has the interpreter inside under a name of its own (uwsgi). */
static bool is_python(const struct stack_function *f, const struct stack_function *program)
{
	return f->kind == FRAME_NATIVE &&
	       (starts(f->object, PYTHON, strlen(PYTHON)) ||
		starts(f->object, LIBPYTHON, strlen(LIBPYTHON)) || strstr(f->object, ".cpython-") ||
		strstr(f->object, ".abi3.") || (program && !strcmp(f->object, program->object)));
}

/* They count at the same place of a value as CPython does (Zend/zend_types.h, zend_refcounted_h). */
static bool is_php(const struct stack_function *f)
{
	return f->kind == FRAME_NATIVE && (starts(f->object, "php", 3) || starts(f->object, "libphp", 6) ||
					   !strcmp(f->object, "opcache.so"));
}

static bool is_perl(const struct stack_function *f)
{
	return f->kind == FRAME_NATIVE && (starts(f->object, "perl", 4) || starts(f->object, "libperl", 7));
}

uint32_t *stack_role_marks(const struct stacks *s)
{
	uint32_t *marks = xcalloc(s->nfunctions + 1, sizeof(*marks));
	const struct stack_function *program = NULL;

	for (size_t i = 0; i < s->nfunctions && !program; i++)
		program = stack_is_python_loop(&s->functions[i]) ? &s->functions[i] : NULL;
	for (size_t i = 0; i < s->nfunctions; i++) {
		marks[i] = mark(&s->functions[i]);
		if (is_python(&s->functions[i], program))
			marks[i] |= MARK_PYTHON;
		else if (is_php(&s->functions[i]))
			marks[i] |= MARK_PHP;
		else if (is_perl(&s->functions[i]))
			marks[i] |= MARK_PERL;
	}
	return marks;
}

/* memcpy(3) and the like write for whoever calls them; so does malloc(3)'s and free(3)'s own helper. */
static bool writes_for_caller(const struct stack_function *f)
{
	return f->name && (starts(f->name, "mem", 3) || starts(f->name, "__mem", 5) ||
			   starts(f->name, "__str", 5) || !strcmp(f->name, "unlink_chunk"));
}

/* What the innermost frames are for: the first that a rule knows, as long as they are of one object,
 * and unnamed before. */
static uint32_t innermost(const struct stacks *s, const uint32_t *marks, const struct stack_trace *t)
{
	const struct stack_function *f, *before = NULL;

	for (uint32_t i = 0; i < t->nframes && i < LEAF_DEPTH; i++) {
		f = &s->functions[t->frames[i]];
		if (before && !writes_for_caller(before) &&
		    (before->name || strcmp(before->object, f->object) != 0))
			break;
		if (marks[t->frames[i]] >> LEAF_SHIFT & MARK_ROLES)
			return marks[t->frames[i]] >> LEAF_SHIFT & MARK_ROLES;
		before = f;
	}
	return 0;
}

/* By the faulting instruction. The one of GC_HEAD is a common one elsewhere, and named functions of
 * an interpreter move objects from list to list with it. */
static enum stack_role leaf_role(const struct stack_function *f, uint32_t bits, enum leaf_kind kind)
{
	if (kind == LEAF_PERL_COUNT && bits & MARK_PERL)
		return STACK_REFCOUNT;
	if (kind == LEAF_REFCOUNT && bits & (MARK_PYTHON | MARK_PHP))
		return STACK_REFCOUNT;
	if (!(bits & MARK_PYTHON))
		return STACK_OTHER;
	if (kind == LEAF_GC_HEAD && !f->name)
		return STACK_COLLECTOR;
	if (kind != LEAF_OTHER)
		return STACK_OTHER;
	if (stack_is_python_loop(f) ||
	    (f->name && (!strcmp(f->name, "Py_IncRef") || !strcmp(f->name, "Py_DecRef"))))
		return STACK_REFCOUNT;
	return STACK_OTHER;
}

static enum stack_role lowest(uint32_t bits)
{
	return (enum stack_role)__builtin_ctz(bits);
}

enum stack_role stack_role(const struct stacks *s, const uint32_t *marks, const struct stack_trace *t)
{
	uint32_t chain = 0, leaf;

	for (uint32_t i = 0; i < t->nframes; i++)
		chain |= marks[t->frames[i]] & MARK_ROLES;
	if (chain)
		return lowest(chain);
	if (t->kernel)
		return STACK_KERNEL;
	leaf = innermost(s, marks, t);
	if (leaf)
		return lowest(leaf);
	if (!t->nframes)
		return STACK_OTHER;
	return leaf_role(&s->functions[t->frames[0]], marks[t->frames[0]], t->leaf);
}
