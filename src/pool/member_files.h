#ifndef COWTOP_POOL_MEMBER_FILES_H
#define COWTOP_POOL_MEMBER_FILES_H

/*
 * The pagemap and the memory of a process of the pool. They are kept open from the first use on, as an open one
 * belongs to one address space and never shows another; but only while descriptors are plenty (RLIMIT_NOFILE): with
 * more processes than that allows the others are opened anew each time. Whether it was the same process all along
 * says member_recheck().
 */
#include "pool/member.h"

/* A descriptor, or -errno: -ESRCH when the process is gone. member_done() with it after use. */
int member_pagemap(struct member_proc *m, const struct procfs *fs);
int member_mem(struct member_proc *m, const struct procfs *fs);
/* Closes what is not kept; a negative one is fine. */
void member_done(const struct member_proc *m, int fd);

#endif
