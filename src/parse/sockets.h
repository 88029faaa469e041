#ifndef COWTOP_PARSE_SOCKETS_H
#define COWTOP_PARSE_SOCKETS_H

/*
 * /proc/net/tcp, tcp6 and unix: which sockets listen. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Inode numbers. */
struct sockets {
	uint64_t *items;
	size_t n, cap;
};

void sockets_release(struct sockets *s);
bool sockets_have(const struct sockets *s, uint64_t inode);

/* Add those that listen; lines that are not understood are passed. */
void sockets_parse_tcp(const char *text, size_t len, struct sockets *ret);
void sockets_parse_unix(const char *text, size_t len, struct sockets *ret);

/* The inode of "socket:[1234]", a link in /proc/PID/fd; 0: it is none. */
uint64_t socket_inode(const char *link);

#endif
