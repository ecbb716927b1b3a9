/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The soundness oracle: what the verifier concludes of programs must be true whenever
 * they run.
 *
 *	oracle [--first SEED] [--count N] [--seconds N] [--runs N] [--size N]
 *	       [--steps N]
 *
 * Each generated program is verified twice, first with every scalar precise, so that
 * all that is recorded must hold, then as programs are loaded. What is accepted runs
 * in the interpreter on random packets, contexts and map contents (see watch.h).
 * Exits with 1 at the first falsehood, with the seed that shows it. Who stops it with
 * SIGTERM is told which seed it was at.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <alveary/alveary.h>

#include "engine/interpreter.h"
#include "engine/rewrite.h"
#include "generate.h"
#include "isa/insn.h"
#include "program/test_run.h"
#include "random.h"
#include "syscall/prog_maps.h"
#include "watch.h"

#define MAX_PACKET 192
#define CTX_BYTES  128

struct options {
	u64 first;
	u64 count;
	u64 seconds;
	u32 runs;
	u32 size;  /* states of a program to keep at most */
	u32 steps; /* instructions of a run to judge at most: the first turns of loops tell all */
};

struct oracle {
	struct options options;
	struct alv_host *host;
	struct alv_task task;
	struct oracle_caller caller;
	struct oracle_maps maps;
	u64 seed;
	struct generated program;
	struct watch watch;
	struct alv_run_observer observer;
	jmp_buf enough; /* the end of a run that goes on for long */
	u64 accepted, refused, too_big, runs;
};

/* The engine that programs run with has no argument for it. */
static struct oracle *the_oracle;

static long call_host(void *data, int cmd, union bpf_attr *attr, u32 size)
{
	return alv_bpf(data, cmd, attr, size);
}

static void give_up(const struct oracle *oracle)
{
	printf("seed %" PRIu64 " (type %u, %s): %s\n", oracle->seed, oracle->program.type,
	       oracle->watch.exact ? "all precise" : "as loaded", oracle->watch.fault);
	fflush(stdout);
	_exit(1);
}

static void observe(void *data, struct alv_run *run, const struct bpf_insn *pc, const u64 *regs)
{
	struct oracle *oracle = data;

	watch_insn(&oracle->watch, run, pc, regs);
	/* What comes next might do harm. */
	if (oracle->watch.fault[0])
		give_up(oracle);
	if (oracle->watch.n_judged > oracle->options.steps) {
		watch_stop(&oracle->watch, run);
		longjmp(oracle->enough, 1);
	}
}

/* Values of these maps have addresses. */
static void add_direct(struct oracle *oracle, enum oracle_map which)
{
	struct alv_object *obj;
	struct alv_map *map;
	u32 key = 0;

	if (alv_task_object(&oracle->task, oracle->maps.fds[which], ALV_KIND_MAP, &obj, NULL))
		return;
	map = alv_map_of(obj);
	watch_add(&oracle->watch, map->ops->find(map, &key, 0), map->value_size);
	alv_map_put(map);
}

static u64 run_watched(struct alv_run *run, const struct bpf_insn *code, void *ctx)
{
	struct oracle *oracle = the_oracle;
	u64 result;

	if (setjmp(oracle->enough))
		return 0;
	watch_begin(&oracle->watch);
	add_direct(oracle, MAP_GLOBAL);
	add_direct(oracle, MAP_CONST);
	run->observer = &oracle->observer;
	result = alv_interpret(run, code, ctx);
	watch_end(&oracle->watch, run);
	if (oracle->watch.fault[0])
		give_up(oracle);
	return result;
}

/* What is in the verdict is the caller's to free. */
static int verify(struct oracle *oracle, struct alv_prog_maps *maps, struct record *record,
		  struct alv_verdict *ret_verdict)
{
	const struct generated *program = &oracle->program;
	struct alv_verifier_observer observer;
	struct alv_verifier_request request = {
		.insns = program->insns,
		.n_insns = program->n_insns,
		.n_cpus = oracle->host->cpus,
		.func_info = program->functions,
		.n_func_info = program->n_functions,
		.observer = &observer,
	};
	struct alv_object *types;
	int err = alv_task_object(&oracle->task, oracle->maps.btf, ALV_KIND_BTF, &types, NULL);

	if (err)
		return err;
	request.btf = alv_btf_object_of(types)->btf;
	record_observer(record, oracle->watch.exact, &observer);
	alv_prog_maps_names(maps, &request.names);
	request.traits.type = alv_prog_type(V6_18, program->type);
	request.traits.kernel = V6_18;
	request.traits.expected_attach_type = program->attach;
	request.traits.authority.caps = ~0ull;
	request.traits.gpl = true;
	request.traits.sleepable = program->type == BPF_PROG_TYPE_SYSCALL;
	err = alv_verify(&request, ret_verdict);
	alv_object_put(types);
	return err;
}

