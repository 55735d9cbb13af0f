"""Word lists, one concept a file.

`key: value` lines come first, then sections. After `[name]` alone every line is an entry; after `[name] a; b` the
entries of this and the following lines stand between semicolons. `#` begins a comment line.
"""
