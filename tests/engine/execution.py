#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What random programs compute: arithmetic, jumps, stack, atomics and functions of
instruction set v4, on numbers that the program reads and gives back in its context."""
import ctypes
import os
import random
import struct
import zlib

from bpf import EXIT, SIZES, SLEEPABLE, SYSCALL, TEST_RUN, Failed, address, bpf, insn, load, mov

PROGRAMS = 400
REGS = 9  # r0 to r8; r9 keeps the context
EDGES = [0, 1, 2, 3, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536,
         2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 2, 2**64 - 2**31]
BINARY = [0x00, 0x10, 0x20, 0x40, 0x50, 0xa0, 0xb0]
SHIFTS = [0x60, 0x70, 0xc0]
DIVISIONS = [0x30, 0x90]
JUMPS = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0]
ATOMICS = [0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]
SLOTS = 4  # of the stack, 8 bytes each


class Program:
    def __init__(self, seed):
        self.draw = random.Random(seed)

    def constant(self):
        value = self.draw.choice(EDGES + [self.draw.getrandbits(32)]) & 0xffffffff
        return value - 2**32 if value >= 2**31 else value

    def reg(self):
        return self.draw.randrange(REGS)

    def binary(self):
        code = self.draw.choice(BINARY) | self.draw.choice([4, 7])
        if self.draw.random() < 0.5:
            return insn(code | 8, self.reg(), self.reg())
        return insn(code, self.reg(), 0, 0, self.constant())

    def shift(self):
        kind = self.draw.choice([4, 7])
        code = self.draw.choice(SHIFTS) | kind
        if self.draw.random() < 0.5:
            return insn(code | 8, self.reg(), self.reg())
        return insn(code, self.reg(), 0, 0, self.draw.randrange(32 if kind == 4 else 64))

    def division(self):
        code = self.draw.choice(DIVISIONS) | self.draw.choice([4, 7])
        signed = self.draw.randrange(2)
        if self.draw.random() < 0.5:
            return insn(code | 8, self.reg(), self.reg(), signed)
        return insn(code, self.reg(), 0, signed, self.constant() or -1)

    def unary(self):
        kind = self.draw.randrange(5)
        if kind == 0:
            return insn(0x80 | self.draw.choice([4, 7]), self.reg())
        if kind == 1:
            return insn(self.draw.choice([0xd4, 0xdc, 0xd7]), self.reg(), 0, 0,
                        self.draw.choice([16, 32, 64]))
        if kind == 2:
            return insn(0xbf, self.reg(), self.reg(), self.draw.choice([0, 8, 16, 32]))
        if kind == 3:
            return insn(0xbc, self.reg(), self.reg(), self.draw.choice([0, 8, 16]))
        value = self.draw.choice(EDGES + [self.draw.getrandbits(64)])
        low, high = struct.unpack("<ii", struct.pack("<Q", value & (2**64 - 1)))
        return insn(0x18, self.reg(), 0, 0, low) + insn(0, 0, 0, 0, high)

    def memory(self):
        size = self.draw.choice([1, 2, 4, 8])
        at = -8 * SLOTS + size * self.draw.randrange(8 * SLOTS // size)
        kind = self.draw.randrange(5)
        if kind == 0:
            return insn(0x62 | SIZES[size], 10, 0, at, self.constant())
        if kind == 1:
            return insn(0x63 | SIZES[size], 10, self.reg(), at)
        if kind == 2 and size < 8:
            return insn(0x81 | SIZES[size], self.reg(), 10, at)
        if kind == 3:
            size = self.draw.choice([4, 8])
            at = -8 * SLOTS + size * self.draw.randrange(8 * SLOTS // size)
            return insn(0xc3 | SIZES[size], 10, self.reg(), at, self.draw.choice(ATOMICS))
        return insn(0x61 | SIZES[size], self.reg(), 10, at)

    def step(self):
        return self.draw.choice([self.binary, self.binary, self.shift, self.division, self.unary,
                                 self.memory])()

    def jump(self):
        """A branch over a few steps, or gotol over none."""
        body = b"".join(self.step() for _ in range(self.draw.randrange(1, 4)))
        if self.draw.random() < 0.1:
            return insn(0x06) + body
        code = self.draw.choice(JUMPS) | self.draw.choice([5, 6])
        if self.draw.random() < 0.5:
            return insn(code | 8, self.reg(), self.reg(), len(body) // 8) + body
        return insn(code, self.reg(), 0, len(body) // 8, self.constant()) + body

    def body(self, steps):
        return b"".join(self.jump() if self.draw.random() < 0.25 else self.step()
                        for _ in range(steps))

    def code(self):
        """Numbers from the context, the body, numbers to the context; a function behind."""
        start = insn(0xbf, 9, 1) + b"".join(
            mov(1, 0) + insn(0x7b, 10, 1, -8 * (slot + 1)) for slot in range(SLOTS))
        start += b"".join(insn(0x79, reg, 9, 8 * reg) for reg in range(REGS))
        end = b"".join(insn(0x7b, 9, reg, 8 * reg) for reg in range(REGS))
        end += b"".join(insn(0x79, 0, 10, -8 * (slot + 1)) + insn(0x7b, 9, 0, 8 * (REGS + slot))
                        for slot in range(SLOTS)) + mov(0, 0) + EXIT
        first, second = self.body(20), self.body(10)
        kept = b"".join(insn(0x79, reg, 9, 8 * reg) for reg in range(1, 6))
        call_at = len(start + first) // 8
        function_at = len(start + first + second + end + kept) // 8 + 1
        call = insn(0x85, 0, 1, 0, function_at - call_at - 1)
        function = (insn(0xaf, 1, 2) + insn(0x2f, 3, 4) + insn(0x0f, 1, 3) +
                    insn(0xcc, 5, 1) + insn(0xbf, 0, 1) + insn(0x1f, 0, 5) + EXIT)
        return start + first + call + kept + second + end + function

    def context(self):
        values = [self.draw.choice(EDGES + [self.draw.getrandbits(64)] * 20)
                  for _ in range(REGS + SLOTS)]
        return struct.pack(f"<{len(values)}Q", *(value & (2**64 - 1) for value in values))


def run(fd, context):
    memory = ctypes.create_string_buffer(context, len(context))
    attr = struct.pack("<IIIIQQIIIIQQIII", fd, 0, 0, 0, 0, 0, 0, 0, len(context), 0,
                       address(memory), 0, 0, 0, 0)
    bpf(TEST_RUN, attr)
    return memory.raw


def main():
    for seed in range(PROGRAMS):
        program = Program(seed)
        try:
            fd = load(SYSCALL, program.code(), flags=SLEEPABLE)
            results = [run(fd, program.context()) for _ in range(4)]
            os.close(fd)
        except Failed as reason:
            print(f"{seed}: {reason}")
            continue
        print(f"{seed}: " + " ".join(f"{zlib.crc32(result):08x}" for result in results))


main()
