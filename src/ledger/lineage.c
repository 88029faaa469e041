#include "ledger/lineage.h"

/* A running program has a stack; 0 is how the kernel says "you may not know", or "no memory". */
static bool readable(const struct image_facts *i)
{
	return i->start_stack != 0;
}

static bool same_program(const struct image_facts *a, const struct image_facts *b)
{
	if (!a->exe_ino || !b->exe_ino)
		return true; /* denied for one of them: the addresses decide */
	return a->exe_dev == b->exe_dev && a->exe_ino == b->exe_ino;
}

enum lineage lineage_of(const struct image_facts *child, const struct image_facts *parent)
{
	if (!readable(child) || !readable(parent))
		return LINEAGE_UNKNOWN;

	if (child->start_code != parent->start_code || child->end_code != parent->end_code ||
	    child->start_stack != parent->start_stack || child->start_brk != parent->start_brk ||
	    child->arg_start != parent->arg_start)
		return LINEAGE_EXECED;

	return same_program(child, parent) ? LINEAGE_FORKED : LINEAGE_EXECED;
}
