"""Reads a C source of the library, as it is written: without a preprocessor,
so that the names of every branch of an #if are seen.

    source = Source(root, 'hamt/node.h')
    source.includes      [Include]: #include lines, in order
    source.names         [Name]: what it declares and defines at file scope,
                         and the macros and enum constants anywhere
    source.problems      [(line, text)]: what could not be read

A branch for C++ is not read.
"""
import re
from collections import namedtuple

Include = namedtuple('Include', 'line path system')

# kind: function, object, typedef, tag, constant or macro. For a function with
# a body, line is that of its name and end that of its closing brace. where:
# the branches of #if that it stands in, as pairs (number of the #if, branch).
Name = namedtuple('Name', 'kind name line end where defined external text')
Token = namedtuple('Token', 'text line where')

WORD = re.compile(r'[A-Za-z_]\w*$')
TOKEN = re.compile(r'[A-Za-z_]\w*|\d[\w.]*|"(?:\\.|[^"\\])*"'
                   r"|'(?:\\.|[^'\\])*'|\S")
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                     r"|'(?:\\.|[^'\\\n])*'", re.S)
OPEN, CLOSE = '([{', ')]}'
ATTRIBUTES = ('__attribute__', '__declspec', '__asm__', '_Alignas')
AGGREGATES = ('struct', 'union', 'enum')
# These words are no names.
KEYWORDS = set('''auto char const double enum extern float inline int long
    register restrict short signed static struct typedef union unsigned void
    volatile _Bool'''.split())


def without_comments(text):
    """The text with blanks for comments: lines keep their numbers."""
    def blank(match):
        part = match.group()
        if part[0] != '/':
            return part
        return ' ' + '\n' * part.count('\n')
    return COMMENT.sub(blank, text)


def logical_lines(text):
    """(number, line), where a line ending in a backslash is continued."""
    number, parts = 1, []
    for at, line in enumerate(text.split('\n'), 1):
        if not parts:
            number = at
        if line.endswith('\\'):
            parts.append(line[:-1])
            continue
        yield number, ' '.join(parts + [line])
        parts = []


def past(tokens, at):
    """The index after the bracket that closes the one at tokens[at]."""
    depth = 0
    while at < len(tokens):
        depth += (tokens[at].text in OPEN) - (tokens[at].text in CLOSE)
        at += 1
        if depth == 0:
            break
    return at


def pieces(tokens):
    """The tokens between the commas that are in no bracket."""
    found, depth = [[]], 0
    for token in tokens:
        depth += (token.text in OPEN) - (token.text in CLOSE)
        if token.text == ',' and depth == 0:
            found.append([])
        else:
            found[-1].append(token)
    return found


def without_attributes(tokens):
    """Without __attribute__((...)) and macros like it: ARENA_ALIGNED(8)."""
    kept, at = [], 0
    while at < len(tokens):
        name = tokens[at].text
        if [t.text for t in tokens[at + 1:at + 2]] == ['(']:
            end = past(tokens, at + 1)
            more = end < len(tokens) and WORD.match(tokens[end].text)
            if name in ATTRIBUTES or name.isupper() and more:
                at = end
                continue
        kept.append(tokens[at])
        at += 1
    return kept


def declarator(tokens):
    """(token, is a function) of `int *name(int x)` and its like, or None."""
    depth, name = 0, None
    for at, token in enumerate(tokens):
        if token.text == '(' and depth == 0:
            if name is not None and name.text not in KEYWORDS:
                return name, True
            inner = [t for t in tokens[at + 1:past(tokens, at) - 1]
                     if t.text not in ('*', 'const')]
            if not inner or not WORD.match(inner[0].text):
                return None
            return inner[0], len(inner) > 1 and inner[1].text == '('
        if token.text in ('=', '[', ':') and depth == 0:
            break
        depth += (token.text in OPEN) - (token.text in CLOSE)
        if depth == 0 and WORD.match(token.text):
            name = token
    if name is None or name.text in KEYWORDS:
        return None
    return name, False


