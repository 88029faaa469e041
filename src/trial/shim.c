#include "trial/shim.h"

/* The assembler reads the files, as the compiler has nothing for that. Their paths begin where make runs; the Makefile
 * knows that this file is made from them. */
#define EMBED(name, path) \
	__asm__(".pushsection .rodata\n" \
		".globl " #name "\n" \
		".type " #name ", %object\n" #name ":\n" \
		".incbin \"" path "\"\n" \
		".byte 0\n" \
		".size " #name ", . - " #name "\n" \
		".popsection\n")

EMBED(shim_python, "src/trial/shim/sitecustomize.py");
EMBED(shim_ruby, "src/trial/shim/hook.rb");
