# SPDX-License-Identifier: BSD-2-Clause
"""Results of a harness in TAP, the test anything protocol."""


class Tap:
    def __init__(self):
        self.count = 0
        self.failures = 0

    def case(self, passed, name, detail=""):
        self.count += 1
        self.failures += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
        for line in "" if passed else detail.splitlines():
            print(f"#   {line}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def note(self, text):
        for line in text.splitlines():
            print(f"# {line}")

    def end(self):
        """Prints the plan; the exit status of the harness."""
        print(f"1..{self.count}")
        return 1 if self.failures or not self.count else 0
