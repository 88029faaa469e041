/* Any bytes as the answer to what cowtop asks by HTTP: a status, or a reason of a few words; and it ends. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/http.h"
#include "fuzz.h"

static const uint8_t *answer;
static size_t answer_len;
static char url[64];
static sem_t answered;

/* One connection after the other. */
static void *serve(void *arg)
{
	int listener = *(int *)arg;
	char request[4096];

	for (;;) {
		cleanup_close int fd = accept(listener, NULL, NULL);

		must(fd >= 0 && recv(fd, request, sizeof(request), 0) > 0);
		(void)!send(fd, answer, answer_len, MSG_NOSIGNAL);
		sem_post(&answered);
	}
	return NULL;
}

static void begin(void)
{
	static int listener;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listener >= 0 && bind(listener, (struct sockaddr *)&address, len) == 0);
	must(listen(listener, 8) == 0 && getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/a?b", ntohs(address.sin_port));
	must(sem_init(&answered, 0, 0) == 0);
	must(pthread_create(&thread, NULL, serve, &listener) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf why = { 0 };
	int status;

	if (!*url)
		begin();
	answer = data;
	answer_len = size;
	status = http_get(url, 20 * SECOND, &why);
	sem_wait(&answered);
	must(status == -1 || (status >= 100 && status <= 599));
	must((status == -1) == (why.len > 0));
	return 0;
}
