/* What the headers of a request say that is wanted: of Prometheus, of browsers, of curl, and of nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sys/http_accept.h"

static void weighs(const char *header, const char *name, double wanted)
{
	double got = http_weight(header, name) - wanted;

	assert_true(got < 1e-9 && got > -1e-9);
}

static void test_http_accept__weights(void **state)
{
	const char *scraper =
		"application/openmetrics-text;version=1.0.0;q=0.5,"
		"application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

	weighs(scraper, "application/openmetrics-text", 0.5);
	weighs(scraper, "text/plain", 0.3);
	weighs(scraper, "text/html", 0.1);
	weighs(NULL, "text/plain", 1);
	weighs("", "text/plain", 0);
	weighs("text/*;q=0.2, */*;q=0.9", "text/plain", 0.2);
	weighs("TEXT/Plain", "text/plain", 1);
	weighs("gzip;q=0, deflate", "gzip", 0);
	weighs("gzip;q=0.000", "gzip", 0);
	weighs("*;q=0.5", "gzip", 0.5);
	weighs("identity", "gzip", 0);
	weighs(" gzip ; q=1.0", "gzip", 1);
}

static void test_http_accept__nonsense(void **state)
{
	weighs(",,,;;;", "gzip", 0);
	weighs("gzip;q=", "gzip", 1);
	weighs("gzip;q=9.99999999999", "gzip", 0.999999999990);
	weighs("gzip;q=1.9", "gzip", 1);
	weighs("gzip;", "gzip", 1);
	weighs("*/", "gzip", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http_accept__weights),
		cmocka_unit_test(test_http_accept__nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
