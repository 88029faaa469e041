#include <stdio.h>
#include "base/units.h"
#include "model/why_shown.h"
#include "sink/compare_parts.h"

/* "B has 16.6 MiB less", "B has 0.3 MiB more". */
static void add_measured(struct buf *out, const struct compare_foretold *f)
{
	char size[16];

	buf_printf(out, ", %s ", f->by_a ? "B" : "A");
	if (!known(f->measured))
		buf_adds(out, "cannot be held against it");
	else
		buf_printf(out, "has %s MiB %s: %s the bounds", units_format_mib(size, fabs(f->measured)),
			   f->measured < 0 ? "more" : "less", f->within ? "within" : "outside of");
}

void compare_proof(struct buf *out, const struct comparison *c)
{
	const struct compare_foretold *f = &c->foretold;
	char text[64];

	if (!f->there)
		return;
	buf_printf(out, "gc.freeze(): %s foretold %s a worker", f->by_a ? "A" : "B",
		   why_amount_text(text, f->gain));
	add_measured(out, f);
}
