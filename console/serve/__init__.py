"""`noktvrn serve`: the console in a browser. Only this package knows aiohttp and textual-serve.

`rules` says which addresses are ours, `login` who may come in, `sessions` how many consoles run, `pages` what a
browser is given, `server` puts them together; `child` is the console that one browser tab sees.
"""
