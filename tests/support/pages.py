"""Pages as a person sees them, under Streamlit's AppTest."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
PAGES = {
    "overview": "pages/overview.py",
    "import": "pages/import_page.py",
    "explore": "pages/explore.py",
    "sample": "pages/sample.py",
    "code": "pages/code.py",
    "taxonomy": "pages/taxonomy.py",
    "saturation": "pages/saturation.py",
    "report": "pages/report.py",
}
WAITS_S = 30  # a first run imports a lot on a busy machine


def visit(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAITS_S)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(PAGES[page]).run()


def words(app: AppTest) -> str:
    """Return all that a page says."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "success", "warning", "error")
    said = [element.value for kind in kinds for element in getattr(app, kind)]
    return " ".join(str(part) for part in [*said, *(button.label for button in app.button)])
