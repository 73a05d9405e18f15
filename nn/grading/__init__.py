"""A class of students: each one's files are judged, and what was found is told of all.

``submissions`` finds what was handed in, in a folder. ``judged`` is the verdict on one file, as plain data;
``process`` judges files in a process of its own, of which ``workers`` keeps several at work, here or on a
Dask cluster. ``records`` keeps each verdict as soon as it is there, so that nothing is judged twice.
``grading`` does all of this; ``grades`` puts the files of a student together, and the students to a class;
``exports`` tells of it as CSV, and as Gradescope takes it. Of ``nn`` this room imports ``nn.judging``,
``nn.files`` and ``nn.processes``.
"""
