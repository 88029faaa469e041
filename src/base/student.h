#ifndef COWTOP_BASE_STUDENT_H
#define COWTOP_BASE_STUDENT_H

/* How wide an interval is around a mean, of which only a spread is known. */

enum sure { SURE_95, SURE_99 };

/* Student's t, two-sided: the half of the interval in standard errors. Off by less than 2 %, 4 % at 99 %. */
double student(enum sure sure, double freedom);
/* Degrees of freedom behind the difference of two means (Welch and Satterthwaite); a side without any spread adds
 * nothing. */
double student_freedom(double error_a, double freedom_a, double error_b, double freedom_b);

#endif
