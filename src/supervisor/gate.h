/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate: a page of code in each traced client, at one address that the filter
 * knows. A thread that is stopped in a call is diverted there; the filter sees
 * from where the call comes and treats it differently:
 *
 *	pass	the kernel runs the call as it stands
 *	notify	the filter's listener gets it, whatever an outer filter does with
 *		the call that was meant: it comes as getpid(2), which all allow
 *
 * The code is a system-call instruction and a return to where the thread was;
 * the tracer pushed that below the red zone. So no register but those that every
 * call clobbers changes, and signals meet ordinary code: nothing is to be undone.
 */
#ifndef ALV_SUPERVISOR_GATE_H
#define ALV_SUPERVISOR_GATE_H

#include "base/types.h"

struct alv_courier;
struct alv_tracer;

/* Below where any program is linked, above what mmap_min_addr forbids. */
#define ALV_GATE_ADDRESS     0x1af000u
#define ALV_GATE_INSTRUCTION 2 /* bytes of `syscall` and of `int $0x80` */
#define ALV_GATE_NR_I386     20 /* getpid(2), the call that is made there */

enum alv_gate {
	ALV_GATE_PASS,
	ALV_GATE_NOTIFY,
};

/* How a thread makes calls: by which table, and with which pointers. */
enum alv_gate_mode {
	ALV_GATE_X86_64,
	ALV_GATE_INT80, /* i386's calls out of 64-bit code */
	ALV_GATE_I386,
	ALV_GATE_MODES,
};

/* The address of the instruction, and what the filter sees: the one behind it. */
static inline u32 alv_gate_address(enum alv_gate_mode mode, enum alv_gate gate)
{
	return ALV_GATE_ADDRESS + (u32)mode * 0x20 + (u32)gate * 0x10;
}

static inline u32 alv_gate_seen(enum alv_gate_mode mode, enum alv_gate gate)
{
	return alv_gate_address(mode, gate) + ALV_GATE_INSTRUCTION;
}

struct alv_gate_visitor {
	int tid;
	u32 arch; /* AUDIT_ARCH_* of its call */
	u64 pc;   /* behind the instruction that made it */
	u64 sp;
};

/*
 * Divert a thread that is stopped in a call to make call nr there. -EFAULT: its
 * stack can't take the way back; -ENOMEM: no room for the gate; -ESRCH. After an
 * error it is stopped as before.
 */
int alv_gate_divert(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor,
		    enum alv_gate gate, int nr);
/* The same with ALV_GATE_NOTIFY and the call that stands for all. */
int alv_gate_notify(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor);

/*
 * Divert it to fetch a descriptor from the courier. -ENOSYS: an i386 call, which
 * has no code for this.
 */
int alv_gate_receive(struct alv_tracer *tracer, const struct alv_gate_visitor *visitor,
		     const struct alv_courier *courier, bool cloexec);

/* Put something onto a thread's stack, which may have to grow for it. -EFAULT. */
int alv_gate_push(int tid, const void *data, size_t size, u64 addr);

/* Does a trapped call from there say that its thread could not? -errno is its argument. */
bool alv_gate_refused(u64 pc);

/* Was the call behind whose instruction a thread is let through by the gate? */
static inline bool alv_gate_passes(u64 pc)
{
	bool passes = false;

	for (int mode = 0; mode < ALV_GATE_MODES; mode++)
		passes |= pc == alv_gate_seen((enum alv_gate_mode)mode, ALV_GATE_PASS);
	return passes;
}

/* The same for ALV_GATE_NOTIFY: it waits there until the listener takes notice. */
static inline bool alv_gate_waits(u64 pc)
{
	bool waits = false;

	for (int mode = 0; mode < ALV_GATE_MODES; mode++)
		waits |= pc == alv_gate_seen((enum alv_gate_mode)mode, ALV_GATE_NOTIFY);
	return waits;
}

#endif
