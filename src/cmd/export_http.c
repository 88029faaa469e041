#include "cmd/export_http.h"

#include "sink/gzip.h"
#include "sink/metric_page.h"
#include "sink/openmetrics.h"

enum { PAGE_PROMETHEUS, PAGE_OPENMETRICS, PAGE_HEALTH, PAGE_LIST, PAGES };

static void pack(struct http_page *p)
{
	if (!gzip_add(&p->packed, &p->plain))
		buf_release(&p->packed);
}

void export_http_publish(struct http *h, const struct metric_set *m)
{
	/* Who does not say what is wanted gets the first. */
	struct http_page pages[PAGES] = {
		[PAGE_PROMETHEUS] = { .path = "/metrics",
				      .type = metric_format_type(METRIC_FORMAT_PROMETHEUS) },
		[PAGE_OPENMETRICS] = { .path = "/metrics",
				       .type = metric_format_type(METRIC_FORMAT_OPENMETRICS) },
		[PAGE_HEALTH] = { .path = "/healthz", .type = "text/plain; charset=utf-8" },
		[PAGE_LIST] = { .path = "/", .type = "text/html; charset=utf-8" },
	};

	openmetrics(&pages[PAGE_PROMETHEUS].plain, m, METRIC_FORMAT_PROMETHEUS);
	openmetrics(&pages[PAGE_OPENMETRICS].plain, m, METRIC_FORMAT_OPENMETRICS);
	buf_adds(&pages[PAGE_HEALTH].plain, "ok\n");
	metric_page(&pages[PAGE_LIST].plain, m);
	pack(&pages[PAGE_PROMETHEUS]);
	pack(&pages[PAGE_OPENMETRICS]);
	http_publish(h, pages, PAGES);
	for (int i = 0; i < PAGES; i++) {
		buf_release(&pages[i].plain);
		buf_release(&pages[i].packed);
	}
}
