#!/usr/bin/env python3
"""messages.py - every message of the library has been seen by a test.

Takes the longest text of each diag_error, diag_warn and diag_note call in sim/
and codegen/, turns its conversions into "anything", and looks for it in what the
tests expect: *.err, *.out, *.sh, *.txt and the strings of *.c below tests/. A test
that looks for a part of a message only does not count: write it whole. Messages
that no test brings about stand in messages.allow with the reason, as

    file: beginning of the message    # why

An entry that is no longer needed is an error too.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALL = re.compile(r"\bdiag_(?:error|warn|note)\s*\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?"
                        r"(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|%%")


def argument_text(source, start):
    """From the opening parenthesis to its partner, strings kept whole."""
    depth, i = 0, start
    while i < len(source):
        if source[i] == '"':
            i = LITERAL.match(source, i).end()
            continue
        depth += {"(": 1, ")": -1}.get(source[i], 0)
        i += 1
        if depth == 0:
            break
    return source[start:i]


def formats(call):
    """Format strings of a call: literals joined across PRI macros."""
    text, result = call, []
    run = re.compile(r'(?:"(?:[^"\\]|\\.)*"|PRI\w+|\s)+')
    for match in run.finditer(text):
        if '"' not in match.group():
            continue
        joined = ""
        for part in re.finditer(r'"((?:[^"\\]|\\.)*)"|(PRI\w+)', match.group()):
            joined += "d" if part.group(2) else part.group(1)
        result.append(joined.replace('\\"', '"').replace("\\\\", "\\"))
    return result


def pattern(text):
    """A regular expression for the message, and how much of it is fixed."""
    parts, at, fixed = [], 0, 0
    for match in CONVERSION.finditer(text):
        piece = text[at:match.start()]
        fixed += len(piece.strip())
        parts += [re.escape(piece), ".*?" if match.group() != "%%" else "%"]
        at = match.end()
    fixed += len(text[at:].strip())
    return "".join(parts) + re.escape(text[at:]), fixed


def evidence():
    texts = []
    for name in ("*.err", "*.out", "*.sh", "*.txt"):
        texts += [p.read_text(errors="replace")
                  for p in sorted((ROOT / "tests").rglob(name))]
    for path in sorted((ROOT / "tests").rglob("*.c")):
        strings = re.sub(r'"\s*\n\s*"', "", path.read_text())
        texts.append(strings.replace('\\"', '"'))
    return "\n".join(texts)


def main():
    allowed = {}
    allow_file = ROOT / "tests/style/messages.allow"
    for line in allow_file.read_text().splitlines():
        entry = line.split("    #")[0].strip()
        if entry and not entry.startswith("#"):
            allowed[entry] = False
    seen, total, bad = evidence(), 0, 0
    for folder in ("sim", "codegen"):
        for path in sorted((ROOT / folder).rglob("*.c")):
            source = path.read_text()
            for call in CALL.finditer(source):
                texts = [t for t in formats(argument_text(source, call.end() - 1))
                         if len(t) > 3]
                if not texts:
                    continue
                text = max(texts, key=len)
                expression, fixed = pattern(text)
                if fixed < 4:
                    continue
                total += 1
                if re.search(expression, seen):
                    continue
                rel = path.relative_to(ROOT)
                entry = next((a for a in allowed
                              if f"{rel}: {text}".startswith(a)
                              or f"*: {text}".startswith(a)), None)
                if entry:
                    allowed[entry] = True
                    continue
                line = source.count("\n", 0, call.start()) + 1
                print(f"{rel}:{line}: no test sees the message \"{text}\"")
                bad += 1
    for entry, used in allowed.items():
        if not used:
            print(f"tests/style/messages.allow: '{entry}' is not needed")
            bad += 1
    print(f"style: {total} messages, "
          f"{'each seen by a test' if not bad else f'{bad} complaints'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
