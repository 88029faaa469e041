#ifndef COWTOP_UNWIND_UNWIND_OBJECT_H
#define COWTOP_UNWIND_UNWIND_OBJECT_H

/*
 * The programs and libraries in which stacks are unwound: one struct for each file, whichever
 * processes have it and wherever it lies in them. A file is more than its device and inode: layers (overlayfs) and
 * subvolumes (Btrfs) have one of each for two, so its path counts, and whose path that is. The file stays open, so it can be read when it was
 * deleted or replaced and every process is gone; it is read, never mapped: its owner could cut it
 * short under our feet. What is written over in place counts as another file.
 */
#include <time.h>
#include "parse/elf_load.h"
#include "parse/elf_symbols.h"
#include "parse/maps.h"
#include "sys/proc.h"
#include "unwind/unwind_tables.h"

struct unwind_objects;

struct unwind_object {
	struct unwind_objects *all;
	unsigned int refs; /* of images, and of functions that were seen in it */
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint64_t namespace; /* of mounts, in which `path` was seen; 0: not known */
	char *path;         /* as in maps */
	struct timespec changed;
	char *name;            /* last component of its path, or "[vdso]" */
	int fd;                /* -1: it could not be opened, or is the vDSO */
	const uint8_t *memory; /* of the vDSO, which every process shares with this one */
	size_t memory_size;
	bool readable; /* an ELF file for this machine */
	struct elf_load load;
	bool tables_read;
	struct unwind_tables tables;
	struct unwind_tables debug_tables; /* for what the others do not have */
	uint8_t window[4096];              /* of what lies outside the tables: data that tables refer to */
	uint64_t window_at;                /* file offset */
	size_t window_len;
	struct elf_symbols symbols;
	bool symbols_read;
	uint64_t counted; /* bytes of tables and symbols, in all->bytes */
};

/* The tables and symbols of all of them together are limited: what a process maps is its own choice. */
struct unwind_objects {
	struct unwind_object **items;
	size_t n, cap;
	uint64_t bytes; /* of tables and symbols */
};

void unwind_objects_release(struct unwind_objects *o);

/* Whose files they are: a process, and the namespace of its mounts. */
struct unwind_owner {
	const struct procfs *fs;
	pid_t pid;
	uint64_t namespace; /* 0: not known */
};

struct unwind_owner unwind_owner_of(const struct procfs *fs, pid_t pid);

/* The object behind a mapping of a process; never NULL. `text`: of the maps. Adds a reference. */
struct unwind_object *unwind_object_of(struct unwind_objects *o, const struct unwind_owner *of,
				       const struct vma *v, const char *text);
/* Is it the file of that mapping? */
bool unwind_object_is(const struct unwind_object *o, const struct unwind_owner *of, const struct vma *v,
		      const char *text);
/* The code that the kernel maps into every process; NULL when there is none. Adds a reference. */
struct unwind_object *unwind_object_vdso(struct unwind_objects *o);
/* Gives a reference back. */
void unwind_object_put(struct unwind_objects *o, struct unwind_object *object);

/* The bytes of an address of the object's own numbering; false unless all are there. Of its unwind tables alone: false
 * where they do not lie. */
bool unwind_object_table(const struct unwind_object *o, uint64_t address, void *out, size_t len);
bool unwind_object_read(struct unwind_object *o, uint64_t address, void *out, size_t len);
/* The function around an address. False: no unwind table knows it. */
bool unwind_object_function(struct unwind_object *o, uint64_t address, struct eh_function *ret);
/* May libunwind be told of its row? */
bool unwind_object_fits(const struct unwind_object *o, const struct eh_function *f);
/* Reads o->symbols from the file and from `debug` (or NULL), sorted; nothing when that would be too
 * much. */
void unwind_object_symbols(struct unwind_object *o, const struct reader *debug);
/* Its tables or symbols have grown. */
void unwind_object_count(struct unwind_object *o);
/* The object's file as its offsets; false: it has none. */
struct reader unwind_object_file(struct unwind_object *o);

#endif
