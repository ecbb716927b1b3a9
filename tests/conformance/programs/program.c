/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads the programs of a topic's table, and runs those that can be run. */
#include "program.h"

#include "../client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_SIZE (1 << 22)

static char log_text[LOG_SIZE];
static struct bpf_insn insns[INSNS_MAX];
static u32 insn_count;

/* An Ethernet frame with IPv4 and UDP from 10.0.0.1:1000 to 10.0.0.2:2000. */
static const u8 packet[64] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08,
	0x00, 0x45, 0x00, 0x00, 0x32, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x66, 0xb8,
	0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x03, 0xe8, 0x07, 0xd0, 0x00,
	0x1e, 0x00, 0x00, 'a',	'b',  'c',  'd',  'e',  'f',  'g',  'h',  'i',  'j',
	'k',  'l',  'm',  'n',	'o',  'p',  'q',  'r',  's',  't',  'u',  'v',
};

static const char *type_name(u32 type)
{
	static const char *const names[] = {
		"unspec",	 "socket_filter", "kprobe",	    "sched_cls",
		"sched_act",	 "tracepoint",	  "xdp",	    "perf_event",
		"cgroup_skb",	 "cgroup_sock",	  "lwt_in",	    "lwt_out",
		"lwt_xmit",	 "sock_ops",	  "sk_skb",	    "cgroup_device",
		"sk_msg",	 "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local",
		"lirc_mode2",	 "sk_reuseport",  "flow_dissector",  "cgroup_sysctl",
		"raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops",
		"ext",		 "lsm",		  "sk_lookup",	    "syscall",
		"netfilter",
	};

	return type < ARRAY_SIZE(names) ? names[type] : "?";
}

/* Its instructions, maps as descriptors. */
static void build(const struct program *program)
{
	u32 i;

	insn_count = program->count;
	if (program->make)
		insn_count = program->make(insns);
	else
		memcpy(insns, program->insns, insn_count * sizeof(*insns));
	for (i = 0; i < insn_count; i++) {
		if (insns[i].code != (BPF_LD | BPF_DW | BPF_IMM))
			continue;
		if ((insns[i].src_reg == BPF_PSEUDO_MAP_FD ||
		     insns[i].src_reg == BPF_PSEUDO_MAP_VALUE) &&
		    insns[i].imm < PROGRAM_MAPS)
			insns[i].imm = map_set_fd(insns[i].imm);
		i++;
	}
}

static void add_functions(const struct program *program, union attr *attr)
{
	static struct bpf_func_info info[FUNCTIONS_MAX];
	u32 i, count = 0;
	int btf;

	while (count < FUNCTIONS_MAX && program->functions[count].proto)
		count++;
	if (!count)
		return;
	btf = type_set_load(program->functions, count);
	if (btf < 0) {
		transcript_line("BTF: %s", transcript_errno(btf));
		return;
	}
	for (i = 0; i < count; i++) {
		info[i].insn_off = program->functions[i].at;
		info[i].type_id = type_set_function(i);
	}
	attr->load.prog_btf_fd = btf;
	attr->load.func_info = PTR(info);
	attr->load.func_info_cnt = count;
	attr->load.func_info_rec_size = sizeof(info[0]);
}

static long load(const struct program *program, u32 level)
{
	static union attr attr;
	long fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.load.prog_type = program->type;
	attr.load.expected_attach_type = program->attach;
	attr.load.prog_flags = program->flags;
	attr.load.kern_version = program->kern_version;
	attr.load.insns = PTR(insns);
	attr.load.insn_cnt = insn_count;
	attr.load.license = PTR(program->unlicensed ? "none" : "GPL");
	attr.load.log_level = level;
	attr.load.log_buf = PTR(log_text);
	attr.load.log_size = sizeof(log_text);
	add_functions(program, &attr);
	log_text[0] = 0;
	fd = bpf_raw(BPF_PROG_LOAD, &attr, ATTR_SIZE);
	if (attr.load.prog_btf_fd)
		close(attr.load.prog_btf_fd);
	transcript_line("  level %u -> %s%s", level, fd < 0 ? transcript_errno(fd) : "loaded",
			attr.load.log_true_size == strlen(log_text) + 1 || !log_text[0] ?
				"" :
				", but the log has another size");
	log_print(program, insns, insn_count, log_text);
	return fd;
}

static void print_packet(const u8 *data, u32 size)
{
	if (size == sizeof(packet) && !memcmp(data, packet, size)) {
		transcript_add(" data as it was");
		return;
	}
	transcript_add(" data ");
	transcript_bytes(data, size);
}

static void run(long fd, const struct program *program)
{
	static union attr attr;
	static u8 out[4096];
	long result;

	memset(&attr, 0, ATTR_SIZE);
	memset(out, 0, sizeof(out));
	attr.run.prog_fd = fd;
	if (program->type != BPF_PROG_TYPE_SYSCALL &&
	    program->type != BPF_PROG_TYPE_RAW_TRACEPOINT) {
		attr.run.data_in = PTR(packet);
		attr.run.data_size_in = sizeof(packet);
		attr.run.data_out = PTR(out);
		attr.run.data_size_out = sizeof(out);
	}
	result = bpf_raw(BPF_PROG_TEST_RUN, &attr, ATTR_SIZE);
	transcript_add("  run -> %s", transcript_errno(result));
	if (!result) {
		transcript_add(" retval=0x%x size=%u", attr.run.retval, attr.run.data_size_out);
		if (attr.run.data_size_out)
			print_packet(out, attr.run.data_size_out);
	}
	transcript_end();
}

static void judge(const struct program *program)
{
	long fd, again;

	transcript_case("%s (%s)", program->name, type_name(program->type));
	build(program);
	fd = load(program, 1);
	if (fd < 0)
		return;
	if (!program->brief) {
		again = load(program, 2);
		if (again >= 0)
			close(again);
	}
	again = load(program, 4);
	if (again >= 0)
		close(again);
	if (!program->unknown)
		run(fd, program);
	close(fd);
}

int main(void)
{
	unsigned int i;

	client_start();
	for (i = 0; i < program_count; i++)
		judge(&programs[i]);
	return 0;
}
