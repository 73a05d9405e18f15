"""How Sphinx builds the documentation: ``python -m sphinx -W docs out/docs``; Korean: ``-D language=ko``."""

import os
import shutil
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from languages import KOREAN, same_page  # noqa: E402
from versions import menu  # noqa: E402

# Sphinx reads what lies in its own folder, and the lessons have one of their own.
LESSONS = HERE / "tutorials/lessons"
shutil.rmtree(LESSONS, ignore_errors=True)
LEFT_OUT = shutil.ignore_patterns("source", "solutions", "ko", "*.py", "*.yaml", "*.po")
shutil.copytree(HERE.parent / "lessons", LESSONS, ignore=LEFT_OUT)


def setup(app):
    """Where pages are in Korean, so are the lessons that there are in Korean. A page leads to itself in the
    other language where both are built, as ``versions.py`` does."""

    def in_korean(app, config):
        if config.language == KOREAN:
            shutil.copytree(HERE.parent / "lessons/ko", LESSONS, ignore=LEFT_OUT, dirs_exist_ok=True)

    def lead(app, page, template, context, doctree):
        if "DOCS_VERSION" in os.environ:
            context["same_page"] = same_page(page, app.config.language)

    app.connect("config-inited", in_korean)
    app.connect("html-page-context", lead)


locale_dirs = ["locale"]
gettext_compact = False

project = "duograd"
version = release = installed("duograd")
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb", "sphinx_copybutton", "pages"]
exclude_patterns = ["tutorials/lessons/pictures"]

html_math_renderer = "mathml"
html_title = "duograd"
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "icon_links": [],
    "navbar_align": "left",
    "navbar_end": ["language-switch", "theme-switcher", "navbar-icon-links"],
    "secondary_sidebar_items": ["page-toc"],
    "show_nav_level": 2,
    "footer_start": [],
    "footer_end": ["sphinx-version"],
}
html_theme_options |= menu(os.environ)
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["duograd.css"]
html_show_copyright = False
html_copy_source = False
# Written beside the pages, by `pages` and by the workflow.
linkcheck_ignore = ["lab.html", "neuron.html", r".*/lite/lab/index\.html", r".*/lessons\.pdf"]

# A notebook's outputs are made where they are not stored; `-D nb_execution_mode=off` leaves them out.
nb_execution_mode = "auto"
nb_execution_timeout = 120
myst_enable_extensions = ["dollarmath"]

default_role = "code"
add_module_names = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_type_aliases = {  # their names, not all that they stand for
    "npt.ArrayLike": "npt.ArrayLike",
    "Probabilities": "Callable[[Array], npt.ArrayLike]",
}
napoleon_use_ivar = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
