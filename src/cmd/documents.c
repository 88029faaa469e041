#include "cmd/documents.h"

#include "base/cleanup.h"
#include "cmd/output.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/text.h"

static void render(const struct documents *d, const struct snapshot *snap, struct buf *out)
{
	switch (d->form) {
	case DOCUMENT_TABLE:
		if (d->written)
			buf_addc(out, '\n');
		text_snapshot(out, snap, d->zone, output_columns());
		break;
	case DOCUMENT_JSON:
		json_snapshot(out, snap, !d->series);
		break;
	case DOCUMENT_CSV:
		if (!d->written)
			csv_header(out);
		csv_snapshot(out, snap);
		break;
	}
}

int documents_write(struct documents *d, const struct snapshot *snap, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };

	render(d, snap, &out);
	if (output_write(&out, err) < 0)
		return -1;
	d->written++;
	return 0;
}
