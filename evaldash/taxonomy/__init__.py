"""From open codes to failure modes: edits of the taxonomy, and suggestions that a person accepts or not."""
