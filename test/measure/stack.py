"""Worst-case stack of each public function, from the call graph that gcc
writes with -fcallgraph-info=su.

    stack.py CALLS DIRECTORY

CALLS is stack.calls. DIRECTORY has the sources after the preprocessor,
the graphs of them (.ci), and "taken": lines "SOURCE FUNCTION" for functions
whose address is taken. Prints lines "FUNCTION PLAIN FULL": bytes with a type
of integer keys and without callbacks, and bytes with byte strings, counted
maps, and all callbacks as large as they may be. Fails on recursion, on frames
of unknown size, and on calls through pointers, of functions, and of functions
through pointers that CALLS does not name.
"""
import glob
import os
import re
import sys

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"'
                  r'(?: label: "([^"]*)")?')
LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
ATTRIBUTE = re.compile(r'__attribute__\s*\(\(.*?\)\)')
FUNCTION = re.compile(r'^\w[\w\s*]*?(\w+)\s*\(', re.M)
PATH = re.compile(r'(?:\w+|->|\.|\[[^][]*\]|\s)*')
ARGUMENTS = re.compile(r'\s*(?:(?:->|\.)\s*\w+\s*|\[[^][]*\]\s*)*\(')
CALL = re.compile(r'(->|\.)?\s*(\w+|[])])\s*\(')
OPERAND = re.compile(r'\s*(?:\*\s*)*(?:\w+\s*(?:->|\.)\s*)*(\w+)\s*')
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


def across(text, at, step):
    """Where the bracket is that belongs to the one before text[at]."""
    depth = 1
    while depth > 0 and 0 <= at < len(text):
        depth += step * ((text[at] in '([') - (text[at] in ')]'))
        at += step
    return at - step


class Source:
    """A source after the preprocessor: no macros, no comments."""

    def __init__(self, path):
        text = open(path).read()
        self.text = LITERAL.sub(lambda found: '_' * len(found[0]), text)
        self.functions = set(FUNCTION.findall(ATTRIBUTE.sub('', text)))

    def calls(self, line, column):
        """What is called by the expression at a place of the graph: pairs of
        a name, or a bracket, and whether it can be a function.

        gcc says where the expression begins, or, if what is called stands in
        brackets, an operator there. A call that is an argument is said to be
        where the outer call is, so those in the arguments count too.
        """
        text, start = self.text, 0
        for _ in range(line - 1):
            start = text.index('\n', start) + 1
        start += column - 1
        found, begin = [], PATH.match(text, start).end()
        if text[begin] != '(':
            end = across(text, start, 1)
            inside = text[across(text, start - 1, -1) + 1:end]
            for part in re.split('[?:]', inside)['?' in inside:]:
                operand = OPERAND.fullmatch(part)
                found.append((operand[1] if operand else '?', False))
            start = begin = end + 1
        arguments, end = ARGUMENTS.match(text, begin), begin
        while arguments:
            end = across(text, arguments.end(), 1) + 1
            arguments = ARGUMENTS.match(text, end)
        for member, name in CALL.findall(text[start:end]):
            found.append((name, not member and self.is_function(name)))
        return found

    def is_function(self, name):
        return name in self.functions or name == 'sizeof'


class Graph:
    def __init__(self, calls, directory):
        self.callbacks, self.plain, self.inner, self.helpers = \
            read_calls(calls)
        self.frame, self.edges, self.used = {}, {}, set()
        self.directory, self.sources = directory, {}
        for path in glob.glob(os.path.join(directory, '*.ci')):
            for line in open(path):
                self.read(line)
        for line in open(os.path.join(directory, 'taken')):
            self.see_taken(*line.split())

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
        path, line, column = place.split(':')
        if path not in self.sources:
            self.sources[path] = Source(os.path.join(self.directory, path))
        found = self.sources[path].calls(int(line), int(column))
        known = set(self.callbacks) | set(self.plain) | set(self.inner)
        names = {name for name, _ in found} & known
        unknown = {name for name, function in found
                   if name not in known and not function}
        if unknown or not names:
            problems.add(f'{source}: an unknown call at {place}: '
                         + ' '.join(sorted(unknown)))
        self.used |= names
        return tuple(sorted(names))

    def see_taken(self, path, name):
        """A function that may be called through a pointer."""
        for node in name, f'{path}:{name}':
            if node in self.frame and not any(
                    node in functions for table in (self.plain, self.inner)
                    for functions in table.values()):
                problems.add(f'{node}: its address is taken, and what call '
                             'it may be is not said')

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
    graph = Graph(sys.argv[1], sys.argv[2])
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
