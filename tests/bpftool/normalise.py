# SPDX-License-Identifier: BSD-2-Clause
"""Bring two transcripts of the scenario into a form in which they can be compared.

Set aside, and counted in `aside`: ids (each becomes #NAME after the map it belongs to),
the memory that a map takes, the order of hash tables' elements, and rows of lists that
are not of the scenario's own maps.
"""
import collections
import json
import re

NUMBERED = re.compile(r"^(\d+): ")


class Normaliser:
    def __init__(self, rows):
        self.rows = [row for row in rows if row["step"] != "end"]
        ends = [row for row in rows if row["step"] == "end"]
        self.complete = bool(ends)
        ids = ends[0] if ends else {"ids": {}, "btf": {}}
        self.maps = {number: name for name, number in ids["ids"].items()}
        self.btf = {number: name for name, number in ids["btf"].items()}
        self.progs = {number: name for name, number in ids.get("progs", {}).items()}
        self.aside = collections.Counter()
        self.memlock = []

    def name(self, table, number):
        self.aside["ids"] += 1
        return f"#{table[number]}" if number in table else "#other"

    def note_memlock(self, value):
        self.aside["memlock figures"] += 1
        self.memlock.append(value)

    def own_rows(self, rows, number_of, table):
        own = [row for row in rows if number_of(row) in table]
        self.aside["list rows of other objects"] += len(rows) - len(own)
        return own

    def id_bytes(self, cells):
        """The value of an outer map is an inner map's id."""
        number = int.from_bytes(bytes(int(cell, 16) for cell in cells), "little")
        return self.name(self.maps, number) if number in self.maps else None

    # JSON

    def json_value(self, key, value, table, outer):
        if key == "id":
            return self.name(table, value)
        if key == "btf_id":
            return self.name(self.btf, value)
        if key == "map_ids":
            return [self.name(self.maps, number) for number in value]
        if key == "bytes_memlock":
            self.note_memlock(value)
            return "#memlock"
        if key == "value" and outer and isinstance(value, list):
            return self.id_bytes(value) or value
        return self.json_tree(value, table, outer)

    def json_tree(self, tree, table, outer):
        if isinstance(tree, dict):
            return {key: self.json_value(key, value, table, outer)
                    for key, value in tree.items()}
        if isinstance(tree, list):
            return [self.json_tree(item, table, outer) for item in tree]
        return tree

    def as_json(self, row):
        table = self.btf if row["step"].startswith("btf") else self.maps
        tree = json.loads(row["out"])
        if row["note"] == "own" and isinstance(tree, list):
            tree = self.own_rows(tree, lambda item: item.get("id"), table)
        if row["step"].startswith("btf dump"):
            return tree  # ids there are of types
        tree = self.json_tree(tree, table, " pinned {dir}/in_" in row["step"])
        if row["note"] == "unordered" and isinstance(tree, list):
            self.aside["dumps put in order"] += 1
            tree.sort(key=json.dumps)
        return tree

    # plain text

    def plain_line(self, line, table, outer):
        def memlock(match):
            self.note_memlock(int(match.group(1)))
            return "memlock #B"

        def value(match):
            return "value: " + (self.id_bytes(match.group(1).split()) or match.group(1))

        line = NUMBERED.sub(lambda found: self.name(table, int(found.group(1))) + ": ", line)
        line = re.sub(r"\bmemlock (\d+)B", memlock, line)
        line = re.sub(r"\bbtf_id (\d+)",
                      lambda found: "btf_id " + self.name(self.btf, int(found.group(1))), line)
        line = re.sub(r"\bmap_ids ([\d,]+)", lambda found: "map_ids " + ",".join(
            self.name(self.maps, int(number)) for number in found.group(1).split(",")), line)
        if outer:
            line = re.sub(r"\bvalue: ((?:[0-9a-f]{2} ){3}[0-9a-f]{2})", value, line)
        return line

    def own_paragraphs(self, lines, table):
        """Rows of a list begin with a number; what is indented goes on with the row."""
        rows = []
        for line in lines:
            if NUMBERED.match(line) or not rows:
                rows.append([line])
            else:
                rows[-1].append(line)
        own = self.own_rows(
            rows, lambda row: int((NUMBERED.match(row[0]) or [0, "-1"])[1]), table)
        return [line for row in own for line in row]

    def as_plain(self, row):
        table = self.btf if row["step"].startswith("btf") else self.maps
        lines = row["out"].splitlines()
        if row["step"].startswith("btf dump"):
            return lines
        if row["note"] == "own":
            lines = self.own_paragraphs(lines, table)
        outer = " pinned {dir}/in_" in row["step"]
        lines = [self.plain_line(line, table, outer) for line in lines]
        if row["note"] == "unordered":
            self.aside["dumps put in order"] += 1
            lines.sort()
        return lines

    def steps(self):
        """Yields (name of the step, what it gave) for the whole transcript."""
        for row in self.rows:
            try:
                out = self.as_plain(row) if row["format"] == "plain" else self.as_json(row)
            except ValueError:
                out = row["out"].splitlines()
            name = row["step"] + ("" if row["format"] == "plain" else f" ({row['format']})")
            yield name, {"status": row["status"], "out": out, "err": row["err"].splitlines()}


def read(path):
    with open(path, encoding="utf-8") as transcript:
        return [json.loads(line) for line in transcript if line.strip()]
