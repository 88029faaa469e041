#ifndef COWTOP_SINK_REPORT_GROWTH_H
#define COWTOP_SINK_REPORT_GROWTH_H

/* What a report says of memory that only grows, or has ended to grow. */
#include "base/buf.h"
#include "model/story.h"

/* Does anybody's? */
bool report_grows(const struct story *s);
/* "+12.0 MiB/min", in a recording below a minute "+5.2 MiB in 20s": of everybody whose memory grows. */
char *report_pace(char out[static 48], const struct story *s);
/* Seconds until there is no memory left at this pace; unknown: it does not grow, or the host is not known. */
figure report_full_s(const struct story *s);
/* "4 of 4 workers and the master get more and more new memory ..."; nothing when nobody does. */
void report_leak(struct buf *out, const struct story *s);
/* In few words, behind the pace. */
void report_leak_note(struct buf *out, const struct story *s);
/* "4 of 4 workers got 31.0 MiB of new memory and level off ..."; nothing when nobody does. */
void report_warm(struct buf *out, const struct story *s);
void report_text_growth(struct buf *out, const struct story *s, size_t columns);

#endif
