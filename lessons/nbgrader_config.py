"""What nbgrader has to know of these lessons: an answer that is left out is three dots."""

c = get_config()  # noqa: F821 - nbgrader defines it
c.ClearSolutions.code_stub = {"python": "..."}
c.CourseDirectory.course_id = "duograd"
