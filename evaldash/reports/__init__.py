"""Numbers in, a report in one format out: reports know the domain and the pure packages below them, never storage."""
