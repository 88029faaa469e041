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

/* The highest order of which everything fits. */
static int highest(const struct line *l, int width)
{
	int order, used, i;

	for (order = LINE_ITEMS; order > 0; order--) {
		used = -GAP;
		for (i = 0; i < l->n; i++)
			used += l->items[i].order <= order ? width_of(&l->items[i]) + GAP : 0;
		if (used <= width)
			break;
	}
	return order;
}

void line_draw(const struct line *l, struct cells *c, int row, int column, int width)
{
	int end = column + width, at = column + LINE_LABEL, i, order;
	bool first = true;

	cells_print(c, row, column, LINE_LABEL - 1, PAINT_LABEL, l->label);
	order = highest(l, end - at);
	for (i = 0; i < l->n; i++) {
		if (l->items[i].order > order)
			continue;
		if (at + (first ? 0 : GAP) + width_of(&l->items[i]) > end)
			break;
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
