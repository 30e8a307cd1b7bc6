"""Subjects: whoever answers problems, in this process or behind a pipe."""
