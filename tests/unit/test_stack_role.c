#include "lib/stacks_scene.h"
#include "analysis/stack_role.h"
#include "model/python_calls.h"

/* The role of a stack; `leaf` and `kernel` as in the trace. */
static enum stack_role role_of(enum leaf_kind leaf, int kernel, ...)
{
	cleanup(stacks_release) struct stacks s = { 0 };
	cleanup_free uint32_t *marks = NULL;
	struct stack_trace *t;
	va_list frames;

	scene_begin(&s, 1);
	va_start(frames, kernel);
	t = scene_vtrace(&s, frames);
	va_end(frames);
	t->leaf = leaf;
	t->kernel = kernel;
	marks = stack_role_marks(&s);
	return stack_role(&s, marks, t);
}

#define assert_role(want, ...) assert_int_equal(role_of(LEAF_OTHER, false, __VA_ARGS__, NULL), want)

static void test_by_the_chain(void **state)
{
	assert_role(STACK_COLLECTOR, "main", "python3.11!gc_collect_main", "python3.11!+10");
	assert_role(STACK_COLLECTOR, "libpython2.7.so.1.0!collect", "libpython2.7.so.1.0!+10");
	assert_role(STACK_OTHER, "collect", "x");
	assert_role(STACK_EXIT, "python3.11!Py_FinalizeEx", "python3.11!_PyGC_CollectNoFail", "y");
	assert_role(STACK_EXIT, "libc.so.6!exit", "app!cleanup");
	assert_role(STACK_OTHER, "exit", "cleanup");
	assert_role(STACK_FORK, "python3.11!PyOS_AfterFork_Child", "python3.11!+20");
	assert_role(STACK_IMPORT, "python3.11!PyImport_ImportModuleLevelObject", "libc.so.6!malloc");
	assert_role(STACK_COLLECTOR, "python3.11!PyImport_ImportModuleLevelObject",
		    "python3.11!gc_collect_main");
	assert_role(STACK_START, "python3.11!Py_InitializeFromConfig", "libc.so.6!malloc");
	assert_role(STACK_COLLECTOR, "ruby!main", "libruby-3.1.so.3.1!gc_marks_rest");
	assert_role(STACK_OTHER, "main", "gc_marks_rest");
}

