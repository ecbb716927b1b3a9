/* SPDX-License-Identifier: BSD-2-Clause */
/* One descriptor over a Unix socket; signals don't end the wait. */
#ifndef TOOLS_PASS_FD_H
#define TOOLS_PASS_FD_H

/* 0, or -1 with errno. */
int pass_fd_send(int channel, int fd);
/* The descriptor, close-on-exec, or -1. */
int pass_fd_receive(int channel);

#endif
