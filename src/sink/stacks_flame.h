#ifndef COWTOP_SINK_STACKS_FLAME_H
#define COWTOP_SINK_STACKS_FLAME_H

/*
 * All stacks as one tree: a node is a frame with everything that was called from there. Siblings are
 * in the order of their labels; a node lies on an axis of pages, behind the siblings before it.
 * Private to the files of this layer that show stacks.
 */
#include "sink/stacks_label.h"

struct flame_node {
	const char *label; /* of the labels, or a literal */
	size_t depth;      /* 0: nearest to the root */
	uint64_t start, pages;
	uint64_t roles[STACK_ROLES]; /* of these pages */
};

struct flame {
	struct labels labels;
	struct flame_node *nodes; /* a parent before its children */
	size_t n, cap, depth;     /* depth: frames of the deepest stack */
	uint64_t pages;           /* of all; what is unattributed is a node without a role */
};

void flame_make(const struct stack_report *r, struct flame *ret);
void flame_release(struct flame *f);

/* The picture alone, without headline, key and script, of class "flame", for a page that has its own. The
 * style in it, `style` and the roles' colours, is that of the page. */
void stacks_flame_picture(struct buf *out, const struct stack_report *r, const char *style);

/* The role of most of its pages; STACK_ROLES when no role is known. */
enum stack_role flame_role(const struct flame_node *node);

#endif
