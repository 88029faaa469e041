#ifndef COWTOP_TESTS_BETWEEN_H
#define COWTOP_TESTS_BETWEEN_H

/* assert_between(value, least, most): cmocka 2 deprecates assert_in_range() and has two for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#ifdef assert_int_in_range
#define assert_between assert_int_in_range
#else
#define assert_between assert_in_range
#endif

#endif