/* What is read of a process while it lasts (unwind/unwind_loops.c) is what has these roles. */
static void test_python_that_lasts(void **state)
{
	static const struct {
		const char *name;
		enum stack_role role;
	} cases[] = {
		{ "gc_collect_main", STACK_COLLECTOR },
		{ "_PyGC_Freeze", STACK_COLLECTOR },
		{ "collect_generations", STACK_COLLECTOR },
		{ "collect", STACK_COLLECTOR },
		{ "Py_Exit", STACK_EXIT },
		{ "Py_FinalizeEx", STACK_EXIT },
		{ "collect_settings", STACK_OTHER },
		{ "gc_freezer", STACK_OTHER },
		{ "_PyEval_EvalFrameDefault", STACK_OTHER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char frame[64];

		snprintf(frame, sizeof(frame), "python3.11!%s", cases[i].name);
		assert_int_equal(python_call_role("python3.11", cases[i].name), cases[i].role);
		assert_role(cases[i].role, "main", frame, "python3.11!f");
	}
	assert_int_equal(python_call_role("app", "collect"), STACK_OTHER);
}

static void test_by_the_leaf(void **state)
{
	assert_role(STACK_DEALLOC, "main", "python3.11!tupledealloc");
	assert_role(STACK_DEALLOC, "main", "libc.so.6!cfree", "libc.so.6!+9a00");
	assert_role(STACK_ALLOCATOR, "main", "libc.so.6!malloc", "libc.so.6!+9a00");
	assert_role(STACK_ALLOCATOR, "main", "libc.so.6!calloc", "libc.so.6!__memset_avx2_unaligned_erms");
	assert_role(STACK_OTHER, "main", "libc.so.6!malloc", "hook.so!+9a00");
	assert_role(STACK_OTHER, "python3.11!tupledealloc", "python3.11!PyDict_SetItem");
	assert_role(STACK_LOADER, "main", "ld-linux-x86-64.so.2!+1200");
	assert_role(STACK_REFCOUNT, "main", "python3.11!_PyEval_EvalFrameDefault");
	assert_role(STACK_REFCOUNT, "uwsgi!main", "uwsgi!_PyEval_EvalFrameDefault");
	assert_role(STACK_OTHER, "main", "python3.11!_PyEval_EvalFrameDefault", "python3.11!f");
	assert_role(STACK_OTHER, "main");
}

/* Stacks as stripped Debian 12 binaries gave them: libruby 3.1, PHP 8.2, PostgreSQL 15, Apache 2.4 and
 * Perl 5.36. */
static void test_ruby(void **state)
{
	assert_role(STACK_COLLECTOR, "libruby-3.1.so.3.1.2!rb_wb_protected_newobj_of",
		    "libruby-3.1.so.3.1.2!gc_start", "libruby-3.1.so.3.1.2!+cf640");
	assert_role(STACK_COLLECTOR, "libruby-3.1.so.3.1.2!garbage_collect", "libc.so.6!free");
	assert_role(STACK_OTHER, "ruby3.1!gc_writebarrier_generational"); /* not a collection */
	assert_role(STACK_ALLOCATOR, "ruby!rb_gc_impl_new_obj", "ruby!newobj_alloc");
	assert_role(STACK_OTHER, "app!gc_start", "x");
	assert_role(STACK_EXIT, "libruby-3.1.so.3.1.2!ruby_stop", "libruby-3.1.so.3.1.2!+d9050");
	assert_role(STACK_OTHER, "libruby-3.1.so.3.1.2!rb_hash_aset", "libruby-3.1.so.3.1.2!+deda0");
}

static void test_php(void **state)
{
	assert_role(STACK_EXIT, "php-fpm8.2!php_module_shutdown", "php-fpm8.2!destroy_zend_class");
	assert_role(STACK_COLLECTOR, "php-fpm8.2!execute_ex", "php-fpm8.2!zend_gc_collect_cycles");
	assert_role(STACK_DEALLOC, "php-fpm8.2!php_request_shutdown", "php-fpm8.2!zend_hash_destroy");
	assert_role(STACK_OTHER, "php-fpm8.2!php_request_startup", "php-fpm8.2!zend_activate",
		    "libc.so.6!__memset_avx2_unaligned_erms");
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "php-fpm8.2!execute_ex", NULL), STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "main", "opcache.so!+10", NULL), STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_PERL_COUNT, false, "php-fpm8.2!execute_ex", NULL), STACK_OTHER);
	assert_int_equal(role_of(LEAF_GC_HEAD, false, "php-fpm8.2!+10", NULL), STACK_OTHER);
}

static void test_postgresql(void **state)
{
	assert_role(STACK_START, "postgres!InitPostgres", "postgres!hash_search_with_hash_value");
	assert_role(STACK_START, "postgres!+3f7a10", "postgres!InitPostmasterChild", "libc.so.6!srand");
	assert_role(STACK_FORK, "postgres!PostmasterMain", "postgres!fork_process");
	assert_role(STACK_EXIT, "postgres!PostgresMain", "postgres!proc_exit", "postgres!+10");
	assert_role(STACK_IMPORT, "postgres!load_external_function", "libc.so.6!dlopen",
		    "ld-linux-x86-64.so.2!_dl_map_object_from_fd");
	assert_role(STACK_ALLOCATOR, "postgres!PostgresMain", "postgres!palloc0", "postgres!+5c10");
	assert_role(STACK_ALLOCATOR, "postgres!PostgresMain", "postgres!AllocSetContextCreateInternal");
	assert_role(STACK_DEALLOC, "postgres!PostgresMain", "postgres!MemoryContextDelete", "postgres!+5c40");
	assert_role(STACK_OTHER, "postgres!PostgresMain", "postgres!standard_ExecutorRun");
}

