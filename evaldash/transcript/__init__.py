"""A trace as a reader sees it: steps laid out as trees of plain nodes, from which a page or a file is built."""
