"""The demo company: a seeded generator of believable extracts with known truth and known faults."""

from ingest.demo.company import DemoCompany, write_demo

__all__ = ["DemoCompany", "write_demo"]
