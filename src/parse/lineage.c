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

/* An address that was drawn by chance, and is in both: those of a program that is not position-independent are low. */
static bool drawn_once(uint64_t a, uint64_t b)
{
	return a == b && a > UINT32_MAX;
}

/* Any of them may have been moved since by one of the two, but nobody has another's by chance. */
static bool share_an_address(const struct image_facts *a, const struct image_facts *b)
{
	return a->marks & b->marks & IMAGE_RANDOM &&
	       (drawn_once(a->start_code, b->start_code) || drawn_once(a->start_stack, b->start_stack) ||
		drawn_once(a->start_brk, b->start_brk));
}

bool lineage_same_image(const struct image_facts *a, const struct image_facts *b)
{
	if (!readable(a) || !readable(b) || !same_program(a, b))
		return false;
	return share_an_address(a, b) || (a->start_code == b->start_code && a->end_code == b->end_code &&
					  a->start_stack == b->start_stack && a->start_brk == b->start_brk);
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
