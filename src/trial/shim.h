#ifndef COWTOP_TRIAL_SHIM_H
#define COWTOP_TRIAL_SHIM_H

/*
 * What interpreters load: src/trial/shim/ as it was when cowtop was built, and what they read beside it. NUL-terminated.
 */
extern const char shim_python[]; /* sitecustomize.py */
extern const char shim_ruby[];   /* hook.rb */

#endif
