#include "model/access.h"

#include <stdlib.h>

void access_release(struct access *a)
{
	size_t i;

	for (i = 0; i < a->nsubjects; i++) {
		free(a->subjects[i].user);
		free(a->subjects[i].comm);
		free(a->subjects[i].rows);
	}
	for (i = 0; i < a->nfixes; i++)
		free(a->fixes[i].lines);
	*a = (struct access){ 0 };
}
