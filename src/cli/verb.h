/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of alveary(1), one file each; main.c has their table. */
#ifndef ALV_CLI_VERB_H
#define ALV_CLI_VERB_H

/* argv[0] is the verb. The exit status. */
typedef int alv_verb_fn(int argc, char **argv);

alv_verb_fn alv_verb_doctor;
alv_verb_fn alv_verb_help;
alv_verb_fn alv_verb_run;
alv_verb_fn alv_verb_serve;

#endif
