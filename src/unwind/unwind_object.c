#include "unwind/unwind_object.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "sys/arch.h"
#include "sys/image.h"
#include "sys/image_file.h"
#include "sys/patience.h"

/* Objects without a reference are kept up to here: short-lived processes bring them back. */
#define IDLE_OBJECTS 128
/* The largest programs there are have some 20 MiB of them. */
#define TABLES_MAX (64ULL << 20)
#define VDSO_MAX (64 << 10)
/* Of tables and symbols, of all objects; a large pool's have some tens of MiB. */
#define BYTES_MAX (512ULL << 20)
/* What the kernel appends to the path of a file that has none any more. */
#define DELETED " (deleted)"

static bool read_file(void *ctx, uint64_t offset, void *out, size_t len)
{
	struct unwind_object *o = ctx;
	struct reader file;

	if (o->memory) {
		if (offset > o->memory_size || len > o->memory_size - offset)
			return false;
		memcpy(out, o->memory + offset, len);
		return true;
	}
	file = image_file_reader(&o->fd);
	return o->fd >= 0 && reader_read(&file, offset, out, len);
}

struct reader unwind_object_file(struct unwind_object *o)
{
	return (struct reader){ read_file, NULL, o };
}

void unwind_object_count(struct unwind_object *o)
{
	uint64_t bytes = (o->tables.bytes ? o->tables.frames.size : 0) +
			 (o->debug_tables.bytes ? o->debug_tables.frames.size : 0) +
			 o->symbols.cap * sizeof(*o->symbols.items) + o->symbols.names_cap;

	o->all->bytes += bytes - o->counted;
	o->counted = bytes;
}

static void object_free(struct unwind_object *o)
{
	o->all->bytes -= o->counted;
	if (o->fd >= 0)
		patience_close(o->fd);
	elf_symbols_release(&o->symbols);
	unwind_tables_release(&o->tables);
	unwind_tables_release(&o->debug_tables);
	free(o->name);
	free(o->path);
	free(o);
}

void unwind_objects_release(struct unwind_objects *o)
{
	for (size_t i = 0; i < o->n; i++)
		object_free(o->items[i]);
	free(o->items);
	*o = (struct unwind_objects){ 0 };
}

static struct unwind_object *object_new(struct unwind_objects *o, char *name)
{
	struct unwind_object *object = xcalloc(1, sizeof(*object));

	object->all = o;
	object->name = name;
	object->fd = -1;
	object->refs = 1;
	vec_room(&o->items, o->n, &o->cap);
	o->items[o->n++] = object;
	return object;
}

void unwind_object_put(struct unwind_objects *o, struct unwind_object *object)
{
	if (--object->refs || o->n <= IDLE_OBJECTS)
		return;
	for (size_t i = o->n; i-- > 0;)
		if (!o->items[i]->refs) {
			object_free(o->items[i]);
			o->items[i] = o->items[--o->n];
		}
}

/* A file that could not be opened for one process may be for another. */
static bool is_current(const struct unwind_object *o)
{
	struct stat st;

	if (o->fd >= 0 && patience_needed(o->fd))
		return true;
	return o->fd >= 0 && !fstat(o->fd, &st) && st.st_ctim.tv_sec == o->changed.tv_sec &&
	       st.st_ctim.tv_nsec == o->changed.tv_nsec;
}

static bool ends(const char *s, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && !memcmp(s + len - n, tail, n);
}

/* The path of a file that has been deleted since is another one; so is that of another file that was. */
static bool same_path(const struct unwind_object *o, const char *path, size_t len)
{
	size_t known = strlen(o->path);
	struct stat st;

	if (len == known)
		return !memcmp(o->path, path, len);
	return len == known + strlen(DELETED) && ends(path, len, DELETED) && !memcmp(o->path, path, known) &&
	       o->fd >= 0 && !patience_needed(o->fd) && !fstat(o->fd, &st) && !st.st_nlink;
}

struct unwind_owner unwind_owner_of(const struct procfs *fs, pid_t pid)
{
	struct unwind_owner of = { fs, pid, 0 };
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%d/ns/mnt", (int)pid);
	if (!fstatat(fs->fd, path, &st, 0))
		of.namespace = st.st_ino;
	return of;
}

bool unwind_object_is(const struct unwind_object *o, const struct unwind_owner *of, const struct vma *v,
		      const char *text)
{
	return o->path && o->inode == v->inode && o->dev_major == v->dev_major &&
	       o->dev_minor == v->dev_minor && o->namespace == of->namespace &&
	       same_path(o, text + v->name_at, v->name_len);
}

static struct unwind_object *find(struct unwind_objects *o, const struct unwind_owner *of,
				  const struct vma *v, const char *text)
{
	for (size_t i = 0; i < o->n; i++)
		if (unwind_object_is(o->items[i], of, v, text) && is_current(o->items[i]))
			return o->items[i];
	return NULL;
}

