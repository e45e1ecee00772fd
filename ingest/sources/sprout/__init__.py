"""Sprout Social: its own records are read from files only, so there is no `VENDOR` here to pull.

Posts come as the export of the Post Performance Report; messages, profiles and tags as saved answers of Sprout's API.
"""
