#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sys/http.h"

/* Connections that wait for one of the others to end. */
#define BACKLOG 128

/* The kernel's choice (0) nobody would know. */
static bool is_port(const char *port)
{
	return *port && !port[strspn(port, "0123456789")] && atoi(port) > 0 && atoi(port) <= UINT16_MAX;
}

/* Into its parts; false: it has not the form. */
static bool split(const char *where, char host[static 64], char port[static 8])
{
	const char *colon = strrchr(where, ':'), *begin = where;
	size_t len = colon ? (size_t)(colon - where) : 0;

	if (len > 1 && *where == '[' && colon[-1] == ']') {
		begin++;
		len -= 2;
	} else if (memchr(where, ':', len)) {
		return false;
	}
	if (len >= 64 || strlen(colon ? colon + 1 : where) >= 8)
		return false;
	snprintf(host, 64, "%.*s", (int)len, len ? begin : "");
	if (!len)
		snprintf(host, 64, "127.0.0.1");
	snprintf(port, 8, "%s", colon ? colon + 1 : where);
	return is_port(port);
}

static int bound(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, e;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	e = errno;
	close(fd);
	return -e;
}

int http_listen(const char *where, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST };
	struct addrinfo *list;
	char host[64], port[8];
	int fd;

	/* A name would have others asked (DNS) what is listened at. */
	if (!split(where, host, port) || getaddrinfo(host, port, &hints, &list) != 0)
		return err_set(err, STATUS_USAGE,
			       "--listen %.200s is no address: ADDR:PORT, as 127.0.0.1:9835", where);
	fd = bound(list);
	freeaddrinfo(list);
	if (fd < 0)
		return err_errno(err, fd == -EACCES ? STATUS_DENIED : STATUS_FAILED, -fd,
				 "cannot listen at %.200s", where);
	return fd;
}

int http_inherited(struct err *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int fd = 3, listens = 0, type = 0;
	socklen_t len = sizeof(int);
	char own[16];

	snprintf(own, sizeof(own), "%d", (int)getpid());
	if (!pid || !fds || strcmp(pid, own) != 0 || *fds < '1' || *fds > '9')
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || !listens || type != SOCK_STREAM)
		return err_set(err, STATUS_FAILED, "what LISTEN_FDS names is no socket that listens");
	/* libmicrohttpd takes what comes until there is nothing more. */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return err_errno(err, STATUS_FAILED, errno, "the socket of LISTEN_FDS");
	return fd;
}
