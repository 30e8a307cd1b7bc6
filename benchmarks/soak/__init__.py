"""No false alarms: every law, tried on correct networks that compute in other ways.

Lives here: the soak. peers.py imports the packages of others, variants/ has the correct networks,
tally.py what is counted, hearing.py how they are judged, campaign.py which problems they are given
and where the results lie, __main__.py the command line. It knows refnet, which does not know it.
"""
