# SPDX-License-Identifier: BSD-2-Clause
"""The same for programs. Set aside besides ids and memory: what a kernel says of native
code, load times, the loader's uid, durations, and in rewritten instructions addresses of
the kernel: which function a call is answered by (its helper is told), and where data is.
"""
import json
import re

import normalise

# Functions of the kernel that answer a helper's calls, by the helper. The rest is
# "bpf_" and the helper's name.
HELPERS = [
    (r"bpf_user_rnd_u32", "bpf_get_prandom_u32"),
    (r"bpf_for_each_\w+_elem", "bpf_for_each_map_elem"),
    (r"\w*_lookup_percpu_elem", "bpf_map_lookup_percpu_elem"),
    (r"\w*(?:map|trie|htab|array)_(lookup|update|delete|push|pop|peek)_elem",
     r"bpf_map_\1_elem"),
    (r"bpf_skb_load_helper_\w+", "bpf_skb_load_bytes"),
    (r"arch_bpf_timed_may_goto", "bpf_unspec"),
]
CALL = re.compile(r"call ([A-Za-z_]\w*)#-?\d+")
FUNCTION_CALL = re.compile(r"call pc([+-]\d+)(?:#\w+)?")
PERCPU_ADDRESS = re.compile(r"\(b7\) (r\d) = (-?\d{7,}|0)(?=$|\\l)")
KERNEL_ADDRESS = re.compile(r"\(18\) (r\d) = 0x(?:ffff[0-9a-f]{12}|0)(?=$|\\l)")
MAP_ID = re.compile(r"map\[id:(\d+)\]")
TIMES = {"loaded_at": "#time", "uid": "#uid", "duration": "#ns"}


def helper_of(function):
    for pattern, helper in HELPERS:
        found = re.fullmatch(pattern, function)
        if found:
            return found.expand(helper)
    return function


def without_native(tree):
    """The size of native code is said only where there is some."""
    for row in tree if isinstance(tree, list) else [tree]:
        if isinstance(row, dict):
            row.pop("bytes_jited", None)
    return tree


def has_none(row):
    """What bpftool says on a kernel that interprets."""
    return "no instructions returned" in row["out"] + row["err"]


