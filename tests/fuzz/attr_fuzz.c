/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of attributes: the input is a program of calls of a made-up client on one
 * host. An opcode byte, then its operands:
 *
 *	c < 0xe0   command c, size byte, that many bytes of attributes
 *	c < 0xf8   poke: 16-bit place, length byte, that many bytes of memory
 *	else       close the descriptor in the next byte
 *
 * Nothing may crash, leak or be left behind: once all descriptors are closed and
 * pins removed, no map is left.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_task.h"
#include "object/bpffs.h"
#include "object/reap.h"
#include "syscall/call.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct input {
	const u8 *at;
	const u8 *end;
};

static u8 take_byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* The next `size` bytes, zeroes behind the end of the input. */
static void take_bytes(struct input *in, u8 *out, size_t size)
{
	size_t have = (size_t)(in->end - in->at) < size ? (size_t)(in->end - in->at) : size;

	memcpy(out, in->at, have);
	memset(out + have, 0, size - have);
	in->at += have;
}

static void do_call(struct fake_task *fake, struct input *in, u8 opcode)
{
	/* Attributes live in the client's first bytes. */
	u8 size = take_byte(in);

	take_bytes(in, fake->memory, size);
	alv_call(&fake->task, opcode, alv_uaddr_at(FAKE_MEMORY_START), size);
}

static void do_poke(struct fake_task *fake, struct input *in)
{
	u32 place = take_byte(in) | (u32)take_byte(in) << 8;
	u8 size = take_byte(in);

	if (place + size > FAKE_MEMORY_SIZE)
		place = FAKE_MEMORY_SIZE - size;
	take_bytes(in, fake->memory + place, size);
}

static void remove_pins(struct alv_host *host)
{
	DIR *dir = opendir(alv_host_bpffs(host));
	struct dirent *entry;

	assert(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

#define BARRIER_EVERY 64 /* inputs: waiting for grace periods takes its time */

static void check_nothing_is_left(struct alv_host *host)
{
	static unsigned int inputs;
	u32 id;

	remove_pins(host);
	alv_bpffs_reap(host->bpffs);
	alv_reap(host);
	assert(alv_object_next_id(host, ALV_KIND_MAP, 0, &id) == -ENOENT);
	assert(!host->stats_users);
	if (++inputs % BARRIER_EVERY)
		return;
	alv_rcu_barrier();
	assert(!host->memory);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct alv_host *host; /* one for all inputs: each leaves it empty */
	static struct fake_task fake;
	struct alv_host_config config = {
		.size = sizeof(config),
		.cpus = 2,
		.memory_limit = 8 << 20,
	};
	struct input in = { data, data + size };

	if (!host)
		assert(!alv_host_new(&config, &host));
	fake_task_init(&fake, host);
	while (in.at < in.end) {
		u8 opcode = take_byte(&in);

		if (opcode < 0xe0)
			do_call(&fake, &in, opcode % 40);
		else if (opcode < 0xf8)
			do_poke(&fake, &in);
		else
			fake_task_close(&fake, take_byte(&in) % FAKE_FDS);
	}
	fake_task_fini(&fake);
	check_nothing_is_left(host);
	return 0;
}
