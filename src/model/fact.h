#ifndef COWTOP_MODEL_FACT_H
#define COWTOP_MODEL_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A count that the kernel gave; never negative. ABSENT: it could not be read. Absent is not zero. */
typedef int64_t fact;
#define ABSENT ((fact)-1)

#endif
