#include "analysis/student.h"

figure student(enum sure sure, figure freedom)
{
	figure z = sure == SURE_95 ? 1.959964 : 2.575829, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;

	if (freedom < 1.5)
		return sure == SURE_95 ? 12.706 : 63.657;
	if (freedom < 2.5)
		return sure == SURE_95 ? 4.303 : 9.925;
	return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
	       (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}
