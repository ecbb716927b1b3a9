/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/courier.h"
#include "supervisor/injection.h"

#define MMAP2_I386  192
#define RED_ZONE    128

#define PAD8          0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc
#define SYSCALL_RET   0x0f, 0x05, 0xc2, RED_ZONE, 0x00, 0xcc, 0xcc, 0xcc, PAD8
#define INT80_RET     0xcd, 0x80, 0xc2, RED_ZONE, 0x00, 0xcc, 0xcc, 0xcc, PAD8
#define INT80_RET_386 0xcd, 0x80, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, PAD8

/* In the order of the modes, for each the gates in theirs. */
static const u8 gate_calls[] = {
	SYSCALL_RET,   SYSCALL_RET,   INT80_RET,
	INT80_RET,     INT80_RET_386, INT80_RET_386,
};

#define RECEIVE_ADDRESS (ALV_GATE_ADDRESS + sizeof(gate_calls))
#define MAX_GATE_CODE   1024

/* gate_receive.S */
extern const u8 alv_gate_receive_start[];
extern const u8 alv_gate_receive_refused[]; /* behind a call that says so */
extern const u8 alv_gate_receive_end[];

struct gate_code {
	u8 bytes[MAX_GATE_CODE];
	size_t size; /* a multiple of 8 */
};

/* What the page holds. */
static void gate_code_init(struct gate_code *code)
{
	size_t size = (size_t)(alv_gate_receive_end - alv_gate_receive_start);

	memcpy(code->bytes, gate_calls, sizeof(gate_calls));
	memcpy(code->bytes + sizeof(gate_calls), alv_gate_receive_start, size);
	code->size = sizeof(gate_calls) + size;
}

/* What gate_receive.S finds above its return address. */
struct parcel {
	u64 address;
	u64 cookie;
	u64 flags;
	u64 unused[5];
};

static enum alv_gate_mode mode_of(const struct alv_gate_visitor *visitor)
{
	if (visitor->arch != AUDIT_ARCH_I386)
		return ALV_GATE_X86_64;
	return visitor->pc >> 32 || visitor->sp >> 32 ? ALV_GATE_INT80 : ALV_GATE_I386;
}

/* The calls stand for all: the page was filled at once. */
static int gate_read(int tid, u8 ret_found[sizeof(gate_calls)])
{
	struct iovec ours = { .iov_base = ret_found, .iov_len = sizeof(gate_calls) };
	struct iovec theirs = { .iov_base = (void *)(uintptr_t)ALV_GATE_ADDRESS,
				.iov_len = sizeof(gate_calls) };

	if (process_vm_readv(tid, &ours, 1, &theirs, 1, 0) != sizeof(gate_calls))
		return -EFAULT;
	return 0;
}

static bool gate_there(int tid)
{
	u8 found[sizeof(gate_calls)];

	return !gate_read(tid, found) && !memcmp(found, gate_calls, sizeof(found));
}

/* Another thread of the process has just mapped the page, and not yet filled it? */
static bool gate_empty(int tid)
{
	static const u8 empty[sizeof(gate_calls)];
	u8 found[sizeof(gate_calls)];

	return !gate_read(tid, found) && !memcmp(found, empty, sizeof(found));
}

static int gate_build(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor)
{
	bool i386 = visitor->arch == AUDIT_ARCH_I386;
	const u64 args[6] = {
		ALV_GATE_ADDRESS,
		4096,
		PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		~0ull,
		0,
	};
	struct gate_code code;
	s64 result;
	int err;

	err = alv_inject(tracer, visitor->tid, visitor->arch,
			 i386 ? MMAP2_I386 : __NR_mmap, args, &result);
	if (err)
		return err;
	if (result == -EEXIST && !gate_empty(visitor->tid)) {
		/* The tracer may be about to fill it for the other thread. */
		alv_tracer_sync(tracer);
		return gate_there(visitor->tid) ? 0 : -ENOMEM;
	}
	if (result != ALV_GATE_ADDRESS && result != -EEXIST)
		return -ENOMEM;
	gate_code_init(&code);
	return alv_tracer_poke(tracer, visitor->tid, ALV_GATE_ADDRESS, code.bytes,
			       code.size);
}

/* The usual way does not let a stack grow; this one does, and costs more. */
static int push_slowly(int tid, const void *data, size_t size, u64 addr)
{
	ALV_AUTO(fd) int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, data, size, (off_t)addr) != (ssize_t)size)
		return -EFAULT;
	return 0;
}

int alv_gate_push(int tid, const void *data, size_t size, u64 addr)
{
	struct iovec ours = { .iov_base = (void *)data, .iov_len = size };
	struct iovec theirs = { .iov_base = (void *)(uintptr_t)addr, .iov_len = size };

	if (process_vm_writev(tid, &ours, 1, &theirs, 1, 0) == (ssize_t)size)
		return 0;
	return push_slowly(tid, data, size, addr);
}

/* Leave the way back where the gate's return instruction looks for it. */
static int push_return(const struct alv_gate_visitor *visitor, enum alv_gate_mode mode,
		       u64 *ret_sp)
{
	size_t size = mode == ALV_GATE_I386 ? 4 : 8;
	u64 sp = visitor->sp - size - (mode == ALV_GATE_I386 ? 0 : RED_ZONE);
	int err = alv_gate_push(visitor->tid, &visitor->pc, size, sp);

	if (!err)
		*ret_sp = sp;
	return err;
}

int alv_gate_divert(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor,
		    enum alv_gate gate, int nr)
{
	enum alv_gate_mode mode = mode_of(visitor);
	u64 sp;
	int err = 0;

	if (!gate_there(visitor->tid))
		err = gate_build(tracer, visitor);
	if (!err)
		err = push_return(visitor, mode, &sp);
	if (!err)
		alv_tracer_divert(tracer, visitor->tid, alv_gate_address(mode, gate), sp,
				  (u64)nr);
	return err;
}

int alv_gate_receive(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor,
		     const struct alv_courier *courier, bool cloexec)
{
	const struct {
		u64 pc;
		struct parcel parcel;
	} pushed = {
		.pc = visitor->pc,
		.parcel = {
			.address = courier->address,
			.cookie = courier->cookie,
			.flags = cloexec ? O_CLOEXEC : 0,
		},
	};
	u64 sp = visitor->sp - RED_ZONE - sizeof(pushed);
	int err = 0;

	if (visitor->arch == AUDIT_ARCH_I386)
		return -ENOSYS;
	if (!gate_there(visitor->tid))
		err = gate_build(tracer, visitor);
	if (!err)
		err = alv_gate_push(visitor->tid, &pushed, sizeof(pushed), sp);
	if (!err)
		alv_tracer_divert(tracer, visitor->tid, RECEIVE_ADDRESS, sp, 0);
	return err;
}

int alv_gate_notify(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor)
{
	int nr = visitor->arch == AUDIT_ARCH_I386 ? ALV_GATE_NR_I386 : __NR_getpid;

	return alv_gate_divert(tracer, visitor, ALV_GATE_NOTIFY, nr);
}

bool alv_gate_refused(u64 pc)
{
	size_t offset = (size_t)(alv_gate_receive_refused - alv_gate_receive_start);

	return pc == RECEIVE_ADDRESS + offset;
}
