#ifndef COWTOP_PARSE_CGROUP_H
#define COWTOP_PARSE_CGROUP_H

/*
 * /proc/PID/cgroup (cgroups(7)): a line "ID:CONTROLLERS:/PATH" of each hierarchy that the process is in, and the
 * one-number files of cgroups. Version 2 is the line "0::"; beside it may be lines of version 1. What is outside of
 * what this cgroup namespace shows has a path that begins with "/.." (cgroup_namespaces(7)).
 */
#include <stdbool.h>
#include <stddef.h>
#include "model/fact.h"

/* The path of the unified hierarchy, the line "0::/PATH": a slice of the text. False: none, or one with ".." in it,
 * which is outside what this cgroup namespace shows, and may be in a name by intent. */
bool parse_cgroup(const char *text, size_t len, const char **ret_path, size_t *ret_len);

/* The path in version 1's hierarchy of the memory controller, the line "N:memory:/PATH" or
 * "N:cpu,memory:/PATH": likewise. */
bool parse_cgroup_memory(const char *text, size_t len, const char **ret_path, size_t *ret_len);

/* A number and a newline. "max", and what version 1 has for no limit (PAGE_COUNTER_MAX pages,
 * include/linux/page_counter.h: above 2^62): ABSENT. */
fact parse_cgroup_number(const char *text, size_t len);

/*
 * Is the process in this cgroup, or below it, in any of its hierarchies? `path` as /proc/PID/cgroup has it
 * ("/system.slice/web.service"), or where it is mounted ("/sys/fs/cgroup/system.slice/web.service",
 * "/sys/fs/cgroup/memory/docker/..."). The root is everybody's, and so nobody's: false.
 */
bool cgroup_has_path(const char *text, size_t len, const char *path);

/* Is it in a cgroup of this name, or below one? systemd calls those of a unit as the unit, with a '_' in front of
 * what could be another file's name there (systemd, src/basic/cgroup-util.c, cg_escape()). */
bool cgroup_has_name(const char *text, size_t len, const char *name);

/* Is it in a container whose id begins with `id`? Docker, containerd, CRI-O and Podman put an id of 64 hexadecimal
 * digits into the name, alone or between a "docker-", "cri-containerd-", "crio-", "libpod-" and a ".scope". */
bool cgroup_has_container(const char *text, size_t len, const char *id);

#define CGROUP_CONTAINER_LEN 64
/* The id of the innermost container that it is in, by the same rule: CGROUP_CONTAINER_LEN digits of the text. False: it
 * is in none. */
bool cgroup_container(const char *text, size_t len, const char **ret);

/* Could it be the id of a container, whole or as long as the tools print it: 12 to 64 digits, "docker ps" 12, "crictl
 * ps" 13? */
bool cgroup_is_container_id(const char *word);

#endif
