"""The app: page settings, navigation, and who works on which project. Everything else is a page."""

from pathlib import Path

import streamlit as st

from evaldash.errors import EvaldashError
from evaldash.ui.context import load_context, show_error
from evaldash.ui.page_style import set_measures
from evaldash.ui.sidebar import sidebar

PAGES = [
    st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
    st.Page("pages/import_page.py", title="Import", icon=":material/upload_file:", url_path="import"),
    st.Page("pages/explore.py", title="Explore", icon=":material/scatter_plot:", url_path="explore"),
    st.Page("pages/sample.py", title="Sample", icon=":material/casino:", url_path="sample"),
    st.Page("pages/code.py", title="Code", icon=":material/edit_note:", url_path="code"),
    st.Page("pages/taxonomy.py", title="Taxonomy", icon=":material/account_tree:", url_path="taxonomy"),
    st.Page("pages/saturation.py", title="Saturation", icon=":material/trending_flat:", url_path="saturation"),
    st.Page("pages/report.py", title="Report", icon=":material/description:", url_path="report"),
]

# A file of our own: Streamlit would fetch a Material icon or an emoji for the tab from the network.
ICON = Path(__file__).parent / "evaldash" / "ui" / "images" / "icon.svg"

st.set_page_config(page_title="evaldash", page_icon=str(ICON), layout="wide")
page = st.navigation(PAGES)
try:
    set_measures()
    sidebar(load_context())
    page.run()
except EvaldashError as error:
    show_error(error)
