/* SPDX-License-Identifier: BSD-2-Clause */
/* What the consumers have in common: objects, runs, lines of the transcript. */
#ifndef CONSUMERS_CLIENT_H
#define CONSUMERS_CLIENT_H

#include <stdint.h>

#include <bpf/libbpf.h>

struct event {
	uint64_t number;
	char text[12];
};

/* The compiled programs, loaded, or the end. */
struct bpf_object *client_open(const char *path);
int client_map(struct bpf_object *obj, const char *name);
/* A run with two arguments, on a CPU (-1: any): the program's result, or -errno. */
int client_run_on(struct bpf_object *obj, const char *program, uint64_t a, uint64_t b, int cpu);
int client_run(struct bpf_object *obj, const char *program, uint64_t a, uint64_t b);
/* A run on a packet of so many bytes, 0, 1, 2... */
int client_run_packet(struct bpf_object *obj, const char *program, unsigned int size);
/* A line of the transcript, at once. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
