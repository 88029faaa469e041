#include "sys/http.h"

#ifdef COWTOP_MICROHTTPD
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sys/http_accept.h"
#include "sys/http_library.h"
#include "sys/priv.h"

/* Of a request, with its headers. */
#define REQUEST_MOST 16384

/* Set by http_new(). */
static const struct microhttpd *mhd;

struct page {
	char *path;
	char *type;
	struct MHD_Response *plain, *packed;
};

struct connection {
	int fd; /* -1: none */
	int64_t since_ns;
};

struct http {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	struct page *pages;
	size_t npages;
	struct MHD_Response *not_found, *not_allowed;
	struct connection connections[HTTP_CONNECTIONS];
};

/* ---- what is published */

static void pages_free(struct page *pages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mhd->destroy_response(pages[i].plain);
		if (pages[i].packed)
			mhd->destroy_response(pages[i].packed);
		free(pages[i].path);
		free(pages[i].type);
	}
	free(pages);
}

/* It is counted by libmicrohttpd: who still reads an old one goes on. */
static struct MHD_Response *response(const struct buf *body, const char *type)
{
	char *bytes = body->data ?: (char *)"";
	struct MHD_Response *r = mhd->create_response_from_buffer(body->len, bytes, MHD_RESPMEM_MUST_COPY);

	if (!r)
		return NULL;
	mhd->add_response_header(r, "Content-Type", type);
	mhd->add_response_header(r, "Connection", "close");
	mhd->add_response_header(r, "Cache-Control", "no-store");
	mhd->add_response_header(r, "X-Content-Type-Options", "nosniff");
	mhd->add_response_header(r, "Vary", "Accept, Accept-Encoding");
	return r;
}

void http_publish(struct http *h, const struct http_page *pages, size_t n)
{
	struct page *next = xcalloc(n + 1, sizeof(*next)), *before;
	size_t got = 0, nbefore;

	for (size_t i = 0; i < n; i++) {
		struct page *p = &next[got];

		p->plain = response(&pages[i].plain, pages[i].type);
		if (!p->plain)
			continue;
		p->packed = pages[i].packed.len ? response(&pages[i].packed, pages[i].type) : NULL;
		if (p->packed)
			mhd->add_response_header(p->packed, "Content-Encoding", "gzip");
		p->path = xstrdup(pages[i].path);
		p->type = xmemdupz(pages[i].type, strcspn(pages[i].type, ";"));
		got++;
	}
	pthread_mutex_lock(&h->lock);
	before = h->pages;
	nbefore = h->npages;
	h->pages = next;
	h->npages = got;
	pthread_mutex_unlock(&h->lock);
	pages_free(before, nbefore);
}

/* ---- the thread */

static const char *header(struct MHD_Connection *c, const char *name)
{
	return mhd->lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* The page of this path that is wanted most; where none of them is, the first. */
static const struct page *choose(const struct http *h, struct MHD_Connection *c, const char *path)
{
	const char *accept = header(c, "Accept");
	const struct page *ret = NULL;
	double most = 0;

	for (size_t i = 0; i < h->npages; i++) {
		double weight;

		if (strcmp(h->pages[i].path, path) != 0)
			continue;
		weight = http_weight(accept, h->pages[i].type);
		if (!ret || weight > most) {
			ret = &h->pages[i];
			most = weight;
		}
	}
	return ret;
}

static enum MHD_Result answer(void *data, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *body, size_t *body_len, void **state)
{
	struct http *h = data;
	struct MHD_Response *r = h->not_found;
	unsigned int status = MHD_HTTP_NOT_FOUND;
	const struct page *p;
	enum MHD_Result ret;

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return mhd->queue_response(c, MHD_HTTP_METHOD_NOT_ALLOWED, h->not_allowed);
	/* A body is read and forgotten. */
	if (!*state || *body_len) {
		*state = h;
		*body_len = 0;
		return MHD_YES;
	}
	pthread_mutex_lock(&h->lock);
	p = choose(h, c, url);
	if (p) {
		const char *coding = header(c, "Accept-Encoding");

		r = p->packed && coding && http_weight(coding, "gzip") > 0 ? p->packed : p->plain;
		status = MHD_HTTP_OK;
	}
	ret = mhd->queue_response(c, status, r);
	pthread_mutex_unlock(&h->lock);
	return ret;
}

/* No path that is published has a character that need be escaped; a %00 would end one early. */
static size_t leave_escaped(void *data, struct MHD_Connection *c, char *text)
{
	return strlen(text);
}

static void set_connection(struct http *h, int from, int to)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
		struct connection *c = &h->connections[i];

		if (c->fd == from) {
			*c = (struct connection){ to, clock_now() };
			return;
		}
	}
}

