#ifndef COWTOP_FIND_CHOICES_H
#define COWTOP_FIND_CHOICES_H

/*
 * Processes that the user may have meant, and what tells them apart.
 */
#include "find/names.h"
#include "find/proctree.h"

struct choice {
	struct tree_node *node;
	enum name_match match;
	size_t workers;     /* forked from it, at any depth */
	uint64_t rss_bytes; /* of it and them */
};

struct choices {
	struct choice *items;
	size_t n, cap;
};

void choices_release(struct choices *c);
/* Once each; of two matches the better one counts. */
void choices_add(struct choices *c, struct tree_node *n, enum name_match match);
/* Count their workers and memory, and put the largest first. */
void choices_rank(const struct procfs *fs, const struct proctree *f, struct choices *c);
/* By start time, the newest first: generations of one server. */
void choices_newest_first(struct choices *c);
/* Is it one of them? */
bool choices_have(const struct choices *c, const struct tree_node *n);
/* "WHAT: 12 (uwsgi --ini a.ini; 2 workers, RSS 104 MiB, in /srv/a), 34 (...): give one pid". Ranked
 * before. STATUS_USAGE, -1. */
int choices_error(const struct procfs *fs, const struct choices *c, const char *what, struct err *err);

#endif
