"""DDEX messages of a release: written from its own documents, checked against its own files.

ERN 4.3.2 with the fields for work of machines, ERN 4.3 without them, and the messages that take a release down. Names
and order of elements follow DDEX's published dictionary (https://kb.ddex.net); its schema files are not part of this.
"""