static void test_apache(void **state)
{
	assert_role(STACK_START, "apache2!ap_run_child_init", "mod_rewrite.so!+5040");
	assert_role(STACK_START, "apache2!ap_run_drop_privileges", "libc.so.6!initgroups");
	assert_role(STACK_EXIT, "libc.so.6!exit", "ld-linux-x86-64.so.2!_dl_fini",
		    "libz.so.1.2.13!__do_global_dtors_aux");
	assert_role(STACK_ALLOCATOR, "apache2!main", "libapr-1.so.0.7.2!apr_palloc");
	assert_role(STACK_DEALLOC, "apache2!main", "libapr-1.so.0.7.2!apr_pool_clear");
	assert_role(STACK_ALLOCATOR, "libz.so.1.2.13!deflateInit2_", "libc.so.6!malloc",
		    "libc.so.6!_int_malloc", "libc.so.6!sysmalloc", "libc.so.6!__default_morecore",
		    "libc.so.6!sbrk", "libc.so.6!brk");
	assert_role(STACK_ALLOCATOR, "libc.so.6!_int_malloc", "libc.so.6!unlink_chunk");
	assert_role(STACK_DEALLOC, "libc.so.6!_int_free", "libc.so.6!unlink_chunk");
}

static void test_perl(void **state)
{
	assert_int_equal(role_of(LEAF_PERL_COUNT, false, "perl!main", "perl!Perl_sv_setsv_flags", NULL),
			 STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_PERL_COUNT, false, "libperl.so.5.36.0!+10", NULL), STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_PERL_COUNT, false, "python3.11!+10", NULL), STACK_OTHER);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "perl!Perl_pp_add", NULL), STACK_OTHER);
	assert_role(STACK_OTHER, "perl!Perl_sv_setsv_flags");
	assert_role(STACK_IMPORT, "perl!Perl_utilize", "perl!Perl_hv_common");
	assert_role(STACK_IMPORT, "perl!Perl_pp_require", "perl!Perl_yyparse");
	assert_role(STACK_FORK, "perl!perl_run", "perl!Perl_pp_fork");
	assert_role(STACK_ALLOCATOR, "perl!Perl_pp_aassign", "perl!Perl_newSVsv_flags");
	assert_role(STACK_DEALLOC, "perl!Perl_pp_delete", "perl!Perl_sv_free2");
}

static void test_by_the_instruction(void **state)
{
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "main", "python3.9!+10", NULL), STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "python3.9!+10",
				 "_json.cpython-39-x86_64-linux-gnu.so!+10", NULL),
			 STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "main", "counter", NULL), STACK_OTHER);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "main", "python3.9!list_dealloc", NULL),
			 STACK_DEALLOC);
	/* an item of a list is stored in the loop itself */
	assert_int_equal(role_of(LEAF_DATA, false, "main", "python3.12!_PyEval_EvalFrameDefault", NULL),
			 STACK_OTHER);
	assert_int_equal(role_of(LEAF_REFCOUNT, false, "main", "python3.12!_PyEval_EvalFrameDefault", NULL),
			 STACK_REFCOUNT);
	assert_int_equal(role_of(LEAF_DATA, false, "main", "python3.12!Py_DecRef", NULL), STACK_OTHER);
	assert_int_equal(role_of(LEAF_GC_HEAD, false, "main", "python3.9!+10", NULL), STACK_COLLECTOR);
	assert_int_equal(role_of(LEAF_GC_HEAD, false, "main", "python3.9!PyList_New", NULL), STACK_OTHER);
	assert_int_equal(role_of(LEAF_GC_HEAD, false, "main", "x", NULL), STACK_OTHER);
}

static void test_kernel(void **state)
{
	assert_int_equal(role_of(LEAF_OTHER, true, "main", "libc.so.6!recv", NULL), STACK_KERNEL);
	assert_int_equal(role_of(LEAF_OTHER, true, "main", "libc.so.6!recv", "k:recvfrom", NULL),
			 STACK_KERNEL);
	assert_int_equal(role_of(LEAF_OTHER, true, "python3.11!PyImport_ImportModule", "libc.so.6!read",
				 NULL),
			 STACK_IMPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_chain),
		cmocka_unit_test(test_python_that_lasts),
		cmocka_unit_test(test_by_the_leaf),
		cmocka_unit_test(test_ruby),
		cmocka_unit_test(test_php),
		cmocka_unit_test(test_postgresql),
		cmocka_unit_test(test_apache),
		cmocka_unit_test(test_perl),
		cmocka_unit_test(test_by_the_instruction),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
