#include "cmd/documents.h"

#include "base/cleanup.h"
#include "cmd/output.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink/text.h"

static int write_table(const struct documents *d, const struct snapshot *snap, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };

	if (d->written)
		buf_addc(&out, '\n');
	text_snapshot(&out, snap, d->zone, output_columns());
	return output_write(&out, err);
}

static int write_json(const struct documents *d, const struct snapshot *snap, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };
	struct json_pieces pieces = { .snap = snap, .pretty = !d->series };

	while (json_piece(&pieces, &out)) {
		if (output_write(&out, err) < 0)
			return -1;
		buf_reset(&out);
	}
	return 0;
}

static int write_csv(const struct documents *d, const struct snapshot *snap, struct err *err)
{
	cleanup(buf_release) struct buf out = { 0 };

	if (!d->written)
		csv_header(&out);
	csv_snapshot(&out, snap);
	return output_write(&out, err);
}

static int write_next(const struct documents *d, const struct snapshot *snap, struct err *err)
{
	switch (d->form) {
	case DOCUMENT_TABLE:
		return write_table(d, snap, err);
	case DOCUMENT_JSON:
		return write_json(d, snap, err);
	case DOCUMENT_CSV:
		return write_csv(d, snap, err);
	}
	return 0;
}

int documents_write(struct documents *d, const struct snapshot *snap, struct err *err)
{
	if (write_next(d, snap, err) < 0)
		return -1;
	d->written++;
	return 0;
}

const char *documents_option(enum document_form form)
{
	return form == DOCUMENT_JSON ? "--json" : form == DOCUMENT_CSV ? "--csv" : NULL;
}
