#include "tui/kept.h"

#include "base/units.h"
#include "tui/column.h"

struct ui_settings kept_now(const struct ui *ui)
{
	return (struct ui_settings){
		.sort = ui->sort,
		.ascending = ui->ascending,
		.hidden = ui->hidden,
		.tree = ui->tree,
		.interval_s = ui->interval_s,
	};
}

void kept_reset(struct ui *ui)
{
	ui->sort = ui->usual.sort;
	ui->ascending = ui->usual.ascending;
	ui->hidden = ui->usual.hidden;
	ui->tree = ui->usual.tree;
	ui->interval_s = ui->usual.interval_s;
	ui->reveal = true;
}

static const char *joint(const struct buf *out, size_t begin)
{
	return out->len > begin ? ", " : "";
}

void kept_text(const struct ui *ui, struct buf *out)
{
	const struct ui_settings *kept = &ui->kept, *usual = &ui->usual;
	size_t begin = out->len;
	char text[16];
	int hidden;

	if ((kept->sort != usual->sort || kept->ascending != usual->ascending) && ui->sort == kept->sort &&
	    ui->ascending == kept->ascending)
		buf_printf(out, "sort %s%s", columns[kept->sort].head,
			   kept->sort == usual->sort ? (kept->ascending ? " upwards" : " downwards") : "");
	hidden = __builtin_popcountll(kept->hidden);
	if (kept->hidden != usual->hidden && ui->hidden == kept->hidden)
		buf_printf(out, "%s%d column%s hidden", joint(out, begin), hidden, hidden == 1 ? "" : "s");
	if (kept->tree != usual->tree && ui->tree == kept->tree)
		buf_printf(out, "%stree", joint(out, begin));
	/* Set once, compared as it was set. */
	if (kept->interval_s < usual->interval_s || kept->interval_s > usual->interval_s) {
		if (!(ui->interval_s < kept->interval_s || ui->interval_s > kept->interval_s))
			buf_printf(out, "%severy %ss", joint(out, begin),
				   units_format_count(text, kept->interval_s));
	}
}
