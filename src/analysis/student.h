#ifndef COWTOP_ANALYSIS_STUDENT_H
#define COWTOP_ANALYSIS_STUDENT_H

/* How wide an interval is around a mean, of which only a spread is known. */
#include "model/label.h"

/* How sure an interval is that is printed, and how sure a verdict that rests on several runs: those give the
 * same against itself a verdict in any row no more than one time in twenty, and about five of the rows do not
 * hang on one another. */
enum sure { SURE_95, SURE_99 };

/* Student's t, two-sided: the half of the interval in standard errors. Off by less than 2 %, 4 % at 99 %. */
figure student(enum sure sure, figure freedom);
/* Degrees of freedom behind the difference of two means (Welch and Satterthwaite); a side without any spread adds
 * nothing. */
figure student_freedom(figure error_a, figure freedom_a, figure error_b, figure freedom_b);

#endif
