#ifndef COWTOP_PARSE_LEAF_H
#define COWTOP_PARSE_LEAF_H

/*
 * What an instruction that writes is about, by its bytes and those right before it (x86-64; Intel SDM
 * volume 2). Works without symbols. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAF_BEFORE 16 /* bytes before the instruction that may be looked at, */
#define LEAF_BYTES 16  /* and from its first one on */

/*
 * A reference count goes up or down by one: "add/sub $1,(reg)", "inc/dec (reg)", or, as CPython 3.12 and
 * later, "mov reg,(other)" right after one was added to or taken from reg. `code[at]` is the
 * instruction's first byte.
 */
bool leaf_is_refcount(const uint8_t *code, size_t len, size_t at);

/*
 * The same for Perl (sv.h, up to 5.36 at least): "add/sub $1,8(reg)" of 32 bits, sv_refcnt; or of one byte
 * "add/sub $1,-1(reg,other)", CowREFCNT(): how many values share a string's buffer, in its last byte.
 */
bool leaf_is_perl_count(const uint8_t *code, size_t len, size_t at);

/*
 * CPython's collector prepares an object: PyGC_Head._gc_prev, the second word, becomes the reference
 * count shifted by two (3.8 and later, Modules/gcmodule.c gc_reset_refs()).
 */
bool leaf_is_gc_head(const uint8_t *code, size_t len, size_t at);

/*
 * The number of the system call that the instruction before code[at] made, when it stands right before
 * it, as in the C library's wrappers. False: that is no system call. *ret -1: not known which.
 */
bool leaf_syscall(const uint8_t *code, size_t len, size_t at, int *ret);

#endif
