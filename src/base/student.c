#include "base/student.h"

#include <math.h>

/* The expansion of Cornish and Fisher around the normal quantile; exact for 1 and 2 degrees of freedom, where that is
 * not good enough. */
double student(enum sure sure, double freedom)
{
	double z = sure == SURE_95 ? 1.959964 : 2.575829, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;

	if (freedom < 1.5)
		return sure == SURE_95 ? 12.706 : 63.657;
	if (freedom < 2.5)
		return sure == SURE_95 ? 4.303 : 9.925;
	return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
	       (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

double student_freedom(double error_a, double freedom_a, double error_b, double freedom_b)
{
	double va = error_a * error_a, vb = error_b * error_b;

	if (va + vb == 0)
		return fmin(freedom_a, freedom_b);
	return (va + vb) * (va + vb) / (va * va / freedom_a + vb * vb / freedom_b);
}
