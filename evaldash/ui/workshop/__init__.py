"""The taxonomy workshop: the board and the review of suggestions, as components in plain JavaScript."""
