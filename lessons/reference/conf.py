"""How Sphinx builds the reference: ``python -m sphinx -W lessons/reference out/reference``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

project = "duograd"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "pages"]
html_math_renderer = "mathml"
html_theme = "alabaster"
html_theme_options = {"description": "Backpropagation twice", "page_width": "1100px"}
html_static_path = ["static"]
html_css_files = ["reference.css"]
html_show_copyright = False
html_copy_source = False

default_role = "code"
add_module_names = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "member-order": "bysource"}
napoleon_use_ivar = True
