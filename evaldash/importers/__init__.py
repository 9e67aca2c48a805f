"""Trace files in, traces and issues out: importers know the domain, never storage nor a sibling package."""
