/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/program.h"

#include <errno.h>
#include <sha1.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "isa/insn.h"

_Static_assert(ALV_DIGEST_SIZE == SHA256_DIGEST_LENGTH, "the longer of the digests");
_Static_assert(offsetof(struct alv_program, tail) == offsetof(struct alv_tail_target, tail),
	       "prog arrays find the kind of a program");

static void program_release(struct alv_object *obj)
{
	struct alv_program *prog = alv_program_of(obj);

	for (u32 i = 0; i < prog->n_maps; i++)
		alv_map_put(prog->maps[i]);
	alv_btf_object_put(prog->btf);
}

static void program_free(struct alv_object *obj)
{
	struct alv_program *prog = alv_program_of(obj);

	pthread_mutex_destroy(&prog->lock);
	free(prog->maps);
	free(prog->func_info.data);
	free(prog->line_info.data);
	free(prog->code);
	free(prog->shown);
	free(prog);
}

static const struct alv_object_ops program_ops = {
	.kind = ALV_KIND_PROG,
	.name = "bpf-prog",
	.release = program_release,
	.free = program_free,
};

int alv_program_new(struct alv_host *host, struct alv_program **ret_prog)
{
	struct alv_program *prog = calloc(1, sizeof(*prog));
	int err;

	if (!prog)
		return -ENOMEM;
	err = alv_object_init(&prog->obj, host, &program_ops, 0);
	if (err) {
		free(prog);
		return err;
	}
	pthread_mutex_init(&prog->lock, NULL);
	prog->load_time = alv_clock_ns(CLOCK_BOOTTIME);
	*ret_prog = prog;
	return 0;
}

/* Descriptors differ from load to load, so they do not count. */
static bool names_descriptor(const struct bpf_insn *insn)
{
	return alv_insn_is_ldimm64(insn) && (insn->src_reg == BPF_PSEUDO_MAP_FD ||
					     insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

static void digest(enum alv_kernel kernel, const void *data, size_t size,
		   u8 ret_digest[ALV_DIGEST_SIZE])
{
	if (kernel >= V6_18) {
		SHA2_CTX context;

		SHA256Init(&context);
		SHA256Update(&context, data, size);
		SHA256Final(ret_digest, &context);
	} else {
		SHA1_CTX context;

		memset(ret_digest, 0, ALV_DIGEST_SIZE);
		SHA1Init(&context);
		SHA1Update(&context, data, size);
		SHA1Final(ret_digest, &context);
	}
}

int alv_program_digest(enum alv_kernel kernel, const struct bpf_insn *insns, u32 n,
		       u8 ret_digest[ALV_DIGEST_SIZE])
{
	struct bpf_insn *copy = malloc((n ? n : 1) * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	memcpy(copy, insns, n * sizeof(*copy));
	for (u32 i = 0; i < n; i += alv_insn_length(&copy[i])) {
		if (!names_descriptor(&copy[i]))
			continue;
		copy[i].imm = 0;
		if (i + 1 < n)
			copy[i + 1].imm = 0;
	}
	digest(kernel, copy, n * sizeof(*copy), ret_digest);
	free(copy);
	return 0;
}

static int bind_locked(struct alv_program *prog, struct alv_map *map)
{
	struct alv_map **maps;

	for (u32 i = 0; i < prog->n_maps; i++)
		if (prog->maps[i] == map)
			return -EEXIST;
	maps = realloc(prog->maps, (prog->n_maps + 1) * sizeof(struct alv_map *));
	if (!maps)
		return -ENOMEM;
	prog->maps = maps;
	alv_map_get(map);
	maps[prog->n_maps++] = map;
	return 0;
}

int alv_program_bind_map(struct alv_program *prog, struct alv_map *map)
{
	int err;

	pthread_mutex_lock(&prog->lock);
	err = bind_locked(prog, map);
	pthread_mutex_unlock(&prog->lock);
	return err;
}

u64 alv_program_run(struct alv_program *prog, struct alv_run *run, void *ctx)
{
	bool timed = alv_load_relaxed(&prog->obj.host->stats_users) > 0;
	u64 start = timed ? alv_clock_ns(CLOCK_MONOTONIC) : 0;
	u64 result;

	run->prog = prog;
	run->ctx = ctx;
	run->tail_calls = 0;
	result = prog->engine(run, prog->code, ctx);
	if (timed) {
		alv_add_relaxed(&prog->stats.run_time_ns, alv_clock_ns(CLOCK_MONOTONIC) - start);
		alv_add_relaxed(&prog->stats.run_cnt, 1);
	}
	return result;
}
