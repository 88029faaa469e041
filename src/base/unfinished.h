#ifndef COWTOP_BASE_UNFINISHED_H
#define COWTOP_BASE_UNFINISHED_H

/*
 * Files and folders that nobody else is to find when the process ends in the midst of making them: there is no memory
 * (alloc.h). A place in a table, and removing them, takes none. What is more than the table holds is left. One thread
 * makes files.
 */

/* The path is borrowed until it is forgotten. NULL is none. */
void unfinished_add(const char *path);
void unfinished_forget(const char *path);
/* All of them, folders with what is in them, as far as they can be. */
void unfinished_remove(void);

#endif
