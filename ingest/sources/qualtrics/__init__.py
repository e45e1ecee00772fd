"""Qualtrics: what its records hold is in `contracts/`; README.md beside this file says what is read of them."""
