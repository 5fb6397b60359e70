"""Worst-case stack of each public function, from the call graph that gcc
writes with -fcallgraph-info=su.

    stack.py CALLS FILE.ci ...

CALLS is test/stack.calls. Prints lines "FUNCTION PLAIN FULL": bytes with a
type of integer keys and without callbacks, and bytes with byte strings,
counted maps, and all callbacks as large as they may be. Fails on recursion,
on frames of unknown size, and on calls through pointers and of functions that
CALLS does not name.
"""
import re
import sys

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"'
                  r'(?: label: "([^"]*)")?')
problems = set()


def read_calls(path):
    """The kinds of calls through pointers, and the helpers."""
    callbacks, plain, inner, helpers = {}, {}, {}, set()
    for line in open(path):
        words = line.split('#')[0].split()
        if not words:
            continue
        kind, name, rest = words[0], words[1], words[2:]
        if kind == 'callback':
            callbacks[name] = int(rest[0])
        elif kind == 'always':
            plain[name] = rest
        elif kind == 'inner':
            inner[name] = rest
        else:
            helpers.add(name)
    return callbacks, plain, inner, helpers


class Graph:
    def __init__(self, calls, files):
        self.callbacks, self.plain, self.inner, self.helpers = \
            read_calls(calls)
        self.frame, self.edges, self.used = {}, {}, set()
        for path in files:
            for line in open(path):
                self.read(line)

    def read(self, line):
        node = NODE.match(line)
        if node:
            size = re.search(r'(\d+) bytes \(([\w,]+)\)', node.group(2))
            if size:
                self.frame[node.group(1)] = int(size.group(1))
                if size.group(2) != 'static':
                    problems.add(f'{node.group(1)}: its frame is '
                                 f'{size.group(2)}')
        edge = EDGE.match(line)
        if edge:
            source, target, place = edge.groups()
            if target == '__indirect_call':
                target = self.named(source, place)
            self.edges.setdefault(source, set()).add(target)

    def named(self, source, place):
        """What is called through a pointer at FILE:LINE:COLUMN."""
        path, line = place.split(':')[:2]
        text = open(path).read().split('\n')[int(line) - 1]
        names = set(re.findall(r'(?:->|\.)(\w+)|\b(\w+)\(', text))
        names = {name for pair in names for name in pair}
        names &= set(self.callbacks) | set(self.plain) | set(self.inner)
        if not names:
            problems.add(f'{source}: an unknown call at {place}: '
                         f'{text.strip()}')
        self.used |= names
        return tuple(sorted(names))

    def depth(self, node, full, trail=(), memo=None):
        memo = {} if memo is None else memo
        if isinstance(node, tuple):
            return max((self.called(name, full, trail, memo)
                        for name in node), default=0)
        if node in memo:
            return memo[node]
        if node in trail:
            problems.add('recursion: ' + ' -> '.join(trail + (node,)))
            return 0
        if node not in self.frame:
            if node not in self.helpers:
                problems.add(f'{trail[-1]} calls {node}, which is unknown')
            return 0
        below = max((self.depth(target, full, trail + (node,), memo)
                     for target in sorted(self.edges.get(node, ()), key=str)),
                    default=0)
        memo[node] = self.frame[node] + below
        return memo[node]

    def called(self, name, full, trail, memo):
        targets = list(self.plain.get(name, ()))
        if full:
            targets += self.inner.get(name, ())
        for target in targets:
            if target not in self.frame:
                problems.add(f'{target}, which {name} may be, is not there')
        return max([self.depth(target, full, trail, memo)
                    for target in targets]
                   + [self.callbacks.get(name, 0) if full else 0])


def main():
    graph = Graph(sys.argv[1], sys.argv[2:])
    plain, full = {}, {}
    for node in sorted(graph.frame):
        graph.depth(node, False, (), plain)
        graph.depth(node, True, (), full)
    unused = (set(graph.callbacks) | set(graph.plain) | set(graph.inner)) \
        - graph.used
    if unused:
        problems.add('named in vain: ' + ' '.join(sorted(unused)))
    for node in sorted(graph.frame):
        if ':' not in node:
            print(node, plain[node], full[node])
    for problem in sorted(problems):
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


main()