static char *name_of(const struct vma *v, const char *text)
{
	const char *name = text + v->name_at, *slash = memrchr(name, '/', v->name_len);
	size_t len = v->name_len;

	if (slash) {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	if (len > strlen(DELETED) && ends(name, len, DELETED))
		len -= strlen(DELETED);
	return len ? xmemdupz(name, len) : xstrdup("[anon]");
}

struct unwind_object *unwind_object_of(struct unwind_objects *o, const struct unwind_owner *of,
				       const struct vma *v, const char *text)
{
	struct unwind_object *object = find(o, of, v, text);
	struct reader file;
	struct stat st;

	if (object) {
		object->refs++;
		return object;
	}
	object = object_new(o, name_of(v, text));
	object->inode = v->inode;
	object->dev_major = v->dev_major;
	object->dev_minor = v->dev_minor;
	object->namespace = of->namespace;
	object->path = xmemdupz(text + v->name_at, v->name_len);
	object->fd = image_file_open(of->fs, of->pid, v, text + v->name_at);
	if (object->fd >= 0 && !patience_needed(object->fd) && !fstat(object->fd, &st))
		object->changed = st.st_ctim;
	file = unwind_object_file(object);
	object->readable = elf_load_read(&file, &object->load) && object->load.isa == arch.isa;
	return object;
}

/* Its section headers are the last thing in it. */
static size_t vdso_size(const uint8_t *base)
{
	Elf64_Ehdr h;
	uint64_t size;

	memcpy(&h, base, sizeof(h));
	size = h.e_shoff + (uint64_t)h.e_shnum * h.e_shentsize;
	return size >= sizeof(h) && size <= VDSO_MAX ? size : 0;
}

struct unwind_object *unwind_object_vdso(struct unwind_objects *o)
{
	uintptr_t base = getauxval(AT_SYSINFO_EHDR);
	struct unwind_object *object;
	struct reader file;

	for (size_t i = 0; i < o->n; i++)
		if (o->items[i]->memory) {
			o->items[i]->refs++;
			return o->items[i];
		}
	if (!base)
		return NULL;
	object = object_new(o, xstrdup("[vdso]"));
	object->memory = (const uint8_t *)base;
	object->memory_size = vdso_size(object->memory);
	file = unwind_object_file(object);
	object->readable = elf_load_read(&file, &object->load) && object->load.isa == arch.isa;
	return object;
}

static uint64_t room(const struct unwind_object *o)
{
	uint64_t left = o->all->bytes < BYTES_MAX ? BYTES_MAX - o->all->bytes : 0;

	return left < TABLES_MAX ? left : TABLES_MAX;
}

static void read_tables(struct unwind_object *o)
{
	struct reader file = unwind_object_file(o);

	o->tables_read = true;
	if (!o->readable)
		return;
	unwind_tables_read(&file, &o->load, room(o), &o->tables);
	unwind_object_count(o);
	unwind_tables_read_debug(&file, &o->load, room(o), &o->debug_tables);
	unwind_object_count(o);
}

bool unwind_object_function(struct unwind_object *o, uint64_t address, struct eh_function *ret)
{
	if (!o->tables_read)
		read_tables(o);
	return (o->tables.bytes && eh_frame_find(&o->tables.frames, address, ret)) ||
	       (o->debug_tables.bytes && eh_frame_find(&o->debug_tables.frames, address, ret));
}

bool unwind_object_fits(const struct unwind_object *o, const struct eh_function *f)
{
	const struct unwind_tables *t = o->tables.bytes && f->header == o->tables.frames.header ?
						&o->tables :
						&o->debug_tables;

	return eh_frame_fits(&t->frames, f, arch.dwarf);
}

void unwind_object_symbols(struct unwind_object *o, const struct reader *debug)
{
	struct reader file = unwind_object_file(o);

	if (o->all->bytes > BYTES_MAX)
		return;
	elf_symbols_add(&o->symbols, &file);
	if (debug)
		elf_symbols_add(&o->symbols, debug);
	elf_symbols_sort(&o->symbols);
	unwind_object_count(o);
}

/* What is behind the end of the file's part is zeros in memory. */
static bool read_window(struct unwind_object *o, uint64_t offset, void *out, size_t len)
{
	struct reader file = unwind_object_file(o);
	uint64_t start = offset & ~(sizeof(o->window) - 1ULL);

	if (offset + len > start + sizeof(o->window))
		return reader_read(&file, offset, out, len);
	if (!o->window_len || o->window_at != start) {
		ssize_t n = o->fd < 0 ? 0 : patience_read_at(o->fd, o->window, sizeof(o->window), start);

		o->window_at = start;
		o->window_len = n > 0 ? (size_t)n : 0;
	}
	if (offset + len > start + o->window_len)
		return reader_read(&file, offset, out, len);
	memcpy(out, o->window + (offset - start), len);
	return true;
}

bool unwind_object_table(const struct unwind_object *o, uint64_t address, void *out, size_t len)
{
	return unwind_tables_bytes(&o->tables, address, out, len) ||
	       unwind_tables_bytes(&o->debug_tables, address, out, len);
}

bool unwind_object_read(struct unwind_object *o, uint64_t address, void *out, size_t len)
{
	uint64_t offset, left;

	if (unwind_object_table(o, address, out, len))
		return true;
	return o->readable && elf_load_offset(&o->load, address, &offset, &left) && len <= left &&
	       read_window(o, offset, out, len);
}
