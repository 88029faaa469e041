#include "tui/pane.h"

/* clang-format off */
const struct pane *const panes[] = {
	&pane_workers,
	&pane_groups,
	&pane_regions,
	&pane_map,
	&pane_faults,
	&pane_events,
	&pane_help,
	&pane_details,
	&pane_stacks,
	&pane_why,
};
/* clang-format on */

const int npanes = sizeof(panes) / sizeof(*panes);

_Static_assert(sizeof(panes) / sizeof(*panes) <= UI_PANES, "each has its place in ui->scroll");

int pane_number(const struct pane *pane)
{
	int i = 0;

	while (panes[i] != pane)
		i++;
	return i;
}
