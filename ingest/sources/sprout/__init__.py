"""Sprout Social: its own records are read from files only, so there is no `VENDOR` here to pull.

Posts come as the export of the Post Performance Report; messages, profiles, tags, cases and their queues as
saved answers of Sprout's API.
"""
