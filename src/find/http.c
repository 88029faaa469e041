#include "find/http.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"
#include "base/units.h"

#define SCHEME "http://"
#define POLL_MS 20
/* What is read of an answer, so that the server can end it in peace; and for how long. */
#define BODY_MOST (1 << 20)
#define BODY_NS SECOND

struct address {
	char host[256], port[8];
	const char *path;
};

/* A time (clock_now()); or a descriptor that becomes readable, or without one (-1) one more signal that asks to stop. */
struct limit {
	int64_t ns;
	int stop_fd;
	unsigned int asked;
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

static bool is_stopped(const struct limit *until)
{
	struct pollfd p = { .fd = until->stop_fd, .events = POLLIN };

	return until->stop_fd < 0 ? stop_asked() != until->asked : poll(&p, 1, 0) > 0;
}

/* 0: it is; -errno. */
static int wait_for(int fd, short events, const struct limit *until)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, POLL_MS) <= 0) {
		if (is_stopped(until))
			return -EINTR;
		if (clock_now() >= until->ns)
			return -ETIMEDOUT;
	}
	return 0;
}

static int connect_to(const struct addrinfo *to, const struct limit *until, int *ret_fd)
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

static int send_all(int fd, const char *bytes, size_t len, const struct limit *until)
{
	size_t sent = 0;

	while (sent < len) {
		int r = wait_for(fd, POLLOUT, until);
		ssize_t n = r < 0 ? r : send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);

		if (r < 0)
			return r;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* `body` NULL: a GET. */
static int ask(int fd, const struct address *a, const struct http_body *body, const struct limit *until)
{
	cleanup(buf_release) struct buf words = { .limit = 8 << 10 };
	size_t path = strcspn(a->path, "#");
	bool slash = *a->path != '/', six = strchr(a->host, ':');
	int r;

	buf_printf(&words,
		   "%s %s%.*s HTTP/1.1\r\nHost: %s%s%s:%s\r\nUser-Agent: cowtop/" COWTOP_VERSION
		   "\r\nAccept: */*\r\nConnection: close\r\n",
		   body ? "POST" : "GET", slash ? "/" : "", (int)path, a->path, six ? "[" : "", a->host,
		   six ? "]" : "", a->port);
	if (body)
		buf_printf(&words, "Content-Type: %s\r\nContent-Length: %zu\r\n", body->type, body->len);
	buf_adds(&words, "\r\n");
	if (words.cut)
		return -E2BIG;
	r = send_all(fd, words.data, words.len, until);
	return r < 0 || !body ? r : send_all(fd, body->bytes, body->len, until);
}

/* Up to `len` bytes; fewer are the last ones. */
static ssize_t receive(int fd, char *to, size_t len, const struct limit *until)
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

static void drain(int fd, const struct limit *whole)
{
	struct limit until = *whole;
	char block[4096];

	until.ns = clock_now() + BODY_NS;

	for (size_t all = 0; all < BODY_MOST; all += sizeof(block))
		if (receive(fd, block, sizeof(block), &until) < (ssize_t)sizeof(block))
			return;
}

/* "HTTP/1.1 200": the status, 0 when it is no such line, or -errno. */
static int answer(int fd, const struct limit *until)
{
	char head[13] = "";
	int64_t status;
	ssize_t n = receive(fd, head, 12, until);

	if (n < 0)
		return (int)n;
	if (n < 12 || strncmp(head, "HTTP/", 5) != 0 || units_parse_int(head + 9, 100, 599, &status) < 0)
		return 0;
	drain(fd, until);
	return (int)status;
}

/* Who refuses a body may answer, and hang up, before it is there. */
static int converse(int fd, const struct address *a, const struct http_body *body, const struct limit *until)
{
	int r = ask(fd, a, body, until), early;

	if (r == -EPIPE || r == -ECONNRESET) {
		early = answer(fd, until);
		return early > 0 ? early : r;
	}
	return r < 0 ? r : answer(fd, until);
}

static int request(const char *url, const struct http_body *body, const struct limit *until,
		   struct buf *ret_why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
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
		r = converse(fd, &a, body, until);
	if (r > 0)
		return r;
	buf_printf(ret_why, "%s",
		   r == 0          ? "the answer is none of HTTP" :
		   r == -ETIMEDOUT ? "no answer" :
				     strerror(-r));
	return -1;
}

int http_get(const char *url, int64_t timeout_ns, struct buf *ret_why)
{
	const struct limit until = { clock_now() + timeout_ns, -1, stop_asked() };

	return request(url, NULL, &until, ret_why);
}

int http_post(const char *url, const struct http_body *body, const struct http_limit *limit,
	      struct buf *ret_why)
{
	const struct limit until = { clock_now() + limit->timeout_ns, limit->stop_fd, 0 };

	return request(url, body, &until, ret_why);
}

void http_escape(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++)
		buf_printf(out, strchr(plain, *text) ? "%c" : "%%%02X", (unsigned char)*text);
}