class ProgNormaliser(normalise.Normaliser):
    def instruction(self, text):
        """One line of disassembly."""
        def call(match):
            self.aside["addresses of helpers"] += 1
            return f"call {helper_of(match.group(1))}"

        def function(match):
            self.aside["names of native functions"] += 1
            return f"call pc{match.group(1)}"

        def address(match):
            self.aside["addresses of the kernel's data"] += 1
            return f"{match.group(0).split('=')[0]}= #address"

        text = CALL.sub(call, text)
        text = FUNCTION_CALL.sub(function, text)
        text = KERNEL_ADDRESS.sub(address, text)
        return MAP_ID.sub(lambda found: f"map[{self.name(self.maps, int(found.group(1)))}]", text)

    def listing(self, lines):
        """All of them: an address that becomes this CPU's is known by the next line."""
        lines = [self.instruction(line) for line in lines]
        for at, line in enumerate(lines[:-1]):
            found = PERCPU_ADDRESS.search(line)
            if found and f"(bf) {found.group(1)} = {found.group(1)}" in "".join(lines[at + 1:at + 3]):
                self.aside["addresses of the kernel's data"] += 1
                lines[at] = PERCPU_ADDRESS.sub(r"(b7) \1 = #address", line)
        return lines

    def opcodes(self, row):
        """Bytes of constants that stand for addresses, ids and functions."""
        text, codes = row["disasm"], row.get("opcodes")
        if codes and ("call" in text or "(18)" in text or "#address" in text):
            self.aside["constants of calls and addresses"] += 1
            codes["imm"] = "#imm"
        return row

    def instructions(self, tree):
        texts = self.listing([row["disasm"] for row in tree if "disasm" in row])
        for row in tree:
            if "disasm" in row:
                row["disasm"] = texts.pop(0)
                self.opcodes(row)
        return tree

    def slot(self, value):
        """What a prog array has in a slot."""
        number = value
        if isinstance(value, list):
            number = int.from_bytes(bytes(int(cell, 16) for cell in value), "little")
        return self.name(self.progs, number) if number in self.progs else value

    def json_value(self, key, value, table, outer):
        if key == "value" and not isinstance(value, dict):
            return self.slot(value)
        if key in ("jited", "owner_jited"):
            self.aside["native code"] += 1
            return "#native"
        if key in TIMES:
            self.aside["times and uids"] += 1
            return TIMES[key]
        return super().json_value(key, value, table, outer)

    def as_json(self, row):
        if row["step"].startswith("prog dump xlated"):
            tree = json.loads(row["out"])
            return self.instructions(tree) if isinstance(tree, list) else tree
        if not row["step"].startswith("prog") and not row["step"].startswith("-f prog"):
            return super().as_json(row)
        tree = json.loads(row["out"])
        if row["note"] == "own" and isinstance(tree, list):
            tree = self.own_rows(tree, lambda item: item.get("id"), self.progs)
        return without_native(self.json_tree(tree, self.progs, False))

    def shown(self, line):
        """A line of `prog show`."""
        line = re.sub(r"^(\d+): ",
                      lambda found: self.name(self.progs, int(found.group(1))) + ": ", line)
        line = re.sub(r"loaded_at \S+  uid \d+", "loaded_at #time  uid #uid", line)
        line = re.sub(r"owner (?:not )?jited", "owner #native", line)
        line = re.sub(r"  (?:not jited|jited \d+B)", "  #native", line)
        line = re.sub(r"memlock (\d+)B", self.memlock_of, line)
        line = re.sub(r"(duration(?: \(average\))?): \d+ns", r"\1: #ns", line)
        line = re.sub(r"\bmap_ids ([\d,]+)", lambda found: "map_ids " + ",".join(
            self.name(self.maps, int(number)) for number in found.group(1).split(",")), line)
        return re.sub(r"\bbtf_id (\d+)",
                      lambda found: "btf_id " + self.name(self.btf, int(found.group(1))), line)

    def memlock_of(self, match):
        self.note_memlock(int(match.group(1)))
        return "memlock #B"

    def raw_bytes(self, lines):
        """Under an instruction its bytes: those of constants are set aside."""
        kept = []
        for line in lines:
            hides = kept and re.match(r"\s+[0-9a-f]{2} [0-9a-f]{2} ", line) and (
                "call" in kept[-1] or "(18)" in kept[-1] or "#address" in kept[-1])
            kept.append("       #bytes" if hides else line)
        return kept

    def as_plain(self, row):
        lines = row["out"].splitlines()
        if "prog dump xlated" in row["step"]:
            return self.raw_bytes(self.listing(lines))
        if row["step"].startswith("map show"):
            return [self.shown(line) for line in super().as_plain(row)]
        if row["step"].startswith("map"):
            return [re.sub(r'(?<="value": )\d+', lambda found: str(self.slot(int(found.group()))),
                           line) for line in lines]
        if row["step"].startswith("btf dump") or not re.match(r"(-\w )?prog\b", row["step"]):
            return super().as_plain(row)
        if row["note"] == "own":
            lines = self.own_paragraphs(lines, self.progs)
        return [self.shown(line) for line in lines]

    def steps(self):
        """What libbpf says of loads, and of what it tries, is not bpftool's."""
        for row, (name, gave) in zip(self.rows, super().steps()):
            if row["note"] in ("loads", "status"):
                gave["err"] = [line for line in gave["err"] if line.startswith("Error")]
            if row["note"] == "status":
                gave["out"] = []
            if row["note"] == "native" and (not row["status"] or has_none(row)):
                self.aside["native code"] += 1
                gave = {"status": "#native", "out": "#native", "err": "#native"}
            yield name, gave
