"""A short training of the subject on drawn digits, to see how its initial network fares.

Lives here: how a subject is moved (learner.py), by epochs and within its time (lessons.py), and
what is said of it (course.py). It knows the case, a trial of it and what a short training shows;
not how a report is made. Nothing said here is a broken law.
"""

from refnet.subject_training.course import Schooling, school
from refnet.subject_training.lessons import SHARE

__all__ = ["SHARE", "Schooling", "school"]
