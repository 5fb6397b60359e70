"""The rules of the house: check.py [DIRECTORY]

Reads the library's sources in DIRECTORY (.): MODULE.h and MODULE.c, a face in
the street, and its rooms MODULE/*.h. Prints lines as test/run wants them, a
FAIL for each thing that is wrong:

    reading   a source could not be understood
    layout    a header without its .c, a .c among the rooms
    order     MODULE.c does not have the calls of MODULE.h, in its order
    external  a room or a face defines what the linker sees
    arrows    an #include goes up, sideways, nowhere or in a circle
    twice     a name has two meanings in the library
    prefix    a private macro or constant is without its module's name
    lengths   functions are too long
"""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
import reader

# Directly below each module; what is below those is below it too. Some modules
# are planned, and have their place already.
BELOW = {
    'arena': '',
    'hamt': 'arena',
    'vector': 'arena',
    'hashtable': 'arena',
    'dict': 'arena',
    'context': 'hamt',
    'state': 'hamt vector',
    'delta': 'state',
    'image': 'delta',
    'history': 'delta',
    'journal': 'image',
    'publish': 'state',
}
# Rooms that the modules above may use.
SHARED = {
    'arena': 'port.h bits.h block.h modes.h',
    'hamt': 'parts.h',
    'vector': 'parts.h',
}
# Inline forms of calls: part of the face that includes them.
INLINE = {'dict': 'dict/plain.h'}

# What every C compiler knows: a room may declare and rename them.
MEMORY = ('memcpy', 'memmove', 'memset', 'memcmp')

# Lines of a function: of half of them, of nine in ten, of all.
MEDIAN, MOST, LONGEST = 12, 30, 50


def all_below(module):
    found = set()
    for lower in BELOW.get(module, '').split():
        found |= {lower} | all_below(lower)
    return found


def module_of(path):
    """Of a room its folder; of a face or a .c its own name."""
    return os.path.dirname(path) or os.path.splitext(path)[0]


class Library:
    def __init__(self, root):
        self.root = root
        self.modules = sorted(path[:-2] for path in self.list('*.c'))
        self.paths = self.list('*.h') + self.list('*.c')
        for module in self.modules:
            self.paths += self.list(f'{module}/*.[ch]')
        self.sources = {p: reader.Source(root, p) for p in self.paths}
        static_macros = set()
        for source in self.sources.values():
            static_macros |= source.static_macros
        for source in self.sources.values():
            source.parse(static_macros)

    def list(self, pattern):
        found = glob.glob(f'{self.root}/{pattern}')
        return sorted(os.path.relpath(path, self.root) for path in found)

    def rooms(self, module):
        return [p for p in self.paths if os.path.dirname(p) == module]

    def names(self):
        for path in self.paths:
            for name in self.sources[path].names:
                yield path, name

    def target(self, path, include):
        """What an include of path leads to, from the root."""
        folder = os.path.dirname(path)
        return os.path.normpath(os.path.join(folder, include.path))

    def own_rooms(self, path):
        """(line, room) of the includes of path that are its module's rooms."""
        module = module_of(path)
        for include in self.sources[path].includes:
            target = self.target(path, include)
            if not include.system and os.path.dirname(target) == module:
                yield include.line, target


# ---- The checks: each yields "place: text" for what is wrong ---------------

def check_reading(library):
    for path in library.paths:
        for line, text in library.sources[path].problems:
            yield f'{path}:{line}: {text}'


def check_layout(library):
    for path in library.paths:
        folder, file = os.path.split(path)
        other = path[:-1] + ('h' if path.endswith('.c') else 'c')
        if not folder and other not in library.sources:
            yield f'{path}: there is no {other}'
        if folder and path.endswith('.c'):
            yield f'{path}: a room is a header'


def declared_in(library, path):
    """The external names that a file declares, in order, each once; those of
    an inline form where it is included."""
    source = library.sources[path]
    inline = INLINE.get(path[:-2]) if path.endswith('.h') else None
    found = [(name.line, name.name) for name in source.names
             if name.kind in ('function', 'object') and name.external and
             not name.defined]
    for include in source.includes:
        if library.target(path, include) == inline and \
                inline in library.sources:
            found += [(include.line, name)
                      for name in declared_in(library, inline)]
    found.sort(key=lambda pair: pair[0])
    return list(dict.fromkeys(name for _, name in found))


def longest_rise(numbers):
    """The indices of a longest run of rising numbers, gaps allowed."""
    length, before = [], []
    for i, number in enumerate(numbers):
        best = max((j for j in range(i) if numbers[j] < number),
                   key=lambda j: length[j], default=None)
        length.append(1 if best is None else length[best] + 1)
        before.append(best)
    at = max(range(len(numbers)), key=lambda i: length[i], default=None)
    found = set()
    while at is not None:
        found.add(at)
        at = before[at]
    return found


