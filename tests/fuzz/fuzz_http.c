/* What there is of HTTP but for its connections: addresses, --ready, a text in a query, and the weights of a list. */
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "find/http.h"
#include "find/ready.h"
#include "fuzz.h"
#include "sys/http_accept.h"

static void check_weights(const char *text)
{
	static const char *const names[] = { "gzip", "text/plain", "application/openmetrics-text" };
	double all = http_weight(text, "a/b");

	must(all >= 0 && all <= 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		cleanup(buf_release) struct buf listed = { 0 };
		double w = http_weight(text, names[i]);

		must(w >= 0 && w <= 1);
		/* What is named itself comes before what is meant with it, wherever it stands. */
		buf_printf(&listed, "%s;q=0.25, %s", names[i], strchr(text, '"') ? "" : text);
		w = http_weight(listed.data, names[i]);
		must(w >= 0.25 && w <= 1);
	}
}

static void check_escaped(const char *text)
{
	cleanup(buf_release) struct buf out = { 0 };
	size_t plain = 0;

	http_escape(&out, text);
	for (size_t i = 0; i < out.len; i++, plain++) {
		unsigned char c = (unsigned char)out.data[i];

		must(c > ' ' && c < 0x7f && !strchr("&=#?+/\"'<>\\", c));
		i += c == '%' ? 2 : 0;
		must(i < out.len);
	}
	must(plain == strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xmemdupz(data, size);
	struct ready r = { .after_ns = 42 };
	struct err err = { 0 };

	check_weights(text);
	check_escaped(text);
	if (ready_parse(text, &r, &err) < 0)
		must(err.status == STATUS_USAGE && *err.msg);
	else
		must((r.kind == READY_URL) == http_is_url(text) && r.kind != READY_QUIET && r.text == text);
	return 0;
}
