#include "model/python_calls.h"

#include <string.h>

/* Of all versions. `object`: how the object's name begins; NULL: any. */
static const struct {
	enum stack_role role;
	const char *object, *name;
} calls[] = {
	{ STACK_EXIT, NULL, "Py_FinalizeEx" },
	{ STACK_EXIT, NULL, "Py_Finalize" },
	{ STACK_EXIT, NULL, "_Py_Finalize" },
	{ STACK_EXIT, NULL, "Py_EndInterpreter" },
	{ STACK_EXIT, NULL, "Py_Exit" },
	{ STACK_EXIT, NULL, "finalize_modules" },
	{ STACK_COLLECTOR, NULL, "gc_collect" },
	{ STACK_COLLECTOR, NULL, "gc_collect_*" },
	{ STACK_COLLECTOR, NULL, "_PyGC_Collect*" },
	{ STACK_COLLECTOR, NULL, "PyGC_Collect" },
	{ STACK_COLLECTOR, NULL, "_Py_RunGC" },
	{ STACK_COLLECTOR, NULL, "_PyGC_Freeze" },
	{ STACK_COLLECTOR, NULL, "gc_freeze" },
	{ STACK_COLLECTOR, "python", "collect" }, /* up to 3.8 */
	{ STACK_COLLECTOR, "libpython", "collect" },
	{ STACK_COLLECTOR, NULL, "collect_generations" },
	{ STACK_COLLECTOR, NULL, "collect_with_callback" },
	{ STACK_COLLECTOR, NULL, "deduce_unreachable" },
	{ STACK_COLLECTOR, NULL, "visit_decref" },
	{ STACK_COLLECTOR, NULL, "visit_reachable" },
};

bool function_is_like(const char *name, const char *pattern)
{
	size_t len = strlen(name), head = strcspn(pattern, "*"), tail;

	if (!pattern[head])
		return !strcmp(name, pattern);
	tail = strlen(pattern + head + 1);
	return len >= head + tail && !strncmp(name, pattern, head) &&
	       !strcmp(name + len - tail, pattern + head + 1);
}

enum stack_role python_call_role(const char *object, const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if ((!calls[i].object || !strncmp(object, calls[i].object, strlen(calls[i].object))) &&
		    function_is_like(name, calls[i].name))
			return calls[i].role;
	return STACK_OTHER;
}
