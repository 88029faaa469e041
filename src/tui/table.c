#include "tui/table.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"

#define GAP 1

static int next_by_order(const struct screen_table *t, uint64_t *left)
{
	int i, best = -1;

	for (i = 0; i < t->n; i++) {
		if (*left >> i & 1 && (best < 0 || t->heads[i].order < t->heads[best].order))
			best = i;
	}
	if (best >= 0)
		*left &= ~(1ULL << best);
	return best;
}

/* Take columns in the order of their importance until one does not fit; returns what is over. */
static int choose(struct screen_table *t, uint64_t hidden, int columns)
{
	uint64_t left = ((1ULL << t->n) - 1) & ~hidden;
	int over = columns + GAP, i;

	for (i = 0; i < t->n; i++)
		t->at[i] = -1;
	while ((i = next_by_order(t, &left)) >= 0) {
		if (t->heads[i].width + GAP > over)
			return over;
		over -= t->heads[i].width + GAP;
		t->at[i] = 0;
	}
	return over;
}

static int grow(struct screen_table *t, int over)
{
	int i, growing = 0, more;

	for (i = 0; i < t->n; i++)
		growing += t->at[i] == 0 && t->heads[i].most > t->heads[i].width;
	for (i = 0; i < t->n; i++) {
		t->width[i] = t->heads[i].width;
		if (t->at[i] < 0 || t->heads[i].most <= t->width[i])
			continue;
		/* As many as were counted. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
		more = over / growing--;
		if (more > t->heads[i].most - t->width[i])
			more = t->heads[i].most - t->width[i];
		t->width[i] += more;
		over -= more;
	}
	return over;
}

void table_fit(struct screen_table *t, const struct head *heads, int n, uint64_t hidden, struct cells *cells,
	       int left, int columns)
{
	int i;

	*t = (struct screen_table){
		.heads = heads,
		.n = n,
		.cells = cells,
		.left = left,
		.columns = columns,
	};
	grow(t, choose(t, hidden, columns));
	for (i = 0; i < n; i++) {
		if (t->at[i] < 0)
			continue;
		t->at[i] = left;
		left += t->width[i] + GAP;
	}
}

void table_heads(const struct screen_table *t, int row, int sorted)
{
	int i;

	cells_fill(t->cells, row, t->left, t->columns, PAINT_HEAD, " ");
	for (i = 0; i < t->n; i++) {
		table_put(t, i, row, i == sorted ? PAINT_SORTED : PAINT_HEAD, t->heads[i].text);
		if (sorted >= 0 && t->at[i] >= 0)
			cells_spot(t->cells, &(struct spot){ .row = row,
							     .column = t->at[i],
							     .width = t->width[i],
							     .kind = SPOT_HEAD,
							     .number = i });
	}
}

void table_put(const struct screen_table *t, int i, int row, enum paint paint, const char *text)
{
	if (t->at[i] < 0)
		return;
	if (t->heads[i].left)
		cells_print(t->cells, row, t->at[i], t->width[i], paint, text);
	else
		cells_print_right(t->cells, row, t->at[i], t->width[i], paint, text);
}

void table_put_part(const struct screen_table *t, int i, int row, int from, enum paint paint,
		    const char *bytes, size_t len, int aside)
{
	cleanup(buf_release) struct buf clean = { 0 };

	if (t->at[i] < 0 || row < 0)
		return;
	text_clean(&clean, bytes, len);
	if (clean.len)
		cells_foreign(t->cells, row, t->at[i] + from, t->width[i] - from, paint,
			      clean.data + text_fit(clean.data, clean.len, (size_t)aside));
}

void table_put_foreign(const struct screen_table *t, int i, int row, enum paint paint, const char *text,
		       int aside)
{
	table_put_part(t, i, row, 0, paint, text, strlen(text), aside);
}
