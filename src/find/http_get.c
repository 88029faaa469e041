#include "find/http_get.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "find/spawn.h"

#define SCHEME "http://"
#define POLL_MS 20
/* What is read of an answer, so that the server can end it in peace; and for how long. */
#define BODY_MOST (1 << 20)
#define BODY_NS SECOND

struct address {
	char host[256], port[8];
	const char *path;
};

/* HOST, [IPV6], with or without :PORT. */
static bool take_apart(const char *url, struct address *ret)
{
	const char *host = url + strlen(SCHEME), *end, *port;
	int64_t number = 80;
	size_t len;

	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return false;
	ret->path = host + strcspn(host, "/?#");
	end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":/?#");
	if (!end || end > ret->path)
		return false;
	port = *host == '[' ? end + 1 : end;
	host += *host == '[';
	len = (size_t)(end - host);
	if (!len || len >= sizeof(ret->host))
		return false;
	memcpy(ret->host, host, len);
	ret->host[len] = '\0';
	len = (size_t)(ret->path - port);
	if (!len) {
		memcpy(ret->port, "80", 3);
		return true;
	}
	if (*port != ':' || len < 2 || len > 6)
		return false;
	memcpy(ret->port, port + 1, len - 1);
	ret->port[len - 1] = '\0';
	return units_parse_int(ret->port, 1, 65535, &number) == 0;
}

bool http_is_url(const char *text)
{
	struct address a;

	return take_apart(text, &a);
}

/* 0: it is; -errno. */
static int wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, POLL_MS) <= 0) {
		if (spawn_interrupted())
			return -EINTR;
		if (clock_now() >= until)
			return -ETIMEDOUT;
	}
	return 0;
}

static int connect_to(const struct addrinfo *to, int64_t until, int *ret_fd)
{
	cleanup_close int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(int);
	int error = 0, r;

	if (fd < 0)
		return -errno;
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		r = wait_for(fd, POLLOUT, until);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
			return -(error ?: errno);
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int ask(int fd, const struct address *a, int64_t until)
{
	cleanup(buf_release) struct buf words = { .limit = 8 << 10 };
	size_t sent = 0, path = strcspn(a->path, "#");
	bool slash = *a->path != '/';

	buf_printf(&words,
		   "GET %s%.*s HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: cowtop/" COWTOP_VERSION
		   "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
		   slash ? "/" : "", (int)path, a->path, a->host, a->port);
	if (words.cut)
		return -E2BIG;
	while (sent < words.len) {
		int r = wait_for(fd, POLLOUT, until);
		ssize_t n = r < 0 ? r : send(fd, words.data + sent, words.len - sent, MSG_NOSIGNAL);

		if (r < 0)
			return r;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Up to `len` bytes; fewer are the last ones. */
static ssize_t receive(int fd, char *to, size_t len, int64_t until)
{
	size_t got = 0;

	while (got < len) {
		int r = wait_for(fd, POLLIN, until);
		ssize_t n = r < 0 ? r : recv(fd, to + got, len - got, 0);

		if (r < 0)
			return r;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)got;
}

static void drain(int fd)
{
	int64_t until = clock_now() + BODY_NS;
	char block[4096];

	for (size_t all = 0; all < BODY_MOST; all += sizeof(block))
		if (receive(fd, block, sizeof(block), until) < (ssize_t)sizeof(block))
			return;
}

/* "HTTP/1.1 200": the status, 0 when it is no such line, or -errno. */
static int answer(int fd, int64_t until)
{
	char head[13] = "";
	int64_t status;
	ssize_t n = receive(fd, head, 12, until);

	if (n < 0)
		return (int)n;
	if (n < 12 || strncmp(head, "HTTP/", 5) != 0 || units_parse_int(head + 9, 100, 599, &status) < 0)
		return 0;
	drain(fd);
	return (int)status;
}

int http_get(const char *url, int64_t timeout_ns, struct buf *ret_why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	int64_t until = clock_now() + timeout_ns;
	struct addrinfo *found = NULL, *to;
	cleanup_close int fd = -1;
	struct address a;
	int r = -EINVAL;

	if (take_apart(url, &a))
		r = getaddrinfo(a.host, a.port, &hints, &found);
	if (r != 0) {
		buf_printf(ret_why, "%s", r == -EINVAL ? "no address of HTTP" : gai_strerror(r));
		return -1;
	}
	for (to = found, r = -1; to && r < 0; to = to->ai_next)
		r = connect_to(to, until, &fd);
	freeaddrinfo(found);
	if (r == 0)
		r = ask(fd, &a, until);
	if (r == 0)
		r = answer(fd, until);
	if (r > 0)
		return r;
	buf_printf(ret_why, "%s",
		   r == 0          ? "the answer is none of HTTP" :
		   r == -ETIMEDOUT ? "no answer" :
				     strerror(-r));
	return -1;
}
