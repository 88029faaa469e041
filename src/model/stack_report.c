#include "model/stack_report.h"

#include <stdlib.h>

void stack_report_release(struct stack_report *r)
{
	free(r->rows);
	free(r->parts);
	free(r->processes);
	*r = (struct stack_report){ 0 };
}

const char *stack_role_name(enum stack_role role)
{
	static const char *const names[STACK_ROLES] = {
		[STACK_EXIT] = "exit",           [STACK_COLLECTOR] = "collector",
		[STACK_FORK] = "fork",           [STACK_START] = "start",
		[STACK_IMPORT] = "import",       [STACK_KERNEL] = "kernel_write",
		[STACK_LOADER] = "loader",       [STACK_DEALLOC] = "dealloc",
		[STACK_ALLOCATOR] = "allocator", [STACK_REFCOUNT] = "refcount",
		[STACK_OTHER] = "other",
	};

	return names[role];
}
