/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The neighbouring calls on files of the bpf filesystem, in the transcript.
 * Names are relative to its root.
 */
#ifndef CONFORM_PATH_H
#define CONFORM_PATH_H

#include <sys/types.h>

/* The absolute path of a name; good until a few more are asked for. */
const char *path_below(const char *name);

void path_unlink(const char *name);
void path_mkdir(const char *name);
void path_rmdir(const char *name);
void path_rename(const char *from, const char *to);
void path_link(const char *from, const char *to);
void path_symlink(const char *target, const char *name);
void path_list(const char *name);
void path_stat(const char *name);
void path_open(const char *name, int flags);
void path_mknod(const char *name, mode_t mode);
void path_chmod(const char *name, mode_t mode);
void path_statfs(const char *name);

#endif
