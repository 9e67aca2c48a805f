"""Starts Streamlit on app.py: `python -m evaldash.ui.server app.py [streamlit options]`; `evaldash serve` ends here."""

from __future__ import annotations

import sys

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

from evaldash.ui.collecting import keep_collections_short


def run() -> None:
    """Run the app; all of it goes through app.py.

    Streamlit takes a folder `pages/` for pages of its older kind until the first `st.navigation`: a link to /code as
    the first visit of a fresh server would run that file without app.py around it (seen on 1.67).
    """
    PagesManager.uses_pages_directory = False
    keep_collections_short()
    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    main()


if __name__ == "__main__":
    run()