static void notify(void *data, struct MHD_Connection *c, void **state,
		   enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info = mhd->get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http *h = data;

	if (!info)
		return;
	pthread_mutex_lock(&h->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		set_connection(h, -1, info->connect_fd);
	else
		set_connection(h, info->connect_fd, -1);
	pthread_mutex_unlock(&h->lock);
}

void http_sweep(struct http *h)
{
	int64_t now = clock_now();

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		if (h->connections[i].fd >= 0 && now - h->connections[i].since_ns > HTTP_LONGEST)
			shutdown(h->connections[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&h->lock);
}

/* ---- its beginning and end */

static struct MHD_Response *refusal(const char *text)
{
	struct buf body = { .data = (char *)text, .len = strlen(text) };

	return response(&body, "text/plain; charset=utf-8");
}

static struct MHD_Daemon *start(struct http *h, int fd)
{
	cleanup(priv_return) struct priv_lent lent = priv_lend(PRIV_PLAIN);

	return mhd->start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, h,
				 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned int)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
				 (unsigned int)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)REQUEST_MOST, MHD_OPTION_NOTIFY_CONNECTION, notify, h,
				 MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_END);
}

int http_new(struct http **ret, struct err *err)
{
	struct http *h;

	mhd = microhttpd_load(err);
	if (!mhd)
		return -1;
	h = xcalloc(1, sizeof(*h));
	pthread_mutex_init(&h->lock, NULL);
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		h->connections[i].fd = -1;
	h->not_found = refusal("no such page; there are /, /metrics and /healthz\n");
	h->not_allowed = refusal("GET and HEAD only\n");
	if (!h->not_found || !h->not_allowed) {
		http_stop(h);
		return err_set(err, STATUS_FAILED, "libmicrohttpd makes no answer: no memory");
	}
	mhd->add_response_header(h->not_allowed, "Allow", "GET, HEAD");
	*ret = h;
	return 0;
}

int http_start(struct http *h, int fd, struct err *err)
{
	h->daemon = start(h, fd);
	if (h->daemon)
		return 0;
	close(fd);
	return err_set(err, STATUS_FAILED, "libmicrohttpd does not start");
}

/* The library would shut down what it listens at, for all who have that socket: systemd, which hands it to the next. */
static void stop(struct http *h)
{
	int fd = mhd->quiesce_daemon(h->daemon);

	mhd->stop_daemon(h->daemon);
	if (fd >= 0)
		close(fd);
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	if (h->daemon)
		stop(h);
	pages_free(h->pages, h->npages);
	if (h->not_found)
		mhd->destroy_response(h->not_found);
	if (h->not_allowed)
		mhd->destroy_response(h->not_allowed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

#else

int http_new(struct http **ret, struct err *err)
{
	return err_set(err, STATUS_FAILED,
		       "--listen needs libmicrohttpd, without which this cowtop was built: install "
		       "libmicrohttpd-dev and build it again, or use --textfile");
}

int http_start(struct http *h, int fd, struct err *err)
{
	return 0;
}

void http_publish(struct http *h, const struct http_page *pages, size_t n)
{
}
void http_sweep(struct http *h)
{
}
void http_stop(struct http *h)
{
}

#endif
