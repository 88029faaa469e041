#include "tui/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"

#define GAP 3 /* " | " */

void line_add(struct line *l, int order, enum paint paint, const char *name, const char *fmt, ...)
{
	struct item *item;
	va_list args;

	if (l->n == LINE_ITEMS)
		return;
	item = &l->items[l->n++];
	item->order = order;
	item->paint = paint;
	snprintf(item->name, sizeof(item->name), "%s", name);
	va_start(args, fmt);
	vsnprintf(item->value, sizeof(item->value), fmt, args);
	va_end(args);
}

static int width_of(const struct item *item)
{
	int name = (int)text_width(item->name, strlen(item->name));
	int value = (int)text_width(item->value, strlen(item->value));

	return name + value + (name && value);
}

/* The most important that is not shown and not known to have no room: 1 shown, -1 no room. -1: all are one of these. */
static int next_item(const struct line *l, const signed char *is)
{
	int i, best = -1;

	for (i = 0; i < l->n; i++)
		if (!is[i] && (best < 0 || l->items[i].order < l->items[best].order))
			best = i;
	return best;
}

/* One after the other, as long as there is room for it: what is too wide leaves its room to others. */
static void choose(const struct line *l, int width, signed char ret[static LINE_ITEMS])
{
	int used = -GAP, i;

	memset(ret, 0, LINE_ITEMS);
	while ((i = next_item(l, ret)) >= 0) {
		int more = width_of(&l->items[i]) + GAP;

		ret[i] = used + more <= width ? 1 : -1;
		used += ret[i] > 0 ? more : 0;
	}
}

void line_draw(const struct line *l, struct cells *c, int row, int column, int width)
{
	int end = column + width, at = column + LINE_LABEL, i;
	signed char shown[LINE_ITEMS];
	bool first = true;

	cells_print(c, row, column, LINE_LABEL - 1, PAINT_LABEL, l->label);
	choose(l, end - at, shown);
	for (i = 0; i < l->n; i++) {
		if (shown[i] < 0)
			continue;
		if (!first)
			cells_print(c, row, at + 1, 1, PAINT_DIM, c->ascii ? "|" : "│");
		at += first ? 0 : GAP;
		first = false;
		at += cells_print(c, row, at, end - at, PAINT_DIM, l->items[i].name);
		if (*l->items[i].name && *l->items[i].value)
			at++;
		at += cells_print(c, row, at, end - at, l->items[i].paint, l->items[i].value);
	}
}
