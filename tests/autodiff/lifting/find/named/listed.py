"""What a listing says."""

import re


def line(program, target):
    """The formula of an array."""
    return re.search(rf"^  {target} = (.*?)  +\(", str(program), re.M)[1]
