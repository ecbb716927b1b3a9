# SPDX-License-Identifier: BSD-2-Clause
"""Small programs that call helpers and keep what comes back, and bpf(2) to run them.

A program is a list of steps. What a step finds goes to the array map `results`, memory
that helpers get lies in it, too, so that it can be looked at when the program is done.
"""
import ctypes
import errno
import os
import pathlib
import re
import struct

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SYS_BPF = {'x86_64': 321, 'aarch64': 280}[os.uname().machine]

MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, PROG_LOAD, TEST_RUN, PROG_TEST_SIZE = 0, 1, 2, 5, 10, 80
ARRAY, STACK_TRACE = 2, 7
RESULTS, AREAS, VALUE_SIZE = 0, 512, 4096
LOG_SIZE = 65536

TYPES = {'socket_filter': 1, 'kprobe': 2, 'sched_cls': 3, 'sched_act': 4, 'tracepoint': 5,
         'xdp': 6, 'perf_event': 7, 'cgroup_skb': 8, 'cgroup_sock': 9, 'sock_ops': 13,
         'raw_tracepoint': 17, 'cgroup_sock_addr': 18, 'syscall': 31}
SLEEPABLE = {'syscall'}
# Where programs of a type find their numbers: struct __sk_buff, struct xdp_md.
FIELDS = {name: 4 * i for i, name in enumerate(
    'len pkt_type mark queue_mapping protocol vlan_present vlan_tci vlan_proto priority '
    'ingress_ifindex ifindex tc_index cb0 cb1 cb2 cb3 cb4 hash tc_classid data data_end '
    'napi_id family remote_ip4 local_ip4'.split())} | {
        'tstamp': 152, 'wire_len': 160, 'gso_segs': 164, 'sk': 168, 'gso_size': 176,
        'tstamp_type': 180, 'hwtstamp': 184}
WIDE = {'tstamp', 'hwtstamp', 'sk'}
NARROW = {'tstamp_type'}

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attr):
    """The result, or the negative errno; `attr` is a bytearray that the kernel may fill."""
    buf = (ctypes.c_char * len(attr)).from_buffer(attr)
    result = libc.syscall(SYS_BPF, command, buf, len(attr))
    return result if result >= 0 else -ctypes.get_errno()


def helper_ids():
    text = (ROOT / 'src/helper/helper.def').read_text()
    return {name: int(number) for name, number in re.findall(r'^HELPER\((\w+), (\d+)', text, re.M)}


HELPERS = helper_ids()


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack('<BBhi', code, src << 4 | dst, off, (imm + (1 << 31)) % (1 << 32) - (1 << 31))


def load64(dst, value, src=0):
    return insn(0x18, dst, src, 0, value & 0xffffffff) + insn(0, 0, 0, 0, value >> 32 & 0xffffffff)


class Area:
    """Memory for a helper. `shows`: its bytes are part of the result."""

    def __init__(self, data, shows=True):
        self.data = bytes(data)
        self.shows = shows
        self.offset = None

    def __repr__(self):
        return f'{len(self.data)} bytes'


def area(*parts, size=0, shows=True):
    """Integers are single bytes; the rest up to `size` is zero."""
    data = b''.join(part if isinstance(part, bytes) else bytes([part]) for part in parts)
    return Area(data.ljust(size, b'\0'), shows)


def room(size, shows=True):
    return Area(b'\xee' * size, shows)


class Word:
    """An argument that is no number: the context, a register, a map, a field."""

    def __init__(self, name, code):
        self.name = name
        self.code = code

    def __repr__(self):
        return self.name


CTX = Word('ctx', lambda program, reg: insn(0xbf, reg, 6))
SOCK = Word('sk', lambda program, reg: insn(0xbf, reg, 8))
STACKS = Word('stacks', lambda program, reg: load64(reg, program.stacks(), 1))


class Step:
    pass


class Call(Step):
    """How its result is shown: number, sign (of what differs from run to
    run), pointer, high (half)."""

    def __init__(self, name, args, show='number'):
        self.name, self.args, self.show = name, args, show

    def emit(self, program):
        code = b''.join(program.argument(i + 1, arg) for i, arg in enumerate(self.args))
        return code + insn(0x85, imm=HELPERS[self.name]) + program.keep(self)

    def __repr__(self):
        return f'{self.name}({", ".join(map(repr, self.args))})'

    def text(self, value):
        signed = value - (1 << 64) if value >> 63 else value
        if self.show == 'sign':
            return 'negative' if signed < 0 else 'positive' if signed else '0'
        if self.show == 'pointer':
            return 'pointer' if value else 'NULL'
        if self.show == 'stack':
            return 'EINVAL' if signed == -22 else 'a stack or none'
        if self.show == 'high':
            return str(value >> 32)
        if -4096 < signed < 0:
            return errno_name(-signed)
        return str(signed) if abs(signed) < 1 << 16 else hex(value)


class Field(Call):
    def __init__(self, name, show='number'):
        super().__init__(name, (), show)

    def emit(self, program):
        size = 0x79 if self.name in WIDE else 0x71 if self.name in NARROW else 0x61
        return insn(size, 0, 6, FIELDS[self.name]) + program.keep(self)

    def __repr__(self):
        return 'ctx.' + self.name


