#ifndef COWTOP_MODEL_WROTE_H
#define COWTOP_MODEL_WROTE_H

/* What differs between a process's copy of a page and the page that it was copied from. Bits; 0: they are the same. */
enum {
	WROTE_COUNT = 1,     /* a count of references */
	WROTE_HEAD = 2,      /* a head of the collector: its lists */
	WROTE_DATA = 4,      /* what an object holds, or memory that is none */
	WROTE_ALLOCATOR = 8, /* a pool's header, a block that was freed, given or given anew */
	WROTE_UNREAD = 0x80, /* not looked at, or it could not be read */
};

#endif
