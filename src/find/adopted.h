#ifndef COWTOP_FIND_ADOPTED_H
#define COWTOP_FIND_ADOPTED_H

/*
 * Families that the process tree does not show any more. Who outlives the process that forked it becomes
 * a child of init or of a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): an adopted process. Several of one
 * image are a family. Either the master lives, and they were its workers' children or those of a process in
 * between; or it is gone (a preloader that ends when idle, a parent that was killed), and the oldest of them
 * leads in its place.
 *
 * What makes them candidates is the image (parse/lineage.h); what proves it are frames that they share. Who
 * has no right to see frames takes the image's word where the addresses were drawn by chance; without ASLR
 * two families of one program look the same, and that they are one is a guess.
 */
#include "find/proctree.h"

/* Fills `leader`, `kin`, `masterless` and `kinship` of the nodes. */
void adopted_find(const struct procfs *fs, struct proctree *f);

/* Was it forked, and not by its parent? */
bool is_adopted(const struct tree_node *n);

#endif
