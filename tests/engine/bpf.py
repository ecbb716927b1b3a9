# SPDX-License-Identifier: BSD-2-Clause
"""bpf(2) for the clients of this folder: instructions, loads, test runs, listings."""
import ctypes
import errno
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NR_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, TEST_RUN, OBJ_INFO, MAP_CREATE, BTF_LOAD = 5, 10, 15, 0, 18
SOCKET_FILTER, KPROBE, SCHED_CLS, SCHED_ACT, TRACEPOINT, XDP, PERF_EVENT, CGROUP_SKB = range(1, 9)
CGROUP_SOCK, SOCK_OPS, RAW_TRACEPOINT, SOCK_ADDR, SYSCALL = 9, 13, 17, 18, 31
SLEEPABLE = 1 << 4
SIZES = {1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}
EXIT = struct.pack("<BBhi", 0x95, 0, 0, 0)


# Programs are closed one by one: thousands that a client's end frees at once can block
# Linux 6.18 for good (each waits for the lock of one that waits for the queue they fill).


class Failed(Exception):
    """A call that failed, with its errno's name as text."""


def bpf(command, attr, size=None):
    """The result, and the attributes as the call left them."""
    size = len(attr) if size is None else size
    memory = ctypes.create_string_buffer(bytes(attr), max(size, len(attr)))
    result = LIBC.syscall(NR_BPF, command, memory, size)
    if result < 0:
        number = ctypes.get_errno()
        raise Failed(errno.errorcode.get(number, str(number)))
    return result, memory.raw


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", code, dst | src << 4, off, imm)


def mov(reg, imm):
    return insn(0xb7, reg, imm=imm)


def address(memory):
    return ctypes.addressof(memory) if memory is not None else 0


def load(prog_type, code, attach_type=0, flags=0, more=b""):
    """A program's descriptor. `more` are the attributes behind expected_attach_type."""
    insns = ctypes.create_string_buffer(code, len(code))
    license_text = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("<IIQQIIQII16sII", prog_type, len(code) // 8, address(insns),
                       address(license_text), 0, 0, 0, 0, flags, b"engine", 0, attach_type)
    return bpf(PROG_LOAD, attr + more)[0]


def xlated(fd):
    """Its rewritten instructions; the program goes."""
    info = ctypes.create_string_buffer(232)
    room = 65536
    code = ctypes.create_string_buffer(room)
    struct.pack_into("<I", info, 20, room)
    struct.pack_into("<Q", info, 32, address(code))
    bpf(OBJ_INFO, struct.pack("<IIQ", fd, 232, address(info)))
    os.close(fd)
    return code.raw[:struct.unpack_from("<I", info, 20)[0]]


ALU = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "end"]
JUMPS = {1: "==", 2: ">", 3: ">=", 4: "&", 5: "!=", 6: "s>", 7: "s>=", 10: "<", 11: "<=",
         12: "s<", 13: "s<="}
TYPES = {code: f"u{8 * size}" for size, code in SIZES.items()}


def listed(code, regs, off, imm):
    """One instruction as a line. Which function a helper's call names is left out."""
    dst, src, kind = regs & 15, regs >> 4, code & 7
    width = "w" if kind in (4, 6) else "r"
    operand = f"{width}{src}" if code & 8 else str(imm)
    mode = "" if code & 0xe0 == 0x60 else f" mode {code & 0xe0:#x} {imm:#x}"
    if kind in (4, 7):
        return f"{width}{dst} {ALU[code >> 4]} {operand}" + (f" off {off}" if off else "")
    if kind == 1:
        return f"r{dst} = *({TYPES[code & 0x18]} *)(r{src} {off:+d}){mode}"
    if kind in (2, 3):
        value = f"r{src}" if kind == 3 else str(imm)
        return f"*({TYPES[code & 0x18]} *)(r{dst} {off:+d}) = {value}{mode if kind == 3 else ''}"
    if code == 0x95:
        return "exit"
    if code == 0x85:
        return f"call function {imm} at {off:+d}" if src == 1 else "call helper"
    if code in (5, 6):
        return f"goto {off:+d}" if code == 5 else f"gotol {imm:+d}"
    if kind in (5, 6):
        return f"if {width}{dst} {JUMPS.get(code >> 4, '?')} {operand} goto {off:+d}"
    return f"{code:#x} r{dst} {src} {off} {imm}"


def listing(code):
    return [listed(*struct.unpack_from("<BBhi", code, at)) for at in range(0, len(code), 8)]
