"""Settings of every test run.

Here, above tests/ and properties/, because Hypothesis takes a profile only if it is loaded before
the tests that use it are imported.
"""

from hypothesis import settings

# No deadline: how long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("refnet", deadline=None, print_blob=True)
settings.load_profile("refnet")
