"""The demo company: a seeded generator of believable extracts with known truth and known faults."""

from ingest.demo.company import DemoCompany, demo_sources, sources_of, write_demo

__all__ = ["DemoCompany", "demo_sources", "sources_of", "write_demo"]
