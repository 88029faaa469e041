/*
 * Any bytes as requests to cowtop export --listen: what was answered in a tenth of a second is answers of HTTP. The bytes
 * in a piece (fuzz.h) are sent at once. Half a request is waited for, so nothing is answered then. A build without
 * libmicrohttpd has nothing to try.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "fuzz.h"
#include "sys/http.h"

#define BODY "cowtop_pool_workers 2\n# EOF\n"

static struct sockaddr_in address;

static bool begin(void)
{
	static struct http_page pages[] = { { .path = "/metrics", .type = "application/openmetrics-text" },
					    { .path = "/metrics", .type = "text/plain" },
					    { .path = "/", .type = "text/html" } };
	socklen_t len = sizeof(address);
	struct http *h;
	struct err err;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 8) == 0);
	must(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	if (http_new(&h, &err) < 0)
		return false;
	for (size_t i = 0; i < 3; i++)
		buf_adds(&pages[i].plain, BODY);
	buf_adds(&pages[0].packed, "gzip");
	http_publish(h, pages, 3);
	must(http_start(h, fd, &err) == 0);
	return true;
}

static void answers(int fd, struct buf *ret)
{
	char block[4096];
	ssize_t n;

	while ((n = recv(fd, block, sizeof(block), 0)) > 0)
		buf_add(ret, block, (size_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int begun;
	const struct timeval patience = { .tv_usec = 100000 };
	struct pieces p = { .data = data, .size = size };
	cleanup(buf_release) struct buf got = { 0 };
	cleanup_close int fd = -1;

	if (!begun)
		begun = begin() ? 1 : -1;
	if (begun < 0)
		return 0;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	while (next_piece(&p) && send(fd, p.piece, p.len, MSG_NOSIGNAL) == (ssize_t)p.len)
		continue;
	shutdown(fd, SHUT_WR);
	answers(fd, &got);
	must(!got.len || !strncmp(got.data, "HTTP/1.", 7));
	return 0;
}
