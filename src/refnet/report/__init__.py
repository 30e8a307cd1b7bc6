"""How a verdict is shown: on a terminal, as JSON, and worked through by hand.

Lives here: terminal.py, json_form.py, worked.py and how numbers are written (decimals.py). They
know verdicts, problems and the catalogue of bugs; nothing of how a verdict is reached.
"""
