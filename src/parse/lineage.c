#include "parse/lineage.h"

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

/* Where only the addresses tell, those of the arguments count, which tell two runs without ASLR apart. */
static bool same_arguments(const struct image_facts *a, const struct image_facts *b)
{
	return a->arg_start == b->arg_start;
}

bool lineage_same_image(const struct image_facts *a, const struct image_facts *b)
{
	return readable(a) && readable(b) && a->start_code == b->start_code &&
	       a->end_code == b->end_code && a->start_stack == b->start_stack &&
	       a->start_brk == b->start_brk && same_program(a, b);
}

enum lineage lineage_of(const struct image_facts *child, const struct image_facts *parent)
{
	bool same = lineage_same_image(child, parent);

	if (!readable(child) || !readable(parent))
		return LINEAGE_UNKNOWN;
	if (!(child->marks & IMAGE_MARKED))
		return same && same_arguments(child, parent) ? LINEAGE_FORKED : LINEAGE_EXECED;
	if (!(child->marks & IMAGE_FORKED))
		return LINEAGE_EXECED;
	return same ? LINEAGE_FORKED : LINEAGE_ADOPTED;
}
