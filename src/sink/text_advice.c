#include "sink/advice.h"

#include "base/cleanup.h"
#include "model/why_advice.h"
#include "sink/text_wrap.h"

#define INDENT 4

/* One by one, each with the line to write below it. */
static void add_helpful(struct buf *out, const struct why_advice *d, unsigned int number, size_t columns)
{
	buf_printf(out, "%3u ", number);
	text_wrap(out, d->text, INDENT, columns);
	if (!d->how)
		return;
	buf_printf(out, "%*s", INDENT, "");
	text_wrap(out, d->how, INDENT, columns);
}

void text_advice(struct buf *out, const struct why *w, size_t columns)
{
	unsigned int number = 0;

	for (size_t i = 0; i < w->nadvice; i++) {
		if (!w->advice[i].helps)
			continue;
		if (!number)
			buf_adds(out, "what helps:\n");
		add_helpful(out, &w->advice[i], ++number, columns);
	}
	for (size_t i = 0, any = 0; i < w->nadvice; i++) {
		if (w->advice[i].helps)
			continue;
		if (!any++)
			buf_adds(out, "what does not:\n");
		buf_printf(out, "%*s", INDENT, "");
		text_wrap(out, w->advice[i].text, INDENT, columns);
	}
}
