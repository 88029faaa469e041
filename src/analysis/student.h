#ifndef COWTOP_ANALYSIS_STUDENT_H
#define COWTOP_ANALYSIS_STUDENT_H

/*
 * How wide an interval around a mean is: so many of its standard errors.
 */
#include "model/label.h"

enum sure { SURE_95, SURE_99 };

/*
 * Student's t, two-sided, by the expansion of Cornish and Fisher around the normal quantile; exact for
 * 1 and 2 degrees of freedom, where it is not good enough. Off by less than 2 % elsewhere, 4 % at 99 %.
 */
figure student(enum sure sure, figure freedom);

#endif