class Source:
    def __init__(self, root, path):
        with open(f'{root}/{path}', encoding='utf-8') as file:
            self.text = file.read()
        self.path = path
        self.includes, self.names, self.problems = [], [], []
        self.static_macros = set()
        self.tokens = []
        self.split()

    def parse(self, static_macros):
        """Fill names; a macro in static_macros makes a declaration static."""
        self.static = static_macros | {'static'}
        item, at, tokens = [], 0, self.tokens
        open_, close = (sum(token.text in kind for token in tokens)
                        for kind in (OPEN, CLOSE))
        if open_ != close:
            self.problems.append((tokens[-1].line, 'brackets do not match: do '
                                  'two branches of an #if share one body?'))
        while at < len(tokens):
            text = tokens[at].text
            if text == ';':
                self.declaration(item)
                item = []
            elif text in OPEN:
                end = past(tokens, at)
                if text == '{' and self.is_body(item):
                    self.function(item, tokens[at:end])
                    item = []
                else:
                    item += tokens[at:end]
                at = end - 1
            elif text in CLOSE:
                self.problems.append((tokens[at].line, f'a {text} too many'))
            else:
                item.append(tokens[at])
            at += 1
        if item:
            self.problems.append((item[0].line, 'this has no end'))
        self.constants()

    # ---- Lines into tokens -------------------------------------------------

    def split(self):
        # [number of the #if, branch, is this one for C++, is one of them]
        stack = []
        count = 0
        for line, text in logical_lines(without_comments(self.text)):
            directive = re.match(r'\s*#\s*(\w+)\s*(.*)', text)
            cplusplus = any(level[2] for level in stack)
            where = tuple((level[0], level[1]) for level in stack)
            if not directive:
                if not cplusplus:
                    self.tokens += [Token(t, line, where)
                                    for t in TOKEN.findall(text)]
                continue
            word, rest = directive.groups()
            if word in ('if', 'ifdef', 'ifndef'):
                count += 1
                about = '__cplusplus' in rest
                is_not = word == 'ifndef' or '!' in rest
                stack.append([count, 0, about and not is_not, about])
            elif word in ('elif', 'else') and stack:
                stack[-1][1] += 1
                stack[-1][2] = word == 'else' and stack[-1][3] and \
                    not stack[-1][2]
            elif word == 'endif' and stack:
                stack.pop()
            elif word == 'include':
                self.include(line, rest)
            elif word == 'define' and not cplusplus:
                self.macro(line, rest, where)

    def include(self, line, rest):
        match = re.match(r'(["<])([^">]*)[">]', rest)
        if match:
            self.includes.append(
                Include(line, match.group(2), match.group(1) == '<'))
        else:
            self.includes.append(Include(line, rest.strip(), False))

    def macro(self, line, rest, where):
        name, text = re.match(r'(\w+)(.*)', rest).groups()
        text = ' '.join(text.split())
        self.names.append(
            Name('macro', name, line, line, where, True, False, text))
        if re.search(r'\bstatic\b', text) and not text.startswith('('):
            self.static_macros.add(name)

    # ---- Tokens into names -------------------------------------------------

    def is_body(self, item):
        """Does a { after these tokens begin the body of a function?"""
        item = without_attributes(item)
        found = declarator(item)
        return bool(found and found[1] and
                    not any(t.text == '=' for t in item))

    def is_external(self, item):
        return not any(t.text in self.static for t in item)

    def add(self, kind, token, item, defined, end=None):
        self.names.append(
            Name(kind, token.text, token.line, end or token.line, token.where,
                 defined, self.is_external(item), ''))

    def function(self, item, body):
        item = without_attributes(item)
        self.aggregates(item)
        name, _ = declarator(item)
        self.add('function', name, item, True, body[-1].line)

    def declaration(self, item):
        item = without_attributes(item)
        texts = [t.text for t in item]
        self.aggregates(item)
        item = self.without_bodies(item)
        # A call of a macro, or nothing but a struct.
        if re.fullmatch(r'[A-Z_0-9]+', ''.join(texts[:1])) and \
                texts[1:2] == ['(']:
            return
        if len(item) == 2 and texts[0] in AGGREGATES or len(item) < 2:
            return
        for number, piece in enumerate(pieces(item)):
            found = declarator(piece)
            if found is None:
                self.problems.append((item[0].line, 'this has no name'))
            elif 'typedef' in texts:
                self.add('typedef', found[0], item, True)
            elif found[1]:
                self.add('function', found[0], item, False)
            else:
                has_value = any(t.text == '=' for t in piece)
                self.add('object', found[0], item,
                         has_value or 'extern' not in texts)

    def without_bodies(self, item):
        """`struct x { ... } y` as `struct x y`; initialisers stay."""
        kept, at = [], 0
        while at < len(item):
            if item[at].text == '{' and not any(t.text == '=' for t in kept):
                at = past(item, at)
            else:
                kept.append(item[at])
                at += 1
        return kept

    def aggregates(self, item):
        for at, token in enumerate(item[:-2]):
            if token.text in AGGREGATES and item[at + 2].text == '{' and \
                    WORD.match(item[at + 1].text):
                self.add('tag', item[at + 1], item, True)

    def constants(self):
        """Of every enum, those inside functions too."""
        tokens = self.tokens
        for at, token in enumerate(tokens):
            if token.text != 'enum':
                continue
            start = at + 1
            if start < len(tokens) and WORD.match(tokens[start].text):
                start += 1
            if start >= len(tokens) or tokens[start].text != '{':
                continue
            body = tokens[start + 1:past(tokens, start) - 1]
            for piece in pieces(body):
                if piece:
                    self.add('constant', piece[0], [], True)
