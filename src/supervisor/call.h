/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of intercepted calls, one file for each; calls.c has their table. */
#ifndef ALV_SUPERVISOR_CALL_H
#define ALV_SUPERVISOR_CALL_H

#include "supervisor/calls.h"

alv_call_fn alv_call_bpf;
alv_call_fn alv_call_epoll_ctl;
alv_call_fn alv_call_fstatfs;
alv_call_fn alv_call_getcwd;
alv_call_fn alv_call_gate;
alv_call_fn alv_call_getres;
alv_call_fn alv_call_mmap;
alv_call_fn alv_call_mount;
alv_call_fn alv_call_mprotect;
alv_call_fn alv_call_perf_event_open;
alv_call_fn alv_call_perf_ioctl;
alv_call_fn alv_call_sigaction; /* sigsys.c */
alv_call_fn alv_call_path;
alv_call_fn alv_call_descriptor;

#endif
