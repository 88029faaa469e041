#include "sys/unwind.h"

#include <libunwind.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "sys/arch.h"

/* Functions that an address space remembers; CPython with its modules has some thousands in use. */
#define REMEMBERED 2048
/* Words of tables and stack that one walk may read: 256 functions seen for the first time take a
 * fifth of it. An endless loop in an expression ends here. */
#define WORDS_MAX (1 << 17)
/* Bytes of code that it looks at in each frame, for the kernel's return from a signal and for a PLT's. */
#define CODE 16

/* Exported by libunwind, in none of its headers: for those who know where the tables are. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t address,
					      unw_dyn_info_t *table, unw_proc_info_t *ret,
					      int need_unwind_info, void *arg);

struct unwind_space {
	unw_addr_space_t space;
};

struct walk {
	const struct unwind_view *view;
	unsigned int words;
	bool lost;   /* an address without a table */
	uint64_t ip; /* of the frame that is left */
	uint64_t at; /* in its function */
	bool named;  /* its row was asked for; its code is looked at before that */
};

static int find_proc_info(unw_addr_space_t space, unw_word_t address, unw_proc_info_t *ret,
			  int need_unwind_info, void *arg)
{
	unw_dyn_info_t table = { .format = UNW_INFO_FORMAT_REMOTE_TABLE, .end_ip = UINT64_MAX };
	struct walk *w = arg;
	struct unwind_row row;

	w->named = true;
	if (!w->view->row(w->view->ctx, address, &row)) {
		w->lost = true;
		return -UNW_ESTOPUNWIND;
	}
	table.u.rti.segbase = row.header;
	table.u.rti.table_data = row.row;
	table.u.rti.table_len = 1; /* words: the one row that fits */
	return UNW_OBJ(dwarf_search_unwind_table)(space, address, &table, ret, need_unwind_info, arg);
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *arg)
{
}

static int get_dyn_info(unw_addr_space_t space, unw_word_t *ret, void *arg)
{
	return -UNW_ENOINFO;
}

/*
 * Of a function that it remembers libunwind does not ask for the row again, but reads expressions from its
 * table: those of the frame that the kernel makes for a signal.
 */
static bool read_again(struct walk *w, uint64_t address, uint64_t *ret)
{
	struct unwind_row row;

	if (w->named)
		return false;
	w->named = true;
	return w->view->row(w->view->ctx, w->at, &row) && w->view->word(w->view->ctx, address, ret);
}

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *arg)
{
	struct walk *w = arg;

	if (write || ++w->words > WORDS_MAX)
		return -UNW_EINVAL;
	if (arch.link_register && !w->named && address - w->ip < CODE) {
		*value = w->view->code(w->view->ctx, address);
		return 0;
	}
	if (w->view->word(w->view->ctx, address, value) || read_again(w, address, value))
		return 0;
	return -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *arg)
{
	struct walk *w = arg;

	if (write || number < 0 || (unsigned)number >= arch.dwarf)
		return -UNW_EBADREG;
	*value = w->view->reg(w->view->ctx, number);
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *arg)
{
	return -UNW_EINVAL;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *arg)
{
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t space, unw_word_t address, char *name, size_t size,
			 unw_word_t *offset, void *arg)
{
	return -UNW_ENOINFO;
}

struct unwind_space *unwind_space_new(void)
{
	/* By name, and with zeros behind: libunwind 1.8, which has the same soname, copies more members than
	 * 1.6 has. */
	static struct {
		unw_accessors_t known;
		void *more[8];
	} accessors = { .known = {
				.find_proc_info = find_proc_info,
				.put_unwind_info = put_unwind_info,
				.get_dyn_info_list_addr = get_dyn_info,
				.access_mem = access_mem,
				.access_reg = access_reg,
				.access_fpreg = access_fpreg,
				.resume = resume,
				.get_proc_name = get_proc_name,
			} };
	struct unwind_space *s = xcalloc(1, sizeof(*s));

	s->space = unw_create_addr_space(&accessors.known, 0);
	if (s->space) {
		unw_set_caching_policy(s->space, UNW_CACHE_GLOBAL);
		unw_set_cache_size(s->space, REMEMBERED, 0);
	}
	return s;
}

void unwind_space_free(struct unwind_space *s)
{
	if (!s)
		return;
	if (s->space)
		unw_destroy_addr_space(s->space);
	free(s);
}

/* Are two places in one function? */
static bool same_function(const struct walk *w, uint64_t a, uint64_t b)
{
	struct unwind_row x, y;

	return w->view->row(w->view->ctx, a, &x) && w->view->row(w->view->ctx, b, &y) && x.row == y.row;
}

/*
 * Where tables fail, libunwind follows the link register, whatever is in it by now: the stack pointer stays.
 * That is right for what is innermost and has saved nothing; anything else has its caller on the stack.
 */
static bool is_guess(const struct walk *w, bool innermost, uint64_t ip, uint64_t sp, uint64_t was_sp)
{
	if (!arch.link_register || sp != was_sp)
		return false;
	return !innermost || same_function(w, w->ip, ip - 1);
}

size_t unwind_walk(struct unwind_space *s, const struct unwind_view *v,
		   struct unwind_place ret[UNWIND_FRAMES], bool *ret_whole)
{
	unw_word_t ip = v->reg(v->ctx, (int)arch.dwarf_ip), sp = v->reg(v->ctx, (int)arch.dwarf_sp);
	struct walk w = { .view = v };
	unw_cursor_t c;
	size_t n = 0;
	int r = -1;

	*ret_whole = false;
	ret[n++] = (struct unwind_place){ ip, sp, false };
	w.ip = ip;
	if (!s->space || unw_init_remote(&c, s->space, &w))
		return n;
	while (n < UNWIND_FRAMES) {
		struct unwind_place *from = &ret[n - 1];
		bool innermost = n == 1 || ret[n - 2].signal;

		w.at = n > 1 ? ip - 1 : ip;
		w.named = false;
		from->signal = arch.link_register && unw_is_signal_frame(&c) > 0;
		r = unw_step(&c);
		if (r <= 0 || w.lost || unw_get_reg(&c, UNW_REG_IP, &ip) || !ip ||
		    unw_get_reg(&c, UNW_REG_SP, &sp))
			break;
		if (!from->signal && is_guess(&w, innermost, ip, sp, from->sp)) {
			w.lost = true;
			break;
		}
		ret[n++] = (struct unwind_place){ ip, sp, false };
		w.ip = ip;
	}
	*ret_whole = !w.lost && (r == 0 || (r > 0 && !ip));
	return n;
}
