"""Writes a C file that has the bytes of a file: embed.py INPUT OUTPUT NAME."""
import sys

source, target, name = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
with open(target, "w") as f:
    f.write('#include "programs.h"\n')
    f.write("_Alignas(8) static const unsigned char bytes[] = {%s};\n" % ",".join(map(str, data)))
    f.write("const struct program_object %s = {bytes, sizeof bytes};\n" % name)