class With(Step):
    """Steps on what a step found, where that is not NULL; it is SOCK in them."""

    def __init__(self, source, *steps):
        self.source, self.steps = source, steps

    def emit(self, program):
        first = self.source.emit(program)
        inner = b''.join(step.emit(program) for step in self.steps)
        # The register has it still: keep() stores R0 and changes R1 alone.
        return first + insn(0x15, 0, 0, len(inner) // 8 + 1, 0) + insn(0xbf, 8, 0) + inner

    def __repr__(self):
        return f'with {self.source!r}: ' + '; '.join(map(repr, self.steps))


class Maker:
    """h.skb_vlan_pop(CTX) is a Call; show=... says how its result is shown."""

    def __getattr__(self, name):
        return lambda *args, show='number': Call(name, args, show)


def errno_name(number):
    return errno.errorcode.get(number, {524: 'ENOTSUPP'}.get(number, f'errno {number}'))


class Program:
    def __init__(self, kind, steps):
        self.kind, self.steps = kind, steps
        self.kept, self.areas, self.fds = [], [], []
        self.map = self.create(ARRAY, 4, VALUE_SIZE, 1)

    def create(self, kind, key, value, entries, flags=0):
        fd = bpf(MAP_CREATE, bytearray(struct.pack('<5I', kind, key, value, entries, flags)))
        if fd < 0:
            raise OSError(-fd, 'map')
        self.fds.append(fd)
        return fd

    def stacks(self):
        return self.create(STACK_TRACE, 4, 8 * 16, 16)

    def keep(self, step):
        self.kept.append(step)
        where = RESULTS + 8 * (len(self.kept) - 1)
        return load64_at(1, self.map, where) + insn(0x7b, 1, 0, 0)

    def argument(self, reg, arg):
        if isinstance(arg, Area):
            if arg.offset is None or arg not in self.areas:
                end = self.areas[-1].offset + len(self.areas[-1].data) if self.areas else AREAS
                arg.offset = (end + 63) & ~63
                self.areas.append(arg)
            return load64_at(reg, self.map, arg.offset)
        if isinstance(arg, Word):
            return arg.code(self, reg)
        return load64(reg, arg & (1 << 64) - 1)

    def code(self):
        body = insn(0xbf, 6, 1) + b''.join(step.emit(self) for step in self.steps)
        return body + insn(0xb7, 0, 0, 0, 0) + insn(0x95)

    def load(self):
        code = self.code()
        value = bytearray(VALUE_SIZE)
        for one in self.areas:
            value[one.offset:one.offset + len(one.data)] = one.data
        self.value(MAP_UPDATE, value)
        log = ctypes.create_string_buffer(LOG_SIZE)
        insns, license_ = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b'GPL')
        attr = bytearray(struct.pack(
            '<IIQQIIQII', TYPES[self.kind], len(code) // 8, ctypes.addressof(insns),
            ctypes.addressof(license_), 1, LOG_SIZE, ctypes.addressof(log), 0,
            0x10 if self.kind in SLEEPABLE else 0).ljust(120, b'\0'))
        fd = bpf(PROG_LOAD, attr)
        if fd < 0:
            lines = [line for line in log.value.decode(errors='replace').splitlines()
                     if line and not line.startswith('processed')]
            return fd, lines[-1] if lines else ''
        self.fds.append(fd)
        return fd, ''

    def value(self, command, value):
        key = ctypes.c_uint32(0)
        buf = (ctypes.c_char * len(value)).from_buffer(value)
        bpf(command, bytearray(struct.pack('<IIQQQ', self.map, 0, ctypes.addressof(key),
                                           ctypes.addressof(buf), 0)))

    def run(self, packet, ctx=b''):
        """(result of the test run, packet after it, array value)."""
        fd, log = self.load()
        if fd < 0:
            return fd, log, None, None
        out = ctypes.create_string_buffer(4096)
        source = ctypes.create_string_buffer(packet, max(len(packet), 1))
        context = ctypes.create_string_buffer(ctx, max(len(ctx), 1))
        has_packet = bool(packet)
        attr = bytearray(struct.pack(
            '<IIIIQQIIIIQQ', fd, 0, len(packet), 4096 if has_packet else 0,
            ctypes.addressof(source) if has_packet else 0,
            ctypes.addressof(out) if has_packet else 0, 0, 0, len(ctx), 0,
            ctypes.addressof(context) if ctx else 0, 0).ljust(PROG_TEST_SIZE, b'\0'))
        result = bpf(TEST_RUN, attr)
        size = struct.unpack_from('<I', attr, 12)[0]
        value = bytearray(VALUE_SIZE)
        self.value(MAP_LOOKUP, value)
        return result, '', out.raw[:size], value

    def close(self):
        for fd in self.fds:
            os.close(fd)


def load64_at(reg, fd, offset):
    return insn(0x18, reg, 2, 0, fd) + insn(0, 0, 0, 0, offset)
