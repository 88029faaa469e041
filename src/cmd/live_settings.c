#include "cmd/live_settings.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "tui/column.h"
#include "tui/kept.h"

/* The columns of these names, as bits. A name that this version does not know hides nothing. */
static uint64_t hidden_of(const char *names)
{
	char copy[sizeof(((struct config *)0)->hide)], *rest = copy, *name;
	uint64_t hidden = 0;

	snprintf(copy, sizeof(copy), "%s", names);
	while ((name = strsep(&rest, ", "))) {
		int i = *name ? column_find(name) : -1;

		if (i >= 0)
			hidden |= UINT64_C(1) << i;
	}
	return hidden;
}

/* What is remembered of a view; what is not changed there stays as it was. */
static struct config config_of(const struct settings_kept *k, const struct ui *ui)
{
	struct config c = {
		.ascending = ui->ascending,
		.tree = ui->tree,
		.no_mouse = k->file.no_mouse,
		.interval_ns = (int64_t)(ui->interval_s * 1000 + 0.5) * MILLISECOND,
	};
	size_t len = 0;

	snprintf(c.sort, sizeof(c.sort), "%s", columns[ui->sort].name);
	for (int i = 0; i < ncolumns && len < sizeof(c.hide); i++)
		if (ui->hidden >> i & 1)
			len += (size_t)snprintf(c.hide + len, sizeof(c.hide) - len, "%s%s", len ? "," : "",
						columns[i].name);
	return c;
}

void settings_apply(struct settings_kept *k, struct ui *ui, int64_t interval_ns)
{
	config_load(&k->file);
	if (k->file.sort[0] && column_find(k->file.sort) >= 0) {
		ui->sort = column_find(k->file.sort);
		ui->ascending = k->file.ascending;
	}
	ui->hidden |= hidden_of(k->file.hide);
	ui->tree = k->file.tree;
	if (interval_ns)
		ui->usual.interval_s = ui->interval_s = (double)interval_ns / SECOND;
	else if (k->file.interval_ns)
		ui->interval_s = (double)k->file.interval_ns / SECOND;
	ui->kept = kept_now(ui);
	k->begun = config_of(k, ui);
}

int settings_save(struct settings_kept *k, const struct ui *ui, struct err *err)
{
	struct config now = config_of(k, ui);

	if (k->foreign_interval)
		now.interval_ns = k->file.interval_ns;
	if (config_save(&now, err) < 0)
		return -1;
	k->file = now;
	k->begun = config_of(k, ui);
	return 0;
}

int settings_keep(struct settings_kept *k, const struct ui *ui, struct err *err)
{
	struct config now = config_of(k, ui);
	const struct config *was = &k->begun;
	bool same_interval = now.interval_ns == was->interval_ns;

	if (same_interval && now.ascending == was->ascending && now.tree == was->tree &&
	    strcmp(now.sort, was->sort) == 0 && strcmp(now.hide, was->hide) == 0)
		return 0;
	/* An interval of the command line is meant for this run only. */
	if (same_interval)
		now.interval_ns = k->file.interval_ns;
	return config_save(&now, err);
}
