"""What a route can be marked with, in its `opt`."""

# Open to everybody: without this mark a route is closed to whoever is not signed in.
PUBLIC = "public"

# Answers people with pages, also where something went wrong; without it, programs with JSON.
PAGE = "page"