/* Dead code stays, so that getting there shows. */
static int rewrite(struct oracle *oracle, const struct alv_verdict *verdict,
		   struct alv_rewritten *ret_rewritten)
{
	const struct generated *program = &oracle->program;
	struct alv_insn_verdict *alive = calloc(program->n_insns, sizeof(*alive));
	const struct alv_rewrite_request request = {
		.insns = program->insns,
		.n_insns = program->n_insns,
		.facts = alive,
		.functions = verdict->functions,
		.n_functions = verdict->n_functions,
		.prog_type = program->type,
	};
	int err;

	if (!alive)
		return -ENOMEM;
	for (u32 i = 0; i < program->n_insns; i++) {
		alive[i] = verdict->facts[i];
		alive[i].seen = true;
	}
	err = alv_rewrite(&request, ret_rewritten);
	free(alive);
	return err;
}

static u32 *find_origins(const struct oracle *oracle, const struct alv_rewritten *rewritten)
{
	const struct generated *program = &oracle->program;
	u32 *origin = malloc(rewritten->n_code * sizeof(*origin));

	if (!origin)
		return NULL;
	memset(origin, 0xff, rewritten->n_code * sizeof(*origin));
	/* Of those that were left out the next one has the place. */
	for (u32 i = 0; i < program->n_insns; i += alv_insn_length(&program->insns[i]))
		if (rewritten->index[i] < rewritten->n_code)
			origin[rewritten->index[i]] = i;
	return origin;
}

static void fill(struct random *random, void *data, size_t size)
{
	u8 *bytes = data;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (u8)random_number(random);
}

/* A context that the type takes, in `ctx`. */
static u32 make_ctx(const struct oracle *oracle, struct random *random, u8 ctx[CTX_BYTES * 2])
{
	struct __sk_buff *skb = (struct __sk_buff *)ctx;
	u64 *words = (u64 *)ctx;

	memset(ctx, 0, CTX_BYTES * 2);
	switch (oracle->program.type) {
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_SYSCALL:
		for (u32 i = 0; i < 12; i++)
			words[i] = random_number(random);
		return 12 * sizeof(u64);
	case BPF_PROG_TYPE_XDP:
		return 0;
	default:
		skb->mark = (u32)random_number(random);
		skb->priority = (u32)random_number(random);
		skb->tstamp = random_number(random);
		for (u32 i = 0; i < ALV_COUNT(skb->cb); i++)
			skb->cb[i] = (u32)random_number(random);
		return sizeof(*skb);
	}
}

static int run_once(struct oracle *oracle, struct alv_program *prog, u64 seed)
{
	struct random random = { .state = seed };
	u8 packet[MAX_PACKET], ctx[CTX_BYTES * 2] __attribute__((aligned(8)));
	union alv_attr attr = {};
	struct alv_test_run test = {
		.task = &oracle->task,
		.prog = prog,
		.attr = &attr.test_run,
		.uattr = alv_uaddr_at((u64)(uintptr_t)&attr),
	};
	u32 type = oracle->program.type;

	oracle_fill_maps(&oracle->caller, &oracle->maps, seed);
	attr.test_run.ctx_size_in = make_ctx(oracle, &random, ctx);
	if (attr.test_run.ctx_size_in)
		attr.test_run.ctx_in = (u64)(uintptr_t)ctx;
	if (type != BPF_PROG_TYPE_RAW_TRACEPOINT && type != BPF_PROG_TYPE_SYSCALL) {
		fill(&random, packet, sizeof(packet));
		attr.test_run.data_in = (u64)(uintptr_t)packet;
		attr.test_run.data_size_in = 34 + random_below(&random, MAX_PACKET - 34);
	}
	return alv_program_test_run(&test);
}

static int run_all(struct oracle *oracle, const struct alv_rewritten *rewritten)
{
	struct alv_program *prog;
	int err = alv_program_new(oracle->host, &prog);

	if (err)
		return err;
	prog->type = oracle->program.type;
	prog->expected_attach_type = oracle->program.attach;
	prog->code = rewritten->code;
	prog->n_code = rewritten->n_code;
	prog->engine = run_watched;
	for (u32 i = 0; !err && i < oracle->options.runs; i++) {
		err = run_once(oracle, prog, oracle->seed * 1000 + i);
		oracle->runs += !err;
	}
	alv_program_put(prog);
	return err;
}

