"""Checks of a gradient: against finite differences, and for the place where a number stops being finite.

May import ``engine``, the functions and the transforms.
"""