def check_order(library):
    for module in library.modules:
        face, body = module + '.h', module + '.c'
        if face not in library.sources:
            continue
        calls = declared_in(library, face)
        private = [name for room in library.rooms(module)
                   for name in declared_in(library, room)
                   if name not in MEMORY]
        has = {}
        for name in library.sources[body].names:
            if name.kind in ('function', 'object') and name.defined and \
                    name.external:
                has.setdefault(name.name, name.line)
        for name in dict.fromkeys(calls + private):
            if name not in has:
                there = [path for path, other in library.names()
                         if other.name == name and other.defined]
                where = f', but in {there[0]}' if there else ''
                yield f'{body}: {name} has no body here{where}'
        for name, line in has.items():
            if name not in calls + private:
                yield f'{body}:{line}: {name} is declared in no header'
        order = [name for name in has if name in calls]
        rise = longest_rise([calls.index(name) for name in order])
        for at, name in enumerate(order):
            if at not in rise:
                yield (f'{body}:{has[name]}: {name} stands elsewhere than in '
                       f'{face}')


def check_external(library):
    for path, name in library.names():
        if path.endswith('.h') and name.kind in ('function', 'object') and \
                name.defined and name.external:
            yield f'{path}:{name.line}: {name.name} is seen by the linker'


def may_include(module, is_face):
    """The files that a face, or another file, of a module may include."""
    lower = all_below(module)
    allowed = {other + '.h' for other in lower}
    if is_face:
        return allowed | {INLINE.get(module)}
    shared = {f'{other}/{room}' for other in lower
              for room in SHARED.get(other, '').split()}
    return allowed | shared | {module + '.h'}


def check_includes(library, path):
    module = module_of(path)
    is_face = path in (module + '.h', INLINE.get(module))
    allowed = may_include(module, is_face)
    for include in library.sources[path].includes:
        target = library.target(path, include)
        if include.system or include.path == 'STRATA_CONFIG':
            continue
        if target not in library.sources:
            yield f'{path}:{include.line}: {include.path} leads nowhere'
        elif target not in allowed and \
                (is_face or os.path.dirname(target) != module):
            yield f'{path}:{include.line}: may not include {target}'


def built_on(library, room):
    """The rooms that a room includes, and those that these include."""
    found, left = set(), [room]
    while left:
        new = {r for _, r in library.own_rooms(left.pop())
               if r in library.sources} - found
        found |= new
        left += new
    return found


def check_arrows(library):
    for path in library.paths:
        if module_of(path) not in BELOW:
            yield f'{path}: its module is not in BELOW of test/house/check.py'
            continue
        yield from check_includes(library, path)
        if path in built_on(library, path):
            yield f'{path}: includes itself, by way of others'
        listed = [room for _, room in library.own_rooms(path)]
        for at, room in enumerate(listed):
            above = [r for r in listed[:at] if room in built_on(library, r)]
            if above and room not in built_on(library, room):
                yield f'{path}: {room} is below {above[0]}, so it comes first'


def is_either(a, b):
    """Do two names stand in two branches of one #if?"""
    branches = dict(a.where)
    return any(number in branches and branches[number] != branch
               for number, branch in b.where)


def is_same_thing(path, name, other_path, other):
    """May both have this name?"""
    if path == other_path:
        if is_either(name, other):
            return True
        if name.kind == other.kind == 'macro' and name.text == other.text:
            return True
    # A module may have a struct and a function of one name.
    return module_of(path) == module_of(other_path) and \
        (name.kind == 'tag') != (other.kind == 'tag') and \
        'macro' not in (name.kind, other.kind)


def check_twice(library):
    first = {}
    for path, name in library.names():
        if not name.defined:
            continue
        for other_path, other in first.setdefault(name.name, []):
            if not is_same_thing(path, name, other_path, other):
                yield (f'{path}:{name.line}: {name.name} ({name.kind}) is in '
                       f'{other_path}:{other.line}, too ({other.kind})')
                break
        first[name.name].append((path, name))


def check_prefix(library):
    for path, name in library.names():
        module = module_of(path)
        if name.kind not in ('macro', 'constant') or name.name in MEMORY:
            continue
        # A knob of a module above stands in arena.h.
        modules = [module]
        if path == module + '.h':
            modules = list(BELOW)
        prefixes = ['STRATA_'] + [m.upper() + '_' for m in modules]
        if not name.name.startswith(tuple(prefixes)):
            yield (f'{path}:{name.line}: {name.name} does not begin with '
                   f'{prefixes[1] if len(modules) == 1 else "a module"}')


def check_lengths(library):
    lengths = sorted((name.end - name.line + 1, path, name)
                     for path, name in library.names()
                     if name.kind == 'function' and name.defined)
    count = len(lengths)
    if count == 0:
        return
    half = lengths[(count - 1) // 2][0]
    most = lengths[(count * 9 + 9) // 10 - 1][0]
    if half > MEDIAN:
        yield f'half of {count} functions have {half} lines or more'
    if most > MOST:
        yield f'one in ten of {count} functions has {most} lines or more'
    for lines, path, name in lengths:
        if lines > LONGEST:
            yield f'{path}:{name.line}: {name.name} has {lines} lines'


def main():
    library = Library(sys.argv[1] if len(sys.argv) > 1 else '.')
    if not library.modules:
        print('FAIL house: there is no module')
    checks = [(name[6:], check) for name, check in globals().items()
              if name.startswith('check_') and name != 'check_includes']
    for name, check in checks:
        wrong = list(check(library))
        for text in wrong:
            print(f'FAIL house-{name}: {text}')
        if not wrong:
            print(f'pass 1 house-{name}')


main()