static int run_accepted(struct oracle *oracle, struct record *record,
			const struct alv_verdict *verdict)
{
	struct watch *watch = &oracle->watch;
	struct alv_rewritten rewritten;
	u32 *origin;
	int err = rewrite(oracle, verdict, &rewritten);

	if (err)
		return err;
	origin = find_origins(oracle, &rewritten);
	watch->insns = oracle->program.insns;
	watch->n_insns = oracle->program.n_insns;
	watch->facts = verdict->facts;
	watch->record = record;
	watch->prog_type = oracle->program.type;
	watch->code = rewritten.code;
	watch->n_code = rewritten.n_code;
	watch->origin = origin;
	err = origin ? run_all(oracle, &rewritten) : -ENOMEM;
	free(origin);
	free(rewritten.index);
	free(rewritten.shown);
	return err;
}

/* -ENOTSUPP: programs of the type can't be run. */
static int judge(struct oracle *oracle, bool exact)
{
	static const u8 digest[ALV_DIGEST_SIZE];
	struct alv_call call = { .task = &oracle->task };
	struct alv_verdict verdict = {};
	struct alv_prog_maps maps;
	struct record *record = NULL;
	int err;

	oracle->watch.exact = exact;
	alv_prog_maps_init(&maps, &call, digest, NULL);
	err = record_new(oracle->program.n_insns, oracle->options.size, &record);
	if (!err)
		err = verify(oracle, &maps, record, &verdict);
	if (!err)
		oracle->accepted++;
	else if (record && record_overflowed(record))
		oracle->too_big++;
	else
		oracle->refused++;
	if (!err)
		err = run_accepted(oracle, record, &verdict);
	else
		err = 0;
	free(verdict.facts);
	if (record)
		record_free(record);
	alv_prog_maps_fini(&maps);
	return err;
}

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec;
}

static int judge_all(struct oracle *oracle)
{
	const struct options *options = &oracle->options;
	u64 end = now() + options->seconds;

	for (u64 i = 0; options->seconds ? now() < end : i < options->count; i++) {
		int err = 0;

		oracle->seed = options->first + i;
		generate_program(oracle->seed, &oracle->maps, &oracle->program);
		for (u32 exact = 0; !err && exact < 2; exact++)
			err = judge(oracle, !exact);
		if (err && err != -ENOTSUPP) {
			printf("seed %" PRIu64 ": %s\n", oracle->seed, strerror(-err));
			return 1;
		}
	}
	printf("%" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64 " too big; %" PRIu64
	       " runs, %" PRIu64 " instructions judged\n",
	       oracle->accepted, oracle->refused, oracle->too_big, oracle->runs,
	       oracle->watch.n_checked);
	return 0;
}

static bool read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "first", required_argument, NULL, 'f' }, { "count", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' }, { "runs", required_argument, NULL, 'r' },
		{ "size", required_argument, NULL, 'z' }, { "steps", required_argument, NULL, 't' }, {},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0) {
		u64 value = optarg ? strtoull(optarg, NULL, 0) : 0;

		switch (option) {
		case 'f':
			options->first = value;
			break;
		case 'c':
			options->count = value;
			break;
		case 's':
			options->seconds = value;
			break;
		case 'r':
			options->runs = (u32)value;
			break;
		case 'z':
			options->size = (u32)value;
			break;
		case 't':
			options->steps = (u32)value;
			break;
		default:
			return false;
		}
	}
	return optind == argc;
}

/* Programs that never end are found from outside. */
static void tell_seed(int number)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "stopped at seed %" PRIu64 "\n", the_oracle->seed);

	if (write(STDOUT_FILENO, text, (size_t)n) < n)
		_exit(2);
	_exit(128 + number);
}

int main(int argc, char **argv)
{
	struct alv_host_config config = { .size = sizeof(config), .cpus = 2 };
	static struct oracle oracle = {
		.options = { .count = 100, .runs = 4, .size = 4000, .steps = 20000 },
	};

	the_oracle = &oracle;
	if (!read_options(argc, argv, &oracle.options)) {
		fprintf(stderr, "usage: oracle [--first SEED] [--count N] [--seconds N] "
				"[--runs N] [--size N] [--steps N]\n");
		return 2;
	}
	if (alv_host_new(&config, &oracle.host))
		return 2;
	alv_task_init_self(&oracle.task, oracle.host);
	oracle.caller = (struct oracle_caller){ .bpf = call_host, .data = oracle.host };
	signal(SIGTERM, tell_seed);
	oracle.observer = (struct alv_run_observer){ .data = &oracle, .insn = observe };
	if (!oracle_make_maps(&oracle.caller, &oracle.maps))
		return 2;
	return judge_all(&oracle);
}
