"""What checks the answers in the lessons: a module a lesson, all made with ``answers``.

A notebook imports its module and hands it what the reader has written::

    from duograd.course import lesson_04 as check

    check.dW(my_dW)
    check.dW.hint(1)

Answers are compared with the library's own derivatives, on numbers that the reader has not seen, and never
with a number from the text.
"""
