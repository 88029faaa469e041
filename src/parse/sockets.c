#include "parse/sockets.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "parse/cursor.h"

/* How many of a machine's listening sockets are remembered. */
#define SOCKETS_MOST 65536

void sockets_release(struct sockets *s)
{
	free(s->items);
	*s = (struct sockets){ 0 };
}

bool sockets_have(const struct sockets *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i] == inode)
			return true;
	return false;
}

static void add(struct sockets *s, uint64_t inode)
{
	if (!inode || s->n == SOCKETS_MOST)
		return;
	vec_room(&s->items, s->n, &s->cap);
	s->items[s->n++] = inode;
}

/* The word of a line that stands behind `before` others. */
static bool word(const char *line, size_t len, int before, struct cursor *ret)
{
	struct cursor c = { line, line + len };

	for (int i = 0;; i++) {
		cursor_blanks(&c);
		if (c.at == c.end)
			return false;
		ret->at = c.at;
		while (c.at < c.end && *c.at != ' ')
			c.at++;
		ret->end = c.at;
		if (i == before)
			return true;
	}
}

static bool hex_word(const char *line, size_t len, int before, uint64_t *ret)
{
	struct cursor c;

	return word(line, len, before, &c) && cursor_hex(&c, ret) && c.at == c.end;
}

static bool number_word(const char *line, size_t len, int before, uint64_t *ret)
{
	struct cursor c;

	return word(line, len, before, &c) && cursor_u64(&c, ret) && c.at == c.end;
}

/* Of the lines whose state or flags, behind three words, are `listens` in the bits of `mask`: the inode, which
 * is behind `inode_at` words. */
static void add_listening(const char *text, size_t len, uint64_t mask, uint64_t listens, int inode_at,
			  struct sockets *ret)
{
	struct cursor c = { text, text + len };
	uint64_t state, inode;
	const char *line;
	size_t n;

	while (c.at < c.end) {
		cursor_until(&c, '\n', &line, &n);
		if (hex_word(line, n, 3, &state) && (state & mask) == listens &&
		    number_word(line, n, inode_at, &inode))
			add(ret, inode);
	}
}

/*
 * net/ipv4/tcp_ipv4.c, get_tcp4_sock() of Linux 6.12: number, local and remote address, state,
 * queues, timer, retransmits, uid, timeout, inode. TCP_LISTEN is 10.
 */
void sockets_parse_tcp(const char *text, size_t len, struct sockets *ret)
{
	add_listening(text, len, UINT64_MAX, 10, 9, ret);
}

/*
 * net/unix/af_unix.c, unix_seq_show() of Linux 6.12: number, references, protocol, flags, type, state,
 * inode, path. __SO_ACCEPTCON is bit 16 of the flags.
 */
void sockets_parse_unix(const char *text, size_t len, struct sockets *ret)
{
	add_listening(text, len, 1 << 16, 1 << 16, 6, ret);
}

uint64_t socket_inode(const char *link)
{
	static const char start[] = "socket:[";
	struct cursor c = { link, link + strlen(link) };
	uint64_t inode;

	if (strncmp(link, start, sizeof(start) - 1) != 0)
		return 0;
	c.at += sizeof(start) - 1;
	return cursor_u64(&c, &inode) && cursor_char(&c, ']') && c.at == c.end ? inode : 0;
}
