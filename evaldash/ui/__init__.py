"""What pages share: the context of a page, links, caches, words, widgets. Knows Streamlit, never SQL."""
