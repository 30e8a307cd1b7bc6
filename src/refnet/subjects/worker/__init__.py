"""What runs beside a subject, in a process of its own: loading, recognising, asking.

Lives here: the worker. It needs the standard library, NumPy and the floors below refnet.subjects,
nothing of the judge: what a right answer would be is unknown here.
"""
