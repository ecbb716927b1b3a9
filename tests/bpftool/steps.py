# SPDX-License-Identifier: BSD-2-Clause
"""Steps of a scenario: commands of bpftool, and a transcript of what they gave."""
import json
import os
import re
import subprocess

DIRECTORY = "/sys/fs/bpf/bt"
READERS = {"show", "list", "lookup", "getnext", "dump", "peek"}
FORMATS = {"plain": [], "json": ["-j"], "pretty": ["-j", "-p"]}
TIMEOUT = 60


class Scenario:
    def __init__(self, transcript, files=None):
        self.transcript = transcript
        self.files = files  # {files} in commands
        self.ids = {}
        self.btf = {}
        self.progs = {}

    def words(self, command):
        """The words of a step with its placeholders filled in."""
        def fill(match):
            name = match.group(1)
            kind, _, key = name.rpartition(":")
            table = {"btf": self.btf, "prog": self.progs, "": self.ids}[kind]
            return str(table.get(key, 0))
        value64 = " ".join(f"{byte:02x}" for byte in range(64))
        text = command.replace("{dir}", DIRECTORY).replace("{value64}", value64)
        text = text.replace("{files}", self.files or "")
        return re.sub(r"\{([\w:]+)\}", fill, text).split()

    def execute(self, words):
        try:
            done = subprocess.run(["bpftool"] + words, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return {"status": "timeout", "out": "", "err": ""}
        return {"status": done.returncode, "out": self.text(done.stdout),
                "err": self.text(done.stderr)}

    def text(self, output):
        text = output.decode("utf-8", "replace")
        return text.replace(self.files, "{files}") if self.files else text

    def record(self, **row):
        self.transcript.write(json.dumps(row) + "\n")
        self.transcript.flush()

    def step(self, command, formats=None, note=""):
        words = command.split()
        reads = len(words) > 1 and words[1] in READERS
        for name in formats or (FORMATS if reads else ["plain"]):
            result = self.execute(FORMATS[name] + self.words(command))
            self.record(step=command, format=name, note=note, **result)

    def unlink(self, name):
        try:
            os.unlink(f"{DIRECTORY}/{name}")
            outcome = "unlinked"
        except OSError as error:
            outcome = os.strerror(error.errno)
        self.record(step=f"unlink {name}", format="plain", note="", status=0, out=outcome, err="")

    def learn(self, name, kind="map"):
        """Remember the ids of a pinned object and of its BTF."""
        result = self.execute(["-j", kind, "show", "pinned", f"{DIRECTORY}/{name}"])
        try:
            shown = json.loads(result["out"])
        except ValueError:
            return
        table = self.progs if kind == "prog" else self.ids
        table[name] = shown.get("id", 0)
        if "btf_id" in shown:
            self.btf[name] = shown["btf_id"]
